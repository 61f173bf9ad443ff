"use strict";

const SNS = require("aws-sdk/clients/sns");

const sns = new SNS();

exports.announce = (id) =>
  new Promise((resolve, reject) => {
    const message = { TopicArn: process.env.TOPIC_ARN, Message: JSON.stringify({ id }) };
    sns.publish(message, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
