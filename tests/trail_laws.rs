//! Laws of usage: however logs are split, in whatever order they are read, delivered once or twice, and whether a
//! shard went through a file or not, the same events give the same bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use scopedown::trail::{Collector, Filter, Resources, Usage};

fn usage_of(events: &[String]) -> Usage {
    let mut collector = Collector::new(Filter::default());
    collector.file(format!("{{\"Records\":[{}]}}", events.join(",")).as_bytes());
    collector.take()
}

/// Few callers, many keys, some failures: what a shared role's log looks like.
fn event() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("GetObject"), Just("PutObject"), Just("ListObjects"), Just("GetParameter")];
    let key = "[ab*$]{1,2}/[a-c]{1,2}/[a-c${*}?é]{0,4}(/x){0,3}";
    let error = prop_oneof![4 => Just(""), 1 => Just("AccessDenied"), 1 => Just("NoSuchKey")];
    (0..40_u32, 0..3_u8, name, key, error, 0..90_i64).prop_map(|(id, function, name, key, error, day)| {
        let key = serde_json::to_string(&key).unwrap();
        let source = if name == "GetParameter" { "ssm" } else { "s3" };
        let (month, day) = (1 + day / 30, 1 + day % 28);
        format!(
            r#"{{"eventID":"{id}","eventTime":"2026-{month:02}-{day:02}T10:00:00Z","eventSource":"{source}.amazonaws.com",
            "eventName":"{name}","errorCode":"{error}","awsRegion":"eu-west-1","eventType":"AwsApiCall",
            "recipientAccountId":"111122223333","eventCategory":"Data",
            "requestParameters":{{"bucketName":"media","key":{key},"name":"/shop/{function}"}},
            "userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/shop/f{function}"}}}}"#
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_in_any_order_merges_to_the_same_bytes(
        events in prop::collection::vec((event(), 0..5_usize, any::<bool>()), 0..120),
        order in Just([0, 1, 2, 3, 4]).prop_shuffle(),
        through_files in any::<bool>(),
    ) {
        let all: Vec<String> = events.iter().map(|(event, ..)| event.clone()).collect();
        let mut merged = Usage::default();
        for shard in order {
            // An event that is delivered twice is in two shards.
            let mine = |at: usize, twice: bool| at == shard || (twice && (at + 1) % 5 == shard);
            let mut part: Vec<String> = events
                .iter()
                .filter(|(_, at, twice)| mine(*at, *twice))
                .map(|(event, ..)| event.clone())
                .collect();
            part.reverse();
            let mut usage = usage_of(&part);
            if through_files {
                usage = Usage::from_json(usage.to_json().as_bytes()).unwrap();
            }
            merged.merge(usage);
        }
        prop_assert_eq!(merged.to_json(), usage_of(&all).to_json());
    }

    #[test]
    fn no_bytes_are_too_strange(
        events in prop::collection::vec(event(), 1..6),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        wrapped in any::<bool>(),
    ) {
        let list = events.join(",");
        let text = if wrapped { format!("{{\"Records\":[{list}]}}") } else { events.join("\n") };
        let mut bytes = text.into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let mut collector = Collector::new(Filter::default());
        let reading = collector.file(&bytes);
        prop_assert!(reading.records <= events.len() as u64 + 6);
        let usage = collector.take();
        prop_assert_eq!(&Usage::from_json(usage.to_json().as_bytes()).unwrap(), &usage);
    }

    #[test]
    fn a_shard_that_is_added_twice_changes_nothing(events in prop::collection::vec(event(), 0..60)) {
        let usage = usage_of(&events);
        let mut twice = usage.clone();
        twice.merge(usage.clone());
        prop_assert_eq!(&twice, &usage);
        twice.merge(Usage::default());
        prop_assert_eq!(twice, usage);
    }

    #[test]
    fn resources_do_not_depend_on_order_or_grouping(
        keys in prop::collection::vec("arn:aws:(s3:::[ab]{1,2}/|sqs:r:1:)[a-d]{1,2}[/-][a-d*$]{1,2}/[a-c{}$]{0,3}", 1..150),
        cut in any::<prop::sample::Index>(),
    ) {
        let of = |keys: &mut dyn Iterator<Item = &String>| {
            let mut resources = Resources::default();
            keys.for_each(|key| resources.insert(key));
            resources
        };
        let all = of(&mut keys.iter());
        let cut = cut.index(keys.len());
        let mut halves = of(&mut keys[cut..].iter().rev());
        halves.merge(&of(&mut keys[..cut].iter()));
        prop_assert_eq!(&halves, &all);
        prop_assert_eq!(of(&mut keys.iter().rev().chain(&keys)), all);
    }
}
