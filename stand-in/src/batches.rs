//! Message batches: made at once, ended later, read line by line.

mod ending;
mod lines;
mod reading;
pub mod routes;
mod settings;

pub use lines::ResultFaults;
pub use settings::{BatchEnd, BatchOutcome, BatchRule, BatchSettings};

use crate::{
    bill::Bill,
    caching::{Prefix, PromptCache},
    clock,
    models::Model,
};
use ending::{Ended, Ending};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use std::{collections::BTreeMap, sync::Arc};

const DAY_MS: u64 = 86_400_000;
/// How long a batch may take.
const EXPIRES_MS: u64 = DAY_MS;
/// How long results are kept, from the making on.
const KEPT_MS: u64 = 29 * DAY_MS;

/// One request of a batch, with what is known of its answer beforehand.
pub struct Item {
    custom_id: Box<str>,
    params: Box<RawValue>,
    /// `None` if the stand-in refuses it.
    measured: Result<Measured, (u16, String)>,
}

/// What a request is billed by, in tokens, before the cache.
struct Measured {
    model: Arc<Model>,
    prompt: u64,
    thinking: u64,
    text: u64,
    prefixes: Box<[Prefix]>,
}

/// How many requests came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub processing: usize,
    pub succeeded: usize,
    pub errored: usize,
    pub canceled: usize,
    pub expired: usize,
}

pub struct Batch {
    id: String,
    workspace: String,
    made_ms: u64,
    settings: BatchSettings,
    items: Arc<[Item]>,
    bytes: u64,
    canceled_ms: Option<u64>,
    ended: Option<End>,
    deleted: bool,
    /// Lists that it will be missing in.
    unlisted: usize,
    /// How often its results were asked for.
    read: usize,
}

/// What became of a batch.
struct End {
    at_ms: u64,
    results: Arc<[Ended]>,
    counts: Counts,
    bill: Bill,
}

/// Every batch, the oldest first.
#[derive(Default)]
pub struct Batches {
    all: Vec<Batch>,
    pub settings: BatchSettings,
}

/// A batch as the tests see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeenBatch {
    pub id: String,
    pub workspace: String,
    /// `in_progress`, `canceling` or `ended`.
    pub processing_status: &'static str,
    pub requests: usize,
    /// Of the body that made it.
    pub bytes: u64,
    pub made_at_ms: u64,
    pub ended_at_ms: Option<u64>,
    pub request_counts: Counts,
    pub deleted: bool,
    /// How often its results were asked for.
    pub results_read: usize,
    pub bill: Bill,
}

impl Batch {
    fn status(&self) -> &'static str {
        match (&self.ended, self.canceled_ms) {
            (Some(_), _) => "ended",
            (None, Some(_)) => "canceling",
            (None, None) => "in_progress",
        }
    }

    fn counts(&self) -> Counts {
        let waiting = Counts { processing: self.items.len(), ..Counts::default() };
        self.ended.as_ref().map_or(waiting, |end| end.counts)
    }

    fn is_archived(&self, now: u64) -> bool {
        now >= self.made_ms + KEPT_MS
    }

    /// When it ends by itself, and how.
    fn due(&self) -> (u64, Ending) {
        let usual = match self.canceled_ms {
            Some(at) => self.settings.cancels_after_ms.map(|after| (at + after, Ending::Canceled)),
            None => self.settings.ends_after_ms.map(|after| (self.made_ms + after, Ending::Done)),
        };
        let expiry = (self.made_ms + EXPIRES_MS, Ending::Expired);
        usual.filter(|usual| usual.0 <= expiry.0).unwrap_or(expiry)
    }

    fn end(&mut self, at_ms: u64, ending: Ending, cache: &mut PromptCache) {
        let results = ending::results(self, ending, cache, at_ms);
        let (mut counts, mut bill) = (Counts::default(), Bill::default());
        for result in &results {
            result.count(&mut counts);
            bill += result.bill;
        }
        self.ended = Some(End { at_ms, results: results.into(), counts, bill });
    }

    /// As the interface tells it to somebody who asked this host.
    fn json(&self, host: &str, now: u64) -> Value {
        let archived = self.is_archived(now);
        let results = self.ended.is_some() && !archived;
        let base = self.settings.results_base.clone().unwrap_or_else(|| format!("http://{host}"));
        json!({
            "id": self.id, "type": "message_batch", "processing_status": self.status(),
            "request_counts": self.counts(),
            "created_at": clock::moment(self.made_ms),
            "expires_at": clock::moment(self.made_ms + EXPIRES_MS),
            "ended_at": self.ended.as_ref().map(|end| clock::moment(end.at_ms)),
            "cancel_initiated_at": self.canceled_ms.map(clock::moment),
            "archived_at": archived.then(|| clock::moment(self.made_ms + KEPT_MS)),
            "results_url":
                results.then(|| format!("{base}/v1/messages/batches/{}/results", self.id)),
        })
    }

    fn seen(&self) -> SeenBatch {
        SeenBatch {
            id: self.id.clone(),
            workspace: self.workspace.clone(),
            processing_status: self.status(),
            requests: self.items.len(),
            bytes: self.bytes,
            made_at_ms: self.made_ms,
            ended_at_ms: self.ended.as_ref().map(|end| end.at_ms),
            request_counts: self.counts(),
            deleted: self.deleted,
            results_read: self.read,
            bill: self.ended.as_ref().map(|end| end.bill).unwrap_or_default(),
        }
    }

    /// Some of its requests, in the order in which they were sent, and their results.
    fn sent(&self, offset: usize, limit: usize) -> Vec<Value> {
        let results = self.ended.as_ref().map(|end| &*end.results);
        let items = self.items.iter().enumerate().skip(offset).take(limit);
        items
            .map(|(index, item)| {
                let result = results.map(|results| &results[index]);
                json!({
                    "custom_id": item.custom_id, "params": item.params,
                    "outcome": result.map(|result| &result.outcome),
                    "usage": result.map(|result| result.bill.usage),
                    "nano_usd": result.map(|result| result.bill.nano_usd),
                })
            })
            .collect()
    }
}

impl Batches {
    /// Ends what is due.
    pub fn settle(&mut self, cache: &mut PromptCache, now: u64) {
        for batch in self.all.iter_mut().filter(|batch| batch.ended.is_none()) {
            let (at, ending) = batch.due();
            if at <= now {
                batch.end(at, ending, cache);
            }
        }
    }

    fn make(&mut self, workspace: String, items: Vec<Item>, bytes: u64, now: u64) -> &Batch {
        let settings = self.settings.clone();
        let id = format!("msgbatch_{now:013x}{:06x}", self.all.len() + 1);
        let unlisted = settings.unlisted;
        self.all.push(Batch {
            id,
            workspace,
            made_ms: now,
            settings,
            items: items.into(),
            bytes,
            canceled_ms: None,
            ended: None,
            deleted: false,
            unlisted,
            read: 0,
        });
        &self.all[self.all.len() - 1]
    }

    fn find(&mut self, workspace: &str, id: &str) -> Option<&mut Batch> {
        let mut all = self.all.iter_mut();
        all.find(|batch| batch.id == id && batch.workspace == workspace && !batch.deleted)
    }

    /// Those of a workspace, the newest first; of one that is late, a list later.
    fn list(&mut self, workspace: &str) -> Vec<&Batch> {
        let mut shown = Vec::new();
        for batch in self.all.iter_mut().rev() {
            if batch.workspace != workspace || batch.deleted {
                continue;
            }
            if batch.unlisted > 0 {
                batch.unlisted -= 1;
                continue;
            }
            shown.push(&*batch);
        }
        shown
    }

    /// Ends batches before their time; says which.
    fn end(&mut self, how: &BatchEnd, cache: &mut PromptCache, now: u64) -> Vec<String> {
        let wanted = |batch: &&mut Batch| {
            batch.ended.is_none() && how.id.as_ref().is_none_or(|id| *id == batch.id)
        };
        let mut ended = Vec::new();
        for batch in self.all.iter_mut().filter(wanted) {
            if let Some(rules) = &how.rules {
                batch.settings.rules.clone_from(rules);
            }
            batch.settings.ran_percent = how.ran_percent.unwrap_or(batch.settings.ran_percent);
            let ending = match batch.canceled_ms {
                Some(_) => Ending::Canceled,
                None if how.expired => Ending::Expired,
                None => Ending::Done,
            };
            batch.end(now, ending, cache);
            ended.push(batch.id.clone());
        }
        ended
    }

    pub fn bills(&self) -> BTreeMap<String, Bill> {
        let ended = self.all.iter().filter_map(|batch| Some((batch, batch.ended.as_ref()?)));
        ended.map(|(batch, end)| (batch.id.clone(), end.bill)).collect()
    }
}

/// How tests see and steer batches.
impl crate::Shared {
    /// How batches are treated that are made from now on.
    pub fn set_batches(&self, settings: BatchSettings) {
        self.settled().settings = settings;
    }

    /// Every batch, whoever made it, the oldest first; deleted ones too.
    pub fn batches(&self) -> Vec<SeenBatch> {
        self.settled().all.iter().map(Batch::seen).collect()
    }

    /// Some requests of a batch, in the order in which they were sent:
    /// `{"custom_id", "params", "outcome", "usage", "nano_usd"}`, the last three null before its
    /// end. `None` if there is no such batch.
    pub fn batch_requests(&self, id: &str, offset: usize, limit: usize) -> Option<Vec<Value>> {
        let batches = self.settled();
        let batch = batches.all.iter().find(|batch| batch.id == id)?;
        Some(batch.sent(offset, limit))
    }

    /// Ends batches that have not ended; says which.
    pub fn end_batches(&self, how: &BatchEnd) -> Vec<String> {
        self.change(|batches, cache, now| batches.end(how, cache, now))
    }
}
