//! What a list or a page shows when there is nothing, or when something failed.

use super::{Button, Icon, IconName, LinkButton};
use leptos::prelude::*;

/// "Nothing here", said kindly, with a way on.
#[component]
pub fn EmptyState(
    #[prop(default = IconName::Check)] icon: IconName,
    #[prop(into)] title: String,
    /// A sentence of explanation.
    #[prop(optional, into)]
    text: Option<String>,
    /// Links and buttons that lead on. Without a script the buttons are not there.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// There is nothing else on the page: the title is its heading.
    #[prop(optional)]
    whole_page: bool,
) -> impl IntoView {
    let title = if whole_page {
        view! { <h1>{title}</h1> }.into_any()
    } else {
        view! { <h2>{title}</h2> }.into_any()
    };
    view! {
        <div class="state">
            <span class="state-icon">
                <Icon name=icon />
            </span>
            {title}
            {text.map(|text| view! { <p>{text}</p> })}
            <div class="button-row" data-needs-script="buttons">
                {actions.run()}
            </div>
        </div>
    }
    .into_any()
}

/// A failure in one sentence, with Retry and the request's id for a report.
///
/// Without `on_retry`, Retry is a link to the same address, which works without a script too.
#[component]
pub fn ErrorState(
    /// What failed, in one sentence.
    #[prop(into)]
    message: String,
    #[prop(optional, into)] request_id: Option<String>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
) -> impl IntoView {
    let retry = match on_retry {
        Some(on_retry) => view! {
            <Button icon=IconName::Reset busy=busy on_press=on_retry>
                "Retry"
            </Button>
        }
        .into_any(),
        None => view! {
            <LinkButton href="" icon=IconName::Reset attr:rel="external">
                "Retry"
            </LinkButton>
        }
        .into_any(),
    };
    view! {
        <div class="state" role="alert">
            <span class="state-icon" data-tone="danger">
                <Icon name=IconName::Error />
            </span>
            <p>{message}</p>
            {request_id
                .filter(|id| !id.is_empty())
                .map(|id| view! { <small>"Request " <code translate="no">{id}</code></small> })}
            <div class="button-row" data-needs-script="buttons">
                {retry}
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_script_can_serve_is_marked_in_every_empty_and_failed_state() {
        Owner::new().with(|| {
            let actions = || view! { <Button>"Make one…"</Button> };
            let empty = view! { <EmptyState title="None yet" actions=actions /> }.to_html();
            let retry = Callback::new(|()| ());
            let failed = view! { <ErrorState message="It failed." on_retry=retry /> }.to_html();
            for html in [empty, failed] {
                let (_, row) = html.split_once("data-needs-script=\"buttons\"").unwrap();
                assert!(row.contains("<button"), "{html}");
            }
        });
    }
}
