import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

export class Pictures {
  private readonly s3 = new S3Client({});
  private readonly documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));

  constructor(
    private readonly bucket: string,
    private readonly table: string,
  ) {}

  async read(bucket: string, key: string): Promise<Uint8Array> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body!.transformToByteArray();
  }

  async store(id: string, thumbnail: Uint8Array): Promise<void> {
    const Key = `thumbnails/${id}.webp`;
    await this.s3.send(
      new PutObjectCommand({ Bucket: this.bucket, Key, Body: thumbnail, ContentType: "image/webp" }),
    );
    await this.documents.send(new PutCommand({ TableName: this.table, Item: { id, thumbnail: Key } }));
  }

  async forget(id: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: `thumbnails/${id}.webp` }));
  }
}
