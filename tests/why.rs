//! The ranking of explanations, measured: clusters in which a caller may do something in exactly one way, one link of
//! which is then broken as people break it. The first explanation must name that link, and point into the object to
//! change.

mod access_breaks;
mod breaks;
mod cluster;
mod mapping_breaks;
mod neighbours;
mod random;
mod refused_breaks;
mod speed;
mod world;

use std::collections::BTreeMap;

use breaks::{Break, Expected};
use cluster::Written;
use iamrbac::access::Policy;
use iamrbac::finding::Spot;
use iamrbac::identity::Principal;
use iamrbac::identity::impersonation::Impersonation;
use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::{Request, ResourceTarget, Target};
use iamrbac::query::can_i::{Caller, Question, Verdict, answer};
use random::Random;
use world::{Ask, World};

/// So many clusters a break; `WHY_CLUSTERS` measures with more, and `WHY_SHOW` shows the result.
const CLUSTERS: u64 = 3;

#[test]
fn the_first_explanation_names_the_broken_link() {
    let wanted = std::env::var("WHY_CLUSTERS").map_or(CLUSTERS, |count| count.parse().unwrap());
    let breaks: Vec<Break> = [mapping_breaks::BREAKS, access_breaks::BREAKS, refused_breaks::BREAKS].concat();
    let measured: Vec<Measured> = std::thread::scope(|scope| {
        let parts = breaks.chunks(breaks.len().div_ceil(4));
        let running: Vec<_> = parts.map(|part| scope.spawn(|| measure_all(part, wanted))).collect();
        running.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    let mut hits: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (code, miss) in &measured {
        let (hit, all) = hits.entry(code).or_default();
        *all += 1;
        *hit += usize::from(miss.is_none());
    }
    let misses: String = measured.iter().filter_map(|(_, miss)| miss.as_deref()).collect();
    let table = hits.iter().map(|(code, (hit, all))| format!("{code:28} {hit:4} of {all:4}\n"));
    let table: String = table.collect();
    let (hit, all) = hits.values().fold((0, 0), |sum, code| (sum.0 + code.0, sum.1 + code.1));
    let report = format!("{misses}\n{table}{hit} of {all}");
    if std::env::var_os("WHY_SHOW").is_some() {
        eprintln!("{report}");
    }
    assert!(all >= 400, "too few clusters to say anything");
    assert!(hit * 100 >= all * 97, "{report}");
    assert!(hits.values().all(|(hit, all)| hit * 100 >= all * 80), "{report}");
}

/// The code that was expected, and what is wrong if it did not come first.
type Measured = (&'static str, Option<String>);

fn measure_all(breaks: &[Break], clusters: u64) -> Vec<Measured> {
    let mut measured = Vec::new();
    for a_break in breaks {
        for seed in 0..clusters {
            let miss = measure(a_break, seed);
            let told = |miss| format!("{} ({}), cluster {seed}: {miss}\n", a_break.code, a_break.name);
            measured.push((a_break.code, miss.map(told)));
        }
    }
    measured
}

/// What is wrong with the first explanation of a no, if anything.
fn measure(a_break: &Break, seed: u64) -> Option<String> {
    let mut random = Random::new(seed + 1000 * a_break.name.bytes().map(u64::from).sum::<u64>());
    let mut world = World::new(&mut random, a_break.needs);
    let before = ask(&world, &world.cluster.write());
    assert_eq!(before.verdict, Verdict::Allow, "{} ({}), cluster {seed}", a_break.code, a_break.name);
    assert_eq!(before.others, 0, "{} ({}), cluster {seed}", a_break.code, a_break.name);
    let expected = (a_break.change)(&mut world, &mut random);
    let written = world.cluster.write();
    let after = ask(&world, &written);
    if after.verdict != Verdict::Deny {
        return Some(format!("{:?} after the break", after.verdict));
    }
    let Some((code, place, message)) = after.why.first() else { return Some("no explanation".into()) };
    let told = || {
        let told = after
            .why
            .iter()
            .take(3)
            .map(|(code, place, message)| format!("\n      {code} {place:?} {message}"));
        told.collect::<String>()
    };
    if *code != a_break.code {
        return Some(format!("{:?}{}", world.ask, told()));
    }
    let right = match (&expected, place) {
        (Expected::Nowhere, None) => true,
        (Expected::At(id), Some((file, line))) => {
            let (known, first, last) = &written.lines[id];
            known == file && (first..=last).contains(&line)
        }
        _ => false,
    };
    (!right).then(|| format!("another place: {message}{}", told()))
}

/// The code, file and line, and the message of an explanation.
type Told = (&'static str, Option<(String, usize)>, String);

struct Answered {
    verdict: Verdict,
    others: usize,
    why: Vec<Told>,
}

fn load(written: &Written) -> Loaded {
    let mut loader = Loader::new(Options::default());
    for (path, text) in &written.files {
        loader.add(path, text.clone().into_bytes());
    }
    loader.finish()
}

fn ask(world: &World, written: &Written) -> Answered {
    let loaded = load(written);
    let policy = Policy::new(&loaded.cluster);
    let caller = if world.who.arn.is_empty() {
        Caller::User { name: world.who.user.clone(), groups: world.who.groups.clone() }
    } else {
        Caller::Principal(Box::new(
            Principal::from_arn(&world.who.arn, world.who.session.as_deref()).unwrap(),
        ))
    };
    let impersonation = world.act_as.clone().map(|acting| Impersonation {
        user: acting.user,
        groups: acting.groups,
        uid: acting.uid,
        extra: Vec::new(),
    });
    let asked = match impersonation {
        Some(_) => Ask {
            verb: "list".into(),
            resource: "endpoints".into(),
            namespace: world.team.clone(),
            ..Ask::default()
        },
        None => world.ask.clone(),
    };
    let question = Question { caller, impersonation, request: request(&asked), all_chains: false };
    let answer = answer(&loaded, &policy, &question);
    let place = |spot: &Spot| match spot {
        Spot::Address(address) => loaded.sources.place(address).map(|place| (place.file, place.line)),
        _ => None,
    };
    let why =
        answer.why.iter().map(|reason| (reason.code.as_str(), place(&reason.spot), reason.message.clone()));
    Answered {
        verdict: answer.verdict,
        others: answer.cases.iter().map(|case| case.other_count).sum(),
        why: why.collect(),
    }
}

fn request(ask: &Ask) -> Request {
    let target = if ask.url.is_empty() {
        Target::Resource(ResourceTarget {
            api_group: ask.group.as_str().into(),
            resource: ask.resource.as_str().into(),
            subresource: ask.subresource.as_str().into(),
            name: ask.name.as_str().into(),
            namespace: ask.namespace.as_str().into(),
        })
    } else {
        Target::Url(ask.url.as_str().into())
    };
    Request { verb: ask.verb.as_str().into(), target }
}
