//! Who may do what with each table's rows, tried as the real role. A table without a line in
//! [`matrix`] fails the test.

mod matrix;
mod world;

use crate::support::{TestDatabase, run, texts};
use matrix::{ACTORS, Line, matrix};
use sqlx::{AssertSqlSafe, Executor};
use std::{collections::BTreeSet, fmt::Write};
use world::World;

#[tokio::test]
async fn everybody_may_do_exactly_what_the_matrix_says() {
    let world = World::new().await;
    let mut wrong = String::new();
    for (index, actor) in ACTORS.iter().enumerate() {
        let mut connection = match world.people[index] {
            Some(person) => world.test.person(person).await,
            None => world.test.role("authenticated").await,
        };
        for line in matrix() {
            let rights = world.rights(&mut connection, line).await;
            if rights != line.rights[index] {
                let Line { table, row, .. } = line;
                writeln!(
                    wrong,
                    "{table} ({row}), {actor}: may {rights}, expected {}",
                    line.rights[index]
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Which columns a person's request may write at all. What is not here only the system says:
/// whether something was approved and by whom, what it cost, who did it and when.
const COLUMNS: [&str; 18] = [
    "auth.installation UPDATE sign_up",
    "auth.passkeys UPDATE name",
    "auth.users UPDATE display_name, time_zone",
    "public.ai_configurations INSERT id, user_id, organization_id, config_name, configuration, \
        is_active, priority, version, created_by",
    "public.ai_configurations UPDATE config_name, configuration, is_active, priority, version",
    "public.comment_drafts INSERT user_id, conversation_id, turn, text",
    "public.comment_drafts UPDATE text, updated_at",
    "public.conversation_policies UPDATE policy, version",
    "public.idempotency_keys INSERT user_id, key, digest",
    "public.model_overrides INSERT model_id, entry",
    "public.model_overrides UPDATE entry",
    "public.notifications UPDATE read_at",
    "public.organization_members UPDATE role",
    "public.organization_policies UPDATE ceilings, version",
    "public.organization_preference_defaults UPDATE preferences, version",
    "public.organizations INSERT name, time_zone",
    "public.organizations UPDATE name, time_zone",
    "public.user_preferences UPDATE preferences, version",
];

#[tokio::test]
async fn people_write_the_columns_that_are_written_down() {
    let test = TestDatabase::new().await;
    let writable = "SELECT n.nspname || '.' || c.relname || ' ' || verb || ' '
          || string_agg(a.attname, ', ' ORDER BY a.attnum)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          CROSS JOIN (VALUES ('INSERT'), ('UPDATE')) AS verbs (verb)
        WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p', 'v')
          AND has_column_privilege('authenticated', c.oid, a.attnum, verb)
        GROUP BY n.nspname, c.relname, verb ORDER BY 1";
    assert_eq!(texts(&mut test.role("train_owner").await, writable).await, COLUMNS);
}

#[tokio::test]
async fn an_author_cannot_approve_their_own_in_anothers_name() {
    let world = World::new().await;
    let mut author = world.test.person(world.people[0].unwrap()).await;
    for sql in [
        "UPDATE conversations SET status = 'approved'",
        "UPDATE conversations SET approved_by = '$owner', approved_at = now()",
        "UPDATE conversations SET topic = 'another', turns = '[]'",
        "INSERT INTO conversation_reviews (conversation_id, action, status, status_before, version,
            reviewer_id) SELECT id, 'decided', 'approved', 'draft', 1, '$owner' FROM conversations",
        "UPDATE conversations SET quality_score = 10, actual_cost_nano_usd = 0",
        "UPDATE conversations SET organization_id = NULL",
        "INSERT INTO conversations (tier, created_by, status, approved_by)
           VALUES ('template', '$own', 'approved', '$owner')",
        "INSERT INTO conversations (tier, created_by) VALUES ('template', '$owner')",
    ] {
        let refused = author.execute(AssertSqlSafe(world.fill(sql))).await.unwrap_err();
        let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{sql}: {refused}");
    }
}

/// Not even the system's own role lets through what no trainer takes, unless a person decided it.
#[tokio::test]
async fn the_machine_approves_nothing_that_no_trainer_takes() {
    let world = World::new().await;
    let mut service = world.test.role("service_role").await;
    let approve = "UPDATE conversations SET status = 'approved' WHERE title = 'Shared'";
    let refused = service.execute(approve).await.unwrap_err().to_string();
    assert!(refused.contains("conversations_machine_approval_check"), "{refused}");
    run(&mut service, "UPDATE conversations SET is_decided = true WHERE title = 'Shared'").await;
    run(&mut service, approve).await;
    let undecided = "UPDATE conversations SET is_decided = false WHERE title = 'Shared'";
    assert!(service.execute(undecided).await.is_err());
    run(&mut service, "UPDATE conversations SET gate_failures = '[]' WHERE title = 'Shared'").await;
    run(&mut service, undecided).await;
}

#[tokio::test]
async fn a_model_is_corrected_in_ones_own_name() {
    let world = World::new().await;
    let administrator = world.people[6].unwrap();
    let mut connection = world.test.person(administrator).await;
    run(&mut connection, "UPDATE model_overrides SET entry = '{\"a\": 1}' WHERE model_id = 'one'")
        .await;
    let by = "SELECT updated_by::text FROM model_overrides WHERE model_id = 'one'";
    assert_eq!(texts(&mut connection, by).await, [administrator.to_string()]);
    let forged = "UPDATE model_overrides SET updated_by = NULL";
    assert!(connection.execute(forged).await.is_err());
}

#[tokio::test]
async fn every_table_is_in_the_matrix_and_secured() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let known: BTreeSet<String> = matrix().map(|line| line.table.to_owned()).collect();
    let tables = "SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p')";
    let found: BTreeSet<String> = texts(&mut owner, tables).await.into_iter().collect();
    assert_eq!(found, known, "each table needs its line in the matrix");
    // The list of steps is sqlx's own table; nobody but the owner has any right on it.
    let open = format!(
        "{tables} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
            AND c.relname <> '_sqlx_migrations'"
    );
    assert_eq!(
        texts(&mut owner, &open).await,
        Vec::<String>::new(),
        "row-level security must be enabled and forced"
    );
}

#[tokio::test]
async fn the_login_role_has_nothing_of_its_own() {
    let world = World::new().await;
    let mut login = world.test.login().await;
    for line in matrix() {
        assert_eq!(world.rights(&mut login, line).await, "----", "{}", line.table);
    }
    let granted = "SELECT c.oid::regclass::text FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace,
          aclexplode(c.relacl) AS granted
        WHERE n.nspname IN ('auth', 'vault', 'public')
        AND granted.grantee IN (0, 'train'::regrole)";
    assert_eq!(
        texts(&mut login, granted).await,
        Vec::<String>::new(),
        "granted to everybody, or to the login role"
    );
    let may_everything = "SELECT rolname FROM pg_roles
        WHERE rolname IN ('train', 'train_owner', 'authenticated', 'service_role')
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        OR (rolname = 'train') <> rolcanlogin)";
    assert_eq!(texts(&mut login, may_everything).await, Vec::<String>::new());
}

#[tokio::test]
async fn functions_that_run_as_the_owner_pin_their_search_path() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let unpinned = "SELECT p.oid::regprocedure::text FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') AND p.prosecdef
          AND NOT coalesce('search_path=\"\"' = ANY (p.proconfig), false)";
    assert_eq!(texts(&mut owner, unpinned).await, Vec::<String>::new());
    let open_to_all = "SELECT p.oid::regprocedure::text FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('auth', 'vault', 'public')
          AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
          WHERE grantee = 0)";
    assert_eq!(texts(&mut owner, open_to_all).await, Vec::<String>::new(), "granted to PUBLIC");
}
