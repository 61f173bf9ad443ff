//! How long a trail takes: libdeflate alone on the same files, and the whole way from the files to the usage.
//!
//! `cargo bench --bench trail` makes its own logs in `target/` (the same each time, about 110 MB of JSON in
//! deliveries of the sizes that occur), prints both, and at the end the ratio of their processor time, which is to stay
//! below 3.0. It is lower for logs that compress less well than these, as real ones do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use scopedown::trail::{Filter, local};

/// Records of a delivery: small ones, of which real trails are full (two that were measured have 8 and 53 records a
/// file, and shrink to a sixth and to a ninth), and the large ones of busy accounts, which are three quarters of all records.
const SIZES: [usize; 12] = [8, 8, 8, 12, 12, 53, 53, 53, 120, 400, 400, 1_200];
const ROUNDS: usize = 27;
/// Credentials of a function that are in use at a time: each of its sandboxes has its own, for hours.
const SANDBOXES: u64 = 24;

fn main() {
    divan::main();
    if std::env::args().any(|argument| argument == "--bench") {
        compare();
    }
}

/// Inflating the files, and nothing else.
#[divan::bench]
fn decompress_only(bencher: Bencher) {
    let corpus = corpus();
    bencher.counter(BytesCount::new(size(&corpus))).bench_local(|| inflate(black_box(&corpus)));
}

/// From the files to the usage, on one core.
#[divan::bench]
fn summarize(bencher: Bencher) {
    let corpus = corpus();
    let pool = one_core();
    bencher.counter(BytesCount::new(size(&corpus))).bench_local(|| read(&pool, black_box(&corpus)));
}

/// A whole process, on all cores.
#[divan::bench]
fn process_summarize(bencher: Bencher) {
    let corpus = corpus();
    bencher.counter(BytesCount::new(size(&corpus))).bench_local(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
        command
            .args(["--quiet", "trail", "summarize"])
            .arg(&corpus.folder)
            .stdout(std::process::Stdio::null());
        assert!(command.status().expect("the binary runs").success());
    });
}

/// How often the work is done between two looks at a clock that is right to some milliseconds.
const REPEATED: u32 = 10;

/// Prints the ratio of processor time, each the least of seven.
#[expect(clippy::print_stdout, reason = "it is what the bench is for")]
fn compare() {
    let (corpus, pool) = (corpus(), one_core());
    let least = |work: &dyn Fn()| -> Option<f64> {
        (0..7)
            .map(|_| {
                let before = processor_time()?;
                (0..REPEATED).for_each(|_| work());
                Some((processor_time()? - before) / f64::from(REPEATED))
            })
            .collect::<Option<Vec<f64>>>()?
            .into_iter()
            .reduce(f64::min)
    };
    let inflating = least(&|| inflate(&corpus));
    let whole = least(&|| read(&pool, &corpus));
    if let (Some(inflating), Some(whole)) = (inflating, whole) {
        println!(
            "\nprocessor time: {:.1} ms for libdeflate alone, {:.1} ms in all: {:.2} x",
            inflating * 1e3,
            whole * 1e3,
            whole / inflating
        );
    }
}

/// Seconds that the threads of this process have run so far; Linux only.
fn processor_time() -> Option<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let told = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += told.split(' ').next()?.parse::<f64>().ok()?;
    }
    Some(nanoseconds / 1e9)
}

fn one_core() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had")
}

fn read(pool: &rayon::ThreadPool, corpus: &Corpus) {
    let reading = pool.install(|| local::read(std::slice::from_ref(&corpus.folder), &Filter::default(), &()));
    let reading = reading.expect("the folder is there");
    assert!(reading.notes.is_empty() && reading.counted > 0, "{:?}", reading.notes);
}

fn inflate(corpus: &Corpus) {
    let (mut decompressor, mut buffer) = (Decompressor::new(), Vec::new());
    for (path, size) in &corpus.files {
        let bytes = fs::read(path).expect("the corpus is there");
        if buffer.len() < *size {
            buffer.resize(*size, 0);
        }
        decompressor.gzip_decompress(&bytes, &mut buffer).expect("the corpus is sound");
        black_box(&buffer);
    }
}

struct Corpus {
    folder: PathBuf,
    /// With their decompressed sizes.
    files: Vec<(PathBuf, usize)>,
}

fn size(corpus: &Corpus) -> usize {
    corpus.files.iter().map(|(_, size)| size).sum()
}

fn corpus() -> Corpus {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trail-bench-3");
    let mut random = Random(0x5eed);
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut files = Vec::new();
    for round in 0..ROUNDS {
        for (number, records) in SIZES.into_iter().enumerate() {
            let path = folder.join(format!(
                "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{:02}/111122223333_CloudTrail_eu-west-1_202611{:02}T{number:02}05Z_{round}.json.gz",
                round + 1,
                round + 1
            ));
            let records: Vec<String> = (0..records).map(|_| record(&mut random, round + 1)).collect();
            let text = format!("{{\"Records\":[{}]}}", records.join(","));
            files.push((path.clone(), text.len()));
            if !path.exists() {
                fs::create_dir_all(path.parent().expect("it has a folder")).expect("target can be written");
                let mut bytes = vec![0; compressor.gzip_compress_bound(text.len())];
                let length = compressor.gzip_compress(text.as_bytes(), &mut bytes).expect("there is room");
                fs::write(&path, &bytes[..length]).expect("target can be written");
            }
        }
    }
    Corpus { folder, files }
}

/// `SplitMix64`: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// What looks like base 64.
    fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..count).map(|_| LETTERS[usize::try_from(self.below(64)).unwrap_or(0)] as char).collect()
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }
}

/// What SDKs call themselves.
const AGENTS: [&str; 4] = [
    "[Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#5.10.245-276.1001.amzn2.x86_64 md/arch#x86_64 lang/python#3.13.8 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 cfg/retry-mode#legacy Botocore/1.40.61]",
    "aws-sdk-js/3.922.0 ua/2.1 os/linux#5.10.245-276.1001.amzn2023.aarch64 lang/js md/nodejs#22.20.0 exec-env/AWS_Lambda_nodejs22.x m/E,N",
    "aws-sdk-java/2.36.3 md/io#sync md/http#Apache ua/2.1 api/S3#2.36.x os/Linux#5.10.245 lang/java#21.0.9 exec-env/AWS_Lambda_java21",
    "aws-sdk-go-v2/1.39.4 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux md/GOARCH#arm64",
];

/// A record of one of the kinds that trails of busy functions are full of.
fn record(random: &mut Random, day: usize) -> String {
    let caller = random.below(24);
    let pick =
        |among: &[&'static str], number: u64| among[usize::try_from(number).unwrap_or(0) % among.len()];
    let function = format!(
        "{}-{}",
        pick(&["orders", "payments", "media", "reports", "search", "customers"], caller),
        pick(&["api", "worker", "nightly", "on-upload"], caller / 6)
    );
    let mut own = Random(caller + 1);
    let (role, principal) = (format!("{function}-role-{:08x}", own.next() >> 32), own.next() >> 4);
    let table = pick(&["orders", "baskets", "customers", "stock", "shipments"], own.next() >> 8);
    let agent = pick(&AGENTS, own.next() >> 8);
    let (second, key) = (random.below(86_400), random.next());
    let letters = Random(random.below(SANDBOXES) + SANDBOXES * (caller + 100 * day as u64)).next();
    let (source, name, category, parameters, resources) = match random.below(10) {
        0..=2 => ("s3", "GetObject", "Data", format!(r#"{{"bucketName":"fern-and-fig-uploads","Host":"fern-and-fig-uploads.s3.eu-west-1.amazonaws.com","key":"incoming/{:02}/{key:016x}.jpg"}}"#, key % 30), format!(r#"[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::fern-and-fig-uploads/incoming/{:02}/{key:016x}.jpg"}},{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::fern-and-fig-uploads"}}]"#, key % 30)),
        3 => ("s3", "PutObject", "Data", format!(r#"{{"bucketName":"fern-and-fig-media","Host":"fern-and-fig-media.s3.eu-west-1.amazonaws.com","key":"thumbnails/{key:016x}.jpg"}}"#), format!(r#"[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::fern-and-fig-media/thumbnails/{key:016x}.jpg"}},{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::fern-and-fig-media"}}]"#)),
        4..=6 => ("dynamodb", ["GetItem", "PutItem", "Query"][usize::try_from(key % 3).unwrap_or(0)], "Data", format!(r#"{{"tableName":"fern-and-fig-{table}","key":{{"id":"{key:016x}"}},"consistentRead":false}}"#), format!(r#"[{{"accountId":"111122223333","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/fern-and-fig-{table}"}}]"#)),
        7 => ("kms", "Decrypt", "Management", format!(r#"{{"encryptionContext":{{"aws:s3:arn":"arn:aws:s3:::fern-and-fig-uploads/incoming/{key:016x}.jpg"}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#), r#"[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/4b6a7c1d-22f0-4a5e-9d4c-8e1f0c2b3a49"}]"#.to_owned()),
        8 => ("sts", "AssumeRole", "Management", format!(r#"{{"roleArn":"arn:aws:iam::111122223333:role/shop-{}","roleSessionName":"{function}"}}"#, key % 3), "null".to_owned()),
        _ => ("ssm", "GetParameter", "Management", format!(r#"{{"name":"/shop/{function}/settings-{}","withDecryption":true}}"#, key % 6), "null".to_owned()),
    };
    let identity = if source == "sts" {
        r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#.to_owned()
    } else {
        format!(
            r#"{{"type":"AssumedRole","principalId":"AROA{principal:015X}:{function}","arn":"arn:aws:sts::111122223333:assumed-role/{role}/{function}","accountId":"111122223333","accessKeyId":"ASIA{:012X}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROA{principal:015X}","arn":"arn:aws:iam::111122223333:role/{role}","accountId":"111122223333","userName":"{role}"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"2026-11-{day:02}T{:02}:{:02}:{:02}Z","mfaAuthenticated":"false"}}}},"inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-west-1:111122223333:function:{function}"}}}}"#,
            letters & 0xffff_ffff_ffff,
            (letters >> 59) % 24,
            (letters >> 53) % 60,
            (letters >> 47) % 60
        )
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let event = random.uuid();
    let (request, additional) = if source == "s3" {
        let (request, id2) = (format!("{:016X}", random.next()), random.letters(75));
        (
            request,
            format!(
                r#""additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{id2}=","bytesTransferredOut":{}}},"#,
                key % 100_000
            ),
        )
    } else {
        (random.uuid(), String::new())
    };
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}Z","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"10.{}.{}.{}","userAgent":"{agent}","requestParameters":{parameters},"responseElements":{},{additional}"requestID":"{request}","eventID":"{event}","readOnly":true,"resources":{resources},"eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"111122223333","eventCategory":"{category}","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{source}.eu-west-1.amazonaws.com"}}}}"#,
        letters & 0xff,
        letters >> 8 & 0xff,
        letters >> 16 & 0xff,
        if name == "PutObject" { r#"{"x-amz-server-side-encryption":"AES256"}"# } else { "null" },
        category == "Management",
    )
}
