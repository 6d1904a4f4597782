//! One version of a data set.

use super::{
    card::{CardFacts, Facts},
    difference::ChangesCard,
};
use crate::{
    api::{data_sets::DeleteDataSetVersion, operation::Nothing},
    domain::data_sets::DataSetVersionView,
    ui::{
        call_dialog::CallDialog,
        client::rest::Call,
        components::{Banner, Button, ButtonVariant, Card, IconName, Tone},
        conversation::query_words,
        export::{Exporting, Subject, words},
    },
};
use leptos::prelude::*;

#[component]
pub fn Version(
    version: DataSetVersionView,
    turn: RwSignal<u32>,
    exporting: Exporting,
) -> impl IntoView {
    let removing = RwSignal::new(false);
    let (id, number, gone) = (version.summary.id, version.summary.number, version.gone);
    let name = format!("{}, version {number}", version.data_set_name);
    let subject = Subject::Version(id, name);
    let (can_change, is_gone) = (version.can_change, gone > 0);
    let actions = move || {
        let remove = can_change.then(|| {
            view! {
                <Button small=true icon=IconName::Trash on_press=move |()| removing.set(true)>
                    "Remove…"
                    <span class="visually-hidden">{format!(" version {number}")}</span>
                </Button>
            }
        });
        let subject = subject.clone();
        view! {
            <div class="button-row" data-needs-script="">
                {remove}
                <Button
                    small=true
                    variant=ButtonVariant::Primary
                    icon=IconName::Download
                    id="export-version"
                    disabled=is_gone
                    reason=is_gone.then(|| "Some of its conversations are gone.".to_owned())
                    on_press=move |()| exporting.ask(subject.clone())
                >
                    "Export…"
                </Button>
            </div>
        }
    };
    let warning = (gone > 0).then(|| view! { <Banner tone=Tone::Warning>{told(gone)}</Banner> });
    let call = move |()| Call::<DeleteDataSetVersion>::new(id, &Nothing {});
    let dialog = can_change.then(|| {
        view! {
            <CallDialog
                id="remove-version"
                title=format!("Remove version {number}?")
                open=removing
                confirm="Remove"
                target=format!("version {number}")
                call=call
                on_done=move |_| {
                    turn.try_update(|turn| *turn += 1);
                }
                danger=true
            >
                <p>
                    "It cannot be brought back. Its conversations stay, and the parts they are in."
                </p>
            </CallDialog>
        }
    });
    let changes = (number > 1).then(|| view! { <ChangesCard id=id /> });
    view! {
        <Card id="data-set-card" title=format!("Version {number}") actions=actions>
            <div class="stack">
                {warning}
                <Made version=version.clone() />
                <CardFacts card=version.card />
            </div>
        </Card>
        {changes}
        {dialog}
    }
    .into_any()
}

fn told(gone: i64) -> String {
    let (what, are) = if gone == 1 { ("conversation", "is") } else { ("conversations", "are") };
    format!(
        "{} {what} {are} gone: removed for good since this version was made. No file can be made \
        of it any more. Make a new version instead.",
        words::number(gone)
    )
}

/// How it came about.
#[component]
fn Made(version: DataSetVersionView) -> impl IntoView {
    let chosen = match version.query {
        Some(query) if query.is_empty() => "All conversations".to_owned(),
        Some(query) => query_words(&query),
        None => "Selected conversations".to_owned(),
    };
    let shares = version.shares;
    let fit = version.token_fit.map(|fit| {
        let target = words::number(fit.target.into());
        format!("{target} tokens; longer ones: {}", fit.rule.label())
    });
    let include: Vec<_> = version.include.iter().map(|own| own.label()).collect();
    let include = (!include.is_empty()).then(|| include.join(", "));
    let shares = format!(
        "{} % train, {} % validation, {} % test",
        shares.train, shares.validation, shares.test
    );
    let facts = vec![
        ("Conversations", Some(chosen)),
        ("Parts", Some(shares)),
        ("Longest", fit),
        ("Included", include),
        ("Left out", words::left_out(&version.left_out)),
    ];
    view! { <Facts facts=facts /> }.into_any()
}
