//! Maintenance: the form with its pre-flight, what runs, the log and the schedules.

use super::{
    address::target_of,
    operation_log::OperationLog,
    preflight::PreflightView,
    running::{RunResult, Running, RunningCard},
    schedules::SchedulesCard,
    target::{TargetPicker, fits},
};
use crate::{
    api::{
        database::maintenance::{BeginOperation, CheckOperation},
        error::ApiError,
    },
    domain::database::{
        OperationKind, OperationOptions, OperationRequest, Preflight, PreflightVerdict, Target,
    },
    ui::{
        client::rest::Call,
        components::{Banner, Button, Card, Choice, Select, Skeleton, Switch, TextField, Tone},
        form::{FetchForm, FormButtons, FormState, focus},
        page_query::use_page_query,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// What the form says, and what the server found about it.
#[derive(Clone, Copy)]
struct Wanted {
    operation: RwSignal<OperationKind>,
    target: RwSignal<Option<Target>>,
    blocking: RwSignal<bool>,
    reason: RwSignal<String>,
    override_reason: RwSignal<String>,
    confirm: RwSignal<String>,
    found: RwSignal<Option<Result<Preflight, ApiError>>>,
    /// Counts the questions: an answer to an older one is passed over.
    asked: StoredValue<u32>,
    form: FormState,
}

#[component]
pub fn MaintenanceTab() -> impl IntoView {
    let running = Running::start();
    view! {
        <div class="stack">
            <FormCard running=running />
            <RunningCard running=running />
            <OperationLog running=running />
            <SchedulesCard />
        </div>
    }
    .into_any()
}

impl Wanted {
    fn request(self) -> Option<OperationRequest> {
        let target = self.target.get()?;
        let operation = self.operation.get();
        if !fits(operation, &target) {
            return None;
        }
        let (table, index, whole_database) = match target {
            Target::Table(table) => (Some(table), None, false),
            Target::Index(index) => (None, Some(index), false),
            Target::WholeDatabase => (None, None, true),
        };
        let blocking = self.blocking.get() && operation == OperationKind::Reindex;
        let options = OperationOptions { blocking, ..OperationOptions::default() };
        Some(OperationRequest { operation, table, index, whole_database, options, confirm: None })
    }

    /// What it is done to, for who hears only the button.
    fn named(self) -> Option<String> {
        self.target.get().map(|target| match target {
            Target::Table(name) | Target::Index(name) => name.to_string(),
            Target::WholeDatabase => "the whole database".into(),
        })
    }

    /// Asks the server what there is to know, whenever another thing is wanted.
    fn check(self, request: Option<OperationRequest>) {
        self.found.set(None);
        self.confirm.set(String::new());
        self.form.clear();
        let own = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(own);
        let Some(request) = request else { return };
        spawn_local(async move {
            let answer = Call::<CheckOperation>::new((), &request).send().await;
            if self.asked.try_get_value() == Some(own) {
                self.found.set(Some(answer.map(|answer| answer.preflight)));
            }
        });
    }

    /// Why it cannot be run as it stands.
    fn hindrance(self) -> Option<&'static str> {
        let found = match found_or_why(self.found.get(), self.request().is_some()) {
            Ok(found) => found,
            Err(why) => return Some(why),
        };
        let stopped = |check: &crate::domain::database::PreflightCheck| {
            // Working hours can be overridden, and the server decides about the reason.
            check.verdict == PreflightVerdict::Stop
                && !(found.needs_override_reason && check.name == "Working hours")
        };
        if found.checks.iter().any(stopped) {
            return Some("A check says stop: see above.");
        }
        if found.needs_override_reason
            && self.override_reason.with(|reason| reason.trim().is_empty())
        {
            return Some("In working hours a reason is needed.");
        }
        match found.confirmation {
            Some(words) if self.confirm.with(|typed| *typed != words) => {
                Some("Type the name to confirm.")
            }
            _ => None,
        }
    }

    fn run(self, running: Running) {
        let Some(mut request) = untrack(|| self.request()) else { return };
        let text = |signal: RwSignal<String>| {
            Some(signal.get_untracked().trim().to_owned()).filter(|it| !it.is_empty())
        };
        request.options.reason = text(self.reason);
        request.options.override_reason = text(self.override_reason);
        request.confirm = Some(self.confirm.get_untracked()).filter(|typed| !typed.is_empty());
        let call = Call::<BeginOperation>::new((), &request);
        self.form.send(call, move |answer| {
            self.confirm.set(String::new());
            self.reason.set(String::new());
            self.override_reason.set(String::new());
            self.form.done(format!("{} is queued.", answer.operation.operation.label()));
            running.follow(answer.operation);
        });
    }
}

/// What the server found; before that, why nothing can be run yet.
fn found_or_why(
    found: Option<Result<Preflight, ApiError>>,
    is_asked: bool,
) -> Result<Preflight, &'static str> {
    match found {
        Some(Ok(found)) => Ok(found),
        Some(Err(_)) => Err("It could not be checked."),
        None if is_asked => Err("Checking…"),
        None => Err("Choose a target first."),
    }
}

/// The form that begins an operation.
#[component]
fn FormCard(running: Running) -> impl IntoView {
    let query = use_page_query();
    let word = move |name: &str| query.with(|query| query.get(name));
    let named = Memo::new(move |_| {
        (
            word("operation").and_then(|word| word.parse::<OperationKind>().ok()),
            query.with(target_of),
        )
    });
    let (operation, target) = named.get_untracked();
    let wanted = Wanted {
        operation: RwSignal::new(operation.unwrap_or_default()),
        target: RwSignal::new(target),
        blocking: RwSignal::new(false),
        reason: RwSignal::new(String::new()),
        override_reason: RwSignal::new(String::new()),
        confirm: RwSignal::new(String::new()),
        found: RwSignal::new(None),
        asked: StoredValue::new(0),
        form: FormState::new(
            "maintenance-form",
            &["confirm", "options.overrideReason", "options.reason"],
        ),
    };
    // A link of this very page fills the form in as well.
    Effect::new(move |before: Option<()>| {
        let (operation, target) = named.get();
        if before.is_none() || target.is_none() {
            return;
        }
        wanted.operation.set(operation.unwrap_or_default());
        wanted.target.set(target);
        focus("#maintenance-form .database-preflight");
    });
    // What is said of the run that has ended takes the place of that it is queued.
    Effect::new(move |_| {
        if running.has_result() {
            wanted.form.clear();
        }
    });
    let request = Memo::new(move |_| wanted.request());
    Effect::new(move |_| wanted.check(request.get()));
    let choices = OperationKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label())).to_vec();
    let choose = move |word: String| {
        let operation = word.parse().unwrap_or_default();
        if wanted
            .target
            .with_untracked(|target| target.as_ref().is_some_and(|target| !fits(operation, target)))
        {
            wanted.target.set(None);
        }
        wanted.operation.set(operation);
    };
    let blocking = move || {
        (wanted.operation.get() == OperationKind::Reindex).then(|| {
            view! {
                <Switch
                    id="maintenance-blocking"
                    label="Block writes instead of building beside the old index"
                    hint="Faster, but nobody can write to the table meanwhile."
                    value=wanted.blocking
                    on_change=move |on| wanted.blocking.set(on)
                />
            }
        })
    };
    view! {
        <Card
            id="maintenance"
            title="Run maintenance"
            hint="Everything is checked before it runs."
        >
            <FetchForm
                form=wanted.form
                on_send=move |()| {
                    if untrack(|| wanted.hindrance()).is_none() {
                        wanted.run(running)
                    }
                }
            >
                <Select
                    id="maintenance-operation"
                    label="Operation"
                    choices=choices
                    value=Signal::derive(move || wanted.operation.get().as_str().to_owned())
                    on_change=choose
                />
                <p class="muted small">{move || purpose(wanted.operation.get())}</p>
                <TargetPicker operation=wanted.operation target=wanted.target />
                {blocking}
                <div class="database-preflight" tabindex="-1" role="status" aria-label="Pre-flight">
                    <Checked wanted=wanted request=request />
                </div>
                <Confirmation wanted=wanted />
                <TextField
                    id="maintenance-reason"
                    label="Reason (optional)"
                    hint="Recorded in the log."
                    max_length=500
                    value=wanted.reason
                    on_change=move |text| wanted.reason.set(text)
                    error=wanted.form.error("options.reason")
                />
                <FormButtons
                    form=wanted.form
                    id="maintenance-run"
                    disabled=Signal::derive(move || wanted.hindrance().is_some())
                    reason=Signal::derive(move || wanted.hindrance().map(str::to_owned))
                >
                    "Run " <span translate="no">{move || wanted.operation.get().command()}</span>
                    <span class="visually-hidden">" " {move || wanted.named()}</span>
                </FormButtons>
            </FetchForm>
            <RunResult running=running />
        </Card>
    }
    .into_any()
}

fn purpose(operation: OperationKind) -> &'static str {
    match operation {
        OperationKind::Vacuum => {
            "Makes the space of dead rows usable again. Reading and writing go on."
        }
        OperationKind::VacuumAnalyze => {
            "Makes the space of dead rows usable again and renews the planner’s statistics."
        }
        OperationKind::VacuumFull => {
            "Writes the table anew without its empty space. Nobody can read or write it meanwhile."
        }
        OperationKind::Analyze => "Renews the statistics by which the planner chooses its plans.",
        OperationKind::Reindex => "Builds indexes anew, without their empty space.",
        OperationKind::Repack => {
            "Writes the table anew while reading and writing go on. PostgreSQL 19 and later."
        }
        OperationKind::DropInvalidIndex => {
            "Removes an index that a failed build left behind and nobody can use."
        }
    }
}

/// What the server found, or is finding.
#[component]
fn Checked(wanted: Wanted, request: Memo<Option<OperationRequest>>) -> impl IntoView {
    let again = move |()| wanted.check(request.get_untracked());
    move || match wanted.found.get() {
        Some(Ok(found)) => view! { <PreflightView found=found /> }.into_any(),
        Some(Err(error)) => {
            let action = move || {
                view! {
                    <Button small=true on_press=again>
                        "Check again"
                    </Button>
                }
            };
            view! {
                <Banner tone=Tone::Warning action=action>
                    {error.error}
                </Banner>
            }
            .into_any()
        }
        None if request.with(Option::is_some) => {
            view! { <Skeleton label="Checking" lines=6 /> }.into_any()
        }
        None => ().into_any(),
    }
}

/// What has to be typed: the name, and why it cannot wait.
#[component]
fn Confirmation(wanted: Wanted) -> impl IntoView {
    let typed = move |words: String| {
        view! {
            <TextField
                id="maintenance-confirm"
                label=format!("Type {words} to confirm")
                mono=true
                value=wanted.confirm
                on_change=move |text| wanted.confirm.set(text)
                error=wanted.form.error("confirm")
            />
        }
    };
    let reason = move || {
        view! {
            <TextField
                id="maintenance-override"
                label="Why it cannot wait until after working hours"
                max_length=500
                value=wanted.override_reason
                on_change=move |text| wanted.override_reason.set(text)
                error=wanted.form.error("options.overrideReason")
            />
        }
    };
    move || {
        let Some(Ok(found)) = wanted.found.get() else { return ().into_any() };
        view! {
            {found.confirmation.map(typed)}
            {found.needs_override_reason.then(reason)}
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_is_being_checked_or_could_not_be_is_not_asked_for() {
        let why = |found, is_asked| found_or_why(found, is_asked).unwrap_err();
        assert_eq!(why(None, false), "Choose a target first.");
        assert_eq!(why(None, true), "Checking…");
        assert_eq!(why(Some(Err(ApiError::unreachable())), true), "It could not be checked.");
    }
}
