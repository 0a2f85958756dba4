//! The tests that need more than one module, in one binary.
//!
//! - `conformance`: our own cases, and the corpus beside the repository where it is present
//! - `aggregation`: aggregated roles that select each other, or themselves
//! - `callers`: kubeconfigs, requests for certificates, service accounts, and what a log says of callers
//! - `cli`: what is printed, through the binary
//! - `who_can`, `matrix`: they agree with can-i, on random clusters (`clusters`) and on the corpus
//! - `wrong_input`: every kind of wrong input has a message, a place and exit status 2
//! - `diff`: laws of the difference between clusters, revisions, and the comment of the example
//! - `pipelines`: what people's pipelines run, and the files of a release
//! - `documents`: the console blocks of the README and of the examples are run
//! - `expect`: files of expectations, judged and written
//! - `why`: the ranking of explanations, measured on broken clusters
//! - `hostile`: input that means harm
//! - `laws`: what must be true of answers, whatever the cluster
//! - `naive`: a second authorizer, of nested loops
//! - `schemas`: the JSON documents of all commands about everyone are as their schemas say
//! - `families`: roles without a session name, nodes, accounts, the root user
//! - `page`: the HTML page in a real Chromium, where there is one
//! - `printed`: what is printed for programs, read back
//! - `oracle`: random questions, against the real engines of upstream where they are built
//! - `policies`: the built-in policies, against those that upstream makes, where they are made
//! - `lint`: every rule on its examples, what silences it, and its output in every format
//! - `lint_base`: what a change may not decide about itself
//! - `formats`: what is written for other programs, by the schemas of these
//! - `lint_doors`: the linter looks through every door
//! - `doors`: access entries, the authenticator, and what provisions a cluster
//! - `whoami`: identities, also those of the corpus
//! - `wrong_input`: every kind of wrong input has a message, a place and exit status 2
//! - `documents`: the console blocks of the README and of the examples are run
//! - `why`: the ranking of explanations, measured on broken clusters
//! - `list`: `can-i --list`, and kubectl's own tables
//! - `summary`: what was read, and what leads nowhere
//! - `tidy`: layers, sizes and names of the tree itself

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a failed test should panic, and what it skips should be seen"
)]

mod aggregation;
mod callers;
mod cli;
mod clusters;
mod conformance;
mod diff;
mod documents;
mod doors;
mod expect;
mod families;
mod formats;
mod harness;
mod hostile;
mod laws;
mod lint;
mod lint_base;
mod lint_doors;
mod list;
mod matrix;
mod naive;
mod oracle;
mod page;
mod pipelines;
mod policies;
mod printed;
mod schemas;
mod summary;
mod tidy;
mod who_can;
mod whoami;
mod why;
mod world;
mod wrong_input;
