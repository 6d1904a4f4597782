//! Sends what is due for as long as the server runs.

use super::MailService;
use crate::server::{
    foundation::{error::ServiceError, shutdown::Shutdown},
    postgres::Event,
};
use std::time::Duration;
use tokio::{sync::broadcast::error::RecvError, task::JoinHandle};
use uuid::Uuid;

/// The longest time between two looks: something may have become due that no event told of.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Between two looks when something is due but another server is at it, and after the database
/// failed.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Whose mail may be due earlier or later than was thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Person(Uuid),
    Members(Uuid),
    Everybody,
}

impl MailService {
    /// Begins; the task ends when the server stops, after the mail that it is at. `None` without a
    /// mail server.
    pub fn start(&self, shutdown: Shutdown) -> Option<JoinHandle<()>> {
        self.mailer.as_ref()?;
        Some(tokio::spawn(self.clone().run(shutdown)))
    }

    async fn run(self, shutdown: Shutdown) {
        let mut events = self.db.events().subscribe();
        while !shutdown.is_cancelled() {
            let pause = match self.deliver_next().await {
                Ok(Some(_)) => continue,
                Ok(None) => self.until_next().await.unwrap_or(SHORTEST_PAUSE),
                Err(error) => {
                    tracing::warn!(%error, "mail could not be looked after");
                    SHORTEST_PAUSE
                }
            };
            let wait = tokio::time::sleep(pause);
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = &mut wait => break,
                    event = events.recv() => {
                        let whose = match event {
                            Ok(Event::NotificationSent { mail: true, .. } | Event::MailDue) => {
                                break;
                            }
                            Ok(event) => concerns(&event),
                            Err(RecvError::Lagged(_)) => Some(Whose::Everybody),
                            Err(RecvError::Closed) => return,
                        };
                        let Some(whose) = whose else { continue };
                        if let Err(error) = self.look_again(whose).await {
                            tracing::warn!(%error, "digests could not be looked at again");
                        }
                        break;
                    }
                }
            }
        }
    }

    /// How long nothing will be due.
    async fn until_next(&self) -> Result<Duration, ServiceError> {
        let seconds = sqlx::query_scalar!(
            "SELECT extract(epoch FROM min(next_attempt_at) - clock_timestamp())::float8
             FROM notification_outbox
              WHERE state IN ('queued', 'failed', 'sending')"
        )
        .fetch_one(self.db.pool())
        .await?;
        let pause = seconds
            .map_or(LONGEST_PAUSE, |seconds| Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)));
        Ok(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE))
    }

    /// What waits for a digest is due now; taking it out decides anew.
    async fn look_again(&self, whose: Whose) -> Result<(), ServiceError> {
        let (person, organization) = match whose {
            Whose::Person(person) => (Some(person), None),
            Whose::Members(organization) => (None, Some(organization)),
            Whose::Everybody => (None, None),
        };
        sqlx::query!(
            "UPDATE notification_outbox SET next_attempt_at = now()
              WHERE state = 'queued' AND digest_until IS NOT NULL AND next_attempt_at > now()
                AND ($1::uuid IS NULL OR user_id = $1)
                AND ($2::uuid IS NULL OR user_id IN (SELECT user_id FROM organization_members
                  WHERE organization_id = $2))",
            person,
            organization
        )
        .execute(self.db.pool())
        .await?;
        Ok(())
    }
}

/// Whose wishes an event may have changed.
fn concerns(event: &Event) -> Option<Whose> {
    // Without paths everything may have changed.
    let about_mail = |paths: &[String]| {
        paths.is_empty() || paths.iter().any(|path| path.starts_with("notifications"))
    };
    match event {
        Event::PreferencesChanged { user_id, paths, .. } if about_mail(paths) => {
            Some(Whose::Person(*user_id))
        }
        Event::OrganizationDefaultsChanged { organization_id, paths, .. } if about_mail(paths) => {
            Some(Whose::Members(*organization_id))
        }
        Event::MembershipChanged { user_id } => Some(Whose::Person(*user_id)),
        Event::Reconnected => Some(Whose::Everybody),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wakes_for_wishes_for_mail_only() {
        let user_id = Uuid::nil();
        let changed = |paths: &[&str]| {
            let paths = paths.iter().map(|path| (*path).to_owned()).collect();
            concerns(&Event::PreferencesChanged { user_id, version: 2, paths, mutation_id: None })
        };
        assert_eq!(changed(&["theme"]), None);
        assert_eq!(changed(&["theme", "notifications.frequency"]), Some(Whose::Person(user_id)));
        assert_eq!(changed(&[]), Some(Whose::Person(user_id)));
        assert_eq!(concerns(&Event::ModelCatalogChanged), None);
        assert_eq!(concerns(&Event::Reconnected), Some(Whose::Everybody));
    }
}
