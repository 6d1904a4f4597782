//! When alerts are raised, kind by kind, and where they are told besides the notifications.

use super::refresh::Refreshed;
use crate::{
    api::database::alerts::{ReplaceAlertRules, load_alert_rules},
    domain::{
        database::{AlertKind, AlertRule, AlertRules, check_rules},
        field_error::FieldError,
        number::NumberRule,
    },
    ui::{
        client::{resource::resource, rest::Call},
        components::{
            Card, Entered, Head, NumberEntry, Table, TextField, Tries, format_number, rows,
        },
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::{context::Provider, prelude::*};

/// As the server names the field in what is wrong with it.
const FOR_SECONDS: &str = "forSeconds";

#[component]
pub fn RulesCard() -> impl IntoView {
    let read = resource(|| (), |()| load_alert_rules());
    view! {
        <Card
            id="alert-rules"
            title="Rules"
            hint="Thresholds per severity; leave empty to disable."
        >
            <Refreshed label="Reading the rules" lines=8 read=read let:rules>
                <Editor rules=rules />
            </Refreshed>
        </Card>
    }
    .into_any()
}

/// The rules as they are being changed.
#[derive(Clone, Copy)]
struct Editing {
    draft: RwSignal<AlertRules>,
    form: FormState,
    /// What is wrong with them now, by the code that the server has as well: told while they are
    /// typed, since every edit is a try of its own.
    mistakes: Memo<Vec<FieldError>>,
    tries: Tries,
}

impl Editing {
    fn edit(self, index: usize, change: impl FnOnce(&mut AlertRule)) {
        self.form.clear();
        self.draft.update(|draft| {
            if let Some(rule) = draft.rules.get_mut(index) {
                change(rule);
            }
        });
        self.tries.again();
    }

    fn error(self, path: String) -> Signal<Option<String>> {
        let told = self.form.error_at(path.clone());
        Signal::derive(move || {
            let found = self.mistakes.with(|mistakes| {
                let mistake = mistakes.iter().find(|mistake| mistake.path == path);
                mistake.map(|mistake| mistake.message.clone())
            });
            found.or_else(|| told.get())
        })
    }
}

#[component]
fn Editor(rules: AlertRules) -> impl IntoView {
    let draft = RwSignal::new(rules.clone());
    let form = FormState::new("alert-rules-form", &["webhook"]).showing(is_shown);
    let mistakes = Memo::new(move |_| draft.with(|draft| check_rules(&draft.rules)));
    let editing = Editing { draft, form, mistakes, tries: Tries::default() };
    let save = move |()| {
        let mistakes = mistakes.get_untracked();
        if !mistakes.is_empty() {
            return form.refuse(mistakes);
        }
        let call = draft.with_untracked(|draft| Call::<ReplaceAlertRules>::new((), draft));
        form.send(call, move |rules| {
            draft.set(rules);
            form.done("Rules saved.");
        });
    };
    let webhook =
        Signal::derive(move || draft.with(|draft| draft.webhook.clone()).unwrap_or_default());
    view! {
        <FetchForm form=form on_send=save>
            <Provider value=editing.tries>
                <Table
                    label="Rule list"
                    class="table database-rules"
                    heads=["Kind", "On", "Info", "Warning", "Critical", "Unit", "For at least (s)"]
                        .map(Head::text)
                >
                    <RuleRows rules=rules.rules editing=editing />
                </Table>
            </Provider>
            <TextField
                id="alert-webhook"
                label="Webhook URL (optional)"
                kind="url"
                value=webhook
                on_change=move |text: String| {
                    let text = text.trim().to_owned();
                    draft.update(|draft| draft.webhook = (!text.is_empty()).then_some(text));
                }
                error=form.error("webhook")
            />
            <FormButtons form=form>"Save rules"</FormButtons>
        </FetchForm>
    }
    .into_any()
}

#[component]
fn RuleRows(rules: Vec<AlertRule>, editing: Editing) -> impl IntoView {
    rows(
        rules.into_iter().enumerate(),
        |(_, rule)| rule.kind,
        |(index, rule)| view! { <RuleRow index=index rule=rule editing=editing /> },
    )
    .into_any()
}

/// Whether a row shows what is wrong at a path: `rules.high_bloat` as a whole, or one of its
/// fields.
fn is_shown(path: &str) -> bool {
    let Some(path) = path.strip_prefix("rules.") else { return false };
    let (kind, field) = path.split_once('.').map_or((path, None), |(kind, it)| (kind, Some(it)));
    kind.parse::<AlertKind>().is_ok()
        && field.is_none_or(|field| ["info", "warning", "critical", FOR_SECONDS].contains(&field))
}

#[component]
fn RuleRow(index: usize, rule: AlertRule, editing: Editing) -> impl IntoView {
    let label = rule.kind.label();
    let kind = rule.kind.as_str();
    let draft = editing.draft;
    let error = move |field: &str| editing.error(format!("rules.{kind}.{field}"));
    let whole = editing.error(format!("rules.{kind}"));
    let edit = move |change: &dyn Fn(&mut AlertRule)| editing.edit(index, change);
    let threshold = |name: &'static str,
                     of: fn(&AlertRule) -> Option<f64>,
                     set: fn(&mut AlertRule, Option<f64>)| {
        let shown = Signal::derive(move || {
            let number = draft.with(|draft| draft.rules.get(index).and_then(of));
            number.map(|number| format_number(number, 1.0)).unwrap_or_default()
        });
        let entered = move |entered| match entered {
            Entered::Number(number) => edit(&|rule| set(rule, Some(number))),
            Entered::Empty => edit(&|rule| set(rule, None)),
            // It stands in its field, and the form is not sent with it.
            Entered::Unread(_) => {}
        };
        view! {
            <td>
                <NumberEntry
                    id=format!("rule-{kind}-{name}")
                    aria_label=format!("{label}: {name}")
                    value=shown
                    rule=NumberRule::within(0.0, f64::INFINITY)
                    optional=true
                    on_edit=entered
                    error=error(name)
                />
            </td>
        }
    };
    let seconds = Signal::derive(move || {
        let seconds = draft.with(|draft| draft.rules.get(index).map(|rule| rule.for_seconds));
        seconds.unwrap_or_default().to_string()
    });
    let entered_seconds = move |entered| {
        if let Entered::Number(seconds) = entered {
            edit(&|rule| rule.for_seconds = seconds as i64);
        }
    };
    view! {
        <tr>
            <th scope="row">
                <span class="nowrap">{label}</span>
                <p class="control-error" id=format!("rule-{kind}-error")>
                    {move || whole.get()}
                </p>
            </th>
            <td>
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    id=format!("rule-{kind}-on")
                    autocomplete="off"
                    aria-label=format!("{label}: on")
                    aria-describedby=format!("rule-{kind}-error")
                    aria-invalid=move || whole.with(Option::is_some).then_some("true")
                    checked=rule.enabled
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        edit(&|rule| rule.enabled = on);
                    }
                />
            </td>
            {threshold("info", |rule| rule.info, |rule, number| rule.info = number)}
            {threshold("warning", |rule| rule.warning, |rule, number| rule.warning = number)}
            {threshold("critical", |rule| rule.critical, |rule, number| rule.critical = number)}
            <td>{if rule.unit == "count" { "#".to_owned() } else { rule.unit }}</td>
            <td>
                <NumberEntry
                    id=format!("rule-{kind}-seconds")
                    aria_label=format!("{label}: for at least (s)")
                    value=seconds
                    rule=NumberRule::whole(0.0, 1e9)
                    on_edit=entered_seconds
                    error=error(FOR_SECONDS)
                />
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::database::check_rules;

    #[test]
    fn whatever_is_wrong_with_a_rule_is_shown_in_its_row() {
        let mut rules: Vec<AlertRule> = AlertKind::ALL.into_iter().map(AlertRule::usual).collect();
        for rule in &mut rules {
            (rule.info, rule.warning, rule.critical) = (Some(-1.0), Some(-1.0), Some(-1.0));
            rule.for_seconds = -1;
        }
        let mut empty = AlertRule::usual(AlertKind::HighBloat);
        (empty.enabled, empty.info, empty.warning, empty.critical) = (true, None, None, None);
        rules.push(empty);
        let errors = check_rules(&rules);
        assert!(errors.len() > 4 * AlertKind::ALL.len());
        for error in errors {
            assert!(is_shown(&error.path), "{}", error.path);
        }
        for path in ["", "webhook", "rules", "rules.high_bloat.unit", "rules.other.info"] {
            assert!(!is_shown(path), "{path}");
        }
    }
}
