//! When alerts are raised, kind by kind, and where they are told besides the notifications.

use super::refresh::loaded;
use crate::{
    api::database::alerts::{ReplaceAlertRules, load_alert_rules},
    domain::{
        database_health::{AlertRule, AlertRules},
        number::NumberRule,
    },
    ui::{
        client::rest::Call,
        components::{
            Button, ButtonVariant, Card, Entered, NumberEntry, TableRegion, TextField,
            format_number, rows,
        },
        form::{FetchForm, FormDone, FormState},
    },
};
use leptos::prelude::*;

pub fn rules_card() -> AnyView {
    let read = Resource::new(|| (), |()| load_alert_rules());
    view! {
        <Card id="alert-rules" title="Rules" hint="From which number on each kind is raised. An empty field: never with this severity.">
            {loaded("Reading the rules", 8, read, editor)}
        </Card>
    }
    .into_any()
}

fn editor(rules: AlertRules) -> AnyView {
    let draft = RwSignal::new(rules.clone());
    let form = FormState::new("alert-rules-form", &["webhook"]);
    let save = move |()| {
        let call = draft.with_untracked(|draft| Call::<ReplaceAlertRules>::new((), draft));
        form.send(call, move |rules| {
            draft.set(rules);
            form.done("The rules are stored.");
        });
    };
    let rows = rows(
        rules.rules.into_iter().enumerate(),
        |(_, rule)| rule.kind,
        |(index, rule)| row(index, rule, draft),
    );
    let webhook =
        Signal::derive(move || draft.with(|draft| draft.webhook.clone()).unwrap_or_default());
    view! {
        <FetchForm form=form on_send=save>
            <TableRegion label="Table of rules">
                <table class="table database-rules">
                    <thead>
                        <tr>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"On"</th>
                            <th scope="col">"Info"</th>
                            <th scope="col">"Warning"</th>
                            <th scope="col">"Critical"</th>
                            <th scope="col">"Unit"</th>
                            <th scope="col">"For seconds"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableRegion>
            <TextField
                id="alert-webhook"
                label="Webhook"
                hint="An address that is told as well; empty for none."
                kind="url"
                value=webhook
                on_change=move |text: String| {
                    let text = text.trim().to_owned();
                    draft.update(|draft| draft.webhook = (!text.is_empty()).then_some(text));
                }
                error=form.error("webhook")
            />
            <div class="button-row">
                <Button variant=ButtonVariant::Primary kind="submit" busy=form.busy>"Save rules"</Button>
                <FormDone form=form />
            </div>
        </FetchForm>
    }
    .into_any()
}

fn row(index: usize, rule: AlertRule, draft: RwSignal<AlertRules>) -> AnyView {
    let label = rule.kind.label();
    let edit = move |change: &dyn Fn(&mut AlertRule)| {
        draft.update(|draft| {
            if let Some(rule) = draft.rules.get_mut(index) {
                change(rule);
            }
        });
    };
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
                    id=format!("rule-{}-{name}", rule.kind.as_str())
                    aria_label=format!("{label}: {name}")
                    value=shown
                    rule=NumberRule::within(0.0, f64::INFINITY)
                    optional=true
                    on_edit=entered
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
            <th scope="row" class="nowrap">{label}</th>
            <td>
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    autocomplete="off"
                    aria-label=format!("{label}: on")
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
            <td>{rule.unit}</td>
            <td>
                <NumberEntry
                    id=format!("rule-{}-seconds", rule.kind.as_str())
                    aria_label=format!("{label}: for seconds")
                    value=seconds
                    rule=NumberRule::whole(0.0, 1e9)
                    on_edit=entered_seconds
                />
            </td>
        </tr>
    }
    .into_any()
}
