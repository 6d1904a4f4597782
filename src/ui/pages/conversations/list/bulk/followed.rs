//! The jobs whose end the person has not dismissed. This browser keeps them, for all its tabs and
//! for each account its own.

use crate::domain::list::List;
use leptos::prelude::window;
use uuid::Uuid;
use web_sys::Storage;

/// So many; the oldest are forgotten.
const MOST: usize = 10;

pub fn read(user: Uuid) -> Vec<Uuid> {
    let kept = storage().and_then(|all| all.get_item(&key(user)).ok().flatten());
    kept.map(|text| parse(&text)).unwrap_or_default()
}

pub fn add(user: Uuid, id: Uuid) {
    let mut ids = read(user);
    if !ids.contains(&id) {
        ids.push(id);
        write(user, ids);
    }
}

pub fn remove(user: Uuid, id: Uuid) {
    let mut ids = read(user);
    ids.retain(|other| *other != id);
    write(user, ids);
}

fn write(user: Uuid, mut ids: Vec<Uuid>) {
    ids.drain(..ids.len().saturating_sub(MOST));
    let Some(storage) = storage() else { return };
    // A browser that keeps nothing forgets them with the page.
    let _ = match ids.is_empty() {
        true => storage.remove_item(&key(user)),
        false => storage.set_item(&key(user), &List(ids).to_string()),
    };
}

fn parse(text: &str) -> Vec<Uuid> {
    text.split(',').filter_map(|id| Uuid::try_parse(id).ok()).collect()
}

fn key(user: Uuid) -> String {
    format!("train.bulk.{user}")
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let ids: Vec<Uuid> = (1..4).map(Uuid::from_u128).collect();
        assert_eq!(parse(&List(ids.clone()).to_string()), ids);
        assert!(parse("nonsense,").is_empty());
    }
}
