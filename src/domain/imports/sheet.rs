//! Reads CSV as exports write it: a line for each turn, those of a conversation one after another.

mod cells;
mod group;

use super::{Found, MAX_ROW, Problem, row};
use cells::Cells;
use group::Group;
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// A table that comes in pieces.
#[derive(Debug)]
pub(super) struct Sheet {
    cells: Cells,
    columns: Option<Columns>,
    group: Option<Group>,
    /// Hashes of the ids that came so far.
    seen: HashSet<u64>,
}

/// Where in a line is what.
#[derive(Debug)]
struct Columns {
    names: Vec<String>,
    id: usize,
    role: usize,
    content: usize,
    turn: Option<usize>,
}

impl Columns {
    fn of(names: Vec<String>) -> Option<Self> {
        let find = |name: &str| names.iter().position(|own| own == name);
        let (id, role, content) = (find("id")?, find("role")?, find("content")?);
        Some(Self { turn: find("turn"), names, id, role, content })
    }
}

impl Sheet {
    /// `None` for a beginning that has not the columns of ours. Spreadsheets of some countries
    /// write semicolons.
    pub fn of(beginning: &[u8]) -> Option<Self> {
        [b',', b';', b'\t'].into_iter().find_map(|separator| {
            let mut cells = Cells::new(separator, MAX_ROW);
            let mut header = None;
            // The header alone: with a line break, also where the file ends behind it.
            for bytes in [beginning, b"\n"] {
                cells.push(bytes, &mut |line| {
                    header.get_or_insert_with(|| names(line.cells));
                });
            }
            Columns::of(header??)?;
            let cells = Cells::new(separator, MAX_ROW);
            Some(Self { cells, columns: None, group: None, seen: HashSet::new() })
        })
    }

    pub fn push(&mut self, bytes: &[u8], found: &mut Vec<Found>) {
        let Self { cells, columns, group, seen } = self;
        cells.push(bytes, &mut |line| take(columns, group, seen, &line, found));
    }

    pub fn end(&mut self, found: &mut Vec<Found>) {
        let Self { cells, columns, group, seen } = self;
        let is_cut = cells.end(&mut |line| take(columns, group, seen, &line, found));
        if let Some(mut group) = group.take() {
            if is_cut {
                group.cut();
            }
            found.push(group.read());
        }
    }
}

fn names(cells: Option<&[Vec<u8>]>) -> Option<Vec<String>> {
    let name = |cell: &Vec<u8>| String::from_utf8_lossy(cell).trim().to_lowercase();
    cells.map(|cells| cells.iter().map(name).collect())
}

fn take(
    columns: &mut Option<Columns>,
    group: &mut Option<Group>,
    seen: &mut HashSet<u64>,
    line: &cells::Line<'_>,
    found: &mut Vec<Found>,
) {
    let Some(columns) = columns else {
        *columns = names(line.cells).and_then(Columns::of);
        return;
    };
    let Some(cells) = line.cells else {
        // Whose it is is not known any more.
        found.extend(group.take().map(Group::read));
        found.push(Found::Bad(vec![Problem::new(line.number, row::TOO_LARGE)]));
        return;
    };
    let id = cells.get(columns.id).map_or(&[][..], Vec::as_slice);
    if group.as_ref().is_none_or(|group| group.id != id) {
        found.extend(group.take().map(Group::read));
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let mut new = Group::new(id.to_vec(), line.number);
        if id.is_empty() {
            new.note("The cell of the id is empty.");
        } else if !seen.insert(hasher.finish()) {
            new.note("The lines of this conversation do not stand together.");
        }
        *group = Some(new);
    }
    if let Some(group) = group {
        group.add(columns, cells, line.number);
    }
}
