//! Who may do what with each table's rows, tried as the real role. A table without a line in
//! [`MATRIX`] fails the test.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{collections::BTreeSet, fmt::Write};
use uuid::Uuid;

/// One kind of row, seen by everybody. A right is a letter: Select, Insert, Update, Delete; `-` is
/// a refusal.
struct Line {
    table: &'static str,
    /// What tells several lines of one table apart.
    row: &'static str,
    /// Finds the row; `$own`, `$org` and the like stand for the fixture's ids.
    condition: &'static str,
    /// Columns and values of a row like it.
    insert: &'static str,
    update: &'static str,
    /// Whose row it is · a member of the same organization · its admin · its owner · another
    /// organization's owner · somebody without claims · an administrator of the installation.
    rights: [&'static str; 7],
}

const ACTORS: [&str; 7] =
    ["own", "same", "manager", "owner", "stranger", "anonymous", "administrator"];
const VERBS: [char; 4] = ['s', 'i', 'u', 'd'];
const NOBODY: [&str; 7] = ["----"; 7];

#[rustfmt::skip]
const MATRIX: &[Line] = &[
    Line {
        table: "auth.users", row: "an account", condition: "id = '$own'",
        insert: "(email, password_hash, display_name)
            VALUES ('new@example.com', '$argon2id$x', 'New')",
        update: "display_name = 'Other'",
        rights: ["s-u-", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "auth.sessions", row: "a session", condition: "user_id = '$own'",
        insert: "(token_hash, user_id, expires_at)
            VALUES (sha256('new'), '$own', now() + interval '1 day')",
        update: "expires_at = now() + interval '1 year'",
        rights: ["s--d", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "auth.api_tokens", row: "a token", condition: "user_id = '$own'",
        insert: "(token_hash, user_id, name, last_four, scopes)
            VALUES (sha256('new'), '$own', 'n', 'abcd', '{history:read}')",
        update: "scopes = '{preferences:write}'",
        rights: ["s--d", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "auth.account_mails", row: "a letter", condition: "user_id = '$own'",
        insert: "(user_id, kind, address, expires_at)
            VALUES ('$own', 'password_reset', 'own@example.com', now() + interval '1 hour')",
        update: "address = 'other@example.com'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "auth.second_factors", row: "a second factor", condition: "user_id = '$own'",
        insert: "(user_id, key_id, nonce, ciphertext)
            VALUES ('$free', '00000000', substr(sha256('n'), 1, 24), sha256('c'))",
        update: "last_step = 0",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "auth.recovery_codes", row: "a recovery code", condition: "user_id = '$own'",
        insert: "(user_id, code_hash) VALUES ('$own', sha256('new'))",
        update: "used_at = NULL",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "auth.pending_sign_ins", row: "a sign-in", condition: "user_id = '$own'",
        insert: "(token_hash, user_id, expires_at)
            VALUES (sha256('new'), '$own', now() + interval '1 minute')",
        update: "expires_at = now() + interval '1 year'",
        rights: NOBODY,
    },
    Line {
        table: "auth.passkeys", row: "a passkey", condition: "user_id = '$own'",
        insert: "(user_id, name, credential_id, credential) VALUES ('$own', 'n', 'new', '{}')",
        update: "name = 'Other'",
        rights: ["s-u-", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "auth.passkey_ceremonies", row: "a ceremony", condition: "user_id = '$own'",
        insert: "(user_id, state, expires_at) VALUES ('$own', '{}', now())",
        update: "expires_at = now() + interval '1 year'",
        rights: NOBODY,
    },
    Line {
        table: "auth.installation", row: "the installation", condition: "id",
        insert: "(id) VALUES (true)",
        update: "sign_up = 'closed'",
        rights: ["----", "----", "----", "----", "----", "----", "s-u-"],
    },
    Line {
        table: "public.organizations", row: "an organization", condition: "id = '$org'",
        insert: "(name) VALUES ('New')",
        update: "name = 'Other'",
        rights: ["s---", "s---", "s-u-", "s-ud", "----", "----", "siud"],
    },
    Line {
        table: "public.organization_members", row: "a member", condition: "user_id = '$own'",
        insert: "(organization_id, user_id) VALUES ('$org', '$free')",
        update: "role = 'admin'",
        rights: ["s--d", "s---", "s-ud", "s-ud", "----", "----", "s-ud"],
    },
    Line {
        table: "public.invitations", row: "an invitation", condition: "organization_id = '$org'",
        insert: "(organization_id, address) VALUES ('$org', 'new@example.com')",
        update: "state = 'accepted', ended_at = now()",
        rights: ["----", "----", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.organization_members", row: "the owner", condition: "user_id = '$owner'",
        insert: "(organization_id, user_id, role) VALUES ('$org', '$free', 'owner')",
        update: "role = 'member'",
        rights: ["s---", "s---", "s---", "s-ud", "----", "----", "s-ud"],
    },
    Line {
        table: "public.rate_limits", row: "a limit", condition: "scope = 'one'",
        insert: "(scope, theoretical_arrival) VALUES ('new', now())",
        update: "theoretical_arrival = now()",
        rights: NOBODY,
    },
    Line {
        table: "public.idempotency_keys", row: "a key of a person", condition: "user_id = '$own'",
        insert: "(user_id, key, digest) VALUES ('$own', gen_random_uuid(), sha256('other'))",
        update: "digest = sha256('forged')",
        rights: ["si--", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.servers", row: "a server", condition: "true",
        insert: "(id, lease_until) VALUES (gen_random_uuid(), now())",
        update: "lease_until = now()",
        rights: NOBODY,
    },
    Line {
        table: "public.periodic_jobs", row: "a job", condition: "true",
        insert: "(name, period) VALUES ('another', '1 hour')",
        update: "next_due_at = now()",
        rights: NOBODY,
    },
    Line {
        table: "public.user_preferences", row: "a person's choices", condition: "user_id = '$own'",
        insert: "(user_id) VALUES (gen_random_uuid())",
        update: "preferences = '{\"theme\": \"light\"}'",
        rights: ["s-u-", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.organization_preference_defaults", row: "an organization's defaults",
        condition: "organization_id = '$org'",
        insert: "(organization_id) VALUES (gen_random_uuid())",
        update: "preferences = '{\"theme\": \"light\"}'",
        rights: ["s---", "s---", "s-u-", "s-u-", "----", "----", "s-u-"],
    },
    Line {
        table: "public.configuration_audit_log", row: "a person's change",
        condition: "owner_user_id = '$own'",
        insert: LOG_INSERT, update: "reason = 'forged'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.configuration_audit_log", row: "an organization's change",
        condition: "owner_organization_id = '$org'",
        insert: LOG_INSERT, update: "reason = 'forged'",
        rights: ["----", "----", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.configuration_audit_paths", row: "a setting of a person's change",
        condition: "owner_id = '$own'",
        insert: "(owner_id, path, sequence) VALUES ('$own', 'theme', 999999)",
        update: "path = 'forged'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.configuration_audit_paths", row: "a setting of an organization's change",
        condition: "owner_id = '$org'",
        insert: "(owner_id, path, sequence) VALUES ('$org', 'theme', 999999)",
        update: "path = 'forged'",
        rights: ["----", "----", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.configuration_audit_archive", row: "an archived change",
        condition: "owner_user_id = '$own'",
        insert: ARCHIVE_INSERT, update: "reason = 'forged'",
        rights: ["----", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.ai_configurations", row: "a person's configuration",
        condition: "user_id = '$own'",
        insert: "(user_id, config_name) VALUES ('$own', 'Second')",
        update: "priority = 7",
        rights: ["siud", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.ai_configurations", row: "an organization's configuration",
        condition: "organization_id = '$org'",
        insert: "(organization_id, config_name) VALUES ('$org', 'Second')",
        update: "configuration = '{\"model\": {}}'",
        rights: ["s---", "s---", "siud", "siud", "----", "----", "siud"],
    },
    Line {
        table: "public.organization_policies", row: "an organization's ceilings",
        condition: "organization_id = '$org'",
        insert: "(organization_id) VALUES (gen_random_uuid())",
        update: "ceilings = '{}'",
        rights: ["s---", "s---", "s-u-", "s-u-", "----", "----", "s-u-"],
    },
    Line {
        table: "public.conversation_policies", row: "an organization's conversation policy",
        condition: "organization_id = '$org'",
        insert: "(organization_id) VALUES (gen_random_uuid())",
        update: "policy = '{}'",
        rights: ["s---", "s---", "s-u-", "s-u-", "----", "----", "s-u-"],
    },
    Line {
        table: "public.saved_views", row: "a person's view", condition: "name = 'Own'",
        insert: "(created_by, name, query) VALUES ('$own', 'New', '')",
        update: "name = 'Other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.saved_views", row: "a view of an organization",
        condition: "name = 'Shared'",
        insert: "(created_by, organization_id, name, query) VALUES ('$own', '$org', 'New', '')",
        update: "name = 'Other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.model_overrides", row: "a model", condition: "model_id = 'one'",
        insert: "(model_id, entry) VALUES ('two', '{}')",
        update: "entry = '{\"price\": 0}'",
        rights: ["s---", "s---", "s---", "s---", "s---", "----", "siud"],
    },
    Line {
        table: "vault.secrets", row: "a key", condition: "scope_id = '$own'",
        insert: "(scope_type, scope_id, name, version, key_id, nonce, ciphertext, masked, state)
            VALUES ('person', '$own', 'other', 1, 'abcdef01', substr(sha256('n'), 1, 24),
            sha256('c'), '…', 'primary')",
        update: "state = 'revoked', nonce = NULL, ciphertext = NULL",
        rights: NOBODY,
    },
    Line {
        table: "public.budget_spend", row: "a person's spending", condition: "scope_id = '$own'",
        insert: "(scope_type, scope_id) VALUES ('person', gen_random_uuid())",
        update: "day_nano_usd = 0",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.budget_spend", row: "an organization's spending",
        condition: "scope_id = '$org'",
        insert: "(scope_type, scope_id) VALUES ('organization', gen_random_uuid())",
        update: "day_nano_usd = 0",
        rights: ["----", "----", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.generation_holds", row: "a hold", condition: "person_id = '$own'",
        insert: "(request_id, run_id, server_id, person_id, amount_nano_usd, expires_at)
            VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '$own', 1, now())",
        update: "amount_nano_usd = 0",
        rights: NOBODY,
    },
    Line {
        table: "public.budget_alerts", row: "a person's alert", condition: "scope_id = '$own'",
        insert: "(scope_type, scope_id, period, window_start, threshold)
            VALUES ('person', '$own', 'week', now(), 0.5)",
        update: "threshold = 1",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.budget_alerts", row: "an organization's alert",
        condition: "scope_id = '$org'",
        insert: "(scope_type, scope_id, period, window_start, threshold)
            VALUES ('organization', '$org', 'week', now(), 0.5)",
        update: "threshold = 1",
        rights: ["----", "----", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.generation_pace", row: "a pace", condition: "scope_id = '$own'",
        insert: "(scope_id) VALUES (gen_random_uuid())",
        update: "theoretical_arrival = 'epoch'",
        rights: NOBODY,
    },
    Line {
        table: "public.generation_logs", row: "a person's call, made in no organization",
        condition: "user_id = '$own' AND organization_id IS NULL",
        insert: "(request_id, attempt, model, cost_nano_usd, price_version, duration_ms, status,
            user_id)
            VALUES (gen_random_uuid(), 1, 'm', 5, '1', 9, 'success', '$own')",
        update: "cost_nano_usd = 0",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.generation_logs", row: "a call in an organization",
        condition: "organization_id = '$org'",
        insert: "(request_id, attempt, model, cost_nano_usd, price_version, duration_ms, status,
            user_id, organization_id)
            VALUES (gen_random_uuid(), 1, 'm', 5, '1', 9, 'success', '$own', '$org')",
        update: "cost_nano_usd = 0",
        rights: ["s---", "----", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.database_snapshots", row: "a snapshot", condition: "kind = 'overview'",
        insert: "(kind, tier, payload) VALUES ('tables', 'raw', '{}')",
        update: "tier = 'daily'",
        rights: NOBODY,
    },
    Line {
        table: "public.conversations", row: "a private conversation",
        condition: "title = 'Private'",
        insert: "(tier, created_by) VALUES ('template', '$own')",
        update: "topic = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.conversations", row: "an organization's conversation",
        condition: "title = 'Shared'",
        insert: "(tier, created_by, organization_id) VALUES ('template', '$own', '$org')",
        update: "topic = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_versions", row: "a version of a private conversation",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000a'",
        insert: "(conversation_id, version, content)
            VALUES ('00000000-0000-0000-0000-00000000000a', 9, '{}')",
        update: "content = '{\"a\": 1}'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_comments", row: "a comment about an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, text) VALUES ('00000000-0000-0000-0000-00000000000b', 'a')",
        update: "text = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.comment_drafts", row: "what somebody began to say",
        condition: "user_id = '$own'",
        insert: "(user_id, conversation_id, turn, text)
            VALUES ('$own', '00000000-0000-0000-0000-00000000000b', 7, 'a')",
        update: "text = 'other'",
        rights: ["siud", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.conversation_revisions", row: "a proposal for an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, request_id, instruction, base_version, content, model,
              cost_nano_usd)
            VALUES ('00000000-0000-0000-0000-00000000000b', gen_random_uuid(), 'a', 1, '{}', 'm',
              5)",
        update: "instruction = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.bulk_jobs", row: "a job that was prepared",
        condition: "state = 'prepared'",
        insert: "(created_by, action) VALUES ('$own', '{\"kind\": \"archive\"}')",
        update: "total = 9",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.bulk_jobs", row: "a job of an organization's that is done",
        condition: "state = 'done'",
        insert: "(created_by, organization_id, action, state)
            VALUES ('$own', '$org', '{\"kind\": \"archive\"}', 'done')",
        update: "total = 9",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.bulk_job_items", row: "a conversation of a job",
        condition: "state = 'waiting'",
        insert: "(job_id, conversation_id) SELECT id, '00000000-0000-0000-0000-00000000000a'
            FROM bulk_jobs",
        update: "state = 'kept'",
        rights: NOBODY,
    },
    Line {
        table: "public.conversation_reviews", row: "a decision about an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, action, status, status_before, version)
            VALUES ('00000000-0000-0000-0000-00000000000b', 'decided', 'rejected', 'draft', 1)",
        update: "comment = 'forged'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.review_claims", row: "a claim of an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, reviewer_id, expires_at)
            VALUES ('00000000-0000-0000-0000-00000000000a', '$own', now())",
        update: "expires_at = now()",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_search", row: "what is searched of a private conversation",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000a'",
        insert: "(conversation_id, created_at, search)
            VALUES ('00000000-0000-0000-0000-00000000000a', now(), 'a')",
        update: "search = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_search", row: "what is searched of an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, created_at, search)
            VALUES ('00000000-0000-0000-0000-00000000000b', now(), 'a')",
        update: "search = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_fingerprints", row: "the fingerprint of a conversation",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, created_at)
            VALUES ('00000000-0000-0000-0000-00000000000a', now())",
        update: "opening = 1",
        rights: NOBODY,
    },
    Line {
        table: "public.near_duplicates", row: "a pair of a private and a shared conversation",
        condition: "similarity = 77",
        insert: "(conversation_id, other_id, similarity)
            VALUES ('00000000-0000-0000-0000-00000000000b',
            '00000000-0000-0000-0000-00000000000a', 60)",
        update: "similarity = 60",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.examinations_due", row: "a note that a conversation is to be examined",
        condition: "is_edited",
        insert: "(conversation_id, is_edited)
            VALUES ('00000000-0000-0000-0000-00000000000a', true)",
        update: "is_edited = false",
        rights: NOBODY,
    },
    Line {
        table: "public.notifications", row: "a person's notification",
        condition: "user_id = '$own'",
        insert: "(user_id, category, severity, title, dedupe_key, in_app)
            VALUES ('$own', 'errors', 'info', 'Forged', 'two', true)",
        update: "read_at = now()",
        rights: ["s-u-", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.notification_outbox", row: "a mail on its way",
        condition: "user_id = '$own'",
        insert: "(notification_id, user_id) SELECT id, user_id FROM notifications",
        update: "state = 'parked'",
        rights: ["----", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.database_backups", row: "a backup", condition: "file_name = 'one.dump'",
        insert: "(file_name) VALUES ('two.dump')",
        update: "state = 'removed'",
        rights: NOBODY,
    },
    Line {
        table: "public.database_backup_schedule", row: "the schedule of backups", condition: "id",
        insert: "(id) VALUES (true)",
        update: "keep = 1",
        rights: NOBODY,
    },
    Line {
        table: "public.maintenance_operations", row: "an operation",
        condition: "operation_type = 'analyze'",
        insert: "(operation_type, statements) VALUES ('vacuum', '{VACUUM}')",
        update: "status = 'running'",
        rights: ["----", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.maintenance_schedules", row: "a schedule",
        condition: "operation_type = 'analyze'",
        insert: "(operation_type, scope, cron, time_zone, window_minutes)
            VALUES ('vacuum', 'database', '0 3 * * *', 'UTC', 60)",
        update: "enabled = false",
        rights: ["----", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.database_alerts", row: "an alert", condition: "subject = 'one'",
        insert: "(kind, subject, severity, state, payload, value)
            VALUES ('deadlocks', 'two', 'info', 'open', '{}', 1)",
        update: "severity = 'info'",
        rights: ["----", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.database_alert_rules", row: "the rules", condition: "id",
        insert: "(id) VALUES (true)",
        update: "webhook = NULL",
        rights: NOBODY,
    },
    Line {
        table: "public.audit_heads", row: "a head",
        condition: "register = 'administrative_actions'",
        insert: "(register) VALUES ('administrative_actions')",
        update: "entries = 0",
        rights: NOBODY,
    },
    Line {
        table: "public.configuration_audit_chains", row: "a chain", condition: "number = 1",
        insert: "(target_id, config_type, event) VALUES (gen_random_uuid(), 'ai_config', 'begun')",
        update: "event = 'forgotten'",
        rights: NOBODY,
    },
    Line {
        table: "public.administrative_actions", row: "a command",
        condition: "command = 'admin enable'",
        insert: "(command, operator, host) VALUES ('admin promote', 'somebody', 'here')",
        update: "operator = 'forged'",
        rights: ["----", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public._sqlx_migrations", row: "a step of the schema", condition: "version = 1",
        insert: "(version, description, success, checksum, execution_time)
            VALUES (0, '', true, '', 0)",
        update: "success = false",
        rights: NOBODY,
    },
];

const LOG_INSERT: &str =
    "(config_type, target_id, owner_user_id, action, changed_at, changes, source, version, hash)
    VALUES ('user_preference', gen_random_uuid(), '$own', 'updated', now(), '[]', 'page', 1, '')";

const ARCHIVE_INSERT: &str =
    "(id, sequence, config_type, target_id, owner_user_id, action, changed_at, changes, source,
      version, hash)
    VALUES (gen_random_uuid(), 1, 'user_preference', gen_random_uuid(), '$own', 'updated', now(),
      '[]', 'page', 1, '')";

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
    "INSERT INTO bulk_jobs (created_by, organization_id, action, state) VALUES
       ('$own', '$org', '{\"kind\": \"archive\"}', 'prepared'),
       ('$own', '$org', '{\"kind\": \"archive\"}', 'done')",
    "INSERT INTO bulk_job_items (job_id, conversation_id)
       SELECT id, '00000000-0000-0000-0000-00000000000b' FROM bulk_jobs WHERE state = 'done'",
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
struct World {
    test: TestDatabase,
    people: [Option<Uuid>; 7],
    names: Vec<(&'static str, Uuid)>,
}

impl World {
    async fn new() -> Self {
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
    fn fill(&self, sql: &str) -> String {
        self.names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(name, &id.to_string()))
    }

    /// What the connection's role can do with the row: four letters.
    async fn rights(&self, connection: &mut PgConnection, line: &Line) -> String {
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

#[tokio::test]
async fn everybody_may_do_exactly_what_the_matrix_says() {
    let world = World::new().await;
    let mut wrong = String::new();
    for (index, actor) in ACTORS.iter().enumerate() {
        let mut connection = match world.people[index] {
            Some(person) => world.test.person(person).await,
            None => world.test.role("authenticated").await,
        };
        for line in MATRIX {
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
    let known: BTreeSet<String> = MATRIX.iter().map(|line| line.table.to_owned()).collect();
    let tables = "SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p')";
    let found: BTreeSet<String> = texts(&mut owner, tables).await.into_iter().collect();
    assert_eq!(found, known, "each table needs its line in MATRIX");
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
    for line in MATRIX {
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
