//! Begins exports, stops them, and tells how they stand.

use super::{ExportService, NOT_FOUND, plan, plan::Plan, rows, rows::Bundled, tidy};
use crate::{
    api::exports::ExportRequest,
    domain::{
        accounts::Scope,
        error_code::ErrorCode,
        exports::{ExportPreview, ExportState, ExportView, LeftOut},
    },
    server::{
        conversations::Workspaces,
        data_sets::version_in_files,
        foundation::{context::RequestContext, error::ServiceError},
        idempotency::{self, IdempotencyKey, Use},
        postgres::{Transaction, go_on_as_system},
        selections::{Item, freeze_once},
    },
};
use chrono::Utc;
use sqlx::types::Json;
use uuid::Uuid;

/// The most that one person has waiting or being written at a time.
const MOST_OPEN: i64 = 5;
/// The most files that the database keeps for one person.
const MOST_FILES: i64 = 10;

impl ExportService {
    /// The export log of the caller, and of the organization that they manage.
    pub async fn list(&self, request: &RequestContext) -> Result<Vec<ExportView>, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let exports = rows::list(&mut transaction).await?;
        transaction.commit().await?;
        Ok(exports)
    }

    /// # Errors
    /// 404 for an export that the caller does not see.
    pub async fn read(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<ExportView, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let export = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        export.ok_or(NOT_FOUND)
    }

    /// What a file would have. Nothing is frozen.
    ///
    /// # Errors
    /// As [`Self::create`], but for what comes to nothing.
    pub async fn preview(
        &self,
        request: &RequestContext,
        asked: ExportRequest,
    ) -> Result<ExportPreview, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let basis = self.basis(request, person).await?;
        let mut transaction = self.db.as_person(request).await?;
        let plan = basis.plan(&mut transaction, &asked).await?;
        transaction.commit().await?;
        Ok(basis.preview(plan))
    }

    /// Freezes the conversations and hands them to a worker. The same `key` begins one export.
    ///
    /// # Errors
    /// 400 for what cannot be asked for, and when nothing is left; 404 for a version that the
    /// caller does not see, 409 for one that lacks conversations; 429 while too many are open.
    pub async fn create(
        &self,
        request: &RequestContext,
        asked: ExportRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<ExportView, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let id = IdempotencyKey::made_id(key.as_ref(), person);
        let basis = self.basis(request, person).await?;
        let mut transaction = self.db.as_person(request).await?;
        if let Some(key) = &key
            && idempotency::take(&mut transaction, person, key).await? == Use::Repeated
        {
            let export = rows::find(&mut transaction, id).await?;
            transaction.commit().await?;
            return export.ok_or(NOT_FOUND);
        }
        check_open(&mut transaction, person).await?;
        let mut plan = basis.plan(&mut transaction, &asked).await?;
        let path = match (&asked.query, asked.version_id) {
            (Some(_), _) => "query",
            (_, Some(_)) => "versionId",
            _ => "conversations",
        };
        if plan.taken == 0 {
            return Err(ServiceError::field(path, plan::nothing(&plan)));
        }
        go_on_as_system(&mut transaction).await?;
        let query = asked.query.as_deref().map(|text| text.trim_start_matches('?'));
        let selection = freeze_plan(&mut transaction, &mut plan, query).await?;
        if plan.taken == 0 {
            return Err(ServiceError::field(path, plan::nothing(&plan)));
        }
        transaction.one_by_one(&format!("exports of {person}")).await?;
        check_open(&mut transaction, person).await?;
        tidy::make_room(&mut transaction, person, MOST_FILES - 1).await?;
        let bundled = bundled(&mut transaction, person, &plan).await?;
        let kept = (selection, bundled.as_ref());
        keep(&mut transaction, (id, basis.whose), &plan, kept, query).await?;
        let export = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        self.queued.notify_waiters();
        export.ok_or(NOT_FOUND)
    }

    /// Stops an export that is being written, and removes its file. One that has none stays as it
    /// is.
    ///
    /// # Errors
    /// 404 for an export that the caller does not see, 403 for one that is not theirs.
    pub async fn stop(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<ExportView, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let export = rows::find(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        if export.created_by != Some(person) {
            return Err(ServiceError::Forbidden("Only whoever began an export stops it."));
        }
        go_on_as_system(&mut transaction).await?;
        let stopped = sqlx::query!(
            "UPDATE exports SET selection_id = NULL, bundled = NULL, lease_id = NULL,
               lease_until = NULL,
               state = CASE state WHEN 'done' THEN 'expired' ELSE 'cancelled' END,
               finished_at = coalesce(finished_at, now())
             WHERE id = $1 AND state IN ('queued', 'running', 'done')",
            id
        )
        .execute(&mut *transaction)
        .await?;
        if stopped.rows_affected() > 0 {
            tidy::remove_file(&mut transaction, id).await?;
        }
        let export = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        self.grown.notify_waiters();
        export.ok_or(NOT_FOUND)
    }
}

/// Freezes what is taken; a version is frozen already. What went meanwhile is counted as gone.
async fn freeze_plan(
    transaction: &mut Transaction,
    plan: &mut Plan,
    query: Option<&str>,
) -> Result<Uuid, ServiceError> {
    if let Some(version) = &plan.version {
        return Ok(version.selection);
    }
    let ids = std::mem::take(&mut plan.ids);
    let item = |id| Item { conversation: id, split: None, duplicate_group: None };
    let items: Vec<Item> = ids.into_iter().map(item).collect();
    let approvals = plan.options.metadata && plan.options.approval_history;
    let selection = freeze_once(transaction, query, &items, approvals).await?;
    let frozen: i64 = sqlx::query_scalar!("SELECT total FROM selections WHERE id = $1", selection)
        .fetch_one(&mut **transaction)
        .await?
        .into();
    if frozen < plan.taken {
        *plan.left_out.entry(LeftOut::Gone).or_default() += plan.taken - frozen;
        plan.taken = frozen;
    }
    Ok(selection)
}

async fn check_open(transaction: &mut Transaction, person: Uuid) -> Result<(), ServiceError> {
    let open = sqlx::query_scalar!(
        r#"SELECT count(*) AS "open!" FROM exports
           WHERE created_by = $1 AND state IN ('queued', 'running')"#,
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
            "{MOST_OPEN} of your exports are being written. Wait for one, or stop it."
        ),
        retry_after: 10,
    })
}

/// What the documents of a bundle are to say, whoever is renamed or removed while it is written.
async fn bundled(
    transaction: &mut Transaction,
    person: Uuid,
    plan: &Plan,
) -> Result<Option<Bundled>, ServiceError> {
    if !plan.options.bundle {
        return Ok(None);
    }
    let author_name =
        sqlx::query_scalar!("SELECT display_name FROM auth.users WHERE id = $1", person)
            .fetch_optional(&mut **transaction)
            .await?;
    let version = match &plan.version {
        Some(version) => version_in_files(transaction, version.id).await?,
        None => None,
    };
    if version.is_none() && plan.version.is_some() {
        return Err(ServiceError::NotFound("This version"));
    }
    Ok(Some(Bundled { author_name, version }))
}

async fn keep(
    transaction: &mut Transaction,
    (id, whose): (Uuid, Workspaces),
    plan: &Plan,
    (selection, bundled): (Uuid, Option<&Bundled>),
    query: Option<&str>,
) -> Result<(), ServiceError> {
    let name = match &plan.version {
        Some(version) => version.file_name.clone(),
        None => format!("train-{}-{}", Utc::now().format("%Y-%m-%d"), plan.taken),
    };
    // Its key may be forgotten before what was made under it.
    let kept = sqlx::query!(
        "INSERT INTO exports (id, created_by, organization_id, selection_id, version_id, query,
           options, file_name, state, total, left_out, warnings, bundled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO NOTHING",
        id,
        whose.person,
        plan.version.as_ref().map_or(whose.organization, |version| version.organization),
        selection,
        plan.version.as_ref().map(|version| version.id),
        query,
        Json(&plan.options) as _,
        format!("{name}{}", plan.options.extension()),
        ExportState::Queued.as_str(),
        i32::try_from(plan.taken).unwrap_or(i32::MAX),
        Json(&plan.left_out) as _,
        Json(&plan.warnings) as _,
        bundled.map(Json) as _
    )
    .execute(&mut **transaction)
    .await?;
    if kept.rows_affected() == 0 { Err(idempotency::reused()) } else { Ok(()) }
}
