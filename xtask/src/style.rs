//! Style sheets: one file from `style/main.css` and everything that it imports.

use crate::project::{Mode, Project};
use anyhow::{Result, anyhow, ensure};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserOptions},
};

/// Bundles the style sheets, minified for a release.
///
/// Nothing is rewritten for older browsers: nesting, layers and `light-dark()` are used as they are.
///
/// # Errors
/// When a file is missing or not valid CSS; the message names file and line.
pub fn bundle(project: &Project) -> Result<Vec<u8>> {
    let main = project.root.join("style/main.css");
    ensure!(main.is_file(), "style/main.css is missing");
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(&main).map_err(|error| anyhow!("style sheet: {error}"))?;
    let release = project.mode == Mode::Release;
    if release {
        sheet.minify(MinifyOptions::default()).map_err(|error| anyhow!("style sheet: {error}"))?;
    }
    let printed = sheet.to_css(PrinterOptions { minify: release, ..PrinterOptions::default() });
    Ok(printed.map_err(|error| anyhow!("style sheet: {error}"))?.code.into_bytes())
}
