//! Which files a page's code consists of, from the lists that the build leaves beside them.

use crate::api::page_code::PageCode;
use leptos::config::LeptosOptions;
use std::{collections::BTreeMap, fs, path::Path};

/// The build's list of the lazy parts: which files each lazy function needs.
type Manifest = BTreeMap<String, Vec<String>>;

/// The code of all pages. Read once: a server hands out the site that it was started with.
#[derive(Clone, Debug, Default)]
pub struct Code {
    package: String,
    script: String,
    wasm: String,
    loader: Option<String>,
    manifest: Manifest,
}

impl Code {
    /// Reads the lists. Where there is no site, as in tests of the server alone, the names are
    /// those without a hash.
    pub fn read(options: &LeptosOptions) -> Self {
        let package = format!("/{}", options.site_pkg_dir);
        let site = Path::new(&*options.site_root);
        let name = &options.output_name;
        let hashes = options
            .hash_files
            .then(|| fs::read_to_string(&*options.hash_file).ok())
            .flatten()
            .unwrap_or_default();
        let hash = |kind: &str| {
            let line = hashes
                .lines()
                .find_map(|line| line.split_once(':').filter(|(key, _)| key.trim() == kind));
            line.map(|(_, hash)| format!(".{}", hash.trim()))
        };
        let plain = |kind: &str| hash(kind).unwrap_or_default();
        let manifest = site
            .join(&*options.site_pkg_dir)
            .join(format!("__wasm_split_manifest{}.json", plain("manifest")));
        Self {
            script: format!("{package}/{name}{}.js", plain("js")),
            wasm: format!("{package}/{name}{}.wasm", plain("wasm")),
            loader: hash("split").map(|hash| format!("{package}/__wasm_split{hash}.js")),
            manifest: fs::read(manifest)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default(),
            package,
        }
    }

    /// The code of the page at a path.
    pub fn of(&self, path: &str) -> PageCode {
        let parts = lazy_page(path).and_then(|page| {
            self.manifest.iter().find(|(function, _)| function.starts_with(&page))
        });
        let parts = parts
            .into_iter()
            .flat_map(|(_, parts)| parts)
            .map(|part| format!("{}/{part}.wasm", self.package));
        PageCode {
            script: self.script.clone(),
            wasm: self.wasm.clone(),
            parts: self.loader.iter().cloned().chain(parts).collect(),
        }
    }
}

/// How leptos' macro begins the name of the function that draws a page: `SettingsPage` at
/// `/settings/…`.
fn lazy_page(path: &str) -> Option<String> {
    let page = path.trim_start_matches('/').split('/').next().filter(|page| !page.is_empty())?;
    Some(format!("__{}_page_view_", page.replace('-', "_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_own_parts_and_no_others() {
        let parts =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let manifest = Manifest::from([
            ("__settings_page_view_17".to_owned(), parts(&["chunk_1.aa", "split_2.bb"])),
            ("__history_page_view_4".to_owned(), parts(&["chunk_3.cc"])),
        ]);
        let code = Code {
            package: "/pkg".into(),
            script: "/pkg/train.1.js".into(),
            wasm: "/pkg/train.2.wasm".into(),
            loader: Some("/pkg/__wasm_split.3.js".into()),
            manifest,
        };
        let settings = code.of("/settings/display");
        assert_eq!(
            settings.parts,
            ["/pkg/__wasm_split.3.js", "/pkg/chunk_1.aa.wasm", "/pkg/split_2.bb.wasm"]
        );
        assert_eq!(code.of("/history").parts, ["/pkg/__wasm_split.3.js", "/pkg/chunk_3.cc.wasm"]);
        for other in ["/", "/sign-in", "/set", "/no/such/page"] {
            assert_eq!(code.of(other).parts, ["/pkg/__wasm_split.3.js"], "{other}");
        }
    }
}
