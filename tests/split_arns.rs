//! Code that takes the ARN of a resource apart for its name still names the resource.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use scopedown::analysis::{Request, analyze};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::DynamoDB::Table}
  Photos: {Type: AWS::S3::Bucket}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Runtime: RUNTIME
      Handler: app.handler
      Environment:
        Variables:
          TABLE_ARN: !GetAtt Orders.Arn
          BUCKET_ARN: !GetAtt Photos.Arn
          CONFIG: !Sub '{\"bucket\": \"${Photos}\"}'
";

fn resources(runtime: &str, file: &str, source: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("template.yaml"), TEMPLATE.replace("RUNTIME", runtime)).unwrap();
    fs::write(folder.path().join("src").join(file), source).unwrap();
    let analysis = analyze(&Request { path: folder.path().to_owned(), ..Request::default() }).unwrap();
    let grants = analysis.functions[0].grants.iter();
    let grants = grants.filter(|grant| !grant.action.to_string().starts_with("logs:"));
    grants.map(|grant| format!("{} {}", grant.action, grant.resource.symbolic)).collect()
}

#[test]
fn a_name_that_is_split_off_an_arn_is_the_resource() {
    let python = resources(
        "python3.12",
        "app.py",
        "import json, os, boto3\n\
         TABLE = os.environ['TABLE_ARN'].split('/')[-1]\n\
         BUCKET = os.environ['BUCKET_ARN'].rsplit(':', 1)[1]\n\
         CONFIG = json.loads(os.environ['CONFIG'])\n\
         def handler(event, context):\n    \
             boto3.client('dynamodb').scan(TableName=TABLE)\n    \
             boto3.client('s3').get_object(Bucket=BUCKET, Key='a')\n    \
             boto3.client('s3').put_object(Bucket=CONFIG['bucket'], Key='b')\n",
    );
    let expected =
        ["dynamodb:Scan ${Orders.Arn}", "s3:GetObject ${Photos.Arn}/a", "s3:PutObject ${Photos.Arn}/b"];
    assert_eq!(python, expected);
    let javascript = resources(
        "nodejs22.x",
        "app.js",
        "const { DynamoDB } = require('@aws-sdk/client-dynamodb');\n\
         const { S3 } = require('@aws-sdk/client-s3');\n\
         const TableName = process.env.TABLE_ARN.split('/')[1];\n\
         const Bucket = process.env.BUCKET_ARN.split(':::')[1];\n\
         const config = JSON.parse(process.env.CONFIG);\n\
         exports.handler = async () => {\n  \
           await new DynamoDB({}).scan({ TableName });\n  \
           await new S3({}).getObject({ Bucket, Key: 'a' });\n  \
           await new S3({}).putObject({ Bucket: config.bucket, Key: 'b' });\n};\n",
    );
    assert_eq!(javascript, expected);
}
