//! Organizations: who belongs to them, who is invited, and what they set for everybody.

pub mod defaults;
pub mod invitations;
pub mod leaving;
mod list;
mod members;
pub mod notices;

pub use members::own_role;

use crate::server::{
    accounts::AccountService, notifications::NotificationService, postgres::Database,
};

/// The service for organizations and their members. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OrganizationService {
    accounts: AccountService,
}

impl OrganizationService {
    pub fn new(accounts: AccountService) -> Self {
        Self { accounts }
    }

    fn database(&self) -> &Database {
        self.accounts.database()
    }

    fn notifications(&self) -> &NotificationService {
        self.accounts.notifications()
    }
}
