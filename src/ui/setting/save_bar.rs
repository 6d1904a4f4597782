//! The bar at the foot of a page where nothing is saved until somebody says so.

use super::{Draft, Stored};
use crate::ui::components::{Banner, Button, ButtonVariant, Tone};
use leptos::prelude::*;

/// How many changes are not saved, what became of the last save, and the buttons.
#[component]
pub fn SaveBar<B: Stored>(
    draft: Draft<B>,
    /// Takes the focus when the button that had it has nothing left to do.
    id: &'static str,
    /// Whose changes they are: "the defaults".
    of: &'static str,
    /// What happened when somebody else was faster, in a sentence.
    overtaken: &'static str,
    /// What else there is to say.
    #[prop(optional, into)]
    note: ViewFn,
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
        0 if draft.status.with(String::is_empty) => "No changes.".to_owned(),
        0 => draft.status.get(),
        1 => "1 change is not saved.".to_owned(),
        count => format!("{count} changes are not saved."),
    };
    let overtaken = move || {
        let sentence = format!(
            "{overtaken} What stands now is loaded; your own changes are kept and not saved yet."
        );
        draft.overtaken.get().then(|| view! { <Banner tone=Tone::Warning>{sentence}</Banner> })
    };
    let refused = move || {
        let sentence = draft.unplaced_error().filter(|_| !asks.get())?;
        Some(view! { <Banner tone=Tone::Danger>{sentence}</Banner> })
    };
    let reason = Signal::derive(move || {
        wrong.get().then(|| "Some values are not allowed yet; see the fields.".to_owned())
    });
    view! {
        <div
            class="save-bar"
            id=id
            role="region"
            aria-label=format!("Changes of {of}")
            tabindex="-1"
        >
            {note.run()}
            {overtaken}
            {refused}
            <p role="status">{words}</p>
            <div class="button-row">
                <Button
                    disabled=Signal::derive(move || count.get() == 0)
                    on_press=on_discard
                >
                    "Discard"
                </Button>
                <Button
                    id=save.0
                    variant=ButtonVariant::Primary
                    busy=busy
                    disabled=Signal::derive(move || count.get() == 0 || wrong.get())
                    reason=reason
                    on_press=on_save
                >
                    {save.1}
                </Button>
            </div>
        </div>
    }
    .into_any()
}
