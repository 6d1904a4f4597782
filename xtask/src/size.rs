//! The weight of the browser part: the style, which a page needs to be read, and the code, which it
//! fetches when it is used.

use crate::{project::Project, site};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs};

/// The page that people come in by, which the others are seen from.
const FIRST: &str = "home";

/// What the pages of the release site weigh over the wire (brotli), in bytes.
pub struct Weights {
    /// Every file by its name without its hash: the style, the script, the main file.
    pub base: Vec<(String, u64)>,
    pub pages: BTreeMap<String, Page>,
}

/// The code of a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// All of it, once the page is used.
    pub used: u64,
    /// How many files that are.
    pub requests: usize,
    /// What comes on top for somebody who has used the first page.
    pub further: u64,
}

/// Weighs the release site.
///
/// # Errors
/// When it has not been built.
pub fn weigh(project: &Project) -> Result<Weights> {
    let list = fs::read_to_string(project.site.join(site::HASHES))
        .context("there is no release site yet: run `cargo xtask build --release`")?;
    let hashes: BTreeMap<&str, &str> =
        list.lines().filter_map(|line| line.split_once(": ")).collect();
    let named = |stem: &str, kind: &str, end: &str| {
        let hash = hashes.get(kind).with_context(|| format!("{} lacks {kind}", site::HASHES))?;
        anyhow::Ok(format!("{stem}.{hash}.{end}"))
    };

    let mut base = Vec::new();
    for (kind, end) in [("css", "css"), ("js", "js"), ("wasm", "wasm")] {
        let file = named(&project.name, kind, end)?;
        base.push((format!("{}.{end}", project.name), of_file(project, &file)?));
    }
    let code: u64 = base.iter().skip(1).map(|(_, weight)| weight).sum();

    let pages = project.site.join(&project.pkg).join(named(site::PAGES, "pages", "json")?);
    let pages =
        fs::read_to_string(&pages).with_context(|| format!("cannot read {}", pages.display()))?;
    let pages: BTreeMap<String, Vec<String>> = serde_json::from_str(&pages)?;
    let first = pages.get(FIRST).cloned().unwrap_or_default();
    let weighed = pages.iter().map(|(page, files)| {
        let (mut used, mut further) = (code, 0);
        for file in files {
            let weight = of_file(project, &format!("{file}.wasm"))?;
            used += weight;
            further += if first.contains(file) { 0 } else { weight };
        }
        Ok((page.clone(), Page { used, requests: base.len() - 1 + files.len(), further }))
    });
    Ok(Weights { pages: weighed.collect::<Result<_>>()?, base })
}

/// Prints what the release site weighs: first what every page needs, then page by page.
///
/// # Errors
/// As [`weigh`].
pub fn print(project: &Project) -> Result<()> {
    let weights = weigh(project)?;
    for (file, weight) in &weights.base {
        let what = if file.ends_with("css") { "to read a page, besides its HTML" } else { "code" };
        println!("{:>9}  {file}, {what}", kilobytes(*weight));
    }
    println!("\n{:>9}  {:>8}  {:>9}", "once used", "requests", "further");
    for (page, Page { used, requests, further }) in &weights.pages {
        let (used, further) = (kilobytes(*used), kilobytes(*further));
        println!("{used:>9}  {requests:>8}  {further:>9}  {}", address(page));
    }
    let first = address(FIRST);
    println!("\nOnce used: all code of a page. Further: what comes on top after {first}.");
    Ok(())
}

/// Where a page is, by the name of its code.
fn address(page: &str) -> String {
    if page == FIRST { "/".to_owned() } else { format!("/{page}") }
}

/// What a browser that takes brotli is sent for a file.
fn of_file(project: &Project, file: &str) -> Result<u64> {
    let path = project.site.join(&project.pkg).join(file);
    let plain =
        fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?.len();
    let compressed = fs::metadata(path.with_file_name(format!("{file}.br"))).map(|copy| copy.len());
    Ok(compressed.unwrap_or(plain))
}

/// Kilobytes of 1000 bytes, as networks and Lighthouse count.
fn kilobytes(bytes: u64) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_is_at_the_root() {
        assert_eq!([FIRST, "ai", "database/tables"].map(address), ["/", "/ai", "/database/tables"]);
    }
}
