//! One setting, as every settings page shows it.

mod menu;

use super::{Badge, IconButton, IconName, Marked, naming::Naming};
use leptos::{context::Provider, prelude::*};

pub use menu::FieldMenu;

/// The layer that a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    Environment,
    Organization,
    Personal,
    Device,
}

impl Origin {
    /// The layer in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Environment => "Set by the server’s environment",
            Self::Organization => "From your organization",
            Self::Personal => "Modified",
            Self::Device => "This device only",
        }
    }
}

/// A list of [`FieldRow`]s. The rows fold into one column when the list, not the window, is narrow.
#[component]
pub fn FieldList(children: Children) -> impl IntoView {
    view! { <div class="field-list">{children()}</div> }.into_any()
}

/// One setting: name and description, its control, where its value comes from, and how to get back.
///
/// The control inside needs no label, hint, error or id of its own: the row names it (the control's
/// id is `{id}-control`). The row can be linked to as `#{id}`.
#[component]
pub fn FieldRow(
    /// The anchor, in kebab case: `table-density`.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] description: String,
    /// Marks the row as changed from its default, and offers `on_reset`.
    #[prop(optional, into)]
    changed: Signal<bool>,
    /// What the default is, in words: shown while changed.
    #[prop(optional, into)]
    default_text: MaybeProp<String>,
    #[prop(optional, into)] origin: MaybeProp<Origin>,
    /// Back to the inherited value.
    #[prop(optional, into)]
    on_reset: Option<Callback<()>>,
    /// Address of this setting's history.
    #[prop(optional, into)]
    history: Option<String>,
    /// Its address where it is shown on another page than its own.
    #[prop(optional, into)]
    link: Option<String>,
    /// What scripts call the setting.
    #[prop(optional)]
    setting: Option<&'static str>,
    /// A few words that everybody has to know about it, beside its name.
    #[prop(default = None)]
    badge: Option<&'static str>,
    /// What was looked for, to be marked in its texts.
    #[prop(default = None)]
    marked: Option<Signal<Vec<String>>>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Why it is disabled, in a sentence.
    #[prop(optional, into)]
    reason: MaybeProp<String>,
    /// The control takes the whole width, below the text.
    #[prop(optional)]
    wide: bool,
    /// A small second control beside the first: "this device only".
    #[prop(optional, into)]
    aside: ViewFnOnce,
    /// More about the setting, after its control: what applies instead.
    #[prop(optional, into)]
    extra: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    let control = format!("{id}-control");
    let naming = Naming::new(&control, !description.is_empty(), error, disabled);
    let locked_reason = move || {
        let reason = reason.get().filter(|_| disabled.get())?;
        Some(view! { <p class="field-hint">{reason}</p> })
    };
    let default_note = move || {
        let text = default_text.get().filter(|_| changed.get())?;
        Some(view! { <span>"Default: " {text}</span> })
    };
    let tools = view! {
        <FieldMenu id=id.clone() label=label.clone() link=link history=history setting=setting />
    };
    let reset = on_reset.map(|on_reset| {
        view! {
            <span class="field-reset">
                <IconButton
                    icon=IconName::Reset
                    label=format!("Reset {label} to default")
                    small=true
                    disabled=disabled
                    on_press=on_reset
                />
            </span>
        }
    });
    view! {
        <div
            class="field-row"
            id=id
            data-changed=move || changed.get().then_some("")
            data-locked=move || disabled.get().then_some("")
            data-wide=wide.then_some("")
        >
            <div class="field-text">
                <div class="field-heading">
                    <div class="field-name">
                        <label class="field-label" id=naming.label_id.clone() for=control.clone()>
                            <Marked text=label words=marked />
                        </label>
                        {badge.map(|badge| view! { <Badge>{badge}</Badge> })}
                        <span class="field-meta">
                            {move || {
                                origin.get().map(|origin| view! { <span>{origin.words()}</span> })
                            }} {default_note}
                        </span>
                    </div>
                    {tools}
                </div>
                {(!description.is_empty())
                    .then(|| {
                        view! {
                            <p class="field-hint" id=format!("{control}-hint")>
                                <Marked text=description words=marked />
                            </p>
                        }
                    })}
                {locked_reason}
                {naming.error_line("field-error")}
            </div>
            <div class="field-side">
                <Provider value=naming>{children()}</Provider>
                {aside.run()}
                {reset}
            </div>
            <div class="field-extra">{extra.run()}</div>
        </div>
    }
    .into_any()
}
