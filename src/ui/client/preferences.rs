//! The person's preferences in this tab: what applies, what each control shows, and how a change
//! gets out.

use super::{
    autosave::{
        draft::{Draft, Leaving, Values},
        queue,
        saver::{Saver, Status},
    },
    device, live,
    rest::Call,
    theme,
};
use crate::{
    api::{
        boot::Boot,
        error::ApiError,
        events::LiveEvent,
        operation::Nothing,
        preferences::{
            ActOnPreferences, BootPreferences, PreferencesActionRequest, ReadPreferences,
        },
    },
    domain::{
        json,
        merge_patch::{get, overlay},
        preferences::{Layer, Layers, Overrides, Preferences, Snapshot, catalog},
        settings::{Explain, Field},
    },
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use uuid::Uuid;
use wasm_bindgen::{JsCast, closure::Closure};

/// Where a control's value comes from, seen from this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Layer(Layer),
    Device,
}

/// Everything that controls need of one moment, computed once per change.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub layers: Layers,
    pub effective: Overrides,
    pub errors: std::collections::BTreeMap<String, String>,
}

/// The one store of preferences of a page, in its context.
#[derive(Clone, Copy)]
pub struct PreferenceStore {
    pub saver: Saver,
    pub device: RwSignal<Overrides>,
    /// The name of the cookie that holds them.
    device_cookie: StoredValue<String>,
    /// Why the preferences could not be loaded; nothing can be changed until they are.
    pub load_error: RwSignal<Option<ApiError>>,
    view: Memo<View>,
    /// What applies in this tab on this device, as types.
    pub applied: Memo<Preferences>,
}

impl PreferenceStore {
    /// From what the page was rendered with. `user` is nobody's id on pages for the signed-out.
    pub fn new(user: Uuid, boot: &Boot) -> Self {
        let device = boot.device.clone();
        let (draft, load_error) = match boot.preferences.clone() {
            BootPreferences::Loaded(snapshot) => (Some(Draft::new(snapshot)), None),
            BootPreferences::Unavailable(error) => (None, Some(error)),
            BootPreferences::SignedOut => (None, None),
        };
        let draft = RwSignal::new(draft);
        let device = RwSignal::new(device);
        let view = Memo::new(move |_| {
            draft.with(|draft| {
                let layers = draft.as_ref().map(Draft::layers).unwrap_or_default();
                let errors = draft.as_ref().map(Draft::errors).unwrap_or_default();
                View { effective: layers.effective(), layers, errors }
            })
        });
        let applied = Memo::new(move |_| {
            let merged = view.with(|view| device.with(|device| overlay(&view.effective, device)));
            json::read(&Value::Object(merged)).unwrap_or_default()
        });
        Self {
            saver: Saver::new(user, draft),
            device,
            device_cookie: StoredValue::new(boot.device_cookie.clone()),
            load_error: RwSignal::new(load_error),
            view,
            applied,
        }
    }

    /// Starts what only a browser does. To be called once, from an effect.
    pub fn start(self) {
        let place = self.saver.place();
        theme::follow(self.applied);
        if place.user.is_nil() {
            return;
        }
        let saver = self.saver;
        // Not before there is something to lay them over: what is adopted is no longer kept
        // elsewhere.
        let loaded = self.is_loaded();
        Effect::new(move |adopted: Option<bool>| {
            if adopted == Some(true) || !loaded.get() {
                return adopted == Some(true);
            }
            queue::adopt(place, move |left| {
                if left.is_empty() {
                    return;
                }
                saver.change(|draft| {
                    left.sendings.into_iter().for_each(|sending| draft.adopt(sending));
                    left.edits.into_iter().for_each(|edits| draft.adopt_edits(edits));
                    left.collisions
                        .into_iter()
                        .for_each(|collision| draft.adopt_question(collision));
                });
                saver.flush();
            });
            true
        });
        // Ends with the page, as the store does.
        let _ = live::subscribe(move |news| match news {
            live::News::Pushed(LiveEvent::PreferencesChanged { version, .. }) => {
                self.receive(*version);
            }
            live::News::Missed | live::News::Pushed(LiveEvent::MembershipChanged {}) => {
                self.receive(None);
            }
            live::News::Pushed(_) => {}
        });
        live::start();
        // Browsers that leave a page hide it after that: it is still left then.
        let is_left = StoredValue::new(false);
        on_window("pagehide", move || {
            is_left.set_value(true);
            saver.leave(Leaving::ForGood);
            queue::abandon(place);
        });
        on_window("pageshow", move || is_left.set_value(false));
        // The stream may have lost its connection without noticing.
        on_window("online", move || {
            saver.flush();
            live::missed();
        });
        // The page was covered meanwhile (`ui/tabs.js`), and what was to be saved was refused.
        on_window("train-signed-in", move || saver.flush());
        on_document("visibilitychange", move || {
            let hidden = web_sys::window()
                .and_then(|window| window.document())
                .is_some_and(|page| page.hidden());
            if hidden {
                saver.leave(Leaving::ForNow);
                if is_left.get_value() {
                    queue::abandon(place);
                }
            }
        });
    }

    pub fn is_loaded(self) -> Signal<bool> {
        Signal::derive(move || self.saver.draft.with(Option::is_some))
    }

    pub fn view(self) -> Memo<View> {
        self.view
    }

    /// What the control at a path shows.
    pub fn shown(self, path: &'static str) -> Memo<Value> {
        Memo::new(move |_| {
            let own = self.device.with(|device| get(device, path).cloned());
            own.unwrap_or_else(|| {
                self.view.with(|view| {
                    match self
                        .saver
                        .draft
                        .with(|draft| draft.as_ref().and_then(|d| d.edited().get(path).cloned()))
                    {
                        Some(edited) if !edited.is_null() => edited,
                        _ => get(&view.effective, path).cloned().unwrap_or(Value::Null),
                    }
                })
            })
        })
    }

    pub fn error(self, path: &'static str) -> Memo<Option<String>> {
        Memo::new(move |_| self.view.with(|view| view.errors.get(path).cloned()))
    }

    pub fn origin(self, field: &'static Field, explain: Memo<Explain>) -> Memo<Origin> {
        Memo::new(move |_| {
            if self.device.with(|device| device.contains_key(field.path)) {
                Origin::Device
            } else {
                Origin::Layer(explain.with(|explain| explain.layer))
            }
        })
    }

    /// Why a field has its value, as far as the account says.
    pub fn explain(self, field: &'static Field) -> Memo<Explain> {
        Memo::new(move |_| self.view.with(|view| view.layers.explain(field)))
    }

    /// A person's edit of one field, to this device or to the account.
    pub fn edit(self, path: &'static str, value: Value) {
        if self.device.with_untracked(|device| device.contains_key(path)) {
            self.device.update(|device| {
                device.insert(path.to_owned(), value);
                self.keep_device(device);
            });
        } else {
            self.saver.edit(path, value);
        }
    }

    /// Whether this device keeps a value of its own for a field.
    pub fn keep_on_device(self, path: &'static str, keep: bool) {
        let value = self.shown(path).get_untracked();
        self.device.update(|device| {
            if keep {
                device.insert(path.to_owned(), value);
            } else {
                device.remove(path);
            }
            self.keep_device(device);
        });
    }

    fn keep_device(self, device: &Overrides) {
        self.device_cookie.with_value(|cookie| device::keep(cookie, device));
    }

    /// News that something changed: read again, unless this tab knows already. `None` for "whatever
    /// the version".
    pub fn receive(self, version: Option<i64>) {
        let known = self
            .saver
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.base().version));
        if version.is_some() && version <= known {
            return;
        }
        self.load();
    }

    /// Reads the preferences; after a failed first load this is "Retry".
    pub fn load(self) {
        if self.saver.place().user.is_nil() {
            // Not even who is signed in is known: the whole page has to come again.
            if let Some(window) = web_sys::window() {
                let _ = window.location().reload();
            }
            return;
        }
        spawn_local(async move {
            match Call::<ReadPreferences>::new((), &Nothing {}).send().await {
                Ok(answer) => self.take_in(answer.into()),
                Err(error) if self.saver.draft.with_untracked(Option::is_none) => {
                    self.load_error.set(Some(error))
                }
                // What is shown is older than it could be, but still what this person saw; the next
                // push or save brings it up to date.
                Err(_) => {}
            }
        });
    }

    fn take_in(self, snapshot: Snapshot) {
        self.load_error.set(None);
        if self.saver.draft.with_untracked(Option::is_none) {
            self.saver.draft.set(Some(Draft::new(snapshot)));
        } else {
            self.saver.change(|draft| draft.receive(snapshot));
            self.saver.look_again();
        }
    }

    /// Takes back every own value of a section, or of all, in one step with its own name in
    /// history. Returns what undoes it.
    pub async fn reset(self, section: Option<catalog::Section>) -> Result<Values, ApiError> {
        self.whole_change(PreferencesActionRequest::Reset { section }).await
    }

    /// Replaces every own value by those of a file. Returns what undoes it.
    pub async fn import(self, preferences: Overrides) -> Result<Values, ApiError> {
        self.whole_change(PreferencesActionRequest::Import { preferences }).await
    }

    async fn whole_change(self, action: PreferencesActionRequest) -> Result<Values, ApiError> {
        let before = self.view.with_untracked(|view| view.layers.own.clone());
        let answer = Call::<ActOnPreferences>::new((), &action).send().await?;
        let snapshot = Snapshot::from(answer);
        let changes = crate::domain::merge_patch::differences(&before, &snapshot.layers.own);
        let undo: Values = changes
            .iter()
            .map(|change| (change.path.clone(), change.old.clone().unwrap_or(Value::Null)))
            .collect();
        let version = snapshot.version;
        self.saver.change(|draft| draft.receive(snapshot));
        self.saver.look_again();
        self.saver.saved(version, undo.keys().cloned().collect(), undo.clone());
        Ok(undo)
    }

    /// How saving stands for the fields of one section; `None` for all of them.
    pub fn status(self, section: Option<catalog::Section>) -> Memo<Status> {
        let concerns = move |path: &String| {
            section.is_none_or(|section| {
                catalog::field_at(path).is_some_and(|field| field.section == section.choice())
            })
        };
        Memo::new(move |_| {
            let status = self.saver.status.get();
            let (waiting, wrong) = self.saver.draft.with(|draft| {
                let Some(draft) = draft else { return (false, false) };
                let errors = draft.errors();
                let sent = draft.outbox().iter().any(|sending| sending.values.keys().any(concerns));
                let waiting = sent
                    || draft
                        .edited()
                        .keys()
                        .any(|path| concerns(path) && !errors.contains_key(path));
                (
                    waiting,
                    errors.keys().any(concerns)
                        || draft.collisions().iter().any(|c| concerns(&c.path)),
                )
            });
            let last = self
                .saver
                .last_save
                .with(|last| last.as_ref().is_some_and(|last| last.paths.iter().any(concerns)));
            match status {
                Status::Saving | Status::Queued if !waiting && section.is_some() => Status::Idle,
                Status::Asked | Status::Failed(_) if !waiting && !wrong && section.is_some() => {
                    Status::Idle
                }
                Status::Saved if !last => Status::Idle,
                status => status,
            }
        })
    }
}

/// The store of this page.
pub fn use_preferences() -> PreferenceStore {
    expect_context::<PreferenceStore>()
}

/// How many rows of a list the person wants to see at once; as many as the server gives.
pub fn use_rows_per_page() -> Memo<i64> {
    let preferences = use_preferences();
    Memo::new(move |_| {
        preferences.applied.with(|applied| i64::from(applied.rows_per_page)).clamp(1, 100)
    })
}

fn on_window(event: &str, action: impl FnMut() + 'static) {
    let action = Closure::<dyn FnMut()>::new(action);
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback(event, action.as_ref().unchecked_ref());
    }
    action.forget();
}

pub(super) fn on_document(event: &str, action: impl FnMut() + 'static) {
    let action = Closure::<dyn FnMut()>::new(action);
    if let Some(page) = web_sys::window().and_then(|window| window.document()) {
        let _ = page.add_event_listener_with_callback(event, action.as_ref().unchecked_ref());
    }
    action.forget();
}
