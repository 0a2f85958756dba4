//! Input that means harm: small versions in every run, and the large ones, measured, by hand (`hostile::large`).

#[cfg(unix)]
mod files;
#[cfg(unix)]
mod large;
pub mod names;

use crate::harness::Run;

const ASK: [&str; 5] = ["can-i", "--user", "ana", "get", "pods"];

/// A role and a binding that let `ana` get pods: what must be answered whatever stands beside it.
const GRANT: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\n\
rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]\n---\n\
apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: reader}\n\
subjects: [{kind: User, name: ana}]\nroleRef: {kind: ClusterRole, name: reader}\n";

/// The rest is answered: yes, by what could be read, and exit status 2 for what could not.
#[track_caller]
fn answered_beside(run: &Run, code: &str, place: &str) {
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stdout.contains("yes"), "{run:?}");
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(all.contains(code) && all.contains(place), "no {code} at {place} in {run:?}");
}

/// Nothing in a text acts on a terminal or turns the order of its characters.
#[track_caller]
fn harmless(text: &str) {
    let acts = |letter: char| {
        (letter.is_control() && letter != '\n' && letter != '\t')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert!(!text.contains(acts), "{text:?}");
}
