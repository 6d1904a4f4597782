//! What files say about a conversation besides its turns: the keys of `metadata`, and the last
//! columns of a table.
//!
//! Which ones there are depends on nothing but the options, and none ever changes its type or is
//! absent: loaders guess the shape of a file from its first rows and refuse one that comes later.

use super::{
    Approval, ExportOptions, Record,
    texts::{described, trimmed},
};
use crate::domain::{
    conversations::{BETWEEN, FindingKind},
    money::Money,
};
use chrono::{DateTime, SecondsFormat, Utc};
use std::borrow::Cow;

/// A value as files have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Whole(i64),
    /// 0.0–10.0, or -1.0: it has none.
    Score(Option<f64>),
    /// In US dollars with nine decimals; what nobody knows is 0.
    Amount(Money),
    Truth(bool),
}

impl Value<'_> {
    /// As a number or a word is written; a text as it is.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Whole(number) => number.to_string().into(),
            Self::Score(score) => format!("{:.1}", score.unwrap_or(-1.0)).into(),
            Self::Amount(amount) => {
                let nanos = amount.nanos().max(0);
                format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000).into()
            }
            Self::Truth(truth) => if *truth { "true" } else { "false" }.into(),
        }
    }
}

/// One thing that is said about a conversation.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    group: Group,
    read: fn(&Record) -> Value<'_>,
    /// Whether people wrote it freely, so that it may have something to be masked.
    is_free: bool,
}

/// When a field is written.
#[derive(Clone, Copy, Debug)]
enum Group {
    Always,
    Parts,
    Descriptions,
    Scores,
    Times,
    Approval,
}

impl Field {
    const fn new(name: &'static str, group: Group, read: fn(&Record) -> Value<'_>) -> Self {
        Self { name, group, read, is_free: false }
    }

    const fn free(name: &'static str, group: Group, read: fn(&Record) -> Value<'_>) -> Self {
        Self { name, group, read, is_free: true }
    }

    /// What it is of a conversation.
    pub fn of<'a>(&self, record: &'a Record, masked: &[FindingKind]) -> Value<'a> {
        match (self.read)(record) {
            Value::Text(text) if self.is_free && !masked.is_empty() => {
                Value::Text(described(&text, masked).into_owned().into())
            }
            value => value,
        }
    }
}

/// Those that are written, in their order. None at all without metadata.
pub fn fields(options: &ExportOptions, has_parts: bool) -> Vec<&'static Field> {
    let is_written = |field: &&'static Field| match field.group {
        Group::Always => true,
        Group::Parts => has_parts,
        Group::Descriptions => options.descriptions,
        Group::Scores => options.quality_scores,
        Group::Times => options.timestamps,
        Group::Approval => options.approval_history,
    };
    FIELDS.iter().filter(|_| options.metadata).filter(is_written).collect()
}

const FIELDS: &[Field] = &[
    Field::new("id", Group::Always, |record| text(&record.facts.public_id)),
    Field::new("version", Group::Always, |record| Value::Whole(record.facts.version.into())),
    Field::new("split", Group::Parts, |record| text(record.split.map_or("", |own| own.as_str()))),
    Field::new("trainable", Group::Always, |record| Value::Truth(record.facts.trainable)),
    Field::new("tokens", Group::Always, |record| Value::Whole(record.facts.tokens.into())),
    Field::new("turns", Group::Always, |record| {
        Value::Whole(i64::try_from(record.content.turns.len()).unwrap_or(i64::MAX))
    }),
    Field::new("model", Group::Always, |record| optional(record.facts.model.as_deref())),
    Field::new("prompt_sha256", Group::Always, |record| {
        optional(record.facts.prompt_sha256.as_deref())
    }),
    Field::new("cost_usd", Group::Always, |record| {
        Value::Amount(record.facts.cost.unwrap_or_default())
    }),
    Field::new("findings", Group::Always, |record| {
        let kinds = record.facts.findings.iter().map(|kind| kind.as_str());
        joined(kinds, ", ")
    }),
    Field::new("duplicate_group", Group::Parts, |record| {
        let group = record.facts.duplicate_group.map(|group| group.to_string());
        Value::Text(group.unwrap_or_default().into())
    }),
    Field::new("demonstration", Group::Always, |record| Value::Truth(record.facts.demonstration)),
    Field::free("title", Group::Descriptions, |record| text(&record.content.title)),
    Field::free("persona", Group::Descriptions, |record| text(&record.content.persona)),
    Field::free("emotion", Group::Descriptions, |record| text(&record.content.emotion)),
    Field::free("topic", Group::Descriptions, |record| text(&record.content.topic)),
    Field::free("intent", Group::Descriptions, |record| text(&record.content.intent)),
    Field::free("tone", Group::Descriptions, |record| text(&record.content.tone)),
    Field::new("tier", Group::Descriptions, |record| text(record.content.tier.as_str())),
    Field::free("tags", Group::Descriptions, |record| {
        // No tag has what stands between tags; one from before that rule would be read as two.
        let tags = record.content.categories.iter().map(|tag| trimmed(tag).replace(BETWEEN, ";"));
        joined(tags, BETWEEN)
    }),
    Field::free("origin", Group::Descriptions, |record| text(&record.facts.origin)),
    Field::free("license", Group::Descriptions, |record| text(&record.facts.license)),
    Field::new("quality_score", Group::Scores, |record| Value::Score(record.facts.score)),
    Field::new("created_at", Group::Times, |record| time(Some(record.facts.created_at))),
    Field::new("updated_at", Group::Times, |record| time(Some(record.facts.updated_at))),
    Field::new("approved_at", Group::Times, |record| time(record.facts.approved_at)),
    Field::new("status", Group::Approval, |record| text(record.facts.status.as_str())),
    Field::free("author", Group::Approval, |record| optional(record.facts.author.as_deref())),
    Field::free("approved_by", Group::Approval, |record| {
        optional(record.facts.approved_by.as_deref())
    }),
    Field::free("approval_history", Group::Approval, |record| {
        joined(record.facts.approvals.iter().map(decision), "\n")
    }),
];

fn text(text: &str) -> Value<'_> {
    Value::Text(trimmed(text).into())
}

fn optional(own: Option<&str>) -> Value<'_> {
    text(own.unwrap_or_default())
}

fn joined<'a>(parts: impl Iterator<Item = impl AsRef<str>>, between: &str) -> Value<'a> {
    let mut all = String::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            all.push_str(between);
        }
        all.push_str(part.as_ref());
    }
    Value::Text(all.into())
}

fn time<'a>(time: Option<DateTime<Utc>>) -> Value<'a> {
    Value::Text(time.map(moment).unwrap_or_default().into())
}

/// RFC 3339 with six decimals and the zone, always as long.
fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// `2026-05-04T10:11:12.000000+00:00 decided approved by Ann: well done`, in one line.
fn decision(approval: &Approval) -> String {
    let mut line = format!("{} {}", moment(approval.at), approval.action);
    for (before, part) in [
        (" ", approval.status.map(|status| status.as_str())),
        (" by ", approval.reviewer.as_deref()),
        (": ", approval.comment.as_deref()),
    ] {
        let words = part.into_iter().flat_map(str::split_whitespace);
        let words = words.collect::<Vec<_>>().join(" ");
        if !words.is_empty() {
            line.push_str(before);
            line.push_str(&words);
        }
    }
    line
}
