//! Every way to refuse or fail, by the stable word that programs and pages tell it by.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

/// Declares [`ErrorCode`]: by status, each with its word and when it comes. `docs/api.md` and the
/// description of the interface list them from here; `scripts/openapi` writes both.
macro_rules! codes {
    (
        server { $($status:literal { $($code:ident $word:literal $when:literal;)+ })+ }
        page { $($own:ident $own_word:literal $own_status:literal $own_when:literal;)+ }
    ) => {
        /// What an error is, for programs. Its HTTP status belongs to it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[doc = $when] $code,)+)+
            $(#[doc = $own_when] $own,)+
        }

        impl ErrorCode {
            /// What a server answers with.
            pub const OF_SERVER: &'static [Self] = &[$($(Self::$code),+),+];
            /// What pages say of a server that did not answer, or not as expected.
            pub const OF_PAGE: &'static [Self] = &[$(Self::$own),+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$code => $word,)+)+
                    $(Self::$own => $own_word,)+
                }
            }

            /// The HTTP status. 0 when no answer came at all.
            pub const fn status(self) -> u16 {
                match self {
                    $($(Self::$code)|+ => $status,)+
                    $(Self::$own => $own_status,)+
                }
            }

            /// When it comes, as a part of a sentence.
            pub const fn when(self) -> &'static str {
                match self {
                    $($(Self::$code => $when,)+)+
                    $(Self::$own => $own_when,)+
                }
            }
        }
    };
}

codes! {
    server {
        400 {
            ValidationFailed "validation_failed"
                "values are not allowed (`fields` names every one), or, before that, a field is \
                 not known or has another type (it alone is named)";
            MalformedJson "malformed_json"
                "the body is not JSON that is accepted; line, column and path are named";
            Malformed "malformed" "the body ended too early, or cannot be read";
            CredentialInText "credential_in_text"
                "a key or token stands where it would be kept, see \
                 [below](#keys-in-the-wrong-field)";
            MaxTokensTooHigh "max_tokens_too_high"
                "of `/v1` only: more tokens are asked for than the organization allows or the \
                 model writes";
            NotSupported "not_supported" "this version of PostgreSQL has no such operation";
        }
        401 {
            NotSignedIn "not_signed_in" "neither session nor token, or the session has ended";
            WrongCredentials "wrong_credentials" "signing in failed";
            SecondFactorNeeded "second_factor_needed"
                "the password was right, and a code of the authenticator app is asked for";
            SecondStepExpired "second_step_expired"
                "the password was given too long ago, or in another browser";
            PasskeyRefused "passkey_refused"
                "a passkey is not known, was not right, or took too long";
            InvalidToken "invalid_token" "the token is unknown, expired or revoked";
            OtherAccount "other_account"
                "the header `Train-Account` (of `/api/events`, the query `account`) names another \
                 account than the one that asks; pages send it, programs need not";
        }
        403 {
            Forbidden "forbidden" "the person may not do this; the sentence says who may";
            ScopeMissing "scope_missing" "the token lacks a scope, which is named";
            ModelNotAllowed "model_not_allowed"
                "of `/v1` only: the organization does not allow the model";
            SessionNeeded "session_needed" "this is not for tokens";
            SignUpClosed "sign_up_closed" "sign-up is closed, and the address was not invited";
            CrossSite "cross_site" "a change by cookie came from another site";
            NotOwner "not_owner"
                "PostgreSQL would pass over the table, because the server's role does not own it";
        }
        404 {
            NotFound "not_found" "it does not exist, or is somebody else's";
            NoOrganization "no_organization"
                "the scope `organization` needs one, and the person belongs to none";
            ObjectNotFound "object_not_found" "no table or index has this name";
        }
        405 {
            MethodNotAllowed "method_not_allowed" "the header `Allow` names the methods";
        }
        408 {
            RequestTimeout "request_timeout" "the body did not come within 30 seconds";
        }
        409 {
            VersionConflict "version_conflict"
                "somebody else changed the same thing; `current` holds what stands";
            IdempotencyKeyReused "idempotency_key_reused"
                "the `Idempotency-Key` was used for another request; nothing was changed";
            KeysWriteOnly "keys_write_only"
                "history never held the key, so it cannot be brought back";
            Untrainable "untrainable"
                "no trainer takes the conversation, and the request does not say `untrainable`";
            AlreadyMember "already_member" "the person belongs to an organization already";
            PasskeysNotConfigured "passkeys_not_configured"
                "the installation has no public address that passkeys could belong to";
            SecondFactorOn "second_factor_on" "two-step verification is on already";
            LastOwner "last_owner" "an organization needs an owner";
            LastAdministrator "last_administrator" "the installation needs an administrator";
            ClosesOrganization "closes_organization"
                "leaving would close the organization, and the request does not say `closes`";
            InvitationEnded "invitation_ended"
                "the invitation was answered or withdrawn, or its time is over";
            LinkEnded "link_ended"
                "a mailed link was used, its time is over, or the account was changed since";
            TooManyInvitations "too_many_invitations" "50 of the organization are pending";
            MailNotConfigured "mail_not_configured" "the installation has no mail server";
            SetByEnvironment "set_by_environment" "a variable of the server decides it";
            ModelUnknown "model_unknown" "the model is not in the catalog";
            ModelRetired "model_retired" "Claude refuses the model since its retirement";
            PromptTooLong "prompt_too_long" "the instructions fill all that the model can read";
            CostUnknown "cost_unknown" "the request would cost more than can be counted";
            KeyMissing "key_missing" "nobody stored an API key of Claude";
            StoredKeyUnreadable "stored_key_unreadable"
                "a key was stored under another master key than the server has";
            ExportUnfinished "export_unfinished"
                "the export failed or was stopped, so that it has no file";
            ConversationsGone "conversations_gone"
                "conversations of the version were removed for good, so that it cannot be written";
            DuplicatesPending "duplicates_pending"
                "near duplicates of some conversations are still being looked for";
            ImportUnready "import_unready"
                "the import is at another step: its file is incomplete, or it was done already";
            RequestRepeated "request_repeated"
                "the generation under this `Idempotency-Key` is running, or ended without a \
                 conversation";
            Cancelled "cancelled" "a generation was stopped; what Claude had written is billed";
            ClaudeKeyRefused "claude_key_refused" "Claude refused the API key";
            ClaudeKeyForbidden "claude_key_forbidden" "the API key may not do this";
            ClaudeSpendCap "claude_spend_cap" "the month's spend cap at Anthropic is reached";
            OperationOpen "operation_open" "an operation on the table waits or runs already";
            WorkingHours "working_hours" "it would lock people out during working hours";
            NotEnoughSpace "not_enough_space" "the disk has less room than the copy needs";
            IndexValid "index_valid" "the index is in use";
            IndexInProgress "index_in_progress" "an index of the table is being built";
            AlreadyResolved "already_resolved" "there is nothing left to do with the alert";
            BackupRunning "backup_running" "a backup is being made";
            BackupUnavailable "backup_unavailable" "no backup can be made here";
            BackupFailed "backup_failed" "a backup failed; of commands only";
        }
        410 {
            ExportExpired "export_expired" "the file of the export is gone: export again";
        }
        413 {
            TooLarge "too_large" "the body has more than 64 KiB, or what the route says";
        }
        415 {
            UnsupportedMediaType "unsupported_media_type" "the body is not `application/json`";
        }
        416 {
            RangeNotSatisfiable "range_not_satisfiable"
                "the file ends before the part that `Range` asks for";
        }
        429 {
            TooManyRequests "too_many_requests"
                "signing in or up, asking for links by mail, inviting, or changing what others are \
                 told of, too often";
            TooManyAtOnce "too_many_at_once"
                "too much of one person at the same time, see [below](#at-once)";
            BudgetExceeded "budget_exceeded"
                "the request could cost more than is left of a budget that blocks";
            RateLimited "rate_limited" "our own limit of generations a minute is reached";
            ConcurrencyLimited "concurrency_limited" "as many generations are running as may";
            ClaudeRateLimited "claude_rate_limited" "Claude's own limit is reached, not ours";
            ClaudeRampLimit "claude_ramp_limit"
                "the use of Claude grows faster than Anthropic allows";
        }
        500 {
            Internal "internal"
                "our fault; the cause is in the server's log under the request id";
        }
        502 {
            ClaudeSpendLimit "claude_spend_limit"
                "the limit that the organization set at Anthropic is reached";
            ClaudeContractLimit "claude_contract_limit"
                "the spend limit of the contract with Anthropic is reached";
            ClaudeLinkedLimit "claude_linked_limit"
                "the organization at Anthropic that is billed has reached a limit of its own, or \
                 has no credit";
            ClaudeOnHold "claude_on_hold" "Anthropic has disabled the organization";
            ClaudeBilling "claude_billing" "Anthropic has a question about the bill";
            ClaudeOverloaded "claude_overloaded" "Claude is overloaded";
            ClaudeUnavailable "claude_unavailable" "Claude is not available";
            ClaudeFailed "claude_failed" "something went wrong at Claude";
            ClaudeRequestTimeout "claude_request_timeout" "Claude waited too long for the request";
            ClaudeConflict "claude_conflict" "Claude was busy with a conflicting request";
            ClaudeModelNotFound "claude_model_not_found"
                "Claude does not know the model, or the key may not use it";
            ClaudeAddressNotFound "claude_address_not_found"
                "there is no Claude API at the address";
            ClaudeRequestRefused "claude_request_refused"
                "Claude refused the request, and said why";
            ClaudeRequestTooLarge "claude_request_too_large"
                "the request is larger than Claude accepts";
            ClaudeUnreachable "claude_unreachable" "there is no connection to Claude";
            ClaudeNameNotFound "claude_name_not_found" "the name of Claude's API was not found";
            ClaudeTls "claude_tls" "the certificate of Claude's API was not accepted";
            ClaudeProxyPage "claude_proxy_page" "a web page came instead of an answer";
            ClaudeRedirected "claude_redirected" "the address of Claude's API leads elsewhere";
            ClaudeInterrupted "claude_interrupted" "the answer broke off";
            ClaudeMalformed "claude_malformed" "the answer cannot be read";
            ClaudeAnswerTooLarge "claude_answer_too_large" "the answer is larger than any can be";
            ClaudeUnexpectedStatus "claude_unexpected_status"
                "the answer has a status that Claude's API does not have";
            ClaudeCallInvalid "claude_call_invalid"
                "nothing was sent, because the address or the key cannot be put into a request";
        }
        503 {
            DatabaseUnavailable "database_unavailable"
                "the database cannot be reached, or is too busy";
            DiskFull "disk_full" "the disk of the database is full";
            DatabaseReadOnly "database_read_only" "the database takes no changes";
            DatabaseOutOfMemory "database_out_of_memory"
                "the database had no memory for a statement";
            DatabaseConnectionsUsedUp "database_connections_used_up"
                "the database takes no more connections";
            Busy "busy" "too many people are signing in";
            VaultKeyMissing "vault_key_missing"
                "the server has no master key, so no key can be stored and no code checked";
            Stopping "stopping"
                "the server is stopping; what Claude had written of a generation is billed";
            TooManyConnections "too_many_connections"
                "the server has as many connections as it can hold";
            NotMigrated "not_migrated"
                "of `/readyz` only: the database is older than the program";
        }
        504 {
            ClaudeConnectTimeout "claude_connect_timeout"
                "connecting took longer than the connection timeout";
            ClaudeGenerationTimeout "claude_generation_timeout"
                "Claude took longer than the generation timeout";
        }
    }
    page {
        Unreachable "unreachable" 0 "the server cannot be reached";
        BrokenOff "broken_off" 0 "a stream ended before its last event";
        NoAnswer "no_answer" 502 "what came is no answer of the server";
        Unreadable "unreadable" 502 "an answer has another shape than this release knows";
        Unknown "unknown" 0 "a server of another release answered with a code of its own";
    }
}

impl ErrorCode {
    /// Of a word; [`ErrorCode::Unknown`] for one that is not in the table.
    pub fn read(word: &str) -> Self {
        let mut known = Self::OF_SERVER.iter().chain(Self::OF_PAGE);
        known.find(|code| code.as_str() == word).copied().unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|word| Self::read(&word))
    }
}

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        let words = Self::OF_SERVER.iter().map(|code| code.as_str());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .description(Some("What happened, for programs; docs/api.md says when each comes"))
            .into()
    }
}

impl ToSchema for ErrorCode {
    fn name() -> Cow<'static, str> {
        "ErrorCode".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_read_as_the_code_that_wrote_it() {
        let mut words = BTreeSet::new();
        for code in ErrorCode::OF_SERVER.iter().chain(ErrorCode::OF_PAGE) {
            let written = serde_json::to_string(code).unwrap();
            assert_eq!(written, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<ErrorCode>(&written).unwrap(), *code);
            assert!(words.insert(code.as_str()), "{code} stands twice");
        }
    }

    #[test]
    fn a_word_of_a_newer_server_can_be_read() {
        let code: ErrorCode = serde_json::from_str("\"of_tomorrow\"").unwrap();
        assert_eq!(code, ErrorCode::Unknown);
    }

    /// The operator and whoever writes a script find there what to do.
    #[test]
    fn troubleshooting_says_what_to_do_about_each_code() {
        let document = include_str!("../../docs/troubleshooting.md");
        for code in ErrorCode::OF_SERVER {
            let word = format!("`{code}`");
            assert!(document.contains(&word), "docs/troubleshooting.md has no {word}");
        }
    }
}
