//! What is kept for how long, table by table, with what this server is set to. `docs/operations.md`
//! says who removes it.

use super::Config;
use crate::domain::admin::RetainedTable;

/// Table, what is in it, how long.
const FIXED: &[(&str, &str, &str)] = &[
    ("public.generation_holds", "What generations set aside", "until they end, or a day"),
    ("public.generation_pace", "Requests a minute", "a day after it has no effect"),
    ("public.idempotency_keys", "Idempotency keys", "30 days"),
    ("public.rate_limits", "Limits on tries", "as long as they have an effect"),
    ("auth.sessions", "Sessions", "until they end"),
    ("auth.pending_sign_ins", "Sign-ins that wait for a code", "10 minutes"),
    ("auth.passkey_ceremonies", "Passkeys being added or used", "5 minutes"),
    ("auth.account_mails", "Letters about accounts", "a week after their end"),
    ("public.invitations", "Invitations", "90 days after their end"),
    ("public.notifications", "Notifications", "90 days when read, otherwise 365"),
    ("public.notification_outbox", "Mail on its way", "as long as what it carries"),
    ("public.database_snapshots", "Figures of the database", "7 days; some for up to 2 years"),
    ("public.database_alerts", "Alerts", "400 days after they were resolved"),
    ("public.maintenance_operations", "Maintenance", "400 days after its end"),
    ("public.database_backups", "Backups", "400 days, and as long as the file is there"),
    ("public.servers", "Servers", "as long as they run; after a crash an hour"),
    ("public.configuration_audit_chains", "Register of the history", "for ever"),
    ("public.administrative_actions", "What administrators did", "for ever"),
    ("public.conversations", "Conversations", "until their author deletes the account"),
    ("public.bulk_jobs", "Bulk jobs", "90 days after their end"),
    ("public.bulk_job_items", "Conversations of bulk jobs", "as long as the job"),
    ("public.exports", "Export log", "a year"),
    ("public.export_chunks", "Exported files", "24 hours"),
    ("public.selections", "What was frozen", "as long as the file or the version"),
    ("public.selection_items", "Conversations that were frozen", "as long as the selection"),
    ("public.conversation_search", "Words of conversations", "as long as the conversation"),
    ("public.conversation_fingerprints", "Fingerprints", "as long as the conversation"),
    ("public.near_duplicates", "Pairs that are alike", "as long as both conversations are"),
    ("public.examinations_due", "What is to be examined", "until it was, some seconds"),
    ("public.conversation_versions", "Versions of conversations", "as long as the conversation"),
    ("public.conversation_comments", "Comments", "as long as the conversation"),
    ("public.revision_requests", "Revisions being written", "until they end, or an hour"),
    ("public.conversation_revisions", "Proposals of Claude", "90 days after they were closed"),
    ("public.conversation_reviews", "Decisions", "as long as the conversation"),
    ("public.comment_drafts", "Comments not posted", "90 days after their last change"),
    ("public.imports", "Imports", "a day until they are imported; then 90 days"),
    ("public.import_chunks", "Files of imports", "until they were checked, or a day"),
    ("public.import_rows", "Conversations of imports", "until they are imported, or a day"),
    ("public.import_problems", "What is wrong with files", "as long as the import"),
    ("public.review_claims", "Who reviews what", "90 seconds after they were renewed"),
];

/// All of them: those that are set first.
pub fn retention(config: &Config) -> Vec<RetainedTable> {
    let days = |days: Option<u32>| match days {
        Some(days) => format!("{days} days"),
        None => "for ever".to_owned(),
    };
    let archived = match config.history_days {
        Some(days) => format!("{days} days, then in the archive"),
        None => "for ever".to_owned(),
    };
    let set = [
        ("public.configuration_audit_log", "History", archived.clone(), HISTORY),
        ("public.configuration_audit_paths", "Settings in the history", archived, HISTORY),
        ("public.generation_logs", "Attempts to generate", days(config.ledger_days), LEDGER),
        ("public.budget_spend", "Spending", days(config.ledger_days), LEDGER),
        ("public.budget_alerts", "Thresholds of budgets", days(config.ledger_days), LEDGER),
    ];
    let set = set.map(|(table, what, kept, variable)| RetainedTable {
        table: table.into(),
        what: what.into(),
        kept,
        variable: Some(variable.into()),
    });
    let archive = [("public.configuration_audit_archive", "Archive of the history", "for ever")];
    let fixed = archive.iter().chain(FIXED).map(|(table, what, kept)| RetainedTable {
        table: (*table).into(),
        what: (*what).into(),
        kept: (*kept).into(),
        variable: None,
    });
    set.into_iter().chain(fixed).collect()
}

const HISTORY: &str = "TRAIN_HISTORY_DAYS";
const LEDGER: &str = "TRAIN_LEDGER_DAYS";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const DOCUMENT: &str = include_str!("../../../docs/operations.md");

    #[test]
    fn the_page_tells_of_the_tables_that_the_document_lists() {
        let (_, chapter) = DOCUMENT.split_once("\n## What grows\n").unwrap();
        let (chapter, _) = chapter.split_once("\n## ").unwrap();
        let listed: BTreeSet<_> = chapter
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
            .map(|(table, _)| table.to_owned())
            .collect();
        let told = retention(&Config::default());
        let names: BTreeSet<_> = told.iter().map(|row| row.table.clone()).collect();
        assert_eq!(names.len(), told.len(), "a table is told of twice");
        assert_eq!(names, listed);
    }

    #[test]
    fn what_is_kept_for_ever_says_so() {
        let config = Config { history_days: None, ledger_days: Some(400), ..Config::default() };
        let told = retention(&config);
        let kept = |table: &str| told.iter().find(|row| row.table == table).unwrap().kept.clone();
        assert_eq!(kept("public.configuration_audit_log"), "for ever");
        assert_eq!(kept("public.generation_logs"), "400 days");
    }
}
