//! What administrators and operators did to accounts and to the installation.

use crate::{
    api::admin::load_actions,
    domain::admin::{ActionPage, ActionQuery, AdministrativeAction},
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{Card, EmptyState, Head, IconName, Pager, Table, rows},
        loaded::Loaded,
        moment::Moment,
        page_query::{Asked, use_asked},
    },
};
use leptos::prelude::*;

const NAMES: [&str; 1] = ["before"];

#[component]
pub fn LogTab() -> impl IntoView {
    let (asked, per_page) = (use_asked("admin", "log", &NAMES), use_rows_per_page());
    let read = resource(
        move || (asked.get(), per_page.get()),
        |(asked, limit)| load_actions(ActionQuery { before: before(&asked), limit: Some(limit) }),
    );
    view! {
        <Card
            id="admin-log"
            title="Log"
            hint="What was done to accounts and to the installation. Nobody can change it."
            flush=true
        >
            <Loaded
                read=read
                label="Loading the log"
                lines=6
                children=move |page: ActionPage| {
                    view! { <Actions page=page asked=asked.get_untracked() /> }
                }
            />
        </Card>
    }
    .into_any()
}

fn before(asked: &Asked) -> Option<i64> {
    asked.get("before")?.parse().ok()
}

#[component]
fn Actions(page: ActionPage, asked: Asked) -> impl IntoView {
    let newest = before(&asked).map(|_| ("Newest", asked.with("before", "").address()));
    if page.actions.is_empty() {
        let title = if newest.is_some() { "Nothing older" } else { "Nothing yet" };
        return view! {
            <EmptyState
                icon=IconName::History
                title=title
                text="What administrators do to accounts appears here."
            />
            <Pager label="Pages of the log" before=newest after=None />
        }
        .into_any();
    }
    let older =
        page.older.map(|number| ("Older", asked.with("before", &number.to_string()).address()));
    let heads = [Head::text("When"), Head::text("What"), Head::text("Whom"), Head::text("Who")];
    let lines = rows(page.actions, |it| it.number, |it| view! { <Line line=it /> });
    view! {
        <Table label="List of actions" heads=heads>
            {lines}
        </Table>
        <Pager label="Pages of the log" before=newest after=older />
    }
    .into_any()
}

#[component]
fn Line(line: AdministrativeAction) -> impl IntoView {
    let AdministrativeAction { done_at, command, subject, operator, host, by_command, .. } = line;
    let what = match words(&command) {
        Some(words) => view! { <span>{words}</span> }.into_any(),
        None => view! { <code translate="no">{command}</code> }.into_any(),
    };
    let place = by_command.then(|| format!("by command on {host}"));
    view! {
        <tr>
            <td class="nowrap">
                <Moment time=done_at />
            </td>
            <th scope="row">{what}</th>
            <td translate="no">{subject}</td>
            <td>
                <span translate="no">{operator}</span>
                " "
                <small class="muted">{place}</small>
            </td>
        </tr>
    }
    .into_any()
}

/// What a command is called; `None` for those that operators know by their name.
fn words(command: &str) -> Option<&'static str> {
    Some(match command {
        "admin create" => "Administrator created",
        "admin promote" => "Made administrator",
        "admin demote" => "Administrator taken away",
        "admin disable" => "Account disabled",
        "admin enable" => "Account enabled",
        "admin reset-password" => "Password reset",
        "admin reset-second-factor" => "Two-step verification turned off",
        "admin sign-up" => "Sign-up changed",
        "audit verify" => "History verified",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn what_is_done_to_accounts_has_words() {
        for what in [
            "create",
            "promote",
            "demote",
            "disable",
            "enable",
            "reset-password",
            "reset-second-factor",
            "sign-up",
        ] {
            assert!(words(&format!("admin {what}")).is_some(), "{what}");
        }
        assert_eq!(words("vault rotate"), None);
    }
}
