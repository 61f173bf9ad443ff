//! What the Python front-end makes of source text, printed as S-expressions.

use scopedown::code::python::lower;

#[test]
fn handler() {
    let source = r#"
import os, boto3
from boto3.dynamodb.conditions import Key as K

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

def handler(event, context):
    key = f"orders/{event['id']}.json"
    try:
        return table.get_item(Key={"pk": key, **extra})["Item"]
    except table.meta.client.exceptions.ClientError as error:
        raise RuntimeError("no") from error
"#;
    insta::assert_snapshot!(lower(source, "app.py"), @r#"
    fn#0 handler (event context)
      key = (concat "orders/" (at event "id") ".json")
      branch
        arm
          return (at ((. table get_item) Key={pk: key *extra}) "Item")
        arm
      branch
        arm
        arm
          (. (. (. (. table meta) client) exceptions) ClientError)
          error = (?)
          (RuntimeError "no")
          leave
    import os
    import boto3
    import boto3.dynamodb.conditions Key>K
    table = ((. ((. boto3 resource) "dynamodb") Table) (at (. os environ) "TABLE"))
    handler = fn#0
    "#);
}
