"use strict";

const AWS = require("aws-sdk");

const s3 = new AWS.S3();
const documents = new AWS.DynamoDB.DocumentClient();

module.exports = (bucket, table) => ({
  read(from, key) {
    return s3
      .getObject({ Bucket: from, Key: key })
      .promise()
      .then((object) => object.Body);
  },

  async store(id, thumbnail) {
    const Key = `thumbnails/${id}.webp`;
    await s3.putObject({ Bucket: bucket, Key, Body: thumbnail, ContentType: "image/webp" }).promise();
    await documents.put({ TableName: table, Item: { id, thumbnail: Key } }).promise();
  },

  forget(id) {
    return s3.deleteObject({ Bucket: bucket, Key: `thumbnails/${id}.webp` }).promise();
  },
});
