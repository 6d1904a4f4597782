//! A titled group of things that belong together.

use leptos::prelude::*;

/// A titled box. With a title it is a section named by it.
#[component]
pub fn Card(
    /// Needed with a title; the heading's id is `{id}-title`.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional, into)] title: Option<String>,
    /// A sentence under the title.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What stands at the end of the header: buttons, a status.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// No padding: for lists of rows and tables that reach the edges.
    #[prop(optional)]
    flush: bool,
    children: Children,
) -> impl IntoView {
    let title_id = id.as_ref().filter(|_| title.is_some()).map(|id| format!("{id}-title"));
    let header = title.map(|title| {
        view! {
            <div class="card-header">
                <div>
                    <h2 id=title_id.clone()>{title}</h2>
                    {hint.map(|hint| view! { <p>{hint}</p> })}
                </div>
                <div class="card-actions">{actions.run()}</div>
            </div>
        }
    });
    view! {
        <section class="card" id=id aria-labelledby=title_id>
            {header}
            <div class="card-body" data-flush=flush.then_some("")>
                {children()}
            </div>
        </section>
    }
    .into_any()
}
