//! Random clusters, tidy ones and all the ways in which people get them wrong, and questions about them.
//!
//! Everything follows from one number, so that a world can be made again. Names come from small pools of texts that are
//! easily taken for each other: only then do subjects, roles and requests meet.

pub mod awsauth;
pub mod mistakes;
pub mod names;
pub mod policy;
pub mod questions;
pub mod random;
pub mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use mistakes::spoil;
use random::Random;

/// A question in the form of the conformance corpus, with what only some templates ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Ask {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub arn: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access_key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    pub verb: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
}

impl Ask {
    /// In how many of its parts it is another question.
    pub fn differs_in(&self, other: &Self) -> usize {
        let (own, other) = (serde_json::to_value(self).unwrap(), serde_json::to_value(other).unwrap());
        let (own, other) = (own.as_object().unwrap(), other.as_object().unwrap());
        let parts: BTreeSet<&String> = own.keys().chain(other.keys()).collect();
        parts.into_iter().filter(|part| own.get(*part) != other.get(*part)).count()
    }
}

/// Path → text, read in bytewise order of the paths.
pub type Files = BTreeMap<String, String>;

/// A cluster as its manifests.
#[derive(Clone, Debug)]
pub struct World {
    /// The objects in the order in which they are written.
    pub objects: Vec<Value>,
    pub files: Files,
    pub asks: Vec<Ask>,
}

/// One document an object, in one file.
pub fn stream(objects: &[Value]) -> Files {
    let texts: Vec<String> = objects.iter().map(|object| format!("---\n{object}\n")).collect();
    Files::from([("rbac.yaml".to_owned(), texts.concat())])
}

/// What a world is made of before it is written down.
#[derive(Clone, Copy, Debug)]
pub struct Taste {
    /// In how many of a hundred objects something is wrong.
    pub mistakes: usize,
    /// In how many of a hundred documents the text itself is odd.
    pub oddities: usize,
    /// How many questions are asked.
    pub asks: usize,
}

/// A world of its own number.
pub fn world(seed: u64, asks: usize) -> World {
    let random = &mut Random::new(seed);
    let (mistakes, oddities) = *random.pick(&[(0, 0), (0, 40), (0, 40), (10, 20), (30, 40), (60, 80)]);
    world_of(random, Taste { mistakes, oddities, asks })
}

/// A world to taste.
pub fn world_of(random: &mut Random, taste: Taste) -> World {
    let mut objects = policy::objects(random);
    if random.chance(75) {
        objects.push(awsauth::config_map(random, taste.oddities));
        if random.chance(10) {
            objects.push(awsauth::config_map(random, taste.oddities));
        }
    }
    random.shuffle(&mut objects);
    for object in &mut objects {
        while random.chance(taste.mistakes) {
            spoil(random, object);
        }
    }
    let asks = questions::questions(random, &objects, taste.asks);
    World { files: written(random, objects.clone(), taste.oddities), objects, asks }
}

/// The objects spread over files.
fn written(random: &mut Random, objects: Vec<Value>, oddities: usize) -> Files {
    let mut files = Files::new();
    let mut rest = objects;
    while !rest.is_empty() {
        let take = if random.chance(40) { rest.len() } else { random.between(1, rest.len()) };
        let mut of_file: Vec<Value> = rest.drain(..take).collect();
        if random.chance(20) {
            of_file = vec![list(random, of_file)];
        }
        let path = format!("{}{}", random.pick(&names::FILES), files.len());
        if random.chance(15) {
            let texts: Vec<String> = of_file.iter().map(|object| text::json(random, object)).collect();
            files.insert(format!("{path}.json"), texts.join(*random.pick(&["\n", "", " ", "\n\n"])));
        } else {
            let ending = *random.pick(&["yaml", "yaml", "yml"]);
            files.insert(format!("{path}.{ending}"), text::documents(random, &of_file, oddities));
        }
    }
    files
}

fn list(random: &mut Random, items: Vec<Value>) -> Value {
    let (version, kind) = if random.chance(70) { names::LISTS[0] } else { *random.pick(&names::LISTS) };
    let mut items = items;
    for item in &mut items {
        if random.chance(5) {
            item.as_object_mut().unwrap().remove("kind");
            item.as_object_mut().unwrap().remove("apiVersion");
        }
    }
    let mut list = json!({"items": items});
    if !version.is_empty() {
        list["apiVersion"] = version.into();
    }
    if !kind.is_empty() {
        list["kind"] = kind.into();
    }
    if random.chance(50) {
        list["metadata"] = json!({"resourceVersion": ""});
    }
    list
}
