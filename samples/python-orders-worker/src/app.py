"""Places the orders of a queue's messages and announces each of them."""

import json

from orders import Orders

orders = Orders()


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if orders.place(order):
            orders.announce(order)
