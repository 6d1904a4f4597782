//! The real router over a real database: status, body, headers, who may do what, and every shape of
//! failure.
//!
//! Each test has a database of its own. A request goes straight into the router, as a connection
//! from 192.0.2.1.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

// Whatever the routes answer is held against their description.
#[path = "http/described.rs"]
mod described;

mod http {
    mod account_links;
    mod accounts;
    mod ai;
    mod app;
    mod at_once;
    mod authenticator;
    mod bulk;
    mod conversation_edits;
    mod conversation_policy;
    mod conversations;
    mod credentials;
    mod cross_site;
    mod data_sets;
    mod database;
    mod demonstration;
    mod errors;
    mod events;
    mod exports;
    mod forms;
    mod headers;
    mod history;
    mod history_file;
    mod history_found;
    mod home;
    mod imports;
    mod installation;
    mod installations;
    mod invitations;
    mod invitations_by_mail;
    mod jobs;
    mod mail;
    mod mailed;
    mod membership;
    mod notifications;
    mod openapi;
    mod organizations;
    mod outage;
    mod pages;
    mod passkeys;
    mod people;
    mod post_office;
    mod preferences;
    mod reviews;
    mod revisions;
    mod saved_views;
    mod scores;
    mod second_factor;
    mod sessions;
    mod slow_clients;
    mod stored;
    mod stored_keys;
    mod throttle;
    mod tokens;
    mod tour;
    mod two_servers;
    mod ways_in;
    mod who_may_ask;
}
