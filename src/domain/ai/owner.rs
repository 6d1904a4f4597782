//! Whose configuration, key, budget or limit something is.

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// The kind of a scope, as it is stored in `scope_type` and sent on the wire.
    #[derive(
        Clone,
        Copy,
        Debug,
        Default,
        PartialEq,
        Eq,
        PartialOrd,
        Ord,
        Hash,
        Serialize,
        Deserialize,
        ToSchema,
    )]
    pub enum ScopeType: "The scope" {
        /// The person who asks.
        #[default]
        Person => "person";
        /// Their organization.
        Organization => "organization";
    }
}

/// A scope: a person or an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Person(Uuid),
    Organization(Uuid),
}

impl Owner {
    pub fn new(scope: ScopeType, id: Uuid) -> Self {
        match scope {
            ScopeType::Person => Self::Person(id),
            ScopeType::Organization => Self::Organization(id),
        }
    }

    pub fn scope_type(self) -> ScopeType {
        match self {
            Self::Person(_) => ScopeType::Person,
            Self::Organization(_) => ScopeType::Organization,
        }
    }

    pub fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Organization(id) => id,
        }
    }
}
