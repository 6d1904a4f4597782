//! Coverage: how many conversations there are of each combination, and how long they are.

use crate::support::TestDatabase;
use serde_json::{Value, json};
use train::{
    domain::coverage::{CoverageAnswer, CoverageQuery, TokenFitAnswer},
    server::{
        conversation_policy::ConversationPolicyService,
        coverage::CoverageService,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        notifications::NotificationService,
    },
};
use uuid::Uuid;

const STORE: &str = "
    INSERT INTO conversations (organization_id, created_by, title, persona, emotion, topic, tier,
      status, archived_from, quality_score, training_tokens, gate_failures, is_demonstration)
    SELECT given.organization, given.author, '', coalesce(given.persona, ''),
      coalesce(given.emotion, ''), coalesce(given.topic, ''), coalesce(given.tier, 'template'),
      coalesce(given.status, 'generated'),
      CASE WHEN given.status = 'archived' THEN 'generated' END, given.score,
      coalesce(given.tokens, 0), '[]'::jsonb, coalesce(given.demonstration, false)
    FROM jsonb_to_recordset($1) AS given (organization uuid, author uuid, persona text,
      emotion text, topic text, tier text, status text, score numeric, tokens integer,
      demonstration boolean)";

/// Ann is of an organization, Eve of another.
struct World {
    test: TestDatabase,
    service: CoverageService,
    organization: Uuid,
    ann: Uuid,
    eve: Uuid,
}

impl World {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (ann, eve) = (test.account("Ann").await, test.account("Eve").await);
        let organization = test.organization("Ours", &[(ann, "owner")]).await;
        test.organization("Theirs", &[(eve, "owner")]).await;
        let notifications = NotificationService::new(test.database.clone(), false);
        let policies = ConversationPolicyService::new(test.database.clone(), notifications);
        let service = CoverageService::new(test.database.clone(), policies);
        Self { test, service, organization, ann, eve }
    }

    /// Stores conversations, Ann's of the organization unless they say otherwise.
    async fn store(&self, rows: impl IntoIterator<Item = Value>) {
        let whole = rows.into_iter().map(|row| {
            let mut whole = json!({"organization": self.organization, "author": self.ann});
            whole.as_object_mut().unwrap().extend(row.as_object().unwrap().clone());
            whole
        });
        let rows = Value::Array(whole.collect());
        sqlx::query(STORE).bind(rows).execute(self.test.database.pool()).await.unwrap();
    }

    async fn matrix(&self, query: Value) -> CoverageAnswer {
        let query: CoverageQuery = serde_json::from_value(query).unwrap();
        self.service.matrix(&request(self.ann), &query).await.unwrap()
    }

    async fn tokens(&self, query: Value) -> TokenFitAnswer {
        let query = serde_json::from_value(query).unwrap();
        self.service.tokens(&request(self.ann), &query).await.unwrap()
    }

    /// The field that is wrong.
    async fn wrong(&self, query: Value) -> String {
        let query: CoverageQuery = serde_json::from_value(query).unwrap();
        match self.service.matrix(&request(self.ann), &query).await {
            Err(ServiceError::Validation(fields)) => fields[0].path.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn request(user_id: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

/// The cells with the labels of their row and column: `A/x 2 1 7.65`.
fn cells(answer: &CoverageAnswer) -> Vec<String> {
    let cell = |cell: &train::domain::coverage::CoverageCell| {
        let row = &answer.rows[cell.row as usize].label;
        let column = &answer.columns[cell.column as usize].label;
        let score = cell.mean_score.map_or("–".to_owned(), |score| format!("{score:.2}"));
        format!("{row}/{column} {} {} {score}", cell.count, cell.approved)
    };
    answer.cells.iter().map(cell).collect()
}

fn labels(values: &[train::domain::coverage::CoverageValue]) -> Vec<(&str, i64)> {
    values.iter().map(|value| (value.label.as_str(), value.count)).collect()
}

#[tokio::test]
async fn a_matrix_counts_what_a_list_has() {
    let world = World::new().await;
    let eve = world.eve;
    world
        .store([
            json!({"persona": "A", "emotion": "x", "status": "approved", "score": 8.2}),
            json!({"persona": "A", "emotion": "x", "score": 7.1, "organization": null}),
            json!({"persona": "A", "emotion": "y", "status": "failed", "topic": "Loans"}),
            json!({"persona": "B", "emotion": "y", "tier": "scenario"}),
            json!({"emotion": "x", "score": 3}),
            json!({"persona": "B", "emotion": "x", "status": "archived"}),
            json!({"persona": "C", "emotion": "x", "demonstration": true}),
            json!({"persona": "B", "emotion": "x", "author": eve, "organization": null}),
        ])
        .await;
    let answer = world.matrix(json!({})).await;
    // Of equally many by their value; what says nothing comes first then.
    assert_eq!(labels(&answer.rows), [("A", 3), ("None", 1), ("B", 1)]);
    assert_eq!(labels(&answer.columns), [("x", 3), ("y", 2)]);
    let all = ["A/x 2 1 7.65", "A/y 1 0 –", "None/x 1 0 3.00", "B/y 1 0 –"];
    assert_eq!(cells(&answer), all);
    assert_eq!((answer.total, answer.empty), (5, 2));
    assert_eq!((answer.more_rows, answer.more_columns), (0, 0));

    let answer = world.matrix(json!({"demonstration": true})).await;
    assert_eq!((answer.total, answer.rows.len()), (6, 4));
    let answer = world.matrix(json!({"topic": "Loans"})).await;
    assert_eq!(cells(&answer), ["A/y 1 0 –"]);
    // Tiers are all there, in their own order.
    let answer = world.matrix(json!({"rows": "tier", "columns": "persona"})).await;
    let tiers = [("Template", 4), ("Scenario", 1), ("Edge case", 0)];
    assert_eq!(labels(&answer.rows), tiers);
    assert_eq!((answer.total, answer.empty), (5, 6));
    let answer = world.matrix(json!({"topic": "Nothing"})).await;
    assert_eq!(answer, CoverageAnswer::default());
}

#[tokio::test]
async fn rarer_values_are_counted_and_not_shown() {
    let world = World::new().await;
    // 50 personas, the first ten twice.
    let personas = (0..60).map(|number| {
        let emotion = if number < 45 { "x" } else { "y" };
        json!({"persona": format!("P{:02}", number % 50), "emotion": emotion})
    });
    world.store(personas).await;
    let answer = world.matrix(json!({})).await;
    assert_eq!((answer.rows.len(), answer.columns.len()), (40, 2));
    assert_eq!((answer.more_rows, answer.more_columns), (10, 0));
    assert_eq!(labels(&answer.rows)[9..11], [("P09", 2), ("P10", 1)]);
    assert_eq!(answer.total, 60, "the rarer ones as well");
    // The ten have both emotions, the other thirty have one.
    assert_eq!((answer.cells.len(), answer.empty), (50, 30));
    assert_eq!(answer.gaps().len(), 30);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_named() {
    let world = World::new().await;
    assert_eq!(world.wrong(json!({"rows": "tier", "columns": "tier"})).await, "columns");
    assert_eq!(world.wrong(json!({"columns": "persona"})).await, "columns");
    assert_eq!(world.wrong(json!({"topic": "x".repeat(201)})).await, "topic");
}

#[tokio::test]
async fn lengths_are_those_of_the_list_whatever_the_target() {
    let world = World::new().await;
    world
        .store([
            json!({"tokens": 100, "persona": "A"}),
            json!({"tokens": 100, "persona": "A"}),
            json!({"tokens": 4096}),
            json!({"tokens": 9000, "tier": "scenario"}),
            json!({"tokens": 20000, "status": "archived"}),
            json!({"tokens": 20000, "author": world.eve, "organization": null}),
        ])
        .await;
    let answer = world.tokens(json!({"tokensOver": 99})).await;
    let over: Vec<_> = answer.over.iter().map(|over| (over.target, over.count)).collect();
    assert_eq!(over, [(2048, 2), (4096, 1), (8192, 1), (99, 4)]);
    assert_eq!((answer.total, answer.tokens), (4, 13_296));
    assert_eq!((answer.median, answer.p95, answer.longest), (100, 9000, 9000));
    assert_eq!(answer.bars.iter().map(|bar| bar.count).sum::<i64>(), 4);
    assert_eq!(world.tokens(json!({"tier": "scenario"})).await.total, 1);
    assert_eq!(world.tokens(json!({"persona": "Nobody"})).await.bars, []);
    // What the organization decided is one more target.
    assert_eq!(answer.target, None);
    let decide = "UPDATE conversation_policies SET policy = '{\"tokenTarget\": 1000}'
        WHERE organization_id = $1";
    let pool = world.test.database.pool();
    sqlx::query(decide).bind(world.organization).execute(pool).await.unwrap();
    let answer = world.tokens(json!({})).await;
    assert_eq!((answer.target, answer.over(1000)), (Some(1000), Some(2)));
}
