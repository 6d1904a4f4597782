//! Links of documents lead to headings that are there. Who renames a heading sees at once what
//! still leads to its old name.

use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Documents by their paths in the project.
type Documents = BTreeMap<PathBuf, String>;

/// Links that lead to no heading, each with its document. Whether the document that a link names is
/// there is looked at with all other names of files.
///
/// # Errors
/// A document that cannot be read.
pub fn faults(root: &Path) -> Result<Vec<String>> {
    let mut documents = Documents::new();
    for folder in ["", "docs"] {
        for entry in fs::read_dir(root.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "md") {
                let text = fs::read_to_string(&path)?;
                documents.insert(path.strip_prefix(root)?.to_owned(), text);
            }
        }
    }
    Ok(broken(&documents))
}

fn broken(documents: &Documents) -> Vec<String> {
    let known: BTreeMap<PathBuf, BTreeSet<String>> =
        documents.iter().map(|(name, text)| (name.clone(), anchors(text))).collect();
    let mut broken = Vec::new();
    for (name, text) in documents {
        for (file, anchor) in links(text) {
            let of_file = known.get(&leads_to(name, file));
            if of_file.is_some_and(|anchors| !anchors.contains(anchor)) {
                broken.push(format!("{}: {file}#{anchor} is no heading", name.display()));
            }
        }
    }
    broken
}

/// The file and the anchor that each link names; within its own document the file is empty.
fn links(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("](").skip(1).filter_map(|rest| {
        let (link, _) = rest.split_once(')')?;
        link.split_once('#')
    })
}

/// The document that a link of another one names.
fn leads_to(name: &Path, file: &str) -> PathBuf {
    if file.is_empty() {
        return name.to_owned();
    }
    match (name.parent(), file.strip_prefix("../")) {
        (Some(folder), None) => folder.join(file),
        (_, above) => PathBuf::from(above.unwrap_or(file)),
    }
}

/// What links call the headings of a document.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let heading = line.trim_start_matches('#');
        if !is_code && heading.len() < line.len() && heading.starts_with(' ') {
            anchors.insert(anchor(heading.trim()));
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let letters = heading.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter => letter.is_alphanumeric().then_some(letter),
    });
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_that_was_renamed_is_missed_wherever_it_is_linked() {
        let documents = [
            ("README.md", "# Train\n[a](docs/a.md#what-is-train-1) [b](docs/a.md#another)\n"),
            (
                "docs/a.md",
                "## What is `train` (1)?\n```sh\n# no heading\n```\n\
                [own](#own) [code](#no-heading) [up](../README.md#train) [up](../README.md#up)\n\
                [file](b.md) [elsewhere](https://example.com/a.md#b)\n",
            ),
        ];
        let documents = documents.map(|(name, text)| (PathBuf::from(name), text.to_owned())).into();
        let expected = [
            "README.md: docs/a.md#another is no heading",
            "docs/a.md: #own is no heading",
            "docs/a.md: #no-heading is no heading",
            "docs/a.md: ../README.md#up is no heading",
        ];
        assert_eq!(broken(&documents), expected);
    }
}
