//! A class has its own block in one style sheet: two features that take the same name for two
//! things would dress each other's.

use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Classes that begin blocks of their own in several style sheets, each with those.
///
/// # Errors
/// A style sheet that cannot be read.
pub fn faults(root: &Path) -> Result<Vec<String>> {
    let mut sheets = BTreeMap::new();
    for entry in fs::read_dir(root.join("style"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "css") {
            let name = path.strip_prefix(root)?.display().to_string();
            sheets.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(shared(&sheets))
}

fn shared(sheets: &BTreeMap<String, String>) -> Vec<String> {
    let mut places: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (sheet, text) in sheets {
        for class in text.lines().filter_map(own_block) {
            places.entry(class).or_default().insert(sheet);
        }
    }
    let several = places.into_iter().filter(|(_, sheets)| sheets.len() > 1);
    several
        .map(|(class, sheets)| {
            let sheets: Vec<_> = sheets.into_iter().collect();
            format!("the class {class} has a block of its own in {}", sheets.join(" and "))
        })
        .collect()
}

/// The class whose block this line begins, at the outermost level and without a condition.
fn own_block(line: &str) -> Option<&str> {
    let class = line.strip_prefix('.')?.split_once(" {")?.0;
    class.chars().all(|it| it.is_ascii_alphanumeric() || it == '-').then_some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_belongs_to_one_sheet() {
        let sheets = |second: &str| {
            let first = ".line { color: red; }\n.line > a { color: blue; }\n  .dot { x: y; }";
            BTreeMap::from([
                ("a.css".to_owned(), first.to_owned()),
                ("b.css".to_owned(), second.to_owned()),
            ])
        };
        let twice = shared(&sheets(".line {\n  display: grid;\n}"));
        assert_eq!(twice, ["the class line has a block of its own in a.css and b.css"]);
        assert!(
            shared(&sheets(".page .line { x: y; }\n.line a { x: y; }\n.dot { x: y; }")).is_empty()
        );
    }
}
