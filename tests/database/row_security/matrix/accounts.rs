//! Accounts and organizations.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
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
];
