//! HTTP: what surrounds every request, and the routes. A handler parses, calls one service and
//! wraps its answer; rules live in the services.
//!
//! | | |
//! |---|---|
//! | [`answer`] | `Success(payload)` and every failure in the one shape |
//! | [`routes`] | the table of routes, each with who may use it |
//! | [`router`], [`state`] | all routes with what surrounds them; what they have at hand |
//! | [`operation`], [`access`] | what carries an operation out, and who may ask for it |
//! | [`dispatch`], [`respond`] | an operation's route: from its request to its answer |
//! | [`live`] | which changes are pushed to whom |
//! | [`json`], [`query`], [`typed`], [`conditional`] | reading requests strictly |
//! | [`listener`] | connections: taken in, bounded, ended |
//! | [`observe`], [`headers`], [`guard`] | what surrounds every request |
//! | [`authenticate`], [`at_once`] | who asks, and how much they have done at once |
//! | [`settle`] | what follows every change |
//! | [`pages`], [`page_code`], [`page_request`], [`server_functions`] | leptos |

pub mod access;
pub mod answer;
pub mod at_once;
pub mod authenticate;
pub mod conditional;
pub mod cookies;
pub mod described;
pub mod dispatch;
mod gateway;
pub mod guard;
pub mod headers;
pub mod json;
pub mod listener;
pub mod live;
pub mod observe;
pub mod operation;
pub mod page_code;
pub mod page_request;
pub mod pages;
pub mod query;
pub mod respond;
pub mod router;
pub mod routes;
pub mod server_functions;
pub mod settle;
pub mod site;
pub mod state;
pub mod typed;

pub mod accounts;
pub mod admin;
pub mod ai;
pub mod bulk;
pub mod conversation_policy;
pub mod conversations;
pub mod coverage;
pub mod data_sets;
pub mod database;
pub mod demonstration;
pub mod events;
pub mod exports;
pub mod generation;
pub mod history;
pub mod home;
pub mod imports;
pub mod notifications;
pub mod openapi;
#[cfg(test)]
mod openapi_made;
pub mod organizations;
pub mod preferences;
pub mod probes;
pub mod reviews;
pub mod revisions;
pub mod saved_views;
