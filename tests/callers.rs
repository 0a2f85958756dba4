//! Callers by what they hold: a kubeconfig, a request for a certificate; what is not known is said, and no secret is shown.

mod commands;
mod kubeconfig;
mod logs;
mod pods;
mod remarks;
mod replay;
mod trust;

use crate::harness::{Directory, Run, root};

/// Runs in the directory of the examples.
fn run(arguments: &[&str]) -> Run {
    crate::harness::run_in(&root().join("examples/callers"), arguments, b"")
}

/// The caller by a kubeconfig with one user, and files beside it.
fn with_user(user: &str) -> Directory {
    let kubeconfig = format!(
        "current-context: c\ncontexts: [{{name: c, context: {{user: u, cluster: k}}}}]\nusers:\n- name: u\n  user: {user}\n"
    );
    Directory::new()
        .with("kubeconfig", kubeconfig)
        .with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n")
        .with(
            "m/aws-auth.yaml",
            std::fs::read_to_string(root().join("examples/callers/cluster/aws-auth.yaml")).unwrap(),
        )
}
