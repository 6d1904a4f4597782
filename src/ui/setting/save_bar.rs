//! The bar at the foot of a page where nothing is saved until somebody says so.

use super::{Draft, Stored};
use crate::ui::{
    components::{Banner, Button, ButtonVariant, Tone},
    form::focus,
};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use send_wrapper::SendWrapper;

/// So long the bar stays to say that it worked.
const SAYS_MS: u32 = 8_000;

/// How many changes are not saved, what became of the last save, and the buttons. In sight only
/// while there is something to save or to say.
#[component]
pub fn SaveBar<B: Stored>(
    draft: Draft<B>,
    /// Takes the focus when the button that had it has nothing left to do.
    id: &'static str,
    /// Whose changes they are: "the defaults".
    of: &'static str,
    /// What happened when somebody else was faster, in a sentence.
    overtaken: &'static str,
    /// What else there is to say, in a sentence.
    #[prop(optional, into)]
    note: Signal<Option<&'static str>>,
    /// While a question is open, it says itself why nothing was saved.
    #[prop(optional, into)]
    asks: Signal<bool>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// The id and the label of the button that saves.
    save: (&'static str, &'static str),
    #[prop(into)] on_save: Callback<()>,
    #[prop(into)] on_discard: Callback<()>,
) -> impl IntoView {
    let count = Memo::new(move |_| draft.changes().len());
    let wrong = Memo::new(move |_| draft.has_errors());
    let words = move || match count.get() {
        0 => draft.status.get(),
        1 => "1 change is not saved.".to_owned(),
        count => format!("{count} changes are not saved."),
    };
    let overtaken = move || {
        let kept = "The latest version is loaded; your changes are kept and not saved yet.";
        draft.overtaken.get().then(|| format!("{overtaken} {kept}"))
    };
    let refused = move || draft.unplaced_error().filter(|_| !asks.get());
    let is_idle = Memo::new(move |_| {
        count.get() == 0
            && draft.status.with(String::is_empty)
            && note.get().is_none()
            && overtaken().is_none()
            && refused().is_none()
    });
    // That it worked is said for a while; what went wrong stays.
    Effect::new(move |_| {
        let end = move || {
            draft.status.try_set(String::new());
        };
        // The one before is dropped, and with it what it would do.
        let says = draft.status.with(|status| !status.is_empty());
        says.then(|| SendWrapper::new(Timeout::new(SAYS_MS, end)))
    });
    let banner = |tone: Tone, sentence: Option<String>| {
        sentence.map(|sentence| view! { <Banner tone=tone>{sentence}</Banner> })
    };
    let reason = Signal::derive(move || {
        wrong.get().then(|| "Some values are not allowed yet; see the fields.".to_owned())
    });
    let discard = Callback::new(move |()| {
        on_discard.run(());
        focus(format!("#{id}"));
    });
    let buttons = move || {
        view! {
            <div class="button-row">
                <Button on_press=discard>"Discard"</Button>
                <Button
                    id=save.0
                    variant=ButtonVariant::Primary
                    busy=busy
                    disabled=wrong
                    reason=reason
                    on_press=on_save
                >
                    {save.1}
                </Button>
            </div>
        }
    };
    view! {
        <div
            class="save-bar"
            id=id
            role="region"
            aria-label=format!("Changes of {of}")
            tabindex="-1"
            data-idle=move || is_idle.get().then_some("")
        >
            {move || banner(Tone::Info, note.get().map(str::to_owned))}
            {move || banner(Tone::Warning, overtaken())}
            {move || banner(Tone::Danger, refused())}
            <p role="status">{words}</p>
            <Show when=move || count.get() != 0>{buttons}</Show>
        </div>
    }
    .into_any()
}
