//! Files of every shape, and files in every state of disrepair: what can be read is read, and the rest is a note
//! with the file's name.

use std::path::{Path, PathBuf};

use scopedown::trail::local::{self, LocalError, Reading, Watch};
use scopedown::trail::{Collector, Filter, Row, Time, Usage};
use serde_json::{Value, json};

use crate::record::{delivery, event, gzip, session, write};

fn call(number: u64) -> Value {
    session(event(number, "2026-11-03T09:00:00Z", "ssm", "GetParameter", json!({ "name": "/shop/db" })), "f")
}

fn calls(range: std::ops::Range<u64>) -> Vec<Value> {
    range.map(call).collect()
}

fn count(usage: &Usage) -> u64 {
    usage.rows.values().map(Row::count).sum()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            write(&folder.path().join(name), bytes);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self) -> Reading {
        local::read(&[self.path().to_owned()], &Filter::default(), &()).unwrap()
    }

    /// Count of calls, and `file: rule` of each note.
    fn outcome(&self) -> (u64, Vec<String>) {
        self.told(&self.read())
    }

    fn told(&self, reading: &Reading) -> (u64, Vec<String>) {
        let root = format!("{}/", self.path().display());
        let notes = reading.notes.iter().map(|note| {
            format!(
                "{}: {}",
                note.file.replace(&root, "").replace(root.trim_end_matches('/'), "."),
                note.rule
            )
        });
        (count(&reading.usage), notes.collect())
    }
}

#[test]
fn every_shape_is_read() {
    let one = call(1).to_string();
    let pretty = format!("{:#}", json!({ "Records": calls(0..3) }));
    let lookup = json!({ "Events": [{ "EventId": "x", "EventTime": "2026-11-03T10:00:00+01:00", "CloudTrailEvent": one }], "NextToken": "t" });
    let lines = |objects: &[Value]| {
        objects.iter().flat_map(|object| [object.to_string(), "\n".to_owned()]).collect::<String>()
    };
    let bridge = json!({ "version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ssm", "detail": call(1) });
    let logs = json!({ "messageType": "DATA_MESSAGE", "logGroup": "t", "logEvents": [{ "id": "1", "message": one }, { "id": "2", "message": call(2).to_string() }] });
    let filtered = json!({ "events": [{ "logStreamName": "s", "message": one }], "searchedLogStreams": [] });
    let escaped = one.replace("GetParameter", "Get\\u0050arameter");
    for (shape, text, expected) in [
        ("delivery", json!({ "Records": calls(0..3) }).to_string(), 3),
        ("download", pretty, 3),
        (
            "members around",
            json!({ "a": { "Records": 1 }, "Records": calls(0..3), "z": ["}", 1.5e3, null] }).to_string(),
            3,
        ),
        ("list", json!(calls(0..4)).to_string(), 4),
        ("one record", one.clone(), 1),
        ("lines", lines(&calls(0..5)), 5),
        ("windows lines", lines(&calls(0..5)).replace('\n', "\r\n"), 5),
        ("byte order mark", format!("\u{feff}{one}"), 1),
        ("look-up", lookup.to_string(), 1),
        ("look-ups after each other", format!("{lookup}{lookup}\n{:#}", json!({ "Events": [] })), 1),
        ("look-up lines", lines(&[json!({ "EventId": "1", "CloudTrailEvent": one })]), 1),
        ("event bridge", bridge.to_string(), 1),
        ("event bridge lines", lines(&[bridge.clone(), bridge]), 1),
        ("log events", logs.to_string(), 2),
        ("filtered log events", filtered.to_string(), 1),
        ("escapes", escaped, 1),
        ("nothing", String::new(), 0),
        ("no records", json!({ "Records": [] }).to_string(), 0),
    ] {
        for packed in [false, true] {
            let bytes = if packed { gzip(text.as_bytes()) } else { text.clone().into_bytes() };
            let folder = Folder::of(&[("log.json", &bytes)]);
            assert_eq!(folder.outcome(), (expected, Vec::new()), "{shape}, packed: {packed}");
        }
    }
}

#[test]
fn a_piece_may_end_anywhere() {
    let text = json!({ "a": "\\\"", "Records": calls(0..2), "z": { "b": [] } }).to_string();
    let text = format!("{text}\n{}\n[{}]", call(3), call(4));
    let whole = Collector::new(Filter::default()).file(text.as_bytes());
    assert_eq!(whole.counted, 4);
    // A member of one byte each: every value is cut everywhere.
    let members: Vec<u8> = text.bytes().flat_map(|byte| gzip(&[byte])).collect();
    assert_eq!(Folder::of(&[("log.json.gz", &members)]).outcome(), (4, Vec::new()));
    let two = [gzip(&text.as_bytes()[..700]), gzip(&text.as_bytes()[700..])].concat();
    assert_eq!(Folder::of(&[("log.gz", &two)]).outcome(), (4, Vec::new()));
}

#[test]
fn several_members_and_padding_are_one_file() {
    let members =
        [delivery(&calls(0..400)), delivery(&calls(400..401)), delivery(&calls(0..2)), vec![0; 512]];
    assert_eq!(Folder::of(&[("log.json.gz", &members.concat())]).outcome(), (401, Vec::new()));
}

#[test]
fn what_is_broken_is_a_note_and_the_rest_is_read() {
    let good = delivery(&calls(0..1000));
    let text = json!({ "Records": calls(2000..2010) }).to_string();
    let mut damaged = delivery(&calls(3000..3010));
    let checksum = damaged.len() - 6;
    damaged[checksum] ^= 1;
    let huge = json!({ "Records": [call(5000), { "eventName": "x", "responseElements": "x".repeat(5 << 20) }, call(5001)] });
    let longer = format!(
        "{{\"Records\":[{},{{\"eventName\":\"x\",\"responseElements\":[\"{}\\\"]}}\"]}},{}]}}",
        call(6000),
        "y".repeat(20 << 20),
        call(6001)
    );
    let bomb = gzip(&vec![b' '; 70 << 20]);
    let no_time = json!({ "Records": [{ "eventName": "x", "eventSource": "s3.amazonaws.com" }, call(7000)] })
        .to_string();
    let folder = Folder::of(&[
        ("a/good.json.gz", &good),
        ("b/truncated.json.gz", &delivery(&calls(1000..2000))[..9000]),
        ("c/half.json", &text.as_bytes()[..text.len() - 40]),
        ("d/damaged.json.gz", &damaged),
        ("e/foreign.gz", &gzip(b"PAR1\0\0columns")),
        ("e/foreign.json", b"name,age\n"),
        ("e/other.json", b"{\"Resources\": {\"Table\": {}}}"),
        ("e/readme.txt", b"not a log"),
        ("f/huge.json.gz", &gzip(huge.to_string().as_bytes())),
        ("f/huger.json", longer.as_bytes()),
        ("g/bomb.json.gz", &bomb),
        ("h/lines.json", format!("{}\n{{\"half\": \n{}\n", call(8000), call(8001)).as_bytes()),
        ("i/no-time.json", no_time.as_bytes()),
        ("j/nested.json", "[".repeat(100_000).as_bytes()),
        ("k/AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/11/03/d.json.gz", &good),
        ("k/AWSLogs/1/CloudTrail-Insight/eu-west-1/2026/11/03/i.json.gz", &good),
        ("k/AWSLogs/1/CloudTrail-Aggregated/eu-west-1/2026/11/03/i.json.gz", &good),
        (
            "l/digest.json",
            b"{\"awsAccountId\":\"1\",\"digestStartTime\":\"2026-11-03T05:00:00Z\",\"logFiles\":[]}",
        ),
        ("m/usage.json", Usage::default().to_json().replace("\"usage\":1", "\"usage\":2").as_bytes()),
    ]);
    let reading = folder.read();
    let (counted, notes) = folder.told(&reading);
    insta::assert_snapshot!(notes.join("\n"));
    // 1,000 whole; 9 of the half; 10 of which the checksum is wrong; 2 + 2 beside the huge; 2 lines; 1 with a time;
    // and what stands before the break of the truncated.
    let certain = 1000 + 9 + 10 + 4 + 2 + 1;
    assert!(counted > certain + 300 && counted < certain + 1000, "{counted}");
    assert_eq!(reading.files, 13);
}

#[test]
fn an_argument_that_cannot_be_read_is_an_error() {
    let read = |path: &Path| local::read(&[path.to_owned()], &Filter::default(), &()).err();
    assert!(matches!(read(Path::new("/no/such/folder")), Some(LocalError::Unreadable { .. })));
    let empty = Folder::of(&[("readme.txt", b"x")]);
    assert!(matches!(read(empty.path()), Some(LocalError::Empty(_))));
    // A file that is named is read whatever it is called.
    let odd = Folder::of(&[("export.log", call(1).to_string().as_bytes())]);
    let reading = local::read(&[odd.path().join("export.log")], &Filter::default(), &()).unwrap();
    assert_eq!(count(&reading.usage), 1);
}

#[test]
fn usage_files_and_logs_add_up() {
    let folder = Folder::of(&[("a.json.gz", &delivery(&calls(0..10)))]);
    let usage = folder.read().usage.to_json();
    let both = Folder::of(&[("u.json", usage.as_bytes()), ("b.json.gz", &delivery(&calls(5..15)))]);
    assert_eq!(both.outcome(), (15, Vec::new()));
}

#[test]
fn files_in_any_grouping_give_the_same_usage() {
    let files: Vec<Vec<u8>> = (0..12).map(|n| delivery(&calls(n * 5..n * 5 + 9))).collect();
    let names: Vec<String> = (0..12).map(|n| format!("{n}.json.gz")).collect();
    let all: Vec<(&str, &[u8])> =
        names.iter().zip(&files).map(|(name, file)| (name.as_str(), file.as_slice())).collect();
    let whole = Folder::of(&all).read().usage;
    let mut merged = Usage::default();
    for part in all.chunks(5).rev() {
        merged.merge(Folder::of(part).read().usage);
    }
    assert_eq!(merged.to_json(), whole.to_json());
    assert_eq!(count(&whole), 11 * 5 + 9);
}

#[test]
fn time_role_and_function_narrow_what_is_counted() {
    let at = |number: u64, time: &str, name: &str| {
        session(event(number, time, "ssm", "GetParameter", json!({ "name": "/p" })), name)
    };
    let events = [
        at(1, "2026-11-02T23:59:59Z", "orders-api"),
        at(2, "2026-11-03T00:00:00Z", "orders-api"),
        at(3, "2026-11-03T23:59:59Z", "reports"),
        at(4, "2026-11-04T00:00:00Z", "reports"),
    ];
    let name = "x/111122223333_CloudTrail_eu-west-1_20261104T0005Z_AAAAAAAAAAAAAAAA.json.gz";
    let folder = Folder::of(&[(name, &delivery(&events))]);
    let counted =
        |filter: &Filter| count(&local::read(&[folder.path().to_owned()], filter, &()).unwrap().usage);
    let day = |text: &str| Time::parse(text);
    assert_eq!(counted(&Filter { from: day("2026-11-03"), to: day("2026-11-04"), ..Filter::default() }), 2);
    // Delivered before the day that is asked for: not even opened.
    assert_eq!(counted(&Filter { from: day("2026-11-05"), ..Filter::default() }), 0);
    for (role, expected) in [
        ("fern-and-fig-ShopRole-*", 4),
        ("arn:aws:iam::111122223333:role/shop/fern-and-fig-ShopRole-1TX9QWE7Z2K4M", 4),
        ("other", 0),
    ] {
        assert_eq!(counted(&Filter { roles: vec![role.into()], ..Filter::default() }), expected, "{role}");
    }
    assert_eq!(counted(&Filter { functions: vec!["orders-*".into(), "x".into()], ..Filter::default() }), 2);
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:reports";
    assert_eq!(counted(&Filter { functions: vec![arn.into()], ..Filter::default() }), 2);
}

#[test]
fn an_interrupted_reading_gives_a_part_and_says_so() {
    struct Stop;
    impl Watch for Stop {
        fn stopped(&self) -> bool {
            true
        }
    }
    let folder = Folder::of(&[("a.json.gz", &delivery(&calls(0..10)))]);
    let paths: [PathBuf; 1] = [folder.path().to_owned()];
    let usage = local::read(&paths, &Filter::default(), &Stop).unwrap().usage;
    assert!(usage.partial);
    let mut merged = folder.read().usage;
    merged.merge(Usage::from_json(usage.to_json().as_bytes()).unwrap());
    assert!(merged.partial && count(&merged) == 10);
}

#[test]
fn a_usage_file_that_is_none_is_refused() {
    let sound = Folder::of(&[("a.json.gz", &delivery(&calls(0..10)))]).read().usage.to_json();
    for (broken, why) in [
        ("{\"Records\":[]}".to_owned(), "not a usage file"),
        (sound.replace("\"usage\":1", "\"usage\":7"), "newer"),
        (sound.replace("2026-11-03T09:00:00Z", "soon"), "no time"),
        (sound.replace("\"events\":\"", "\"events\":\"////////////////////"), "marks"),
        (sound[..sound.len() / 2].to_owned(), "not a usage file"),
    ] {
        let error = Usage::from_json(broken.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{error} / {why}");
    }
}
