//! What people are told because of a generation: that it is done, that its conversation waits for
//! review, a threshold of a budget that was passed, a key that Claude refuses.
//!
//! The answer says the same to whoever asked; these are for those who can do something about it.
//! Telling is not worth failing for.

use super::{attempts::Refusal, requester::Requester};
use crate::{
    domain::{
        ai::Owner,
        conversations::{ConversationView, Status},
        error_code::ErrorCode,
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{
        ai::UsableKey,
        foundation::shares::Work,
        gates::BudgetLine,
        notifications::{NotificationService, Recipients},
    },
};
use std::time::Duration;
use uuid::Uuid;

/// Who can do something about a scope's money and keys.
pub fn in_charge(owner: Owner) -> Recipients {
    match owner {
        Owner::Person(id) => Recipients::Person(id),
        Owner::Organization(id) => Recipients::Managers(id),
    }
}

/// Tells people, each time with a place among the work of whoever asked.
pub struct Notifier<'a> {
    pub notifications: &'a NotificationService,
    pub work: &'a Work,
}

impl Notifier<'_> {
    /// Who made a conversation waits for review: those who decide about it, once.
    pub async fn of_review(&self, author: Uuid, made: &ConversationView) {
        if made.status == Status::PendingReview {
            let recipients =
                made.organization_id.map_or(Recipients::Person(author), Recipients::Managers);
            self.send(&recipients, &review(made)).await;
        }
    }

    /// That a generation is done, to whoever asked for it and did not follow it to its end, once.
    pub async fn of_completion(
        &self,
        requester: &Requester,
        took: Duration,
        made: &ConversationView,
    ) {
        if requester.wants_word(took) {
            self.send(&Recipients::Person(requester.user_id), &completion(made)).await;
        }
    }

    /// That Claude's proposal waits, to whoever asked for it and did not wait for it.
    pub async fn of_revision(&self, requester: &Requester, id: Uuid, public_id: &str, title: &str) {
        if !requester.has_gone() {
            return;
        }
        let revised = Notification {
            category: Category::GenerationComplete,
            severity: Severity::Success,
            title: format!("Claude's revision waits for you: {title}"),
            text: format!("Accept or drop it on the conversation's page. Its id is {public_id}."),
            link: LocalPath::parse(&format!("/conversations/{public_id}")),
            dedupe_key: format!("revision:{id}"),
        };
        self.send(&Recipients::Person(requester.user_id), &revised).await;
    }

    /// That a generation failed, to whoever asked for it and is not there to read the answer.
    pub async fn of_failure(&self, requester: &Requester, request_id: Uuid, refusal: &Refusal) {
        // Who stopped it knows, and nobody is told that a server is exchanged.
        if !requester.has_gone()
            || matches!(refusal.code, ErrorCode::Cancelled | ErrorCode::Stopping)
        {
            return;
        }
        let failed = Notification {
            category: Category::Errors,
            severity: Severity::Error,
            title: "A generation failed".into(),
            text: refusal.message.clone(),
            link: LocalPath::parse("/ai/usage"),
            dedupe_key: format!("generation-failed:{request_id}"),
        };
        self.send(&Recipients::Person(requester.user_id), &failed).await;
    }

    /// Every threshold that was passed, once per window.
    pub async fn of_thresholds(&self, thresholds: &[(BudgetLine, f64)]) {
        for (line, share) in thresholds {
            tracing::info!(
                scope = %line.owner.id(),
                period = line.period.as_str(),
                share,
                "a budget passed a threshold"
            );
            self.send(&in_charge(line.owner), &threshold(line, *share)).await;
        }
    }

    /// A key that Claude refused, once per key: whether the one before stepped in, or nothing did.
    pub async fn of_refused_keys(&self, keys: &[UsableKey], stepped_in: bool, refused: bool) {
        let Some(primary) = keys.first().filter(|_| stepped_in || refused) else { return };
        let recipients = primary.owner.map_or(Recipients::Administrators, in_charge);
        self.send(&recipients, &refused_key(primary, stepped_in)).await;
    }

    async fn send(&self, recipients: &Recipients, notification: &Notification) {
        let _place = self.work.take().await;
        // Boxed: it is 15 kB, seldom runs, and every generation in flight would have room for it.
        let sending = Box::pin(self.notifications.send(recipients, notification));
        if let Err(error) = sending.await {
            tracing::warn!(%error, title = notification.title, "people could not be told");
        }
    }
}

fn review(made: &ConversationView) -> Notification {
    let score = made.quality_score.map(|score| format!("Its score is {score:.1}. "));
    Notification {
        category: Category::ApprovalRequired,
        severity: Severity::Info,
        title: format!("A conversation waits for review: {}", made.title),
        text: format!("{}Its id is {}.", score.unwrap_or_default(), made.public_id),
        link: place(made),
        dedupe_key: format!("review:{}", made.id),
    }
}

fn place(made: &ConversationView) -> Option<LocalPath> {
    LocalPath::parse(&format!("/conversations/{}", made.public_id))
}

fn completion(made: &ConversationView) -> Notification {
    let (severity, title, what) = match made.status {
        Status::Failed => {
            let why = made.error.clone().unwrap_or_default();
            (Severity::Warning, format!("No conversation: {}", made.title), why)
        }
        status => {
            let what = match status {
                Status::Approved => "It is approved by your thresholds.",
                Status::PendingReview => "It waits for review.",
                Status::NeedsRevision => "It is flagged for revision.",
                Status::Rejected => "Your thresholds reject it.",
                _ => "It is stored.",
            };
            (Severity::Success, format!("Conversation ready: {}", made.title), what.to_owned())
        }
    };
    Notification {
        category: Category::GenerationComplete,
        severity,
        title,
        text: format!("{what} Its id is {}.", made.public_id).trim().to_owned(),
        link: place(made),
        dedupe_key: format!("generation-complete:{}", made.id),
    }
}

fn threshold(line: &BudgetLine, share: f64) -> Notification {
    let percent = share * 100.0;
    let spent = format!("{} of {} spent", line.settled, line.limit);
    let (severity, then) = match (share >= 1.0, line.blocks) {
        (false, true) => (Severity::Warning, "Generation stops when it is used up."),
        (true, true) => (
            Severity::Error,
            "Generation stops until the next window begins or the budget is raised.",
        ),
        (_, false) => (Severity::Warning, "Generation goes on: this budget only warns."),
    };
    Notification {
        category: Category::SystemAlerts,
        severity,
        title: line.name(&format!("is used to {percent:.0} %")),
        text: format!("{spent}. {then}"),
        link: LocalPath::parse("/ai/costs"),
        // With the amounts: a budget that was raised passes it again in the same window.
        dedupe_key: format!(
            "budget:{}:{}:{}:{}:{}:{}/{}",
            line.owner.scope_type(),
            line.owner.id(),
            line.period.as_str(),
            line.window_start.format("%Y-%m-%dT%H:%MZ"),
            share,
            line.settled.nanos(),
            line.limit.nanos()
        ),
    }
}

fn refused_key(primary: &UsableKey, stepped_in: bool) -> Notification {
    let whose = match primary.owner {
        Some(owner) => {
            format!("{}:{}:{}", owner.scope_type(), owner.id(), primary.version.unwrap_or_default())
        }
        None => format!("environment:{}", chrono::Utc::now().format("%Y-%m-%d")),
    };
    let (severity, text, how) = if stepped_in {
        (
            Severity::Warning,
            "The previous key is used while its grace lasts. Check the new one, or store another \
                before then.",
            "previous",
        )
    } else if primary.owner.is_some() {
        (Severity::Error, "Nothing can be generated with it. Store a key that works.", "none")
    } else {
        (
            Severity::Error,
            "Nothing can be generated with it. Set a key that works in ANTHROPIC_API_KEY.",
            "none",
        )
    };
    Notification {
        category: Category::Errors,
        severity,
        title: match primary.owner {
            Some(Owner::Organization(_)) => "Claude refuses your organization's API key".into(),
            Some(Owner::Person(_)) => "Claude refuses your API key".into(),
            None => "Claude refuses the API key of the server's environment".into(),
        },
        text: text.into(),
        link: LocalPath::parse("/ai/keys"),
        dedupe_key: format!("key-refused:{whose}:{how}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{generation::Period, money::Money};
    use uuid::uuid;

    fn line(blocks: bool) -> BudgetLine {
        let start = "2026-11-23T00:00:00Z".parse().unwrap();
        BudgetLine {
            owner: Owner::Organization(uuid!("00000000-0000-0000-0000-000000000009")),
            period: Period::Week,
            window_start: start,
            window_end: start + chrono::Days::new(7),
            limit: Money::from_nanos(100_000_000_000),
            blocks,
            settled: Money::from_nanos(80_000_000_000),
            reserved: Money::ZERO,
        }
    }

    #[test]
    fn a_threshold_says_what_is_spent_and_what_comes_next() {
        let notification = threshold(&line(true), 0.8);
        assert_eq!(notification.title, "Your organization's weekly budget is used to 80 %");
        assert_eq!(
            notification.text,
            "$80.00 of $100.00 spent. Generation stops when it is used up."
        );
        assert_eq!(
            notification.dedupe_key,
            "budget:organization:00000000-0000-0000-0000-000000000009:week:2026-11-23T00:00Z:0.8:\
                80000000000/100000000000"
        );
        assert!(threshold(&line(false), 1.0).text.ends_with("this budget only warns."));
        assert_eq!(threshold(&line(true), 1.0).severity, Severity::Error);
    }
}
