//! The wire: every operation of the HTTP interface described once ([`operation`]), the server
//! functions that pages read with, and the errors of both.

pub mod accounts;
pub mod admin;
pub mod ai;
pub mod boot;
pub mod bulk;
pub mod codec;
pub mod conversation_policy;
pub mod conversations;
pub mod coverage;
pub mod data_sets;
pub mod database;
pub mod demonstration;
pub mod error;
pub mod events;
pub mod exports;
pub mod gateway;
pub mod generation;
pub mod history;
pub mod home;
pub mod imports;
pub mod notifications;
pub mod operation;
pub mod organizations;
pub mod page_code;
pub mod preferences;
pub mod probes;
pub mod reviews;
pub mod revisions;
pub mod saved_views;
pub mod time_zones;
