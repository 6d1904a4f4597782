//! Filters and order as an address has them.

use crate::{domain::conversations::ConversationQuery, server::foundation::error::ServiceError};

/// Reads filters and order as the address of a list has them. Its place in the list is left out:
/// a queue begins at its beginning.
pub fn read_query(text: &str) -> Result<ConversationQuery, ServiceError> {
    let text = text.trim_start_matches('?');
    let query: ConversationQuery = serde_urlencoded::from_str(text).map_err(|error| {
        let error = error.to_string();
        let why = error.trim_end_matches('.');
        ServiceError::field("query", format!("These filters cannot be read: {why}."))
    })?;
    let query = ConversationQuery { after: None, before: None, limit: None, ..query };
    query.check().map_err(|errors| beside_query(ServiceError::Validation(errors)))?;
    Ok(query)
}

/// What is wrong with a filter is wrong with the field that holds them all.
fn beside_query(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Validation(errors) => {
            let first = errors.into_iter().next().map(|error| error.message);
            ServiceError::field("query", first.unwrap_or_default())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversations::{SortKey, Status, Tier};

    #[test]
    fn a_query_is_read_as_an_address_has_it() {
        let query =
            read_query("?tier=scenario&status=rejected,draft&sort=created&after=x").unwrap();
        assert_eq!((query.tier.0, query.sort), (vec![Tier::Scenario], SortKey::Created));
        assert_eq!((query.status.0.len(), query.after), (2, None));
        assert_eq!(read_query("").unwrap(), ConversationQuery::default());
        assert_eq!(read_query("persona=A%20%26+b").unwrap().persona.as_deref(), Some("A & b"));
        assert!(read_query("status=archived").unwrap().status.0.contains(&Status::Archived));
    }

    #[test]
    fn what_cannot_be_asked_for_is_told_beside_the_query() {
        for bad in ["tier=huge", "color=red", "scoreMin=11", "trainable=perhaps", "author=me"] {
            match read_query(bad) {
                Err(ServiceError::Validation(fields)) => {
                    assert_eq!(fields[0].path, "query", "{bad}");
                    assert!(fields[0].message.ends_with('.'), "{}", fields[0].message);
                }
                other => panic!("{bad}: {other:?}"),
            }
        }
    }
}
