//! What must be true of answers whatever the cluster. No law needs upstream.

use std::collections::BTreeSet;

use iamrbac::access::Policy;
use iamrbac::identity::{SessionNames, SessionPattern};
use iamrbac::query::can_i::{Caller, Question, Verdict, answer};
use iamrbac::report::escaped;
use proptest::prelude::*;
use serde_json::Value;

use crate::oracle::ours;
use crate::world::names::SESSIONS;
use crate::world::random::Random;
use crate::world::{Ask, Files, Taste, World, stream, world, world_of};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() }
}

fn tidy(random: &mut Random) -> World {
    world_of(random, Taste { mistakes: 0, oddities: 0, asks: 20 })
}

/// Which of the questions are answered with yes.
fn allowed(files: &Files, asks: &[Ask]) -> Vec<bool> {
    let asks: Vec<&Ask> = asks.iter().collect();
    let answers = ours::answers(&ours::load(files), &asks);
    answers.iter().map(|ours| ours.answers.iter().all(|answer| answer.decision == "allow")).collect()
}

/// The objects with one of each name: of two, the later is in force.
fn unique(objects: Vec<Value>) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut unique: Vec<Value> = objects
        .into_iter()
        .rev()
        .filter(|object| {
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
            seen.insert(format!("{} {namespace} {}", object["kind"], object["metadata"]["name"]))
        })
        .collect();
    unique.reverse();
    unique
}

proptest! {
    #![proptest_config(config())]

    /// RBAC knows no "no": a binding more can only give. Where a binding of its name is there already it replaces that.
    #[test]
    fn a_binding_more_never_takes_access_away(seed in any::<u64>()) {
        let random = &mut Random::new(seed);
        let World { objects, asks, .. } = tidy(random);
        let objects = unique(objects);
        let all = allowed(&stream(&objects), &asks);
        let default_names = ["cluster-admin", "system:discovery", "system:basic-user"];
        let replaces = |object: &Value| default_names.iter().any(|name| object["metadata"]["name"] == *name);
        let mut fewer = objects.clone();
        fewer.retain(|object| object.get("roleRef").is_none() || replaces(object) || random.chance(50));
        let less = allowed(&stream(&fewer), &asks);
        prop_assert!(less.iter().zip(&all).all(|(less, all)| !less || *all), "{objects:#?}\n{fewer:#?}");
    }

    /// Of a rule, fewer verbs, groups, resources or URLs admit less, and more names where there are names admit more.
    #[test]
    fn a_smaller_rule_never_gives_access(seed in any::<u64>()) {
        let random = &mut Random::new(seed);
        let World { mut objects, asks, .. } = tidy(random);
        objects = unique(objects);
        // written rules of an aggregated role count only while nothing is selected, so there they may not become fewer
        objects.retain(|object| object.get("aggregationRule").is_none());
        let all = allowed(&stream(&objects), &asks);
        let fields = ["verbs", "apiGroups", "resources", "nonResourceURLs", "resourceNames"];
        let mut smaller = objects.clone();
        for object in &mut smaller {
            for rule in object["rules"].as_array_mut().into_iter().flatten() {
                for field in fields {
                    if let Some(list) = rule[field].as_array_mut().filter(|list| list.len() > 1)
                        && random.chance(50)
                    {
                        let position = random.below(list.len());
                        list.remove(position);
                    }
                }
                let rule = rule.as_object_mut().unwrap();
                rule.retain(|_, list| !list.is_null());
            }
        }
        let fewer = allowed(&stream(&smaller), &asks);
        prop_assert!(
            fewer.iter().zip(&all).all(|(fewer, all)| !fewer || *all),
            "{:#?}\n{:#?}", stream(&objects), stream(&smaller)
        );
    }

    /// The order of documents changes no byte of an answer but the places, where no two objects have one name.
    #[test]
    fn the_order_of_documents_does_not_matter(seed in any::<u64>()) {
        let random = &mut Random::new(seed);
        let World { objects, asks, .. } = tidy(random);
        let objects = unique(objects);
        let mut shuffled = objects.clone();
        random.shuffle(&mut shuffled);
        let asks: Vec<&Ask> = asks.iter().collect();
        let (first, second) = (ours::load(&stream(&objects)), ours::load(&stream(&shuffled)));
        for (a, b) in ours::answers(&first, &asks).into_iter().zip(ours::answers(&second, &asks)) {
            prop_assert_eq!(a.answers, b.answers);
            prop_assert_eq!(without_places(a.printed), without_places(b.printed));
        }
    }

    /// Nor does the order of subjects, and of what the lists of a rule hold, change any answer.
    #[test]
    fn the_order_of_items_does_not_matter(seed in any::<u64>()) {
        let random = &mut Random::new(seed);
        let World { objects, asks, .. } = tidy(random);
        let mut shuffled = objects.clone();
        for object in &mut shuffled {
            if let Some(subjects) = object["subjects"].as_array_mut() {
                random.shuffle(subjects);
            }
            if let Some(rules) = object["rules"].as_array_mut() {
                random.shuffle(rules);
                for list in rules.iter_mut().filter_map(Value::as_object_mut).flat_map(serde_json::Map::values_mut) {
                    if let Some(list) = list.as_array_mut() {
                        random.shuffle(list);
                    }
                }
            }
            // what was not there before was not asked for
            let fields = object.as_object_mut().unwrap();
            fields.retain(|_, value| !value.is_null());
        }
        let asks: Vec<&Ask> = asks.iter().collect();
        let (first, second) = (ours::load(&stream(&objects)), ours::load(&stream(&shuffled)));
        for (a, b) in ours::answers(&first, &asks).into_iter().zip(ours::answers(&second, &asks)) {
            prop_assert_eq!(a.answers, b.answers, "{:#?}\n{:#?}", stream(&objects), stream(&shuffled));
        }
    }

    /// What is printed for programs is read back as it was: JSON, YAML, CSV and SARIF.
    #[test]
    fn what_is_printed_is_read_again(seed in any::<u64>(), odd in "[\\PC\u{1b}\u{7f}\u{202e}\u{feff}\n\"',=]{0,12}") {
        let world = world(seed, 4);
        let mut files = world.files;
        let quoted = Value::from(odd.clone());
        files.insert("odd.yaml".to_owned(), format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {quoted}}}\n\
             subjects: [{{kind: Group, name: devs}}]\nroleRef: {{kind: ClusterRole, name: view}}\n"
        ));
        let loaded = ours::load(&files);
        let policy = Policy::new(&loaded.cluster);
        let caller = Caller::User { name: odd, groups: vec!["devs".to_owned()] };
        let listing = iamrbac::query::list::list(&loaded, &policy, &caller, None, &"team-a".into());
        let document = iamrbac::report::list::document(&loaded.sources, &caller, &listing);
        let value = serde_json::to_value(&document).unwrap();
        for text in [escaped::to_string(&document).unwrap(), escaped::to_string_pretty(&document).unwrap()] {
            prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
        }
        prop_assert_eq!(&serde_yaml::from_str::<Value>(&escaped::to_yaml(&document).unwrap()).unwrap(), &value);
        let table = iamrbac::report::list::csv(&loaded.sources, &listing, true).unwrap();
        let rows: usize = listing.lists.iter().map(|list| list.rows.len() + usize::from(list.privileged)).sum();
        prop_assert_eq!(csv::Reader::from_reader(table.as_bytes()).records().map(Result::unwrap).count(), rows);
        let told = iamrbac::lint::settle(&loaded.sources, loaded.findings.clone());
        let sarif = iamrbac::report::sarif::findings(&told);
        prop_assert_eq!(&serde_json::from_str::<Value>(&escaped::to_string(&sarif).unwrap()).unwrap(), &sarif);
    }

    /// The same input gives the same bytes, places and all; and files are independent of how they are cut.
    #[test]
    fn the_same_input_gives_the_same_bytes(seed in any::<u64>()) {
        let world = world(seed, 20);
        let asks: Vec<&Ask> = world.asks.iter().collect();
        let (first, second) = (ours::load(&world.files), ours::load(&world.files));
        for (a, b) in ours::answers(&first, &asks).into_iter().zip(ours::answers(&second, &asks)) {
            prop_assert_eq!(a.printed.to_string(), b.printed.to_string());
        }
    }

    /// What is said of a role without a session holds for each of its sessions: exactly one case is about it, and that
    /// case has the answer that is given when the session is named.
    #[test]
    fn a_family_of_sessions_is_all_its_sessions(seed in any::<u64>()) {
        let random = &mut Random::new(seed);
        let World { files, asks, .. } = tidy(random);
        let loaded = ours::load(&files);
        let policy = Policy::new(&loaded.cluster);
        for mut ask in asks.into_iter().filter(|ask| ask.arn.contains(":role/")) {
            ask.session = String::new();
            let Ok(Caller::Principal(mut principal)) = ours::caller(&ask) else { continue };
            principal.host_name = Some("ip-10-0-0-1.ec2.internal".to_owned());
            let request = ours::request(&ask);
            let family = Question {
                caller: Caller::Principal(principal.clone()), impersonation: None, request: request.clone(),
                all_chains: false,
            };
            let family = answer(&loaded, &policy, &family);
            for session in SESSIONS.iter().copied().chain(["zz", "ana-example.com", "i-0123456x"]) {
                let mut one = principal.clone();
                one.session = iamrbac::identity::Session::Known(session.into());
                let concrete = Question {
                    caller: Caller::Principal(one), impersonation: None, request: request.clone(), all_chains: false,
                };
                let concrete = answer(&loaded, &policy, &concrete);
                if concrete.cases.len() != 1 || family.cases.iter().any(|case| case.when.iter().any(|when| when.chance.is_some())) {
                    continue;
                }
                let about: Vec<_> = family
                    .cases
                    .iter()
                    .filter(|case| case.when.iter().any(|when| covers(when.sessions.as_ref(), session)))
                    .collect();
                prop_assert_eq!(about.len(), 1, "{} in {:?}", session, family.cases);
                prop_assert_eq!(
                    about[0].is_allowed(), concrete.cases[0].is_allowed(), "{} of {:?}\n{:#?}", session, ask, files
                );
                prop_assert_eq!(about[0].identity.is_ok(), concrete.cases[0].identity.is_ok());
                let expected = match family.verdict {
                    Verdict::Depends => concrete.verdict,
                    verdict => verdict,
                };
                prop_assert_eq!(concrete.verdict, expected);
            }
        }
    }
}

/// Whether a set of sessions has this one.
fn covers(sessions: Option<&SessionNames>, name: &str) -> bool {
    let Some(exactly) = SessionPattern::exactly(name) else { return false };
    sessions.is_some_and(|sessions| sessions.and(&exactly).is_some())
}

/// A printed answer without where things stand.
fn without_places(mut printed: Value) -> Value {
    match &mut printed {
        Value::Object(fields) => {
            fields.remove("place");
            for value in fields.values_mut() {
                *value = without_places(value.take());
            }
        }
        Value::Array(items) => {
            for value in items {
                *value = without_places(value.take());
            }
        }
        _ => {}
    }
    printed
}
