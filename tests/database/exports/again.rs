//! Versions that are exported again, whatever became of their conversations.

use super::{
    Team, all, jsonl, lines, request,
    taken_over::{bundle, document, of_version},
};
use crate::support::run;
use train::{
    domain::{
        error_code::ErrorCode,
        exports::{ExportState, ExportWishes, JsonlKind},
        preferences::values::ExportFormat,
    },
    server::foundation::error::ServiceError,
};

/// Every format, alone, packed and in a bundle, with all that it can say.
fn every_way() -> Vec<ExportWishes> {
    let full = ExportWishes {
        metadata: Some(true),
        descriptions: Some(true),
        quality_scores: Some(true),
        timestamps: Some(true),
        approval_history: Some(true),
        ..jsonl()
    };
    let kinds = JsonlKind::ALL.map(|kind| ExportWishes { kind: Some(kind), ..full.clone() });
    let formats = [ExportFormat::Json, ExportFormat::Csv, ExportFormat::Markdown];
    let formats = formats.map(|format| ExportWishes { format: Some(format), ..full.clone() });
    let plain: Vec<ExportWishes> = kinds.into_iter().chain(formats).collect();
    let gzip = plain.iter().map(|own| ExportWishes { gzip: Some(true), ..own.clone() });
    let bundles = plain.iter().map(|own| ExportWishes { bundle: Some(true), ..own.clone() });
    plain.iter().cloned().chain(gzip).chain(bundles).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_the_same_to_the_byte_whatever_its_conversations_and_people_became() {
    let team = Team::new().await;
    team.fill_words(40).await;
    let version = team.version("Support answers").await;
    let mut before = Vec::new();
    for options in every_way() {
        let (_, file) = team.export(team.ann, of_version(version, options)).await;
        before.push(file);
    }

    team.change(
        "INSERT INTO conversation_versions (conversation_id, version, content)
         SELECT id, 1, jsonb_build_object('title', title, 'persona', persona, 'emotion', emotion,
           'topic', topic, 'intent', intent, 'tone', tone, 'tier', tier, 'categories', categories,
           'turns', turns)
         FROM conversations",
    )
    .await;
    team.change(
        "UPDATE conversations SET version = 2, title = 'Other', quality_score = 1,
           turns = '[{\"role\": \"user\", \"content\": \"New\"}]', turn_count = 1,
           status = 'rejected', is_decided = true, categories = '{late}',
           gate_failures = '[{\"rule\": \"cut_off\"}]'",
    )
    .await;
    // Some wait for their removal for good, and can still be brought back.
    team.change(
        "UPDATE conversations SET status = 'archived', archived_from = 'rejected',
           deleted_at = CASE WHEN id::text < '8' THEN now() END",
    )
    .await;
    run(&mut team.test.superuser().await, "UPDATE auth.users SET display_name = 'Other'").await;
    team.change("UPDATE data_sets SET name = 'Renamed'").await;
    team.fill_words(5).await;

    for (options, before) in every_way().into_iter().zip(before) {
        let (export, file) = team.export(team.bob, of_version(version, options)).await;
        assert!(file == before, "{:?}", export.options);
    }
    let (export, zip) = team.export(team.bob, of_version(version, bundle())).await;
    assert_eq!(export.file_name, "renamed-v1.zip");
    assert!(document(&zip, "README.md").starts_with("# Support answers, version 1\n"));
    assert!(document(&zip, "card.json").contains("\"createdBy\": \"Ann\""));
    assert_eq!(export.version_number, Some(1));
    assert_eq!(export.version_name.as_deref(), Some("Renamed, version 1"));
    let sets = "SELECT id::text FROM data_sets";
    let set = crate::support::texts(&mut team.test.role("service_role").await, sets).await;
    assert_eq!(export.data_set_id.map(|id| id.to_string()), Some(set[0].clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_lacks_conversations_is_not_written_and_says_why() {
    let team = Team::new().await;
    team.fill_words(900).await;
    let version = team.version("Support answers").await;
    let id = team.create(team.ann, of_version(version, jsonl())).await.id;
    // Behind the first that are read at once.
    let last = "id = (SELECT conversation_id FROM selection_items ORDER BY position DESC LIMIT 1)";
    team.change(&format!("DELETE FROM conversations WHERE {last}")).await;
    let export = team.written(team.ann, id).await;
    assert_eq!(export.state, ExportState::Failed);
    let why = export.error.unwrap();
    assert!(why.contains("removed for good meanwhile"), "{why}");
    assert_eq!(team.number("SELECT count(*) FROM export_chunks").await, 0, "nothing half");
    for options in every_way() {
        let asked = of_version(version, options);
        match team.exports().create(&request(team.ann), asked, None).await {
            Err(ServiceError::Refused { code, message, .. }) => {
                assert_eq!(code, ErrorCode::ConversationsGone);
                assert!(message.starts_with("1 conversations of this version"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alpaca_file_begins_with_a_history_however_late_one_comes() {
    let team = Team::new().await;
    team.fill_words(3000).await;
    // The last one that is written, and one before that cannot be.
    team.change(
        "UPDATE conversations SET turns = turns || turns, turn_count = 4 WHERE title = 'Talk 1'",
    )
    .await;
    team.change(
        "UPDATE conversations SET turns = turns || (turns -> 0) || (turns -> 0) || (turns -> 1),
           turn_count = 5 WHERE title = 'Talk 2000'",
    )
    .await;
    let version = team.version("Support answers").await;
    let alpaca = ExportWishes { kind: Some(JsonlKind::Alpaca), ..jsonl() };
    for asked in [all(alpaca.clone()), of_version(version, alpaca)] {
        let (export, file) = team.export(team.ann, asked).await;
        let lines = lines(&file);
        assert_eq!((export.written, lines.len()), (2999, 2999));
        let histories =
            lines.iter().map(|line| line["history"].as_array().unwrap().len()).collect::<Vec<_>>();
        assert_eq!((histories[0], histories[1..].iter().max()), (1, Some(&0)));
        let ids: std::collections::BTreeSet<&str> =
            lines.iter().map(|line| line["metadata"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 2999);
    }
}
