"""The orders table, in the words of the shop."""

import os

import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def place(order):
    table.put_item(Item=order, ConditionExpression="attribute_not_exists(id)")


def of_customer(customer):
    return find("by-customer", Key("customer").eq(customer))


def placed_on(day):
    return find("by-day", Key("day").eq(day))


def find(index, condition):
    return table.query(IndexName=index, KeyConditionExpression=condition)["Items"]


def forget(customer):
    """Deletes a customer's orders. Nothing calls it yet."""
    for order in of_customer(customer):
        table.delete_item(Key={"id": order["id"]})
