//! What is read from a log of the authenticator, in each form in which it is kept.

use iamrbac::identity::log::{Counted, Groups, Log, Outcome, Silent, read};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:iam::111122223333:role/R";

fn granted(more: &Value) -> Value {
    let mut line = json!({"msg": "access granted", "arn": ARN, "client": "c", "username": "u", "groups": []});
    for (key, value) in more.as_object().unwrap() {
        line[key] = value.clone();
    }
    line
}

/// How often a first message was seen, and its number.
fn tallies(log: &Log) -> Vec<(usize, usize)> {
    log.outcomes.values().map(|tally| (tally.count, tally.first)).collect()
}

/// The third message is the first of its kind.
#[test]
fn exports_number_their_events() {
    let other = json!({"msg": "hello"}).to_string();
    let (line, object) = (granted(&json!({})).to_string(), granted(&json!({})));
    let event = |message: &Value| json!({"timestamp": 1, "message": message});
    let row = |message: &Value| json!([{"field": "@timestamp", "value": "1"}, {"field": "@message", "value": message}]);
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let (hello, written) = (json!(other), json!(line));
    for (form, text, counted) in [
        ("lines", format!("{other}\n\n{line}\n"), Counted::Lines),
        (
            "events",
            json!({"events": [event(&hello), event(&hello), event(&written)]}).to_string(),
            Counted::Events,
        ),
        ("objects", json!([event(&hello), event(&hello), event(&object)]).to_string(), Counted::Events),
        (
            "a query of the console",
            json!([{"@message": hello}, {"@message": hello}, {"@message": written}]).to_string(),
            Counted::Events,
        ),
        (
            "a query",
            json!({"results": [row(&hello), row(&hello), row(&written)]}).to_string(),
            Counted::Events,
        ),
        (
            "a query of objects",
            json!({"results": [row(&hello), row(&hello), row(&object)]}).to_string(),
            Counted::Events,
        ),
        (
            "a table",
            format!("@timestamp,@message\n1,{0}\n2,{0}\n3,{1}\n", quoted(&other), quoted(&line)),
            Counted::Events,
        ),
        ("with a byte order mark", format!("\u{feff}{other}\n\n{line}\n"), Counted::Lines),
    ] {
        let log = read(&text);
        assert_eq!((log.counted, log.requests, tallies(&log)), (counted, 1, vec![(1, 3)]), "{form}: {text}");
    }
}

#[test]
fn groups_in_every_form() {
    let list = |names: &[&str]| Some(Groups::List(names.iter().map(|name| (*name).to_owned()).collect()));
    let mut without = granted(&json!({}));
    without.as_object_mut().unwrap().remove("groups");
    let text = |groups: &str| format!("time=\"t\" msg=\"access granted\" arn=\"{ARN}\" {groups} username=u");
    for (line, groups) in [
        (granted(&json!({"groups": ["a", "b c"]})).to_string(), list(&["a", "b c"])),
        (granted(&json!({"groups": null})).to_string(), list(&[])),
        (without.to_string(), list(&[])),
        (text(""), list(&[])),
        (text("groups=\"[a b]\""), Some(Groups::Joined("a b".to_owned()))),
        (text("groups=\"[]\""), Some(Groups::Joined(String::new()))),
        (text("groups=a"), None),
        (granted(&json!({"groups": [1]})).to_string(), None),
        (granted(&json!({"groups": "a"})).to_string(), None),
        (granted(&json!({"groups": {}})).to_string(), None),
    ] {
        let log = read(&line);
        let told = log.outcomes.keys().next().map(|logged| logged.outcome.clone());
        let expected = groups.map(|groups| Outcome::Granted { username: "u".to_owned(), groups });
        assert_eq!(told, expected, "{line}");
        assert_eq!(log.silent.get(&Silent::Groups), told.is_none().then_some(&(1, 1)), "{line}");
    }
}

/// Of what is no pair of a name and a value nothing is read on.
#[test]
fn pairs_of_a_line() {
    let head = format!("time=\"t\" msg=\"access granted\" arn=\"{ARN}\" username=u");
    for (rest, uid) in [
        ("uid=\"aws-iam-authenticator:1:AROA\"", Some("AROA")),
        ("uid=\"aws-iam-authenticator:1:1:name\"", Some("1:name")),
        ("uid=other:1:AROA", None),
        ("some words uid=\"aws-iam-authenticator:1:AROA\"", None),
        ("a\"b=1 uid=\"aws-iam-authenticator:1:AROA\"", None),
        ("=1 uid=\"aws-iam-authenticator:1:AROA\"", None),
        ("uid=\"aws-iam-authenticator:1:AROA", None),
    ] {
        let log = read(&format!("{head} {rest}\n"));
        let tally = log.outcomes.values().next().unwrap();
        assert_eq!(tally.user_id.as_deref(), uid, "{rest}");
    }
}

/// Requests of one connection mix: of so many sessions that no line took up, none is certain.
#[test]
fn sessions_that_are_told_before() {
    let told = |session: &str| {
        let arn = format!("arn:aws:sts::111122223333:assumed-role/R/{session}");
        json!({"msg": "STS response", "client": "c", "arn": arn, "session": session}).to_string()
    };
    let line = granted(&json!({})).to_string();
    let sessions = |lines: &[String]| -> Vec<(Option<String>, usize)> {
        let log = read(&lines.join("\n"));
        log.outcomes.iter().map(|(logged, tally)| (logged.session.clone(), tally.count)).collect()
    };
    let ana = || Some("ana".to_owned());
    assert_eq!(sessions(&[told("ana"), line.clone()]), [(ana(), 1)]);
    assert_eq!(sessions(&[told("ana"), line.clone(), line.clone()]), [(None, 1), (ana(), 1)]);
    assert_eq!(
        sessions(&[told("ana"), told("ben"), line.clone(), line.clone()]),
        [(None, 1), (Some("ben".to_owned()), 1)]
    );
    assert_eq!(sessions(&[told(""), line.clone()]), [(None, 1)]);
    // 64 are kept: while any is forgotten none is certain, and those who come afterwards are again
    for (sts, requests, expected) in [
        (63, 63, vec![(ana(), 63)]),
        (64, 64, vec![(ana(), 64)]),
        (65, 64, vec![(None, 64)]),
        (65, 65, vec![(None, 65)]),
        (70, 69, vec![(None, 69)]),
    ] {
        let lines = [vec![told("ana"); sts], vec![line.clone(); requests]].concat();
        assert_eq!(sessions(&lines), expected, "{sts} {requests}");
        let afterwards = [lines, vec![told("ben"), line.clone()]].concat();
        let is_certain = sts == requests;
        let of_ben = sessions(&afterwards).into_iter().find(|(session, _)| session.as_deref() == Some("ben"));
        assert_eq!(of_ben.is_some(), is_certain, "{sts} {requests}");
    }
}
