//! The wire: server functions and the errors they answer with. Thin: a body opens one service.

pub mod account;
pub mod admin;
pub mod ai;
pub mod database;
pub mod error;
pub mod history;
pub mod invitations;
pub mod notifications;
pub mod organization;
pub mod page_code;
pub mod preferences;
pub mod session;
pub mod time_zones;
