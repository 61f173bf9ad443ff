import json
import os

import boto3


class Orders:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
        self.topic = boto3.resource("sns").Topic(os.environ["TOPIC_ARN"])

    def place(self, order):
        """Keeps an order unless it is there already."""
        if "Item" in self.table.get_item(Key={"id": order["id"]}):
            return False
        self.table.put_item(Item=order)
        return True

    def announce(self, order):
        self.topic.publish(Message=json.dumps(order))
