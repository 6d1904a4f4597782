//! Buttons, and links that look like them.

use super::{Icon, IconName};
use leptos::{ev::MouseEvent, prelude::*};

/// How much a button asks for attention. One primary button per view is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    Primary,
    #[default]
    Secondary,
    Ghost,
    Danger,
}

impl ButtonVariant {
    const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Ghost => "ghost",
            Self::Danger => "danger",
        }
    }
}

fn size(small: bool) -> Option<&'static str> {
    small.then_some("s")
}

/// A button with words on it.
///
/// While `busy` it keeps focus and name, shows a spinner and swallows presses. Disabled with a
/// `reason` it stays reachable by keyboard, and the reason stands beside it; disabled without one
/// it is simply inert.
#[component]
pub fn Button(
    #[prop(optional)] variant: ButtonVariant,
    /// The smaller of the two sizes.
    #[prop(optional)]
    small: bool,
    #[prop(optional_no_strip, into)] icon: Option<IconName>,
    /// `"button"` or `"submit"`.
    #[prop(default = "button")]
    kind: &'static str,
    /// Only needed when something points at the button, or when it has a `reason`.
    #[prop(optional, into)]
    id: String,
    /// Name of the form entry that a submit button sends.
    #[prop(optional, into)]
    name: Option<String>,
    /// Value of the form entry that a submit button sends.
    #[prop(optional, into)]
    value: Option<String>,
    /// Id of the form that it sends, where it stands outside of it.
    #[prop(optional, into)]
    form: Option<String>,
    /// Takes focus first when its dialog opens.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Why the button is disabled, in a sentence.
    #[prop(optional, into)]
    reason: MaybeProp<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let reason_id = format!("{id}-reason");
    let explained = move || disabled.get() && reason.get().is_some();
    let press = move |event: MouseEvent| {
        if busy.get_untracked() || disabled.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    let described_by = reason_id.clone();
    view! {
        <button
            class="button"
            type=kind
            id=(!id.is_empty()).then_some(id)
            name=name
            value=value
            form=form
            autofocus=autofocus
            data-variant=variant.name()
            data-size=size(small)
            disabled=move || disabled.get() && !explained()
            aria-disabled=move || (busy.get() || explained()).then_some("true")
            aria-busy=move || busy.get().then_some("true")
            aria-describedby=move || explained().then(|| described_by.clone())
            on:click=press
        >
            {move || {
                if busy.get() {
                    Some(view! { <span class="spinner" aria-hidden="true"></span> }.into_any())
                } else {
                    icon.map(|name| view! { <Icon name=name size="s" /> }.into_any())
                }
            }}
            {children()}
        </button>
        {move || {
            explained()
                .then(|| {
                    view! {
                        <span class="button-reason" id=reason_id.clone()>
                            {reason.get()}
                        </span>
                    }
                })
        }}
    }
    .into_any()
}

/// A square button with a picture; `label` is its name and its tooltip.
#[component]
pub fn IconButton(
    icon: IconName,
    #[prop(into)] label: String,
    #[prop(default = ButtonVariant::Ghost)] variant: ButtonVariant,
    #[prop(optional)] small: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <button
            class="button"
            type="button"
            data-variant=variant.name()
            data-size=size(small)
            data-icon-only=""
            aria-label=label.clone()
            title=label
            disabled=disabled
            on:click=move |_| {
                if let Some(on_press) = on_press {
                    on_press.run(());
                }
            }
        >
            <Icon name=icon />
        </button>
    }
    .into_any()
}

/// A link in the dress of a button, for going somewhere.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] variant: ButtonVariant,
    #[prop(optional)] small: bool,
    #[prop(optional)] icon: Option<IconName>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="button" href=href data-variant=variant.name() data-size=size(small)>
            {icon.map(|name| view! { <Icon name=name size="s" /> })}
            {children()}
        </a>
    }
    .into_any()
}
