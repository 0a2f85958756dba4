//! One decision with its first chain on a loaded model, and a no with its reasons, at four sizes.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use iamrbac::access::{Policy, decide};
use iamrbac::identity::{Principal, authenticate};
use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::{Request, ResourceTarget, Target};
use iamrbac::query::can_i::{Caller, Question, answer};

const ARN: &str = "arn:aws:sts::111122223333:assumed-role/dev/ana";

/// So many bindings, ten of which are the caller's own; the last of these says yes.
pub(crate) fn cluster(bindings: usize) -> Loaded {
    let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n    - rolearn: arn:aws:iam::111122223333:role/dev\n      username: dev\n      groups:\n      - own\n".to_owned();
    let group = "rbac.authorization.k8s.io";
    for (name, resource) in [("viewer", "configmaps"), ("lister", "pods")] {
        let _ = write!(
            text,
            "---\napiVersion: {group}/v1\nkind: ClusterRole\nmetadata:\n  name: {name}\nrules:\n- apiGroups: [\"\"]\n  resources: [{resource}, services]\n  verbs: [get, list, watch]\n"
        );
    }
    for number in 0..bindings {
        let subject = if number < 10 { "own".to_owned() } else { format!("team-{}", number / 10) };
        let role = if number == 9 { "lister" } else { "viewer" };
        let _ = write!(
            text,
            "---\napiVersion: {group}/v1\nkind: RoleBinding\nmetadata:\n  name: b-{number:06}\n  namespace: ns\nroleRef:\n  apiGroup: {group}\n  kind: ClusterRole\n  name: {role}\nsubjects:\n- apiGroup: {group}\n  kind: Group\n  name: {subject}\n"
        );
    }
    let mut loader = Loader::new(Options::default());
    loader.add("cluster.yaml", text.into_bytes());
    loader.finish()
}

pub(crate) fn request(verb: &str) -> Request {
    let target =
        ResourceTarget { resource: "pods".into(), namespace: "ns".into(), ..ResourceTarget::default() };
    Request { verb: verb.into(), target: Target::Resource(target) }
}

/// The time of one turn, the best of several rounds.
fn best(mut turn: impl FnMut()) -> Duration {
    let round = || {
        let (start, mut turns) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_millis(50) {
            turn();
            turns += 1;
        }
        start.elapsed() / turns
    };
    std::iter::repeat_with(round).take(5).min().unwrap()
}

pub(crate) fn table() {
    println!("\n| bindings | one decision, µs | a no with its reasons, ms |\n|---|---|---|");
    for bindings in [100, 1000, 5000, 50_000] {
        let loaded = cluster(bindings);
        let policy = Policy::new(&loaded.cluster);
        let principal = Principal::from_arn(ARN, None).unwrap();
        let cases = authenticate(&loaded.cluster, &principal);
        let identity = cases.first().unwrap().outcome.as_ref().unwrap();
        let (yes, no) = (request("list"), request("delete"));
        assert!(decide(&policy, identity, &yes).is_allowed());
        let decision = best(|| drop(black_box(decide(&policy, identity, black_box(&yes)))));
        let question = Question {
            caller: Caller::Principal(Box::new(principal.clone())),
            impersonation: None,
            request: no,
            all_chains: false,
        };
        let reasons = best(|| drop(black_box(answer(&loaded, &policy, black_box(&question)))));
        println!("| {bindings} | {:.2} | {:.2} |", decision.as_secs_f64() * 1e6, reasons.as_secs_f64() * 1e3);
    }
}
