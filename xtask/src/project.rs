//! Where things are: paths below the repository and the settings that the server and this tool
//! share.

use anyhow::{Context, Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the site is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Quick to build; neither optimised nor compressed.
    Dev,
    /// As people get it.
    Release,
}

impl Mode {
    /// The cargo profile of the WASM build.
    pub fn wasm_profile(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }
}

/// The repository, seen by one build.
pub struct Project {
    pub mode: Mode,
    /// The directory of the main Cargo.toml.
    pub root: PathBuf,
    /// `output-name`: the stem of the script, the WASM and the style sheet.
    pub name: String,
    /// `site-pkg-dir`: the folder of the hashed files, also the first part of their address.
    pub pkg: String,
    /// Where the finished site goes. The two modes have their own, so that neither throws away the
    /// other's work.
    pub site: PathBuf,
    /// `reload-port`: where the browser listens for "reload" during `make dev`.
    pub reload_port: u16,
    /// Where the server listens, `HOST:PORT`.
    pub address: String,
}

impl Project {
    /// Reads the settings of the repository that this tool was compiled in.
    ///
    /// # Errors
    /// When Leptos.toml lacks a setting.
    pub fn find(mode: Mode) -> Result<Self> {
        let root = repository();
        let settings = leptos_settings(&root.join("Leptos.toml"))?;
        let text = |key: &str| -> Result<String> {
            let value = settings.get(key).and_then(toml::Value::as_str);
            Ok(value.with_context(|| format!("Leptos.toml lacks {key}"))?.to_owned())
        };
        let site_root = text("site-root")?;
        let site = match mode {
            Mode::Release => root.join(site_root),
            Mode::Dev => root.join(site_root + "-dev"),
        };
        let reload_port =
            settings.get("reload-port").and_then(toml::Value::as_integer).unwrap_or(3001);
        let reload_port =
            reload_port.try_into().context("Leptos.toml: reload-port is not a port")?;
        // The same order as the server's.
        let address = ["TRAIN_ADDR", "LEPTOS_SITE_ADDR"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok());
        let address = address.map_or_else(|| text("site-addr"), Ok)?;
        Ok(Self {
            mode,
            name: text("output-name")?,
            pkg: text("site-pkg-dir")?,
            site,
            reload_port,
            address,
            root,
        })
    }

    /// Where unhashed, unfinished things of this mode are kept between builds.
    pub fn workshop(&self) -> PathBuf {
        self.root.join("target/front").join(self.mode.wasm_profile())
    }

    /// The WASM file that every page needs, once it has its bindings.
    pub fn main_wasm(&self) -> PathBuf {
        self.workshop().join(format!("{}_bg.wasm", self.name))
    }

    /// Checks that the bindings generator in this tool and the wasm-bindgen in the application are
    /// of one version: they speak a private format that changes without notice.
    ///
    /// # Errors
    /// When Cargo.lock holds different versions.
    pub fn check_bindgen_versions(&self) -> Result<()> {
        let lock =
            fs::read_to_string(self.root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
        compare_bindgen_versions(&lock)
    }
}

pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The table `[package.metadata.leptos]` of a file.
fn leptos_settings(path: &Path) -> Result<toml::Table> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let document: toml::Table =
        text.parse().with_context(|| format!("{} is not valid TOML", path.display()))?;
    let settings =
        document.get("package").and_then(|t| t.get("metadata")).and_then(|t| t.get("leptos"));
    let settings = settings.and_then(toml::Value::as_table);
    Ok(settings
        .with_context(|| format!("{} lacks [package.metadata.leptos]", path.display()))?
        .clone())
}

fn compare_bindgen_versions(lock: &str) -> Result<()> {
    let lock: toml::Table = lock.parse().context("Cargo.lock is not valid TOML")?;
    let version_of = |name: &str| -> Result<String> {
        let packages = lock
            .get("package")
            .and_then(toml::Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let package =
            packages.iter().find(|p| p.get("name").and_then(toml::Value::as_str) == Some(name));
        let version = package.and_then(|p| p.get("version")).and_then(toml::Value::as_str);
        Ok(version.with_context(|| format!("Cargo.lock has no {name}"))?.to_owned())
    };
    let library = version_of("wasm-bindgen")?;
    let tool = version_of("wasm-bindgen-cli-support")?;
    ensure!(
        library == tool,
        "Cargo.lock has wasm-bindgen {library} but wasm-bindgen-cli-support {tool}: \
         set both to one version, in Cargo.toml and in xtask/Cargo.toml"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_wasm_bindgen_must_be_equal() {
        let lock = |library: &str, tool: &str| {
            format!(
                "[[package]]\nname = \"wasm-bindgen\"\nversion = \"{library}\"\n\
                 [[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"{tool}\"\n"
            )
        };
        assert!(compare_bindgen_versions(&lock("0.2.130", "0.2.130")).is_ok());
        let error = compare_bindgen_versions(&lock("0.2.131", "0.2.130")).unwrap_err().to_string();
        assert!(error.contains("0.2.131") && error.contains("0.2.130"), "{error}");
    }

    #[test]
    fn this_repository_has_one_version_of_wasm_bindgen() {
        Project::find(Mode::Release).unwrap().check_bindgen_versions().unwrap();
    }
}
