//! moto's server as a stand-in for AWS: started on a free port, ready when it answers, stopped when dropped.
//!
//! A test crate takes it with `#[path = "common/moto.rs"] mod moto;`. It needs the programs below
//! `target/venv`; tests that use it are ignored in a plain `cargo test`.

#![allow(dead_code, reason = "each test crate uses its own part")]

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// An answer: the status and the body.
pub type Answer = (u16, String);

#[derive(Debug)]
pub struct Moto {
    server: Child,
    port: u16,
    logs: tempfile::TempDir,
}

impl Moto {
    pub fn start() -> Self {
        // The port may be taken by another between our asking and moto's; then moto ends and we ask again.
        (0..5).find_map(|_| Self::try_start()).expect("moto's server starts")
    }

    fn try_start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let logs = tempfile::tempdir().unwrap();
        let log = fs::File::create(logs.path().join("log")).unwrap();
        let server = Command::new(program("moto_server"))
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            // AWS's own policies are there only when they are asked for.
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut moto = Self { server, port, logs };
        let patience = Instant::now() + Duration::from_mins(2);
        while Instant::now() < patience {
            if moto.server.try_wait().unwrap().is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() && moto.is_moto() {
                return Some(moto);
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!(
            "moto's server does not answer: {}",
            fs::read_to_string(moto.logs.path().join("log")).unwrap()
        );
    }

    /// Whoever has the port, only moto has this page.
    fn is_moto(&self) -> bool {
        request(self.port, "GET", "/moto-api/data.json", &[], b"").is_some_and(|(status, _)| status == 200)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A request as it is, unsigned: moto does not look at signatures.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        request(self.port, method, path, headers, body).expect("moto answers")
    }

    /// A call of a service with the query protocol: `moto.query("iam", "CreateRole", &[("RoleName", "a")])`.
    pub fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            let _ = write!(body, "&{name}={}", encoded(value));
        }
        let headers = [
            ("Authorization", authorization(service)),
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send("POST", "/", &headers, body.as_bytes())
    }

    /// A call of a service with a JSON protocol: `moto.json("athena", "AmazonAthena.CreateWorkGroup", …)`.
    pub fn json(&self, service: &str, target: &str, body: &serde_json::Value) -> Answer {
        let authorization = authorization(service);
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target),
        ];
        self.send("POST", "/", &headers, body.to_string().as_bytes())
    }

    pub fn create_bucket(&self, bucket: &str) {
        let authorization = authorization("s3");
        let place = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>\
                      </CreateBucketConfiguration>";
        let (status, body) =
            self.send("PUT", &format!("/{bucket}"), &[("Authorization", &authorization)], place);
        assert_eq!(status, 200, "{body}");
    }

    pub fn put_object(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let authorization = authorization("s3");
        let path = format!("/{bucket}/{key}");
        let (status, body) = self.send("PUT", &path, &[("Authorization", &authorization)], bytes);
        assert_eq!(status, 200, "{body}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A program of `target/venv`, which `cargo xtask test` installs.
pub fn program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin").join(name);
    assert!(path.exists(), "{} is not there: run `cargo xtask test` once", path.display());
    path
}

/// Makes a command talk to the server at `url` alone: an identity of its own, no shared files, no other way.
pub fn live<'c>(command: &'c mut Command, url: &str) -> &'c mut Command {
    for (name, _) in std::env::vars_os() {
        let proxy = name.to_string_lossy().to_ascii_uppercase().ends_with("_PROXY");
        if proxy || name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
}

fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=testing/20260101/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// One HTTP request over a connection of its own. None where nobody answers.
pub fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}
