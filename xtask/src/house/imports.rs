//! Reads which files of `src` import from which: `use` declarations and paths that begin with
//! `crate::`, as text. What is only meant for tests is left out. A re-export is followed to the
//! file that declares the name.

use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// A module by its names from the root of the crate: `["server", "http", "routes"]`.
pub type Module = Vec<String>;

/// What one file imports from another, with the line that says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: Module,
    pub to: Module,
    /// Not inside of a function.
    pub at_top: bool,
}

/// What stands in every file, without what is for tests.
///
/// # Errors
/// A file that cannot be read.
pub fn texts(source: &Path) -> Result<BTreeMap<Module, String>> {
    let mut files = BTreeMap::new();
    gather(source, &mut Vec::new(), &mut files)?;
    Ok(files)
}

/// All files, and what they import from each other.
pub fn read(files: BTreeMap<Module, String>) -> (BTreeSet<Module>, BTreeSet<Import>) {
    let texts: BTreeMap<Module, Vec<Named>> =
        files.iter().map(|(module, text)| (module.clone(), paths(module, text))).collect();
    let exports = exports(&texts);
    let modules: BTreeSet<Module> = files.into_keys().collect();
    let mut imports = BTreeSet::new();
    for (from, paths) in &texts {
        for path in paths {
            let Some(to) = declared_in(&path.names, &modules, &exports) else { continue };
            if to != *from {
                imports.insert(Import { from: from.clone(), to, at_top: path.at_top });
            }
        }
    }
    (modules, imports)
}

fn gather(folder: &Path, within: &mut Module, files: &mut BTreeMap<Module, String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        within.push(name.clone());
        if path.is_dir() {
            gather(&path, within, files)?;
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && !matches!(name.as_str(), "lib" | "main" | "tests" | "openapi_made")
            && !within.iter().any(|part| part == "tests" || part == "openapi_made")
        {
            let text = fs::read_to_string(&path)?;
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
            files.insert(within.clone(), text);
        }
        within.pop();
    }
    Ok(())
}

/// A path that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    names: Module,
    at_top: bool,
    /// The name under which it is exported again, if it is.
    exported: Option<String>,
}

/// The paths into the crate that a file names.
fn paths(module: &Module, text: &str) -> Vec<Named> {
    let text: String = text
        .lines()
        .map(|line| match line.find("//") {
            // Not the slashes of an address in a text.
            Some(at) if !line[..at].ends_with(':') => &line[..at],
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut found = Vec::new();
    let mut rest = text.as_str();
    let mut start_of_line = true;
    while !rest.is_empty() {
        let line = rest.lines().next().unwrap_or_default();
        let begin = line.trim_start();
        let (public, after) = match begin.strip_prefix("pub") {
            Some(after) => (true, after.trim_start_matches(|c| c != 'u').trim_start()),
            None => (false, begin),
        };
        if start_of_line && after.starts_with("use ") {
            let offset = rest.len() - rest[line.len() - after.len()..].len();
            let declaration = &rest[offset + 4..];
            let end = declaration.find(';').unwrap_or(declaration.len());
            for leaf in leaves(&declaration[..end]) {
                let exported = public.then(|| leaf.last().cloned().unwrap_or_default());
                if let Some(names) = absolute(module, &leaf) {
                    found.push(Named { names, at_top: !line.starts_with(' '), exported });
                }
            }
            rest = &declaration[end..];
            start_of_line = false;
            continue;
        }
        for (at, _) in line.match_indices("crate::") {
            let path = &line[at..];
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let leaf: Vec<String> =
                path[..end.unwrap_or(path.len())].split("::").map(str::to_owned).collect();
            if let Some(names) = absolute(module, &leaf) {
                found.push(Named { names, at_top: false, exported: None });
            }
        }
        rest = rest.get(line.len() + 1..).unwrap_or_default();
        start_of_line = true;
    }
    found
}

/// The single paths of a `use` declaration.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in tree.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if letter == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    let mut found = Vec::new();
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        let (path, inner) = match part.split_once('{') {
            Some((path, inner)) => (path.trim_end_matches("::"), inner.strip_suffix('}')),
            None => (part.split(" as ").next().unwrap_or_default(), None),
        };
        let path = path.split("::").map(|name| name.trim().to_owned());
        let path: Vec<String> = path.filter(|name| !name.is_empty() && name != "*").collect();
        match inner {
            Some(inner) => {
                found.extend(leaves(inner).into_iter().map(|leaf| [path.clone(), leaf].concat()));
            }
            None => found.push(path),
        }
    }
    found
}

/// A path from the root of the crate; `None` for one that leads elsewhere.
fn absolute(module: &Module, path: &[String]) -> Option<Module> {
    let mut base = module.clone();
    let (first, mut rest) = path.split_first()?;
    match first.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            base.pop();
            while rest.first().is_some_and(|name| name == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        // A module of the file's own folder, or another crate, which no file is called after.
        _ => rest = path,
    }
    let rest = rest.iter().filter(|name| *name != "self").cloned();
    Some(base.into_iter().chain(rest).collect())
}

/// What each file exports again: the name and where it comes from.
fn exports(files: &BTreeMap<Module, Vec<Named>>) -> BTreeMap<(Module, String), Module> {
    let mut exports = BTreeMap::new();
    for (module, paths) in files {
        for path in paths {
            if let Some(name) = &path.exported {
                exports.insert((module.clone(), name.clone()), path.names.clone());
            }
        }
    }
    exports
}

/// The file that declares what a path names.
fn declared_in(
    path: &Module,
    modules: &BTreeSet<Module>,
    exports: &BTreeMap<(Module, String), Module>,
) -> Option<Module> {
    let mut path = path.clone();
    // Longer than any chain of exports, should one lead back to itself.
    for _ in 0..8 {
        let file = (1..=path.len()).rev().map(|length| path[..length].to_vec());
        let file = file.into_iter().find(|file| modules.contains(file))?;
        let exported =
            path.get(file.len()).and_then(|name| exports.get(&(file.clone(), name.clone())));
        match exported {
            Some(origin) if *origin != path => {
                path = [origin.clone(), path[file.len() + 1..].to_vec()].concat();
            }
            _ => return Some(file),
        }
    }
    None
}
