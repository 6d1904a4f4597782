//! Style sheets: one file from `style/main.css` and everything that it imports.

use crate::{
    programs,
    project::{Mode, Project},
};
use anyhow::{Result, ensure};

/// Bundles the style sheets, minified for a release.
///
/// # Errors
/// When lightningcss is not installed, or a file is missing or not valid CSS; the message names
/// file and line.
pub fn bundle(project: &Project) -> Result<Vec<u8>> {
    let main = project.root.join("style/main.css");
    ensure!(main.is_file(), "style/main.css is missing");
    programs::ensure_package(project, "lightningcss")?;
    let mut script = programs::script(project, "style.mjs");
    script.arg(&main);
    if project.mode == Mode::Release {
        script.arg("--minify");
    }
    programs::run(&mut script)
}
