//! What the servers keep for themselves, and the care of the database.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
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
        table: "public.database_snapshots", row: "a snapshot", condition: "kind = 'overview'",
        insert: "(kind, tier, payload) VALUES ('tables', 'raw', '{}')",
        update: "tier = 'daily'",
        rights: NOBODY,
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
        table: "public._sqlx_migrations", row: "a step of the schema", condition: "version = 1",
        insert: "(version, description, success, checksum, execution_time)
            VALUES (0, '', true, '', 0)",
        update: "success = false",
        rights: NOBODY,
    },
];
