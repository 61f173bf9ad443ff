"""Places an order, and lists the orders of a customer."""

import datetime
import json
import os
import uuid

import boto3

from shop import orders

sqs = boto3.client("sqs")


def handler(event, context):
    if event["routeKey"] == "POST /orders":
        order = {
            **json.loads(event["body"]),
            "id": str(uuid.uuid4()),
            "day": datetime.date.today().isoformat(),
        }
        orders.place(order)
        sqs.send_message(QueueUrl=os.environ["PAYMENTS_QUEUE"], MessageBody=json.dumps(order))
        return answer(201, order)
    return answer(200, orders.of_customer(event["pathParameters"]["customer"]))


def answer(status, body):
    return {"statusCode": status, "body": json.dumps(body, default=str)}
