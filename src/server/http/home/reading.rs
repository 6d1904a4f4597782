//! The first page: what the other services say, each for itself. What one of them cannot say, or
//! not soon, takes nothing else away.

use crate::{
    domain::{
        accounts::{PublicUser, Scope},
        database::AlertCounts,
        error_code::ErrorCode,
        home::{Facts, HomeAnswer, HomePart, PartFailure, last_jobs, shown_budgets, steps},
        jobs::JobStatus,
    },
    server::{
        accounts::AccountService,
        ai::AiService,
        conversations::ConversationService,
        database::{alerts::AlertService, backups::BackupService},
        demonstration::DemonstrationService,
        foundation::{context::RequestContext, error::ServiceError},
        jobs::JobService,
        mail::MailService,
        organizations::OrganizationService,
    },
};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The service behind `/api/home`.
#[derive(Clone)]
pub struct HomeService {
    pub accounts: AccountService,
    pub organizations: OrganizationService,
    pub ai: AiService,
    pub conversations: ConversationService,
    pub demonstration: DemonstrationService,
    pub alerts: AlertService,
    pub backups: BackupService,
    pub jobs: JobService,
    pub mail: MailService,
    /// How long a part is waited for.
    pub patience: Duration,
}

/// One reading of the page.
struct Reading<'a> {
    request: &'a RequestContext,
    patience: Duration,
    failures: Vec<PartFailure>,
    /// The part that is read now, and until when.
    now: Option<(HomePart, Instant)>,
}

impl<'a> Reading<'a> {
    fn new(request: &'a RequestContext, patience: Duration) -> Self {
        Self { request, patience, failures: Vec::new(), now: None }
    }

    /// Something of a part. `None` when it could not be read, and when it is not for whoever asks:
    /// then nothing is read.
    async fn of<T>(
        &mut self,
        part: HomePart,
        is_allowed: bool,
        read: impl Future<Output = Result<T, ServiceError>>,
    ) -> Option<T> {
        if !is_allowed {
            return None;
        }
        match timeout_at(self.until(part), read).await.unwrap_or_else(|_| Err(too_late(part))) {
            Ok(found) => Some(found),
            Err(error) => {
                let error = self.request.fail(error).error;
                // The steps are asked of several services; one sentence is enough.
                if !self.failures.iter().any(|failed| failed.part == part) {
                    self.failures.push(PartFailure { part, error });
                }
                None
            }
        }
    }

    /// Until when a part is waited for, however many services it is asked of, one after the other.
    fn until(&mut self, part: HomePart) -> Instant {
        match self.now {
            Some((known, until)) if known == part => until,
            _ => self.now.insert((part, Instant::now() + self.patience)).1,
        }
    }
}

fn too_late(part: HomePart) -> ServiceError {
    tracing::warn!(part = part.as_str(), "a part of the first page was not read in time");
    let sentence = "Reading this took too long. Try again in a moment.";
    ServiceError::refused(ErrorCode::DatabaseUnavailable, sentence)
}

impl HomeService {
    /// As [`Self::patience`]: people wait for all parts together.
    pub const PATIENCE: Duration = Duration::from_secs(3);

    /// Everything that whoever asks may see. A token gets the parts that its scopes allow.
    ///
    /// # Errors
    /// Nobody is signed in, or it cannot be read who asks.
    pub async fn read(&self, request: &RequestContext) -> Result<HomeAnswer, ServiceError> {
        let user_id = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?.user_id;
        let user = self.accounts.user(user_id).await?.ok_or(ServiceError::Unauthenticated)?;
        let mut reading = Reading::new(request, self.patience);
        let may = |scope| request.allow(scope).is_ok();
        // One after the other: a page has no more than its share of the connections.
        let usage = self.ai.usage_now(request);
        let usage = reading.of(HomePart::Spending, may(Scope::AiRead), usage).await;
        let counts = self.conversations.counts(request);
        let reads_conversations = may(Scope::ConversationsRead);
        let conversations = reading.of(HomePart::Conversations, reads_conversations, counts).await;
        let demonstration = self.demonstration.count(request);
        let demonstration =
            reading.of(HomePart::Conversations, reads_conversations, demonstration).await.flatten();
        let alerts = self.alerts(&mut reading).await;
        let jobs = self.jobs(&mut reading).await;
        let mut facts = self.facts(&mut reading, &user).await;
        facts.has_conversation = conversations.as_ref().map(|counts| counts.has_made());
        let (budgets, running) = usage.map(|usage| (usage.budgets, usage.running)).unzip();
        Ok(HomeAnswer {
            steps: steps(&facts),
            budgets: budgets.map(shown_budgets),
            running,
            conversations,
            demonstration,
            alerts,
            jobs,
            failures: reading.failures,
        })
    }

    async fn alerts(&self, reading: &mut Reading<'_>) -> Option<AlertCounts> {
        let request = reading.request;
        let is_allowed = request.administer(Scope::DatabaseRead).is_ok();
        reading.of(HomePart::Alerts, is_allowed, self.alerts.counts(request)).await
    }

    async fn jobs(&self, reading: &mut Reading<'_>) -> Option<Vec<JobStatus>> {
        let request = reading.request;
        let is_allowed = request.administer(Scope::AdminRead).is_ok();
        let list = reading.of(HomePart::Jobs, is_allowed, self.jobs.list(request)).await?;
        Some(last_jobs(list.jobs))
    }

    /// What the steps depend on, but for the conversations.
    async fn facts(&self, reading: &mut Reading<'_>, user: &PublicUser) -> Facts {
        let request = reading.request;
        let may = |scope| request.allow(scope).is_ok();
        let administers = |scope| request.administer(scope).is_ok();
        let is_administrator = administers(Scope::AdminRead)
            || administers(Scope::DatabaseRead)
            || administers(Scope::OrganizationRead);
        let readiness = self.ai.readiness(request);
        let readiness = reading.of(HomePart::Steps, may(Scope::AiRead), readiness).await;
        let reads_people = administers(Scope::OrganizationRead);
        let people = self.has_people(request, user);
        let has_people = reading.of(HomePart::Steps, reads_people, people).await;
        let reads_database = administers(Scope::DatabaseRead);
        let scheduled = self.backups.is_scheduled(request);
        let has_backups = reading.of(HomePart::Steps, reads_database, scheduled).await;
        let organization = user.organization.as_ref();
        let managed_by_others = organization.filter(|its| !its.role.manages());
        Facts {
            is_administrator,
            managed_by_others: managed_by_others.map(|its| its.name.clone()),
            has_key: readiness.map(|readiness| readiness.has_key),
            has_conversation: None,
            has_budget: readiness.map(|readiness| readiness.has_budget),
            has_people,
            has_backups,
            has_mail: administers(Scope::AdminRead).then(|| self.mail.is_configured()),
        }
    }

    /// Whether somebody else is in the person's organization, or invited to it.
    async fn has_people(
        &self,
        request: &RequestContext,
        user: &PublicUser,
    ) -> Result<bool, ServiceError> {
        let Some(organization) = &user.organization else { return Ok(false) };
        if !organization.role.manages() {
            // Whoever manages it is somebody else.
            return Ok(true);
        }
        let members = self.organizations.members(request, organization.id).await?;
        if members.len() > 1 {
            return Ok(true);
        }
        Ok(!self.organizations.invitations(request, organization.id).await?.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::foundation::context::Source;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn what_is_late_is_said_once_and_takes_nothing_else_away() {
        let request = RequestContext::without_person(Source::Page);
        // Only what is there at once is there in time.
        let mut reading = Reading::new(&request, Duration::ZERO);
        for _ in 0..2 {
            let late = pending::<Result<i32, ServiceError>>();
            assert_eq!(reading.of(HomePart::Steps, true, late).await, None);
        }
        assert_eq!(reading.of(HomePart::Jobs, true, ready(Ok(1))).await, Some(1));
        let failed: Vec<_> = reading.failures.iter().map(|failed| failed.part).collect();
        assert_eq!(failed, [HomePart::Steps]);
    }
}
