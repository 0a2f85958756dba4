//! Built-in policy.
