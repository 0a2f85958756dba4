//! Held to upstream: random questions go to the real engines (`tests/upstream`) and to us, and the answers must agree.
//!
//! `IAMRBAC_UPSTREAM` names the built oracle; without it these tests are skipped, and say so. `IAMRBAC_QUESTIONS` says how
//! many questions are asked (20,100), `IAMRBAC_SEED` where the random numbers start. A disagreement is made small and
//! written to `tests/conformance/found`, whose cases are asked in every run, with or without the oracle.

mod chain;
mod compare;
mod covering;
mod documents;
mod found;
mod mappings;
pub mod ours;
mod shrink;
mod upstream;
mod words;
mod worlds;

/// How many questions this run asks, in a test that has so many parts of a hundred of them.
fn questions(percent: u64) -> u64 {
    let all = number("IAMRBAC_QUESTIONS").unwrap_or(20_100);
    (all * percent / 100).max(1)
}

/// Where the random numbers start.
fn seed() -> u64 {
    number("IAMRBAC_SEED").unwrap_or(1)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, and is {text:?}")))
}
