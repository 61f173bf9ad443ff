//! Each SDK's name of each service, against a table that was written by hand, and what code may write in its place.

use scopedown::catalog::{
    self,
    sdk::{self, Sdk},
};

#[test]
fn services_have_the_names_of_the_table() {
    let (mut rows, mut wrong) = (0, Vec::new());
    for line in include_str!("sdk_names.txt").lines().filter(|line| !line.starts_with('#')) {
        rows += 1;
        let words: Vec<&str> = line.split(' ').collect();
        let sdk = Sdk::from_name(words[0]).unwrap();
        let name = sdk::name(sdk, words[1]);
        if name.as_deref() != Some(words[2]) {
            wrong.push(format!("{line}: {}", name.unwrap_or_default()));
        }
        if sdk::find(sdk, words[2]) != Some(words[1]) {
            wrong.push(format!("{line}: leads to {:?}", sdk::find(sdk, words[2])));
        }
    }
    assert!(rows >= 120 && wrong.is_empty(), "{rows} rows\n{}", wrong.join("\n"));
}

/// `tests/sdk_names/<sdk>.txt` has what is published: what all names begin with, then a name a line; one that is no
/// service of boto3's (any more) stands behind a hyphen and must not be taken for another's.
#[test]
fn published_names_are_the_services_and_no_others() {
    let (mut rows, mut wrong) = (0, Vec::new());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk_names");
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let sdk = Sdk::from_name(file.file_stem().unwrap().to_str().unwrap()).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let begins = lines.next().and_then(|line| line.strip_prefix("begins ")).unwrap();
        for line in lines {
            rows += 1;
            let published = format!("{begins}{}", line.trim_start_matches("- "));
            let found = sdk::find(sdk, &published);
            let right = match found {
                None => line.starts_with("- "),
                Some(service) => {
                    let other = || sdk::also(sdk, service).iter().any(|other| published.ends_with(&**other));
                    let known = sdk::name(sdk, service).as_deref() == Some(&published) || other();
                    known && !line.starts_with("- ")
                }
            };
            if !right {
                wrong.push(format!("{}: {line}: {found:?}", sdk.name()));
            }
        }
    }
    assert!(rows >= 1_800 && wrong.is_empty(), "{rows} rows\n{}", wrong.join("\n"));
}

#[test]
fn code_writes_more_than_the_name() {
    for (sdk, written, service) in [
        (Sdk::JavascriptV2, "CloudWatchEvents", "events"),
        (Sdk::JavascriptV2, "S3", "s3"),
        (Sdk::JavascriptV2, "DynamoDB.DocumentClient", "dynamodb"),
        (Sdk::JavascriptV3, "client-dynamodb", "dynamodb"),
        (Sdk::JavascriptV3, "@aws-sdk/lib-dynamodb", "dynamodb"),
        (Sdk::JavaV1, "AmazonDynamoDB", "dynamodb"),
        (Sdk::JavaV1, "AWSLambda", "lambda"),
        (Sdk::JavaV1, "AmazonS3Client", "s3"),
        (Sdk::JavaV1, "AWSLambdaAsyncClient", "lambda"),
        (Sdk::JavaV2, "S3Client", "s3"),
        (Sdk::JavaV2, "DynamoDbAsyncClient", "dynamodb"),
        (Sdk::Dotnet, "AmazonDynamoDBv2Client", "dynamodb"),
        (Sdk::Dotnet, "IAmazonS3", "s3"),
        (Sdk::Kotlin, "SfnClient", "stepfunctions"),
        (Sdk::Ruby, "SFN", "stepfunctions"),
        (Sdk::Php, "Aws\\DynamoDB", "dynamodb"),
        (Sdk::Rust, "aws-sdk-sfn", "stepfunctions"),
        (Sdk::Rust, "aws-sdk-resourcegroupstagging", "resourcegroupstaggingapi"),
        (Sdk::GoV2, "sfn", "stepfunctions"),
        (Sdk::Cli, "s3", "s3"),
    ] {
        assert_eq!(sdk::find(sdk, written), Some(service), "{}: {written}", sdk.name());
    }
    assert_eq!(sdk::find(Sdk::Boto3, "nothing"), None);
    assert_eq!(sdk::find(Sdk::Rust, ""), None);
}

#[test]
fn methods_lead_to_operations_also_where_they_are_called_otherwise() {
    let s3 = catalog::service("s3").unwrap();
    for (sdk, method, operation) in [
        (Sdk::Dotnet, "PutBucket", "CreateBucket"),
        (Sdk::Dotnet, "GetObjectMetadata", "HeadObject"),
        (Sdk::JavaV1, "initiateMultipartUpload", "CreateMultipartUpload"),
        (Sdk::JavaV1, "doesObjectExist", "HeadObject"),
        (Sdk::Php, "doesObjectExistV2", "HeadObject"),
        (Sdk::JavascriptV2, "upload", "PutObject"),
        (Sdk::Boto3, "get_object", "GetObject"),
        (Sdk::GoV2, "ListObjectsV2", "ListObjectsV2"),
    ] {
        let found = sdk::operation(sdk, s3, method).map(|operation| operation.name.as_str());
        assert_eq!(found, Some(operation), "{}: {method}", sdk.name());
    }
    assert!(sdk::operation(Sdk::Boto3, s3, "does_object_exist").is_none());
}
