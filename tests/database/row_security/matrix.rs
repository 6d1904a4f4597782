//! Everybody's rights on each kind of row.

mod accounts;
mod data_sets;
mod database;
mod exports;
mod generation;
mod imports;
mod settings;
mod work;

pub use settings::ARCHIVE_INSERT;

/// One kind of row, seen by everybody. A right is a letter: Select, Insert, Update, Delete; `-` is
/// a refusal.
pub struct Line {
    pub table: &'static str,
    /// What tells several lines of one table apart.
    pub row: &'static str,
    /// Finds the row; `$own`, `$org` and the like stand for the fixture's ids.
    pub condition: &'static str,
    /// Columns and values of a row like it.
    pub insert: &'static str,
    pub update: &'static str,
    /// Whose row it is · a member of the same organization · its admin · its owner · another
    /// organization's owner · somebody without claims · an administrator of the installation.
    pub rights: [&'static str; 7],
}

pub const ACTORS: [&str; 7] =
    ["own", "same", "manager", "owner", "stranger", "anonymous", "administrator"];
pub const VERBS: [char; 4] = ['s', 'i', 'u', 'd'];
pub const NOBODY: [&str; 7] = ["----"; 7];

/// All kinds of rows.
pub fn matrix() -> impl Iterator<Item = &'static Line> {
    let parts = [
        accounts::LINES,
        settings::LINES,
        work::LINES,
        generation::LINES,
        database::LINES,
        data_sets::LINES,
        exports::LINES,
        imports::LINES,
    ];
    parts.into_iter().flatten()
}
