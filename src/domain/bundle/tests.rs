#[cfg(feature = "ssr")]
mod read_back;

use super::*;
use crate::domain::{
    conversations::FindingKind,
    data_sets::{Card, CardCount, DataSetVersionSummary, Shares, SplitSizes},
    exports::{
        ExportState, JsonlKind, LeftOut, LeftOutCount, TokenFit, TokenRule,
        fixtures::{self, options},
    },
};
use serde_json::json;
use uuid::Uuid;

pub fn export(options: ExportOptions) -> ExportView {
    ExportView {
        id: Uuid::from_u128(1),
        options: ExportOptions { bundle: true, ..options },
        file_name: "train.zip".into(),
        state: ExportState::Running,
        query: Some("status=approved".into()),
        version_id: None,
        data_set_id: None,
        version_number: None,
        version_name: None,
        total: 3,
        written: 0,
        left_out: vec![LeftOutCount { reason: LeftOut::Archived, count: 2 }],
        warnings: Vec::new(),
        size_bytes: None,
        sha256: None,
        error: None,
        can_download: true,
        created_by: None,
        author_name: Some("Ann | *Lee*".into()),
        created_at: fixtures::time("2026-05-04T10:11:12Z"),
        finished_at: None,
        expires_at: None,
    }
}

pub fn version(card: Card) -> DataSetVersionView {
    DataSetVersionView {
        summary: DataSetVersionSummary {
            id: Uuid::from_u128(2),
            number: 3,
            note: "With `more` answers".into(),
            sizes: card.sizes,
            author_name: Some("Ann".into()),
            created_at: fixtures::time("2026-05-04T10:11:12Z"),
        },
        data_set_id: Uuid::from_u128(3),
        data_set_name: "Support_answers".into(),
        query: None,
        shares: Shares::default(),
        include: Vec::new(),
        token_fit: None,
        minimum_score: None,
        left_out: vec![LeftOutCount { reason: LeftOut::WouldLeak, count: 1 }],
        card,
        gone: 0,
        deleted: 0,
        writable_until: None,
        can_change: false,
    }
}

fn file(export: &ExportView, split: Option<Split>) -> DataFile {
    let path = data_path(export, split);
    DataFile { path, split, count: 40, size_bytes: 1000, sha256: "ab".repeat(32) }
}

fn paths(documents: &[(String, String)]) -> Vec<&str> {
    documents.iter().map(|(path, _)| path.as_str()).collect()
}

fn text<'a>(documents: &'a [(String, String)], path: &str) -> &'a str {
    let found = documents.iter().find(|(own, _)| own == path);
    found.map(|(_, text)| text.as_str()).unwrap()
}

fn of(kind: JsonlKind) -> ExportView {
    export(ExportOptions { kind, ..fixtures::options() })
}

#[test]
fn a_bundle_is_set_up_for_those_that_read_all_of_its_files() {
    for (kind, trainers) in [
        (JsonlKind::Openai, Trainer::ALL.to_vec()),
        (
            JsonlKind::Sharegpt,
            vec![Trainer::Axolotl, Trainer::Trl, Trainer::LlamaFactory, Trainer::Unsloth],
        ),
        (JsonlKind::Alpaca, vec![Trainer::Trl, Trainer::LlamaFactory, Trainer::Unsloth]),
        (JsonlKind::PromptCompletion, vec![Trainer::Trl, Trainer::Unsloth]),
    ] {
        let export = of(kind);
        let documents = documents(&export, None, &[file(&export, None)]);
        let configs: Vec<&str> =
            paths(&documents).into_iter().filter(|path| path.starts_with("configs/")).collect();
        assert_eq!(configs, trainers.iter().map(|own| own.path()).collect::<Vec<_>>(), "{kind}");
        let has_info = paths(&documents).contains(&"dataset_info.json");
        assert_eq!(has_info, trainers.contains(&Trainer::LlamaFactory), "{kind}");
        let readme = text(&documents, "README.md");
        assert!(trainers.iter().all(|trainer| readme.contains(trainer.command())), "{kind}");
    }
    for format in [ExportFormat::Csv, ExportFormat::Markdown] {
        let export = export(ExportOptions { format, ..fixtures::options() });
        let documents = documents(&export, None, &[file(&export, None)]);
        assert_eq!(paths(&documents), ["README.md", "manifest.json"]);
    }
}

#[test]
fn parts_have_the_names_that_trainers_look_for() {
    let export = of(JsonlKind::Openai);
    let parts =
        [Split::Train, Split::Validation, Split::Test].map(|split| file(&export, Some(split)));
    let named: Vec<&str> = parts.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(named, ["data/train.jsonl", "data/valid.jsonl", "data/test.jsonl"]);
    let whole = documents(&export, Some(&version(Card::default())), &parts);
    assert!(
        text(&whole, "configs/axolotl.yml").contains("test_datasets:\n  - path: data/valid.jsonl")
    );
    assert!(text(&whole, "configs/llamafactory.yaml").contains("eval_dataset: valid\n"));
    assert!(text(&whole, "configs/mlx-lm.yaml").contains("test: true\n"));
    assert!(text(&whole, "configs/with_trl.py").contains("eval_dataset=data[\"valid\"]"));
    // Without parts something is held back, or mlx-lm's user is told how.
    let plain = documents(&export, None, &[file(&export, None)]);
    assert!(text(&plain, "configs/mlx-lm.yaml").contains("tail -n 2 data/train.jsonl"));
    assert!(text(&plain, "configs/axolotl.yml").contains("val_set_size: 0.05"));
}

#[test]
fn the_manifest_adds_up_and_names_are_texts() {
    let export = of(JsonlKind::Openai);
    let made = documents(&export, None, &[file(&export, None)]);
    let manifest: serde_json::Value = serde_json::from_str(text(&made, "manifest.json")).unwrap();
    assert_eq!(manifest["chosen"], 42);
    assert_eq!(manifest["written"], 40);
    assert_eq!(manifest["files"][0]["path"], "data/train.jsonl");
    assert_eq!(manifest["createdBy"], "Ann | *Lee*");
    assert!(text(&made, "README.md").contains(r"by Ann \| \*Lee\*."));
    assert_eq!(made, documents(&export, None, &[file(&export, None)]));
}

#[test]
fn the_card_has_every_number() {
    let card = Card {
        sizes: SplitSizes { train: 1068, validation: 59, test: 60 },
        turns: 9870,
        personas: vec![CardCount { value: "a|b".into(), count: 7 }],
        scores: vec![0; 10],
        ..Card::default()
    };
    let text = card::text(&version(card.clone()));
    for part in [
        "# Support\\_answers, version 3\n",
        "| Train | 90 % | 1,068 |",
        "| turns | 9,870 |",
        "| a\\|b | 7 |",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&card::json(&version(card.clone()))).unwrap();
    assert_eq!(serde_json::from_value::<Card>(json["card"].clone()).unwrap(), card);
    assert_eq!((&json["include"], &json["tokenFit"]), (&json!([]), &json!(null)));
}

#[test]
fn what_was_chosen_besides_stands_in_the_documents() {
    let include = vec![LeftOut::Archived, LeftOut::BelowMinimum];
    let token_fit = Some(TokenFit { target: 4096, rule: TokenRule::Cut });
    let export = export(ExportOptions { include: include.clone(), token_fit, ..options() });
    let version = DataSetVersionView { include, token_fit, ..version(Card::default()) };
    let made = documents(&export, Some(&version), &[file(&export, None)]);
    for path in ["README.md", "card.md"] {
        let text = text(&made, path);
        for part in [
            "\n\nAlso taken, by request: archived, below the minimum score.\n",
            "\n\nEach has at most 4,096 tokens, by an estimate. Longer ones are cut behind",
        ] {
            assert!(text.contains(part), "{path}: {text}");
        }
    }
    let card: serde_json::Value = serde_json::from_str(text(&made, "card.json")).unwrap();
    assert_eq!(card["include"], json!(["archived", "below_minimum"]));
    assert_eq!(card["tokenFit"], json!({"target": 4096, "rule": "cut"}));
}

#[test]
fn the_lowest_score_that_decided_stands_in_the_documents() {
    let export = export(ExportOptions { minimum_score: Some(6.5), ..options() });
    let version = DataSetVersionView { minimum_score: Some(6.5), ..version(Card::default()) };
    let made = documents(&export, Some(&version), &[file(&export, None)]);
    for path in ["README.md", "card.md"] {
        assert!(
            text(&made, path).contains("\nEach that has a score has at least 6.5.\n"),
            "{path}"
        );
    }
    let read = |path| serde_json::from_str::<serde_json::Value>(text(&made, path)).unwrap();
    assert_eq!(read("card.json")["minimumScore"], 6.5);
    assert_eq!(read("manifest.json")["options"]["minimumScore"], 6.5);
}

#[test]
fn what_is_masked_is_in_no_document() {
    let masked = vec![FindingKind::Email];
    let mut export = export(ExportOptions { masked, ..options() });
    export.query = Some("search=to+ann%40example.com&status=approved".into());
    let count = |value: &str, count| CardCount { value: value.into(), count };
    let card = Card {
        personas: vec![count("ann@example.com", 3), count("bob@example.com", 2)],
        topics: vec![count("calm", 4)],
        origins: vec![count("from ann@example.com", 1)],
        ..Card::default()
    };
    let mut version = version(card);
    version.data_set_name = "Of ann@example.com".into();
    version.summary.note = "Ask ann@example.com".into();
    version.query = Some("persona=ann%40example.com".into());
    let made = documents(&export, Some(&version), &[file(&export, None)]);
    assert!(made.len() > 5);
    for (path, text) in &made {
        assert!(!text.contains("example.com") && !text.contains("ann%40"), "{path}: {text}");
    }
    let read = |path| serde_json::from_str::<serde_json::Value>(text(&made, path)).unwrap();
    let card = read("card.json");
    assert_eq!(card["card"]["personas"], json!([{"value": "(email removed)", "count": 5}]));
    assert_eq!(card["card"]["topics"][0]["value"], "calm");
    let query = "search=to%20%28email%20removed%29&status=approved";
    assert_eq!(read("manifest.json")["query"], query);
}

#[test]
fn the_readme_says_what_is_held_back_and_what_this_format_lacks() {
    let alpaca = of(JsonlKind::Alpaca);
    let sizes = SplitSizes { train: 1040, validation: 0, test: 40 };
    let whole = version(Card { sizes, ..Card::default() });
    let parts = [Split::Train, Split::Test].map(|split| file(&alpaca, Some(split)));
    let made = documents(&alpaca, Some(&whole), &parts);
    let readme = text(&made, "README.md");
    assert!(readme.contains("The card counts all of the version: 1,000 of its examples"));
    assert!(readme.contains("the configuration of LLaMA-Factory holds back 5 % of `train`"));
    let openai = of(JsonlKind::Openai);
    let plain = documents(&openai, None, &[file(&openai, None)]);
    let readme = text(&plain, "README.md");
    assert!(readme.contains("of Axolotl and that of LLaMA-Factory holds back 5 %"), "{readme}");
    let parts = Split::ALL.map(|split| file(&openai, Some(split)));
    let made = documents(&openai, Some(&version(Card::default())), &parts);
    let readme = text(&made, "README.md");
    assert!(!readme.contains("holds back") && !readme.contains("The card counts all"));
}

#[test]
fn the_documents_of_a_version_are_the_same_whoever_exports_it_and_when() {
    let first = of(JsonlKind::Openai);
    let again = ExportView {
        id: Uuid::from_u128(9),
        author_name: Some("Ben".into()),
        created_at: fixtures::time("2027-01-02T03:04:05Z"),
        ..first.clone()
    };
    let (version, files) = (version(Card::default()), [file(&first, Some(Split::Train))]);
    let made = documents(&first, Some(&version), &files);
    assert_eq!(made, documents(&again, Some(&version), &files));
    let manifest: serde_json::Value = serde_json::from_str(text(&made, "manifest.json")).unwrap();
    assert_eq!((&manifest["exportId"], &manifest["createdBy"]), (&json!(null), &json!("Ann")));
    assert!(text(&made, "README.md").contains("frozen on 2026-05-04 by Ann. Version "));
    assert_ne!(documents(&first, None, &files), documents(&again, None, &files));
}
