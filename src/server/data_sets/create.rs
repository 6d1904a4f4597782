//! Making a version: which conversations it has, in which parts, and what is known about it.
//!
//! All of it is read from one snapshot of the database, so that what is frozen is what was
//! compared: an edit meanwhile is in none of it. Who makes a version of the same data set at the
//! same time comes first or begins again.

mod card;
mod examples;
mod fitting;
mod wanted;

use super::{DataSetService, Standing, alike, rows, workspace_of};
use crate::{
    api::data_sets::DataSetVersionRequest,
    domain::{
        accounts::Scope,
        data_sets::{Card, DataSetVersionView, Division, Example, MOST_VERSIONS},
        error_code::ErrorCode,
        exports::{LeftOut, Split},
    },
    server::{
        conversations::Workspaces,
        foundation::{context::RequestContext, error::ServiceError},
        idempotency::{self, IdempotencyKey, Use},
        postgres::{Transaction, go_on_as_system},
        selections::{Chosen, Item, choose, freeze},
    },
};
use examples::{divided, examples, remember};
use fitting::{Cut, fitting};
use sqlx::Executor as _;
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use uuid::Uuid;
use wanted::Wanted;

/// How often it is tried: after an examination, and after somebody else's version.
const TRIES: u32 = 4;
/// How long it waits for an examination.
const PATIENCE: Duration = Duration::from_secs(8);
/// From the first statement on everything is as it was at that moment. Who waits for another's
/// version waits as long as that can take.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL statement_timeout = '120s'; SET LOCAL lock_timeout = '60s';
    SET LOCAL idle_in_transaction_session_timeout = '10min'";

/// What came of a try.
enum Tried {
    Made(Box<DataSetVersionView>),
    /// These of its conversations are to be examined first.
    Pending(Vec<Uuid>),
}

impl DataSetService {
    /// Freezes conversations as the next version. It has conversations of the organization, or of a
    /// person without one their own. The same `key` makes one version.
    ///
    /// # Errors
    /// 400 for what is not right and when nothing is left, 404 when the caller does not see the
    /// data set, 409 while near duplicates of some conversations are still being looked for.
    pub async fn create_version(
        &self,
        request: &RequestContext,
        id: Uuid,
        version: DataSetVersionRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<DataSetVersionView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut wanted = Wanted::check(version)?;
        let thresholds = self.preferences.thresholds(person).await?;
        wanted.decide(thresholds.minimum_acceptable);
        let mut last = pending();
        for _ in 0..TRIES {
            match self.try_version(request, person, id, (&wanted, key)).await {
                Ok(Tried::Made(view)) => return Ok(*view),
                Ok(Tried::Pending(ids)) => {
                    last = pending();
                    alike::note_old(self.db.pool(), &ids).await?;
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
        (wanted, key): (&Wanted, Option<IdempotencyKey>),
    ) -> Result<Tried, ServiceError> {
        let version_id = IdempotencyKey::made_id(key.as_ref(), person);
        let mut transaction = self.db.as_person(request).await?;
        transaction.execute(BEGIN).await?;
        if let Some(key) = &key
            && idempotency::take(&mut transaction, person, key).await? == Use::Repeated
        {
            workspace_of(&mut transaction, id).await?;
            go_on_as_system(&mut transaction).await?;
            let view = rows::version_of_system(&mut *transaction, version_id).await?;
            transaction.commit().await?;
            return view.map(|view| Tried::Made(Box::new(view))).ok_or(super::NO_VERSION);
        }
        let workspace = workspace_of(&mut transaction, id).await?;
        let whose = Workspaces { person: workspace, organization: None };
        let Chosen { ids, mut left_out, .. } =
            choose(&mut transaction, whose, &wanted.choice()).await?;
        go_on_as_system(&mut transaction).await?;
        let standing = Standing::lock(&mut transaction, person, id).await?;
        check_room(&mut transaction, id).await?;
        let pending = alike::pending(&mut transaction, &ids).await?;
        if !pending.is_empty() {
            // With it the key goes: nothing was done under it yet.
            transaction.rollback().await?;
            return Ok(Tried::Pending(pending));
        }
        let (ids, cuts) =
            fitting(&mut transaction, ids, wanted.rules.token_fit, &mut left_out).await?;
        wanted.check_any(ids.len(), &left_out)?;
        let sizes: HashMap<Uuid, (i64, i32)> =
            cuts.iter().map(|(id, Cut { turns, tokens, .. })| (*id, (*turns, *tokens))).collect();
        let examples = examples(&mut transaction, id, &ids, cuts).await?;
        let (examples, division) = divided(examples, standing.salt, wanted.rules.shares).await?;
        let items = items(&ids, &examples.all, &division);
        let would_leak = ids.len() - items.len();
        if would_leak > 0 {
            left_out.insert(LeftOut::WouldLeak, i64::try_from(would_leak).unwrap_or(i64::MAX));
        }
        wanted.check_any(items.len(), &left_out)?;
        let selection = freeze(&mut transaction, wanted.query.as_deref(), &items).await?;
        let card = card::count(&mut transaction, &items, &sizes).await?;
        let made = (version_id, selection, &card, &left_out);
        let number = keep(&mut transaction, &standing, wanted, made).await?;
        remember(&mut transaction, id, number, &examples, &division).await?;
        let view = rows::version_of_system(&mut *transaction, version_id).await?;
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

/// Stores the version with its card, and tells its number. Changing the data set makes whoever has
/// read it before begin again.
async fn keep(
    transaction: &mut Transaction,
    standing: &Standing,
    wanted: &Wanted,
    (id, selection, card, left_out): (Uuid, Uuid, &Card, &BTreeMap<LeftOut, i64>),
) -> Result<i32, ServiceError> {
    let number = sqlx::query_scalar!(
        "UPDATE data_sets SET versions_made = versions_made + 1 WHERE id = $1
         RETURNING versions_made",
        standing.id
    )
    .fetch_one(&mut **transaction)
    .await?;
    // Its key may be forgotten before what was made under it.
    let kept = sqlx::query!(
        "INSERT INTO data_set_versions (id, data_set_id, number, note, selection_id, rules,
           left_out, card, names)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, jsonb_build_object('dataSet', $9::text,
           'author', (SELECT display_name FROM auth.users WHERE id = auth.uid())))
         ON CONFLICT (id) DO NOTHING",
        id,
        standing.id,
        number,
        wanted.note,
        selection,
        serde_json::json!(wanted.rules),
        serde_json::json!(left_out),
        serde_json::json!(card),
        standing.name
    )
    .execute(&mut **transaction)
    .await?;
    if kept.rows_affected() == 0 { Err(idempotency::reused()) } else { Ok(number) }
}
