//! Which part each example is in, and what is left out.

use super::{Team, all, counts, halves, path, request, text, with};
use train::{
    api::data_sets::DataSetVersionRequest,
    domain::{
        data_sets::{DifferenceKind, VersionRules},
        error_code::ErrorCode,
        exports::{LeftOut, TokenFit, TokenRule},
    },
    server::foundation::error::ServiceError,
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_come_later_stay_with_theirs_and_nothing_moves() {
    let team = Team::new().await;
    let first: Vec<_> = (0..60).map(|number| text(&format!("a{number}x"), 0, "")).collect();
    team.store(&first).await;
    let set = team.set(team.ann, "Answers").await;
    let one = team.version(team.ben, set.id, with("", halves())).await.unwrap();
    assert_eq!((one.summary.number, one.summary.sizes.total()), (1, 60));
    assert_eq!((one.card.sizes.train, one.card.sizes.validation, one.card.sizes.test), (30, 0, 30));
    assert_eq!((one.card.duplicates, one.card.turns, one.card.tokens), (0, 120, 18_000));
    let (parts, before) = (team.parts(one.summary.id).await, team.records(one.summary.id).await);
    assert_eq!(before.len(), 60);

    let copies = (0..500).map(|number| {
        let (of, own) = (number % 60, format!("b{number}y"));
        text(&format!("a{of}x"), 5, &own)
    });
    team.store(&copies.collect::<Vec<_>>()).await;
    for part in ["train", "test"] {
        for (id, _) in parts.iter().filter(|(_, own)| *own == part).take(5) {
            team.edit(*id, &text("edited", 0, "")).await;
        }
    }
    team.change("UPDATE auth.users SET display_name = 'Another' WHERE display_name = 'Ann'").await;
    let two = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let later = team.parts(two.summary.id).await;
    assert_eq!((two.summary.number, team.leaks(two.summary.id).await), (2, 0));
    let left_out = counts(&two).values().sum::<i64>();
    assert_eq!(two.summary.sizes.total() + left_out, 560);
    // The ten that say the same now are of two parts: that of the oldest stays.
    assert_eq!((left_out, counts(&two)), (5, [(LeftOut::WouldLeak, 5)].into()));
    for (id, part) in &parts {
        assert!(later.get(id).is_none_or(|own| own == part), "{id} moved");
    }
    assert!(two.card.duplicate_groups >= 50 && two.card.duplicates > 500, "{:?}", two.card);
    assert_eq!(team.records(one.summary.id).await, before, "the first version is as it was");

    let changed = team.sets.compare(&request(team.cem), two.summary.id, None).await.unwrap();
    assert_eq!((changed.added, changed.removed), (500, 5));
    assert_eq!((changed.edited, changed.unchanged), (5, 50));
    assert_eq!(changed.rows.len(), 200);
    assert!(changed.rows.iter().all(|row| row.kind == DifferenceKind::Added));
    let back = team.sets.compare(&request(team.cem), one.summary.id, Some(two.summary.id)).await;
    let back = back.unwrap();
    assert_eq!((back.added, back.removed), (5, 500));
    let first = team.sets.compare(&request(team.cem), one.summary.id, None).await.unwrap();
    assert_eq!((first.added, first.unchanged), (60, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_edit_made_alike_to_another_part_is_left_out_until_it_is_not() {
    let team = Team::new().await;
    let ids = team.store(&[text("a", 0, ""), text("b", 0, "")]).await;
    let set = team.set(team.ann, "Answers").await;
    let one = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let parts = team.parts(one.summary.id).await;
    assert_ne!(parts[&ids[0]], parts[&ids[1]]);
    // Which of both came first by its id alone: the other gives way.
    let (stays, goes) = (ids[0].min(ids[1]), ids[0].max(ids[1]));
    let said = if goes == ids[0] { ["b", "a"] } else { ["a", "b"] };
    team.edit(goes, &text(said[0], 5, "c")).await;
    let two = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    assert_eq!(counts(&two)[&LeftOut::WouldLeak], 1);
    let after = team.parts(two.summary.id).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), [&stays]);
    assert_eq!(after[&stays], parts[&stays]);
    team.edit(goes, &text(said[1], 0, "")).await;
    let three = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    assert_eq!(team.parts(three.summary.id).await, parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_trainers_do_not_want_stays_out_unless_it_is_asked_for() {
    let team = Team::new().await;
    let given: Vec<_> = (0..12).map(|number| text(&format!("n{number}z"), 0, "")).collect();
    let ids = team.store(&given).await;
    // Archived ones are marked with no pair; compared they are all the same.
    let twin = team.store(&[text("n1z", 3, "c")]).await[0];
    for (index, sql) in [
        (0, "is_demonstration = true"),
        (1, "status = 'archived', archived_from = 'approved'"),
        (2, "status = 'rejected', is_decided = true"),
        (3, "status = 'draft', gate_failures = '[{\"rule\": \"cut_off\"}]'"),
        (4, "status = 'rejected', quality_score = 2"),
        (5, "training_tokens = 5000"),
    ] {
        team.change(&format!("UPDATE conversations SET {sql} WHERE id = '{}'", ids[index])).await;
    }
    let set = team.set(team.ann, "Answers").await;
    let fit = |rule| Some(TokenFit { target: 4096, rule });
    let rules = VersionRules { token_fit: fit(TokenRule::LeaveOut), ..halves() };
    let every = "status=draft,approved,rejected,archived";
    let plain = team.version(team.ann, set.id, with(every, rules.clone())).await.unwrap();
    use LeftOut::{Archived, BelowMinimum, Demonstration, Rejected, TooLong, Untrainable};
    let reasons = [Demonstration, Archived, Rejected, Untrainable, BelowMinimum, TooLong];
    assert_eq!(counts(&plain), reasons.map(|reason| (reason, 1)).into());
    assert_eq!(plain.summary.sizes.total(), 13 - 6);
    assert_eq!((plain.shares, plain.token_fit), (halves().shares, rules.token_fit));

    let include = LeftOut::ON_REQUEST.to_vec();
    let rules = VersionRules { include, token_fit: fit(TokenRule::Cut), ..halves() };
    let whole = team.version(team.ann, set.id, with(every, rules)).await.unwrap();
    assert_eq!((whole.summary.sizes.total(), whole.left_out.len()), (13, 0));
    assert_eq!(whole.query.as_deref(), Some(every));
    let parts = team.parts(whole.summary.id).await;
    assert_eq!(parts[&ids[1]], parts[&twin], "an archived copy does not leak");
    assert_eq!((whole.card.duplicate_groups, whole.card.duplicates), (1, 2));
    assert_eq!(whole.card.unscored, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_conversations_of_its_organization_are_in_it() {
    let team = Team::new().await;
    let ours = team.store(&[text("ours", 0, "")]).await[0];
    let private = team.store_of(&[text("private", 0, "")], None, team.ann).await[0];
    let foreign = team.store_of(&[text("foreign", 0, "")], None, team.eve).await[0];
    let set = team.set(team.ann, "Answers").await;
    let named = |conversations: &[Uuid]| DataSetVersionRequest {
        conversations: conversations.to_vec(),
        note: " Named ".into(),
        ..DataSetVersionRequest::default()
    };
    let three = [ours, private, foreign];
    let version = team.version(team.ann, set.id, named(&three)).await.unwrap();
    assert_eq!(counts(&version), [(LeftOut::Gone, 2)].into());
    assert_eq!((version.summary.note.as_str(), version.query), ("Named", None));
    let by_filter = team.version(team.ann, set.id, all("")).await.unwrap();
    assert_eq!(team.parts(by_filter.summary.id).await.keys().collect::<Vec<_>>(), [&ours]);
    let nothing = team.version(team.ann, set.id, named(&three[1..])).await;
    assert_eq!(path(nothing.unwrap_err()), "conversations");
    assert_eq!(
        path(team.version(team.ann, set.id, all("status=draft")).await.unwrap_err()),
        "query"
    );
    for wrong in [named(&[]), DataSetVersionRequest { query: Some("x".into()), ..named(&three) }] {
        assert_eq!(path(team.version(team.ann, set.id, wrong).await.unwrap_err()), "conversations");
    }

    // Somebody without one takes their own.
    let own = team.set(team.eve, "Answers").await;
    let version = team.version(team.eve, own.id, all("")).await.unwrap();
    assert_eq!(team.parts(version.summary.id).await.keys().collect::<Vec<_>>(), [&foreign]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_examined_yet_is_examined_or_waited_for() {
    let team = Team::new().await;
    let ids = team.store(&[text("a", 0, ""), text("b", 0, "")]).await;
    team.conversations.examine().await.unwrap();
    // Older than what the regular look for new ones goes through.
    let old = team.store(&[text("a", 4, "c")]).await[0];
    let past = "created_at = now() - interval '3 years'";
    team.change(&format!("UPDATE conversations SET {past} WHERE id = '{old}'")).await;
    let set = team.set(team.ann, "Answers").await;
    let version = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    let parts = team.parts(version.summary.id).await;
    assert_eq!((parts.len(), &parts[&old]), (3, &parts[&ids[0]]));

    team.edit(ids[1], &text("d", 0, "")).await;
    let mut holding = team.test.database.begin().await.unwrap();
    sqlx::query("SELECT FROM conversations WHERE id = $1 FOR UPDATE")
        .bind(ids[1])
        .execute(&mut *holding)
        .await
        .unwrap();
    let trying = {
        let (sets, ann, id) = (team.sets.clone(), team.ann, set.id);
        tokio::spawn(async move { sets.create_version(&request(ann), id, all(""), None).await })
    };
    let error = trying.await.unwrap().unwrap_err();
    let is_pending = matches!(error, ServiceError::Refused { code, .. }
        if code == ErrorCode::DuplicatesPending);
    assert!(is_pending, "{error:?}");
    holding.commit().await.unwrap();
    assert_eq!(team.version(team.ann, set.id, all("")).await.unwrap().summary.number, 2);
}
