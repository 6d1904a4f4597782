//! Who is told that something is gone that they made, or took files from.

use super::{DataSetService, Standing};
use crate::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{foundation::error::ServiceError, notifications::Recipients, postgres::Transaction},
};
use uuid::Uuid;

/// What is removed.
#[derive(Clone, Copy)]
pub(super) enum Removed {
    Whole,
    Version { id: Uuid, number: i32 },
}

impl DataSetService {
    /// Tells those who made it or exported it and are still of the organization, but for whoever
    /// removes it. Before it is removed: afterwards nobody knows who they are.
    pub(super) async fn tell(
        &self,
        transaction: &mut Transaction,
        standing: &Standing,
        person: Uuid,
        removed: Removed,
    ) -> Result<(), ServiceError> {
        let Some(organization) = standing.organization else { return Ok(()) };
        let version = match removed {
            Removed::Whole => None,
            Removed::Version { id, .. } => Some(id),
        };
        let people = sqlx::query_scalar!(
            "SELECT member.user_id FROM organization_members AS member
             WHERE member.organization_id = $1 AND member.user_id <> $2 AND member.user_id IN (
               SELECT whole.created_by FROM data_sets AS whole
                 WHERE whole.id = $3 AND $4::uuid IS NULL
               UNION ALL
               SELECT own.created_by FROM data_set_versions AS own
                 WHERE own.data_set_id = $3 AND ($4 IS NULL OR own.id = $4)
               UNION ALL
               SELECT taken.created_by FROM data_set_versions AS own
                 JOIN exports AS taken ON taken.version_id = own.id
                 WHERE own.data_set_id = $3 AND ($4 IS NULL OR own.id = $4))
             ORDER BY member.user_id",
            organization,
            person,
            standing.id,
            version
        )
        .fetch_all(&mut **transaction)
        .await?;
        if people.is_empty() {
            return Ok(());
        }
        let who = sqlx::query_scalar!("SELECT display_name FROM auth.users WHERE id = $1", person)
            .fetch_optional(&mut **transaction)
            .await?;
        let who = who.unwrap_or_else(|| "Somebody".into());
        let notice = notice(standing, &who, removed);
        self.notifications.send_in(transaction, &Recipients::People(people), &notice).await?;
        Ok(())
    }
}

fn notice(standing: &Standing, who: &str, removed: Removed) -> Notification {
    let name = &standing.name;
    let (title, text, dedupe_key) = match removed {
        Removed::Whole => (
            format!("{who} removed the data set “{name}”"),
            "Its versions are gone with it. The conversations stay.",
            format!("data-set:{}:removed", standing.id),
        ),
        Removed::Version { id, number } => (
            format!("{who} removed version {number} of the data set “{name}”"),
            "The conversations stay, and so do the other versions.",
            format!("data-set-version:{id}:removed"),
        ),
    };
    Notification {
        category: Category::ApprovalRequired,
        severity: Severity::Info,
        title,
        text: text.into(),
        link: LocalPath::parse("/datasets"),
        dedupe_key,
    }
}
