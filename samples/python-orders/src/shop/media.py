"""Files that the shop shows or sends to people."""

import os

import boto3

s3 = boto3.client("s3")


def publish(folder, name, body, content_type):
    s3.put_object(
        Bucket=os.environ["MEDIA_BUCKET"],
        Key=f"{folder}/{name}",
        Body=body,
        ContentType=content_type,
    )
