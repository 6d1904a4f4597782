//! A form that is sent when it is finished: what is wrong with it, field by field, and whether it
//! is on its way.

mod buttons;

use super::{
    client::{boot::take_flash, rest::Call},
    components::{Banner, Icon, IconName, Resets, Tone, Tries, lead_to_unread, text_rows},
};
use crate::{
    api::{boot::Flash, error::ApiError, operation::Operation},
    domain::field_error::FieldError,
};
pub use buttons::{DialogButtons, FormButtons};
use gloo_timers::callback::Timeout;
use leptos::{
    context::Provider,
    ev::{self, SubmitEvent},
    prelude::*,
    task::spawn_local,
};
use wasm_bindgen::JsCast;
use web_sys::{
    HtmlElement, HtmlFormElement, HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition,
};

/// The state of one form.
#[derive(Clone, Copy)]
pub struct FormState {
    /// Id of the `<form>` element.
    pub id: &'static str,
    /// True while the server is asked.
    pub busy: RwSignal<bool>,
    errors: RwSignal<Vec<FieldError>>,
    done: RwSignal<String>,
    resets: Resets,
    /// What is wrong with a field is told until it is edited. [`FetchForm`] hands it to the fields;
    /// another form has to provide it.
    pub tries: Tries,
    /// The fields that show their own errors; every other error is told above the form.
    fields: &'static [&'static str],
    /// The same for paths that are too many to name.
    shows: fn(&str) -> bool,
}

impl FormState {
    /// `fields` are the paths of those that show their own errors, as the server names them.
    pub fn new(id: &'static str, fields: &'static [&'static str]) -> Self {
        Self {
            id,
            busy: RwSignal::new(false),
            errors: RwSignal::new(Vec::new()),
            done: RwSignal::new(String::new()),
            resets: Resets::default(),
            tries: Tries::default(),
            fields,
            shows: |_| false,
        }
    }

    /// There are more fields that show their own errors: those at these paths.
    pub fn showing(self, shows: fn(&str) -> bool) -> Self {
        Self { shows, ..self }
    }

    /// What is wrong with a field, for the control that shows it.
    pub fn error(self, path: &'static str) -> Signal<Option<String>> {
        self.error_at(path.to_owned())
    }

    /// The same for a path that is put together.
    pub fn error_at(self, path: String) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.errors.with(|errors| {
                errors.iter().find(|error| error.path == path).map(|error| error.message.clone())
            })
        })
    }

    /// What is wrong with the form as a whole, or with something that it has no field for.
    fn unplaced(self) -> Vec<String> {
        let is_unplaced = |error: &&FieldError| {
            !self.fields.contains(&error.path.as_str()) && !(self.shows)(&error.path)
        };
        self.errors.with(|errors| {
            errors.iter().filter(is_unplaced).map(|error| error.message.clone()).collect()
        })
    }

    pub fn clear(self) {
        self.errors.set(Vec::new());
        self.done.set(String::new());
    }

    /// Says that it worked, beside the button; a toast could be switched off.
    pub fn done(self, sentence: impl Into<String>) {
        self.done.set(sentence.into());
    }

    /// Shows the errors without moving the focus: for what is known when the page is drawn.
    pub fn show(self, errors: Vec<FieldError>) {
        self.errors.set(errors);
    }

    /// Shows the errors and leads to the first field that has one. What is wrong with the form as a
    /// whole comes into view.
    pub fn refuse(self, errors: Vec<FieldError>) {
        self.clear();
        self.tries.again();
        self.errors.set(errors);
        focus(format!("#{} [aria-invalid=true]", self.id));
        come_into_view(alert_id(self.id));
    }

    /// Shows why the server refused.
    pub fn fail(self, error: ApiError) {
        self.refuse(errors_of(error));
    }

    /// What stands in the input with this name: for the inputs of a plain form, which may have been
    /// filled before the script arrived.
    pub fn typed(self, name: &str) -> String {
        let page = web_sys::window().and_then(|window| window.document());
        let input = page.and_then(|page| {
            page.query_selector(&format!("#{} [name={name}]", self.id)).ok().flatten()
        });
        input
            .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
            .map(|input| input.value())
            .unwrap_or_default()
    }

    /// Empties the inputs, those that hold focus too. Controls with an owner show what that owner
    /// says; a number that could not be read is forgotten.
    pub fn reset(self) {
        let page = web_sys::window().and_then(|window| window.document());
        let form = page.and_then(|page| page.get_element_by_id(self.id));
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            form.reset();
        }
        self.resets.reset();
    }

    /// Sends the form once; a second press while it is on its way does nothing.
    pub fn send<O: Operation>(self, call: Call<O>, done: impl FnOnce(O::Answer) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.clear();
        self.busy.set(true);
        spawn_local(async move {
            let answer = call.send().await;
            self.busy.set(false);
            match answer {
                Ok(answer) => done(answer),
                Err(error) => self.fail(error),
            }
        });
    }
}

/// Moves the focus to the first element that fits, when the page has changed as it is about to. For
/// what takes away the button that was pressed: without it the keyboard would begin at the top of
/// the page again.
pub fn focus(selector: impl Into<String>) {
    let selector = selector.into();
    Timeout::new(0, move || {
        let page = web_sys::window().and_then(|window| window.document());
        let found = page.and_then(|page| page.query_selector(&selector).ok().flatten());
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Fails only for an element that cannot take it; then the focus stays where it is.
            let _ = element.focus();
        }
    })
    .forget();
}

/// Scrolls to the element when the page has changed as it is about to, unless it is seen already.
fn come_into_view(id: String) {
    Timeout::new(0, move || {
        let page = web_sys::window().and_then(|window| window.document());
        if let Some(element) = page.and_then(|page| page.get_element_by_id(&id)) {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    })
    .forget();
}

fn alert_id(form: &str) -> String {
    format!("{form}-alert")
}

/// The browser asks before the page is closed with something unsaved.
pub fn warn_before_leaving(is_dirty: impl Fn() -> bool + Copy + 'static) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::beforeunload, move |event| {
            if is_dirty() {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// The failure by field; as a whole when it is about none.
pub fn errors_of(error: ApiError) -> Vec<FieldError> {
    if error.fields.is_empty() { vec![FieldError::new("", error.error)] } else { error.fields }
}

/// A form that only a script can send, in a column.
///
/// `method="dialog"` makes a press before the script has arrived do nothing. A plain form would
/// then go to this page's address with everything typed in its query: passwords in addresses, logs
/// and the browser's history.
#[component]
pub fn FetchForm(
    form: FormState,
    #[prop(into)] on_send: Callback<()>,
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !lead_to_unread(form.id) {
            on_send.run(());
        }
    };
    view! {
        <form class="form" id=form.id method="dialog" novalidate="" on:submit=submit>
            <FormAlert form=form />
            <Provider value=form.resets>
                <Provider value=form.tries>{children()}</Provider>
            </Provider>
        </form>
    }
}

/// What is wrong and belongs to no field, told at once.
#[component]
pub fn FormAlert(form: FormState) -> impl IntoView {
    let sentences = Memo::new(move |_| form.unplaced());
    move || {
        let sentences = sentences.get();
        (!sentences.is_empty()).then(|| {
            let lines = text_rows(sentences, |sentence| view! { <p>{sentence}</p> });
            view! {
                <div id=alert_id(form.id)>
                    <Banner tone=Tone::Danger>{lines}</Banner>
                </div>
            }
        })
    }
}

/// What the form has done, or why it was refused, that led to this page.
#[component]
pub fn FormDoneBefore() -> impl IntoView {
    take_flash().map(|flash| {
        let (tone, sentence) = match flash {
            Flash::Refused(form) => (Tone::Danger, form.error.error),
            Flash::Done { done } => (Tone::Success, done),
        };
        view! { <Banner tone=tone>{sentence}</Banner> }
    })
}

/// That the form was accepted.
#[component]
pub fn FormDone(form: FormState) -> impl IntoView {
    let icon = move || {
        form.done
            .with(|sentence| !sentence.is_empty())
            .then(|| view! { <Icon name=IconName::Check size="s" /> })
    };
    view! { <span class="form-done">{icon} <span role="status">{form.done}</span></span> }
}
