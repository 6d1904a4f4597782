//! What the tests of exports share.

use super::{Approval, ExportOptions, Facts, JsonlKind, Record};
use crate::domain::{
    conversations::{ConversationContent, FindingKind, ReviewAction, Role, Status, Tier, Turn},
    generation::estimate::training_tokens,
    money::Money,
    preferences::values::ExportFormat,
};
use chrono::{DateTime, Utc};

/// Everything that can be written, as JSONL.
pub fn options() -> ExportOptions {
    ExportOptions {
        format: ExportFormat::Jsonl,
        kind: JsonlKind::Openai,
        metadata: true,
        descriptions: true,
        quality_scores: true,
        timestamps: true,
        approval_history: true,
        gzip: false,
        bundle: false,
        include: Vec::new(),
        token_fit: None,
        minimum_score: None,
        masked: Vec::new(),
    }
}

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A conversation of which everything is known; user and assistant take turns.
pub fn record(texts: &[&str]) -> Record {
    let turn = |(at, text): (usize, &&str)| Turn {
        role: if at % 2 == 0 { Role::User } else { Role::Assistant },
        content: (*text).to_owned(),
    };
    let turns: Vec<Turn> = texts.iter().enumerate().map(turn).collect();
    let facts = Facts {
        public_id: "trn-1".into(),
        version: 2,
        status: Status::Approved,
        score: Some(8.0),
        trainable: true,
        tokens: turns.iter().map(|turn| training_tokens(&turn.content)).sum(),
        created_at: time("2026-05-04T10:11:12Z"),
        updated_at: time("2026-05-04T10:11:12.5Z"),
        author: Some("Ann".into()),
        approved_by: Some("Bob".into()),
        approved_at: Some(time("2026-05-05T00:00:00.000001Z")),
        approvals: vec![Approval {
            action: ReviewAction::Decided,
            status: Some(Status::Approved),
            reviewer: Some("Bob".into()),
            at: time("2026-05-05T00:00:00Z"),
            comment: Some("Well\ndone".into()),
        }],
        model: Some("claude-opus-4-6".into()),
        prompt_sha256: Some("ab".repeat(32)),
        cost: Some(Money::from_nanos(12_300_000)),
        origin: "survey".into(),
        license: "CC-BY-4.0".into(),
        findings: vec![FindingKind::Email, FindingKind::Phone],
        duplicate_group: Some(3),
        demonstration: false,
    };
    let content = ConversationContent {
        title: " A \"title\" ".into(),
        persona: "buyer".into(),
        emotion: "calm".into(),
        topic: "loans".into(),
        intent: String::new(),
        tone: String::new(),
        tier: Tier::EdgeCase,
        categories: vec!["one".into(), "two; three".into()],
        turns,
    };
    Record { content, facts, split: None }
}

/// The same of which nothing is known that need not be.
pub fn bare(texts: &[&str]) -> Record {
    let mut record = record(texts);
    record.facts = Facts {
        score: None,
        author: None,
        approved_by: None,
        approved_at: None,
        approvals: Vec::new(),
        model: None,
        prompt_sha256: None,
        cost: None,
        origin: String::new(),
        license: String::new(),
        findings: Vec::new(),
        duplicate_group: None,
        ..record.facts
    };
    record.content = ConversationContent {
        title: String::new(),
        persona: String::new(),
        emotion: String::new(),
        topic: String::new(),
        categories: Vec::new(),
        ..record.content
    };
    record
}
