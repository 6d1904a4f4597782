//! Which rows are selected: by themselves, or because all that match are.

use crate::domain::conversations::Status;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows with where they stand.
pub type Rows = BTreeMap<Uuid, Status>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub rows: Rows,
    /// How many match, while all of them are meant.
    pub all: Option<i64>,
}

/// Which kinds are among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    pub archived: bool,
    pub present: bool,
}

impl Kinds {
    /// Of a list that is narrowed to these statuses; without one it has no archived ones.
    pub fn of_filter(statuses: &[String]) -> Self {
        let is_archived = |word: &String| word == Status::Archived.as_str();
        Self {
            archived: statuses.iter().any(is_archived),
            present: statuses.is_empty() || !statuses.iter().all(is_archived),
        }
    }
}

impl Chosen {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.all.is_none()
    }

    pub fn has(&self, id: Uuid) -> bool {
        self.all.is_some() || self.rows.contains_key(&id)
    }

    /// Takes a row in or out. Of all that match none can be left out by itself: what the table
    /// shows stays selected then, without that row.
    pub fn toggle(&mut self, id: Uuid, status: Status, page: &Rows) {
        if self.all.take().is_some() {
            self.rows.extend(page.iter().map(|(id, status)| (*id, *status)));
            self.rows.remove(&id);
        } else if self.rows.remove(&id).is_none() {
            self.rows.insert(id, status);
        }
    }

    /// Whether some of the rows of a page are selected but not all, and whether all are.
    pub fn of_page(&self, page: &Rows) -> (bool, bool) {
        let count = page.keys().filter(|id| self.has(**id)).count();
        let is_all = count > 0 && count == page.len();
        (count > 0 && !is_all, is_all)
    }

    pub fn select(&mut self, page: Rows, on: bool) {
        if on {
            self.rows.extend(page);
        } else {
            if self.all.take().is_some() {
                self.rows.clear();
            }
            self.rows.retain(|id, _| !page.contains_key(id));
        }
    }

    /// What the table says by now of rows that are selected.
    pub fn learn(&mut self, page: &Rows) {
        for (id, status) in &mut self.rows {
            if let Some(now) = page.get(id) {
                *status = *now;
            }
        }
    }

    pub fn kinds(&self) -> Kinds {
        let archived = self.rows.values().filter(|status| **status == Status::Archived).count();
        Kinds { archived: archived > 0, present: archived < self.rows.len() }
    }

    pub fn that(&self, fits: fn(Status) -> bool) -> Vec<Uuid> {
        self.rows.iter().filter(|(_, status)| fits(**status)).map(|(id, _)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[u128]) -> Rows {
        ids.iter().map(|id| (Uuid::from_u128(*id), Status::Draft)).collect()
    }

    fn ids(chosen: &Chosen) -> Vec<u128> {
        chosen.that(|_| true).iter().map(Uuid::as_u128).collect()
    }

    #[test]
    fn leaving_one_of_all_out_goes_back_to_the_rows_that_are_seen() {
        let (shown, mut chosen) = (page(&[1, 2, 3]), Chosen::default());
        chosen.select(page(&[9]), true);
        chosen.all = Some(500);
        assert!(chosen.has(Uuid::from_u128(77)));
        assert_eq!(chosen.of_page(&shown), (false, true));
        chosen.toggle(Uuid::from_u128(2), Status::Draft, &shown);
        assert_eq!((ids(&chosen), chosen.all), (vec![1, 3, 9], None));
        assert_eq!(chosen.of_page(&shown), (true, false));
        chosen.all = Some(500);
        chosen.select(shown, false);
        assert!(chosen.is_empty());
    }

    #[test]
    fn archived_ones_are_told_apart() {
        let mut chosen = Chosen::default();
        chosen.select(page(&[1, 2]), true);
        assert_eq!(chosen.kinds(), Kinds { archived: false, present: true });
        chosen.learn(&Rows::from([(Uuid::from_u128(2), Status::Archived)]));
        assert_eq!(chosen.kinds(), Kinds { archived: true, present: true });
        assert_eq!(chosen.that(|status| status == Status::Archived), [Uuid::from_u128(2)]);
        let of = |words: &[&str]| {
            Kinds::of_filter(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), Kinds { archived: false, present: true });
        assert_eq!(of(&["archived"]), Kinds { archived: true, present: false });
        assert_eq!(of(&["archived", "draft"]), Kinds { archived: true, present: true });
    }
}
