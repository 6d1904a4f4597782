//! The head of the page.

use super::state::Page;
use crate::ui::components::{Button, ButtonVariant, Icon, IconName, PageHeader};
use leptos::prelude::*;

#[component]
pub fn Head(page: Page) -> impl IntoView {
    let name = Signal::derive(move || page.set.with(|set| set.name.clone()));
    let about = Signal::derive(move || {
        page.set.with(|set| Some(set.description.clone()).filter(|text| !text.is_empty()))
    });
    let can_change = page.set.with_untracked(|set| set.can_change);
    let actions = move || {
        let own = can_change.then(|| {
            view! {
                <Button icon=IconName::Pencil on_press=move |()| page.renaming.set(true)>
                    "Rename…"
                </Button>
                <Button icon=IconName::Trash on_press=move |()| page.removing.set(true)>
                    "Remove…"
                </Button>
            }
        });
        view! {
            <div class="button-row" data-needs-script="">
                {own}
                <Button
                    variant=ButtonVariant::Primary
                    icon=IconName::Plus
                    on_press=move |()| page.adding.set(true)
                >
                    "New version…"
                </Button>
            </div>
        }
    };
    view! {
        <a class="page-back" href="/datasets">
            <Icon name=IconName::ChevronLeft size="s" />
            "Data sets"
        </a>
        <PageHeader title=name hint=about actions=actions />
    }
    .into_any()
}
