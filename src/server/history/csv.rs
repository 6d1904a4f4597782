//! History as a file for spreadsheets: RFC 4180 with a byte order mark, a line per changed setting.
//!
//! Read page by page, each in a transaction of its own, so that a slow reader holds neither memory
//! nor a connection.

use super::{
    filter::{Filter, bounds, check, managed, reader},
    read::{judged, page},
};
use crate::{
    domain::{
        csv::{BYTE_ORDER_MARK, push_line},
        history::{Change, ChangeQuery},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        history::reach::Reach,
        postgres::Database,
    },
};
use axum::body::Bytes;
use chrono::SecondsFormat;
use futures::{Stream, stream};
use serde_json::Value;

/// Changes read at once.
const PAGE: i64 = 500;
const HEADER: [&str; 18] = [
    "time",
    "change",
    "type",
    "target",
    "target id",
    "owner",
    "action",
    "person",
    "person id",
    "setting",
    "old",
    "new",
    "was set",
    "is set",
    "reason",
    "source",
    "user agent",
    "version",
];

/// The changes that fit the query, newest first, without end but that of history.
///
/// # Errors
/// As for a page, before the first byte; what fails later ends the stream early.
pub async fn export(
    db: &Database,
    request: &RequestContext,
    query: ChangeQuery,
) -> Result<impl Stream<Item = Result<Bytes, ServiceError>> + Send + use<>, ServiceError> {
    reader(request)?;
    judged(db, request, query.scope, check(&query)).await?;
    let mut header = BYTE_ORDER_MARK.to_owned();
    push_line(&mut header, HEADER);
    let (first, next) = chunk(db, request, &query).await?;
    header.push_str(&first);
    let state = (db.clone(), request.clone(), query, next);
    let rest = stream::try_unfold(state, |(db, request, mut query, next)| async move {
        let Some(before) = next else { return Ok(None) };
        query.before = Some(before);
        let (text, next) = chunk(&db, &request, &query).await.inspect_err(|error| {
            tracing::error!(request_id = request.request_id, %error, "an export of history broke \
                off");
        })?;
        Ok(Some((Bytes::from(text), (db, request, query, next))))
    });
    Ok(stream::StreamExt::chain(stream::iter([Ok(Bytes::from(header))]), rest))
}

/// Some lines, and where the next ones begin.
async fn chunk(
    db: &Database,
    request: &RequestContext,
    query: &ChangeQuery,
) -> Result<(String, Option<i64>), ServiceError> {
    let actor = reader(request)?;
    let bounds = bounds(db, query.from, query.to).await?;
    let mut transaction = db.as_person(request).await?;
    let reach = Reach { actor, managed: managed(&mut transaction).await? };
    let filter = Filter::of(reach, query, bounds)?;
    let found = page(&mut transaction, reach, &filter, PAGE).await?;
    transaction.commit().await?;
    let mut text = String::new();
    for change in &found.changes {
        push_change(&mut text, change);
    }
    Ok((text, found.next_before))
}

fn push_change(text: &mut String, change: &Change) {
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let line = |path: &str, old: Option<&Value>, new: Option<&Value>| {
        let given = |value: Option<&Value>| if value.is_some() { "yes" } else { "no" }.to_owned();
        [
            change.changed_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            change.id.to_string(),
            change.config_type.to_string(),
            change.target_name.clone(),
            change.target_id.to_string(),
            change
                .owner_name
                .clone()
                .unwrap_or_else(|| id(change.owner_user_id.or(change.owner_organization_id))),
            change.action.clone(),
            change.changed_by_name.clone().unwrap_or_default(),
            id(change.changed_by),
            path.to_owned(),
            shown(old),
            shown(new),
            given(old),
            given(new),
            change.reason.clone().unwrap_or_default(),
            change.source.clone(),
            change.user_agent.clone().unwrap_or_default(),
            change.version.to_string(),
        ]
    };
    if change.changes.is_empty() {
        push_line(text, line("", None, None));
    }
    for field in &change.changes {
        push_line(text, line(&field.path, field.old.as_ref(), field.new.as_ref()));
    }
}

/// Texts as they are, everything else as JSON.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
