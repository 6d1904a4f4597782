//! Names of tables and indexes: whatever PostgreSQL takes, capitals, quotes, spaces and dots
//! included.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// PostgreSQL cuts longer names off (NAMEDATALEN − 1).
pub const MAX_NAME_BYTES: usize = 63;

/// A name in a statement: always in double quotes, those within it doubled.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table or an index, by schema and name, unquoted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectName {
    #[schema(example = "public")]
    pub schema: String,
    #[schema(example = "conversations")]
    pub name: String,
}

impl ObjectName {
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// As a statement needs it.
    pub fn quoted(&self) -> String {
        format!("{}.{}", quote_identifier(&self.schema), quote_identifier(&self.name))
    }

    /// One sentence when PostgreSQL could not have such a name.
    pub fn problem(&self) -> Option<String> {
        [("schema", &self.schema), ("name", &self.name)].into_iter().find_map(|(part, value)| {
            match value.as_str() {
                "" => Some(format!("The {part} is empty.")),
                value if value.len() > MAX_NAME_BYTES => Some(format!(
                    "The {part} is longer than {MAX_NAME_BYTES} bytes, the most that \
                    PostgreSQL keeps."
                )),
                value if value.contains('\0') => Some(format!(
                    "The {part} holds a character that no \
                name can have."
                )),
                _ => None,
            }
        })
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.schema, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_whatever_they_hold() {
        assert_eq!(ObjectName::new("My schema", "a\"b.c").quoted(), "\"My schema\".\"a\"\"b.c\"");
        assert_eq!(quote_identifier("x\"; drop table y; --"), "\"x\"\"; drop table y; --\"");
    }

    #[test]
    fn names_that_cannot_be_are_told() {
        assert_eq!(ObjectName::new("public", "a".repeat(63)).problem(), None);
        assert!(ObjectName::new("public", "a".repeat(64)).problem().unwrap().contains("63 bytes"));
        assert_eq!(ObjectName::new("", "a").problem().unwrap(), "The schema is empty.");
    }
}
