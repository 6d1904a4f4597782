//! Every step of the schema can be taken back and applied again, with data in the tables.

use crate::support::{EmptyDatabase, run, texts};
use serde_json::{Map, Value};
use sqlx::{Connection, PgConnection, migrate::Migrator};
use std::collections::BTreeMap;
use train::server::postgres::{OpenError, migrations};

static STEPS: Migrator = sqlx::migrate!();

/// What a person sees of a schema in a dump: everything but the rows and the order of things.
const SCHEMA: &str = "
    WITH ours AS (SELECT oid, nspname FROM pg_namespace
        WHERE nspname IN ('auth', 'vault', 'public')),
      relation AS (SELECT c.*, o.nspname FROM pg_class c JOIN ours o ON o.oid = c.relnamespace
        WHERE c.relname !~ '^_sqlx'),
      routine AS (SELECT p.*, p.oid::regprocedure::text AS name FROM pg_proc p
        JOIN ours o ON o.oid = p.pronamespace)
    SELECT concat_ws(' ', 'schema', nspname, nspacl, obj_description(oid)) FROM pg_namespace
      WHERE oid IN (SELECT oid FROM ours)
    UNION ALL SELECT concat_ws(' ', 'default', d.defaclrole::regrole, d.defaclobjtype, d.defaclacl)
      FROM pg_default_acl d
    UNION ALL SELECT concat_ws(' ', 'relation', nspname, relname, relkind, relpersistence, relacl,
      relrowsecurity, relforcerowsecurity, relowner::regrole, reloptions, obj_description(oid))
      FROM relation
    UNION ALL SELECT concat_ws(' ', 'column', r.nspname, r.relname, a.attname,
      format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attacl,
      pg_get_expr(d.adbin, d.adrelid), col_description(r.oid, a.attnum))
      FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0
        AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    UNION ALL SELECT concat_ws(' ', 'constraint', r.nspname, r.relname, c.conname,
      pg_get_constraintdef(c.oid))
      FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
    UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid))
      FROM relation r JOIN pg_index i ON i.indrelid = r.oid
    UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL SELECT concat_ws(' ', 'policy', r.nspname, r.relname, p.polname, p.polcmd,
      p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid),
      pg_get_expr(p.polwithcheck, p.polrelid))
      FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
    UNION ALL SELECT concat_ws(' ', 'function', name, proacl, obj_description(oid),
      pg_get_functiondef(oid)) FROM routine
    ORDER BY 1";

async fn owner(database: &EmptyDatabase) -> PgConnection {
    let mut connection = PgConnection::connect_with(&database.options).await.unwrap();
    run(&mut connection, "SET ROLE train_owner").await;
    connection
}

/// Every row of every table, by its columns.
async fn rows(connection: &mut PgConnection) -> BTreeMap<String, Vec<Map<String, Value>>> {
    let tables = "SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p')
        AND c.relname !~ '^_sqlx'";
    let mut found = BTreeMap::new();
    for table in texts(connection, tables).await {
        found.insert(
            table.clone(),
            objects(connection, &format!("SELECT to_jsonb(t)::text FROM {table} AS t")).await,
        );
    }
    found
}

async fn objects(connection: &mut PgConnection, sql: &str) -> Vec<Map<String, Value>> {
    let rows = texts(connection, sql).await;
    sorted(rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect())
}

fn sorted(mut rows: Vec<Map<String, Value>>) -> Vec<Map<String, Value>> {
    rows.sort_by_cached_key(|row| Value::Object(row.clone()).to_string());
    rows
}

/// Something in every table, made when the step that brings the table has been applied.
async fn fill(connection: &mut PgConnection, step: i64) {
    let sql: &[&str] = match step {
        1 => &["SELECT take_rate_limit('a', '1 s', 1)"],
        2 => &[
            "INSERT INTO auth.users (id, email, password_hash, display_name) VALUES
               ('00000000-0000-0000-0000-000000000001', 'ann@example.com', '$argon2id$x', 'Ann'),
               ('00000000-0000-0000-0000-000000000002', 'bob@example.com', '$argon2id$x', 'Bob')",
            "INSERT INTO auth.sessions (token_hash, user_id, expires_at)
                SELECT sha256(id::text::bytea), id, now() FROM auth.users",
            "INSERT INTO auth.api_tokens (token_hash, user_id, name, last_four, scopes)
               SELECT sha256(id::text::bytea), id, 'n', 'abcd', '{history:read}' FROM auth.users",
            "INSERT INTO auth.account_mails (user_id, kind, address, expires_at)
               SELECT id, 'password_reset', email, now() FROM auth.users",
            "INSERT INTO auth.second_factors (user_id, key_id, nonce, ciphertext)
               SELECT id, '00000000', substr(sha256('n'), 1, 24), sha256('c') FROM auth.users",
            "INSERT INTO auth.recovery_codes (user_id, code_hash)
               SELECT id, sha256('a') FROM auth.users",
            "INSERT INTO auth.pending_sign_ins (token_hash, user_id, expires_at)
               SELECT sha256(id::text::bytea), id, now() FROM auth.users",
            "INSERT INTO auth.passkeys (user_id, name, credential_id, credential)
               SELECT id, 'n', id::text::bytea, '{}' FROM auth.users",
            "INSERT INTO auth.passkey_ceremonies (user_id, state, expires_at)
               SELECT id, '{}', now() FROM auth.users",
            "INSERT INTO auth.installation DEFAULT VALUES",
        ],
        3 => &[
            "INSERT INTO organizations (id, name)
                VALUES ('00000000-0000-0000-0000-000000000009', 'Team')",
            "INSERT INTO organization_members (organization_id, user_id, role)
               SELECT '00000000-0000-0000-0000-000000000009', id, 'owner' FROM auth.users",
            "INSERT INTO invitations (organization_id, address, invited_by, token_digests)
               VALUES ('00000000-0000-0000-0000-000000000009', 'cem@example.com',
               '00000000-0000-0000-0000-000000000001',
                 ARRAY[sha256('a')])",
        ],
        4 => &["INSERT INTO administrative_actions (command, operator, host)
            VALUES ('admin enable', 'root', 'here')"],
        5 => &[
            "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'
               WHERE user_id = '00000000-0000-0000-0000-000000000001'",
            "UPDATE organization_preference_defaults SET preferences = '{\"theme\": \"light\"}'",
            "UPDATE user_preferences SET preferences = '{\"theme\": \"system\"}'",
            "WITH gone AS (DELETE FROM configuration_audit_log AS log WHERE log.version = 2
                AND EXISTS
                 (SELECT FROM configuration_audit_log AS newer WHERE newer.target_id = log.target_id
                 AND newer.version > 2) RETURNING log.*)
               INSERT INTO configuration_audit_archive SELECT gone.* FROM gone",
        ],
        6 => &[
            "INSERT INTO ai_configurations (user_id, config_name, configuration)
               VALUES ('00000000-0000-0000-0000-000000000001', 'Mine',
               '{\"model\": {\"maxTokens\": 8192}}')",
            "UPDATE organization_policies SET ceilings = '{\"dailyBudget\": 20}'",
            "INSERT INTO model_overrides (model_id, entry) VALUES ('m', '{}')",
            "INSERT INTO vault.secrets (scope_type, scope_id, name, version, key_id, nonce,
                ciphertext, masked, state)
               SELECT 'person', '00000000-0000-0000-0000-000000000001', 'anthropic', 1, 'abcdef01',
                 substr(sha256('n'), 1, 24), sha256('c'), '…', 'primary'",
        ],
        7 => &[
            "INSERT INTO conversations (tier, created_by, turns)
               VALUES ('template', '00000000-0000-0000-0000-000000000001',
               '[{\"role\": \"user\", \"content\": \"Hello\"}]')",
            "SELECT index_conversations(5)",
            "INSERT INTO conversation_versions (conversation_id, version, content)
               SELECT id, 1, '{}' FROM conversations",
            "INSERT INTO conversation_comments (conversation_id, text)
               SELECT id, 'Well said' FROM conversations",
            "INSERT INTO comment_drafts (user_id, conversation_id, turn, text)
               SELECT created_by, id, 0, 'Not yet' FROM conversations",
        ],
        8 => &[
            "INSERT INTO budget_spend (scope_type, scope_id)
               VALUES ('person', '00000000-0000-0000-0000-000000000001')",
            "INSERT INTO budget_alerts (scope_type, scope_id, period, window_start, threshold)
               VALUES ('person', '00000000-0000-0000-0000-000000000001', 'day', now(), 0.5)",
            "INSERT INTO generation_pace (scope_id)
               VALUES ('00000000-0000-0000-0000-000000000001')",
            "INSERT INTO generation_holds (request_id, run_id, server_id, person_id,
                amount_nano_usd, expires_at)
               VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
               '00000000-0000-0000-0000-000000000001', 5, now())",
            "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
                duration_ms, status, user_id)
               VALUES (gen_random_uuid(), 1, 'm', 5, '1', 9, 'success',
               '00000000-0000-0000-0000-000000000001')",
            "INSERT INTO idempotency_keys (user_id, key, digest)
               VALUES ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), sha256('a'))",
        ],
        9 => &[
            "INSERT INTO notifications (user_id, category, severity, title, dedupe_key, in_app)
               VALUES ('00000000-0000-0000-0000-000000000001', 'errors', 'info', 'News', 'one',
               true)",
            "INSERT INTO notification_outbox (notification_id, user_id) SELECT id, user_id
                FROM notifications",
            "INSERT INTO notification_outbox (invitation_id) SELECT id FROM invitations",
        ],
        10 => &[
            "INSERT INTO database_snapshots (kind, tier, payload) VALUES ('overview', 'raw', '{}')",
            "INSERT INTO database_alerts (kind, subject, severity, state, payload, value)
               VALUES ('deadlocks', 'database', 'warning', 'open', '{}', 1)",
            "INSERT INTO maintenance_operations (operation_type, schema_name, table_name,
                statements)
               VALUES ('vacuum', 'public', 'user_preferences', '{VACUUM}')",
            "INSERT INTO maintenance_schedules (operation_type, scope, cron, time_zone,
                window_minutes)
               VALUES ('analyze', 'database', '0 3 * * *', 'UTC', 60)",
            "INSERT INTO database_backups (file_name, initiated_by)
                VALUES ('one.dump', '00000000-0000-0000-0000-000000000001')",
        ],
        11 => &[
            "INSERT INTO servers (id, lease_until) VALUES (gen_random_uuid(), now())",
            "INSERT INTO periodic_jobs (name, period) VALUES ('sessions', '1 hour')",
        ],
        12 => &[
            "INSERT INTO conversation_reviews (conversation_id, action, status, status_before,
                version)
               SELECT id, 'decided', 'rejected', 'draft', 1 FROM conversations",
            "INSERT INTO review_claims (conversation_id, reviewer_id, expires_at)
               SELECT id, created_by, now() FROM conversations",
        ],
        13 => &[
            "INSERT INTO conversation_fingerprints (conversation_id, workspace_id, created_at,
                signature, bands)
               SELECT id, workspace_id, created_at, decode(repeat('00', 512), 'hex'), '{1,2}'
               FROM conversations",
            "INSERT INTO examinations_due (conversation_id, is_edited)
               SELECT id, true FROM conversations",
            "INSERT INTO conversations (tier, created_by)
               VALUES ('template', '00000000-0000-0000-0000-000000000001')",
            "INSERT INTO near_duplicates (conversation_id, other_id, similarity)
               SELECT one.id, other.id, 90 FROM conversations AS one, conversations AS other
               WHERE one.id <> other.id",
        ],
        14 => &[
            "INSERT INTO bulk_jobs (created_by, action)
                VALUES ('00000000-0000-0000-0000-000000000001', '{\"kind\": \"archive\"}')",
            "INSERT INTO bulk_job_items (job_id, position, conversation_id)
               SELECT job.id, row_number() OVER (), own.id
               FROM bulk_jobs AS job, conversations AS own",
        ],
        15 => &["INSERT INTO saved_views (created_by, name, query)
            VALUES ('00000000-0000-0000-0000-000000000001', 'Weak', 'scoreMax=6')"],
        16 => &["UPDATE conversation_policies SET policy = '{\"tokenTarget\": 4096}'"],
        17 => &[
            "INSERT INTO conversation_revisions (conversation_id, request_id, instruction,
                base_version, content, model, cost_nano_usd, comment_id, created_by)
               SELECT said.conversation_id, gen_random_uuid(), 'Shorter', 1, '{}', 'm', 5, said.id,
                 whole.created_by
               FROM conversation_comments AS said
                 JOIN conversations AS whole ON whole.id = said.conversation_id",
            "INSERT INTO revision_requests (request_id, conversation_id, expires_at)
               SELECT gen_random_uuid(), id, now() FROM conversations",
        ],
        18 => &[
            "WITH frozen AS (INSERT INTO selections (total) VALUES (1) RETURNING id)
             INSERT INTO selection_items (selection_id, position, conversation_id, version, facts)
               SELECT frozen.id, 0, own.id, own.version, '{}'
               FROM frozen, conversations AS own LIMIT 1",
            "INSERT INTO exports (created_by, selection_id, options, file_name, total)
               SELECT '00000000-0000-0000-0000-000000000001', id, '{}', 'a.jsonl', 1
               FROM selections",
            "INSERT INTO export_chunks (export_id, start, size, bytes)
               SELECT id, 0, 1, '\\x00' FROM exports",
        ],
        19 => &[
            "INSERT INTO data_sets (created_by, name)
               VALUES ('00000000-0000-0000-0000-000000000001', 'Answers')",
            "WITH frozen AS (INSERT INTO selections (total) VALUES (0) RETURNING id)
             INSERT INTO data_set_versions (data_set_id, number, selection_id, rules, card)
               SELECT whole.id, 1, frozen.id, '{}', '{}' FROM data_sets AS whole, frozen",
            "INSERT INTO data_set_members (data_set_id, conversation_id, split, since)
               SELECT whole.id, own.id, 'train', 1
               FROM data_sets AS whole, conversations AS own",
        ],
        20 => &[
            "INSERT INTO imports (created_by, file_name, size_bytes)
               VALUES ('00000000-0000-0000-0000-000000000001', 'a.jsonl', 5)",
            "INSERT INTO import_chunks (import_id, start, bytes)
               SELECT id, 0, 'hello' FROM imports",
            "INSERT INTO import_rows (import_id, position, line, content, rating, text_hash)
               SELECT id, 0, 1, '{}', '{}', said_hash('[]') FROM imports",
            "INSERT INTO import_problems (import_id, number, line, message)
               SELECT id, 1, 1, 'Not JSON' FROM imports",
        ],
        _ => &[],
    };
    for statement in sql {
        run(connection, statement).await;
    }
}

#[tokio::test]
async fn each_step_goes_back_and_forth_with_data() {
    let database = EmptyDatabase::new().await;
    let mut owner = owner(&database).await;
    let steps: Vec<i64> = STEPS
        .iter()
        .filter(|step| step.migration_type.is_up_migration())
        .map(|step| step.version)
        .collect();
    let mut schemas = vec![texts(&mut owner, SCHEMA).await];
    for step in &steps {
        STEPS.run_to(*step, &mut owner).await.unwrap();
        schemas.push(texts(&mut owner, SCHEMA).await);
        fill(&mut owner, *step).await;
    }
    let full = rows(&mut owner).await;
    assert!(
        full.values().all(|rows| !rows.is_empty()),
        "fill() must put something into each table: {full:#?}"
    );

    for index in (0..steps.len()).rev() {
        let taken_back = migrations::down(&database.options).await.unwrap().unwrap();
        assert_eq!((taken_back.version, taken_back.applied), (steps[index], false));
        pretty_eq(
            &texts(&mut owner, SCHEMA).await,
            &schemas[index],
            &format!("the schema after taking back step {}", steps[index]),
        );
        for (table, left) in rows(&mut owner).await {
            assert_eq!(
                left, full[&table],
                "{table} must keep its rows when step {} goes",
                steps[index]
            );
        }
        // Up again and once more down: what was applied to data works as well as what was applied
        // to nothing.
        STEPS.run_to(steps[index], &mut owner).await.unwrap();
        pretty_eq(
            &texts(&mut owner, SCHEMA).await,
            &schemas[index + 1],
            &format!("the schema after step {} again", steps[index]),
        );
        migrations::down(&database.options).await.unwrap().unwrap();
    }
    assert_eq!(migrations::down(&database.options).await.unwrap(), None);
    assert_eq!(migrations::up(&database.options).await.unwrap().len(), steps.len());
    pretty_eq(&texts(&mut owner, SCHEMA).await, schemas.last().unwrap(), "the schema at the end");
}

fn pretty_eq(found: &[String], expected: &[String], what: &str) {
    let extra: Vec<_> = found.iter().filter(|line| !expected.contains(line)).collect();
    let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).collect();
    assert!(
        extra.is_empty() && missing.is_empty(),
        "{what}: unexpected {extra:#?}, missing {missing:#?}"
    );
}

#[tokio::test]
async fn people_who_were_there_before_a_step_get_what_it_brings() {
    let database = EmptyDatabase::new().await;
    let mut owner = owner(&database).await;
    for step in 1..=3 {
        STEPS.run_to(step, &mut owner).await.unwrap();
        fill(&mut owner, step).await;
    }
    migrations::up(&database.options).await.unwrap();
    for (table, rows) in [
        ("user_preferences", "2"),
        ("organization_preference_defaults", "1"),
        ("organization_policies", "1"),
        ("conversation_policies", "1"),
    ] {
        let count = format!("SELECT count(*)::text FROM {table}");
        assert_eq!(texts(&mut owner, &count).await, [rows], "{table}");
    }
    let recorded = "SELECT config_type || ' ' || action || ' ' || version
        FROM configuration_audit_log ORDER BY sequence";
    assert_eq!(
        texts(&mut owner, recorded).await,
        Vec::<String>::new(),
        "what nobody chose has no history"
    );
    run(&mut owner, "UPDATE organization_policies SET ceilings = '{\"dailyBudget\": 20}'").await;
    assert_eq!(texts(&mut owner, recorded).await, ["organization_policy updated 2"]);
    assert_eq!(
        texts(&mut owner, "SELECT problem FROM verify_audit_chain()").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn servers_that_start_at_once_apply_each_step_once() {
    let database = EmptyDatabase::new().await;
    let starts = (0..4).map(|_| {
        let options = database.options.clone();
        tokio::spawn(async move { migrations::up(&options).await.unwrap() })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap();
    }
    let status = migrations::status(&database.options).await.unwrap();
    assert!(status.iter().all(|step| step.applied));
    assert_eq!(
        status.first().map(|step| (step.version, step.name.as_str())),
        Some((1, "foundation"))
    );
}

#[tokio::test]
async fn a_step_waits_for_whoever_uses_the_table() {
    let database = EmptyDatabase::new().await;
    migrations::up(&database.options).await.unwrap();
    // The newest one, which refers to the tables of another.
    let newest = migrations::down(&database.options).await.unwrap().unwrap();
    let mut writer = owner(&database).await;
    let mut transaction = writer.begin().await.unwrap();
    // As somebody does who is about to write.
    for table in rows(&mut transaction).await.keys() {
        run(&mut transaction, &format!("LOCK TABLE {table} IN ROW EXCLUSIVE MODE")).await;
    }
    let options = database.options.clone();
    let step = tokio::spawn(async move { migrations::up(&options).await });
    // Longer than the step's patience for one lock, so that it has to come again.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    assert!(!step.is_finished());
    transaction.rollback().await.unwrap();
    assert_eq!(step.await.unwrap().unwrap()[0].version, newest.version);
}

#[tokio::test]
async fn a_newer_or_an_altered_schema_is_told_apart() {
    let database = EmptyDatabase::new().await;
    migrations::up(&database.options).await.unwrap();
    let mut owner = owner(&database).await;
    run(&mut owner, "UPDATE _sqlx_migrations SET checksum = 'x' WHERE version = 2").await;
    let error = migrations::up(&database.options).await.unwrap_err();
    assert!(matches!(error, OpenError::SchemaAltered { version: 2 }), "{error}");
    run(&mut owner, "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 2").await;
    let error = migrations::up(&database.options).await.unwrap_err();
    assert!(matches!(error, OpenError::SchemaNewer { version: 9999 }), "{error}");
    assert!(error.to_string().contains("newer version of Train"), "{error}");
}
