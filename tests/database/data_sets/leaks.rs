//! What is alike is never in two parts, in none of the versions; and nothing that was ever in one
//! part is in another.

use super::{Team, all, counts, halves, text, with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use train::domain::{
    conversations::{Role, Signature, Turn},
    data_sets::VersionRules,
    exports::{LeftOut, Record, TokenFit, TokenRule},
};
use uuid::Uuid;

impl Team {
    /// Stores what was said in these, user and assistant in turn.
    async fn talks(&self, talks: &[Vec<String>], tokens: i32) -> Vec<Uuid> {
        let turn = |(at, content): (usize, &String)| {
            let role = if at % 2 == 0 { "user" } else { "assistant" };
            json!({"role": role, "content": content})
        };
        let turns: Vec<Value> =
            talks.iter().map(|talk| talk.iter().enumerate().map(turn).collect()).collect();
        sqlx::query_scalar(
            "INSERT INTO conversations (title, turns, turn_count, training_tokens,
                organization_id, created_by, tier, status, quality_score, gate_failures)
             SELECT 'Talk', turns, jsonb_array_length(turns), $2, $3, $4, 'template', 'approved',
               9, '[]'
             FROM unnest($1::jsonb[]) WITH ORDINALITY AS given (turns, place) ORDER BY place
             RETURNING id",
        )
        .bind(turns)
        .bind(tokens)
        .bind(self.id)
        .bind(self.ann)
        .fetch_all(self.test.database.pool())
        .await
        .unwrap()
    }
}

fn signature(text: &str) -> Signature {
    let turn = |role, content: &str| Turn { role, content: content.to_owned() };
    Signature::of(&[turn(Role::User, "Why?"), turn(Role::Assistant, text)]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_are_alike_are_together_compared_each_with_each() {
    let team = Team::new().await;
    // Two thirds of two are the same: of those that are alike many share no band of eight slots.
    let texts: Vec<String> = (0..120)
        .map(|number| text(&format!("p{}w", number / 2), 20, &format!("own{number}w")))
        .collect();
    let ids = team.store(&texts).await;
    let set = team.set(team.ann, "Answers").await;
    let version = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let parts = team.parts(version.summary.id).await;
    let signatures: Vec<Signature> = texts.iter().map(|text| signature(text)).collect();
    let mut alike = 0;
    for other in 0..ids.len() {
        for one in (0..other).filter(|one| signatures[*one].is_alike(&signatures[other])) {
            assert_eq!(parts[&ids[one]], parts[&ids[other]], "{one} and {other}");
            alike += 1;
        }
    }
    assert!(alike > 20, "{alike}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_same_once_it_is_cut_is_in_one_part() {
    let team = Team::new().await;
    // Long answers after the same beginning: as wholes they are not alike.
    let talks: Vec<Vec<String>> = (0..40)
        .map(|number| {
            let begin = format!("b{}w", number / 2);
            let mut talk: Vec<String> =
                (0..4).map(|turn| text(&format!("{begin}{turn}"), 0, "")).collect();
            talk.extend((0..8).map(|turn| text(&format!("own{number}t{turn}w"), 0, "")));
            talk
        })
        .collect();
    let ids = team.talks(&talks, 5000).await;
    let set = team.set(team.ann, "Answers").await;
    let whole = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    assert_eq!((whole.card.duplicates, whole.card.turns), (0, 40 * 12));
    let cut = team.set(team.ann, "Cut").await;
    let fit = TokenFit { target: 1024, rule: TokenRule::Cut };
    let rules = VersionRules { token_fit: Some(fit), ..halves() };
    let version = team.version(team.ann, cut.id, with("", rules.clone())).await.unwrap();
    let parts = team.parts(version.summary.id).await;
    assert_eq!((parts.len(), version.card.turns), (40, 40 * 4));
    for pair in ids.chunks(2) {
        assert_eq!(parts[&pair[0]], parts[&pair[1]]);
    }
    assert_eq!((version.card.duplicate_groups, version.card.duplicates), (20, 40));
    // Whatever they were divided by before, the same text is in one part only.
    let later = team.version(team.ann, set.id, with("", rules)).await.unwrap();
    let parts = team.parts(later.summary.id).await;
    let straddles = ids.chunks(2).filter(|pair| {
        let both = parts.get(&pair[0]).zip(parts.get(&pair[1]));
        both.is_some_and(|(one, other)| one != other)
    });
    assert_eq!(straddles.count(), 0);
    assert!(counts(&later)[&LeftOut::WouldLeak] > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_without_words_and_of_scripts_without_spaces_are_seen() {
    let team = Team::new().await;
    let said = |number: u32, end: &str| -> String {
        // Ideographs, other ones in each.
        let letters = (0..60).map(|at| char::from_u32(0x4e00 + number * 64 + at).unwrap());
        letters.chain(end.chars()).collect()
    };
    let mut texts = Vec::new();
    for number in 0..12 {
        texts.extend([said(number, "吧"), said(number, "呢")]);
    }
    let plain = |number: usize| vec!["🙂".repeat(number + 1), "👍".repeat(number + 1)];
    let talks: Vec<Vec<String>> = (0..24).map(|number| plain(number / 2)).collect();
    let ids = [team.store(&texts).await, team.talks(&talks, 20).await].concat();
    let set = team.set(team.ann, "Answers").await;
    let version = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let parts = team.parts(version.summary.id).await;
    for pair in ids.chunks(2) {
        assert_eq!(parts[&pair[0]], parts[&pair[1]]);
    }
    assert_eq!((version.card.duplicate_groups, version.card.duplicates), (24, 48));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_what_was_in_a_part_before_an_edit_or_a_purge_goes_there() {
    let team = Team::new().await;
    let first: Vec<String> = (0..40).map(|number| text(&format!("a{number}x"), 0, "")).collect();
    let ids = team.store(&first).await;
    let set = team.set(team.ann, "Answers").await;
    let one = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let parts = team.parts(one.summary.id).await;
    for (number, id) in ids.iter().enumerate().take(20) {
        team.edit(*id, &text(&format!("new{number}x"), 0, "")).await;
    }
    for id in &ids[20..] {
        team.change(&format!("DELETE FROM conversations WHERE id = '{id}'")).await;
    }
    let copies: Vec<String> =
        (0..40).map(|number| text(&format!("a{number}x"), 4, &format!("c{number}y"))).collect();
    let copies = team.store(&copies).await;
    let two = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let later = team.parts(two.summary.id).await;
    for (id, copy) in ids.iter().zip(&copies) {
        assert_eq!(later[copy], parts[id], "the copy is where its original was");
    }
    for id in &ids[..20] {
        assert_eq!(later[id], parts[id], "and an edit moves nothing");
    }
    // It is no near duplicate of what the original says now.
    assert_eq!(two.card.duplicates, 0);
    // What the second version had is known as well.
    let again: Vec<String> =
        (0..20).map(|number| text(&format!("new{number}x"), 4, &format!("d{number}y"))).collect();
    for id in &ids[..20] {
        team.edit(*id, &text(&format!("other{id}"), 0, "")).await;
    }
    let again = team.store(&again).await;
    let three = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let last = team.parts(three.summary.id).await;
    for (id, copy) in ids.iter().zip(&again) {
        assert_eq!(last[copy], parts[id]);
    }
    let most = "SELECT max(cardinality(texts)) FROM data_set_members";
    assert_eq!(team.number(most).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_told_and_what_people_said_goes_with_them() {
    let team = Team::new().await;
    let ids = team.store(&[text("a", 0, ""), text("b", 0, "")]).await;
    let decided = format!(
        "INSERT INTO conversation_reviews (conversation_id, action, status, status_before, version,
           comment, reviewer_id)
         SELECT id, 'decided', 'approved', 'draft', 1, 'By Cem', '{}' FROM conversations",
        team.cem
    );
    team.change(&decided).await;
    team.change(&format!("UPDATE conversations SET approved_by = '{}'", team.cem)).await;
    let set = team.set(team.ben, "Answers").await;
    let version = team.version(team.ben, set.id, all("")).await.unwrap();
    let id = version.summary.id;
    let ann = super::request(team.ann);
    let read = || team.sets.read_version(&ann, id);
    assert_eq!((version.deleted, version.writable_until), (0, None));
    let names = |record: Option<Record>| {
        let facts = record.unwrap().facts;
        (facts.author, facts.approved_by, facts.approvals[0].reviewer.clone())
    };
    let name = |name: &str| Some(name.to_owned());
    let before = team.records(id).await.remove(0).1;
    assert_eq!(names(before), (name("Ann"), name("Cem"), name("Cem")));

    // An account that is deleted leaves its name nowhere, and what it did stays.
    team.change(&format!("DELETE FROM auth.users WHERE id = '{}'", team.cem)).await;
    let after = team.records(id).await.remove(0).1;
    assert_eq!(names(after), (name("Ann"), None, None));
    team.change(&format!("DELETE FROM auth.users WHERE id = '{}'", team.ben)).await;
    let kept = team.texts("SELECT names::text FROM data_set_versions").await;
    assert_eq!(kept, [r#"{"dataSet": "Answers"}"#]);

    let delete = "status = 'archived', archived_from = 'approved', deleted_at = now()";
    team.change(&format!("UPDATE conversations SET {delete} WHERE id = '{}'", ids[0])).await;
    let view = read().await.unwrap();
    assert_eq!((view.deleted, view.gone), (1, 0));
    let days = (view.writable_until.unwrap() - chrono::Utc::now()).num_hours();
    assert!((29 * 24..=30 * 24).contains(&days), "{days}");
    team.change(&format!("DELETE FROM conversations WHERE id = '{}'", ids[0])).await;
    let view = read().await.unwrap();
    assert_eq!((view.deleted, view.gone, view.writable_until), (0, 1, None));
    let mut left: BTreeMap<bool, i64> = BTreeMap::new();
    for has in team.texts("SELECT (facts ? 'approvals')::text FROM selection_items").await {
        *left.entry(has == "true").or_default() += 1;
    }
    assert_eq!(left, [(false, 1), (true, 1)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lowest_score_that_decided_is_kept() {
    let team = Team::new().await;
    let ids = team.store(&[text("a", 0, ""), text("b", 0, "")]).await;
    team.change(&format!("UPDATE conversations SET quality_score = 8.4 WHERE id = '{}'", ids[0]))
        .await;
    let set = team.set(team.ann, "Answers").await;
    let usual = team.version(team.ann, set.id, all("")).await.unwrap();
    assert!(usual.minimum_score.is_some_and(|score| score > 0.0));
    let rules = VersionRules { minimum_score: Some(8.5), ..halves() };
    let version = team.version(team.ann, set.id, with("", rules.clone())).await.unwrap();
    assert_eq!((version.minimum_score, version.summary.sizes.total()), (Some(8.5), 1));
    assert_eq!(counts(&version), [(LeftOut::BelowMinimum, 1)].into());
    let rules = VersionRules { include: vec![LeftOut::BelowMinimum], ..rules };
    let every = team.version(team.ann, set.id, with("", rules)).await.unwrap();
    assert_eq!((every.minimum_score, every.summary.sizes.total()), (None, 2));
}
