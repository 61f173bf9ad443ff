//! Records in the shapes that CloudTrail writes, by hand.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

pub const ACCOUNT: &str = "111122223333";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/shop/fern-and-fig-ShopRole-1TX9QWE7Z2K4M";

/// A call, without a caller. The id is made of the number.
#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
pub fn event(number: u64, time: &str, source: &str, name: &str, parameters: Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {},
        "eventTime": time,
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "10.0.17.4",
        "userAgent": "Boto3/1.40.61 md/Botocore#1.40.61 exec-env/AWS_Lambda_python3.13",
        "requestParameters": parameters,
        "responseElements": null,
        "requestID": format!("{:016X}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        "eventID": format!("{number:08x}-7d0b-4b53-9f55-0c27a5b3d1aa"),
        "readOnly": name.starts_with("Get") || name.starts_with("List") || name == "Query",
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": { "tlsVersion": "TLSv1.3", "clientProvidedHostHeader": format!("{source}.eu-west-1.amazonaws.com") },
    })
}

/// The same as a data event on resources of the given types.
pub fn data(mut event: Value, resources: &[(&str, &str)]) -> Value {
    event["managementEvent"] = false.into();
    event["eventCategory"] = "Data".into();
    event["resources"] = resources
        .iter()
        .map(|(kind, arn)| json!({ "accountId": ACCOUNT, "type": kind, "ARN": arn }))
        .collect();
    event
}

/// A session of the shop's role, which CloudTrail does not tie to a function.
pub fn session(mut event: Value, name: &str) -> Value {
    event["userIdentity"] = json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLE7SHOPROLE1:{name}"),
        "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/fern-and-fig-ShopRole-1TX9QWE7Z2K4M/{name}"),
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLEKEY000001",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLE7SHOPROLE1",
                "arn": ROLE,
                "accountId": ACCOUNT,
                "userName": "fern-and-fig-ShopRole-1TX9QWE7Z2K4M",
            },
            "attributes": { "creationDate": "2026-11-03T05:00:01Z", "mfaAuthenticated": "false" },
        },
    });
    event
}

/// A session that CloudTrail ties to the function.
pub fn function(event: Value, name: &str) -> Value {
    let mut event = session(event, name);
    event["userIdentity"]["inScopeOf"] = json!({
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"),
        "credentialsIssuedToVersion": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}:$LATEST"),
    });
    event
}

pub fn with(mut event: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    event
}

/// A delivered file.
pub fn delivery(events: &[Value]) -> Vec<u8> {
    gzip(json!({ "Records": events }).to_string().as_bytes())
}

/// One gzip member; the same bytes for the same text.
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut bytes = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

pub fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path).unwrap().write_all(bytes).unwrap();
}
