//! What the server rendered the page with, read by the browser from the page itself.

use super::device;
use crate::{
    api::boot::{Boot, Flash},
    domain::{accounts::PublicUser, json},
};
use leptos::prelude::*;

/// The element that holds it: data, not script, so the content security policy has no say in it.
pub const ELEMENT: &str = "train-boot";

/// Reads it; the defaults, as for somebody signed out, when it is not there.
pub fn read_from_page() -> Boot {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id(ELEMENT));
    let text = element.and_then(|element| element.text_content()).unwrap_or_default();
    json::read_text(text.as_bytes()).unwrap_or_default()
}

/// What the page was rendered with.
pub fn use_boot() -> Boot {
    use_context::<RwSignal<Boot>>().map(|boot| boot.get_untracked()).unwrap_or_default()
}

/// What became of the form that led to this page. To be told once: on pages that are visited
/// afterwards it is gone.
pub fn take_flash() -> Option<Flash> {
    let boot = use_context::<RwSignal<Boot>>()?;
    // Not while the page is drawn: the server and the browser have to draw the same.
    Effect::new(move |_| boot.update_untracked(|boot| boot.flash = None));
    boot.with_untracked(|boot| boot.flash.clone())
}

/// Who is signed in, as they are called at the moment: they may change that on this very page, and
/// others may change where they belong.
pub fn use_user() -> Signal<Option<PublicUser>> {
    let boot = use_context::<RwSignal<Boot>>();
    Signal::derive(move || boot.and_then(|boot| boot.with(|boot| boot.user.clone())))
}

/// Whether the person closed the list of first steps in this browser.
pub fn are_steps_closed() -> bool {
    use_context::<RwSignal<Boot>>().is_some_and(|boot| boot.with_untracked(|it| it.steps_closed))
}

/// Keeps the list of first steps closed in this browser, or open again.
pub fn use_closing_of_steps() -> impl Fn(bool) + Copy + 'static {
    let boot = use_context::<RwSignal<Boot>>();
    move |closed| {
        let Some(boot) = boot else { return };
        boot.update_untracked(|boot| boot.steps_closed = closed);
        let text = if closed { "closed" } else { "" };
        boot.with_untracked(|boot| device::keep_text(&boot.steps_cookie, text));
    }
}

/// Lets the frame know what changed about the person or their organization.
pub fn use_user_update() -> impl Fn(PublicUser) + Copy + 'static {
    let boot = use_context::<RwSignal<Boot>>();
    move |user| {
        let known =
            |boot: RwSignal<Boot>| boot.with_untracked(|boot| boot.user.as_ref() == Some(&user));
        if let Some(boot) = boot.filter(|boot| !known(*boot)) {
            boot.update(|boot| boot.user = Some(user));
        }
    }
}
