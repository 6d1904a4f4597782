//! The people and rows that rights are tried with.

use super::matrix::{ARCHIVE_INSERT, Line, VERBS};
use crate::support::{TestDatabase, run};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// Rows of configuration and generation, of `own` and of their organization.
const GENERATION: &[&str] = &[
    "INSERT INTO ai_configurations (user_id, config_name) VALUES ('$own', 'First')",
    "INSERT INTO ai_configurations (organization_id, config_name) VALUES ('$org', 'First')",
    "INSERT INTO vault.secrets (scope_type, scope_id, name, version, key_id, nonce, ciphertext,
        masked, state)
       VALUES ('person', '$own', 'one', 1, 'abcdef01', substr(sha256('n'), 1, 24), sha256('c'), '…',
       'primary')",
    "INSERT INTO budget_spend (scope_type, scope_id)
        VALUES ('person', '$own'), ('organization', '$org')",
    "INSERT INTO budget_alerts (scope_type, scope_id, period, window_start, threshold)
        VALUES ('person', '$own', 'day', now(), 0.5), ('organization', '$org', 'day', now(), 0.5)",
    "INSERT INTO generation_pace (scope_id) VALUES ('$own')",
    "INSERT INTO generation_holds (request_id, run_id, server_id, person_id, amount_nano_usd,
        expires_at)
       VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '$own', 5, now())",
    "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
        duration_ms, status, user_id, organization_id)
       VALUES (gen_random_uuid(), 1, 'm', 5, '1', 9, 'success', '$own', NULL),
       (gen_random_uuid(), 1, 'm', 5, '1', 9, 'success', '$own', '$org')",
    "INSERT INTO conversations (id, title, tier, created_by, organization_id) VALUES
       ('00000000-0000-0000-0000-00000000000a', 'Private', 'template', '$own', NULL),
       ('00000000-0000-0000-0000-00000000000b', 'Shared', 'template', '$own', '$org')",
    "SELECT index_conversations(5)",
    "INSERT INTO conversation_fingerprints (conversation_id, created_at)
        VALUES ('00000000-0000-0000-0000-00000000000b', now())",
    "INSERT INTO near_duplicates (conversation_id, other_id, similarity)
        VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
        77)",
    "INSERT INTO examinations_due (conversation_id, is_edited)
        VALUES ('00000000-0000-0000-0000-00000000000b', true)",
    "INSERT INTO saved_views (created_by, organization_id, name, query)
        VALUES ('$own', NULL, 'Own', ''), ('$own', '$org', 'Shared', '')",
    "INSERT INTO conversation_versions (conversation_id, version, content)
        VALUES ('00000000-0000-0000-0000-00000000000a', 1, '{}')",
    "INSERT INTO conversation_comments (conversation_id, text)
        VALUES ('00000000-0000-0000-0000-00000000000b', 'Well said')",
    "INSERT INTO comment_drafts (user_id, conversation_id, turn, text)
        VALUES ('$own', '00000000-0000-0000-0000-00000000000b', 0, 'Not yet')",
    "INSERT INTO conversation_revisions (conversation_id, request_id, instruction, base_version,
            content, model, cost_nano_usd)
        VALUES ('00000000-0000-0000-0000-00000000000b', gen_random_uuid(), 'Shorter', 1, '{}',
            'm', 5)",
    "INSERT INTO revision_requests (request_id, conversation_id, expires_at)
        VALUES (gen_random_uuid(), '00000000-0000-0000-0000-00000000000b',
            now() + interval '1 hour')",
    "INSERT INTO bulk_jobs (created_by, organization_id, action, state) VALUES
       ('$own', '$org', '{\"kind\": \"archive\"}', 'prepared'),
       ('$own', '$org', '{\"kind\": \"archive\"}', 'done')",
    "INSERT INTO bulk_job_items (job_id, position, conversation_id)
       SELECT id, 0, '00000000-0000-0000-0000-00000000000b' FROM bulk_jobs WHERE state = 'done'",
    "INSERT INTO data_sets (id, created_by, organization_id, name) VALUES
       ('00000000-0000-0000-0000-0000000000d1', '$own', NULL, 'Own'),
       ('00000000-0000-0000-0000-0000000000d2', '$own', '$org', 'Shared')",
    "INSERT INTO selections (id, total) VALUES ('00000000-0000-0000-0000-0000000000d3', 77),
       ('00000000-0000-0000-0000-0000000000d4', 77)",
    "INSERT INTO selection_items (selection_id, position, conversation_id, version, facts)
       VALUES ('00000000-0000-0000-0000-0000000000d3', 0, '00000000-0000-0000-0000-00000000000b',
         1, '{}')",
    "INSERT INTO exports (id, created_by, organization_id, options, file_name, total) VALUES
       ('00000000-0000-0000-0000-0000000000e1', '$own', NULL, '{}', 'own.jsonl', 1),
       ('00000000-0000-0000-0000-0000000000e2', '$own', '$org', '{}', 'shared.jsonl', 1)",
    "INSERT INTO export_chunks (export_id, start, size, bytes)
       VALUES ('00000000-0000-0000-0000-0000000000e2', 0, 1, '\\x00')",
    "INSERT INTO data_set_versions (data_set_id, number, selection_id, rules, card) VALUES
       ('00000000-0000-0000-0000-0000000000d1', 1, '00000000-0000-0000-0000-0000000000d3', '{}',
         '{}'),
       ('00000000-0000-0000-0000-0000000000d2', 1, '00000000-0000-0000-0000-0000000000d4', '{}',
         '{}')",
    "INSERT INTO data_set_members (data_set_id, conversation_id, split, since)
       VALUES ('00000000-0000-0000-0000-0000000000d2', '00000000-0000-0000-0000-00000000000b',
       'train', 1)",
    "INSERT INTO imports (id, created_by, organization_id, file_name, size_bytes)
       VALUES ('00000000-0000-0000-0000-0000000000e1', '$own', '$org', 'a.jsonl', 5)",
    "INSERT INTO import_chunks (import_id, start, bytes)
       VALUES ('00000000-0000-0000-0000-0000000000e1', 0, 'hello')",
    "INSERT INTO import_rows (import_id, position, line, content, rating, text_hash)
       VALUES ('00000000-0000-0000-0000-0000000000e1', 0, 1, '{}', '{}', sha256('a'))",
    "INSERT INTO import_problems (import_id, number, line, message)
       VALUES ('00000000-0000-0000-0000-0000000000e1', 1, 1, 'Not JSON')",
    "INSERT INTO conversation_reviews (conversation_id, action, status, status_before, version)
        VALUES ('00000000-0000-0000-0000-00000000000b', 'decided', 'rejected', 'draft', 1)",
    "INSERT INTO review_claims (conversation_id, reviewer_id, expires_at)
        VALUES ('00000000-0000-0000-0000-00000000000b', '$own', now() + interval '1 minute')",
    "INSERT INTO notifications (user_id, category, severity, title, dedupe_key, in_app)
        VALUES ('$own', 'errors', 'info', 'News', 'one', true)",
    "INSERT INTO idempotency_keys (user_id, key, digest)
        VALUES ('$own', gen_random_uuid(), sha256('one'))",
    "INSERT INTO notification_outbox (notification_id, user_id) SELECT id, user_id
        FROM notifications",
];

/// Rows that only the owner of the tables writes.
const MAINTENANCE: &[&str] = &[
    "INSERT INTO maintenance_operations (operation_type, statements, initiated_by)
        VALUES ('analyze', '{ANALYZE}', '00000000-0000-0000-0000-00000000000c')",
    "INSERT INTO maintenance_schedules (operation_type, scope, cron, time_zone, window_minutes)
        VALUES ('analyze', 'database', '0 3 * * *', 'UTC', 60)",
];

/// Two organizations with their people, and a row of each kind that belongs to `own` or to their
/// organization.
pub struct World {
    pub test: TestDatabase,
    pub people: [Option<Uuid>; 7],
    names: Vec<(&'static str, Uuid)>,
}

impl World {
    pub async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (own, same) = (test.account("Own").await, test.account("Same").await);
        let (manager, owner) = (test.account("Manager").await, test.account("Owner").await);
        let (stranger, free) = (test.account("Stranger").await, test.account("Free").await);
        let administrator = test.administrator("Administrator").await;
        let people = [(own, "member"), (same, "member"), (manager, "admin"), (owner, "owner")];
        let org = test.organization("Theirs", &people).await;
        test.organization("Another", &[(stranger, "owner")]).await;
        let mut service = test.role("service_role").await;
        for sql in [
            format!(
                "INSERT INTO auth.sessions (token_hash, user_id, expires_at)
                    VALUES (sha256('a'), '{own}', now() + interval '1 day')"
            ),
            format!(
                "INSERT INTO auth.api_tokens (token_hash, user_id, name, last_four, scopes)
                    VALUES (sha256('b'), '{own}', 'n', 'abcd', '{{history:read}}')"
            ),
            format!(
                "INSERT INTO auth.account_mails (user_id, kind, address, expires_at)
                    VALUES ('{own}', 'email_confirmation', 'new@example.com', now())"
            ),
            format!(
                "INSERT INTO auth.second_factors (user_id, key_id, nonce, ciphertext)
                    VALUES ('{own}', '00000000', substr(sha256('n'), 1, 24), sha256('c'))"
            ),
            format!(
                "INSERT INTO auth.recovery_codes (user_id, code_hash)
                    VALUES ('{own}', sha256('one'))"
            ),
            format!(
                "INSERT INTO auth.pending_sign_ins (token_hash, user_id, expires_at)
                    VALUES (sha256('c'), '{own}', now() + interval '1 minute')"
            ),
            format!(
                "INSERT INTO auth.passkeys (user_id, name, credential_id, credential)
                    VALUES ('{own}', 'n', 'one', '{{}}')"
            ),
            format!(
                "INSERT INTO auth.passkey_ceremonies (user_id, state, expires_at)
                    VALUES ('{own}', '{{}}', now())"
            ),
            "SELECT take_rate_limit('one', '1 s', 1)".to_owned(),
            format!(
                "UPDATE user_preferences SET preferences = '{{\"theme\": \"dark\"}}'
                    WHERE user_id = '{own}'"
            ),
            format!(
                "UPDATE organization_preference_defaults SET preferences = '{{\"theme\": \"dark\"}}'
                    WHERE organization_id = '{org}'"
            ),
            format!(
                "INSERT INTO invitations (organization_id, address, invited_by)
                    VALUES ('{org}', 'stranger@example.com', '{owner}')"
            ),
            "INSERT INTO model_overrides (model_id, entry) VALUES ('one', '{}')".to_owned(),
            "INSERT INTO auth.installation DEFAULT VALUES".to_owned(),
            "INSERT INTO database_backups (file_name) VALUES ('one.dump')".to_owned(),
            "INSERT INTO administrative_actions (command, operator, host)
                VALUES ('admin enable', 'root', 'here')"
                .to_owned(),
            "INSERT INTO servers (id, lease_until) VALUES (gen_random_uuid(), now())".to_owned(),
            "INSERT INTO periodic_jobs (name, period) VALUES ('sessions', '1 hour')".to_owned(),
            "INSERT INTO database_alerts (kind, subject, severity, state, payload, value)
               VALUES ('deadlocks', 'one', 'info', 'open', '{}', 1)"
                .to_owned(),
        ] {
            run(&mut service, &sql).await;
        }
        for sql in GENERATION {
            run(
                &mut service,
                &sql.replace("$own", &own.to_string()).replace("$org", &org.to_string()),
            )
            .await;
        }
        let archived = format!("INSERT INTO configuration_audit_archive {ARCHIVE_INSERT}")
            .replace("$own", &own.to_string());
        let mut table_owner = test.role("train_owner").await;
        run(&mut table_owner, &archived).await;
        let snapshot =
            "INSERT INTO database_snapshots (kind, tier, payload) VALUES ('overview', 'raw', '{}')";
        run(&mut table_owner, snapshot).await;
        for sql in MAINTENANCE {
            run(&mut table_owner, sql).await;
        }
        let people = [
            Some(own),
            Some(same),
            Some(manager),
            Some(owner),
            Some(stranger),
            None,
            Some(administrator),
        ];
        Self {
            test,
            people,
            names: vec![("$owner", owner), ("$own", own), ("$org", org), ("$free", free)],
        }
    }

    /// `$owner` before `$own`, which it begins with.
    pub fn fill(&self, sql: &str) -> String {
        self.names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(name, &id.to_string()))
    }

    /// What the connection's role can do with the row: four letters.
    pub async fn rights(&self, connection: &mut PgConnection, line: &Line) -> String {
        let Line { table, condition, insert, update, .. } = line;
        let tries = [
            // Counting rows needs no column but those of the condition; not every column may be
            // read.
            format!("SELECT 1 FROM {table} WHERE {condition}"),
            format!("INSERT INTO {table} {insert}"),
            format!("UPDATE {table} SET {update} WHERE {condition}"),
            format!("DELETE FROM {table} WHERE {condition}"),
        ];
        let mut rights = String::new();
        for (verb, sql) in VERBS.iter().zip(tries) {
            let mut transaction = connection.begin().await.unwrap();
            let answer = transaction.execute(AssertSqlSafe(self.fill(&sql))).await;
            transaction.rollback().await.unwrap();
            let can = match answer {
                Ok(done) => done.rows_affected() > 0,
                Err(error) => {
                    let code = error
                        .as_database_error()
                        .and_then(|error| error.code())
                        .unwrap_or_default()
                        .into_owned();
                    // Anything else would make a refusal out of a mistake in this test.
                    assert_eq!(code, "42501", "{table}, {verb}: {error}");
                    false
                }
            };
            rights.push(if can { *verb } else { '-' });
        }
        rights
    }
}
