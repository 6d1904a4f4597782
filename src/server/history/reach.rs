//! Whose configuration somebody may change.

use crate::server::foundation::context::Actor;
use uuid::Uuid;

/// What is the person's to change.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    pub actor: &'a Actor,
    pub managed: Option<Uuid>,
}

impl Reach<'_> {
    /// Whether it is their own, or of the organization that they manage.
    pub fn owns(&self, person: Option<Uuid>, organization: Option<Uuid>) -> bool {
        person == Some(self.actor.user_id)
            || (organization.is_some() && organization == self.managed)
    }
}
