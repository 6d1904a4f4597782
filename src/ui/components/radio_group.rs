//! One of a few, all in sight: as a list with explanations, or as segments in a bar.

use super::{Choice, Icon, dom::Resets, naming::ControlText, rows};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

/// One of a few, one below the other, with room for a sentence each.
#[component]
pub fn RadioGroup(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// Name of the form entry; the browser also needs it to know which buttons belong together.
    #[prop(into)]
    name: String,
    choices: Vec<Choice>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    /// Beside each other instead of below.
    #[prop(optional)]
    inline: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let look = Look::List { inline };
    view! {
        <Group
            text=text
            look=look
            name=name
            choices=choices
            value=value
            on_change=on_change
        />
    }
}

/// One of two to five short values, in a bar.
#[component]
pub fn SegmentedControl(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// Name of the form entry; the browser also needs it to know which buttons belong together.
    #[prop(into)]
    name: String,
    choices: Vec<Choice>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let look = Look::Bar;
    view! {
        <Group
            text=text
            look=look
            name=name
            choices=choices
            value=value
            on_change=on_change
        />
    }
}

/// One of a few that each have a look: a picture of it, drawn by the style sheet by its value, with
/// the word below.
#[component]
pub fn PictureGroup(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    /// Name of the form entry; the browser also needs it to know which buttons belong together.
    #[prop(into)]
    name: String,
    choices: Vec<Choice>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let text = ControlText { id, label, disabled, ..ControlText::default() };
    view! {
        <Group
            text=text
            look=Look::Pictures
            name=name
            choices=choices
            value=value
            on_change=on_change
        />
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    List { inline: bool },
    Bar,
    Pictures,
}

impl Look {
    /// The class of the group, and of each of its choices.
    const fn classes(self) -> (&'static str, &'static str) {
        match self {
            Self::List { .. } => ("choice-group", "choice"),
            Self::Bar => ("segmented", "segment"),
            Self::Pictures => ("picture-group", "picture-choice"),
        }
    }
}

#[component]
fn Group(
    text: ControlText,
    look: Look,
    name: String,
    choices: Vec<Choice>,
    value: Signal<String>,
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let naming = text.naming();
    let node = NodeRef::<html::Div>::new();
    Resets::on_change(move |reset| {
        if let Some(group) = node.get()
            && reset
            && on_change.is_some()
        {
            show(&group, &value.get_untracked());
        }
    });
    let edited = naming.clone();
    let chosen = value.get_untracked();
    let (group_class, choice_class) = look.classes();
    let is_list = matches!(look, Look::List { .. });
    let buttons = rows(
        choices,
        |choice| choice.value.clone(),
        |choice| {
            let translate = choice.translate();
            let Choice { value: own, label, hint, icon, disabled: off, .. } = choice;
            let (checked, name, disabled, same) =
                (own == chosen, name.clone(), naming.disabled, own.clone());
            let hint = hint.filter(|_| is_list);
            let picture = (look == Look::Pictures).then(|| {
                view! { <span class="picture" data-picture=own.clone() aria-hidden="true"></span> }
            });
            view! {
                <label class=choice_class>
                    <input
                        class=is_list.then_some("radio")
                        type="radio"
                        name=name
                        value=own
                        autocomplete="off"
                        checked=checked
                        prop:checked=move || value.with(|value| *value == same)
                        disabled=move || off || disabled.get()
                    />
                    {picture}
                    {icon.map(|name| view! { <Icon name=name /> })}
                    <span translate=translate>
                        {label} {hint.map(|hint| view! { <small>{hint}</small> })}
                    </span>
                </label>
            }
        },
    );
    let control = view! {
        <div
            class=group_class
            data-inline=(look == Look::List { inline: true }).then_some("")
            role="radiogroup"
            id=naming.id.clone()
            aria-labelledby=naming.label_id.clone()
            aria-describedby=naming.described_by.clone()
            aria-invalid=naming.invalid()
            node_ref=node
            on:change=move |event| {
                edited.edit();
                let Some(input) = event
                    .target()
                    .and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) else { return };
                if let Some(on_change) = on_change {
                    on_change.run(input.value());
                    if let Some(group) = node.get_untracked() {
                        show(&group, &value.get_untracked());
                    }
                }
            }
        >
            {buttons}
        </div>
    };
    text.frame(&naming, true, control.into_any())
}

/// Checks the button of the value that holds; after a wish that was not granted it is another than
/// the one pressed.
fn show(group: &HtmlElement, value: &str) {
    let labels = group.children();
    for label in (0..labels.length()).filter_map(|i| labels.item(i)) {
        if let Ok(Some(input)) = label.query_selector("input")
            && let Ok(input) = input.dyn_into::<HtmlInputElement>()
        {
            input.set_checked(input.value() == value);
        }
    }
}
