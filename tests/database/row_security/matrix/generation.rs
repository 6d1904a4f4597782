//! What generating leaves behind, and what people are told.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
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
];
