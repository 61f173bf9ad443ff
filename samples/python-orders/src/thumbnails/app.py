"""Makes a thumbnail of every picture that is uploaded."""

import io
from pathlib import PurePosixPath
from urllib.parse import unquote_plus

import boto3
from PIL import Image

from shop import media

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        picture = Image.open(s3.get_object(Bucket=bucket, Key=key)["Body"])
        media.publish("thumbnails", PurePosixPath(key).name, shrink(picture), "image/webp")


def shrink(picture):
    picture.thumbnail((256, 256))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP")
    return buffer.getvalue()
