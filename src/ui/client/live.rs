//! Server push, passed on by the name of the event to whoever follows it. One tab of an account holds the stream and tells the
//! others what it hears: browsers allow only six connections to a server over HTTP/1.1, and a stream per tab would use them up.

use super::{autosave::queue::Place, locks, tabs};
use gloo_timers::callback::Timeout;
use leptos::prelude::on_cleanup;
use std::{cell::RefCell, rc::Rc};
use uuid::Uuid;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent, PageTransitionEvent};

/// A refused stream (the server is starting) is opened again after this long; a broken one the browser reopens by itself.
const REOPEN_MS: u32 = 5_000;

/// Who gets the stream later than this got it from another tab; otherwise nobody had it.
const HANDED_OVER_MS: f64 = 1_000.0;

/// Every event that the server pushes. The tab with the stream listens for all of them: another tab may follow what it does not.
pub const EVENTS: [&str; 5] =
    ["preferences-changed", "ai-config-changed", "notification", "health", "maintenance-progress"];

/// Those of them that move figures rather than tell a person something: a page without such figures need not be woken by them.
pub const BACKGROUND: [&str; 2] = ["health", "maintenance-progress"];

/// What a follower is told.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// The event's data, JSON as the server sent it.
    Pushed(&'a str),
    /// The stream was broken or the page slept: anything may have changed, so what is shown has to be read again.
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

/// Calls `heard` for every event of a name, whichever tab hears it, until the subscription is ended.
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

/// Tells the followers of this tab. An event without a name is something missed, which concerns all of them.
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

/// Listens to the server, or to the tab that does, for as long as the page lives. To be called once.
pub fn start(place: Place) {
    tabs::listen(place);
    refetch_when_shown_again();
    if locks::are_supported() {
        let asked = js_sys::Date::now();
        // The stream of whoever held it before is closed, and what was pushed until this one is open reaches nobody.
        locks::hold(&lock_name(place.user), move || {
            open(place, js_sys::Date::now() - asked > HANDED_OVER_MS)
        });
    } else {
        open(place, false);
    }
}

/// Held by the tab that listens to the server for an account.
pub fn lock_name(user: Uuid) -> String {
    format!("train.live.{user}")
}

/// `missed`: something may have been pushed before this stream is open that the tabs have not heard.
fn open(place: Place, mut missed: bool) {
    let Ok(source) = EventSource::new(&format!("/api/events?account={}", place.user)) else {
        return;
    };
    for event in EVENTS {
        let pushed = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let data = message.data().as_string().unwrap_or_default();
            hear(Some(event), &data);
            tabs::pass_on(place, Some(event), &data);
        });
        let _ = source.add_event_listener_with_callback(event, pushed.as_ref().unchecked_ref());
        pushed.forget();
    }

    let opened = Closure::<dyn FnMut()>::new(move || {
        // The next time it opens it was broken, and anything may have changed meanwhile.
        if std::mem::replace(&mut missed, true) {
            all_missed(place);
        }
    });
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    opened.forget();

    let watched = source.clone();
    let failed = Closure::<dyn FnMut()>::new(move || {
        if watched.ready_state() == EventSource::CLOSED {
            Timeout::new(REOPEN_MS, move || {
                all_missed(place);
                open(place, false);
            })
            .forget();
        }
    });
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed.forget();
}

/// The other tabs hear only through this one, so they missed the same.
fn all_missed(place: Place) {
    missed();
    tabs::pass_on(place, None, "");
}

/// A page taken out of the back/forward cache slept through everything.
fn refetch_when_shown_again() {
    let shown =
        Closure::<dyn FnMut(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
            if event.persisted() {
                missed();
            }
        });
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback("pageshow", shown.as_ref().unchecked_ref());
    }
    shown.forget();
}
