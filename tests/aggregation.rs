//! Aggregated ClusterRoles that select each other, or themselves: the least that all of them hold, starting from nothing.

use crate::harness::Directory;

/// A ClusterRole with a label of its own name, that selects by the names of others.
fn role(name: &str, selects: &[&str], verb: &str) -> String {
    let selectors: Vec<String> =
        selects.iter().map(|other| format!("{{matchLabels: {{is: {other}}}}}")).collect();
    let aggregation = if selects.is_empty() {
        String::new()
    } else {
        format!("aggregationRule: {{clusterRoleSelectors: [{}]}}\n", selectors.join(", "))
    };
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}, labels: {{is: {name}}}}}\n\
         {aggregation}rules: [{{apiGroups: [\"\"], resources: [pods], verbs: [{verb}]}}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {name}}}]\n---\n"
    )
}

/// Which of the verbs the holder of each role has.
fn held(roles: &[String], names: &[&str]) -> Vec<Vec<&'static str>> {
    let place = Directory::new().with("a.yaml", roles.concat());
    let may = |name: &str, verb: &str| {
        let run = place.run(&["can-i", "--builtin", "none", "--user", name, verb, "pods", "-q"]);
        assert!((0..=1).contains(&run.status), "{run:?}");
        run.status == 0
    };
    let verbs = ["get", "list", "watch", "delete"];
    names.iter().map(|name| verbs.into_iter().filter(|verb| may(name, verb)).collect()).collect()
}

fn findings(roles: &[String]) -> String {
    Directory::new().with("a.yaml", roles.concat()).run(&["lint", "--builtin", "none", "-o", "json"]).stdout
}

#[test]
fn what_a_cycle_writes_itself_is_not_in_force() {
    let cycle = [role("a", &["b", "leaf"], "get"), role("b", &["a"], "list"), role("leaf", &[], "watch")];
    assert_eq!(held(&cycle, &["a", "b", "leaf"]), [["watch"], ["watch"], ["watch"]]);
    assert!(findings(&cycle).contains("aggregation-cycle"));
    // with nothing from outside each keeps what it writes, as one that selects nothing does
    let alone = [role("a", &["b"], "get"), role("b", &["a"], "list")];
    assert_eq!(held(&alone, &["a", "b"]), [["get"], ["list"]]);
    // and whoever selects from a cycle has what the cycle comes to
    let above = [&cycle[..], &[role("above", &["b"], "delete")]].concat();
    assert_eq!(held(&above, &["above"]), [["watch"]]);
}

#[test]
fn a_role_never_selects_itself() {
    let own = [role("a", &["a", "leaf"], "get"), role("leaf", &[], "watch")];
    assert_eq!(held(&own, &["a"]), [["watch"]]);
    assert!(!findings(&own).contains("aggregation-cycle"), "{}", findings(&own));
    assert_eq!(held(&[role("a", &["a"], "get")], &["a"]), [["get"]]);
}
