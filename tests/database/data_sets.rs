//! Data sets: versions that nothing changes, parts that nothing moves between, and whose they are.

mod leaks;
mod parts;
mod whose;

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use train::{
    api::{
        conversations::EditRequest,
        data_sets::{DataSetRequest, DataSetVersionRequest},
    },
    domain::{
        data_sets::{DataSetVersionView, DataSetView, Shares, VersionRules},
        exports::{LeftOut, Record},
    },
    server::{
        conversations::ConversationService,
        data_sets::DataSetService,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        notifications::NotificationService,
        postgres::Database,
        preferences::PreferenceService,
        selections::{Place, records},
    },
};
use uuid::Uuid;

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn services(database: &Database) -> (DataSetService, ConversationService) {
    let database = database.clone();
    let preferences = PreferenceService::new(database.clone(), database.events().clone());
    let notifications = NotificationService::new(database.clone(), false);
    let conversations =
        ConversationService::new(database.clone(), preferences.clone(), notifications.clone());
    let sets = DataSetService::new(database, preferences, conversations.clone(), notifications);
    (sets, conversations)
}

/// A hundred words of a text, of which the last are another's: with 5 of them two are nearly the
/// same.
fn text(name: &str, replaced: usize, by: &str) -> String {
    let words = (0..104 - replaced).map(|word| format!("{name}{word}"));
    let own = (0..replaced).map(|word| format!("{by}{word}"));
    words.chain(own).collect::<Vec<_>>().join(" ")
}

fn all(query: &str) -> DataSetVersionRequest {
    DataSetVersionRequest { query: Some(query.into()), ..DataSetVersionRequest::default() }
}

fn with(query: &str, rules: VersionRules) -> DataSetVersionRequest {
    DataSetVersionRequest { rules, ..all(query) }
}

fn halves() -> VersionRules {
    let shares = Shares { train: 50, validation: 0, test: 50 };
    VersionRules { shares, ..VersionRules::default() }
}

fn counts(version: &DataSetVersionView) -> BTreeMap<LeftOut, i64> {
    version.left_out.iter().map(|own| (own.reason, own.count)).collect()
}

fn path(error: ServiceError) -> String {
    match error {
        ServiceError::Validation(fields) => fields[0].path.clone(),
        other => panic!("{other:?}"),
    }
}

/// Ann owns a team, Ben and Cem are members; Eve is alone.
struct Team {
    test: TestDatabase,
    sets: DataSetService,
    conversations: ConversationService,
    id: Uuid,
    ann: Uuid,
    ben: Uuid,
    cem: Uuid,
    eve: Uuid,
}

impl Team {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let ann = test.account("Ann").await;
        let (ben, cem) = (test.account("Ben").await, test.account("Cem").await);
        let eve = test.account("Eve").await;
        let people = [(ann, "owner"), (ben, "member"), (cem, "member")];
        let id = test.organization("Team", &people).await;
        let (sets, conversations) = services(&test.database);
        Self { test, sets, conversations, id, ann, ben, cem, eve }
    }

    async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    async fn number(&self, sql: &str) -> i64 {
        self.texts(&format!("SELECT ({sql})::text")).await[0].parse().unwrap()
    }

    /// Ann's, of the team, approved and trainable.
    async fn store(&self, texts: &[String]) -> Vec<Uuid> {
        self.store_of(texts, Some(self.id), self.ann).await
    }

    async fn store_of(&self, texts: &[String], team: Option<Uuid>, author: Uuid) -> Vec<Uuid> {
        let turns: Vec<Value> = texts
            .iter()
            .map(|text| {
                let [user, assistant] = ["user", "assistant"];
                json!([{"role": user, "content": "Why?"}, {"role": assistant, "content": text}])
            })
            .collect();
        sqlx::query_scalar(
            "INSERT INTO conversations (title, turns, turn_count, training_tokens,
                organization_id, created_by, tier, status, quality_score, gate_failures)
             SELECT left(turns -> 1 ->> 'content', 20), turns, 2, 300, $2, $3, 'template',
               'approved', 9, '[]'
             FROM unnest($1::jsonb[]) WITH ORDINALITY AS given (turns, place) ORDER BY place
             RETURNING id",
        )
        .bind(turns)
        .bind(team)
        .bind(author)
        .fetch_all(self.test.database.pool())
        .await
        .unwrap()
    }

    async fn edit(&self, id: Uuid, text: &str) {
        let own = self.conversations.conversation(&request(self.ann), &id.to_string()).await;
        let own = own.unwrap();
        let mut content = own.content();
        content.turns[1].content = text.into();
        let edit = EditRequest { content, reason: None, restored_from: None };
        let base = Some(own.version.into());
        self.conversations.edit(&request(self.ann), id, base, edit).await.unwrap();
        // Trainers take it as before.
        let as_before = "quality_score = 9, gate_failures = '[]', status = 'approved'";
        self.change(&format!("UPDATE conversations SET {as_before} WHERE id = '{id}'")).await;
    }

    async fn set(&self, person: Uuid, name: &str) -> DataSetView {
        let wanted = DataSetRequest { name: name.into(), description: String::new() };
        self.sets.create(&request(person), wanted).await.unwrap()
    }

    async fn version(
        &self,
        person: Uuid,
        set: Uuid,
        wanted: DataSetVersionRequest,
    ) -> Result<DataSetVersionView, ServiceError> {
        self.sets.create_version(&request(person), set, wanted, None).await
    }

    /// Each conversation of a version, and its part.
    async fn parts(&self, version: Uuid) -> BTreeMap<Uuid, String> {
        let rows: Vec<(Uuid, String)> = sqlx::query_as(
            "SELECT item.conversation_id, item.split FROM selection_items AS item
               JOIN data_set_versions AS own ON own.selection_id = item.selection_id
             WHERE own.id = $1",
        )
        .bind(version)
        .fetch_all(self.test.database.pool())
        .await
        .unwrap();
        rows.into_iter().collect()
    }

    /// What files of a version would have.
    async fn records(&self, version: Uuid) -> Vec<(i32, Option<Record>)> {
        let sql = "SELECT selection_id FROM data_set_versions WHERE id = $1";
        let selection: Uuid = sqlx::query_scalar(sql)
            .bind(version)
            .fetch_one(self.test.database.pool())
            .await
            .unwrap();
        let mut place = Place { selection, split: None, after: -1 };
        let mut all = Vec::new();
        loop {
            let some = records(self.test.database.pool(), place, 100).await.unwrap();
            let Some((last, _)) = some.last() else { return all };
            place.after = *last;
            all.extend(some);
        }
    }

    /// Pairs that are marked as alike and are in two parts of a version.
    async fn leaks(&self, version: Uuid) -> i64 {
        self.number(&format!(
            "SELECT count(*) FROM near_duplicates AS pair
               JOIN data_set_versions AS own ON own.id = '{version}'
               JOIN selection_items AS one ON one.selection_id = own.selection_id
                 AND one.conversation_id = pair.conversation_id
               JOIN selection_items AS other ON other.selection_id = own.selection_id
                 AND other.conversation_id = pair.other_id
             WHERE one.split <> other.split"
        ))
        .await
    }
}
