//! The head of a page, and its title.

use leptos::prelude::*;
use leptos_meta::Title;

/// The title of the window. Of what changes, too: pass a signal.
///
/// In the browser it is written here: leptos_meta's own way empties the title of the page that the
/// server drew before it knows another, and the tab of a browser would show the address until then.
#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let text = outliving(Signal::derive(move || titled(&text.get())));
    let is_browser = cfg!(target_arch = "wasm32");
    if !is_browser {
        #[allow(clippy::disallowed_methods, reason = "this is the way to it")]
        let _ = view! { <Title text=text.clone() /> };
    }
    // A part of the view, so that a page names the window once it stands there.
    move || {
        if is_browser {
            document().set_title(&text());
        }
    }
}

/// How every title ends.
fn titled(page: &str) -> String {
    format!("{page} – Train")
}

/// The server may ask for the title after it is done with the page and its signals: it is then what
/// it was at first.
fn outliving(text: Signal<String>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let at_first = text.get_untracked();
    move || text.try_get().unwrap_or_else(|| at_first.clone())
}

/// The page's only first-level heading, a sentence, and its actions.
#[component]
pub fn PageHeader(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] actions: ViewFnOnce,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="page-header-text">
                <h1>{title}</h1>
                {move || hint.get().map(|hint| view! { <p class="page-header-hint">{hint}</p> })}
            </div>
            <div class="page-header-actions">{actions.run()}</div>
        </header>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_where_it_is_from() {
        assert_eq!(titled("History"), "History – Train");
    }

    #[test]
    fn a_title_outlives_its_page() {
        let page = Owner::new();
        let name = page.with(|| RwSignal::new("First".to_owned()));
        let title = page.with(|| outliving(Signal::derive(move || name.get())));
        page.with(|| name.set("Second".to_owned()));
        assert_eq!(title(), "Second");
        page.cleanup();
        assert_eq!(title(), "First");
    }
}
