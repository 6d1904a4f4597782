//! The weight of the browser part: the style, which a page needs to be read, and the code, which it
//! fetches when it is used.

use crate::{front::LOADER, project::Project, site};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs};

/// Prints what the release site weighs over the wire (brotli), file by file, and page by page what
/// comes on top.
///
/// # Errors
/// When the release site has not been built.
pub fn print(project: &Project) -> Result<()> {
    let list = fs::read_to_string(project.site.join(site::HASHES))
        .context("there is no release site yet: run `cargo xtask build --release`")?;
    let hashes: BTreeMap<&str, &str> =
        list.lines().filter_map(|line| line.split_once(": ")).collect();
    let hash = |key: &str| {
        hashes.get(key).copied().with_context(|| format!("{} lacks {key}", site::HASHES))
    };

    let (name, loader) = (&project.name, LOADER.trim_end_matches(".js"));
    let style = format!("{name}.{}.css", hash("css")?);
    println!(
        "{:>9}  {style}, to read a page, besides its HTML",
        kilobytes(weigh(project, &style)?)
    );
    let mut total = 0;
    for file in [
        format!("{name}.{}.js", hash("js")?),
        format!("{loader}.{}.js", hash("split")?),
        format!("{name}.{}.wasm", hash("wasm")?),
    ] {
        let weight = weigh(project, &file)?;
        total += weight;
        println!("{:>9}  {file}", kilobytes(weight));
    }
    println!("{:>9}  the code of every page", kilobytes(total));

    let manifest = project
        .site
        .join(&project.pkg)
        .join(format!("{loader}_manifest.{}.json", hash("manifest")?));
    let manifest = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let manifest: BTreeMap<String, Vec<String>> = serde_json::from_str(&manifest)?;
    for (function, parts) in &manifest {
        let mut weight = 0;
        for part in parts {
            weight += weigh(project, &format!("{part}.wasm"))?;
        }
        println!(
            "{:>9}  + {} for {function}",
            kilobytes(total + weight),
            kilobytes(weight).trim_start()
        );
    }
    Ok(())
}

/// What a browser that takes brotli is sent for a file, in bytes.
fn weigh(project: &Project, file: &str) -> Result<u64> {
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
