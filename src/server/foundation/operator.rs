//! Whoever works on this machine with `train …`, administrators who do the same on a page, and
//! the lasting record of what they did: a row that nobody can change, in the transaction of the
//! change itself.

use super::{context::RequestContext, error::ServiceError};
use nix::unistd::{Uid, User, gethostname};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

/// The detail that says by which way an administrator came; commands have none.
pub const SOURCE: &str = "source";

/// What a command was about.
#[derive(Clone, Debug, Default)]
pub struct Subject<'a> {
    /// The account, if it was about one.
    pub id: Option<Uuid>,
    /// Its e-mail address, or the name of something else.
    pub name: Option<&'a str>,
}

/// Who runs this process, as the operating system knows them: `anna`, or `root (anna)` after sudo.
fn operator() -> String {
    let id = Uid::current();
    let own =
        User::from_uid(id).ok().flatten().map_or_else(|| format!("number {id}"), |own| own.name);
    match std::env::var("SUDO_USER") {
        Ok(before) if !before.is_empty() && before != own => {
            format!("{own} ({})", before.chars().take(100).collect::<String>())
        }
        _ => own,
    }
}

/// This machine and the number of this process: `train-1 (4711)`.
pub fn process() -> String {
    format!("{} ({})", host(), std::process::id())
}

/// The name of this machine.
pub fn host() -> String {
    gethostname().map_or_else(|_| "unknown".into(), |name| name.to_string_lossy().into_owned())
}

/// Writes down what is done by command in the connection's transaction. `details` never hold a
/// password or key.
pub async fn note(
    connection: &mut PgConnection,
    command: &str,
    subject: Subject<'_>,
    details: Value,
) -> Result<(), ServiceError> {
    note_of(connection, &operator(), command, subject, details).await
}

/// The same of what an administrator does on a page or by a token, in a transaction of the system:
/// `details` gain who they are and where they asked from. Answers the administrator's e-mail
/// address, which stands for them as the operator.
pub async fn note_request(
    connection: &mut PgConnection,
    request: &RequestContext,
    command: &str,
    subject: Subject<'_>,
    mut details: Value,
) -> Result<String, ServiceError> {
    let by = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?.user_id;
    let operator = sqlx::query_scalar!("SELECT email FROM auth.users WHERE id = $1", by)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(ServiceError::Unauthenticated)?;
    details[SOURCE] = json!(request.source);
    details["by"] = json!(by);
    details["ip"] = json!(request.ip);
    note_of(connection, &operator, command, subject, details).await?;
    Ok(operator)
}

async fn note_of(
    connection: &mut PgConnection,
    operator: &str,
    command: &str,
    subject: Subject<'_>,
    details: Value,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "INSERT INTO public.administrative_actions (command, subject_id, subject, details, operator,
         host)
         VALUES ($1, $2, $3, $4, $5, $6)",
        command,
        subject.id,
        subject.name,
        details,
        operator,
        host()
    )
    .execute(connection)
    .await?;
    tracing::info!(command, subject = subject.name, operator, "an administrative action");
    Ok(())
}
