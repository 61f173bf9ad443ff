import type { S3Handler } from "aws-lambda";
import sharp from "sharp";

import { Pictures } from "./pictures.js";
import { announce } from "./topic.js";

const pictures = new Pictures(process.env.THUMBNAILS_BUCKET!, process.env.PICTURES_TABLE!);

/** Makes a thumbnail of every picture that is uploaded. */
export const handler: S3Handler = async (event) => {
  await Promise.all(
    event.Records.map(async ({ s3: { bucket, object } }) => {
      const key = decodeURIComponent(object.key.replace(/\+/g, " "));
      const picture = await pictures.read(bucket.name, key);
      const thumbnail = await sharp(picture).resize(256, 256, { fit: "inside" }).webp().toBuffer();
      await pictures.store(key, thumbnail);
      await announce(key);
    }),
  );
};
