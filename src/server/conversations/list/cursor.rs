//! Where a page of conversations ends, as a text that goes out with one page and comes back for the
//! next.

use crate::domain::{
    conversations::{Direction, SortKey},
    instant,
};
use chrono::DateTime;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// What a list is sorted by, and from which end; among equals by id, from the same end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub sort: SortKey,
    pub direction: Direction,
}

impl Order {
    /// The same rows from the other end.
    pub fn reversed(self) -> Self {
        let direction = match self.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
        Self { direction, ..self }
    }

    /// Never null, and indexed together with the workspace and the id.
    pub fn column(self) -> &'static str {
        match self.sort {
            SortKey::Created => "created_at",
            SortKey::Updated => "updated_at",
            SortKey::Score => "score_tenths",
            SortKey::Turns => "turn_count",
            SortKey::Tokens => "training_tokens",
        }
    }

    /// Writes the condition that a row comes behind a place.
    pub fn push_behind(self, sql: &mut QueryBuilder<Postgres>, row: &str, place: Cursor) {
        let column = self.column();
        let sign = match self.direction {
            Direction::Ascending => '>',
            Direction::Descending => '<',
        };
        sql.push(format!(" AND ({row}.{column}, {row}.id) {sign} ("));
        // Each as the type of its column: comparing two types is nothing that an index does here.
        match self.sort {
            SortKey::Created | SortKey::Updated => {
                sql.push_bind(DateTime::from_timestamp_micros(place.value))
            }
            SortKey::Score => sql.push_bind(i16::try_from(place.value).ok()),
            SortKey::Turns | SortKey::Tokens => sql.push_bind(i32::try_from(place.value).ok()),
        };
        sql.push(", ").push_bind(place.id).push(")");
    }

    /// Writes the order of rows, in which an index has them.
    pub fn push(self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        let (column, end) = (self.column(), self.direction);
        sql.push(format!(" ORDER BY {row}.{column} {end}, {row}.id {end}"));
    }

    /// Whether the column can hold the value.
    fn holds(self, value: i64) -> bool {
        match self.sort {
            SortKey::Created | SortKey::Updated => {
                DateTime::from_timestamp_micros(value).is_some_and(instant::is_plausible)
            }
            SortKey::Score => i16::try_from(value).is_ok(),
            SortKey::Turns | SortKey::Tokens => i32::try_from(value).is_ok(),
        }
    }
}

/// A place in an order: what a row is sorted by, times in microseconds, and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub value: i64,
    pub id: Uuid,
}

impl Cursor {
    /// With the order that it belongs to: `score.desc.84.<id>`.
    pub fn text(self, order: Order) -> String {
        format!("{}.{}.{}.{}", order.sort, order.direction, self.value, self.id.simple())
    }

    /// # Errors
    /// The sentence that says why it is no place in this order.
    pub fn parse(text: &str, order: Order) -> Result<Self, &'static str> {
        const BROKEN: &str = "There is no such place in the list. Begin with the first page.";
        let parts: Vec<_> = text.split('.').collect();
        let [sort, direction, value, id] = parts[..] else { return Err(BROKEN) };
        let (Ok(sort), Ok(direction)) = (sort.parse(), direction.parse()) else {
            return Err(BROKEN);
        };
        let given = Order { sort, direction };
        let (Ok(value), Ok(id)) = (value.parse(), id.parse()) else { return Err(BROKEN) };
        let place = Self { value, id };
        // Numbers and ids have several spellings; it is the one that went out.
        if !given.holds(value) || place.text(given) != text {
            Err(BROKEN)
        } else if given != order {
            Err("This place belongs to a list in another order. Begin with the first page.")
        } else {
            Ok(place)
        }
    }

    /// The place just behind the row, so that the row itself comes before it.
    #[must_use]
    pub fn stepped(self, order: Order) -> Self {
        let number = self.id.as_u128();
        let number = match order.direction {
            Direction::Ascending => number.saturating_add(1),
            Direction::Descending => number.saturating_sub(1),
        };
        Self { id: Uuid::from_u128(number), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORE: Order = Order { sort: SortKey::Score, direction: Direction::Descending };
    const ID: Uuid = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);

    #[test]
    fn a_place_comes_back_as_it_went_out() {
        for sort in SortKey::ALL {
            for direction in Direction::ALL {
                let order = Order { sort, direction };
                for value in [0, 84, 32_767] {
                    let place = Cursor { value, id: ID };
                    assert_eq!(Cursor::parse(&place.text(order), order), Ok(place));
                }
                assert_eq!(order.reversed().reversed(), order);
                assert_ne!(order.reversed(), order);
            }
        }
        let unscored = Cursor { value: -1, id: ID };
        assert_eq!(unscored.text(SCORE), "score.desc.-1.0123456789abcdef0123456789abcdef");
        assert_eq!(Cursor::parse(&unscored.text(SCORE), SCORE), Ok(unscored));
    }

    #[test]
    fn what_never_went_out_is_refused() {
        let good = Cursor { value: 84, id: ID }.text(SCORE);
        for order in [Order { sort: SortKey::Turns, ..SCORE }, SCORE.reversed()] {
            assert!(Cursor::parse(&good, order).unwrap_err().contains("another order"));
        }
        let id = ID.simple().to_string();
        for wrong in [
            String::new(),
            "1".into(),
            format!("{good}.1"),
            good.to_uppercase(),
            format!("score.desc.+84.{id}"),
            format!("score.desc.084.{id}"),
            format!("score.desc.84.{ID}"),
            format!("score.desc.40000.{id}"),
            format!("turns.desc.3000000000.{id}"),
            format!("created.desc.{}.{id}", i64::MAX),
            format!("created.desc.-1.{id}"),
            format!("beauty.desc.1.{id}"),
            "score.desc.84.\0".into(),
        ] {
            assert!(Cursor::parse(&wrong, SCORE).unwrap_err().contains("no such place"), "{wrong}");
        }
    }

    #[test]
    fn a_step_goes_behind_the_row() {
        let place = Cursor { value: 84, id: ID };
        assert!(place.stepped(SCORE).id < ID && place.stepped(SCORE.reversed()).id > ID);
        assert_eq!(place.stepped(SCORE).stepped(SCORE.reversed()), place);
        let first = Cursor { value: 84, id: Uuid::nil() };
        assert_eq!(first.stepped(SCORE), first);
    }
}
