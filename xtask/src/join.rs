//! From the parts that wasm-split leaves, one for every set of pages that share code, to few files:
//! a script, a main file, one for each page, and one for each tab of a page that is loaded by
//! itself.
//!
//! A browser asks for every file, and each is packed by itself: a page in fifty parts costs a tenth
//! more than in three, and waits for fifty answers. What the pages need where people begin goes
//! into the main file; what only several others need is one file more, so that the first pages do
//! not wait for it, and a page that follows another needs only its own.

use crate::{merge, project::Mode};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// Where wasm-split puts the loader of its parts; the script imports it by this name.
pub const LOADER: &str = "__wasm_split.js";
const OURS: &str = include_str!("join/loader.js");
/// Where people begin, what every page has, and the smallest pages: what these use is in the main
/// file.
const FIRST: [&str; 9] = [
    "confirm-email",
    "forgot-password",
    "frame",
    "home",
    "notifications",
    "reset-password",
    "settings",
    "sign-in",
    "sign-up",
];
/// Pages that have much in common, and little of it with any other: a file, and the pages that it
/// is for. One that is called like a page is a file with what that page has alone, for where there
/// is room for no other.
const FAMILIES: [(&str, &[&str]); 2] = [
    ("accounts", &["confirm-email", "forgot-password", "reset-password", "sign-in", "sign-up"]),
    ("conversations", &["conversations", "coverage", "datasets", "export", "review"]),
];
/// Pages of a family whose own part is in its file: with one of their own their tabs would need one
/// file too many.
const GUESTS: [(&str, &str); 1] = [("datasets", "conversations")];
/// The file for what several of the other pages use.
const SHARED: &str = "shared";
/// So many files a page or a tab may need, with the script and the main file.
const MOST: usize = 5;

/// Which parts a lazy function needs, by the name that leptos gives it.
pub type Needs = BTreeMap<String, Vec<String>>;

/// What wasm-split and wasm-bindgen left.
pub struct Pieces {
    pub script: String,
    pub loader: String,
    pub main: Vec<u8>,
    pub parts: BTreeMap<String, Vec<u8>>,
    pub needs: Needs,
}

/// The code in few files.
pub struct Joined {
    /// The bindings of wasm-bindgen and the loader of the files.
    pub script: String,
    pub main: Vec<u8>,
    /// What pages need beside it, by file name without `.wasm`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files of each page by the first part of its address (`home` of the one at `/`), and of
    /// each tab that is loaded by itself by the first two, those of its page included.
    pub pages: BTreeMap<String, Vec<String>>,
}

/// Joins the parts to files. While developing they stay what they are: that is quicker, and
/// functions keep their names.
///
/// # Errors
/// When the pieces are not what wasm-split and wasm-bindgen are known to leave.
pub fn join(mut pieces: Pieces, mode: Mode) -> Result<Joined> {
    let plan = plan(&pieces, mode)?;
    let part = |name: &String| {
        pieces.parts.get(name).map(Vec::as_slice).with_context(|| format!("there is no {name}"))
    };
    let mut files = BTreeMap::new();
    for (file, parts) in &plan.files {
        let parts: Vec<_> = parts.iter().map(part).collect::<Result<_>>()?;
        let file_content = match parts.as_slice() {
            [alone] if mode == Mode::Dev => alone.to_vec(),
            several => merge::merge(several, &BTreeMap::new())?,
        };
        files.insert(file.clone(), file_content);
    }
    let mut main = vec![pieces.main.as_slice()];
    for name in &plan.main {
        main.push(part(name)?);
    }
    let (main, script) = match mode {
        Mode::Dev => (main[0].to_vec(), pieces.script.clone()),
        Mode::Release => {
            let short = short_names(&merge::imported(main[0])?);
            (merge::merge(&main, &short)?, shorten(&pieces.script, &short))
        }
    };
    pieces.script = script;
    Ok(Joined { script: with_loader(&pieces, &plan.pages)?, main, files, pages: plan.pages })
}

#[derive(Default)]
struct Plan {
    /// The parts that go into the main file.
    main: Vec<String>,
    /// The other files and the parts that each consists of.
    files: BTreeMap<String, Vec<String>>,
    pages: BTreeMap<String, Vec<String>>,
}

fn plan(pieces: &Pieces, mode: Mode) -> Result<Plan> {
    let mut users: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    let mut plan = Plan::default();
    for (function, parts) in &pieces.needs {
        let user = address_of(function)?;
        for part in parts {
            users.entry(part).or_default().insert(user.clone());
        }
        ensure!(
            plan.pages.insert(user.clone(), Vec::new()).is_none(),
            "two lazy functions draw /{user}"
        );
    }
    let names: BTreeSet<_> = plan.pages.keys().cloned().collect();
    for (part, users) in &users {
        let part = *part;
        let file = match mode {
            Mode::Dev if users.len() > 1 => Some(part.clone()),
            _ => file_of(users, &names),
        };
        let Some(file) = file else {
            plan.main.push(part.clone());
            continue;
        };
        for (name, files) in &mut plan.pages {
            if !files.contains(&file) && users.iter().any(|user| is_within(name, user)) {
                files.push(file.clone());
            }
        }
        plan.files.entry(file).or_default().push(part.clone());
    }
    plan.main.sort();
    if mode == Mode::Release {
        check_requests(&plan.pages)?;
    }
    Ok(plan)
}

/// The file for code that these pages and tabs use; `None` for the main file.
fn file_of(users: &BTreeSet<String>, names: &BTreeSet<String>) -> Option<String> {
    // What several tabs use comes with what all of them are in, be it a tab or their page.
    let around = |name: &&String| users.iter().all(|user| is_within(user, name));
    if let Some(closest) = names.iter().filter(around).max_by_key(|name| name.len()) {
        let guest = GUESTS.iter().find(|(page, _)| page == closest);
        return Some(
            guest.map_or_else(|| closest.replace('/', "_"), |(_, file)| (*file).to_owned()),
        );
    }
    let pages: BTreeSet<_> = users.iter().map(|user| page_of(user)).collect();
    let is_theirs = |family: &[&str]| pages.iter().all(|page| family.contains(page));
    if let Some((file, _)) = FAMILIES.iter().find(|(_, family)| is_theirs(family)) {
        return Some((*file).to_owned());
    }
    FIRST.iter().all(|page| !pages.contains(page)).then(|| SHARED.to_owned())
}

/// Whether a page or tab is shown by another, or is it: its files then come with those of the
/// other. A tab is in its page, and in the tab whose name its own begins with, before a dash.
fn is_within(name: &str, outer: &str) -> bool {
    let is_tab = outer.contains('/');
    let rest = name.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(if is_tab { '-' } else { '/' }))
}

/// Sees that nobody waits for more than a few answers. What is in a tab comes after the tab.
fn check_requests(pages: &BTreeMap<String, Vec<String>>) -> Result<()> {
    for (name, files) in pages {
        let is_outer = |other: &&String| *other != name && other.contains('/');
        let outer = pages.keys().filter(is_outer).find(|other| is_within(name, other));
        let there = outer.map_or(&[][..], |outer| &pages[outer]);
        let own = files.iter().filter(|file| !there.contains(file)).count();
        let (own, most) = if outer.is_some() { (own, 1) } else { (own + 2, MOST) };
        ensure!(own <= most, "/{name} needs {own} files, of {most} at most: {files:?}");
    }
    Ok(())
}

/// The page of a page or tab.
fn page_of(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

/// Where a page or tab is found: leptos' macro names the function that draws `SettingsPage`
/// `__settings_page_view_` and a number, and that of `DatabaseTablesTab`
/// `__database_tables_tab_view_` and a number. `HomePage` is the page at `/`.
fn address_of(function: &str) -> Result<String> {
    let words = function.strip_prefix("__").unwrap_or_default();
    let page = words.split_once("_page_view_").map(|(page, _)| page.replace('_', "-"));
    let tab = words.split_once("_tab_view_").and_then(|(tab, _)| tab.split_once('_'));
    page.or_else(|| tab.map(|(page, tab)| format!("{page}/{}", tab.replace('_', "-"))))
        .with_context(|| {
            format!(
                "the lazy function {function} draws no page: call its type like its address, \
                SettingsPage for /settings, DatabaseTablesTab for /database/tables"
            )
        })
}

/// Names in place of those that wasm-bindgen gives what the WASM imports, which end in a hash each.
fn short_names(imported: &[String]) -> BTreeMap<String, String> {
    let long = imported.iter().filter(|name| name.starts_with("__wb") && name.len() > 16);
    long.enumerate().map(|(number, name)| (name.clone(), format!("_{number}"))).collect()
}

/// Puts the short names into the script, where the long ones are words of their own.
fn shorten(script: &str, short: &BTreeMap<String, String>) -> String {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(in_word) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !in_word(c)).unwrap_or(word.len()));
        text += before;
        text += short.get(word).map_or(word, String::as_str);
        rest = after;
    }
    text + rest
}

/// The script of wasm-bindgen with the loader in it, which it would import as a file of its own.
fn with_loader(pieces: &Pieces, pages: &BTreeMap<String, Vec<String>>) -> Result<String> {
    let from = format!(" from \"./{LOADER}\"");
    let mut imports = Vec::new();
    let mut bindings = String::new();
    for line in pieces.script.lines() {
        match line.strip_prefix("import * as ").and_then(|line| line.split_once(&from)) {
            Some((name, _)) => imports.push(name),
            None => {
                bindings += line;
                bindings.push('\n');
            }
        }
    }
    // Without lazy pages the script does not import the loader.
    ensure!(
        imports.is_empty() == pages.is_empty(),
        "the bindings do not import {LOADER} as they did: wasm-bindgen's output has changed"
    );
    let files: BTreeMap<_, Vec<_>> = pages
        .iter()
        .map(|(page, files)| (page, files.iter().map(|file| format!("./{file}.wasm")).collect()))
        .collect();
    let mut functions = String::new();
    for function in pieces.needs.keys() {
        let name = format!("__wasm_split_load_{function}");
        ensure!(
            pieces.loader.contains(&format!("export const {name} = ")),
            "the loader does not export {name}: wasm-split's output has changed"
        );
        functions += &format!("{name}: page({:?}), ", address_of(function)?);
    }
    let ours = OURS
        .replacen("SHARED", shared(&pieces.loader)?, 1)
        .replacen("PAGES", &serde_json::to_string(&files)?, 1)
        .replacen("FUNCTIONS", &format!("{{ {functions}}}"), 1);
    bindings += &ours;
    for name in imports {
        bindings += &format!("const {name} = files.functions;\n");
    }
    Ok(bindings)
}

/// What the loader of wasm-split has before the parts themselves: what they import, and how a load
/// is tried, remembered and answered.
fn shared(loader: &str) -> Result<&str> {
    let start = loader.find("let sharedImports");
    let ends = ["\n/* ", "\nconst __chunk_", "\nexport const "];
    let end = ends.iter().filter_map(|end| loader.find(end)).min();
    let shared = start.zip(end).and_then(|(start, end)| loader.get(start..end));
    let shared = shared.filter(|text| {
        ["getSharedImports", "wrapAsyncCb", "makeLoad"]
            .iter()
            .all(|name| text.contains(&format!("function {name}(")))
    });
    shared.context("the loader lacks what ours is made of: wasm-split's output has changed")
}

#[cfg(test)]
mod tests;
