use super::*;

fn custom(group: &str, plural: &str, kind: &str, short: &[&str]) -> CustomType {
    CustomType {
        group: group.into(),
        plural: plural.into(),
        kind: kind.into(),
        short_names: short.iter().map(ToString::to_string).collect(),
        namespaced: true,
        versions: vec![
            CustomVersion { name: "v1".into(), served: true, status: true, scale: false },
            CustomVersion { name: "v0".into(), served: false, status: true, scale: true },
        ],
        ..CustomType::default()
    }
}

fn with(all: impl IntoIterator<Item = CustomType>) -> ResourceTypes {
    let mut types = ResourceTypes::default();
    for crd in all {
        types.add_crd(crd);
    }
    types
}

fn found(types: &ResourceTypes, text: &str) -> String {
    types.find(text).map_or_else(|| "nothing".into(), |found| found.chosen.full_name())
}

#[test]
fn built_in_names_are_read_as_kubectl_reads_them() {
    let types = ResourceTypes::default();
    for (typed, expected) in [
        ("pods", "pods"),
        ("Pod", "pods"),
        ("PO", "pods"),
        ("deploy", "deployments.apps"),
        ("deploy.apps", "deployments.apps"),
        ("deploy.v1.apps", "deployments.apps"),
        ("deploy.v9.apps", "deployments.apps"),
        ("deployments.v9.apps", "nothing"),
        ("ing.net", "ingresses.networking.k8s.io"),
        ("ing.v1.net", "ingresses.networking.k8s.io"),
        ("ing.v9.net", "nothing"),
        ("ingresses.net", "ingresses.networking.k8s.io"),
        ("ingresses.v1.net", "nothing"),
        ("sc.storage", "storageclasses.storage.k8s.io"),
        ("hpa.v1.autoscaling", "horizontalpodautoscalers.autoscaling"),
        ("events", "events"),
        ("ev", "events"),
        ("events.events.k8s.io", "events.events.k8s.io"),
        ("ev.events", "events.events.k8s.io"),
        ("pods.metrics", "pods.metrics.k8s.io"),
        ("podmetrics", "pods.metrics.k8s.io"),
        ("nodes", "nodes"),
        ("users", "users"),
        ("users.auth", "users.authentication.k8s.io"),
        ("uids", "uids.authentication.k8s.io"),
        ("signers.certificates.k8s.io", "signers.certificates.k8s.io"),
        ("pods.v1", "nothing"),
        ("pods.", "pods"),
        ("pods..", "pods"),
        ("pods.v1.", "pods"),
        ("endpoint", "nothing"),
        ("podlist", "nothing"),
        ("all", "nothing"),
        ("", "nothing"),
        (".apps", "nothing"),
        ("..", "nothing"),
        ("po,svc", "nothing"),
        (" pods", "nothing"),
    ] {
        assert_eq!(found(&types, typed), expected, "{typed}");
    }
}

#[test]
fn custom_types_rank_below_built_in_ones_and_by_name_of_group() {
    let types = with([
        custom("b.example.com", "pods", "Pod", &["po", "x"]),
        custom("b.example.com", "widgets", "Widget", &["w", "deploy", "services"]),
        custom("a.example.com", "widgets", "Widget", &["w"]),
        custom("a.example.com.au", "gadgets", "Gadget", &[]),
        custom("a.example.com", "gadgets", "Gadget", &[]),
        custom("a.example.com", "users", "User", &[]),
        custom("a.example.com", "po", "Poe", &[]),
    ]);
    for (typed, expected) in [
        ("pods", "pods"),
        ("pods.b", "pods.b.example.com"),
        ("x", "pods.b.example.com"),
        ("widget", "widgets.a.example.com"),
        ("w", "widgets.a.example.com"),
        ("w.b.example.com", "widgets.b.example.com"),
        ("widgets.v1.b.example.com", "widgets.b.example.com"),
        ("widgets.v0.b.example.com", "nothing"),
        ("deploy", "deployments.apps"),
        ("services", "services"),
        ("gadgets.a.example.com", "gadgets.a.example.com"),
        ("gadgets.a.example.com.au", "gadgets.a.example.com.au"),
        ("gadgets.a", "gadgets.a.example.com"),
        ("users", "users.a.example.com"),
        // a plural is never taken for another type's short name
        ("po", "po.a.example.com"),
    ] {
        assert_eq!(found(&types, typed), expected, "{typed}");
    }
}

#[test]
fn what_else_a_name_could_mean_is_told() {
    let types = with([custom("example.com", "deploys", "Deploy2", &["deploy", "ds"])]);
    let found = types.find("deploy").unwrap();
    assert_eq!(found.spelling, Spelling::ShortName);
    assert_eq!(
        found.others.iter().map(|other| other.full_name()).collect::<Vec<_>>(),
        ["deploys.example.com"]
    );
    let found = types.find("event").unwrap();
    assert_eq!(found.spelling, Spelling::Singular);
    assert_eq!(
        found.others.iter().map(|other| other.full_name()).collect::<Vec<_>>(),
        ["events.events.k8s.io"]
    );
    assert_eq!(types.find("deploy2").unwrap().spelling, Spelling::Singular);
}

#[test]
fn a_kind_is_found_though_the_singular_differs() {
    let mut crd = custom("example.com", "things", "ThingKind", &[]);
    crd.singular = "thing".into();
    let types = with([crd]);
    assert_eq!(types.find("thingkind").unwrap().spelling, Spelling::Kind);
    assert_eq!(found(&types, "ThingKind.example"), "things.example.com");
}

#[test]
fn a_crd_of_the_same_name_replaces_and_only_served_versions_count() {
    let mut types = with([custom("example.com", "widgets", "Widget", &["w"])]);
    assert_eq!(types.find("w").unwrap().chosen.versions.iter().collect::<Vec<_>>(), ["v1"]);
    assert!(types.exactly("example.com", "widgets").unwrap().knows_subresource("status"));
    assert!(!types.exactly("example.com", "widgets").unwrap().knows_subresource("scale"));
    assert!(types.add_crd(custom("example.com", "widgets", "Widget", &[])).is_some());
    assert!(types.find("w").is_none());
}

#[test]
fn the_table_is_well_formed() {
    let types = ResourceTypes::default();
    assert_eq!(built_in::SERVER.len(), 73);
    let mut seen = std::collections::BTreeSet::new();
    for of_type in types.iter() {
        assert!(seen.insert((&of_type.group, &of_type.plural)), "{}", of_type.full_name());
        assert_eq!(types.exactly(&of_type.group, &of_type.plural), Some(of_type));
        assert!(of_type.subresources.is_sorted_by_key(|subresource| subresource.name));
        assert!(of_type.verbs.is_sorted());
        if of_type.source == TypeSource::BuiltIn {
            assert_eq!(of_type.kind.to_lowercase(), of_type.singular);
            assert_eq!(found(&types, &of_type.full_name()), of_type.full_name());
            for version in of_type.versions.iter().filter(|_| !of_type.group.is_empty()) {
                let text = format!("{}.{version}.{}", of_type.singular, of_type.group);
                assert_eq!(found(&types, &text), of_type.full_name());
            }
        }
    }
    let pods = types.exactly("", "pods").unwrap();
    assert!(pods.namespaced && pods.categories.contains("all"));
    assert!(["log", "exec", "eviction", "finalizers"].iter().all(|name| pods.knows_subresource(name)));
    assert!(types.exactly("", "nodes").unwrap().knows_subresource("metrics"));
}
