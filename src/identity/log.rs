//! What aws-iam-authenticator logged of callers: the lines `access granted` and `access denied`, with the session name that
//! a line `STS response` before them tells. Reads the log as it is written and as `CloudWatch` exports it.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/server/server.go`; logrus 1.9, `text_formatter.go` and
//! `json_formatter.go`; Amazon `CloudWatch` Logs API, `FilterLogEvents`, `GetLogEvents` and `GetQueryResults`.

mod line;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::arn::canonical;
use line::Fields;

/// What was logged of one kind of call, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The distinct outcomes, in order.
    pub outcomes: BTreeMap<Logged, Tally>,
    /// How many messages there were, of any kind.
    pub messages: usize,
    /// What the numbers of the messages count.
    pub counted: Counted,
    /// How many of them tell that access was granted, or denied.
    pub requests: usize,
    /// Lines about requests that say nothing about mappings: why, how many, and the first of them.
    pub silent: BTreeMap<Silent, (usize, usize)>,
}

/// What messages are counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Lines of the file.
    #[default]
    Lines,
    /// Events of an export.
    Events,
}

impl Counted {
    /// One of them, in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "line",
            Self::Events => "event",
        }
    }
}

/// How often something was logged, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub count: usize,
    /// The first line of it, or the first event of an export, from 1.
    pub first: usize,
    /// The time in the last line of it, as written; empty where none is.
    pub last_time: String,
    /// The unique id of the principal, where a line tells it.
    pub user_id: Option<String>,
}

/// A caller, and what the authenticator made of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Logged {
    /// The canonical ARN.
    pub arn: String,
    /// The session name, where a line of its own told it.
    pub session: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What the authenticator made of a caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was let in.
    Granted {
        /// As whom.
        username: String,
        /// In which groups.
        groups: Groups,
    },
    /// It was not, for a reason in the authenticator's words.
    Denied(String),
}

/// Groups as they were logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Groups {
    /// One by one.
    List(Vec<String>),
    /// With blanks between them, so that groups with blanks or without a name cannot be told apart.
    Joined(String),
}

impl Groups {
    /// Whether these are the groups, in this order.
    pub fn are(&self, groups: &[String]) -> bool {
        match self {
            Self::List(list) => list == groups,
            Self::Joined(text) => *text == groups.join(" "),
        }
    }

    /// One by one, as far as they can be told apart.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::List(list) => list.clone(),
            Self::Joined(text) => {
                text.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect()
            }
        }
    }
}

/// Why a line about a request says nothing about mappings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silent {
    /// The token was no good, or STS did not answer.
    Token,
    /// It names no ARN: the account is one of the scrubbed ones.
    NoArn,
    /// It lacks the username.
    NoUsername,
    /// It has groups in no form that is known.
    Groups,
    /// It was denied for a reason that is not known here.
    Unknown,
}

impl Silent {
    /// In words: what such a line has.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "a token that is no good, or no answer of STS",
            Self::NoArn => "no `arn`, as for scrubbed accounts",
            Self::NoUsername => "no `username`",
            Self::Groups => "`groups` in a form that is not known",
            Self::Unknown => "an `error` that is not known",
        }
    }
}

/// Reads a log. Lines about anything else are passed over.
pub fn read(text: &str) -> Log {
    let mut reading = Reading::default();
    let (counted, messages) = messages(text);
    reading.log.counted = counted;
    for (position, message) in messages {
        reading.log.messages += 1;
        match message {
            Message::Text(text) => reading.message(&line::fields(&text), position),
            Message::Fields(fields) => reading.message(&fields, position),
        }
    }
    reading.log
}

enum Message<'t> {
    Text(std::borrow::Cow<'t, str>),
    Fields(Fields),
}

/// The messages of a log, numbered: of an export its events, else its lines.
fn messages(text: &str) -> (Counted, Vec<(usize, Message<'_>)>) {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(text)
        && let Some(events) = exported(&value)
    {
        let events = events.into_iter().enumerate();
        return (Counted::Events, events.map(|(place, message)| (place + 1, message)).collect());
    }
    let header = text.lines().next().unwrap_or_default();
    if header.contains("@message") && !header.contains("time=") && !header.contains('{') {
        return (Counted::Events, of_csv(text));
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    (Counted::Lines, lines.map(|(place, line)| (place + 1, Message::Text(line.into()))).collect())
}

/// The messages of a reply of `aws logs`, or of what the console exports; none for anything else.
fn exported(value: &Value) -> Option<Vec<Message<'static>>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(Message::Text(text.clone().into())),
        Value::Object(_) => Some(Message::Fields(line::of_json(value))),
        _ => None,
    };
    let message = |event: &Value| match event {
        // a row of a query: fields with their names
        Value::Array(fields) => {
            let field =
                fields.iter().find(|field| field.get("field").is_some_and(|name| name == "@message"))?;
            text(field.get("value")?)
        }
        _ => text(event.get("message").or_else(|| event.get("@message"))?),
    };
    let list = match value {
        Value::Array(list) => list,
        _ => value.get("events").or_else(|| value.get("results"))?.as_array()?,
    };
    Some(list.iter().filter_map(message).collect())
}

/// The column `@message` of a table.
fn of_csv(text: &str) -> Vec<(usize, Message<'_>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let column =
        reader.headers().ok().and_then(|names| names.iter().position(|name| name.trim() == "@message"));
    let Some(column) = column else { return Vec::new() };
    let records = reader.into_records().filter_map(Result::ok).enumerate();
    let field =
        |record: &csv::StringRecord| record.get(column).map(|text| Message::Text(text.to_owned().into()));
    records.filter_map(|(place, record)| Some((place + 1, field(&record)?))).collect()
}

/// Of one connection and role so many sessions are kept.
const MOST_PENDING: usize = 64;

/// The sessions that STS told and that no line about access took up yet.
#[derive(Default)]
struct Pending {
    sessions: Vec<String>,
    /// How many more there were.
    forgotten: usize,
}

#[derive(Default)]
struct Reading {
    log: Log,
    pending: BTreeMap<(String, String), Pending>,
}

impl Reading {
    fn message(&mut self, fields: &Fields, position: usize) {
        match fields.text("msg").unwrap_or_default() {
            "STS response" => self.sts_response(fields),
            "access granted" => {
                self.log.requests += 1;
                match granted(fields) {
                    Ok(outcome) => self.count(fields, outcome, position),
                    Err(why) => self.pass_over(why, position),
                }
            }
            "access denied" => {
                self.log.requests += 1;
                let error = fields.text("error").unwrap_or_default().to_owned();
                match silence(&error) {
                    None => self.count(fields, Outcome::Denied(error), position),
                    Some(why) => self.pass_over(why, position),
                }
            }
            _ => {}
        }
    }

    /// Remembers the session until the line about its access comes. Requests of one connection mix, so that the ARN has to
    /// fit as well.
    fn sts_response(&mut self, fields: &Fields) {
        let (Some(client), Some(session)) = (fields.text("client"), fields.text("session")) else { return };
        let Some(canonical) = fields.text("arn").and_then(|arn| canonical(arn).ok()) else { return };
        let pending = self.pending.entry((client.to_owned(), canonical)).or_default();
        if pending.sessions.len() < MOST_PENDING {
            pending.sessions.push(session.to_owned());
        } else {
            pending.forgotten += 1;
        }
    }

    /// The session of a caller, where only one can be meant.
    fn session(&mut self, client: Option<&str>, arn: &str) -> Option<String> {
        let pending = self.pending.get_mut(&(client?.to_owned(), arn.to_owned()))?;
        if pending.sessions.is_empty() {
            pending.forgotten = pending.forgotten.saturating_sub(1);
            return None;
        }
        let first = pending.sessions.remove(0);
        // one that was forgotten may be the one that is meant, as long as any of them is
        let sure = pending.forgotten == 0 && pending.sessions.iter().all(|other| *other == first);
        sure.then_some(first).filter(|session| !session.is_empty())
    }

    fn count(&mut self, fields: &Fields, outcome: Outcome, position: usize) {
        let Some(arn) = fields.text("arn").filter(|arn| !arn.is_empty()) else {
            self.pass_over(Silent::NoArn, position);
            return;
        };
        let session = self.session(fields.text("client"), arn);
        let logged = Logged { arn: arn.to_owned(), session, outcome };
        let tally =
            self.log.outcomes.entry(logged).or_insert_with(|| Tally { first: position, ..Tally::default() });
        tally.count += 1;
        if let Some(time) = fields.text("time") {
            time.clone_into(&mut tally.last_time);
        }
        // of a federated user the id has a colon of its own
        let id =
            fields.text("uid").and_then(|uid| uid.strip_prefix("aws-iam-authenticator:")?.split_once(':'));
        tally.user_id = id.map(|(_, id)| id.to_owned()).or(tally.user_id.take());
    }

    fn pass_over(&mut self, why: Silent, position: usize) {
        self.log.silent.entry(why).or_insert((0, position)).0 += 1;
    }
}

fn granted(fields: &Fields) -> Result<Outcome, Silent> {
    let username = fields.text("username").ok_or(Silent::NoUsername)?.to_owned();
    let groups = match fields.groups() {
        Some(groups) => groups,
        None if fields.text("groups").is_none() => Groups::List(Vec::new()),
        None => return Err(Silent::Groups),
    };
    Ok(Outcome::Granted { username, groups })
}

/// Why a line that tells of a denial says nothing about mappings.
fn silence(error: &str) -> Option<Silent> {
    let about = |start: &str| error.starts_with(start);
    if about("input token was not properly formatted")
        || about("sts getCallerIdentity ")
        || about("could not parse token")
    {
        return Some(Silent::Token);
    }
    (Denial::of(error).is_none()).then_some(Silent::Unknown)
}

/// Why a caller was not let in, as far as mappings are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No mapping named it.
    NotMapped,
    /// A mapping asked for the host name of an instance, and the session name was none.
    NoInstance,
    /// The username started with a reserved prefix.
    Reserved,
    /// A mapping has the caller's unique id, and another ARN.
    UserId,
}

impl Denial {
    /// Reads the authenticator's words, of any version.
    pub fn of(error: &str) -> Option<Self> {
        let folded = error.to_ascii_lowercase();
        if folded.contains("is not mapped") {
            Some(Self::NotMapped)
        } else if folded.contains("instance id") || folded.contains("failed mapping username") {
            Some(Self::NoInstance)
        } else if folded.contains("invalid username '") {
            Some(Self::Reserved)
        } else if folded.contains("arn does not match user id") {
            Some(Self::UserId)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "\
time=\"2026-05-04T09:10:10Z\" level=info msg=\"Starting authenticator\"
time=\"2026-05-04T09:10:11Z\" level=info msg=\"STS response\" accesskeyid=ASIA accountid=1 arn=\"arn:aws:sts::1:assumed-role/R/ann@x\" client=\"127.0.0.1:1\" session=ann@x userid=AROA
time=\"2026-05-04T09:10:11Z\" level=info msg=\"access granted\" arn=\"arn:aws:iam::1:role/R\" client=\"127.0.0.1:1\" groups=\"[a b]\" method=POST uid=\"aws-iam-authenticator:1:AROA\" username=ann-x
time=\"2026-05-04T09:10:12Z\" level=info msg=\"access granted\" arn=\"arn:aws:iam::1:role/Bare\" client=\"127.0.0.1:2\" groups=\"[]\" username=
time=\"2026-05-04T09:10:13Z\" level=warning msg=\"access denied\" arn=\"arn:aws:iam::1:role/U\" client=\"127.0.0.1:3\" error=\"identity is not mapped\" method=POST
time=\"2026-05-04T09:10:15Z\" level=warning msg=\"access denied\" client=\"127.0.0.1:4\" error=\"input token was not properly formatted: x\"
time=\"2026-05-04T09:10:15Z\" level=warning msg=\"access denied\" arn=a client=c error=\"the moon is full\"
time=\"2026-05-04T09:10:15Z\" level=info msg=\"access granted\" client=c groups=\"[]\" username=u
time=\"2026-05-04T09:10:15Z\" level=info msg=\"access granted\" arn=a client=c groups=\"[]\"
";

    fn of(log: &Log) -> Vec<(String, Option<String>, Outcome)> {
        log.outcomes
            .keys()
            .map(|logged| (logged.arn.clone(), logged.session.clone(), logged.outcome.clone()))
            .collect()
    }

    #[test]
    fn lines_as_they_are_written() {
        let log = read(LINES);
        let joined = |text: &str| Groups::Joined(text.to_owned());
        let granted = |username: &str, groups| Outcome::Granted { username: username.to_owned(), groups };
        let arn = |name: &str| format!("arn:aws:iam::1:role/{name}");
        assert_eq!(
            of(&log),
            [
                (arn("Bare"), None, granted("", joined(""))),
                (arn("R"), Some("ann@x".to_owned()), granted("ann-x", joined("a b"))),
                (arn("U"), None, Outcome::Denied("identity is not mapped".to_owned())),
            ]
        );
        assert_eq!((log.messages, log.requests), (9, 7));
        let silent: Vec<_> = log.silent.iter().map(|(why, (count, first))| (*why, *count, *first)).collect();
        let one = |why, first| (why, 1, first);
        assert_eq!(
            silent,
            [
                one(Silent::Token, 6),
                one(Silent::NoArn, 8),
                one(Silent::NoUsername, 9),
                one(Silent::Unknown, 7)
            ]
        );
        let tally = log.outcomes.values().nth(1).unwrap();
        assert_eq!((tally.count, tally.first, tally.user_id.as_deref()), (1, 3, Some("AROA")));
    }

    #[test]
    fn exports_hold_the_same() {
        let expected = of(&read(LINES));
        let all: Vec<&str> = LINES.lines().collect();
        let events: Vec<Value> =
            all.iter().map(|line| serde_json::json!({"timestamp": 1, "message": line})).collect();
        let rows: Vec<Value> = all
            .iter()
            .map(|line| serde_json::json!([{"field": "@timestamp", "value": "x"}, {"field": "@message", "value": line}]))
            .collect();
        let console: Vec<Value> =
            all.iter().map(|line| serde_json::json!({"@timestamp": "x", "@message": line})).collect();
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["@timestamp", "@message"]).unwrap();
        for line in &all {
            table.write_record(["x", line]).unwrap();
        }
        for text in [
            serde_json::json!({"events": events}).to_string(),
            serde_json::to_string_pretty(&serde_json::json!({"results": rows, "status": "Complete"}))
                .unwrap(),
            serde_json::Value::from(console).to_string(),
            String::from_utf8(table.into_inner().unwrap()).unwrap(),
            all.iter()
                .map(|line| format!("2026-05-04T09:10:11.000Z authenticator-1 {line}\r\n"))
                .collect::<Vec<_>>()
                .concat(),
        ] {
            assert_eq!(of(&read(&text)), expected, "{text}");
        }
    }

    #[test]
    fn sessions_that_may_be_mixed_up_are_not_told() {
        let sts = |session: &str| {
            format!(
                "msg=\"STS response\" level=info arn=\"arn:aws:sts::1:assumed-role/R/{session}\" client=c session={session}\n"
            )
        };
        let granted = "level=info msg=\"access granted\" arn=\"arn:aws:iam::1:role/R\" client=c groups=\"[]\" username=u\n";
        let sessions =
            |text: String| of(&read(&text)).into_iter().map(|(_, session, _)| session).collect::<Vec<_>>();
        assert_eq!(
            sessions(sts("ann") + granted + &sts("ben") + granted),
            [Some("ann".to_owned()), Some("ben".to_owned())]
        );
        assert_eq!(sessions(sts("ann") + &sts("ben") + granted), [None]);
        assert_eq!(sessions(sts("ann") + &sts("ann") + granted + granted), [Some("ann".to_owned())]);
    }

    #[test]
    fn what_is_no_log() {
        for text in [
            "",
            "hello\n",
            "{}",
            "[]",
            "[1]",
            "{\"events\": [{}]}",
            "@message\n",
            "msg=\"access granted",
            "{\"events\": 1}",
        ] {
            assert_eq!(read(text).requests, 0, "{text}");
        }
    }
}
