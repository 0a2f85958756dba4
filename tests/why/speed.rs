//! How long a no with its reasons takes in a large cluster.

use std::fmt::Write;
use std::time::{Duration, Instant};

use iamrbac::access::Policy;
use iamrbac::identity::Principal;
use iamrbac::manifest::{Loader, Options};
use iamrbac::model::{Request, ResourceTarget, Target};
use iamrbac::query::can_i::{Caller, Question, Verdict, answer};
use iamrbac::query::why;

use super::random::Random;

/// Bindings of every scope, to as many roles, for names that are nearly alike.
fn cluster(bindings: usize, wide: usize) -> String {
    let mut random = Random::new(7);
    let mut text = String::new();
    let verbs =
        ["[get, list, watch]", "[get, list, watch, create]", "[create, update, patch, delete]", "[list]"];
    let resources =
        ["[pods, services]", "[configmaps, events]", "[deployments, statefulsets]", "[nodes]", "[jobs]"];
    for number in 0..bindings {
        let namespace = number % 400;
        let cluster_wide = random.below(100) < wide;
        let (prefix, scope) = if cluster_wide {
            ("Cluster", String::new())
        } else {
            ("", format!(", namespace: team-{namespace:04}"))
        };
        let meta = format!("metadata: {{name: role-{number:05}{scope}}}");
        let version = "apiVersion: rbac.authorization.k8s.io/v1";
        write!(text, "{version}\nkind: {prefix}Role\n{meta}\nrules:\n").unwrap();
        for _ in 0..3 {
            let (verbs, resources) = (random.pick(&verbs), random.pick(&resources));
            let group = *random.pick(&["", "apps", "batch"]);
            writeln!(text, "- {{verbs: {verbs}, apiGroups: [{group:?}], resources: {resources}}}").unwrap();
        }
        let word = *random.pick(&["developers", "operators", "readers", "deployers", "auditors"]);
        let own = if random.below(200) == 0 {
            "payments:developers".to_owned()
        } else {
            format!("team-{:04}:{word}", random.below(900))
        };
        writeln!(
            text,
            "---\n{version}\nkind: {prefix}RoleBinding\n{meta}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {prefix}Role, name: role-{number:05}}}\nsubjects:\n\
             - {{kind: Group, name: {own:?}}}\n- {{kind: User, name: \"user-{:05}@example.com\"}}\n---",
            random.below(9000)
        )
        .unwrap();
    }
    text
}

fn aws_auth(mappings: usize) -> String {
    let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n".to_owned();
    for number in 0..mappings {
        writeln!(
            text,
            "    - rolearn: arn:aws:iam::111122223333:role/team-{number:04}-developer\n      username: \"team-{number:04}:{{{{SessionName}}}}\"\n      groups: [\"team-{number:04}:developers\"]"
        )
        .unwrap();
    }
    text.push_str("    - rolearn: arn:aws:iam::111122223333:role/payments\n      username: payments\n      groups: [\"payments:developers\"]\n");
    text
}

/// The shortest of many runs: what it costs without the neighbours' noise.
fn shortest<T>(mut run: impl FnMut() -> T) -> Duration {
    let once = |()| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed()
    };
    std::iter::repeat_n((), 60).map(once).min().unwrap()
}

#[test]
#[ignore = "a measurement; run it with --release"]
fn a_no_with_its_reasons_at_5000_bindings() {
    for (wide, namespace, who) in [
        (20, "team-0007", "payments"),
        (100, "", "payments"),
        (100, "team-0007", "payments"),
        (0, "team-0007", "payments"),
        (20, "team-0007", "unknown"),
    ] {
        let mut loader = Loader::new(Options::default());
        loader.add("aws-auth.yaml", aws_auth(900).into_bytes());
        loader.add("rbac.yaml", cluster(5000, wide).into_bytes());
        let loaded = loader.finish();
        assert!(loaded.cluster.bindings.len() >= 5000);
        let policy = Policy::new(&loaded.cluster);
        let arn = format!("arn:aws:iam::111122223333:role/{who}");
        let principal = Principal::from_arn(&arn, Some("alice")).unwrap();
        let target = ResourceTarget {
            resource: "secrets".into(),
            namespace: namespace.into(),
            ..ResourceTarget::default()
        };
        let request = Request { verb: "delete".into(), target: Target::Resource(target) };
        let caller = Caller::Principal(Box::new(principal.clone()));
        let question = Question { caller, impersonation: None, request: request.clone(), all_chains: false };
        let first = answer(&loaded, &policy, &question);
        assert_eq!(first.verdict, Verdict::Deny);
        let whole = shortest(|| answer(&loaded, &policy, &question));
        let reasons = shortest(|| match &first.cases[0].identity {
            Ok(identity) => why::forbidden(&policy, identity, &request),
            Err(why) => why::unauthenticated(&policy, &principal, why, &request),
        });
        eprintln!(
            "{wide:3} % cluster-wide, {who} in {namespace:?}: reasons {reasons:?}, the whole answer {whole:?}"
        );
    }
}
