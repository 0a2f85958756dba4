//! Files that are too much, not files at all, or change while they are read.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{ASK, GRANT, answered_beside, harmless};
use crate::harness::Directory;

/// The start of a document that has to be read.
const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\n";

fn with_grant() -> Directory {
    Directory::new().with("a.yaml", GRANT)
}

#[test]
fn a_file_beyond_the_limit_hides_only_itself() {
    let place = with_grant().with("large.yaml", "# aws-auth\n".repeat(400));
    let run = place.run(&[&ASK[..], &["--limit-file-size", "4KiB"]].concat());
    answered_beside(&run, "limit-exceeded", "large.yaml");
    assert!(run.stderr.contains("--limit-file-size") || run.stdout.contains("--limit-file-size"), "{run:?}");
    assert_eq!(place.run(&ASK).status, 0);
}

#[test]
fn bytes_in_all_have_a_limit() {
    let place = with_grant().with("b.yaml", "# b\n".repeat(1000)).with("c.yaml", "# c\n".repeat(1000));
    let run = place.run(&[&ASK[..], &["--limit-total-size", "5000"]].concat());
    answered_beside(&run, "limit-exceeded", "c.yaml");
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("b.yaml"), "{run:?}");
}

#[test]
fn documents_of_a_file_have_a_limit() {
    let place = Directory::new().with("a.yaml", format!("{GRANT}---\nkind: List\n---\n{GRANT}"));
    let run = place.run(&[&ASK[..], &["--limit-documents", "2"]].concat());
    answered_beside(&run, "limit-exceeded", "a.yaml:12");
    assert_eq!(place.run(&[&ASK[..], &["--limit-documents", "5"]].concat()).status, 0);
    let empty = Directory::new().with("a.yaml", format!("{GRANT}---\n# nothing\n---\n"));
    assert_eq!(empty.run(&[&ASK[..], &["--limit-documents", "2"]].concat()).status, 0);
}

#[test]
fn nesting_has_a_limit() {
    for deep in [
        format!("{ROLE}rules: {}", "[".repeat(100_000)),
        format!("{ROLE}rules:\n{}", (0..3000).map(|depth| " ".repeat(depth) + "- \n").collect::<String>()),
        format!("{ROLE}rules: {}x{}", "[".repeat(300), "]".repeat(300)),
    ] {
        answered_beside(&with_grant().with("deep.yaml", deep).run(&ASK), "deep.yaml", "deep.yaml:");
    }
    let json = format!(
        "{{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\",\"metadata\":{{\"name\":\"reader\"}},\"more\":{}{}}}",
        "[".repeat(300),
        "]".repeat(300)
    );
    answered_beside(&with_grant().with("deep.json", &json).run(&ASK), "limit-exceeded", "deep.json:1");
    let wider = [&ASK[..], &["--limit-nesting", "1000"]].concat();
    // it is read, and its role without rules counts in place of the other
    assert_eq!(with_grant().with("deep.json", &json).run(&wider).status, 1);
    assert_eq!(with_grant().run(&[&ASK[..], &["--limit-nesting", "1001"]].concat()).status, 2);
}

#[test]
fn aliases_have_a_limit() {
    let mut bomb = format!("{ROLE}a0: &a0 [x]\n");
    for level in 1..12 {
        let repeated = format!("*a{}, ", level - 1).repeat(9);
        writeln!(bomb, "a{level}: &a{level} [{repeated}]").unwrap();
    }
    answered_beside(&with_grant().with("bomb.yaml", bomb).run(&ASK), "limit-exceeded", "bomb.yaml:");
    let some = format!("{ROLE}a: &a [1, 2, 3]\nb: [*a, *a]\n");
    let place = with_grant().with("some.yaml", some);
    assert_eq!(place.run(&ASK).status, 1);
    answered_beside(
        &place.run(&[&ASK[..], &["--limit-aliases", "5"]].concat()),
        "limit-exceeded",
        "some.yaml:4",
    );
}

#[test]
fn links_stay_below_the_root_and_end() {
    let outside = Directory::new().with("secret.yaml", GRANT.replace("ana", "eve"));
    let place = with_grant().with("below/b.yaml", "kind: List\n");
    symlink(outside.path().join("secret.yaml"), place.path().join("out.yaml")).unwrap();
    symlink(outside.path(), place.path().join("outside")).unwrap();
    symlink("..", place.path().join("below/up")).unwrap();
    symlink("nowhere.yaml", place.path().join("dead.yaml")).unwrap();
    symlink("/dev/zero", place.path().join("zero.yaml")).unwrap();
    let run = place.run(&["can-i", "--user", "eve", "get", "pods"]);
    assert_eq!(run.status, 2, "{run:?}");
    for unread in ["out.yaml", "outside", "zero.yaml"] {
        assert!(
            run.stdout.contains(&format!("`{unread}` could not be read: a link that leads out")),
            "{run:?}"
        );
    }
    assert!(!run.stdout.contains("dead.yaml") && !run.stdout.contains("below/up"), "{run:?}");
    answered_beside(&place.run(&ASK), "file-unreadable", "out.yaml");
    symlink("round.yaml", place.path().join("round.yaml")).unwrap();
    answered_beside(&place.run(&ASK), "file-unreadable", "round.yaml");
}

#[test]
fn what_is_no_file_is_not_opened() {
    let place = with_grant();
    let fifo = place.path().join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _socket = UnixListener::bind(place.path().join("socket.yaml")).unwrap();
    fs::create_dir(place.path().join("directory.yaml")).unwrap();
    assert_eq!(place.run(&ASK).status, 0);
}

#[test]
fn an_endless_device_ends_at_the_limit() {
    let place = with_grant();
    let run =
        place.run(&[&ASK[..], &["-f", "a.yaml", "-f", "/dev/zero", "--limit-file-size", "1MiB"]].concat());
    answered_beside(&run, "limit-exceeded", "/dev/zero");
}

#[test]
fn names_need_not_be_text() {
    let place = with_grant();
    let name = std::ffi::OsStr::from_bytes(b"x\xff\x1b[31m\xe2\x80\xae.yaml");
    fs::write(place.path().join(name), format!("{ROLE}rules: [")).unwrap();
    let run = place.run(&ASK);
    answered_beside(&run, "syntax-error", ".yaml:1");
    harmless(&run.stdout);
    harmless(&run.stderr);
    for format in ["json", "sarif", "github", "markdown", "junit", "text"] {
        let run = place.run(&["lint", "-o", format]);
        assert_eq!(run.status, 2, "{format}: {run:?}");
        harmless(&run.stdout.replace("\\u001b", ""));
    }
}

#[test]
fn files_may_vanish_and_grow() {
    let place = with_grant();
    let end = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (path, end) = (place.path(), &end);
        scope.spawn(move || {
            let mut length = 1;
            while !end.load(Ordering::Relaxed) {
                for number in 0..20 {
                    let _ = fs::write(path.join(format!("b{number}.yaml")), "# more\n".repeat(length));
                }
                for number in 0..20 {
                    let _ = fs::remove_file(path.join(format!("b{number}.yaml")));
                }
                length = length % 5000 + 97;
            }
        });
        for _ in 0..20 {
            let run = place.run(&ASK);
            assert!([0, 2].contains(&run.status) && run.stdout.contains("yes"), "{run:?}");
        }
        end.store(true, Ordering::Relaxed);
    });
}
