//! What a version is to be.

use crate::{
    api::data_sets::DataSetVersionRequest,
    domain::{
        data_sets::{VersionRules, check_description},
        exports::{LeftOut, MOST_NAMED},
        field_error::FieldErrors,
    },
    server::{
        conversations::read_query,
        foundation::error::ServiceError,
        selections::{Choice, in_tenths, tenths},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a version is to be, checked.
pub struct Wanted {
    conversations: Vec<Uuid>,
    pub query: Option<String>,
    pub note: String,
    pub rules: VersionRules,
}

impl Wanted {
    /// Tells everything that is wrong at once.
    pub fn check(version: DataSetVersionRequest) -> Result<Self, ServiceError> {
        let mut errors = FieldErrors::default();
        let DataSetVersionRequest { conversations, query, note, rules } = version;
        let note = note.trim().to_owned();
        check_description(&mut errors, "note", &note);
        if let Err(wrong) = rules.check() {
            errors.extend(wrong);
        }
        if conversations.is_empty() == query.is_none() {
            errors.add("conversations", "Name either conversations or a query.");
        }
        let conversations: BTreeSet<Uuid> = conversations.into_iter().collect();
        if conversations.len() > MOST_NAMED {
            let sentence = format!("At most {MOST_NAMED} conversations can be named one by one.");
            errors.add("conversations", sentence);
        }
        match query.as_deref().map(read_query).transpose() {
            Ok(_) => {}
            Err(ServiceError::Validation(wrong)) => errors.extend(wrong),
            Err(other) => return Err(other),
        }
        let conversations = conversations.into_iter().collect();
        let wanted = Self { conversations, query, note, rules };
        errors.finish(Some(wanted)).map_err(ServiceError::Validation)
    }

    /// Takes the lowest score of the caller's thresholds where the request has none, and none where
    /// what is below it is wanted as well.
    pub fn decide(&mut self, minimum: f64) {
        let takes_all = self.rules.include.contains(&LeftOut::BelowMinimum);
        let minimum = self.rules.minimum_score.unwrap_or(minimum);
        self.rules.minimum_score = (!takes_all).then(|| in_tenths(minimum));
    }

    pub fn choice(&self) -> Choice<'_> {
        Choice {
            conversations: &self.conversations,
            query: self.query.as_deref(),
            include: &self.rules.include,
            token_fit: self.rules.token_fit,
            minimum_tenths: tenths(self.rules.minimum_score),
            // Formats that need two say so when they are written.
            needs_two_turns: false,
        }
    }

    /// Refuses a version of nothing.
    pub fn check_any(
        &self,
        count: usize,
        left_out: &BTreeMap<LeftOut, i64>,
    ) -> Result<(), ServiceError> {
        if count > 0 {
            return Ok(());
        }
        let reasons: Vec<_> =
            left_out.iter().map(|(reason, count)| format!("{count} {}", reason.label())).collect();
        let sentence = match reasons.is_empty() {
            true => "No conversation fits.".to_owned(),
            false => format!("No conversation is left for a version: {}.", reasons.join(", ")),
        };
        let path = if self.query.is_some() { "query" } else { "conversations" };
        Err(ServiceError::field(path, sentence))
    }
}
