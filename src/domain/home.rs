//! The first page: the steps of beginning and how far they are, then figures.

use super::{
    ai::{
        ClampedBy, Explain, Layer,
        usage::{BudgetView, RunningView},
    },
    conversations::ConversationCounts,
    database::AlertCounts,
    generation::Period,
    jobs::{JobState, JobStatus},
    money::Money,
    words::words,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The last jobs that are shown.
const SHOWN_JOBS: usize = 5;

/// The fields of a configuration that are budgets.
const BUDGETS: [&str; 3] =
    ["costBudget.dailyBudget", "costBudget.weeklyBudget", "costBudget.monthlyBudget"];

words! {
    /// Something to be done once, when one begins.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum StepKind: "The step" {
        Key => "key", "Add a Claude API key";
        Conversation => "conversation", "Generate the first conversation";
        Budget => "budget", "Set a budget";
        People => "people", "Invite people";
        Backups => "backups", "Turn on backups";
        Mail => "mail", "Set up mail";
    }
}

words! {
    /// How far a step is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum StepState: "The state of a step" {
        Done => "done", "Done";
        Open => "open", "To do";
        /// Somebody else takes it; the step's sentence says who.
        NotYours => "not_yours", "For others";
    }
}

/// A step as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub kind: StepKind,
    pub state: StepState,
    #[schema(example = "Add a Claude API key")]
    pub title: String,
    /// What it is for, or who takes it.
    #[schema(example = "Nothing can be generated without one.")]
    pub sentence: String,
    /// The page where it is taken.
    #[schema(example = "/ai/keys")]
    pub link: String,
}

/// What is known of a person and the installation. `None`: it could not be read, or whoever asks
/// may not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Of the installation.
    pub is_administrator: bool,
    /// The name of the person's organization where others manage it.
    pub managed_by_others: Option<String>,
    pub has_key: Option<bool>,
    pub has_conversation: Option<bool>,
    pub has_budget: Option<bool>,
    pub has_people: Option<bool>,
    pub has_backups: Option<bool>,
    pub has_mail: Option<bool>,
}

impl StepKind {
    /// Whether only administrators of the installation take it.
    pub fn is_for_administrators(self) -> bool {
        matches!(self, Self::People | Self::Backups | Self::Mail)
    }

    /// Whether those who manage an organization take it for all of it.
    fn is_for_managers(self) -> bool {
        matches!(self, Self::Key | Self::Budget)
    }

    fn link(self) -> &'static str {
        match self {
            Self::Key => "/ai/keys",
            Self::Conversation => "/generate",
            Self::Budget => "/ai/costs",
            Self::People => "/organization/members",
            Self::Backups => "/database/backups",
            Self::Mail => "/admin/mail",
        }
    }

    fn fact(self, facts: &Facts) -> Option<bool> {
        match self {
            Self::Key => facts.has_key,
            Self::Conversation => facts.has_conversation,
            Self::Budget => facts.has_budget,
            Self::People => facts.has_people,
            Self::Backups => facts.has_backups,
            Self::Mail => facts.has_mail,
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Key => "There is a key for your conversations.",
            Self::Conversation => "There are conversations.",
            Self::Budget => "A budget is set.",
            Self::People => "Others are members, or invited.",
            Self::Backups => "Backups are made on a schedule.",
            Self::Mail => "Notifications and invitations can be sent by mail.",
        }
    }

    fn open(self) -> &'static str {
        match self {
            Self::Key => "Nothing can be generated without one.",
            Self::Conversation => "Describe a persona and a topic, and Claude writes the rest.",
            Self::Budget => {
                "The defaults apply. Choose how much a day, a week and a month may cost."
            }
            Self::People => "Generate and review together, with shared keys and budgets.",
            Self::Backups => "Choose when backups are made, and how many are kept.",
            Self::Mail => "Nothing is sent by mail yet. The page says what is missing.",
        }
    }

    /// For those who leave it to the managers of their organization.
    fn of_others(self, organization: &str) -> String {
        match self {
            Self::Key => format!(
                "An owner or admin of {organization} adds one for everyone. You can also use your \
                 own."
            ),
            _ => format!("The defaults apply. An owner or admin of {organization} sets a budget."),
        }
    }

    fn step(self, facts: &Facts) -> Option<Step> {
        if self.is_for_administrators() && !facts.is_administrator {
            return None;
        }
        let others = facts.managed_by_others.as_deref().filter(|_| self.is_for_managers());
        let (state, sentence) = match (self.fact(facts)?, others) {
            (true, _) => (StepState::Done, self.done().to_owned()),
            (false, Some(organization)) => (StepState::NotYours, self.of_others(organization)),
            (false, None) => (StepState::Open, self.open().to_owned()),
        };
        let (title, link) = (self.label().to_owned(), self.link().to_owned());
        Some(Step { kind: self, state, title, sentence, link })
    }
}

/// The steps for a person, in the order in which they are taken. What is not known is left out.
pub fn steps(facts: &Facts) -> Vec<Step> {
    StepKind::ALL.into_iter().filter_map(|kind| kind.step(facts)).collect()
}

/// How many steps are done.
pub fn steps_done(steps: &[Step]) -> usize {
    steps.iter().filter(|step| step.state == StepState::Done).count()
}

/// Whether the list of steps is closed: nothing of it is left for this person, or they closed it.
pub fn are_steps_closed(steps: &[Step], by_hand: bool) -> bool {
    by_hand || steps.iter().all(|step| step.state != StepState::Open)
}

/// Whether somebody chose a budget: any layer above the built-in default, or a ceiling.
pub fn has_budget(explain: &BTreeMap<String, Explain>) -> bool {
    BUDGETS.iter().filter_map(|path| explain.get(*path)).any(|field| {
        let by_ceiling = field.clamped.as_ref().is_some_and(|clamp| clamp.by == ClampedBy::Ceiling);
        field.layer != Layer::Default || by_ceiling
    })
}

/// The budgets that are shown: those of the day and the month.
pub fn shown_budgets(mut budgets: Vec<BudgetView>) -> Vec<BudgetView> {
    budgets.retain(|budget| budget.period != Period::Week);
    budgets
}

/// How far a budget is used: “$4.10 of $100.00 · $95.90 left”.
pub fn budget_words(budget: &BudgetView) -> String {
    let used = budget.spend.saturating_add(budget.reserved);
    let reserved = match budget.reserved {
        Money::ZERO => String::new(),
        reserved => format!(" · {reserved} reserved"),
    };
    format!("{used} of {} · {} left{reserved}", budget.limit, budget.left())
}

/// The jobs that are shown: those that need somebody, then those that ran last.
pub fn last_jobs(mut jobs: Vec<JobStatus>) -> Vec<JobStatus> {
    jobs.retain(|job| job.last_started_at.is_some() || job.state == JobState::Overdue);
    let is_well = |job: &JobStatus| !matches!(job.state, JobState::Failed | JobState::Overdue);
    jobs.sort_by_key(|job| (is_well(job), std::cmp::Reverse(job.last_started_at), job.name));
    jobs.truncate(SHOWN_JOBS);
    jobs
}

words! {
    /// A part of the page that is read by itself.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum HomePart: "The part" {
        Steps => "steps", "First steps";
        Spending => "spending", "Spending";
        Conversations => "conversations", "Conversations";
        Alerts => "alerts", "Alerts";
        Jobs => "jobs", "Jobs";
    }
}

/// A part that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartFailure {
    pub part: HomePart,
    /// Why, in a sentence.
    pub error: String,
}

/// Everything on the page. A part is `null` where whoever asks may not see it, and where it could
/// not be read: then `failures` says why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeAnswer {
    /// In the order in which they are taken; those for administrators only for them.
    pub steps: Vec<Step>,
    /// Of the day and the month: the person's, then those of the organization that they manage.
    pub budgets: Option<Vec<BudgetView>>,
    /// The person's, then those of the organization that they manage.
    pub running: Option<Vec<RunningView>>,
    pub conversations: Option<ConversationCounts>,
    /// How many demonstration conversations there are; `null` for whoever may neither add nor
    /// remove any.
    pub demonstration: Option<i64>,
    /// For administrators.
    pub alerts: Option<AlertCounts>,
    /// For administrators: those that need somebody, then those that ran last.
    pub jobs: Option<Vec<JobStatus>>,
    pub failures: Vec<PartFailure>,
}

impl HomeAnswer {
    /// Why a part is not there.
    pub fn failure(&self, part: HomePart) -> Option<&str> {
        let failed = self.failures.iter().find(|failed| failed.part == part);
        failed.map(|failed| failed.error.as_str())
    }
}

#[cfg(test)]
mod tests;
