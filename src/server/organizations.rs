//! What belongs to an organization as a whole. Who belongs to one is a matter of accounts:
//! [`crate::server::accounts`].

pub mod defaults;
