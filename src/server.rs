//! Rules, SQL, transactions, background work and outside calls. Compiled for the server only.

pub mod accounts;
pub mod ai;
pub mod claude;
pub mod cli;
pub mod config;
pub mod conversations;
pub mod database;
pub mod demonstration;
pub mod foundation;
pub mod gates;
pub mod gateway;
pub mod generation;
pub mod history;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod mail;
pub mod notifications;
pub mod organizations;
pub mod postgres;
pub mod preferences;
pub mod restore;
pub mod reviews;
pub mod routine;
pub mod vault;
