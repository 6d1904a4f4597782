//! Puts the site together: hashed names, the files of `public/`, compressed copies, and the list of hashes for the server.
//!
//! Names inside files must follow the names of files. The script and the loader import each other, so their hashes
//! are taken from both texts as they are before either knows the other's new name. In the WASM nothing has to
//! change: it imports by the names that the script uses for its keys, and those stay.

use crate::{
    assets::{Asset, content_hash},
    front::{Front, LOADER},
    project::{Mode, Project},
    say, style,
};
use anyhow::{Context, Result, ensure};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::Path,
    time::Instant,
};

/// The list of hashes, `NAME: HASH` by line. The server and leptos read it for the addresses in the page.
pub const HASHES: &str = "hash.txt";
const MANIFEST: &str = "__wasm_split_manifest";

/// Writes the site; files that are already there and right are left alone.
///
/// # Errors
/// When a style sheet is wrong or the site cannot be written.
pub fn build(project: &Project, front: &Front) -> Result<()> {
    let started = Instant::now();
    let (mut assets, hashes) = name_all(&project.name, &project.pkg, front, style::bundle(project)?)?;
    let public = project.root.join("public");
    if public.is_dir() {
        collect_public(&public, &public, &mut assets)?;
    }
    let written = write_all(project, &assets)?;
    replace(&project.site.join(HASHES), hashes.as_bytes())?;
    remove_strays(&project.site, &project.site, &assets)?;
    let place = project.site.strip_prefix(&project.root).unwrap_or(&project.site).display().to_string();
    say(match written {
        0 => format!("{place} is up to date"),
        _ => format!("{written} files written to {place} in {:.1} s", started.elapsed().as_secs_f32()),
    });
    Ok(())
}

/// Gives every generated file its hashed name and makes the references follow.
fn name_all(name: &str, pkg: &str, front: &Front, css: Vec<u8>) -> Result<(Vec<Asset>, String)> {
    let mut assets = Vec::new();
    let mut add = |file: String, content: Vec<u8>| assets.push(Asset { path: format!("{pkg}/{file}"), content });

    let mut loader = front.loader.clone();
    let mut new_names = BTreeMap::new();
    for (stem, content) in &front.parts {
        let new_name = format!("{stem}.{}", content_hash(&[content]));
        loader = rename(&loader, &format!("./{stem}.wasm"), &format!("./{new_name}.wasm"))?;
        add(format!("{new_name}.wasm"), content.clone());
        new_names.insert(stem.as_str(), new_name);
    }

    let js = content_hash(&[front.script.as_bytes(), loader.as_bytes()]);
    let split = content_hash(&[loader.as_bytes(), front.script.as_bytes()]);
    let mut script = front.script.clone();
    // Without lazy pages the script does not import the loader.
    if !front.manifest.is_empty() {
        script = rename_import(&script, &format!("./{LOADER}"), &format!("./__wasm_split.{split}.js"))?;
    }
    loader = rename(&loader, &format!("./{name}.js"), &format!("./{name}.{js}.js"))?;

    let mut manifest = BTreeMap::new();
    for (function, parts) in &front.manifest {
        let parts: Option<Vec<_>> = parts.iter().map(|part| new_names.get(part.as_str())).collect();
        manifest.insert(function, parts.with_context(|| format!("the manifest names no file for {function}"))?);
    }
    let manifest = serde_json::to_vec(&manifest)?;
    let (wasm, style) = (content_hash(&[&front.main]), content_hash(&[&css]));
    let list = content_hash(&[&manifest]);
    add(format!("{name}.{js}.js"), script.into_bytes());
    add(format!("{name}.{wasm}.wasm"), front.main.clone());
    add(format!("__wasm_split.{split}.js"), loader.into_bytes());
    add(format!("{MANIFEST}.{list}.json"), manifest);
    add(format!("{name}.{style}.css"), css);
    Ok((assets, format!("js: {js}\nwasm: {wasm}\nsplit: {split}\nmanifest: {list}\ncss: {style}\n")))
}

/// Replaces a quoted name, which must occur: a silent miss would be a 404 in the browser.
fn rename(text: &str, old: &str, new: &str) -> Result<String> {
    let quoted = format!("\"{old}\"");
    ensure!(text.contains(&quoted), "no file imports {quoted}: the output of wasm-split has changed");
    Ok(text.replace(&quoted, &format!("\"{new}\"")))
}

/// Replaces a name where it is imported from, and only there: the same name as a key must stay as the WASM knows it.
fn rename_import(script: &str, old: &str, new: &str) -> Result<String> {
    let mut renamed = script.to_owned();
    // With and without the space: before and after terser.
    for from in ["from ", "from"] {
        renamed = renamed.replace(&format!("{from}\"{old}\""), &format!("{from}\"{new}\""));
    }
    ensure!(renamed != script, "the bindings do not import {old}: wasm-bindgen's output has changed");
    Ok(renamed)
}

fn collect_public(root: &Path, folder: &Path, assets: &mut Vec<Asset>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect_public(root, &path, assets)?;
        } else {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            assets.push(Asset { path: below(root, &path), content });
        }
    }
    Ok(())
}

/// The path of a file below a folder, with `/` between its parts.
fn below(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Writes what has changed, with compressed copies beside it for a release; returns how many files were written.
fn write_all(project: &Project, assets: &[Asset]) -> Result<usize> {
    let written: Result<Vec<bool>> = assets.par_iter().map(|asset| write(project, asset)).collect();
    Ok(written?.into_iter().filter(|written| *written).count())
}

fn write(project: &Project, asset: &Asset) -> Result<bool> {
    let path = project.site.join(&asset.path);
    if fs::read(&path).is_ok_and(|old| old == asset.content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let compressed = match project.mode {
        Mode::Release => [("br", brotli(&asset.content)?), ("gz", gzip(&asset.content)?)],
        Mode::Dev => [("br", Vec::new()), ("gz", Vec::new())],
    };
    for (extension, content) in compressed {
        let copy = project.site.join(format!("{}.{extension}", asset.path));
        if content.is_empty() || content.len() >= asset.content.len() {
            // A copy that is no smaller, or that belongs to an older text of the same name, must not be served.
            let _ = fs::remove_file(copy);
        } else {
            replace(&copy, &content)?;
        }
    }
    // The file itself comes last: where it is right, so are its copies.
    replace(&path, &asset.content)?;
    Ok(true)
}

/// Swaps a file in one step, so that a running server never reads half of it.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    fs::write(&draft, content).with_context(|| format!("cannot write {}", path.display()))?;
    fs::rename(&draft, path).with_context(|| format!("cannot write {}", path.display()))
}

/// The best brotli that browsers take (quality 11, window 4 MB).
pub fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: content.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut compressed, &parameters).context("brotli failed")?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).context("gzip failed")?;
    encoder.finish().context("gzip failed")
}

/// Removes the files of earlier builds.
fn remove_strays(root: &Path, folder: &Path, assets: &[Asset]) -> Result<()> {
    let mut wanted = BTreeSet::from([HASHES.to_owned()]);
    for asset in assets {
        wanted.extend(["", ".br", ".gz"].map(|end| format!("{}{end}", asset.path)));
    }
    remove_unwanted(root, folder, &wanted)
}

fn remove_unwanted(root: &Path, folder: &Path, wanted: &BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            remove_unwanted(root, &path, wanted)?;
            // Fails, as it should, unless the folder is now empty.
            let _ = fs::remove_dir(&path);
        } else if !wanted.contains(&below(root, &path)) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front() -> Front {
        Front {
            script: "import * as import1 from \"./__wasm_split.js\"\nconst keys = {\"./__wasm_split.js\": import1};"
                .to_owned(),
            loader: "import { initSync } from \"./train.js\";\nfetch(\"./chunk_1.wasm\"); fetch(\"./chunk_10.wasm\");"
                .to_owned(),
            main: b"main".to_vec(),
            parts: BTreeMap::from([("chunk_1".to_owned(), b"one".to_vec()), ("chunk_10".to_owned(), b"ten".to_vec())]),
            manifest: BTreeMap::from([("page".to_owned(), vec!["chunk_1".to_owned(), "chunk_10".to_owned()])]),
        }
    }

    fn named(front: &Front) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let (assets, hashes) = name_all("train", "pkg", front, b"a{}".to_vec()).unwrap();
        let text = |content: Vec<u8>| String::from_utf8(content).unwrap();
        let hashes = hashes.lines().map(|line| line.split_once(": ").unwrap());
        (
            assets.into_iter().map(|asset| (asset.path, text(asset.content))).collect(),
            hashes.map(|(name, hash)| (name.to_owned(), hash.to_owned())).collect(),
        )
    }

    #[test]
    fn every_reference_leads_to_a_file() {
        let (files, hashes) = named(&front());
        let script = &files[&format!("pkg/train.{}.js", hashes["js"])];
        let loader = &files[&format!("pkg/__wasm_split.{}.js", hashes["split"])];
        assert!(script.contains(&format!("from \"./__wasm_split.{}.js\"", hashes["split"])));
        assert!(script.contains("{\"./__wasm_split.js\": import1}"), "the key must stay as the WASM knows it");
        assert!(loader.contains(&format!("from \"./train.{}.js\"", hashes["js"])));
        assert_eq!(files[&format!("pkg/train.{}.wasm", hashes["wasm"])], "main");
        assert_eq!(files[&format!("pkg/train.{}.css", hashes["css"])], "a{}");
        let manifest = &files[&format!("pkg/__wasm_split_manifest.{}.json", hashes["manifest"])];
        let manifest: BTreeMap<String, Vec<String>> = serde_json::from_str(manifest).unwrap();
        for (part, content) in manifest["page"].iter().zip(["one", "ten"]) {
            assert_eq!(files[&format!("pkg/{part}.wasm")], content);
            assert!(loader.contains(&format!("\"./{part}.wasm\"")));
        }
    }

    #[test]
    fn a_changed_part_renames_all_that_leads_to_it() {
        let (_, before) = named(&front());
        let mut changed = front();
        changed.parts.insert("chunk_1".to_owned(), b"uno".to_vec());
        let (_, after) = named(&changed);
        for name in ["js", "split", "manifest"] {
            assert_ne!(before[name], after[name], "{name} must not be taken from an old cache");
        }
        for name in ["wasm", "css"] {
            assert_eq!(before[name], after[name], "{name} has not changed");
        }
    }

    #[test]
    fn a_missing_import_is_an_error() {
        let mut odd = front();
        odd.loader = odd.loader.replace("./chunk_1.wasm", "./somewhere-else.wasm");
        assert!(name_all("train", "pkg", &odd, Vec::new()).is_err());
    }

    #[test]
    fn compressed_copies_hold_the_same_content() {
        let content = b"once upon a time ".repeat(100);
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli(&content).unwrap(), &mut plain).unwrap();
        assert_eq!(plain, content);
        let mut plain = Vec::new();
        let packed = gzip(&content).unwrap();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed), &mut plain).unwrap();
        assert_eq!(plain, content);
    }
}
