//! Puts the site together: hashed names, the files of `public/`, compressed copies, and the list of
//! hashes for the server.
//!
//! Names inside files must follow the names of files: the script names the files of the pages, so
//! it gets its own name last. In the WASM nothing has to change: it imports by the names that the
//! script uses for its keys, and those stay.

use crate::{
    assets::{Asset, content_hash},
    front::Front,
    programs,
    project::{Mode, Project},
    say, style,
};
use anyhow::{Context, Result, ensure};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// The list of hashes, `NAME: HASH` by line. The server and leptos read it for the addresses in the
/// page.
pub const HASHES: &str = "hash.txt";
/// The list of the pages' files.
pub const PAGES: &str = "pages";

/// Writes the site; files that are already there and right are left alone.
///
/// # Errors
/// When a style sheet is wrong or the site cannot be written.
pub fn build(project: &Project, front: &Front) -> Result<()> {
    let started = Instant::now();
    let (mut assets, hashes) =
        name_all(&project.name, &project.pkg, front, style::bundle(project)?)?;
    let public = project.root.join("public");
    if public.is_dir() {
        collect_public(&public, &public, &mut assets)?;
    }
    let written = write_all(project, &assets)?;
    replace(&project.site.join(HASHES), hashes.as_bytes())?;
    remove_strays(&project.site, &project.site, &assets)?;
    let place =
        project.site.strip_prefix(&project.root).unwrap_or(&project.site).display().to_string();
    say(match written {
        0 => format!("{place} is up to date"),
        _ => format!(
            "{written} files written to {place} in {:.1} s",
            started.elapsed().as_secs_f32()
        ),
    });
    Ok(())
}

/// Gives every generated file its hashed name and makes the references follow.
fn name_all(name: &str, pkg: &str, front: &Front, css: Vec<u8>) -> Result<(Vec<Asset>, String)> {
    let mut assets = Vec::new();
    let mut add = |file: String, content: Vec<u8>| {
        assets.push(Asset { path: format!("{pkg}/{file}"), content })
    };

    let mut script = front.script.clone();
    let mut new_names = BTreeMap::new();
    for (stem, content) in &front.files {
        let new_name = format!("{stem}.{}", content_hash(&[content]));
        script = rename(&script, &format!("./{stem}.wasm"), &format!("./{new_name}.wasm"))?;
        add(format!("{new_name}.wasm"), content.clone());
        new_names.insert(stem.as_str(), new_name);
    }

    let mut pages = BTreeMap::new();
    for (page, files) in &front.pages {
        let files: Option<Vec<_>> = files.iter().map(|file| new_names.get(file.as_str())).collect();
        pages.insert(page, files.with_context(|| format!("the list names no file for /{page}"))?);
    }
    let pages = serde_json::to_vec(&pages)?;
    let (wasm, style) = (content_hash(&[&front.main]), content_hash(&[&css]));
    let (js, list) = (content_hash(&[script.as_bytes()]), content_hash(&[&pages]));
    add(format!("{name}.{js}.js"), script.into_bytes());
    add(format!("{name}.{wasm}.wasm"), front.main.clone());
    add(format!("{PAGES}.{list}.json"), pages);
    add(format!("{name}.{style}.css"), css);
    Ok((assets, format!("js: {js}\nwasm: {wasm}\npages: {list}\ncss: {style}\n")))
}

/// Replaces a quoted name, which must occur: a silent miss would be a 404 in the browser.
fn rename(text: &str, old: &str, new: &str) -> Result<String> {
    let quoted = format!("\"{old}\"");
    ensure!(text.contains(&quoted), "the script does not load {quoted}: see join.rs");
    Ok(text.replace(&quoted, &format!("\"{new}\"")))
}

fn collect_public(root: &Path, folder: &Path, assets: &mut Vec<Asset>) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.is_dir() {
            collect_public(root, &path, assets)?;
        } else {
            let content =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
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

/// Writes what has changed, with compressed copies beside it for a release; returns how many files
/// were written.
fn write_all(project: &Project, assets: &[Asset]) -> Result<usize> {
    let changed: Vec<(PathBuf, &Asset)> = assets
        .iter()
        .map(|asset| (project.site.join(&asset.path), asset))
        .filter(|(path, asset)| !fs::read(path).is_ok_and(|old| old == asset.content))
        .collect();
    for (path, asset) in &changed {
        write_draft(path, &asset.content)?;
    }
    if project.mode == Mode::Release && !changed.is_empty() {
        pack(project, changed.iter().map(|(path, _)| draft_of(path)))?;
    }
    for (path, asset) in &changed {
        for end in PACKED {
            finish_copy(path, end, asset.content.len())?;
        }
        // The file itself comes last: where it is right, so are its copies.
        finish(path)?;
    }
    Ok(changed.len())
}

/// The ends of compressed copies, brotli and gzip.
const PACKED: [&str; 2] = [".br", ".gz"];

/// Puts a compressed copy of each kind beside each file.
fn pack(project: &Project, files: impl Iterator<Item = PathBuf>) -> Result<()> {
    let list: String = files.map(|file| format!("{}\n", file.display())).collect();
    programs::run_on(&mut programs::script(project, "pack.mjs"), &list).map(drop)
}

/// Puts the packed draft of a file in its place. A copy that is no smaller than the file, or that
/// belongs to an older text of the same name, must not be served.
fn finish_copy(path: &Path, end: &str, plain_size: usize) -> Result<()> {
    let (packed, copy) = (with_end(&draft_of(path), end), with_end(path, end));
    match fs::metadata(&packed) {
        Ok(about) if about.len() < plain_size as u64 => {
            fs::rename(&packed, &copy)
                .with_context(|| format!("cannot write {}", copy.display()))?;
        }
        found => {
            if found.is_ok() {
                fs::remove_file(&packed)
                    .with_context(|| format!("cannot remove {}", packed.display()))?;
            }
            // Usually there is none.
            let _ = fs::remove_file(copy);
        }
    }
    Ok(())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// Where a file is written before it takes its place.
fn draft_of(path: &Path) -> PathBuf {
    with_end(path, ".new")
}

fn write_draft(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(draft_of(path), content).with_context(|| format!("cannot write {}", path.display()))
}

/// Swaps a file for its draft in one step, so that a running server never reads half of it.
fn finish(path: &Path) -> Result<()> {
    fs::rename(draft_of(path), path).with_context(|| format!("cannot write {}", path.display()))
}

fn replace(path: &Path, content: &[u8]) -> Result<()> {
    write_draft(path, content)?;
    finish(path)
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
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
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
    use std::process::Command;

    fn front() -> Front {
        let pages = [("settings", ["shared", "settings"]), ("history", ["shared", "history"])];
        let pages = pages.map(|(page, files)| (page.to_owned(), files.map(str::to_owned).into()));
        let files = [("shared", "both"), ("settings", "one"), ("history", "ten")];
        let files = files.map(|(file, code)| (file.to_owned(), code.as_bytes().to_vec()));
        Front {
            script: "const files = [\"./shared.wasm\", \"./settings.wasm\", \"./history.wasm\"];"
                .to_owned(),
            main: b"main".to_vec(),
            files: BTreeMap::from(files),
            pages: BTreeMap::from(pages),
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
        assert_eq!(files[&format!("pkg/train.{}.wasm", hashes["wasm"])], "main");
        assert_eq!(files[&format!("pkg/train.{}.css", hashes["css"])], "a{}");
        let pages = &files[&format!("pkg/pages.{}.json", hashes["pages"])];
        let pages: BTreeMap<String, Vec<String>> = serde_json::from_str(pages).unwrap();
        for (page, content) in [("settings", "one"), ("history", "ten")] {
            for (file, content) in pages[page].iter().zip(["both", content]) {
                assert_eq!(files[&format!("pkg/{file}.wasm")], content);
                assert!(script.contains(&format!("\"./{file}.wasm\"")));
            }
        }
    }

    #[test]
    fn a_changed_file_renames_all_that_leads_to_it() {
        let (_, before) = named(&front());
        let mut changed = front();
        changed.files.insert("shared".to_owned(), b"uno".to_vec());
        let (_, after) = named(&changed);
        for name in ["js", "pages"] {
            assert_ne!(before[name], after[name], "{name} must not be taken from an old cache");
        }
        for name in ["wasm", "css"] {
            assert_eq!(before[name], after[name], "{name} has not changed");
        }
    }

    #[test]
    fn a_file_that_the_script_does_not_load_is_an_error() {
        let mut odd = front();
        odd.script = odd.script.replace("./shared.wasm", "./somewhere-else.wasm");
        assert!(name_all("train", "pkg", &odd, Vec::new()).is_err());
    }

    /// What a packed file holds, by Node's own reading of it.
    fn unpacked(path: &Path, function: &str) -> Vec<u8> {
        let code = "\
            const [, path, unpack] = process.argv; \
            process.stdout.write(require('zlib')[unpack](require('fs').readFileSync(path)))";
        programs::run(Command::new("node").args(["-e", code]).arg(path).arg(function)).unwrap()
    }

    #[test]
    fn compressed_copies_hold_the_same_content_and_only_where_they_are_smaller() {
        let folder = tempfile::tempdir().unwrap();
        let project =
            Project { site: folder.path().to_owned(), ..Project::find(Mode::Release).unwrap() };
        let (page, icon) = (b"once upon a time ".repeat(100), b"a tiny icon".to_vec());
        let asset = |path: &str, content: &Vec<u8>| Asset {
            path: path.to_owned(),
            content: content.clone(),
        };
        let assets = [asset("pkg/page.js", &page), asset("icon", &icon)];
        let place = |name: &str| folder.path().join(name);
        fs::write(place("icon.br"), "of an older icon").unwrap();

        assert_eq!(write_all(&project, &assets).unwrap(), 2);
        assert_eq!(fs::read(place("pkg/page.js")).unwrap(), page);
        assert_eq!(unpacked(&place("pkg/page.js.br"), "brotliDecompressSync"), page);
        assert_eq!(unpacked(&place("pkg/page.js.gz"), "gunzipSync"), page);
        assert_eq!(fs::read(place("icon")).unwrap(), icon);
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["icon", "pkg"], "neither drafts nor copies that are no smaller");

        assert_eq!(write_all(&project, &assets).unwrap(), 0, "nothing has changed");
    }
}
