//! One version of a data set.

use super::{
    card::{CardFacts, Facts},
    difference::ChangesCard,
    state::Page,
};
use crate::{
    domain::data_sets::DataSetVersionView,
    ui::{
        components::{Banner, Button, ButtonVariant, Card, IconName, Tone},
        conversation::query_words,
        export::{Subject, words},
    },
};
use leptos::prelude::*;

#[component]
pub fn Version(version: DataSetVersionView, page: Page) -> impl IntoView {
    let (id, number, gone) = (version.summary.id, version.summary.number, version.gone);
    let subject = Subject::Version(id, format!("{}, version {number}", version.data_set_name));
    let (can_change, is_gone) = (version.can_change, gone > 0);
    let asked = version.clone();
    let actions = move || {
        let remove = can_change.then(|| {
            let ask = move |()| page.removing_version.ask(asked.clone());
            view! {
                <Button small=true icon=IconName::Trash on_press=ask>
                    "Remove…"
                    <span class="visually-hidden">{format!(" version {number}")}</span>
                </Button>
            }
        });
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
                    on_press=move |()| page.exporting.ask(subject.clone())
                >
                    "Export…"
                </Button>
            </div>
        }
    };
    let told = match is_gone {
        true => Some(told(gone)),
        false => words::deleted(version.deleted, version.writable_until),
    };
    let warning = told.map(|told| view! { <Banner tone=Tone::Warning>{told}</Banner> });
    let before = Memo::new(move |_| {
        page.versions.with(|all| all.iter().find(|own| own.number < number).map(|own| own.id))
    });
    let any_before = Memo::new(move |_| before.with(Option::is_some));
    let changes = move || {
        let before = before.get_untracked().filter(|_| any_before.get())?;
        Some(view! { <ChangesCard id=id before=before page=page /> })
    };
    view! {
        <Card id="data-set-card" title=format!("Version {number}") actions=actions>
            <div class="stack">
                {warning}
                <Made version=version.clone() />
                <CardFacts card=version.card />
            </div>
        </Card>
        {changes}
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
        ("Lowest score", version.minimum_score.map(|score| format!("{score:.1}"))),
        ("Included", include),
        ("Left out", words::left_out(&version.left_out)),
    ];
    view! { <Facts facts=facts /> }.into_any()
}
