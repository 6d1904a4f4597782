//! What a list by pages is asked for: how much at once, which page, and what is looked for.

use super::error::ServiceError;

/// How much of a list is asked for at once.
///
/// # Errors
/// 400 with the path `limit`.
pub fn limit(asked: Option<i64>) -> Result<i64, ServiceError> {
    let limit = asked.unwrap_or(50);
    if (1..=100).contains(&limit) {
        Ok(limit)
    } else {
        Err(ServiceError::field("limit", "The limit must be a number from 1 to 100."))
    }
}

/// A page of a list, from 1, and how many rows come before it.
///
/// # Errors
/// 400 with the path `page`.
pub fn page(asked: Option<i64>, limit: i64) -> Result<(i64, i64), ServiceError> {
    let page = asked.unwrap_or(1);
    if (1..=1_000_000).contains(&page) {
        Ok((page, (page - 1) * limit))
    } else {
        Err(ServiceError::field("page", "The page must be a number from 1 to 1000000."))
    }
}

/// What is looked for; an empty word looks for nothing.
///
/// # Errors
/// 400 with the path `search`.
pub fn searched(search: Option<&str>) -> Result<Option<&str>, ServiceError> {
    match search.map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) if search.chars().count() > 200 || search.contains('\0') => {
            Err(ServiceError::field("search", "Look for at most 200 characters of text."))
        }
        search => Ok(search),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_asked_for_within_bounds() {
        assert_eq!(page(Some(3), limit(None).unwrap()).unwrap(), (3, 100));
        for asked in [0, -1, 101] {
            assert!(limit(Some(asked)).is_err(), "{asked}");
        }
        for asked in [0, i64::MAX] {
            assert!(page(Some(asked), 100).is_err(), "{asked}");
        }
    }

    #[test]
    fn an_empty_word_looks_for_nothing() {
        assert_eq!(searched(Some("  ")).unwrap(), None);
        assert_eq!(searched(Some(" Änne ")).unwrap(), Some("Änne"));
        assert!(searched(Some("a\0b")).is_err());
        assert!(searched(Some(&"x".repeat(201))).is_err());
    }
}
