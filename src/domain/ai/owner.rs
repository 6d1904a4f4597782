//! Whose configuration, key, budget or limit something is.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;
use uuid::Uuid;

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
#[serde(rename_all = "snake_case")]
pub enum ScopeType {
    /// The person who asks.
    #[default]
    Person,
    /// Their organization.
    Organization,
}

/// A scope: a person or an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Person(Uuid),
    Organization(Uuid),
}

impl ScopeType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organization => "organization",
        }
    }
}

impl FromStr for ScopeType {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "person" => Ok(Self::Person),
            "organization" => Ok(Self::Organization),
            _ => Err("The scope must be person or organization.".into()),
        }
    }
}

impl fmt::Display for ScopeType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
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
