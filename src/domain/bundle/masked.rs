//! What people wrote, in the documents of a bundle: masked as it is in its data.

use crate::domain::{
    conversations::FindingKind,
    data_sets::{Card, CardCount, DataSetVersionView},
    escape::escape,
    exports::{ExportView, described},
};
use percent_encoding::percent_decode_str;

pub fn export(export: &ExportView) -> ExportView {
    let masked = &export.options.masked;
    ExportView { query: export.query.as_deref().map(|text| query(text, masked)), ..export.clone() }
}

pub fn version(version: &DataSetVersionView, masked: &[FindingKind]) -> DataSetVersionView {
    let mut version = version.clone();
    let text = |text: &mut String| *text = described(text, masked).into_owned();
    text(&mut version.data_set_name);
    text(&mut version.summary.note);
    version.query = version.query.map(|text| query(&text, masked));
    version.card = card(version.card, masked);
    version
}

fn card(card: Card, masked: &[FindingKind]) -> Card {
    let list = |counts: Vec<CardCount>| list(counts, masked);
    Card {
        models: list(card.models),
        tiers: list(card.tiers),
        personas: list(card.personas),
        emotions: list(card.emotions),
        topics: list(card.topics),
        origins: list(card.origins),
        licenses: list(card.licenses),
        ..card
    }
}

/// Values that are the same once they are masked are one.
fn list(counts: Vec<CardCount>, masked: &[FindingKind]) -> Vec<CardCount> {
    let mut made: Vec<CardCount> = Vec::with_capacity(counts.len());
    for CardCount { value, count } in counts {
        let value = described(&value, masked).into_owned();
        match made.iter_mut().find(|own| own.value == value) {
            Some(own) => own.count += count,
            None => made.push(CardCount { value, count }),
        }
    }
    made.sort_by_key(|own| std::cmp::Reverse(own.count));
    made
}

/// Filters as an address has them: what is sought stands escaped there.
fn query(query: &str, masked: &[FindingKind]) -> String {
    let pair = |pair: &str| {
        let Some((name, value)) = pair.split_once('=') else { return pair.to_owned() };
        let spaced = value.replace('+', " ");
        let text = percent_decode_str(&spaced).decode_utf8_lossy();
        match described(&text, masked) {
            shown if shown == text.trim() => pair.to_owned(),
            shown => format!("{name}={}", escape(&shown)),
        }
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}
