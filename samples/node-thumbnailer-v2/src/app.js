"use strict";

const sharp = require("sharp");

const pictures = require("./pictures")(process.env.THUMBNAILS_BUCKET, process.env.PICTURES_TABLE);
const { announce } = require("./topic");

async function thumbnail(record) {
  const key = decodeURIComponent(record.s3.object.key.replace(/\+/g, " "));
  const picture = await pictures.read(record.s3.bucket.name, key);
  const small = await sharp(picture).resize(256, 256, { fit: "inside" }).webp().toBuffer();
  await pictures.store(key, small);
  await announce(key);
}

// Makes a thumbnail of every picture that is uploaded.
exports.handler = (event, context, callback) => {
  Promise.all(event.Records.map(thumbnail))
    .then(() => callback(null))
    .catch(callback);
};
