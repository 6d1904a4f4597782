//! Changing a conversation.
//!
//! Whoever sees a conversation may not yet change it: that is for its author and for the members of
//! its organization. Row-level security says who sees it, so each change begins as the person and
//! goes on as the system.

mod archive;
mod notices;
mod save;
mod standing;

pub use save::Change;

use super::{ConversationService, read};
use crate::{
    api::conversations::EditRequest,
    domain::{
        accounts::Scope,
        conversations::{
            ConversationContent, ConversationView, ReviewAction, Status, Turn, TurnView,
        },
        field_error::FieldErrors,
        generation::{estimate::training_tokens, quality::Rating},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        notifications::Recipients,
        postgres::{Transaction, go_on_as_system},
    },
};
use serde_json::{Value, json};
use standing::Standing;
use uuid::Uuid;

/// The longest reason of an edit, in Unicode scalar values.
const MAX_REASON: usize = 500;
const NOT_FOUND: ServiceError = ServiceError::NotFound("This conversation");

impl ConversationService {
    /// Saves content as a new version. Content that already stands changes nothing.
    ///
    /// # Errors
    /// 400 with everything that is wrong with it; 404 and 403 as for every change; 409 with what
    /// stands when that is another version than `base`.
    pub async fn edit(
        &self,
        request: &RequestContext,
        id: Uuid,
        base: Option<i64>,
        edit: EditRequest,
    ) -> Result<ConversationView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let base = base.ok_or_else(|| {
            let sentence = "If-Match must name the version that this was made from, such as \"3\".";
            ServiceError::field("If-Match", sentence)
        })?;
        let restored_from = edit.restored_from;
        let (content, reason) = checked(edit)?;
        // Before a connection is held: this may take one of its own.
        let thresholds = self.preferences.thresholds(person).await?;
        let mut transaction = self.begin_change(request, person, id).await?;
        let change = Change { content, reason, restored_from, person, thresholds };
        self.save(&mut transaction, id, base, change).await?;
        let view = view(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// A transaction of the system on a conversation that the person sees and may change.
    ///
    /// # Errors
    /// 404 when they do not see it, 403 when they only read it.
    pub(in crate::server) async fn begin_change(
        &self,
        request: &RequestContext,
        person: Uuid,
        id: Uuid,
    ) -> Result<Transaction, ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        check_theirs(&mut transaction, person, id).await?;
        go_on_as_system(&mut transaction).await?;
        Ok(transaction)
    }

    async fn tell_of_edit(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        standing: &Standing,
        version: &Version,
    ) -> Result<(), ServiceError> {
        let Some(author) = standing.author.filter(|author| *author != version.person) else {
            return Ok(());
        };
        let who = name(transaction, version.person).await?;
        let notice = notices::edited(id, standing, who, version.number, version.reason.as_deref());
        self.notifications.send_in(transaction, &Recipients::Person(author), &notice).await?;
        Ok(())
    }
}

/// A version that is about to be saved.
struct Version {
    number: i32,
    reason: Option<String>,
    restored_from: Option<i32>,
    person: Uuid,
}

/// Whether the person, whose transaction it is, may change what they see.
///
/// # Errors
/// 404 when they do not see it, 403 when they only read it.
pub(super) async fn check_theirs(
    transaction: &mut Transaction,
    person: Uuid,
    id: Uuid,
) -> Result<(), ServiceError> {
    let is_theirs = sqlx::query_scalar!(
        r#"SELECT coalesce(created_by = $2
               OR organization_id = (SELECT auth.own_organization()), false) AS "theirs!"
             FROM conversations WHERE id = $1"#,
        id,
        person
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NOT_FOUND)?;
    if is_theirs {
        return Ok(());
    }
    Err(ServiceError::Forbidden(
        "You may read this conversation; only its author and members of its organization change it \
         or comment on it.",
    ))
}

/// What the person who changes something is called.
pub(super) async fn name(
    transaction: &mut Transaction,
    person: Uuid,
) -> Result<Option<String>, ServiceError> {
    Ok(sqlx::query_scalar!("SELECT public.colleague_name($1)", person)
        .fetch_one(&mut **transaction)
        .await?)
}

/// The conversation as it stands.
async fn view(transaction: &mut Transaction, id: Uuid) -> Result<ConversationView, ServiceError> {
    read::read_one(transaction, id).await?.ok_or(NOT_FOUND)
}

fn checked(edit: EditRequest) -> Result<(ConversationContent, Option<String>), ServiceError> {
    let mut errors = FieldErrors::default();
    // By their places in the content: that is what the form shows.
    let content = edit.content.check().map_err(|wrong| errors.extend(wrong)).ok();
    let reason = errors.keep("reason", reason(edit.reason.as_deref())).flatten();
    errors.finish(content).map(|content| (content, reason)).map_err(ServiceError::Validation)
}

fn reason(text: Option<&str>) -> Result<Option<String>, String> {
    let text = text.unwrap_or_default().trim();
    let length = text.chars().count();
    if length > MAX_REASON {
        return Err(format!(
            "The reason must have at most {MAX_REASON} characters, but has {length}."
        ));
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err("The reason must have no control characters.".into());
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Whether there is a version that is said to be brought back.
async fn check_version(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    version: i32,
) -> Result<(), ServiceError> {
    let is_kept = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM conversation_versions
             WHERE conversation_id = $1 AND version = $2) AS "kept!""#,
        id,
        version
    )
    .fetch_one(&mut **transaction)
    .await?;
    // What was never edited has one version, which is not kept apart.
    if is_kept || version == standing.version {
        return Ok(());
    }
    Err(ServiceError::field("restoredFrom", format!("There is no version {version}.")))
}

/// Another version stands: who saved it, and what it says.
async fn conflict(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    base: i64,
    person: Uuid,
) -> Result<ServiceError, ServiceError> {
    let stands = standing.version;
    let editor = sqlx::query!(
        r#"SELECT edited_by, public.colleague_name(edited_by) AS name
             FROM conversation_versions WHERE conversation_id = $1 AND version = $2"#,
        id,
        stands
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let (by, name) = editor.map(|row| (row.edited_by, row.name)).unwrap_or_default();
    let message = if base > i64::from(stands) || base < 1 {
        format!("Version {base} does not exist; the newest is {stands}. Load it again.")
    } else if by == Some(person) {
        "You saved another version meanwhile, on another page. Compare both, then save.".into()
    } else {
        let who = name.as_deref().unwrap_or(notices::SOMEBODY);
        format!("{who} saved another version meanwhile. Compare both, then save.")
    };
    let current = serde_json::to_value(view(transaction, id).await?).unwrap_or(Value::Null);
    Ok(ServiceError::Conflict { message, fields: Vec::new(), current })
}

/// Keeps the new version, and with the first edit the one that was there from the beginning.
async fn keep_versions(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    content: &ConversationContent,
    version: &Version,
) -> Result<(), ServiceError> {
    if standing.version == 1 {
        sqlx::query!(
            "INSERT INTO conversation_versions (conversation_id, version, content, edited_by,
               edited_at)
             VALUES ($1, 1, $2, $3, $4) ON CONFLICT DO NOTHING",
            id,
            json!(standing.content),
            standing.author,
            standing.created_at
        )
        .execute(&mut **transaction)
        .await?;
    }
    sqlx::query!(
        "INSERT INTO conversation_versions (conversation_id, version, content, reason,
           restored_from, edited_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        version.number,
        json!(content),
        version.reason,
        version.restored_from,
        version.person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// `rating`: of turns or a tier that changed. A decision does not outlive what it was about; what
/// is only told about the conversation leaves score, gate and status alone.
async fn store(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    content: &ConversationContent,
    rating: Option<Rating>,
    version: &Version,
) -> Result<(), ServiceError> {
    let (status, is_decided) = match &rating {
        Some(_) => (after_edit(standing.status), false),
        None => (standing.status, standing.is_decided),
    };
    // Without turns there is nothing to score.
    let metrics = rating.as_ref().filter(|_| !content.turns.is_empty()).map(|own| own.metrics);
    let turns = rating.as_ref().map(|_| json!(said(&content.turns)));
    let count = i32::try_from(content.turns.len()).unwrap_or(i32::MAX);
    sqlx::query!(
        "UPDATE conversations SET title = $2, persona = $3, emotion = $4, topic = $5, intent = $6,
           tone = $7, tier = $8, categories = $9, version = $10, updated_by = $11, status = $12,
           is_decided = $13, turns = coalesce($14::jsonb, turns), turn_count = $15,
           training_tokens = coalesce($16::integer, training_tokens),
           gate_failures = coalesce($17::jsonb, gate_failures),
           quality_metrics = CASE WHEN $14 IS NULL THEN quality_metrics
             ELSE coalesce($18::jsonb, '{}') END,
           quality_score = CASE WHEN $14 IS NULL THEN quality_score
             ELSE $19::double precision::numeric(3,1) END,
           approved_by = CASE WHEN $14 IS NULL THEN approved_by END,
           approved_at = CASE WHEN $14 IS NULL THEN approved_at END
         WHERE id = $1",
        id,
        content.title,
        content.persona,
        content.emotion,
        content.topic,
        content.intent,
        content.tone,
        content.tier.as_str(),
        &content.categories,
        version.number,
        version.person,
        status.as_str(),
        is_decided,
        turns,
        count,
        rating.as_ref().map(|own| own.training_tokens),
        rating.as_ref().map(|own| json!(own.gate_failures)),
        metrics.map(|metrics| json!(metrics)),
        metrics.map(|metrics| metrics.score)
    )
    .execute(&mut **transaction)
    .await?;
    if status != standing.status || is_decided != standing.is_decided {
        let (action, version) = (ReviewAction::Edited, (version.number, version.person));
        standing::note(transaction, id, standing, action, status, version).await?;
    }
    Ok(())
}

/// Where a conversation stands whose text a person changed: nothing is approved by an edit.
fn after_edit(status: Status) -> Status {
    match status {
        Status::Draft | Status::Archived => status,
        Status::Generated
        | Status::PendingReview
        | Status::Approved
        | Status::Rejected
        | Status::NeedsRevision
        | Status::None
        | Status::Failed => Status::PendingReview,
    }
}

/// As they are stored.
fn said(turns: &[Turn]) -> Vec<TurnView> {
    let view = |(turn, number): (&Turn, i32)| TurnView {
        number,
        role: turn.role,
        content: turn.content.clone(),
        tokens: Some(training_tokens(&turn.content).into()),
    };
    turns.iter().zip(1..).map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_edit_approves() {
        for status in Status::ALL {
            assert_ne!(after_edit(status), Status::Approved, "{status}");
        }
        assert_eq!(after_edit(Status::Draft), Status::Draft);
        assert_eq!(after_edit(Status::Approved), Status::PendingReview);
        assert_eq!(after_edit(Status::Failed), Status::PendingReview);
    }

    #[test]
    fn a_reason_is_trimmed_and_bounded() {
        assert_eq!(reason(Some(" Too long.\n")).unwrap().as_deref(), Some("Too long."));
        assert_eq!((reason(Some(" ")).unwrap(), reason(None).unwrap()), (None, None));
        assert!(reason(Some(&"ü".repeat(MAX_REASON))).is_ok());
        for bad in ["ü".repeat(MAX_REASON + 1), "a\0b".into()] {
            assert!(reason(Some(&bad)).is_err());
        }
    }
}
