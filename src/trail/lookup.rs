//! The event history that every account has without a trail: `LookupEvents`, 90 days of management events, a region
//! at a time.
//!
//! It answers two questions a second, in each account and region, with 50 events each; we ask no faster, and what is
//! refused all the same is asked again after a pause. The API filters by one attribute at most: the name of the
//! session, which for a function is its name, where functions are asked for by name.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};

use super::collector::{Collector, Fate, Filter};
use super::layout::Selection;
use super::local::{Reading, Watch, plural};
use super::time::Time;
use crate::aws::{LiveError, Problem, Session, explain};
use crate::model::Note;

/// How far the history goes back.
const DAYS: i64 = 90;
const EVERY: Duration = Duration::from_millis(500);
/// How many questions may be asked at once after a rest.
const AT_ONCE: u32 = 2;

/// Reads the history of every region that is asked for, or of the session's.
pub fn read(
    session: &Session,
    selection: &Selection,
    filter: &Filter,
    watch: &dyn Watch,
) -> Result<Reading, LiveError> {
    let mut reading = Reading { notes: vec![shortness()], ..Reading::default() };
    let oldest = now().plus_days(-DAYS);
    if let Some(from) = selection.from.filter(|from| *from < oldest) {
        let message = format!(
            "the event history begins at {oldest}: what happened from {from} until then is not in it"
        );
        reading
            .notes
            .push(Note::new("event-history-too-short", message).help("read the trail's files or its table"));
    }
    if !selection.accounts.is_empty() {
        let message = "the event history is the account's own: naming an account does not choose another";
        reading
            .notes
            .push(Note::new("event-history-one-account", message).help("use that account's profile"));
    }
    let own = [session.region().to_owned()];
    let regions = if selection.regions.is_empty() { &own[..] } else { &selection.regions };
    let mut collector = Collector::new(filter.clone());
    let mut broken = 0;
    for region in regions {
        let client = Client::new(&session.config_in(region));
        let mut pace = Pace::default();
        let start = Instant::now();
        for name in names(filter) {
            let mut next = None;
            loop {
                let pause = pace.pause(start.elapsed());
                let page = session.block_on(async {
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    page(&client, region, selection, name.as_deref(), next).await
                })?;
                for text in &page.events {
                    broken += u64::from(!count(text.as_deref(), &mut collector, &mut reading));
                }
                watch.advance(page.events.iter().flatten().map(|text| text.len() as u64).sum());
                if collector.is_full() {
                    reading.usage.merge(collector.take());
                }
                if watch.stopped() {
                    reading.usage.merge(collector.take());
                    reading.usage.partial = true;
                    return Ok(reading);
                }
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
    }
    if names(filter) != [None] {
        // Others' events were not asked for; the history is there all the same.
        let to = selection.to.unwrap_or_else(now);
        collector.window(selection.from.map_or(oldest, |from| from.max(oldest)), to);
    }
    reading.usage.merge(collector.take());
    if broken > 0 {
        let message = format!("{} could not be read; not counted", plural(broken, "record"));
        reading.notes.push(Note::new("broken-record", message));
    }
    Ok(reading)
}

fn shortness() -> Note {
    Note::new(
        "event-history-management-only",
        "the event history holds management events of the last 90 days: data events, such as reading an object or \
         an item, are not in it",
    )
    .help("read a trail that logs data events to see those")
}

/// What the API is asked to choose by: the sessions of functions that are named without wildcards, else nothing.
fn names(filter: &Filter) -> Vec<Option<String>> {
    let plain = |name: &str| !name.contains(['*', '?']);
    if filter.functions.is_empty() || !filter.functions.iter().all(|name| plain(name)) {
        return vec![None];
    }
    let mut names: Vec<_> = filter
        .functions
        .iter()
        .map(|name| Some(name.rsplit(':').next().unwrap_or(name).to_owned()))
        .collect();
    names.sort();
    names.dedup();
    names
}

struct Page {
    events: Vec<Option<String>>,
    next: Option<String>,
}

async fn page(
    client: &Client,
    region: &str,
    selection: &Selection,
    name: Option<&str>,
    next: Option<String>,
) -> Result<Page, LiveError> {
    let instant = |time: Time| DateTime::from_secs(time.seconds());
    let mut call = client
        .lookup_events()
        .set_start_time(selection.from.map(instant))
        .set_end_time(selection.to.map(instant))
        .max_results(50)
        .set_next_token(next);
    if let Some(name) = name {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::Username)
            .attribute_value(name)
            .build()
            .map_err(|error| LiveError::new(Problem::Unexpected, error.to_string()))?;
        call = call.lookup_attributes(attribute);
    }
    let subject = format!("the event history of {region}");
    let answer = call.send().await;
    let answer = answer.map_err(|error| explain("cloudtrail:LookupEvents", &subject, &error))?;
    let events =
        answer.events().iter().map(|event| event.cloud_trail_event().map(ToOwned::to_owned)).collect();
    Ok(Page { events, next: answer.next_token().map(ToOwned::to_owned) })
}

/// Whether the event could be read.
fn count(text: Option<&str>, collector: &mut Collector, reading: &mut Reading) -> bool {
    reading.records += 1;
    let fate = text.map_or(Fate::Broken, |text| collector.json(text.as_bytes()));
    reading.counted += u64::from(fate == Fate::Counted);
    fate != Fate::Broken
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Says how long to wait before each question. Time is what the caller says it is.
#[derive(Debug, Default)]
struct Pace {
    /// When the questions so far will have been paid for.
    paid: Duration,
}

impl Pace {
    fn pause(&mut self, now: Duration) -> Duration {
        let credit = EVERY * (AT_ONCE - 1);
        let start = now.max(self.paid.saturating_sub(credit));
        self.paid = self.paid.max(start) + EVERY;
        start.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_questions_a_second_and_no_more() {
        let mut pace = Pace::default();
        let mut now = Duration::ZERO;
        let mut asked = Vec::new();
        for _ in 0..7 {
            now += pace.pause(now);
            asked.push(now.as_millis());
        }
        assert_eq!(asked, [0, 0, 500, 1000, 1500, 2000, 2500]);
        // After a rest, two at once again, and not more for a longer rest.
        now += Duration::from_mins(1);
        let pauses = [pace.pause(now), pace.pause(now), pace.pause(now)];
        assert_eq!(pauses, [Duration::ZERO, Duration::ZERO, EVERY]);
    }

    #[test]
    fn functions_are_asked_for_by_name_unless_they_are_patterns() {
        let filter = |functions: &[&str]| Filter {
            functions: functions.iter().copied().map(Into::into).collect(),
            ..Filter::default()
        };
        assert_eq!(names(&filter(&[])), [None]);
        assert_eq!(names(&filter(&["orders-*"])), [None]);
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
        assert_eq!(
            names(&filter(&[arn, "orders", "billing"])),
            [Some("billing".into()), Some("orders".into())]
        );
    }
}
