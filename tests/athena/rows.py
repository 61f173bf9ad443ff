"""Runs the query for Athena over CloudTrail's own files, in DuckDB.

    rows.py FOLDER < query.sql

Reads every `.json` and `.json.gz` below FOLDER as Athena's table would show it, has the query read in Athena's
dialect and written in DuckDB's, and prints the rows as JSON: a list of lists of texts, in the order of the columns.
"""

import gzip
import json
import pathlib
import sys
import tempfile

import duckdb
import sqlglot
from sqlglot import exp

TEXTS = [
    "eventversion", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent",
    "errorcode", "errormessage", "requestparameters", "responseelements", "additionaleventdata", "requestid",
    "eventid", "readonly", "eventtype", "apiversion", "recipientaccountid", "serviceeventdetails",
    "sharedeventid", "vpcendpointid", "eventcategory",
]
IDENTITY = (
    "STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, "
    "accesskeyid VARCHAR, username VARCHAR, "
    "inscopeof STRUCT(sourcearn VARCHAR, sourceaccount VARCHAR, issuertype VARCHAR, credentialsissuedto VARCHAR), "
    "sessioncontext STRUCT(attributes STRUCT(mfaauthenticated VARCHAR, creationdate VARCHAR), "
    "sessionissuer STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, username VARCHAR)))"
)
RESOURCES = "STRUCT(arn VARCHAR, accountid VARCHAR, type VARCHAR)[]"
PARTITIONS = ["account", "region", "day"]


def records(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.json*")):
        opened = gzip.open(path) if path.suffix == ".gz" else open(path, "rb")
        with opened as file:
            content = json.load(file)
        # Lists of delivered files have none.
        yield from content.get("Records", [])


def low(value):
    """Names of columns and of their members have no case; a request's parameters are text."""
    if isinstance(value, dict):
        return {name.lower(): low(member) for name, member in value.items()}
    return [low(member) for member in value] if isinstance(value, list) else value


def row(record):
    columns = {}
    for name, value in record.items():
        if name in ("userIdentity", "resources"):
            columns[name.lower()] = low(value)
        elif isinstance(value, (dict, list)):
            columns[name.lower()] = json.dumps(value, separators=(",", ":"))
        elif isinstance(value, bool):
            columns[name.lower()] = str(value).lower()
        else:
            columns[name.lower()] = value
    columns["account"] = record.get("recipientAccountId")
    columns["region"] = record.get("awsRegion")
    columns["day"] = record["eventTime"][:10].replace("-", "/")
    return columns


def in_duckdb(node):
    """What sqlglot leaves as it is though DuckDB calls it otherwise."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "map_filter":
        entries, test = node.expressions
        key, value = (argument.name for argument in test.expressions)

        def member(name):
            return exp.Dot(this=exp.column("entry"), expression=exp.to_identifier(name))

        def renamed(inner):
            if isinstance(inner, (exp.Column, exp.Identifier)) and inner.name in (key, value):
                if isinstance(inner, exp.Identifier) and isinstance(inner.parent, exp.Column):
                    return inner
                return member("key" if inner.name == key else "value")
            return inner

        test = exp.Lambda(this=test.this.transform(renamed), expressions=[exp.to_identifier("entry")])
        kept = exp.func("list_filter", exp.func("map_entries", entries.transform(in_duckdb)), test)
        return exp.func("map_from_entries", kept)
    return node


def main():
    query = sys.stdin.read()
    tree = sqlglot.parse_one(query, read="athena")
    table = next(found for found in tree.find_all(exp.Table) if found.db)
    name = f'"{table.db}"."{table.name}"'
    database = duckdb.connect()
    database.execute(f'CREATE SCHEMA "{table.db}"')
    columns = {text: "VARCHAR" for text in TEXTS + PARTITIONS}
    columns |= {"useridentity": IDENTITY, "resources": RESOURCES}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as lines:
        for record in records(sys.argv[1]):
            print(json.dumps(row(record)), file=lines)
        lines.flush()
        listed = ", ".join(f"{column}: '{kind}'" for column, kind in columns.items())
        database.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_json('{lines.name}', format='newline_delimited', "
            f"columns={{{listed}}}, maximum_object_size=67108864)"
        )
    rows = database.execute(tree.transform(in_duckdb).sql(dialect="duckdb")).fetchall()
    print(json.dumps([[None if cell is None else str(cell) for cell in row] for row in rows]))


main()
