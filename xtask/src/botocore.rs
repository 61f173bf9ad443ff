//! From botocore's service models to `sdk.json` (every client and the names it goes by) and
//! `sdk/<client>.json` (operations, paginators, waiters).
//!
//! Of an operation: method and path, the names of its top-level input fields, whether it can be paginated and
//! whether its requests go unsigned. Of several API versions of a client, the newest.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

pub fn write(unpacked: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut clients = BTreeMap::new();
    for entry in std::fs::read_dir(unpacked.join("botocore/data"))? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let folder = newest(&entry.path())?;
        let model = read(&folder.join("service-2.json"))?.ok_or_else(|| format!("`{name}` has no model"))?;
        let waiters = read(&folder.join("waiters-2.json"))?.unwrap_or_default();
        let paginators = read(&folder.join("paginators-1.json"))?.unwrap_or_default();

        let mut service = Map::new();
        service.insert("operations".into(), operations(&model, &paginators["pagination"]));
        service.insert("waiters".into(), polled(&waiters["waiters"]));
        if let Some(resources) = resources(&unpacked.join("boto3/data").join(&name))? {
            let path = out.join("boto3").join(format!("{name}.json"));
            crate::lines::write(&path, &crate::boto3::compact(&resources, &model), 3)?;
        }
        crate::lines::write(&out.join("sdk").join(format!("{name}.json")), &Value::Object(service), 2)?;

        let metadata = &model["metadata"];
        let names = json!({
            "id": metadata["serviceId"],
            "full": metadata["serviceFullName"],
            "endpoint": metadata["endpointPrefix"],
            "signing": metadata.get("signingName").unwrap_or(&metadata["endpointPrefix"]),
            "protocol": metadata["protocol"],
        });
        clients.insert(name, names);
    }
    crate::lines::write(&out.join("sdk.json"), &json!(clients), 1)
}

fn resources(folder: &Path) -> Result<Option<Value>, Box<dyn Error>> {
    if folder.exists() { read(&newest(folder)?.join("resources-1.json")) } else { Ok(None) }
}

/// Versions are dates, so the newest sorts last.
fn newest(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let versions: Result<Vec<PathBuf>, _> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    versions?.into_iter().max().ok_or_else(|| format!("`{}` is empty", folder.display()).into())
}

/// The file, or the same file gzipped.
fn read(path: &Path) -> Result<Option<Value>, Box<dyn Error>> {
    if path.exists() {
        return Ok(Some(serde_json::from_slice(&std::fs::read(path)?)?));
    }
    let zipped = path.with_extension("json.gz");
    if !zipped.exists() {
        return Ok(None);
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(zipped)?).read_to_string(&mut text)?;
    Ok(Some(serde_json::from_str(&text)?))
}

fn operations(model: &Value, pagination: &Value) -> Value {
    let mut sorted = BTreeMap::new();
    for (name, operation) in model["operations"].as_object().into_iter().flatten() {
        let mut line = Map::new();
        let (method, path) = (&operation["http"]["method"], &operation["http"]["requestUri"]);
        let rest =
            model["metadata"]["protocol"].as_str().is_some_and(|protocol| protocol.starts_with("rest"));
        if rest && let (Some(method), Some(path)) = (method.as_str(), path.as_str()) {
            line.insert("http".into(), format!("{method} {path}").into());
        }
        let input = &model["shapes"][operation["input"]["shape"].as_str().unwrap_or_default()];
        if let Some(members) = input["members"].as_object().filter(|members| !members.is_empty()) {
            line.insert("fields".into(), members.keys().cloned().collect());
        }
        if pagination.get(name).is_some() {
            line.insert("pages".into(), true.into());
        }
        if is_unsigned(operation, &model["metadata"]) {
            line.insert("unsigned".into(), true.into());
        }
        sorted.insert(name, Value::Object(line));
    }
    json!(sorted)
}

/// No AWS signature: nothing, or a bearer token, stands in the request instead.
fn is_unsigned(operation: &Value, service: &Value) -> bool {
    let schemes = operation.get("auth").unwrap_or(&service["auth"]).as_array();
    operation["authtype"] == "none"
        || service["signatureVersion"] == "bearer"
        || schemes.is_some_and(|schemes| {
            !schemes.is_empty()
                && schemes.iter().filter_map(Value::as_str).all(|scheme| scheme.starts_with("smithy.api#"))
        })
}

fn polled(waiters: &Value) -> Value {
    let sorted: BTreeMap<&String, &Value> = waiters
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, waiter)| (name, &waiter["operation"]))
        .collect();
    json!(sorted)
}
