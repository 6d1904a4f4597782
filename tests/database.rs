//! The database as the server uses it: the schema's steps, who may do what, history, events, the
//! embedded cluster.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

mod database {
    mod access;
    mod ai;
    mod alerts;
    mod alerts_of_real_states;
    mod append_only;
    mod backups;
    mod bulk;
    mod cancelled;
    mod charts;
    mod clock;
    mod conversation_policy;
    mod conversations;
    mod coverage;
    mod crash_restart;
    mod data_sets;
    mod dedicated;
    mod demonstration;
    mod embedded;
    mod events;
    mod exports;
    mod fingerprints;
    mod gates;
    mod gating;
    mod generation_steps;
    mod health;
    mod history;
    mod history_pages;
    mod history_retention;
    mod imports;
    mod indexes;
    mod jobs;
    mod maintenance;
    mod notifications;
    mod rate_limit;
    mod report;
    mod retention;
    mod reviews;
    mod row_security;
    mod saved_views;
    mod schema_document;
    mod schema_steps;
    mod tampering;
    mod thresholds;
    mod time_zones;
    mod vault;
    mod versions;
}
