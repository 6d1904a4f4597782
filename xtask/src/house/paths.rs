//! Files that documents, scripts and comments name are there. Who moves a file sees at once what
//! still leads to where it was.

use anyhow::{Context, Result};
use std::{fs, path::Path};

/// Where files are named. Of folders, whatever is in them.
const PLACES: [&str; 13] = [
    "README.md",
    "CONTRIBUTING.md",
    "Makefile",
    "Dockerfile",
    "Cargo.toml",
    "build.rs",
    ".ci",
    "deploy",
    "docs",
    "migrations",
    "scripts",
    "src",
    "tests",
];
/// How a name begins that is a path of ours: a folder of the project, or of `src`.
const FOLDERS: [&str; 16] = [
    "api",
    "benches",
    "data",
    "docs",
    "domain",
    "end2end",
    "examples",
    "migrations",
    "scripts",
    "server",
    "src",
    "stand-in",
    "style",
    "tests",
    "ui",
    "xtask",
];
const KINDS: [&str; 8] = ["css", "js", "json", "md", "rs", "sql", "toml", "ts"];

/// Each name of a file that is not there, with where it stands.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn faults(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for place in PLACES {
        look(root, &root.join(place), &mut found)?;
    }
    Ok(found)
}

fn look(root: &Path, place: &Path, found: &mut Vec<String>) -> Result<()> {
    // What npm installs is not ours.
    if place.ends_with("node_modules") {
        return Ok(());
    }
    if place.is_dir() {
        let entries = fs::read_dir(place).with_context(|| place.display().to_string())?;
        let mut inside = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| look(root, path, found));
    }
    // What is no text names nothing.
    let Ok(text) = fs::read_to_string(place) else { return Ok(()) };
    let name = place.strip_prefix(root).unwrap_or(place).display();
    // As scripts call the folder of the project.
    let text = text.replace("$here/", "");
    for (index, line) in text.lines().enumerate() {
        let missing = named(line)
            .filter(|path| !root.join(path).exists() && !root.join("src").join(path).exists());
        found.extend(missing.map(|path| format!("{name}:{}: there is no {path}", index + 1)));
    }
    Ok(())
}

/// The paths of ours in a line.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let apart = |letter: char| !letter.is_ascii_alphanumeric() && !"_-./".contains(letter);
    line.split(apart).map(|word| word.trim_matches('.')).filter(|word| {
        let folder = word.split_once('/').map_or("", |(folder, _)| folder);
        let kind = word.rsplit_once('.').map_or("", |(_, kind)| kind);
        FOLDERS.contains(&folder) && KINDS.contains(&kind) && !word.contains("..")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_moved_is_missed_wherever_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for place in PLACES {
            match place.contains('.') && !place.starts_with('.') || place.ends_with("file") {
                true => write(place, ""),
                false => fs::create_dir_all(folder.path().join(place)).unwrap(),
            }
        }
        write("src/server/postgres/roles.sql", "");
        write("scripts/database", "psql -f \"$here/src/server/database/roles.sql\"\n");
        write("docs/house.md", "See `server/postgres/roles.sql`, src/api/<feature>.rs and\n");
        assert_eq!(
            faults(folder.path()).unwrap(),
            ["scripts/database:1: there is no src/server/database/roles.sql"]
        );
    }

    #[test]
    fn addresses_patterns_and_other_words_name_nothing() {
        for line in ["https://example.com/docs/a.md", "tests/http/*.rs", "../docs/x.md", "ui/pages"]
        {
            assert_eq!(named(line).count(), 0, "{line}");
        }
        assert_eq!(named("(`ui/tabs.js`).").collect::<Vec<_>>(), ["ui/tabs.js"]);
    }
}
