//! What changed from the version before.

use crate::{
    api::{
        data_sets::{CompareDataSetVersions, DifferenceQuery},
        operation::Nothing,
    },
    domain::data_sets::{DataSetDifference, DifferenceRow},
    ui::{
        client::rest::Call,
        components::{Card, ErrorState, Skeleton, rows},
        export::words::number,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

type Read = Option<Result<DataSetDifference, String>>;

/// Read when the page has come: it takes a moment with many conversations.
#[component]
pub fn ChangesCard(id: Uuid) -> impl IntoView {
    let read = RwSignal::new(None::<Result<DataSetDifference, String>>);
    let ask = move || {
        read.set(None);
        spawn_local(async move {
            let query = DifferenceQuery::default();
            let call = Call::<CompareDataSetVersions>::asking(id, &query, &Nothing {});
            let answer = call.send().await;
            // The page may be gone.
            read.try_set(Some(answer.map(|it| it.difference).map_err(|failed| failed.error)));
        });
    };
    Effect::new(move |_| ask());
    let again = Callback::new(move |()| ask());
    let content = move || view! { <Compared read=read.get() again=again /> };
    view! {
        <Card id="data-set-changes" title="Since the version before">
            {content}
        </Card>
    }
    .into_any()
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
