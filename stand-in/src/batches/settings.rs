//! How batches are treated.

use serde::{Deserialize, Serialize};

/// How batches are treated that are made from now on. What is absent is as usual.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchSettings {
    /// Milliseconds after which a batch ends; null: when it is told to, or after a day. 0: it is in
    /// progress in the answer that made it, and has ended when it is next asked for.
    pub ends_after_ms: Option<u64>,
    /// The same for one that is canceled, from the canceling on.
    pub cancels_after_ms: Option<u64>,
    /// Of a batch that is canceled or expires, how many of its requests ran before, in percent, the
    /// first ones.
    pub ran_percent: usize,
    /// What becomes of requests that run; the first rule that fits. They succeed if none does.
    pub rules: Vec<BatchRule>,
    /// How many of the requests whose beginning is cached find it, in percent. Live ones always do.
    pub cache_hit_percent: u64,
    /// Where `results_url` leads, instead of here: `http://127.0.0.1:9`.
    pub results_base: Option<String>,
    /// In so many lists a new batch is missing.
    pub unlisted: usize,
    /// Requests in a batch.
    pub most_requests: usize,
    /// Bytes of the body that makes a batch.
    pub most_bytes: u64,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self {
            ends_after_ms: Some(0),
            cancels_after_ms: Some(0),
            ran_percent: 0,
            rules: Vec::new(),
            cache_hit_percent: 50,
            results_base: None,
            unlisted: 0,
            most_requests: 100_000,
            // The smaller way to read the provider's “256 MB”.
            most_bytes: 256_000_000,
        }
    }
}

/// What becomes of some requests of a batch. Every condition that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchRule {
    #[serde(default)]
    pub custom_ids: Option<Vec<String>>,
    /// Every so-manieth request, in the order in which they were sent.
    #[serde(default)]
    pub every: Option<usize>,
    /// The first so many.
    #[serde(default)]
    pub first: Option<usize>,
    /// The last so many.
    #[serde(default)]
    pub last: Option<usize>,
    pub outcome: BatchOutcome,
}

/// What becomes of a request. The first four are `succeeded` on the wire, and billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BatchOutcome {
    #[default]
    Succeeded,
    /// Claude declines: no text, `stop_reason: refusal`.
    Refusal,
    /// Half of the text, `stop_reason: max_tokens`.
    CutOff,
    /// A text that is no JSON.
    Malformed,
    Errored {
        #[serde(default = "api_error")]
        error_type: String,
        #[serde(default = "internal")]
        message: String,
    },
    Canceled,
    Expired,
}

fn api_error() -> String {
    "api_error".to_owned()
}

fn internal() -> String {
    "Internal server error".to_owned()
}

/// How batches end that have not ended.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchEnd {
    /// Only this one.
    pub id: Option<String>,
    /// Their day is over: what has not run is expired. One that is canceling ends canceled.
    pub expired: bool,
    /// Instead of those of the settings.
    pub rules: Option<Vec<BatchRule>>,
    /// Instead of that of the settings.
    pub ran_percent: Option<usize>,
}

impl BatchRule {
    /// Whether it is for the request at this place of so many.
    pub fn fits(&self, custom_id: &str, index: usize, count: usize) -> bool {
        self.custom_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == custom_id))
            && self.every.is_none_or(|every| (index + 1).is_multiple_of(every.max(1)))
            && self.first.is_none_or(|first| index < first)
            && self.last.is_none_or(|last| index + last >= count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_the_requests_that_meet_all_its_conditions() {
        let fitting = |rule: BatchRule| -> Vec<usize> {
            (0..10).filter(|index| rule.fits(&format!("b-{index}"), *index, 10)).collect()
        };
        let rule = BatchRule::default;
        assert_eq!(fitting(rule()).len(), 10);
        assert_eq!(fitting(BatchRule { every: Some(3), ..rule() }), [2, 5, 8]);
        assert_eq!(fitting(BatchRule { first: Some(2), ..rule() }), [0, 1]);
        assert_eq!(fitting(BatchRule { last: Some(2), ..rule() }), [8, 9]);
        assert_eq!(fitting(BatchRule { every: Some(2), last: Some(4), ..rule() }), [7, 9]);
        let named = Some(vec!["b-4".to_owned()]);
        assert_eq!(fitting(BatchRule { custom_ids: named, ..rule() }), [4]);
    }

    #[test]
    fn settings_and_rules_are_read_as_they_are_described() {
        let settings: BatchSettings = serde_json::from_str(
            r#"{"ends_after_ms": null, "rules": [{"every": 2, "outcome": {"type": "errored"}}]}"#,
        )
        .unwrap();
        assert_eq!(settings.ends_after_ms, None);
        assert_eq!(settings.cancels_after_ms, Some(0));
        let errored = BatchOutcome::Errored { error_type: api_error(), message: internal() };
        assert_eq!(settings.rules[0].outcome, errored);
        assert!(serde_json::from_str::<BatchSettings>(r#"{"end_after_ms": 1}"#).is_err());
    }
}
