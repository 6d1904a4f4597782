//! A file of the person: chosen, or dropped.

use super::naming::ControlText;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement, Node};

/// One file, chosen by the browser's own input. It stands in a [`FileDrop`].
///
/// `on_choose` receives `None` when the choice was taken back.
#[component]
pub fn FileField(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// What the browser offers to choose from: ".jsonl,.csv". What is dropped may be another.
    #[prop(optional)]
    accept: Option<&'static str>,
    #[prop(into)] on_choose: Callback<Option<File>>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, ..ControlText::default() };
    let naming = text.naming();
    let edited = naming.clone();
    let choose = move |input: &HtmlInputElement| {
        edited.edit();
        let files = input.files();
        let several = files.as_ref().map(FileList::length).filter(|count| *count > 1);
        if several.is_some() {
            input.set_value("");
        }
        let sentence = several.map(|count| format!("Choose one file, not {count} at once."));
        edited.own_error.set(sentence);
        on_choose.run(files.filter(|_| several.is_none()).and_then(|files| files.get(0)));
    };
    let input = view! {
        <div class="file-field">
            <input
                class="input"
                type="file"
                id=naming.id.clone()
                accept=accept
                aria-describedby=naming.described_by.clone()
                aria-invalid=naming.invalid()
                on:change:target=move |event| choose(&event.target())
            />
            <span class="file-field-drop">"or drop it here"</span>
        </div>
    };
    text.frame(&naming, false, input.into_any())
}

/// A place for files around the [`FileField`] with this id, for instance its whole form: what is
/// dropped in it is as if it had been chosen there.
///
/// While it is on the page a file that misses it is not opened by the browser, which would leave
/// the page and lose what was typed.
#[component]
pub fn FileDrop(#[prop(into)] field: String, children: Children) -> impl IntoView {
    let is_over = RwSignal::new(false);
    let drag = move |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
            is_over.set(true);
        }
    };
    let leave = move |event: DragEvent| {
        if !is_within(&event) {
            is_over.set(false);
        }
    };
    let drop = move |event: DragEvent| {
        is_over.set(false);
        if let Some(files) = event.data_transfer().and_then(|data| data.files())
            && files.length() > 0
        {
            event.prevent_default();
            give(&field, &files);
        }
    };
    Effect::new(move |_| {
        let over = window_event_listener(ev::dragover, |event| pass_over(&event));
        let missed = window_event_listener(ev::drop, |event| pass_over(&event));
        on_cleanup(move || {
            over.remove();
            missed.remove();
        });
    });
    view! {
        <div
            class="file-drop"
            data-over=move || is_over.get().then_some("")
            on:dragenter=drag
            on:dragover=drag
            on:dragleave=leave
            on:drop=drop
        >
            {children()}
        </div>
    }
    .into_any()
}

/// Whether files are dragged, and not a text or a link.
fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Whether what is dragged only goes from one element of the place to another.
fn is_within(event: &DragEvent) -> bool {
    let place = event.current_target().and_then(|place| place.dyn_into::<Node>().ok());
    let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
    place.is_some_and(|place| next.is_some() && place.contains(next.as_ref()))
}

/// Has the browser do nothing with files that no place has taken.
fn pass_over(event: &DragEvent) {
    if !event.default_prevented() && has_files(event) {
        event.prevent_default();
        if let Some(data) = event.data_transfer() {
            data.set_drop_effect("none");
        }
    }
}

/// Puts files into an input, which then says so itself.
fn give(field: &str, files: &FileList) {
    let input = document().get_element_by_id(field);
    if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
        && !input.disabled()
    {
        input.set_files(Some(files));
        if let Ok(change) = Event::new("change") {
            // Fails only for an event that is on its way already.
            let _ = input.dispatch_event(&change);
        }
    }
}
