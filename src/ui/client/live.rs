//! Server push, passed on to everything in the page that follows it. The page's script
//! (`ui/tabs.js`) holds the one stream of all tabs, or receives from the tab that does, before the
//! page is hydrated and after.

use crate::{
    api::events::{LiveEvent, ServerSent},
    domain::json,
};
use js_sys::Array;
use leptos::prelude::on_cleanup;
use std::{cell::RefCell, rc::Rc};
use uuid::Uuid;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::CustomEvent;

/// How the page's script says what it received: a pair of the event's name and data.
const NEWS: &str = "train-news";

/// What a follower is told.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    Pushed(&'a LiveEvent),
    /// The stream was broken or the page slept: anything may have changed, so what is shown has to
    /// be read again.
    Missed,
}

type Follower = Rc<dyn Fn(News<'_>)>;

/// One following, to be ended with [`Subscription::end`] when the page outlives what it was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "without it the following cannot be ended"]
pub struct Subscription(u64);

#[derive(Default)]
struct Followers {
    last: u64,
    all: Vec<(u64, Follower)>,
}

thread_local! {
    static FOLLOWERS: RefCell<Followers> = RefCell::default();
}

/// Calls `follower` for everything that is pushed, whichever tab of the browser has the stream,
/// until the subscription is ended.
pub fn subscribe(follower: impl Fn(News<'_>) + 'static) -> Subscription {
    FOLLOWERS.with_borrow_mut(|followers| {
        followers.last += 1;
        followers.all.push((followers.last, Rc::new(follower)));
        Subscription(followers.last)
    })
}

/// As [`subscribe`], for as long as the component or effect that calls it lives.
pub fn on(follower: impl Fn(News<'_>) + 'static) {
    let subscription = subscribe(follower);
    on_cleanup(move || subscription.end());
}

impl Subscription {
    pub fn end(self) {
        FOLLOWERS.with_borrow_mut(|followers| followers.all.retain(|(id, _)| *id != self.0));
    }
}

/// Tells the followers of this tab of an event's name and data as the server sent them. Without a
/// name, anything may have been missed.
pub fn dispatch(event: Option<&str>, data: &str) {
    let Some(name) = event else { return missed() };
    let data = json::parse(data.as_bytes()).unwrap_or_default();
    match LiveEvent::read(name, data) {
        Some(Ok(event)) => pass_on(News::Pushed(&event)),
        // Something changed, but what it was cannot be read.
        Some(Err(_)) => missed(),
        // A tab with a later release may pass on what this one does not know.
        None => {}
    }
}

fn pass_on(news: News<'_>) {
    // Taken out first: a follower may begin or end another following.
    let all: Vec<Follower> = FOLLOWERS.with_borrow(|followers| {
        followers.all.iter().map(|(_, follower)| follower.clone()).collect()
    });
    all.iter().for_each(|follower| follower(news));
}

/// Anything may have changed without an event.
pub fn missed() {
    pass_on(News::Missed);
}

/// Listens to the page's script for as long as the page lives. To be called once.
pub fn start() {
    let listener = Closure::<dyn FnMut(CustomEvent)>::new(|event: CustomEvent| {
        let pair = Array::from(&event.detail());
        dispatch(pair.get(0).as_string().as_deref(), &pair.get(1).as_string().unwrap_or_default());
    });
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback(NEWS, listener.as_ref().unchecked_ref());
    }
    listener.forget();
}

/// Held by the tab that listens to the server for an account.
pub fn lock_name(user: Uuid) -> String {
    format!("train.live.{user}")
}
