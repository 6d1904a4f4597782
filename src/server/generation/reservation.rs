//! What a request holds while it runs, and how it ends: what it cost, what it set aside, its place
//! and what it made are written in one transaction, all of it or nothing.

use crate::server::{
    foundation::{error::ServiceError, shares::Work},
    generation::budget_line::{BudgetLine, read},
    postgres::Database,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::postgres::types::PgInterval;
use std::time::Duration;
use uuid::Uuid;

/// A lease not renewed for this long is nobody's: its server is gone.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often it is renewed meanwhile.
pub const RENEWAL: Duration = Duration::from_secs(10);
/// How often an end that the database refused is tried again, and the pause before each. What
/// Claude made is paid for.
const FINISH_AGAIN: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
];

/// The budget, the rate and the places of one request.
pub struct Reservation {
    db: Database,
    /// Where its statements have their place.
    work: Work,
    request_id: Uuid,
    /// What was given to the gate, for a reservation that a crash of the database forgot.
    budgets: Value,
    /// Attempts that an earlier sending of the same request made, when its server ended in the
    /// middle. They are billed.
    pub earlier_attempts: u32,
    /// Budgets that this request may exceed, because they only warn.
    pub exceeded: Vec<BudgetLine>,
}

/// Why no other attempt may follow.
pub enum NoMore {
    /// What was billed leaves too little for another: the line, and what others have spent and set
    /// aside in it.
    Budget { line: Box<BudgetLine>, settled: i64, reserved: i64 },
    /// The database did not answer, and what the attempt cost is not in the budgets yet.
    Unbilled,
}

/// How a request ended.
#[derive(Debug, Deserialize)]
pub struct Finished {
    /// Absent without a conversation.
    pub conversation: Option<Stored>,
    /// Thresholds that were passed, each told once per window.
    pub thresholds: Vec<BudgetLine>,
}

/// What the database decided about a conversation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    pub public_id: String,
    pub organization_id: Option<Uuid>,
    pub quality_score: Option<f64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Billed {
    recorded: bool,
    #[serde(default)]
    line: Option<Box<BudgetLine>>,
    #[serde(default)]
    settled: i64,
    #[serde(default)]
    reserved: i64,
}

impl Reservation {
    pub fn new(
        db: &Database,
        work: &Work,
        request_id: Uuid,
        budgets: Value,
        earlier_attempts: u32,
        exceeded: Vec<BudgetLine>,
    ) -> Self {
        let (db, work) = (db.clone(), work.clone());
        Self { db, work, request_id, budgets, earlier_attempts, exceeded }
    }

    /// For benchmarks that measure what the gates cost: nothing was asked for and nothing is taken;
    /// the ledger is written.
    pub fn nothing(db: &Database, work: &Work, request_id: Uuid) -> Self {
        Self::new(db, work, request_id, Value::Array(Vec::new()), 0, Vec::new())
    }

    /// Keeps the place among the concurrent requests; to be called every [`RENEWAL`].
    pub async fn renew(&self) {
        let _place = self.work.take().await;
        let renewed =
            sqlx::query_scalar!("SELECT renew_lease($1, $2)", self.request_id, interval(LEASE));
        if let Err(error) = renewed.fetch_one(self.db.pool()).await {
            tracing::warn!(%error, "the place of a generation could not be renewed");
        }
    }

    /// Bills attempts that another is to follow, `cost` in nano-dollars in all, and forgets those
    /// that are recorded: the rest is told again with the next.
    pub async fn bill(&self, attempts: &mut Vec<Value>, cost: i64) -> Result<(), NoMore> {
        let rows = Value::Array(attempts.clone());
        let _place = self.work.take().await;
        let answer = sqlx::query_scalar!(
            r#"SELECT bill_attempts($1, $2) AS "answer!""#,
            self.request_id,
            rows
        )
        .fetch_one(self.db.pool())
        .await;
        let billed = answer
            .map_err(ServiceError::from)
            .and_then(|answer| read::<Billed>(answer, "bill_attempts"));
        match billed {
            Ok(Billed { recorded: true, line, settled, reserved }) => {
                attempts.clear();
                line.map_or(Ok(()), |line| Err(NoMore::Budget { line, settled, reserved }))
            }
            Ok(_) if cost == 0 => Ok(()),
            Ok(_) => Err(NoMore::Unbilled),
            Err(error) => {
                tracing::warn!(%error, request_id = %self.request_id, "an attempt could not be \
                    recorded yet");
                // One that cost nothing changes no budget.
                if cost == 0 { Ok(()) } else { Err(NoMore::Unbilled) }
            }
        }
    }

    /// Ends the request, whatever became of it: records its last attempts, turns the reservation
    /// into what they cost, frees its places, and stores the conversation. Tried again while the
    /// database is away; a conversation that it will not have does not keep the rest from being
    /// written.
    ///
    /// # Errors
    /// When the conversation is not stored, or nothing is.
    pub async fn finish(
        &self,
        attempts: Vec<Value>,
        conversation: Option<Value>,
    ) -> Result<Finished, ServiceError> {
        let attempts = Value::Array(attempts);
        let mut pauses = FINISH_AGAIN.iter();
        let error = loop {
            match self.try_finish(&attempts, conversation.as_ref()).await {
                Ok(answer) => return read(answer, "finish_generation"),
                Err(error) if conversation.is_some() && is_final(&error) => break error,
                Err(error) => match pauses.next() {
                    Some(pause) => {
                        tracing::warn!(%error, request_id = %self.request_id, "a generation could \
                            not be ended yet");
                        tokio::time::sleep(*pause).await;
                    }
                    None => break error,
                },
            }
        };
        let without = match conversation {
            Some(_) if is_final(&error) => self.try_finish(&attempts, None).await.err(),
            _ => Some(sqlx::Error::WorkerCrashed),
        };
        if without.is_some() {
            // The last resort: whoever reads the log can enter it by hand.
            tracing::error!(%error, request_id = %self.request_id, %attempts, "a generation was \
                not billed");
        }
        Err(error.into())
    }

    async fn try_finish(
        &self,
        attempts: &Value,
        conversation: Option<&Value>,
    ) -> Result<Value, sqlx::Error> {
        let _place = self.work.take().await;
        sqlx::query_scalar!(
            r#"SELECT finish_generation($1, $2, $3, $4) AS "answer!""#,
            self.request_id,
            attempts,
            self.budgets,
            conversation
        )
        .fetch_one(self.db.pool())
        .await
    }
}

/// Whether the database refuses the same for good: a value that it cannot hold, or one that refers
/// to what is gone.
fn is_final(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    // The organization was closed while its member's conversation was stored: it is the author's.
    if error.is_some_and(|error| error.constraint() == Some("conversations_organization_id_fkey")) {
        return false;
    }
    let code = error.and_then(|error| error.code());
    code.is_some_and(|code| ["22", "23", "42"].iter().any(|class| code.starts_with(class)))
}

pub fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}
