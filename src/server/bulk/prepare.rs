//! Freezing which conversations a job has, and saying what it will do.
//!
//! What fits is read as the person, by the same conditions as their list, and judged on the way:
//! what is shown and what is kept are of the same rows.

use super::{
    BulkService, rows,
    standing::{By, Row, Standing, judge, usual},
};
use crate::{
    api::bulk::BulkJobRequest,
    domain::{
        accounts::Scope,
        bulk::{BulkAction, BulkJobView, MOST_NAMED, SkipReason},
        conversations::ConversationQuery,
        error_code::ErrorCode,
        money::Money,
        preferences::values::QualityThresholds,
    },
    server::{
        conversations::{Filter, Workspaces, read_query},
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
    },
};
use chrono::Utc;
use futures::TryStreamExt as _;
use sqlx::{Executor as _, Postgres, QueryBuilder};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most that one job has.
const MOST: usize = 500_000;
/// The most that one person has prepared or waiting at a time.
const MOST_OPEN: i64 = 20;

/// What a job will have.
#[derive(Default)]
struct Frozen {
    /// In the order in which they are changed: that in which they were made.
    ids: Vec<Uuid>,
    changed: i32,
    skips: rows::Skips,
    /// Those that are judged by the thresholds of their authors.
    rated: Vec<Standing>,
    /// Those that Claude will be asked about.
    asked: Vec<Uuid>,
    /// What that can cost at most.
    worst_case: Option<Money>,
}

impl Frozen {
    fn judge(
        &mut self,
        action: &BulkAction,
        standing: &Standing,
        person: Uuid,
        thresholds: &QualityThresholds,
    ) {
        match judge(action, standing, By { person, now: Utc::now(), thresholds }) {
            Ok(_) => {
                self.changed += 1;
                if matches!(action, BulkAction::Revise { .. }) {
                    self.asked.push(standing.id);
                }
            }
            Err(reason) => *self.skips.entry(reason).or_default() += 1,
        }
    }
}

impl BulkService {
    /// Freezes the conversations of a job and says what it will do. Nothing changes yet.
    ///
    /// # Errors
    /// 400 for an action or filters that are not right, and when nothing fits; 429 while too many
    /// are open; and what the AI configuration refuses, of what asks Claude.
    pub async fn prepare(
        &self,
        request: &RequestContext,
        job: BulkJobRequest,
    ) -> Result<BulkJobView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let action = job.action.check().map_err(ServiceError::Validation)?;
        let named: BTreeSet<Uuid> = job.conversations.into_iter().collect();
        let query = match (&job.query, named.is_empty()) {
            (None, false) => None,
            (Some(text), true) => Some(read_query(text)?),
            _ => {
                let sentence = "Name either conversations or a query.";
                return Err(ServiceError::field("conversations", sentence));
            }
        };
        if named.len() > MOST_NAMED {
            let sentence = format!("At most {MOST_NAMED} conversations can be named one by one.");
            return Err(ServiceError::field("conversations", sentence));
        }
        let named: Vec<Uuid> = named.into_iter().collect();
        let mut transaction = self.db.as_person(request).await?;
        let whose = Workspaces::of(&mut transaction, person).await?;
        let selection = match &query {
            Some(query) => fitting(&mut transaction, whose, query).await?,
            None => those(whose, &named),
        };
        transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
        let mut frozen = read(&mut transaction, selection, &action, person).await?;
        transaction.commit().await?;
        // Without a connection: this may take one of its own.
        for standing in std::mem::take(&mut frozen.rated) {
            let thresholds = self.thresholds_of(standing.author).await?;
            frozen.judge(&action, &standing, person, &thresholds);
        }
        if let BulkAction::Revise { instruction } = &action {
            let sizes = self.sizes(&frozen.asked).await?;
            let worst_case = self.revisions.worst_case_of_many(person, instruction, &sizes).await?;
            frozen.worst_case = Some(worst_case);
        }
        let wanted = if query.is_some() { frozen.ids.len() } else { named.len() };
        let missing = wanted - frozen.ids.len();
        if frozen.ids.is_empty() {
            let path = if query.is_some() { "query" } else { "conversations" };
            return Err(ServiceError::field(path, "There is none that you could change."));
        }
        if missing > 0 {
            *frozen.skips.entry(SkipReason::Gone).or_default() +=
                i64::try_from(missing).unwrap_or(i64::MAX);
        }
        let total = i32::try_from(wanted).unwrap_or(i32::MAX);
        let text = job.query.as_deref().map(|text| text.trim_start_matches('?'));
        let mut transaction = self.db.as_person(request).await?;
        go_on_as_system(&mut transaction).await?;
        check_open(&mut transaction, person).await?;
        transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
        let id = keep(&mut transaction, whose, &action, text, total, &frozen).await?;
        let view = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        view.ok_or(super::NOT_FOUND)
    }

    /// How many bytes each of these has as Claude is told of it.
    async fn sizes(&self, ids: &[Uuid]) -> Result<Vec<u64>, ServiceError> {
        let mut transaction = self.db.begin().await?;
        transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
        let sizes = sqlx::query_scalar!(
            r#"SELECT octet_length(replace(jsonb_build_object('title', title, 'persona', persona,
                 'emotion', emotion, 'topic', topic, 'intent', intent, 'tone', tone,
                 'turns', turns)::text, '<', '\u003c'))::bigint AS "size!"
               FROM conversations WHERE id = ANY ($1)"#,
            ids
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(sizes.into_iter().map(|size| size.unsigned_abs()).collect())
    }

    /// By which a conversation is rated: those of its author, and the usual ones without.
    pub(super) async fn thresholds_of(
        &self,
        author: Option<Uuid>,
    ) -> Result<QualityThresholds, ServiceError> {
        match author {
            Some(author) => self.preferences.thresholds(author).await,
            None => Ok(usual()),
        }
    }
}

fn begun(person: Uuid) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "SELECT conversation.id, conversation.status, conversation.version,
           conversation.is_decided, conversation.is_trainable, conversation.turn_count,
           conversation.score_tenths, conversation.archived_from, conversation.approved_by,
           conversation.approved_at, conversation.deleted_at, conversation.categories,
           conversation.created_by, conversation.created_at, conversation.organization_id,
           EXISTS (SELECT FROM review_claims AS claim
             WHERE claim.conversation_id = conversation.id
               AND claim.expires_at > clock_timestamp() AND claim.reviewer_id <> ",
    );
    sql.push_bind(person).push(") AS is_claimed");
    sql
}

/// All that fit, as the person's list has them.
async fn fitting(
    transaction: &mut Transaction,
    whose: Workspaces,
    query: &ConversationQuery,
) -> Result<QueryBuilder<Postgres>, ServiceError> {
    let filter = Filter::of(transaction, query).await?;
    let mut sql = begun(whose.person);
    filter.push_all(&mut sql, &whose.ids(), None);
    Ok(sql)
}

/// These, where the person may change them and not only read them.
fn those(whose: Workspaces, named: &[Uuid]) -> QueryBuilder<Postgres> {
    let mut sql = begun(whose.person);
    sql.push(" FROM conversations AS conversation WHERE conversation.id = ANY (")
        .push_bind(named.to_vec())
        .push(") AND (conversation.created_by = ")
        .push_bind(whose.person)
        .push(" OR conversation.organization_id = ")
        .push_bind(whose.organization)
        .push(")");
    sql
}

async fn read(
    transaction: &mut Transaction,
    mut sql: QueryBuilder<Postgres>,
    action: &BulkAction,
    person: Uuid,
) -> Result<Frozen, ServiceError> {
    let default = usual();
    let (mut frozen, mut made) = (Frozen::default(), Vec::new());
    let mut rows = sql.build_query_as::<Row>().persistent(false).fetch(&mut **transaction);
    while let Some(row) = rows.try_next().await? {
        if made.len() == MOST {
            let sentence = "More than 500 000 fit. Narrow the filters, and do it in parts.";
            return Err(ServiceError::field("query", sentence));
        }
        made.push((row.created_at, row.id));
        let standing = Standing::of(row, action)?;
        if *action == (BulkAction::Rerate {}) {
            frozen.rated.push(standing);
        } else {
            frozen.judge(action, &standing, person, &default);
        }
    }
    drop(rows);
    made.sort_unstable();
    frozen.ids = made.into_iter().map(|(_, id)| id).collect();
    Ok(frozen)
}

async fn check_open(transaction: &mut Transaction, person: Uuid) -> Result<(), ServiceError> {
    let open = sqlx::query_scalar!(
        r#"SELECT count(*) AS "open!" FROM bulk_jobs
           WHERE created_by = $1 AND state IN ('prepared', 'queued', 'running', 'undoing')
             AND (state <> 'prepared' OR created_at > now() - interval '1 hour')"#,
        person
    )
    .fetch_one(&mut **transaction)
    .await?;
    if open < MOST_OPEN {
        return Ok(());
    }
    Err(ServiceError::Limited {
        code: ErrorCode::TooManyAtOnce,
        message: format!(
            "{MOST_OPEN} of your jobs are prepared or run. Wait for one, or forget one first."
        ),
        retry_after: 60,
    })
}

async fn keep(
    transaction: &mut Transaction,
    whose: Workspaces,
    action: &BulkAction,
    query: Option<&str>,
    total: i32,
    frozen: &Frozen,
) -> Result<Uuid, ServiceError> {
    let id = sqlx::query_scalar!(
        "INSERT INTO bulk_jobs (created_by, organization_id, action, query, total, changed,
           skipped, worst_case_nano_usd)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        whose.person,
        whose.organization,
        serde_json::json!(action),
        query,
        total,
        frozen.changed,
        serde_json::json!(rows::words(&frozen.skips).0),
        frozen.worst_case.map(Money::nanos)
    )
    .fetch_one(&mut **transaction)
    .await?;
    // Those that are gone by now are counted as such in the end.
    sqlx::query!(
        "INSERT INTO bulk_job_items (job_id, position, conversation_id)
         SELECT $1, frozen.place - 1, frozen.id
         FROM unnest($2::uuid[]) WITH ORDINALITY AS frozen (id, place)
         WHERE EXISTS (SELECT FROM conversations AS own WHERE own.id = frozen.id)
         ORDER BY frozen.place",
        id,
        &frozen.ids
    )
    .execute(&mut **transaction)
    .await?;
    Ok(id)
}
