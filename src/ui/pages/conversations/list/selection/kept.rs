//! What was selected when the table was left for one of its conversations. In memory: a reload
//! forgets it.

use super::{Asked, chosen::Chosen};
use std::cell::RefCell;
use uuid::Uuid;

thread_local! {
    /// Whose it is, and in which list.
    static KEPT: RefCell<Option<(Uuid, Asked, Chosen)>> = const { RefCell::new(None) };
}

/// To be called in a browser only: a server draws the pages of many.
pub fn remember(user: Uuid, filters: Asked, chosen: Chosen) {
    KEPT.set((!chosen.is_empty()).then_some((user, filters, chosen)));
}

/// What was selected in this list, if it is the one that was left.
pub fn recall(user: Uuid, filters: &Asked) -> Chosen {
    KEPT.with_borrow(|kept| match kept {
        Some((owner, list, chosen)) if *owner == user && list == filters => chosen.clone(),
        _ => Chosen::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_list_of_the_same_person_finds_it_again() {
        let (user, list) = (Uuid::from_u128(1), Asked::default().with("tier", "scenario"));
        let chosen = Chosen { all: Some(3), ..Chosen::default() };
        remember(user, list.clone(), chosen.clone());
        assert_eq!(recall(user, &list), chosen);
        assert!(recall(Uuid::nil(), &list).is_empty());
        assert!(recall(user, &Asked::default()).is_empty());
        remember(user, list.clone(), Chosen::default());
        assert!(recall(user, &list).is_empty());
    }
}
