"""Every quarter of an hour: file what partners dropped, and say so."""

import os

import boto3

s3 = boto3.client("s3")
sns = boto3.client("sns")

DROP = os.environ["DROP_BUCKET"]
LEDGER = os.environ["LEDGER_BUCKET"]


def handler(event, context):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=DROP)
    filed = [file(item["Key"]) for page in pages for item in page.get("Contents", [])]
    if filed:
        sns.publish(TopicArn=os.environ["STATEMENTS_TOPIC"], Message="\n".join(filed))


def file(key):
    statement = s3.get_object(Bucket=DROP, Key=key)["Body"].read()
    name = f"statements/{key.rpartition('/')[2]}"
    s3.put_object(Bucket=LEDGER, Key=name, Body=statement)
    s3.delete_object(Bucket=DROP, Key=key)
    return name
