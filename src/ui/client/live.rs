//! Server push, passed on by the name of the event to whoever follows it. The page's script
//! (`ui/tabs.js`) holds the one stream of all tabs, or hears from the tab that does, before the
//! page is hydrated and after.

use js_sys::Array;
use leptos::prelude::on_cleanup;
use std::{cell::RefCell, rc::Rc};
use uuid::Uuid;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::CustomEvent;

/// How the page's script says what it heard: a pair of the event's name and data.
const NEWS: &str = "train-news";

/// Every event that the server pushes. The tab with the stream listens for all of them: another tab
/// may follow what it does not.
pub const EVENTS: [&str; 5] =
    ["preferences-changed", "ai-config-changed", "notification", "health", "maintenance-progress"];

/// Those of them that move figures rather than tell a person something: a page without such figures
/// need not be woken by them.
pub const BACKGROUND: [&str; 2] = ["health", "maintenance-progress"];

/// What a follower is told.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// The event's data, JSON as the server sent it.
    Pushed(&'a str),
    /// The stream was broken or the page slept: anything may have changed, so what is shown has to
    /// be read again.
    Missed,
}

type Heard = Rc<dyn Fn(News<'_>)>;

/// One following, to be ended with [`Subscription::end`] when the page outlives what it was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "without it the following cannot be ended"]
pub struct Subscription(u64);

#[derive(Default)]
struct Followers {
    last: u64,
    all: Vec<(u64, &'static str, Heard)>,
}

thread_local! {
    static FOLLOWERS: RefCell<Followers> = RefCell::default();
}

/// Calls `heard` for every event of a name, whichever tab hears it, until the subscription is
/// ended.
pub fn subscribe(event: &'static str, heard: impl Fn(News<'_>) + 'static) -> Subscription {
    debug_assert!(EVENTS.contains(&event), "no such event: {event}");
    FOLLOWERS.with_borrow_mut(|followers| {
        followers.last += 1;
        followers.all.push((followers.last, event, Rc::new(heard)));
        Subscription(followers.last)
    })
}

/// As [`subscribe`], for as long as the component or effect that calls it lives.
pub fn on(event: &'static str, heard: impl Fn(News<'_>) + 'static) {
    let subscription = subscribe(event, heard);
    on_cleanup(move || subscription.end());
}

impl Subscription {
    pub fn end(self) {
        FOLLOWERS.with_borrow_mut(|followers| followers.all.retain(|(id, ..)| *id != self.0));
    }
}

/// Tells the followers of this tab. An event without a name is something missed, which concerns all
/// of them.
pub fn hear(event: Option<&str>, data: &str) {
    // Taken out first: a follower may begin or end another following.
    let concerned: Vec<Heard> = FOLLOWERS.with_borrow(|followers| {
        let all = followers.all.iter();
        all.filter(|(_, name, _)| event.is_none_or(|event| event == *name))
            .map(|(.., heard)| heard.clone())
            .collect()
    });
    let news = if event.is_some() { News::Pushed(data) } else { News::Missed };
    concerned.iter().for_each(|heard| heard(news));
}

/// Anything may have changed unheard.
pub fn missed() {
    hear(None, "");
}

/// Listens to the page's script for as long as the page lives. To be called once.
pub fn start() {
    let told = Closure::<dyn FnMut(CustomEvent)>::new(|event: CustomEvent| {
        let pair = Array::from(&event.detail());
        hear(pair.get(0).as_string().as_deref(), &pair.get(1).as_string().unwrap_or_default());
    });
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback(NEWS, told.as_ref().unchecked_ref());
    }
    told.forget();
}

/// Held by the tab that listens to the server for an account.
pub fn lock_name(user: Uuid) -> String {
    format!("train.live.{user}")
}
