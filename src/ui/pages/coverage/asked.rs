//! What the address asks for. Whatever in it cannot be meant is left out, so that every link shows
//! something.

use crate::{
    domain::{
        conversations::{ConversationQuery, MAX_SEARCH},
        coverage::{CoverageQuery, Dimension},
    },
    ui::page_query::with_query,
};
use leptos_router::params::ParamsMap;

pub const PAGE: &str = "/coverage";
const LIST: &str = "/conversations";
const GENERATE: &str = "/generate";
pub const TARGET: &str = "tokensOver";

/// The matrix, and how long a conversation may be. Filters are of what is neither the rows nor the
/// columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    pub matrix: CoverageQuery,
    pub target: Option<i32>,
}

impl Asked {
    pub fn read(query: &ParamsMap) -> Self {
        let names =
            ["rows", "columns", "persona", "emotion", "topic", "tier", "demonstration", TARGET];
        names.into_iter().fold(Self::default(), |asked, name| {
            let word = query.get(name).unwrap_or_default();
            if word.trim().is_empty() { asked } else { asked.with(name, &word) }
        })
    }

    /// The same with another value of one part; an empty one takes it out, and so does one that
    /// cannot be meant. Rows and columns change places when both would be the same.
    #[must_use]
    pub fn with(&self, name: &str, word: &str) -> Self {
        let mut asked = self.clone();
        let (matrix, word) = (&mut asked.matrix, word.trim());
        let text = || meant(word).map(str::to_owned);
        match name {
            "rows" => {
                let wanted = word.parse().unwrap_or(matrix.rows);
                if matrix.columns == wanted {
                    matrix.columns = matrix.rows;
                }
                matrix.rows = wanted;
            }
            "columns" => {
                let wanted = word.parse().unwrap_or(matrix.columns);
                if matrix.rows == wanted {
                    matrix.rows = matrix.columns;
                }
                matrix.columns = wanted;
            }
            "persona" => matrix.persona = text(),
            "emotion" => matrix.emotion = text(),
            "topic" => matrix.topic = text(),
            "tier" => matrix.tier = word.parse().ok(),
            "demonstration" => matrix.demonstration = word == "true",
            _ => asked.target = target(word),
        }
        asked.without_shown()
    }

    /// What is shown is no filter.
    fn without_shown(mut self) -> Self {
        for shown in [self.matrix.rows, self.matrix.columns] {
            match shown {
                Dimension::Persona => self.matrix.persona = None,
                Dimension::Emotion => self.matrix.emotion = None,
                Dimension::Topic => self.matrix.topic = None,
                Dimension::Tier => self.matrix.tier = None,
            }
        }
        self
    }

    /// The same without filters.
    #[must_use]
    pub fn unfiltered(&self) -> Self {
        let CoverageQuery { rows, columns, demonstration, .. } = self.matrix;
        let matrix = CoverageQuery { rows, columns, demonstration, ..CoverageQuery::default() };
        Self { matrix, target: self.target }
    }

    pub fn is_filtered(&self) -> bool {
        *self != self.unfiltered()
    }

    /// The filters by their names in addresses.
    fn filters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let filter = |dimension: Dimension| {
            Some((dimension.as_str(), self.matrix.filter(dimension)?.to_owned()))
        };
        self.matrix.others().filter_map(filter)
    }

    /// All parts of the address, but for what holds anyway.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let usual = CoverageQuery::default();
        let CoverageQuery { rows, columns, demonstration, .. } = self.matrix;
        let axes = (rows, columns) != (usual.rows, usual.columns);
        let axes = axes.then(|| [("rows", rows.to_string()), ("columns", columns.to_string())]);
        let demonstration = demonstration.then(|| ("demonstration", "true".to_owned()));
        let target = self.target.map(|target| (TARGET, target.to_string()));
        let before = axes.into_iter().flatten().chain(self.filters());
        before.chain(demonstration).chain(target).collect()
    }

    pub fn address(&self) -> String {
        address(PAGE, &self.parts())
    }

    /// The conversations whose length is looked at.
    pub fn lengths(&self) -> ConversationQuery {
        ConversationQuery { tokens_over: self.target, ..self.matrix.filters() }
    }

    /// The table of those that are longer.
    pub fn longer(&self, target: i32) -> String {
        let target = (TARGET, target.to_string());
        address(LIST, &self.filters().chain([target]).collect::<Vec<_>>())
    }

    /// The table of a cell's conversations. There is none of what has no value.
    pub fn list(&self, row: &str, column: &str) -> Option<String> {
        self.place(LIST, row, column)
    }

    /// Where a conversation for a cell is made.
    pub fn generate(&self, row: &str, column: &str) -> Option<String> {
        self.place(GENERATE, row, column)
    }

    fn place(&self, page: &str, row: &str, column: &str) -> Option<String> {
        let parts = self.matrix.subject(row, column).into_iter();
        let parts = parts.filter(|(_, word)| !word.is_empty());
        let parts: Vec<_> = parts.map(|(name, word)| (name.as_str(), word)).collect();
        (!row.is_empty() && !column.is_empty()).then(|| address(page, &parts))
    }
}

fn address(page: &str, parts: &[(&'static str, String)]) -> String {
    let parts: Vec<_> = parts.iter().map(|(name, word)| (*name, word.as_str())).collect();
    with_query(page, &parts)
}

fn meant(word: &str) -> Option<&str> {
    let fits = word.chars().count() <= MAX_SEARCH && !word.contains('\0');
    (fits && !word.is_empty()).then_some(word)
}

/// A number of tokens as it is typed, with commas or without.
pub fn target(word: &str) -> Option<i32> {
    word.replace(',', "").parse().ok().filter(|tokens| *tokens > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[(&'static str, &str)]) -> Asked {
        let mut query = ParamsMap::new();
        for (name, word) in parts {
            query.insert(*name, (*word).to_owned());
        }
        Asked::read(&query)
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let asked = read(&[
            ("rows", "topic"),
            ("columns", "tier"),
            ("persona", "a & b"),
            ("demonstration", "true"),
            ("tokensOver", "4096"),
        ]);
        let address = "/coverage?rows=topic&columns=tier&persona=a%20%26%20b&demonstration=true\
            &tokensOver=4096";
        assert_eq!(asked.address(), address);
        assert!(asked.is_filtered() && !asked.unfiltered().is_filtered());
        assert_eq!(asked.longer(4096), "/conversations?persona=a%20%26%20b&tokensOver=4096");
        assert_eq!(Asked::default().address(), "/coverage");
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        let odd = [
            ("rows", "age"),
            ("columns", ""),
            ("topic", "  "),
            ("tier", "secret"),
            ("demonstration", "perhaps"),
            ("tokensOver", "-1"),
        ];
        assert_eq!(read(&odd), Asked::default());
        // What is shown is no filter.
        assert_eq!(read(&[("persona", "a"), ("emotion", "b")]), Asked::default());
    }

    #[test]
    fn rows_and_columns_are_never_the_same() {
        let asked = read(&[("rows", "emotion")]);
        let axes = |asked: &Asked| (asked.matrix.rows, asked.matrix.columns);
        assert_eq!(axes(&asked), (Dimension::Emotion, Dimension::Persona));
        assert_eq!(
            axes(&asked.with("columns", "emotion")),
            (Dimension::Persona, Dimension::Emotion)
        );
        let same = read(&[("rows", "topic"), ("columns", "topic")]);
        assert_ne!(same.matrix.rows, same.matrix.columns);
    }

    #[test]
    fn a_cell_leads_to_its_conversations_and_to_one_more() {
        let asked = read(&[("columns", "tier"), ("topic", "Loans")]);
        assert_eq!(
            asked.list("A b", "edge_case").as_deref(),
            Some("/conversations?persona=A%20b&topic=Loans&tier=edge_case")
        );
        assert_eq!(
            asked.generate("A b", "edge_case").as_deref(),
            Some("/generate?persona=A%20b&topic=Loans&tier=edge_case")
        );
        assert_eq!((asked.list("", "scenario"), asked.generate("", "scenario")), (None, None));
    }
}
