//! Tells the page's script (`ui/hydration/visits.js`) that another page is on its way, which the
//! style shows once it takes long, and that it has come.

use super::missing_code::dispatch;
use leptos::prelude::*;

/// Stands on `<html>` while somebody waits, as before the page is hydrated.
const WAITING: &str = "data-waiting";
/// The page that the router was going to is drawn.
const ARRIVED: &str = "train-arrived";

/// What the router says: that it is on its way, and that it has come or was overtaken by another
/// way.
pub fn show_routing() -> SignalSetter<bool> {
    let ways = RwSignal::new(0_i32);
    Effect::new(move |before: Option<bool>| {
        let waits = ways.get() > 0;
        match (before, document().document_element()) {
            (_, Some(root)) if waits => {
                let _ = root.set_attribute(WAITING, "");
            }
            (Some(true), Some(root)) => {
                let _ = root.remove_attribute(WAITING);
                dispatch(ARRIVED, "");
            }
            _ => {}
        }
        waits
    });
    SignalSetter::map(move |on: bool| ways.update(|ways| *ways += if on { 1 } else { -1 }))
}
