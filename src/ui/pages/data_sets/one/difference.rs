//! What changed from another version.

use super::state::Page;
use crate::{
    api::{
        data_sets::{CompareDataSetVersions, DifferenceQuery},
        operation::Nothing,
    },
    domain::data_sets::{DataSetDifference, DifferenceRow},
    ui::{
        client::rest::Call,
        components::{Card, Choice, ErrorState, Select, Skeleton, rows},
        export::words::number,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

type Read = Option<Result<DataSetDifference, String>>;

/// Read when the page has come: it takes a moment with many conversations.
#[component]
pub fn ChangesCard(
    id: Uuid,
    /// The version to begin with.
    before: Uuid,
    page: Page,
) -> impl IntoView {
    let from = RwSignal::new(before.to_string());
    let read = RwSignal::new(None::<Result<DataSetDifference, String>>);
    let ask = move || {
        let asked = from.get_untracked();
        let query = DifferenceQuery { from: Uuid::try_parse(&asked).ok() };
        let call = Call::<CompareDataSetVersions>::asking(id, &query, &Nothing {});
        read.set(None);
        spawn_local(async move {
            let answer = call.send().await;
            // Another one may be asked about by now, or the page is gone.
            if from.try_get_untracked().as_ref() == Some(&asked) {
                read.set(Some(answer.map(|it| it.difference).map_err(|failed| failed.error)));
            }
        });
    };
    Effect::new(move |_| {
        from.track();
        ask();
    });
    let again = Callback::new(move |()| ask());
    let content = move || view! { <Compared read=read.get() again=again /> };
    view! {
        <Card id="data-set-changes" title="Changes">
            <div class="stack" data-needs-script="">
                <Others id=id from=from page=page />
                {content}
            </div>
        </Card>
    }
    .into_any()
}

/// Which version it is compared with.
#[component]
fn Others(id: Uuid, from: RwSignal<String>, page: Page) -> impl IntoView {
    let others = Memo::new(move |_| {
        page.versions.with(|all| {
            let others = all.iter().filter(|own| own.id != id);
            others.map(|own| (own.id, own.number)).collect::<Vec<_>>()
        })
    });
    move || {
        let choice =
            |(id, number): (Uuid, i32)| Choice::new(id.to_string(), format!("Version {number}"));
        view! {
            <Select
                id="data-set-compared"
                label="Compared with"
                choices=others.get().into_iter().map(choice).collect()
                value=from
                on_change=move |id| from.set(id)
            />
        }
    }
}

#[component]
fn Compared(read: Read, again: Callback<()>) -> impl IntoView {
    match read {
        None => view! { <Skeleton label="Comparing the versions" lines=2 /> }.into_any(),
        Some(Err(message)) => view! { <ErrorState message=message on_retry=again /> }.into_any(),
        Some(Ok(difference)) => view! { <Changes difference=difference /> }.into_any(),
    }
}

#[component]
fn Changes(difference: DataSetDifference) -> impl IntoView {
    let counts = format!(
        "{} added, {} edited, {} removed, {} unchanged.",
        number(difference.added),
        number(difference.edited),
        number(difference.removed),
        number(difference.unchanged)
    );
    let changed = difference.added + difference.edited + difference.removed;
    let listed = difference.rows.len();
    let more = (changed > listed as i64).then(|| {
        view! { <p class="muted">{format!("The first {listed} are listed.")}</p> }
    });
    let line = |row: DifferenceRow| {
        let name = match row.title {
            Some(title) => view! {
                <a href=format!("/conversations/{}", row.public_id) translate="no">
                    {title}
                </a>
            }
            .into_any(),
            None => view! { <span translate="no">{row.public_id.clone()}</span> }.into_any(),
        };
        view! {
            <li>
                {row.kind.label()}
                ": "
                {name}
                <span class="muted">" · " {row.split.label()}</span>
            </li>
        }
    };
    let list = (listed > 0).then(|| {
        let rows = rows(difference.rows, |row| row.public_id.clone(), line);
        view! {
            <details class="data-set-changes">
                <summary>"Which ones"</summary>
                <ul>{rows}</ul>
            </details>
        }
    });
    view! {
        <div class="stack" data-gap="s">
            <p>{counts}</p>
            {list}
            {more}
        </div>
    }
    .into_any()
}
