//! Rules, SQL, transactions, background work and outside calls. Compiled for the server only.

pub mod accounts;
pub mod config;
pub mod context;
pub mod database;
pub mod error;
pub mod http;
pub mod router;
pub mod state;
