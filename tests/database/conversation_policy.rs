//! Conversation policies: what retention archives is what it said that it would, and who is told.

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use train::{
    domain::{conversation_policy::CheckAction, conversations::FindingKind},
    server::{
        conversation_policy::ConversationPolicyService,
        foundation::context::{Actor, RequestContext, Role, Source},
        notifications::NotificationService,
    },
};
use uuid::Uuid;

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

/// Ann owns a team, Ben administers it, Cem is a member.
struct Team {
    test: TestDatabase,
    policies: ConversationPolicyService,
    id: Uuid,
    ann: Uuid,
    cem: Uuid,
}

impl Team {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let ann = test.account("Ann").await;
        let (ben, cem) = (test.account("Ben").await, test.account("Cem").await);
        let people = [(ann, "owner"), (ben, "admin"), (cem, "member")];
        let id = test.organization("Team", &people).await;
        let notifications = NotificationService::new(test.database.clone(), false);
        let policies = ConversationPolicyService::new(test.database.clone(), notifications);
        Self { test, policies, id, ann, cem }
    }

    async fn run(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    /// One of Cem's that was changed so many days ago.
    async fn stored(&self, title: &str, status: &str, days: i32, shared: bool) -> Uuid {
        sqlx::query_scalar(
            "INSERT INTO conversations (title, tier, status, archived_from, created_by,
               organization_id, approved_at, updated_at, gate_failures)
             VALUES ($1, 'template', $2, CASE WHEN $2 = 'archived' THEN 'rejected' END, $3, $4,
               CASE WHEN $2 = 'approved' THEN now() END, now() - make_interval(days => $5), '[]')
             RETURNING id",
        )
        .bind(title)
        .bind(status)
        .bind(self.cem)
        .bind(shared.then_some(self.id))
        .bind(days)
        .fetch_one(self.test.database.pool())
        .await
        .unwrap()
    }

    async fn patch(&self, patch: Value, preview: bool) -> i64 {
        let patch = patch.as_object().unwrap();
        let answer =
            self.policies.change(&request(self.ann), self.id, patch, None, preview).await.unwrap();
        answer.would_archive
    }

    async fn archived(&self) -> Vec<String> {
        self.texts("SELECT title FROM conversations WHERE status = 'archived' ORDER BY title").await
    }
}

const TOLD: &str = "SELECT person.display_name || ': ' || told.title FROM notifications AS told
    JOIN auth.users AS person ON person.id = told.user_id ORDER BY told.created_at, 1";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_is_what_the_preview_counted() {
    let team = Team::new().await;
    for index in 0..3 {
        team.stored(&format!("Old {index}"), "rejected", 100, true).await;
    }
    team.stored("Young", "rejected", 80, true).await;
    team.stored("Approved", "approved", 100, true).await;
    team.stored("Private", "rejected", 100, false).await;
    team.stored("Gone", "archived", 100, true).await;
    let claimed = team.stored("Under review", "rejected", 100, true).await;
    let claims = "INSERT INTO review_claims (conversation_id, reviewer_id, expires_at)";
    let minute = "now() + interval '1 minute'";
    team.run(&format!("{claims} VALUES ('{claimed}', '{}', {minute})", team.ann)).await;

    assert_eq!(team.policies.archive_old().await.unwrap(), 0, "off unless somebody says so");
    let retention = json!({"retention": {"enabled": true, "archiveAfterDays": 90}});
    assert_eq!(team.patch(retention.clone(), true).await, 3);
    assert_eq!(team.policies.archive_old().await.unwrap(), 0, "a preview stores nothing");
    assert_eq!(team.patch(retention, false).await, 3);
    let read = team.policies.read(&request(team.cem), team.id).await.unwrap();
    assert_eq!((read.would_archive, read.version), (3, 2));

    assert_eq!(team.policies.archive_old().await.unwrap(), 3);
    assert_eq!(team.archived().await, ["Gone", "Old 0", "Old 1", "Old 2"]);
    let noted = "SELECT DISTINCT concat_ws(' ', action, status_before, reviewer_id, version)
        FROM conversation_reviews";
    assert_eq!(team.texts(noted).await, ["archived rejected 1"]);
    assert_eq!(
        team.texts(TOLD).await,
        ["Ann: 3 conversations were archived", "Ben: 3 conversations were archived"]
    );

    // Once the claim is over it is archived as well; that is told tomorrow.
    team.run("UPDATE review_claims SET expires_at = now() - interval '1 second'").await;
    assert_eq!(team.policies.archive_old().await.unwrap(), 1);
    assert_eq!(team.texts(TOLD).await.len(), 2, "once a day");
    team.run("UPDATE conversation_policies SET told_on = told_on - 1").await;
    // As if that had been yesterday, whose notification has another key.
    let mut owner = team.test.role("train_owner").await;
    run(&mut owner, "UPDATE notifications SET dedupe_key = dedupe_key || ' yesterday'").await;
    team.policies.archive_old().await.unwrap();
    assert!(team.texts(TOLD).await.contains(&"Ben: A conversation was archived".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_brought_back_is_old_again_only_after_as_long() {
    let team = Team::new().await;
    let old = team.stored("Old", "rejected", 100, true).await;
    team.patch(json!({"retention": {"enabled": true, "statuses": "all"}}), false).await;
    assert_eq!(team.patch(json!({"retention": {"archiveAfterDays": 90}}), false).await, 1);
    assert_eq!(team.policies.archive_old().await.unwrap(), 1);
    team.run(&format!(
        "UPDATE conversations SET status = archived_from, archived_from = NULL WHERE id = '{old}'"
    ))
    .await;
    assert_eq!(team.policies.archive_old().await.unwrap(), 0);
    assert!(team.archived().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_organization_is_archived_in_pieces() {
    let team = Team::new().await;
    team.run(&format!(
        "INSERT INTO conversations (title, tier, status, created_by, organization_id, updated_at)
         SELECT 'Old', 'template', 'failed', '{}', '{}', now() - interval '200 days'
         FROM generate_series(1, 1203)",
        team.cem, team.id
    ))
    .await;
    assert_eq!(team.patch(json!({"retention": {"enabled": true}}), false).await, 1203);
    assert_eq!(team.policies.archive_old().await.unwrap(), 1203);
    let title = "Ann: 1,203 conversations were archived".to_owned();
    assert!(team.texts(TOLD).await.contains(&title));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_history_and_others_read_what_applies() {
    let team = Team::new().await;
    assert_eq!(team.policies.of(None).await.unwrap().token_target, None);
    team.patch(json!({"checks": {"email": "mask"}, "tokenTarget": 4096}), false).await;
    let policy = team.policies.of(Some(team.id)).await.unwrap();
    assert_eq!(policy.token_target, Some(4096));
    assert_eq!(policy.checks.of(FindingKind::Email), CheckAction::Mask);
    let history = "SELECT concat_ws(' ', config_type, action, version, new_value)
        FROM configuration_audit_log WHERE config_type = 'conversation_policy'";
    assert_eq!(
        team.texts(history).await,
        [r#"conversation_policy updated 2 {"checks": {"email": "mask"}, "tokenTarget": 4096}"#]
    );
    let mut owner = team.test.role("train_owner").await;
    let broken = texts(&mut owner, "SELECT problem FROM verify_audit_chain()").await;
    assert_eq!(broken, Vec::<String>::new());
    team.run(&format!("DELETE FROM organizations WHERE id = '{}'", team.id)).await;
    let ended = texts(&mut owner, "SELECT problem FROM verify_audit_chain()").await;
    assert_eq!(ended, Vec::<String>::new());
}
