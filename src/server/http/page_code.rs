//! Which files a page's code consists of, from the lists that the build leaves beside them.

use crate::api::page_code::{self, PageCode};
use leptos::config::LeptosOptions;
use std::{collections::BTreeMap, fs, path::Path};

/// The build's list of the pages' files, by the pages' names ([`page_code::names`]); of tabs that
/// have files of their own by the first two, those of their page included.
type Pages = BTreeMap<String, Vec<String>>;

/// The code of all pages. Read once: a server hands out the site that it was started with.
#[derive(Clone, Debug, Default)]
pub struct Code {
    package: String,
    script: String,
    wasm: String,
    pages: Pages,
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
            line.map(|(_, hash)| format!(".{}", hash.trim())).unwrap_or_default()
        };
        let pages = site.join(&*options.site_pkg_dir).join(format!("pages{}.json", hash("pages")));
        Self {
            script: format!("{package}/{name}{}.js", hash("js")),
            wasm: format!("{package}/{name}{}.wasm", hash("wasm")),
            pages: fs::read(pages)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default(),
            package,
        }
    }

    /// The code of the page at a path.
    pub fn of(&self, path: &str) -> PageCode {
        let (page, tab) = page_code::names(path);
        let of_tab = |tab: &str| self.pages.get(&format!("{page}/{tab}"));
        let own = of_tab(tab).or_else(|| self.pages.get(page));
        let within = page_code::within(path).and_then(of_tab);
        // Both lists name the files of the page.
        let mut files: Vec<&String> = Vec::new();
        for file in [own, within].into_iter().flatten().flatten() {
            if !files.contains(&file) {
                files.push(file);
            }
        }
        PageCode {
            script: self.script.clone(),
            wasm: self.wasm.clone(),
            parts: files.iter().map(|file| format!("{}/{file}.wasm", self.package)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_own_files_and_no_others() {
        let files =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let pages = Pages::from([
            ("settings".to_owned(), files(&["shared.aa", "settings.bb"])),
            ("settings/account".to_owned(), files(&["shared.aa", "settings.bb", "account.dd"])),
            ("settings/dialogs".to_owned(), files(&["shared.aa", "settings.bb", "dialogs.ff"])),
            ("settings/scores".to_owned(), files(&["settings.bb", "scores.hh"])),
            ("settings/section".to_owned(), files(&["shared.aa", "settings.bb", "section.gg"])),
            ("history".to_owned(), files(&["history.cc"])),
            ("home".to_owned(), files(&["shared.aa", "home.ee"])),
        ]);
        let code = Code {
            package: "/pkg".into(),
            script: "/pkg/train.1.js".into(),
            wasm: "/pkg/train.2.wasm".into(),
            pages,
        };
        let settings = code.of("/settings/display");
        let section = ["/pkg/shared.aa.wasm", "/pkg/settings.bb.wasm", "/pkg/section.gg.wasm"];
        assert_eq!(settings.parts, section);
        let with_scores = code.of("/settings/quality").parts;
        assert_eq!(with_scores[..3], section, "nothing twice");
        assert_eq!(with_scores[3..], ["/pkg/scores.hh.wasm"]);
        assert_eq!(code.of("/settings").parts, settings.parts);
        assert_eq!(code.of("/settings/dialogs").parts, settings.parts, "what comes on opening");
        assert_eq!(code.of("/settings/account").parts.last().unwrap(), "/pkg/account.dd.wasm");
        assert_eq!(code.of("/history").parts, ["/pkg/history.cc.wasm"]);
        assert_eq!(code.of("/").parts, ["/pkg/shared.aa.wasm", "/pkg/home.ee.wasm"]);
        for other in ["/sign-in", "/set", "/no/such/page"] {
            assert!(code.of(other).parts.is_empty(), "{other}");
        }
    }
}
