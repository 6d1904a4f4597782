//! Lists. A row belongs to what it is about: when the list is drawn anew, what is shown and what is
//! acted on stay together, and the focus stays where it was.
//!
//! A list by position, as `collect_view` makes it, keeps the elements of its rows and fills them
//! with other texts and other handlers; whoever holds on to one of them, a translator or a person's
//! own focus, then stands in another row. So `clippy.toml` forbids it.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        renderer::{
            Rndr,
            types::{Element, Node, Placeholder},
        },
        ssr::StreamBuilder,
        view::{
            Mountable, Position, PositionState, Render,
            add_attr::AddAnyAttr,
            any_view::{AnyView, AnyViewState, AnyViewWithAttrs},
        },
    },
};
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    mem,
};

/// A list with one row per item; `key` says what the item is, whatever else changes about it.
pub fn rows<T, K: Hash, V: IntoView + 'static>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
    mut row: impl FnMut(T) -> V,
) -> Rows {
    let mut seen = HashMap::<u64, u32>::new();
    let row = |item: T| {
        let name = hash(key(&item));
        let nth = seen.entry(name).or_default();
        *nth += 1;
        (hash((name, *nth)), row(item).into_any())
    };
    Rows(items.into_iter().map(row).collect())
}

/// Sentences and other texts, each a row of its own: the text is what it is about.
pub fn text_rows<V: IntoView + 'static>(
    texts: impl IntoIterator<Item = impl Into<String>>,
    row: impl FnMut(String) -> V,
) -> Rows {
    rows(texts.into_iter().map(Into::into), String::clone, row)
}

/// Parts that are always the same ones in the same order: fields of a form, lines of one record.
pub fn parts<V: IntoView + 'static>(views: impl IntoIterator<Item = V>) -> Rows {
    rows(views, |_| (), |view| view)
}

fn hash(key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The view of a list; made by [`rows`], [`text_rows`] and [`parts`].
pub struct Rows(Vec<(u64, AnyView)>);

/// The rows that are in the page.
pub struct RowsState {
    rows: Vec<(u64, AnyViewState)>,
    marker: Placeholder,
}

impl Rows {
    fn views(self) -> Vec<AnyView> {
        self.0.into_iter().map(|(_, view)| view).collect()
    }
}

impl Render for Rows {
    type State = RowsState;

    fn build(self) -> Self::State {
        let rows = self.0.into_iter().map(|(key, view)| (key, view.build())).collect();
        RowsState { rows, marker: Rndr::create_placeholder() }
    }

    fn rebuild(self, state: &mut Self::State) {
        let old = mem::take(&mut state.rows).into_iter().enumerate();
        let mut old: HashMap<_, _> = old.map(|(place, (key, row))| (key, (place, row))).collect();
        let mut places = Vec::with_capacity(self.0.len());
        for (key, view) in self.0 {
            let (place, row) = match old.remove(&key) {
                Some((place, mut row)) => {
                    view.rebuild(&mut row);
                    (Some(place), row)
                }
                None => (None, view.build()),
            };
            places.push(place);
            state.rows.push((key, row));
        }
        old.into_values().for_each(|(_, mut row)| row.unmount());
        let stays = staying(&places);
        for index in (0..state.rows.len()).rev().filter(|index| !stays[*index]) {
            let (before, after) = state.rows.split_at_mut(index + 1);
            let row = &mut before[index].1;
            let placed = after.iter().any(|(_, next)| next.insert_before_this(row));
            if !placed {
                state.marker.insert_before_this(row);
            }
        }
    }
}

/// Which rows need not be moved, by where each was before: the longest part that is still in order.
fn staying(places: &[Option<usize>]) -> Vec<bool> {
    // The last row of the best part of each length, and for each row the one before it in its part.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![None; places.len()];
    for (index, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        let length = ends.partition_point(|end| places[*end].is_some_and(|end| end < *place));
        previous[index] = length.checked_sub(1).map(|before| ends[before]);
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut stays = vec![false; places.len()];
    let mut last = ends.last().copied();
    while let Some(index) = last {
        stays[index] = true;
        last = previous[index];
    }
    stays
}

impl Mountable for RowsState {
    fn unmount(&mut self) {
        self.rows.iter_mut().for_each(|(_, row)| row.unmount());
        self.marker.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.rows.iter_mut().for_each(|(_, row)| row.mount(parent, marker));
        self.marker.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.rows.iter().any(|(_, row)| row.insert_before_this(child))
            || self.marker.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.rows.iter().flat_map(|(_, row)| row.elements()).collect()
    }
}

impl AddAnyAttr for Rows {
    type Output<SomeNewAttr: Attribute> = Vec<AnyViewWithAttrs>;

    fn add_any_attr<NewAttr: Attribute>(self, attr: NewAttr) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        let attr = attr.into_cloneable_owned();
        self.views().into_iter().map(|view| view.add_any_attr(attr.clone())).collect()
    }
}

// On the server it is a plain list; the browser finds its rows in order.
impl RenderHtml for Rows {
    type AsyncOutput = Vec<AnyView>;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        self.0.iter_mut().for_each(|(_, view)| view.dry_resolve());
    }

    async fn resolve(self) -> Self::AsyncOutput {
        self.views().resolve().await
    }

    fn html_len(&self) -> usize {
        self.0.iter().map(|(_, view)| view.html_len()).sum::<usize>() + 3
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.views().to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let views = self.views();
        views.to_html_async_with_buf::<OUT_OF_ORDER>(
            buf,
            position,
            escape,
            mark_branches,
            extra_attrs,
        );
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        let hydrate =
            |(key, view): (u64, AnyView)| (key, view.hydrate::<FROM_SERVER>(cursor, position));
        let rows = self.0.into_iter().map(hydrate).collect();
        let marker = cursor.next_placeholder(position);
        position.set(Position::NextChild);
        RowsState { rows, marker }
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        let mut rows = Vec::with_capacity(self.0.len());
        for (key, view) in self.0 {
            rows.push((key, view.hydrate_async(cursor, position).await));
        }
        let marker = cursor.next_placeholder(position);
        position.set(Position::NextChild);
        RowsState { rows, marker }
    }

    fn into_owned(self) -> Self::Owned {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_still_in_order_are_not_moved() {
        let stays = |places: &[Option<usize>]| {
            let kept = staying(places).into_iter().zip(places);
            kept.filter(|(stays, _)| *stays).filter_map(|(_, place)| *place).collect::<Vec<_>>()
        };
        assert_eq!(stays(&[Some(0), None, Some(1), Some(2)]), [0, 1, 2], "one came");
        assert_eq!(
            stays(&[Some(3), Some(0), Some(1), Some(2)]),
            [0, 1, 2],
            "the last is first now"
        );
        assert_eq!(stays(&[Some(2), Some(1), Some(0)]).len(), 1, "the other way round");
        assert!(stays(&[None, None]).is_empty());
        assert!(stays(&[]).is_empty());
    }

    #[test]
    fn a_row_is_known_by_what_it_is_about() {
        let keys = |items: &[&'static str]| {
            let list = rows(items.to_vec(), |item| *item, |item| item);
            list.0.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        let [one, two] = [keys(&["a", "b", "a"]), keys(&["b", "a"])];
        assert_eq!((one[0], one[1]), (two[1], two[0]));
        assert_ne!(one[0], one[2], "the same twice is two rows");
    }
}
