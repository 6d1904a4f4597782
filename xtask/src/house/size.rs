//! How wide a line may be, and how long a file of `src`. What goes past it is hard to read beside
//! something else, and a file that grows past it holds two things.

use anyhow::{Context, Result};
use std::{fs, path::Path};

/// Characters of a line.
const WIDTH: usize = 100;
/// Lines of a file.
const LENGTH: usize = 400;
/// Where lines are held to the width, and in which files.
const TREES: [(&str, &[&str]); 5] = [
    ("src", &["rs", "js"]),
    ("tests", &["rs"]),
    ("benches", &["rs"]),
    ("xtask/src", &["rs"]),
    ("migrations", &["sql"]),
];

/// Lines that are too wide and files that are too long, by file and line.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn faults(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (tree, kinds) in TREES {
        let mut files = Vec::new();
        gather(&root.join(tree), kinds, &mut files)?;
        files.sort();
        for (path, text) in files {
            let name = path.strip_prefix(&format!("{}/", root.display())).unwrap_or(&path);
            found.extend(wide(name, &text));
            found.extend(long(name, &text));
        }
    }
    Ok(found)
}

fn gather(folder: &Path, kinds: &[&str], files: &mut Vec<(String, String)>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, kinds, files)?;
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|one| kind == *one)) {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push((path.display().to_string(), text));
        }
    }
    Ok(())
}

/// The lines of a file that are too wide, as sentences.
fn wide(name: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines
        .map(|(number, line)| (number, line, line.chars().count()))
        .filter(|(_, line, width)| *width > WIDTH && !is_address(line))
        .map(|(number, _, width)| format!("{name}:{number}: {width} characters, {WIDTH} fit"))
        .collect()
}

/// An address cannot be broken. It may stand alone, or behind the sign of a comment.
fn is_address(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '/', '!', '-', '<']);
    line.contains("://") && !line.contains(' ')
}

/// A sentence if it is a file of `src` that is too long: the first line of what is too much.
fn long(name: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    let too_long = name.starts_with("src/") && name.ends_with(".rs") && lines > LENGTH;
    too_long.then(|| format!("{name}:{}: the file has {lines} lines, {LENGTH} fit", LENGTH + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, String)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (tree, _) in TREES {
            fs::create_dir_all(folder.path().join(tree)).unwrap();
        }
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        faults(folder.path()).unwrap()
    }

    #[test]
    fn a_line_is_as_wide_as_its_characters() {
        let files = [
            ("src/a.rs", format!("//! {}\n", "ü".repeat(96))),
            ("src/a/b.js", format!("one\n{}\n", "—".repeat(101))),
            ("tests/c.rs", "x".repeat(150)),
            ("migrations/1.sql", format!("{}\r\n", "x".repeat(100))),
            ("src/a/words.txt", "x".repeat(150)),
        ];
        let expected =
            ["src/a/b.js:2: 101 characters, 100 fit", "tests/c.rs:1: 150 characters, 100 fit"];
        assert_eq!(found(&files), expected);
    }

    #[test]
    fn an_address_that_stands_alone_cannot_be_broken() {
        let address = format!("https://example.com/{}", "x".repeat(100));
        let files = [
            ("src/a.rs", format!("/// <{address}>\n    // {address}\n")),
            ("src/b.rs", format!("// See {address}\n")),
        ];
        assert_eq!(found(&files), ["src/b.rs:1: 127 characters, 100 fit"]);
    }

    #[test]
    fn files_of_src_have_an_end() {
        let files = [
            ("src/a.rs", "\n".repeat(400)),
            ("src/b.rs", "\n".repeat(401)),
            ("src/c.js", "\n".repeat(401)),
            ("tests/a.rs", "\n".repeat(401)),
        ];
        assert_eq!(found(&files), ["src/b.rs:401: the file has 401 lines, 400 fit"]);
    }
}
