//! The end of a request, and of an attempt that another follows.

use super::{
    batch::Statement,
    budget_line::{BudgetLine, BudgetState},
    ledger::LedgerRow,
    scope::{ScopeRow, Scopes},
};
use crate::server::postgres::{Database, Dedicated};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// How a request ended.
#[derive(Debug)]
pub struct Finished {
    /// Absent without a conversation.
    pub conversation: Option<Stored>,
    /// Budgets that this carried over a threshold, each told once per window, with the share.
    pub thresholds: Vec<(BudgetLine, f64)>,
}

/// What the database decided about a conversation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    pub public_id: String,
    pub organization_id: Option<Uuid>,
    pub author_name: Option<String>,
    pub quality_score: Option<f64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
}

/// What is to be written. Repeated, it bills nothing again.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub request_id: Uuid,
    pub run_id: Uuid,
    /// Nothing follows: what was held is given back.
    pub is_final: bool,
    pub rows: Arc<[ScopeRow]>,
    pub attempts: Arc<[LedgerRow]>,
    pub made: Option<Made>,
}

/// The row that a request made; its id is that of the run.
#[derive(Clone, Debug)]
pub enum Made {
    Conversation(Arc<Value>),
    Revision(Arc<Value>),
}

impl Made {
    fn conversation(&self) -> Option<&Value> {
        match self {
            Self::Conversation(row) => Some(row),
            Self::Revision(_) => None,
        }
    }

    fn revision(&self) -> Option<&Value> {
        match self {
            Self::Conversation(_) => None,
            Self::Revision(row) => Some(row),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Of a request that goes on: whether it still holds something for its next attempt.
    pub held: bool,
    /// Of a request that goes on: a budget that the next attempt could exceed, with what others
    /// hold.
    pub over: Option<BudgetState>,
    pub conversation: Option<Stored>,
    /// With the id of its scope and the share.
    pub thresholds: Vec<(Uuid, BudgetState, f64)>,
}

/// `end_generations` of the database.
#[derive(Debug)]
pub(super) struct Ends {
    connection: Dedicated,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    run: Uuid,
    #[serde(rename = "final")]
    is_final: bool,
    person: Option<usize>,
    organization: Option<usize>,
}

#[derive(Deserialize)]
struct Answer {
    conversations: Option<HashMap<Uuid, Stored>>,
    thresholds: Option<Vec<Threshold>>,
    requests: Vec<Continued>,
}

#[derive(Deserialize)]
struct Threshold {
    id: Uuid,
    threshold: f64,
    #[serde(flatten)]
    state: BudgetState,
}

#[derive(Deserialize)]
struct Continued {
    held: bool,
    over: Option<BudgetState>,
}

impl Ends {
    pub fn new(db: &Database) -> Self {
        Self { connection: db.dedicated() }
    }
}

impl Statement for Ends {
    type Request = Ending;
    type Answer = Ended;

    fn fits(&self, batch: &[&Ending], request: &Ending) -> bool {
        super::scope::fit(batch.iter().map(|one| &one.rows), &request.rows)
    }

    async fn ask(&self, batch: &[&Ending]) -> Result<Vec<Ended>, sqlx::Error> {
        let mut scopes = Scopes::default();
        let ended: Vec<Row> = batch
            .iter()
            .map(|one| Row {
                id: one.request_id,
                run: one.run_id,
                is_final: one.is_final,
                person: scopes.number(one.rows.first()),
                organization: scopes.number(one.rows.get(1)),
            })
            .collect();
        let attempts: Vec<&LedgerRow> = batch.iter().flat_map(|one| one.attempts.iter()).collect();
        let made = || batch.iter().filter_map(|one| one.made.as_ref());
        let conversations: Vec<&Value> = made().filter_map(Made::conversation).collect();
        let revisions: Vec<&Value> = made().filter_map(Made::revision).collect();
        let answer = sqlx::query_scalar!(
            r#"SELECT end_generations($1, $2, $3, $4, revisions => $5) AS "answer!: Json<Answer>""#,
            Json(scopes) as _,
            Json(ended) as _,
            Json(attempts) as _,
            Json(conversations) as _,
            Json(revisions) as _
        );
        let mut connection = self.connection.take().await?;
        let answer = answer.fetch_one(&mut connection).await;
        self.connection.keep(connection, &answer);
        Ok(share(answer?.0, batch))
    }
}

/// To each request what is its own. A threshold goes to the last one of its scope: that carried the
/// budget over it, or came with what did.
fn share(answer: Answer, batch: &[&Ending]) -> Vec<Ended> {
    let mut conversations = answer.conversations.unwrap_or_default();
    let mut requests = answer.requests.into_iter();
    let mut ended: Vec<Ended> = batch
        .iter()
        .map(|one| {
            let goes_on = requests.next();
            Ended {
                held: goes_on.as_ref().is_some_and(|it| it.held),
                over: goes_on.and_then(|it| it.over),
                conversation: conversations.remove(&one.run_id),
                thresholds: Vec::new(),
            }
        })
        .collect();
    for Threshold { id, threshold, state } in answer.thresholds.into_iter().flatten() {
        let its = |one: &&Ending| one.rows.iter().any(|row| row.id == id);
        if let Some(place) = batch.iter().rposition(its) {
            ended[place].thresholds.push((id, state, threshold));
        }
    }
    ended
}
