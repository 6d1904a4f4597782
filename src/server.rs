//! Rules, SQL, transactions, background work and outside calls. Compiled for the server only.

pub mod accounts;
pub mod ai_config;
pub mod charts;
pub mod claude;
pub mod cli;
pub mod config;
pub mod context;
pub mod database;
pub mod epoch_cache;
pub mod error;
pub mod generation;
pub mod history;
pub mod http;
pub mod live;
pub mod notifications;
pub mod organization_defaults;
pub mod preferences;
pub mod router;
pub mod state;
pub mod vault;
