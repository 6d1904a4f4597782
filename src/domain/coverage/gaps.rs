//! Where a matrix has no conversation.

use super::{CoverageAnswer, CoverageCell, CoverageQuery, Dimension};
use crate::domain::csv;
use std::collections::HashSet;

impl CoverageQuery {
    /// What conversations of a row and of a column have in common: those two values, and the
    /// filters; empty where neither says anything. In the order of [`Dimension::ALL`].
    pub fn subject(&self, row: &str, column: &str) -> [(Dimension, String); 4] {
        Dimension::ALL.map(|dimension| {
            let word = match dimension {
                own if own == self.rows => row,
                own if own == self.columns => column,
                other => self.filter(other).unwrap_or_default(),
            };
            (dimension, word.to_owned())
        })
    }
}

impl CoverageAnswer {
    /// The pairs of a row and a column without a conversation, by their indices. What has no value
    /// is nothing that could be filled, so it is in no pair.
    pub fn gaps(&self) -> Vec<(u32, u32)> {
        let filled: HashSet<_> = self.cells.iter().map(CoverageCell::place).collect();
        self.named_pairs().filter(|place| !filled.contains(place)).collect()
    }

    /// How many pairs of a row and a column with a value there are.
    pub fn pairs(&self) -> usize {
        self.named_pairs().count()
    }

    fn named_pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        (0_u32..).zip(&self.rows).filter(|(_, row)| !row.value.is_empty()).flat_map(|(row, _)| {
            let columns = (0_u32..).zip(&self.columns);
            columns.filter(|(_, it)| !it.value.is_empty()).map(move |(column, _)| (row, column))
        })
    }

    /// How much of the matrix has a conversation, in one sentence.
    pub fn summary(&self) -> String {
        match (self.gaps().len(), self.pairs()) {
            (_, 0) => "No conversation has a value for both.".to_owned(),
            (0, 1) => "The only combination has conversations.".to_owned(),
            (0, pairs) => format!("All {pairs} combinations have conversations."),
            (1, pairs) => format!("1 of {pairs} combinations has no conversation."),
            (gaps, pairs) => format!("{gaps} of {pairs} combinations have no conversation."),
        }
    }

    /// The gaps as a file for spreadsheets: a line each, with a column for each dimension.
    pub fn gaps_csv(&self, query: &CoverageQuery) -> String {
        let mut text = csv::BYTE_ORDER_MARK.to_owned();
        csv::push_line(&mut text, Dimension::ALL.map(Dimension::as_str));
        for (row, column) in self.gaps() {
            let (row, column) = (self.rows.get(row as usize), self.columns.get(column as usize));
            let (Some(row), Some(column)) = (row, column) else { continue };
            let subject = query.subject(&row.value, &column.value);
            csv::push_line(&mut text, subject.each_ref().map(|(_, word)| word.as_str()));
        }
        text
    }
}

impl CoverageCell {
    /// The indices of its row and its column.
    pub fn place(&self) -> (u32, u32) {
        (self.row, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{conversations::Tier, coverage::CoverageValue};

    fn values(all: &[&str]) -> Vec<CoverageValue> {
        let value = |value: &&str| CoverageValue {
            value: (*value).to_owned(),
            label: (*value).to_owned(),
            count: 1,
        };
        all.iter().map(value).collect()
    }

    fn matrix(rows: &[&str], columns: &[&str], cells: &[(u32, u32)]) -> CoverageAnswer {
        let cell = |(row, column): &(u32, u32)| CoverageCell {
            row: *row,
            column: *column,
            count: 1,
            approved: 0,
            mean_score: None,
        };
        CoverageAnswer {
            rows: values(rows),
            columns: values(columns),
            cells: cells.iter().map(cell).collect(),
            ..CoverageAnswer::default()
        }
    }

    #[test]
    fn what_has_no_value_is_no_gap() {
        let answer = matrix(&["a", "", "b"], &["x", "y"], &[(0, 0), (1, 0), (2, 1)]);
        assert_eq!(answer.gaps(), [(0, 1), (2, 0)]);
        assert_eq!(answer.summary(), "2 of 4 combinations have no conversation.");
        let full = matrix(&["a"], &["x", "y"], &[(0, 0), (0, 1)]);
        assert_eq!(full.summary(), "All 2 combinations have conversations.");
        let unnamed = matrix(&[""], &["x"], &[(0, 0)]);
        assert_eq!(unnamed.summary(), "No conversation has a value for both.");
        let one = matrix(&["a"], &["x", "y"], &[(0, 1)]);
        assert_eq!(one.summary(), "1 of 2 combinations has no conversation.");
    }

    #[test]
    fn a_file_of_gaps_names_the_filters_and_runs_nothing() {
        let answer = matrix(&["=cmd()", "b \"c\""], &["x"], &[]);
        let query = CoverageQuery { tier: Some(Tier::Scenario), ..CoverageQuery::default() };
        assert_eq!(
            answer.gaps_csv(&query),
            "\u{feff}\"persona\",\"emotion\",\"topic\",\"tier\"\r\n\
                \"'=cmd()\",\"x\",\"\",\"scenario\"\r\n\
                \"b \"\"c\"\"\",\"x\",\"\",\"scenario\"\r\n"
        );
    }
}
