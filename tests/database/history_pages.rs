//! Pages of a long history are found by indexes, and the view shows what the reader may see.

use crate::support::{TestDatabase, run, texts};
use chrono::{TimeDelta, Utc};
use std::time::Duration;
use train::{
    domain::history::{ChangeQuery, ChangeScope, ConfigType, StatisticsQuery},
    server::{
        foundation::context::{Actor, RequestContext, Role, Source},
        history,
    },
};
use uuid::Uuid;

/// Two years of changes of a hundred people; one in 25 000 of each rare kind.
const FILL: &str = "
    INSERT INTO configuration_audit_log (config_type, target_id, owner_user_id, action, changed_by,
      changed_at, changes, old_value, new_value, source, version, hash)
    SELECT CASE WHEN number % 25000 = 7 THEN 'ai_config' ELSE 'user_preference' END,
      md5((number % 100)::text)::uuid, md5((number % 100)::text)::uuid,
      CASE WHEN number % 25000 = 9 THEN 'imported' ELSE 'updated' END,
      md5((number % 100)::text)::uuid, now() - (50000 - number) * interval '21 minutes',
      jsonb_build_array(jsonb_build_object(
        'path', CASE WHEN number % 1000 = 5 THEN 'theme' ELSE 'rowsPerPage' END, 'new', number)),
      '{}', '{}', 'page', number, ''
    FROM generate_series(1, 50000) AS number";

fn request(user_id: Uuid, role: Role) -> RequestContext {
    RequestContext {
        request_id: "r".into(),
        actor: Some(Actor { user_id, role, scopes: None }),
        source: Source::Page,
        ip: None,
        user_agent: None,
        client: None,
        session_id: None,
    }
}

/// Scans of the whole log, and by its indexes, of the connections that have ended.
async fn scans(test: &TestDatabase) -> (i64, i64) {
    let sql = "SELECT seq_scan, idx_scan FROM pg_stat_user_tables
        WHERE relname = 'configuration_audit_log'";
    sqlx::query_as(sql).fetch_one(&mut test.role("train_owner").await).await.unwrap()
}

#[tokio::test]
async fn pages_of_a_long_history_are_found_by_indexes() {
    let test = TestDatabase::new().await;
    let administrator = test.administrator("Administrator").await;
    let ann = test.account("Ann").await;
    let mut owner = test.role("train_owner").await;
    run(&mut owner, FILL).await;
    let mine = format!(
        "UPDATE configuration_audit_log SET owner_user_id = '{ann}', changed_by = '{ann}'
            WHERE owner_user_id = md5('5')::uuid"
    );
    run(&mut owner, &mine).await;
    // Nobody changes whose a change was; the table that finds settings does not expect it.
    let paths = format!(
        "UPDATE configuration_audit_paths SET owner_id = '{ann}' WHERE owner_id = md5('5')::uuid"
    );
    run(&mut owner, &paths).await;
    run(&mut owner, "ANALYZE configuration_audit_log").await;
    run(&mut owner, "SELECT pg_stat_force_next_flush()").await;
    run(&mut owner, "SELECT 1").await;
    let before = scans(&test).await;

    let server = test.second_server().await;
    let (all, own) = (request(administrator, Role::Admin), request(ann, Role::Member));
    let ago = |days: i64| Some(Utc::now() - TimeDelta::days(days));
    let whole = ChangeQuery { scope: ChangeScope::All, ..ChangeQuery::default() };
    let target = md5_of_one(&mut owner).await;
    let pages = [
        (&all, whole.clone(), 20),
        (&all, ChangeQuery { before: Some(30_000), ..whole.clone() }, 20),
        (&all, ChangeQuery { action: Some("imported".into()), ..whole.clone() }, 2),
        (&all, ChangeQuery { action: Some("rolled_back".into()), ..whole.clone() }, 0),
        (&all, ChangeQuery { config_type: Some(ConfigType::AiConfig), ..whole.clone() }, 2),
        (&all, ChangeQuery { config_type: Some(ConfigType::ApiKey), ..whole.clone() }, 0),
        (&all, ChangeQuery { from: ago(601), to: ago(600), ..whole.clone() }, 20),
        (&all, ChangeQuery { from: ago(5000), to: ago(4000), ..whole.clone() }, 0),
        (&all, ChangeQuery { target_id: Some(target), ..whole.clone() }, 20),
        (&all, ChangeQuery { actor: Some(Uuid::nil()), ..whole.clone() }, 0),
        (&own, ChangeQuery::default(), 20),
        (&own, ChangeQuery { before: Some(10_000), ..ChangeQuery::default() }, 20),
        (&own, ChangeQuery { path: Some("theme".into()), ..ChangeQuery::default() }, 20),
        (&own, ChangeQuery { text: Some("nothing".into()), ..ChangeQuery::default() }, 0),
        (&own, ChangeQuery { from: ago(601), to: ago(600), ..ChangeQuery::default() }, 0),
    ];
    for (request, query, expected) in pages {
        let page = history::list(&server, request, &query).await.unwrap();
        if expected > 0 || query.from.is_none() {
            assert_eq!(page.changes.len(), expected, "{query:?}");
        }
    }
    let week = StatisticsQuery { window: Some(7), scope: ChangeScope::All };
    assert!(history::statistics(&server, &all, &week).await.unwrap().total > 300);
    assert!(history::statistics(&server, &own, &StatisticsQuery::default()).await.is_ok());
    server.close().await;
    // A connection tells its counts when it ends.
    let others = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()
        AND application_name LIKE 'train%'
        AND backend_start > (SELECT backend_start FROM pg_stat_activity
        WHERE pid = pg_backend_pid())";
    let ended = async {
        while texts(&mut owner, others).await != ["0"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    drop(server);
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("the second server's connections end");
    let after = scans(&test).await;
    assert!(after.1 > before.1 + 15, "the counts have arrived: {before:?} {after:?}");
    assert_eq!(after.0, before.0, "somebody read the whole log");
}

/// Changes of a person, of whom most did not happen to her own: 6000 rows, in which `theme` is
/// changed now and then, and one has a reason.
const FAR: &str = "
    INSERT INTO configuration_audit_log (config_type, target_id, owner_user_id,
      owner_organization_id, action, changed_by, changed_at, changes, old_value, new_value, reason,
      source, version, hash)
    SELECT CASE WHEN at_home THEN 'user_preference' ELSE 'organization_policy' END,
      md5(at_home::text)::uuid, CASE WHEN at_home THEN $1 END,
      CASE WHEN NOT at_home THEN md5('elsewhere')::uuid END, 'updated', $1,
      now() - (6000 - number) * interval '1 minute',
      jsonb_build_array(jsonb_build_object(
        'path', CASE WHEN number % 97 = 0 THEN 'theme' ELSE 'rowsPerPage' END, 'new', number)),
      '{}', '{}', CASE WHEN number = 3 THEN 'a needle' END, 'page', number, ''
    FROM (SELECT number, number % 100 < 10 AS at_home
      FROM generate_series(1, 6000) AS number) AS numbered";

#[tokio::test]
async fn what_no_index_finds_is_found_further_back() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut owner = test.role("train_owner").await;
    sqlx::query(FAR).bind(ann).execute(&mut owner).await.unwrap();
    // The policy of row-level security shows people only what is theirs, so an administrator looks
    // at what was done elsewhere.
    run(&mut owner, &format!("UPDATE auth.users SET role = 'admin' WHERE id = '{ann}'")).await;
    let own = request(ann, Role::Admin);
    for (query, expected) in [
        (ChangeQuery { text: Some("NEEDLE".into()), ..ChangeQuery::default() }, vec![3]),
        (
            ChangeQuery { path: Some("theme".into()), ..ChangeQuery::default() },
            (1..=61).rev().map(|n| n * 97).collect(),
        ),
        (
            ChangeQuery {
                path: Some("theme".into()),
                config_type: Some(ConfigType::OrganizationPolicy),
                ..ChangeQuery::default()
            },
            (1..=61).rev().map(|n| n * 97).filter(|number| number % 100 >= 10).collect(),
        ),
        (ChangeQuery { path: Some("them".into()), ..ChangeQuery::default() }, vec![]),
    ] {
        let (mut found, mut pages, mut before) = (Vec::new(), 0, None);
        loop {
            let asked = ChangeQuery { before, ..query.clone() };
            let page = history::list(&test.database, &own, &asked).await.unwrap();
            found.extend(
                page.changes
                    .iter()
                    .map(|change| change.changes[0].new.clone().unwrap().as_i64().unwrap()),
            );
            pages += 1;
            before = page.next_before;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{query:?}");
        assert!((2..9).contains(&pages), "it stops to look now and then, {pages} pages");
    }
}

#[tokio::test]
async fn settings_are_found_as_long_as_their_changes_are_there() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut person = test.person(ann).await;
    run(
        &mut person,
        "UPDATE user_preferences SET preferences =
            '{\"notifications\": {\"email\": true}, \"theme\": \"dark\"}'",
    )
    .await;
    run(&mut person, "UPDATE user_preferences SET preferences = '{\"theme\": \"light\"}'").await;
    let known =
        "SELECT path || ' ' || count(*) FROM configuration_audit_paths GROUP BY path ORDER BY path";
    let all = ["notifications 2", "notifications.email 2", "theme 2"];
    assert_eq!(texts(&mut person, known).await, all);
    let mut stranger = test.person(test.account("Bob").await).await;
    assert!(texts(&mut stranger, known).await.is_empty());
    // The archive takes the older one away.
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        "UPDATE configuration_audit_log SET changed_at = now() - interval '800 days'
            WHERE version = 2",
    )
    .await;
    assert_eq!(history::archive(test.database.pool(), 730).await.unwrap(), 1);
    assert_eq!(
        texts(&mut person, known).await,
        ["notifications 1", "notifications.email 1", "theme 1"]
    );
}

async fn md5_of_one(connection: &mut sqlx::PgConnection) -> Uuid {
    texts(connection, "SELECT md5('7')::uuid::text").await[0].parse().unwrap()
}

#[tokio::test]
async fn the_view_of_ai_shows_what_the_reader_may_see() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    for person in [ann, bob] {
        let mut connection = test.person(person).await;
        run(&mut connection, "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'")
            .await;
        run(
            &mut connection,
            &format!(
                "INSERT INTO ai_configurations (user_id, config_name) VALUES ('{person}', 'Mine')"
            ),
        )
        .await;
    }
    let sql = "SELECT config_type || ' ' || changed_by_name FROM ai_configuration_audit
        ORDER BY sequence";
    assert_eq!(texts(&mut test.person(ann).await, sql).await, ["ai_config Ann"]);
    assert_eq!(
        texts(&mut test.role("service_role").await, sql).await,
        ["ai_config Ann", "ai_config Bob"]
    );
}
