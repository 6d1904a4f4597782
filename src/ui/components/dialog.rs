//! Dialogs on the native element: it traps focus, closes on Esc and gives focus back to where it
//! came from.

use super::{Button, ButtonVariant, IconButton, IconName, dom::lead_to_unread};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A modal dialog.
///
/// `open` decides whether it shows; Esc, the close button and a press outside ask `on_close` to
/// change that. The content stays in the page while closed, so keep what is costly behind a `Show`.
/// Give the element that should take focus first `autofocus`; otherwise it is the close button.
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] on_close: Callback<()>,
    /// The wider of the two sizes.
    #[prop(optional)]
    large: bool,
    /// Whether a press outside closes it. Not for forms and dangerous questions.
    #[prop(optional)]
    light_dismiss: bool,
    /// The buttons at the foot.
    #[prop(optional, into)]
    footer: Option<ViewFnOnce>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        let Some(dialog) = node.get() else { return };
        if wanted {
            show(dialog, open);
        } else if dialog.open() {
            dialog.close();
        }
    });
    // The dialog's own box is covered by its content: a press on the element itself is one on the
    // backdrop.
    let pressed = move |event: ev::PointerEvent| {
        let on_backdrop = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|target| target.tag_name() == "DIALOG");
        if light_dismiss && on_backdrop {
            on_close.run(());
        }
    };
    let title_id = format!("{id}-title");
    let heading_id = title_id.clone();
    view! {
        <dialog
            class="dialog"
            id=id
            node_ref=node
            data-size=large.then_some("l")
            aria-labelledby=title_id
            on:pointerdown=pressed
            on:close=move |_| {
                if open.get_untracked() {
                    on_close.run(());
                }
            }
        >
            <div class="dialog-header">
                <h2 id=heading_id>{title}</h2>
                <IconButton icon=IconName::Close label="Close" small=true on_press=on_close />
            </div>
            <div class="dialog-body">{children()}</div>
            {footer.map(|footer| view! { <div class="dialog-footer">{footer.run()}</div> })}
        </dialog>
    }
    .into_any()
}

/// Shows a dialog that is wanted, as soon as it is in the page: what comes as code of its own is
/// built a moment before.
fn show(dialog: web_sys::HtmlDialogElement, open: Signal<bool>) {
    if open.try_get_untracked() != Some(true) || dialog.open() {
        return;
    }
    if dialog.is_connected() {
        // Fails only for one that is not in the page.
        let _ = dialog.show_modal();
    } else {
        request_animation_frame(move || show(dialog, open));
    }
}

/// A question before something that cannot easily be taken back. Focus starts on Cancel.
#[component]
pub fn ConfirmDialog(
    #[prop(into)] id: String,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] open: Signal<bool>,
    /// What the confirming button does, as a verb: "Reset everything".
    #[prop(into)]
    confirm: Signal<String>,
    /// What the confirming button does it to, for who hears only the button.
    #[prop(optional, into)]
    target: Signal<String>,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_cancel: Callback<()>,
    /// Red, for what destroys.
    #[prop(optional)]
    danger: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    /// The confirming button waits, for example until a word was typed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let variant = if danger { ButtonVariant::Danger } else { ButtonVariant::Primary };
    let dialog = id.clone();
    let on_confirm = Callback::new(move |()| {
        if !lead_to_unread(&dialog) {
            on_confirm.run(());
        }
    });
    view! {
        <Dialog
            id=id
            title=title
            open=open
            on_close=on_cancel
            footer=move || {
                view! {
                    <Button on_press=on_cancel autofocus=true>
                        "Cancel"
                    </Button>
                    <Button variant=variant busy=busy disabled=disabled on_press=on_confirm>
                        {confirm}
                        <span class="visually-hidden">" " {target}</span>
                    </Button>
                }
            }
        >
            {children()}
        </Dialog>
    }
    .into_any()
}
