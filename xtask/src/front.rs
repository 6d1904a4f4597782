//! The browser part: from the sources to a script, a main WASM file and one WASM file per lazily
//! loaded page (`join.rs` says what is in which).
//!
//! Names are plain here; `site.rs` gives the files their hashed names.

use crate::{
    assets::content_hash,
    join::{self, LOADER, Pieces},
    order, programs,
    project::{Mode, Project},
    say, tables, toolchain, unused,
};
use anyhow::{Context, Result, anyhow, ensure};
use rayon::prelude::*;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};
use wasm_bindgen_cli_support::Bindgen;

/// Where the parts wait to be joined, below the workshop.
const PIECES: &str = "pieces";
const PAGES: &str = "pages.json";
/// Binaryen's, as the system has it: its build for Node takes five times as long.
const OPTIMISER: &str = "wasm-opt";
const STAMP: &str = "stamp";

/// The browser part in the files that people get.
pub struct Front {
    /// The bindings of wasm-bindgen and the loader of the pages' files.
    pub script: String,
    pub main: Vec<u8>,
    /// What is loaded later, by file name without `.wasm`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which files a page needs, by the first part of its address.
    pub pages: BTreeMap<String, Vec<String>>,
}

/// Compiles the browser part and prepares it for the browser; only the compiler runs when nothing
/// has changed.
///
/// # Errors
/// When the application does not compile or a step after that fails.
pub fn build(project: &Project) -> Result<Front> {
    project.check_bindgen_versions()?;
    say(format!("compiling the browser part ({})", project.mode.wasm_profile()));
    let linked = toolchain::compile(project)?;
    let linked = fs::read(&linked).with_context(|| format!("cannot read {}", linked.display()))?;

    let workshop = project.workshop();
    let stamp = stamp(project, &linked)?;
    if fs::read_to_string(workshop.join(STAMP)).is_ok_and(|old| old == stamp) {
        return load(project);
    }
    // The stamp goes first and comes back last, so a build that was cut short is never taken for a
    // whole one.
    if workshop.exists() {
        fs::remove_dir_all(&workshop)
            .with_context(|| format!("cannot clear {}", workshop.display()))?;
    }
    fs::create_dir_all(&workshop)
        .with_context(|| format!("cannot create {}", workshop.display()))?;
    let linked = match project.mode {
        Mode::Dev => linked,
        Mode::Release => unused::leave_out(&linked).context("cannot leave out what is unused")?,
    };
    split_and_bind(project, &linked)?;
    if project.mode == Mode::Release {
        optimise(project)?;
    }
    fs::write(workshop.join(STAMP), stamp).context("cannot write the build's stamp")?;
    load(project)
}

/// Everything that the result depends on: the linked file, this tool, and what shrinks it.
fn stamp(project: &Project, linked: &[u8]) -> Result<String> {
    let tool =
        std::env::current_exe().and_then(fs::read).context("cannot read the build tool itself")?;
    let scripts = fs::read(project.root.join("xtask/package-lock.json")).unwrap_or_default();
    let optimiser = Command::new(OPTIMISER)
        .arg("--version")
        .output()
        .map(|answer| answer.stdout)
        .unwrap_or_default();
    Ok(content_hash(&[linked, &tool, &scripts, &optimiser]))
}

fn split_and_bind(project: &Project, linked: &[u8]) -> Result<()> {
    let started = Instant::now();
    let (workshop, name) = (project.workshop(), &project.name);
    let folder = workshop.join(PIECES);
    let (loader, script) = (format!("./{LOADER}"), format!("./{name}.js"));
    let whole = workshop.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(linked);
    options.output_dir = &folder;
    options.main_out_path = &whole;
    options.link_name = &loader;
    options.main_module = &script;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("splitting failed: {error:#}"))?;

    let mut bindgen = Bindgen::new();
    let mut output = bindgen
        .input_path(&whole)
        .out_name(name)
        .typescript(false)
        // The parts find functions of the main file by their linker names.
        .keep_lld_exports(true)
        .demangle(false)
        .web(true)?
        .generate_output()
        .context("wasm-bindgen failed")?;
    output.emit(&workshop).context("cannot write the bindings")?;
    ensure!(
        !workshop.join("snippets").exists(),
        "a dependency brings JavaScript of its own, for which xtask/src/site.rs has no hashed \
            names yet"
    );
    fs::remove_file(&whole).context("cannot remove the file between splitting and binding")?;

    let script = workshop.join(script);
    let pieces = Pieces {
        script: text(&script)?,
        loader: text(&folder.join(LOADER))?,
        main: fs::read(project.main_wasm()).context("cannot read the main file")?,
        parts: by_name(&wasm_files(&folder)?)?,
        needs: split.prefetch_map.into_iter().collect(),
    };
    let parts = pieces.parts.len();
    let joined = join::join(pieces, project.mode)?;
    fs::remove_dir_all(&folder).context("cannot remove the pieces")?;
    let write = |path: &Path, content: &[u8]| {
        fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
    };
    write(&script, joined.script.as_bytes())?;
    write(&project.main_wasm(), &joined.main)?;
    for (file, content) in &joined.files {
        write(&workshop.join(format!("{file}.wasm")), content)?;
    }
    write(&workshop.join(PAGES), &serde_json::to_vec(&joined.pages)?)?;
    say(format!(
        "split into {parts} parts and joined to {} files in {:.1} s",
        joined.files.len() + 1,
        started.elapsed().as_secs_f32()
    ));
    Ok(())
}

fn optimise(project: &Project) -> Result<()> {
    let started = Instant::now();
    say("shrinking the WASM files with wasm-opt and the script with terser");
    let workshop = project.workshop();
    let files = wasm_files(&workshop)?;
    let main_file = project.main_wasm();
    let tables = tables::exported(&main_file)?;
    files.par_iter().try_for_each(|file| shrink(file))?;
    tables::restore(&main_file, &tables)?;
    // Last, because wasm-opt has an order of its own.
    files.par_iter().try_for_each(|file| put_in_order(file))?;
    let script = workshop.join(format!("{}.js", project.name));
    let mut terser = programs::program(project, "terser")?;
    programs::run(
        terser
            .args(["--module", "--compress", "--mangle", "--output"])
            .arg(&script)
            .arg("--")
            .arg(&script),
    )?;
    say(format!("shrunk {} WASM files in {:.1} s", files.len(), started.elapsed().as_secs_f32()));
    Ok(())
}

fn shrink(file: &Path) -> Result<()> {
    // The features are those that rustc's output already uses; wasm-opt wants them named, by names
    // that its old versions know too.
    const FEATURES: [&str; 6] = [
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
    ];
    // What -Oz does beyond this makes files a tenth smaller before compression and a fourteenth
    // larger after it, in four times the time.
    programs::run(Command::new(OPTIMISER).arg("-O1").args(FEATURES).arg(file).arg("-o").arg(file))
        .map(drop)
}

fn put_in_order(file: &Path) -> Result<()> {
    let name = file.display();
    let content = fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let content = order::alike_together(&content).with_context(|| format!("in {name}"))?;
    fs::write(file, content).with_context(|| format!("cannot write {name}"))
}

fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    files.sort();
    Ok(files)
}

/// The content of files by their names without `.wasm`.
fn by_name(files: &[PathBuf]) -> Result<BTreeMap<String, Vec<u8>>> {
    let content = files.iter().map(|path| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((stem, content))
    });
    content.collect()
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads what an earlier step left in the workshop.
fn load(project: &Project) -> Result<Front> {
    let (workshop, main_file) = (project.workshop(), project.main_wasm());
    let mut files = wasm_files(&workshop)?;
    files.retain(|path| *path != main_file);
    Ok(Front {
        script: text(&workshop.join(format!("{}.js", project.name)))?,
        main: fs::read(&main_file)
            .with_context(|| format!("cannot read {}", main_file.display()))?,
        files: by_name(&files)?,
        pages: serde_json::from_str(&text(&workshop.join(PAGES))?)
            .context("the list of pages is not JSON")?,
    })
}
