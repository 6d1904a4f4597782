//! AI configuration and generation on real parts: PostgreSQL, the routers of two servers, and a
//! stand-in for Claude on a real port. Where a server has to die, it is the program itself.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

// Whatever the routes answer is held against their description.
#[path = "http/described.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod described;

// The same application and client as the tests of the routes.
#[allow(dead_code, reason = "these tests need a part of it")]
#[path = "http/app.rs"]
mod app;

mod generation {
    mod barrier;
    mod budgets;
    mod bulk_revisions;
    mod cancelling;
    mod crash;
    mod enforcement;
    mod estimates;
    mod faults;
    mod gateway;
    mod keys;
    mod layers;
    mod lowered;
    mod membership;
    mod notifying;
    mod obedience;
    mod outages;
    mod outcomes;
    mod process;
    mod rates;
    mod retries;
    mod revisions;
    mod secrets;
    mod thinking;
    mod untrainable;
    mod world;
}
