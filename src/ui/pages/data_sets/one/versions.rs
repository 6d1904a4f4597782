//! The list of versions.

use super::{super::sizes::Sizes, state::Page};
use crate::{
    domain::data_sets::DataSetVersionSummary,
    ui::{
        components::{Button, ButtonVariant, Card, EmptyState, IconName},
        moment::Moment,
    },
};
use leptos::prelude::*;

#[component]
pub fn Versions(page: Page) -> impl IntoView {
    let any = Memo::new(move |_| page.versions.with(|all| !all.is_empty()));
    let list = move || match any.get() {
        true => view! {
            <ul class="items">
                <For each=move || page.versions.get() key=|own| own.id let:own>
                    <Line own=own page=page />
                </For>
            </ul>
        }
        .into_any(),
        false => view! { <NoneYet page=page /> }.into_any(),
    };
    let reading = move || {
        page.reading.get().map(|_| {
            view! {
                <span class="spinner" aria-hidden="true"></span>
                " Loading the version…"
            }
        })
    };
    view! {
        <Card
            id="data-set-versions"
            title="Versions"
            flush=true
            actions=move || {
                view! {
                    <span class="small muted" role="status">
                        {reading}
                    </span>
                }
            }
        >
            {list}
        </Card>
    }
    .into_any()
}

#[component]
fn NoneYet(page: Page) -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Layers
            title="No versions yet"
            text="A version freezes conversations as they are, divided into train, validation and \
            test."
            actions=move || {
                view! {
                    <Button
                        variant=ButtonVariant::Primary
                        on_press=move |()| page.adding.set(true)
                    >
                        "Make version 1…"
                    </Button>
                }
            }
        />
    }
    .into_any()
}

#[component]
fn Line(own: DataSetVersionSummary, page: Page) -> impl IntoView {
    let id = own.id;
    let current = move || (page.wanted.get() == Some(id)).then_some("page");
    let who = own.author_name.map(|name| {
        view! {
            " · "
            <span translate="no">{name}</span>
        }
    });
    let note = (!own.note.is_empty()).then(|| {
        view! {
            <span class="item-hint" translate="no">
                {own.note}
            </span>
        }
    });
    view! {
        <li class="item">
            <div class="item-text">
                <a class="data-set-version" href=page.address(id) aria-current=current>
                    {format!("Version {}", own.number)}
                </a>
                {note}
                <Sizes sizes=own.sizes />
                <span class="item-hint"><Moment time=own.created_at /> {who}</span>
            </div>
        </li>
    }
    .into_any()
}
