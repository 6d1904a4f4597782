//! Every format, written from texts that readers take for something else, and read back by programs
//! that nobody here wrote: `scripts/read-exports`.

use super::{export, version};
use crate::domain::{
    bundle::{DataFile, data_path, documents},
    conversations::{FindingKind, Role},
    data_sets::CardCounter,
    exports::{
        ExportOptions, FileWriter, JsonlKind, Record, Split,
        fixtures::{bare, options, record},
    },
    preferences::values::ExportFormat,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where machines have to have Python and its packages.
const MUST_RUN: &str = "TRAIN_TESTS_MUST_RUN";

const HOSTILE: [&str; 34] = [
    " spaces \u{2028} around \u{a0}\u{3000}",
    "\u{1c}\u{1f}separators\u{85}\u{1d}",
    "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\u{1e}h",
    "\u{1}\u{7f}\u{80}\u{9f} control",
    "\u{feff}byte order mark\u{feff}",
    "zero\u{200b}width\u{200d}\u{2060}",
    "🙂👩‍👩‍👧 \u{10ffff} e\u{301} עברית \u{202e}RTL",
    "line\nline\n\nline",
    "windows\r\nline\rmac",
    "tab\tand \\ and \"quotes\" and 'these'",
    "null",
    "NaN",
    "true",
    "8.0",
    "2026-05-04T10:11:12Z",
    "1e999",
    "{\"messages\": []}",
    "[]",
    "=1+1",
    "'=1+1",
    "-1",
    "+cmd|' /C calc'!A0",
    "＝SUM(A1)",
    "@a; b, c",
    "```rust\nfn main() {}\n```",
    "````\n```\n~~~~\n``````` ",
    "# heading\n\n---\n\n- list\n\n1. one\n\n> quote",
    "    indented\n\tcode",
    "<script>alert(1)</script> &amp; &#13; <!-- a",
    "[link](http://example.com) ![x](y) **bold** `code` \\\\",
    "a | b\n|---|",
    "\\u2028 \\n \\x00",
    "<b>\r\n# no heading\r\n```\r\n",
    "ann@example.com",
];

struct Talk {
    record: Record,
    trainable: bool,
}

fn talks() -> Vec<Talk> {
    let mut talks = Vec::new();
    let mut add = |record: Record, trainable: bool| {
        let mut record = record;
        record.facts.public_id = format!("trn-{:04}", talks.len());
        record.facts.trainable = trainable;
        talks.push(Talk { record, trainable });
    };
    // The first ones have the least: whatever comes later must not be another type.
    for _ in 0..200 {
        add(bare(&["Hi", "Hello"]), true);
    }
    for (at, text) in HOSTILE.into_iter().enumerate() {
        let mut talk = record(&["Say it", text, text, "Well"]);
        talk.content.title = text.replace(|letter: char| letter.is_control(), " ");
        talk.facts.score = Some(f64::from(u32::try_from(at % 101).unwrap()) / 10.0);
        talk.facts.duplicate_group = (at % 3 > 0).then_some(i32::try_from(at / 3).unwrap());
        talk.facts.model = (at % 2 > 0).then(|| format!("model-{}", at % 5));
        add(talk, true);
    }
    // Longer than a block of the loaders, than a cell, and than many readers' buffers.
    let long = "Long – \"text\" 🙂\n".repeat(12_000);
    add(record(&["How long?", &long]), true);
    let many: Vec<&str> = std::iter::repeat_n(HOSTILE, 12).flatten().take(400).collect();
    add(record(&many), true);
    // What people may include although no trainer takes it.
    add(record(&["Nobody answers"]), false);
    add(record(&["", " \u{2029} ", "\u{200b}", "Fine"]), false);
    let mut twice = record(&["a", "b", "c", "d"]);
    twice.content.turns[2].role = Role::Assistant;
    add(twice, false);
    for _ in 0..200 {
        add(bare(&["Bye", "See you"]), true);
    }
    talks
}

/// Writes what can be written, and says which ones these are.
fn write(options: &ExportOptions, has_parts: bool, records: &[Record]) -> (String, Vec<usize>) {
    let mut writer = FileWriter::new(options, has_parts);
    let (mut text, mut places) = (String::new(), Vec::new());
    writer.begin(&mut text);
    for (place, record) in records.iter().enumerate() {
        if writer.push(&mut text, record).is_ok() {
            places.push(place);
        }
    }
    writer.end(&mut text);
    if options.format == ExportFormat::Jsonl && options.kind == JsonlKind::Alpaca {
        let longer = places.iter().position(|place| records[*place].content.turns.len() > 2);
        let first = places.remove(longer.unwrap());
        places.insert(0, first);
    }
    (text, places)
}

fn expected(talk: &Talk) -> Value {
    let Record { content, facts, .. } = &talk.record;
    let turns = content.turns.iter().map(|turn| json!([turn.role, turn.content]));
    json!({
        "id": facts.public_id,
        "trainable": talk.trainable,
        "turns": turns.collect::<Vec<_>>(),
        "metadata": {
            "id": facts.public_id,
            "trainable": talk.trainable,
            "turns": content.turns.len(),
            "quality_score": facts.score.unwrap_or(-1.0),
            "model": facts.model.clone().unwrap_or_default(),
            "cost_usd": if facts.cost.is_some() { 0.0123 } else { 0.0 },
            "demonstration": false,
            "created_at": "2026-05-04T10:11:12.000000+00:00",
            "tags": if content.categories.is_empty() { "" } else { "one; two;three" },
        },
    })
}

fn kinds() -> impl Iterator<Item = ExportOptions> {
    JsonlKind::ALL.into_iter().map(|kind| ExportOptions { kind, ..options() })
}

fn write_bundle(directory: &Path, name: &str, options: ExportOptions, records: &[Record]) {
    let export = export(options);
    let mut counter = CardCounter::default();
    let parts = Split::ALL.into_iter().enumerate().map(|(at, split)| {
        let own = records.iter().enumerate().filter(|(number, _)| number % 3 == at);
        let own: Vec<Record> =
            own.map(|(_, own)| Record { split: Some(split), ..own.clone() }).collect();
        let (text, places) = write(&export.options, true, &own);
        places.iter().for_each(|place| counter.count(&own[*place]));
        let file = DataFile {
            path: data_path(&export, Some(split)),
            split: Some(split),
            count: i64::try_from(places.len()).unwrap(),
            size_bytes: i64::try_from(text.len()).unwrap(),
            sha256: hex::encode(Sha256::digest(&text)),
        };
        (file, text)
    });
    let (files, texts): (Vec<DataFile>, Vec<String>) = parts.unzip();
    let made = documents(&export, Some(&version(counter.finish())), &files);
    let data = files.iter().map(|file| file.path.clone()).zip(texts);
    for (path, text) in made.into_iter().chain(data) {
        let path = directory.join(name).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn write_all(directory: &Path) {
    let talks = talks();
    let records: Vec<Record> = talks.iter().map(|talk| talk.record.clone()).collect();
    let others = [ExportFormat::Json, ExportFormat::Csv, ExportFormat::Markdown]
        .map(|format| ExportOptions { format, ..options() });
    let mut files = Vec::new();
    for options in kinds().chain(others) {
        for metadata in [true, false] {
            let options = ExportOptions { metadata, ..options.clone() };
            let (text, conversations) = write(&options, false, &records);
            let (kind, extension) = (options.kind, options.extension());
            let path = format!("{}-{kind}-{metadata}{extension}", options.format.as_str());
            fs::write(directory.join(&path), text).unwrap();
            files.push(json!({
                "path": path, "format": options.format, "kind": kind, "metadata": metadata,
                "conversations": conversations,
            }));
        }
    }
    let trainable: Vec<Record> =
        records.iter().filter(|record| record.facts.trainable).cloned().collect();
    let mut bundles = Vec::new();
    for options in kinds().filter(|own| own.kind != JsonlKind::PromptCompletion) {
        let name = format!("bundle-{}", options.kind);
        write_bundle(directory, &name, options, &trainable);
        bundles.push(name);
    }
    let conversations: Vec<Value> = talks.iter().map(expected).collect();
    let all = json!({"conversations": conversations, "files": files, "bundles": bundles});
    fs::write(directory.join("expected.json"), all.to_string()).unwrap();
}

fn has_python() -> bool {
    let looked_for = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    looked_for.is_ok_and(|ended| ended.status.success())
}

#[test]
fn every_format_is_read_back_by_others() {
    if std::env::var_os(MUST_RUN).is_none() && !has_python() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    write_all(directory.path());
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/read-exports");
    let ended = Command::new(script).arg(directory.path()).output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{}{told}", String::from_utf8_lossy(&ended.stdout));
}

#[test]
fn what_is_masked_is_in_no_format() {
    let records: Vec<Record> = talks().into_iter().map(|talk| talk.record).collect();
    for options in
        kinds().chain(ExportFormat::ALL.map(|format| ExportOptions { format, ..options() }))
    {
        let masked = vec![FindingKind::Email];
        let (text, _) = write(&ExportOptions { masked, ..options.clone() }, false, &records);
        assert!(!text.contains("ann@example.com"));
        assert!(write(&options, false, &records).0.contains("ann@example.com"));
    }
}
