//! What a page reads while it is drawn: the shape of what is loading, then the content, or why
//! there is none.

use super::components::{ErrorState, Skeleton};
use crate::{
    api::error::ApiError,
    ui::client::resource::{Pending, Read},
};
use leptos::prelude::*;
use std::sync::Arc;

/// Shows what was read; what was there before stays while it is read again.
///
/// For two things that belong together `read` is a pair. One `Loaded` straight inside of another
/// does not do: while the server waits for the inner one, what is in it gets other numbers than in
/// the browser, which then does not find what was read.
#[component]
pub fn Loaded<R, V>(
    read: R,
    /// What is loading, for those who cannot see it: "Loading the members".
    label: &'static str,
    /// How many grey lines stand in its place.
    #[prop(default = 3)]
    lines: usize,
    /// Instead of the failure: for those who may not see it, and where it is not there, of which
    /// strangers learn no difference.
    #[prop(optional)]
    refused: Option<fn() -> AnyView>,
    children: impl Fn(R::Value) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    R: Read<Value: Send>,
    V: IntoView + 'static,
{
    let again = Callback::new(move |()| read.refetch());
    let content = move || -> Pending<AnyView> {
        let show = children.clone();
        Box::pin(async move {
            match (read.answer().await, refused) {
                (Ok(value), _) => show(value).into_any(),
                (Err(error), Some(refused)) if matches!(error.status, 403 | 404) => refused(),
                (Err(error), _) => view! { <Failure error=error again=again /> }.into_any(),
            }
        })
    };
    view! { <Awaited label=label lines=lines content=Arc::new(content) /> }
}

/// The same for all that is read, so that it is compiled once.
#[component]
pub fn Awaited(
    label: &'static str,
    lines: usize,
    content: Arc<dyn Fn() -> Pending<AnyView> + Send + Sync>,
) -> impl IntoView {
    view! {
        <Transition fallback=move || {
            view! { <Skeleton label=label lines=lines /> }
        }>{move || Suspend::new(content())}</Transition>
    }
    .into_any()
}

/// Why something could not be read, and the way to try again.
#[component]
pub fn Failure(error: ApiError, again: Callback<()>) -> impl IntoView {
    view! { <ErrorState message=error.error request_id=error.request_id on_retry=again /> }
}
