//! Whose a stored thing is.

use uuid::Uuid;

/// A person or an organization: `scope_type` and `scope_id` of the tables that belong to one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    Person(Uuid),
    Organization(Uuid),
}

impl Owner {
    /// The word in `scope_type`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Organization(_) => "organization",
        }
    }

    pub fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Organization(id) => id,
        }
    }

    /// From `scope_type` and `scope_id`; `None` for a word that is neither.
    pub fn from_row(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "person" => Some(Self::Person(id)),
            "organization" => Some(Self::Organization(id)),
            _ => None,
        }
    }
}
