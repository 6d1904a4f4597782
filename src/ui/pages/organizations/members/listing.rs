//! Which part of the members the table shows, and in which order: all of it stands in the address.

use crate::{
    domain::{letter_case::lowercase, organizations::MemberView},
    ui::components::Sorted,
};
use leptos_router::params::ParamsMap;
use std::cmp::Ordering;

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Email,
    Role,
    Joined,
}

impl Column {
    const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Role, Self::Joined];

    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Role => "role",
            Self::Joined => "joined",
        }
    }

    fn compare(self, one: &MemberView, other: &MemberView) -> Ordering {
        match self {
            Self::Name => lowercase(&one.display_name).cmp(&lowercase(&other.display_name)),
            Self::Email => lowercase(&one.email).cmp(&lowercase(&other.email)),
            Self::Role => other.role.cmp(&one.role),
            Self::Joined => one.joined_at.cmp(&other.joined_at),
        }
    }
}

/// What the address asks of the table. Whatever it does not say, or says wrongly, is as at first:
/// by name, from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    pub column: Column,
    pub descending: bool,
    /// From 1.
    pub page: usize,
}

impl Listing {
    pub fn read(query: &ParamsMap) -> Self {
        let column = query
            .get("sort")
            .and_then(|word| Column::ALL.into_iter().find(|column| column.word() == word));
        Self {
            column: column.unwrap_or(Column::Name),
            descending: query.get("order").as_deref() == Some("descending"),
            page: query
                .get("page")
                .and_then(|text| text.parse().ok())
                .filter(|page| *page > 0)
                .unwrap_or(1),
        }
    }

    /// The address of the table sorted by a column; the other way round if it already is.
    pub fn sorted_by(self, column: Column) -> String {
        let descending = self.column == column && !self.descending;
        Self { column, descending, page: 1 }.address()
    }

    pub fn on_page(self, page: usize) -> String {
        Self { page, ..self }.address()
    }

    fn address(self) -> String {
        let order = if self.descending { "&order=descending" } else { "" };
        let page = if self.page > 1 { format!("&page={}", self.page) } else { String::new() };
        format!("/organization/members?sort={}{order}{page}", self.column.word())
    }

    /// How a column's head tells its order.
    pub fn order_of(self, column: Column) -> Sorted {
        match (self.column == column, self.descending) {
            (false, _) => Sorted::No,
            (true, false) => Sorted::Ascending,
            (true, true) => Sorted::Descending,
        }
    }

    /// The part of the list that is shown, `rows` long. A page beyond the end is the last one.
    pub fn part(self, list: &[MemberView], rows: usize) -> Part {
        let mut sorted = list.to_vec();
        // The identifier, so that equal rows keep their order from page to page.
        sorted.sort_by(|one, other| {
            let order = self.column.compare(one, other);
            let order = if self.descending { order.reverse() } else { order };
            order.then(one.user_id.cmp(&other.user_id))
        });
        let rows = rows.max(1);
        let pages = sorted.len().div_ceil(rows).max(1);
        let page = self.page.min(pages);
        let first = (page - 1) * rows;
        Part {
            page,
            pages,
            first,
            total: sorted.len(),
            members: sorted.into_iter().skip(first).take(rows).collect(),
        }
    }
}

/// The rows of one page.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub page: usize,
    pub pages: usize,
    /// How many rows stand before it.
    pub first: usize,
    pub total: usize,
    pub members: Vec<MemberView>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organizations::OrganizationRole;
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    fn member(number: u32, name: &str, role: OrganizationRole) -> MemberView {
        MemberView {
            user_id: Uuid::from_u128(u128::from(number)),
            email: format!("{}@example.com", name.to_lowercase()),
            display_name: name.into(),
            role,
            joined_at: DateTime::UNIX_EPOCH + TimeDelta::days(i64::from(number)),
        }
    }

    fn list() -> Vec<MemberView> {
        use OrganizationRole::{Member, Owner};
        vec![member(1, "cleo", Member), member(2, "Anna", Owner), member(3, "Ben", Member)]
    }

    fn names(part: &Part) -> Vec<&str> {
        part.members.iter().map(|member| member.display_name.as_str()).collect()
    }

    #[test]
    fn sorts_by_every_column_both_ways() {
        let by = |column, descending| Listing { column, descending, page: 1 }.part(&list(), 10);
        assert_eq!(names(&by(Column::Name, false)), ["Anna", "Ben", "cleo"]);
        assert_eq!(names(&by(Column::Email, true)), ["cleo", "Ben", "Anna"]);
        assert_eq!(
            names(&by(Column::Role, false)),
            ["Anna", "cleo", "Ben"],
            "the most powerful first"
        );
        assert_eq!(names(&by(Column::Joined, true)), ["Ben", "Anna", "cleo"]);
    }

    #[test]
    fn a_page_beyond_the_end_is_the_last() {
        let part = Listing { column: Column::Name, descending: false, page: 9 }.part(&list(), 2);
        assert_eq!((part.page, part.pages, part.first, part.total), (2, 2, 2, 3));
        assert_eq!(names(&part), ["cleo"]);
        assert_eq!(
            Listing { column: Column::Name, descending: false, page: 1 }.part(&[], 10).pages,
            1
        );
    }

    #[test]
    fn an_address_reads_back() {
        let listing = Listing { column: Column::Joined, descending: true, page: 3 };
        let query: ParamsMap =
            [("sort", "joined"), ("order", "descending"), ("page", "3")].into_iter().collect();
        assert_eq!(Listing::read(&query), listing);
        assert_eq!(listing.address(), "/organization/members?sort=joined&order=descending&page=3");
        let odd: ParamsMap = [("sort", "age"), ("page", "-1")].into_iter().collect();
        assert_eq!(
            Listing::read(&odd),
            Listing { column: Column::Name, descending: false, page: 1 }
        );
    }
}
