//! People, their conversations, and jobs about them.

use crate::support::{TestDatabase, run, texts};
use serde_json::Value;
use std::collections::BTreeMap;
use train::{
    api::bulk::BulkJobRequest,
    domain::{
        bulk::{BulkAction, BulkJobView, SkipReason},
        reviews::Decision,
    },
    server::{
        accounts::Limits,
        bulk::BulkService,
        config::Config,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        http::state::AppState,
        postgres::Database,
        vault::{KeySource, Keyring, MasterKey, Vault},
    },
};
use uuid::Uuid;

const MASTER_KEY: &str = "mT4vZcW1r0Jq8sXb2YkLh7NfPd6GtUa3eRiOo9wK5xE=";

pub fn service(database: &Database) -> BulkService {
    let keys = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap(), Vec::new());
    let vault = Vault::open(database.clone(), KeySource::Environment(keys)).unwrap();
    let options = leptos::config::LeptosOptions::builder().output_name("train").build();
    AppState::new(Config::default(), database.clone(), vault, options, Limits::default())
        .bulk
        .clone()
}

pub fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

pub fn decide(decision: Decision) -> BulkAction {
    BulkAction::Decide { decision, comment: Some("Many at once".into()) }
}

pub fn tag(add: &str) -> BulkAction {
    BulkAction::Tag { add: vec![add.into()], remove: Vec::new() }
}

/// Ann manages an organization, Bob belongs to it, Dan to none.
pub struct Team {
    pub test: TestDatabase,
    pub bulk: BulkService,
    pub id: Uuid,
    pub ann: Uuid,
    pub bob: Uuid,
    pub dan: Uuid,
}

impl Team {
    pub async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
        let dan = test.account("Dan").await;
        let id = test.organization("Team", &[(ann, "owner"), (bob, "member")]).await;
        let bulk = service(&test.database);
        Self { test, bulk, id, ann, bob, dan }
    }

    /// Some of each status, trainable or not, decided or not.
    pub async fn fill(&self, by: Uuid, team: Option<Uuid>, count: i32) {
        sqlx::query(
            "INSERT INTO conversations (title, tier, status, archived_from, is_decided,
               quality_score, gate_failures, turn_count, turns, categories, created_by,
               organization_id, approved_by, approved_at)
             SELECT 'Talk ' || number, 'template', status,
               CASE WHEN status = 'archived' THEN 'approved' END, number % 7 = 0,
               (number % 100) / 10.0,
               CASE WHEN number % 5 = 0 AND status NOT IN ('approved', 'archived')
                 THEN '[{\"rule\": \"too_few_turns\"}]' ELSE '[]' END::jsonb,
               2, '[{\"role\": \"user\", \"content\": \"Hello\"},
                 {\"role\": \"assistant\", \"content\": \"Hello to you\"}]',
               ARRAY['old'], $1, $2,
               CASE WHEN status IN ('approved', 'archived') AND number % 7 = 0 THEN $1 END,
               CASE WHEN status IN ('approved', 'archived') THEN now() END
             FROM generate_series(1, $3) AS number
             CROSS JOIN LATERAL (SELECT (ARRAY['draft', 'generated', 'pending_review', 'approved',
               'rejected', 'needs_revision', 'failed', 'archived'])[1 + number % 8] AS status)
               AS own",
        )
        .bind(by)
        .bind(team)
        .bind(count)
        .execute(self.test.database.pool())
        .await
        .unwrap();
    }

    pub async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT (({sql})::bigint)::text");
        self.texts(&sql).await[0].parse().unwrap()
    }

    /// All conversations but for when and by whom they were changed.
    pub async fn rows(&self, without: &str) -> BTreeMap<String, Value> {
        let sql = format!(
            "SELECT jsonb_build_array(id, to_jsonb(c) - 'updated_at' - 'updated_by'
               - '{{{without}}}'::text[])::text FROM conversations AS c"
        );
        let rows = self.texts(&sql).await;
        let parsed = rows.iter().map(|row| serde_json::from_str::<(String, Value)>(row).unwrap());
        parsed.collect()
    }

    pub async fn prepare(&self, person: Uuid, action: BulkAction, query: &str) -> BulkJobView {
        let query = Some(query.to_owned());
        let job = BulkJobRequest { action, conversations: Vec::new(), query };
        self.bulk.prepare(&request(person), job).await.unwrap()
    }

    pub async fn named(
        &self,
        person: Uuid,
        action: BulkAction,
        conversations: Vec<Uuid>,
    ) -> Result<BulkJobView, ServiceError> {
        let job = BulkJobRequest { action, conversations, query: None };
        self.bulk.prepare(&request(person), job).await
    }

    /// Starts it and works until nothing waits.
    pub async fn run(&self, person: Uuid, id: Uuid) -> BulkJobView {
        self.bulk.start(&request(person), id).await.unwrap();
        self.work(person, id).await
    }

    pub async fn undo(&self, person: Uuid, id: Uuid) -> BulkJobView {
        self.bulk.undo(&request(person), id).await.unwrap();
        self.work(person, id).await
    }

    pub async fn work(&self, person: Uuid, id: Uuid) -> BulkJobView {
        while self.bulk.run_next().await.unwrap() {}
        self.bulk.read(&request(person), id).await.unwrap()
    }

    pub async fn ids(&self, condition: &str) -> Vec<Uuid> {
        let sql = format!("SELECT id::text FROM conversations WHERE {condition} ORDER BY id");
        self.texts(&sql).await.iter().map(|id| id.parse().unwrap()).collect()
    }

    pub async fn told(&self, person: Uuid) -> Vec<String> {
        let sql =
            format!("SELECT title FROM notifications WHERE user_id = '{person}' ORDER BY sequence");
        self.texts(&sql).await
    }
}

pub fn skipped(job: &BulkJobView, reason: SkipReason) -> i64 {
    job.skipped.iter().filter(|own| own.reason == reason).map(|own| own.count).sum()
}

pub fn all(job: &BulkJobView) -> i64 {
    job.changed + job.failed + job.skipped.iter().map(|own| own.count).sum::<i64>()
}

#[track_caller]
pub fn assert_conflict(result: Result<BulkJobView, ServiceError>) {
    assert!(matches!(result, Err(ServiceError::Conflict { .. })), "{result:?}");
}

pub const ALL: &str = "status=draft,generated,pending_review,approved,rejected,\
    needs_revision,failed,archived";
