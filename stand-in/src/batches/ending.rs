//! What becomes of each request of a batch when the batch ends, and what it costs.

use super::{Batch, BatchOutcome, Counts, Measured, lines};
use crate::{
    behaviour::error_kind,
    bill::Bill,
    caching::{Cached, PromptCache},
    clock,
    usage::tokens,
};

/// Output of an answer in which Claude declines, in tokens.
const REFUSAL: u64 = 8;

/// Why a batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    Canceled,
    Expired,
}

/// One request that has come to its end.
pub struct Ended {
    pub outcome: BatchOutcome,
    /// Empty if it is not billed.
    pub bill: Bill,
}

impl Ended {
    pub fn count(&self, counts: &mut Counts) {
        let count = match &self.outcome {
            BatchOutcome::Errored { .. } => &mut counts.errored,
            BatchOutcome::Canceled => &mut counts.canceled,
            BatchOutcome::Expired => &mut counts.expired,
            BatchOutcome::Succeeded
            | BatchOutcome::Refusal
            | BatchOutcome::CutOff
            | BatchOutcome::Malformed => &mut counts.succeeded,
        };
        *count += 1;
    }
}

/// Every result, in the order in which the requests were sent.
pub fn results(batch: &Batch, ending: Ending, cache: &mut PromptCache, at_ms: u64) -> Vec<Ended> {
    let (items, settings) = (&batch.items, &batch.settings);
    let ran = match ending {
        Ending::Done => items.len(),
        Ending::Canceled | Ending::Expired => items.len() * settings.ran_percent.min(100) / 100,
    };
    let day = clock::day(batch.made_ms);
    let mut marked = 0;
    let mut all = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let mut rules = settings.rules.iter();
        let rule = rules.find(|rule| rule.fits(&item.custom_id, index, items.len()));
        let outcome = match (ending, rule) {
            (Ending::Canceled, _) if index >= ran => BatchOutcome::Canceled,
            (Ending::Expired, _) if index >= ran => BatchOutcome::Expired,
            (_, Some(rule)) => rule.outcome.clone(),
            (_, None) => BatchOutcome::Succeeded,
        };
        all.push(match (&item.measured, output(&outcome, &item.measured)) {
            (Ok(measured), Some(output)) => {
                marked += u64::from(!measured.prefixes.is_empty());
                // Spread evenly: the places of 37 times a number end on every two digits.
                let reads = marked * 37 % 100 < settings.cache_hit_percent;
                let cached = cache.pass(&measured.prefixes, reads, at_ms);
                Ended { outcome, bill: bill(measured, cached, output, &day) }
            }
            (Err((status, why)), Some(_)) => Ended {
                outcome: BatchOutcome::Errored {
                    error_type: error_kind(*status).to_owned(),
                    message: why.clone(),
                },
                bill: Bill::default(),
            },
            (_, None) => Ended { outcome, bill: Bill::default() },
        });
    }
    all
}

/// What is billed of the answer, in tokens; `None` if nothing of it is.
fn output(outcome: &BatchOutcome, measured: &Result<Measured, (u16, String)>) -> Option<u64> {
    let (thinking, text) =
        measured.as_ref().map_or((0, 0), |measured| (measured.thinking, measured.text));
    match outcome {
        BatchOutcome::Succeeded => Some(thinking + text),
        BatchOutcome::Refusal => Some(REFUSAL),
        BatchOutcome::CutOff => Some(thinking + text.div_ceil(2)),
        BatchOutcome::Malformed => Some(thinking + tokens(lines::BROKEN)),
        BatchOutcome::Errored { .. } | BatchOutcome::Canceled | BatchOutcome::Expired => None,
    }
}

fn bill(measured: &Measured, cached: Cached, output: u64, day: &str) -> Bill {
    let thinking = measured.thinking.min(output);
    let usage = cached.usage(measured.prompt, output, thinking);
    Bill::batched(measured.model.id, usage, day)
}
