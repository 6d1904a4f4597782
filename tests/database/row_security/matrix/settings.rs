//! What people and organizations set, and its history.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
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
];

const LOG_INSERT: &str =
    "(config_type, target_id, owner_user_id, action, changed_at, changes, source, version, hash)
    VALUES ('user_preference', gen_random_uuid(), '$own', 'updated', now(), '[]', 'page', 1, '')";

pub const ARCHIVE_INSERT: &str =
    "(id, sequence, config_type, target_id, owner_user_id, action, changed_at, changes, source,
      version, hash)
    VALUES (gen_random_uuid(), 1, 'user_preference', gen_random_uuid(), '$own', 'updated', now(),
      '[]', 'page', 1, '')";
