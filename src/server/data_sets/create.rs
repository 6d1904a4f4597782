//! Making a version: which conversations it has, in which parts, and what is known about it.
//!
//! All of it is read from one snapshot of the database, so that what is frozen is what was
//! compared: an edit meanwhile is in none of it. Who makes a version of the same data set at the
//! same time comes first or begins again.

mod wanted;

use super::{
    DataSetService, Standing,
    alike::{Likenesses, are_pending},
    rows, workspace_of,
};
use crate::{
    api::data_sets::DataSetVersionRequest,
    domain::{
        accounts::Scope,
        conversations::Turn,
        data_sets::{
            Alike, CardCounter, DataSetVersionView, Division, Example, MOST_VERSIONS, Shares,
            divide,
        },
        error_code::ErrorCode,
        exports::{LeftOut, Split, TokenFit, TokenRule, fit, longest},
    },
    server::{
        accounts::rows::stored,
        conversations::{Tenths, Workspaces},
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
        selections::{Chosen, Item, Place, choose, freeze, records},
    },
};
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::{Executor as _, types::Json};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;
use wanted::Wanted;

/// How often it is tried: after an examination, and after somebody else's version.
const TRIES: u32 = 4;
/// How long it waits for an examination.
const PATIENCE: Duration = Duration::from_secs(8);
/// Rows of one statement.
const BATCH: usize = 5000;
/// Records that are counted at once.
const RECORDS: i64 = 500;
/// From the first statement on everything is as it was at that moment. Who waits for another's
/// version waits as long as that can take.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL statement_timeout = '120s'; SET LOCAL lock_timeout = '60s'";

/// What came of a try.
enum Tried {
    Made(Box<DataSetVersionView>),
    /// Some of its conversations are to be examined first.
    Pending,
}

impl DataSetService {
    /// Freezes conversations as the next version. It has conversations of the organization, or of a
    /// person without one their own.
    ///
    /// # Errors
    /// 400 for what is not right and when nothing is left, 404 when the caller does not see the
    /// data set, 409 while near duplicates of some conversations are still being looked for.
    pub async fn create_version(
        &self,
        request: &RequestContext,
        id: Uuid,
        version: DataSetVersionRequest,
    ) -> Result<DataSetVersionView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut wanted = Wanted::check(version)?;
        let thresholds = self.preferences.thresholds(person).await?;
        wanted.minimum_tenths = Tenths::from(thresholds).minimum_acceptable;
        let mut last = pending();
        for _ in 0..TRIES {
            match self.try_version(request, person, id, &wanted).await {
                Ok(Tried::Made(view)) => return Ok(*view),
                Ok(Tried::Pending) => {
                    last = pending();
                    match tokio::time::timeout(PATIENCE, self.conversations.examine()).await {
                        Ok(examined) => _ = examined?,
                        Err(_) => break,
                    }
                }
                Err(error) if came_second(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn try_version(
        &self,
        request: &RequestContext,
        person: Uuid,
        id: Uuid,
        wanted: &Wanted,
    ) -> Result<Tried, ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        transaction.execute(BEGIN).await?;
        let workspace = workspace_of(&mut transaction, id).await?;
        let whose = Workspaces { person: workspace, organization: None };
        let Chosen { ids, mut left_out, .. } =
            choose(&mut transaction, whose, &wanted.choice()).await?;
        go_on_as_system(&mut transaction).await?;
        let standing = Standing::lock(&mut transaction, person, id).await?;
        check_room(&mut transaction, id).await?;
        let ids = fitting(&mut transaction, ids, wanted.rules.token_fit, &mut left_out).await?;
        wanted.check_any(ids.len(), &left_out)?;
        if are_pending(&mut transaction, &ids).await? {
            transaction.commit().await?;
            return Ok(Tried::Pending);
        }
        let examples = examples(&mut transaction, id, &ids).await?;
        let (examples, division) =
            divided(&mut transaction, examples, &standing, wanted.rules.shares).await?;
        let items = items(&ids, &examples, &division);
        let would_leak = ids.len() - items.len();
        if would_leak > 0 {
            left_out.insert(LeftOut::WouldLeak, i64::try_from(would_leak).unwrap_or(i64::MAX));
        }
        wanted.check_any(items.len(), &left_out)?;
        let selection = freeze(&mut transaction, wanted.query.as_deref(), &items).await?;
        let version = keep(&mut transaction, &standing, selection, wanted, &left_out).await?;
        remember(&mut transaction, id, version.number, &examples, &division).await?;
        let view = rows::version_of_system(&mut *transaction, version.id).await?;
        transaction.commit().await?;
        view.map(|view| Tried::Made(Box::new(view))).ok_or(super::NO_VERSION)
    }
}

fn pending() -> ServiceError {
    let sentence = "Near duplicates of some of these conversations are still being looked for. Try \
        again in a moment.";
    ServiceError::refused(ErrorCode::DuplicatesPending, sentence)
}

/// Whether another changed meanwhile what this was based on, so that it has to begin again.
fn came_second(error: &ServiceError) -> bool {
    let ServiceError::Database(error) = error else { return false };
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "40001")
}

async fn check_room(transaction: &mut Transaction, id: Uuid) -> Result<(), ServiceError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM data_set_versions WHERE data_set_id = $1"#,
        id
    )
    .fetch_one(&mut **transaction)
    .await?;
    if count < MOST_VERSIONS {
        return Ok(());
    }
    let sentence =
        format!("A data set has at most {MOST_VERSIONS} versions. Remove one that is not used.");
    Err(ServiceError::field("", sentence))
}

/// Without those of which nothing is left when they are cut.
async fn fitting(
    transaction: &mut Transaction,
    mut ids: Vec<Uuid>,
    rule: Option<TokenFit>,
    left_out: &mut BTreeMap<LeftOut, i64>,
) -> Result<Vec<Uuid>, ServiceError> {
    let Some(TokenFit { target, rule: TokenRule::Cut }) = rule else { return Ok(ids) };
    let target = i32::try_from(target).unwrap_or(i32::MAX);
    let mut too_long = HashSet::new();
    for some in ids.chunks(BATCH) {
        let mut rows = sqlx::query!(
            r#"SELECT id, turns AS "turns: Json<Vec<Turn>>" FROM conversations
               WHERE id = ANY ($1) AND training_tokens > $2"#,
            some,
            target
        )
        .fetch(&mut **transaction);
        while let Some(row) = rows.try_next().await? {
            if longest(&row.turns, target).is_none() {
                too_long.insert(row.id);
            }
        }
    }
    if !too_long.is_empty() {
        let count = i64::try_from(too_long.len()).unwrap_or(i64::MAX);
        *left_out.entry(LeftOut::TooLong).or_default() += count;
        ids.retain(|id| !too_long.contains(id));
    }
    Ok(ids)
}

/// Those that are in a part already, the oldest first, and then the new ones.
async fn examples(
    transaction: &mut Transaction,
    data_set: Uuid,
    chosen: &[Uuid],
) -> Result<Vec<Example>, ServiceError> {
    let mut new: HashSet<Uuid> = chosen.iter().copied().collect();
    // What was removed for good is alike to nothing any more.
    let mut rows = sqlx::query!(
        "SELECT member.conversation_id, member.split FROM data_set_members AS member
           JOIN conversations AS own ON own.id = member.conversation_id
         WHERE member.data_set_id = $1 ORDER BY member.since, own.created_at, own.id",
        data_set
    )
    .fetch(&mut **transaction);
    let mut examples = Vec::with_capacity(chosen.len());
    while let Some(row) = rows.try_next().await? {
        let id = row.conversation_id;
        examples.push(Example { id, known: Some(stored(&row.split)?), chosen: new.remove(&id) });
    }
    drop(rows);
    let new = chosen.iter().filter(|id| new.contains(id));
    examples.extend(new.map(|id| Example { id: *id, known: None, chosen: true }));
    Ok(examples)
}

/// Divides them, apart from the threads that answer requests.
async fn divided(
    transaction: &mut Transaction,
    examples: Vec<Example>,
    standing: &Standing,
    shares: Shares,
) -> Result<(Vec<Example>, Division), ServiceError> {
    let ids: Vec<Uuid> = examples.iter().map(|example| example.id).collect();
    let likenesses = Likenesses::of(transaction, &ids).await?;
    let salt = standing.salt;
    let dividing = spawn_blocking(move || {
        let order = |id: Uuid| {
            Sha256::new()
                .chain_update(salt.as_bytes())
                .chain_update(id.as_bytes())
                .finalize()
                .into()
        };
        let alike =
            Alike { meetings: &likenesses.meetings, are: |one, other| likenesses.are(one, other) };
        let division = divide(&examples, alike, order, shares);
        (examples, division)
    });
    dividing.await.map_err(|error| ServiceError::Internal(format!("dividing examples: {error}")))
}

/// What has a part, in the order of files: each part for itself, the oldest first.
fn items(chosen: &[Uuid], examples: &[Example], division: &Division) -> Vec<Item> {
    let places = examples.iter().zip(&division.splits).zip(&division.groups);
    let placed: BTreeMap<Uuid, (Split, Option<i32>)> = places
        .filter_map(|((example, split), group)| Some((example.id, ((*split)?, *group))))
        .collect();
    let item = |id: &Uuid| {
        let (split, duplicate_group) = *placed.get(id)?;
        Some(Item { conversation: *id, split: Some(split), duplicate_group })
    };
    let mut items: Vec<Item> = chosen.iter().filter_map(item).collect();
    items.sort_by_key(|item| item.split);
    items
}

/// A version that was stored.
struct Kept {
    id: Uuid,
    number: i32,
}

/// Stores the version with its card. Changing the data set makes whoever has read it before begin
/// again.
async fn keep(
    transaction: &mut Transaction,
    standing: &Standing,
    selection: Uuid,
    wanted: &Wanted,
    left_out: &BTreeMap<LeftOut, i64>,
) -> Result<Kept, ServiceError> {
    let mut counter = CardCounter::default();
    let mut place = Place { selection, split: None, after: -1 };
    loop {
        let some = records(&mut **transaction, place, RECORDS).await?;
        let Some((last, _)) = some.last() else { break };
        place.after = *last;
        for mut record in some.into_iter().filter_map(|(_, record)| record) {
            if fit(&mut record, wanted.rules.token_fit).is_ok() {
                counter.count(&record);
            }
        }
    }
    let number = sqlx::query_scalar!(
        "UPDATE data_sets SET versions_made = versions_made + 1 WHERE id = $1
         RETURNING versions_made",
        standing.id
    )
    .fetch_one(&mut **transaction)
    .await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO data_set_versions (data_set_id, number, note, selection_id, rules, left_out,
           card)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        standing.id,
        number,
        wanted.note,
        selection,
        serde_json::json!(wanted.rules),
        serde_json::json!(left_out),
        serde_json::json!(counter.finish())
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Kept { id, number })
}

/// Notes in which part those are that are new in the data set.
async fn remember(
    transaction: &mut Transaction,
    data_set: Uuid,
    number: i32,
    examples: &[Example],
    division: &Division,
) -> Result<(), ServiceError> {
    let new: Vec<(Uuid, &str)> = examples
        .iter()
        .zip(&division.splits)
        .filter(|(example, _)| example.known.is_none())
        .filter_map(|(example, split)| Some((example.id, (*split)?.as_str())))
        .collect();
    for some in new.chunks(BATCH) {
        let (ids, splits): (Vec<Uuid>, Vec<String>) =
            some.iter().map(|(id, split)| (*id, (*split).to_owned())).unzip();
        sqlx::query!(
            "INSERT INTO data_set_members (data_set_id, conversation_id, split, since)
             SELECT $1, given.id, given.split, $4
             FROM unnest($2::uuid[], $3::text[]) AS given (id, split)",
            data_set,
            &ids,
            &splits,
            number
        )
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}
