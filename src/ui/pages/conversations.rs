//! `/conversations`: the table of all, and one of them at `/conversations/{id}`. Each has code of
//! its own.

mod list;
mod one;

use crate::ui::tab_code::{TabCode, lazy_tab};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
use list::ConversationList;
use one::OneConversation;

lazy_tab!(ConversationsListTab, view! { <ConversationList /> });
lazy_tab!(ConversationsOneTab, view! { <OneConversation /> });

/// The code of the table.
pub const LIST_CODE: TabCode = TabCode::of::<ConversationsListTab>();
/// The code of one conversation.
pub const ONE_CODE: TabCode = TabCode::of::<ConversationsOneTab>();

/// The page, loaded when it is visited.
pub struct ConversationsPage;

#[lazy_route]
impl LazyRoute for ConversationsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! { <Conversations /> }.into_any()
    }
}

#[component]
fn Conversations() -> impl IntoView {
    let parameters = use_params_map();
    let is_one = Memo::new(move |_| parameters.with(|all| all.get("id").is_some()));
    move || if is_one.get() { ONE_CODE.show() } else { LIST_CODE.show() }
}
