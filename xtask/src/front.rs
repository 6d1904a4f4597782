//! The browser part: from the sources to a script, a main WASM file and one WASM file per lazily
//! loaded page.
//!
//! Names are plain here; `site.rs` gives the files their hashed names.

use crate::{
    assets::content_hash,
    programs,
    project::{Mode, Project},
    say, tables, toolchain,
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

/// The script that loads the parts. The server derives its address from this name
/// (`server/http/page_code.rs`).
pub const LOADER: &str = "__wasm_split.js";
const MANIFEST: &str = "manifest.json";
/// Binaryen's, as the system has it: its build for Node takes five times as long.
const OPTIMISER: &str = "wasm-opt";
const STAMP: &str = "stamp";

/// The browser part, split and with its bindings.
pub struct Front {
    /// The bindings of wasm-bindgen; imports the loader.
    pub script: String,
    /// The loader of the parts; imports the script.
    pub loader: String,
    pub main: Vec<u8>,
    /// What is loaded later, by file name without `.wasm`.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// Which parts a lazy function needs, by the name that leptos gives it.
    pub manifest: BTreeMap<String, Vec<String>>,
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
    let (loader, script) = (format!("./{LOADER}"), format!("./{name}.js"));
    let whole = workshop.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(linked);
    options.output_dir = &workshop;
    options.main_out_path = &whole;
    options.link_name = &loader;
    options.main_module = &script;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("splitting failed: {error:#}"))?;
    let manifest: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(workshop.join(MANIFEST), serde_json::to_vec(&manifest)?)
        .context("cannot write the manifest")?;

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
        "a dependency brings JavaScript of its own, for which xtask/src/site.rs has no hashed names yet"
    );
    fs::remove_file(&whole).context("cannot remove the file between splitting and binding")?;
    say(format!(
        "split into {} lazy parts in {:.1} s",
        split.split_modules.len(),
        started.elapsed().as_secs_f32()
    ));
    Ok(())
}

fn optimise(project: &Project) -> Result<()> {
    let started = Instant::now();
    say("shrinking the WASM files with wasm-opt and the scripts with terser");
    let workshop = project.workshop();
    let files = wasm_files(&workshop)?;
    let main_file = project.main_wasm();
    let tables = tables::exported(&main_file)?;
    files.par_iter().try_for_each(|file| shrink(file))?;
    tables::restore(&main_file, &tables)?;
    for script in [format!("{}.js", project.name), LOADER.to_owned()] {
        let file = workshop.join(script);
        let mut terser = programs::program(project, "terser")?;
        programs::run(
            terser
                .args(["--module", "--compress", "--mangle", "--output"])
                .arg(&file)
                .arg("--")
                .arg(&file),
        )?;
    }
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

fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    files.sort();
    Ok(files)
}

/// Reads what an earlier step left in the workshop.
fn load(project: &Project) -> Result<Front> {
    let workshop = project.workshop();
    let main_file = project.main_wasm();
    let text = |file: String| {
        fs::read_to_string(workshop.join(&file)).with_context(|| format!("cannot read {file}"))
    };
    let mut parts = BTreeMap::new();
    for path in wasm_files(&workshop)?.into_iter().filter(|path| *path != main_file) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        parts.insert(
            stem,
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?,
        );
    }
    Ok(Front {
        script: text(format!("{}.js", project.name))?,
        loader: text(LOADER.to_owned())?,
        main: fs::read(&main_file)
            .with_context(|| format!("cannot read {}", main_file.display()))?,
        parts,
        manifest: serde_json::from_str(&text(MANIFEST.to_owned())?)
            .context("the manifest is not JSON")?,
    })
}
