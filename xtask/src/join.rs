//! From the parts that wasm-split leaves, one for every set of pages that share code, to few files:
//! a script, a main file, one for each page, and one for each tab of a page that is loaded by
//! itself.
//!
//! A browser asks for every file, and each is packed by itself: a page in fifty parts costs a tenth
//! more than in three, and waits for fifty answers. What the pages need where people begin goes
//! into the main file; what only several others need is one file more, so that the first pages do
//! not wait for it, and a page that follows another needs only its own.

use crate::{merge, project::Mode};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// Where wasm-split puts the loader of its parts; the script imports it by this name.
pub const LOADER: &str = "__wasm_split.js";
const OURS: &str = include_str!("join/loader.js");
/// Where people begin, what every page has, and the smallest pages: what these use is in the main
/// file.
const FIRST: [&str; 9] = [
    "confirm-email",
    "forgot-password",
    "frame",
    "home",
    "notifications",
    "reset-password",
    "settings",
    "sign-in",
    "sign-up",
];
/// The file for what several of the other pages use.
const SHARED: &str = "shared";

/// Which parts a lazy function needs, by the name that leptos gives it.
pub type Needs = BTreeMap<String, Vec<String>>;

/// What wasm-split and wasm-bindgen left.
pub struct Pieces {
    pub script: String,
    pub loader: String,
    pub main: Vec<u8>,
    pub parts: BTreeMap<String, Vec<u8>>,
    pub needs: Needs,
}

/// The code in few files.
pub struct Joined {
    /// The bindings of wasm-bindgen and the loader of the files.
    pub script: String,
    pub main: Vec<u8>,
    /// What pages need beside it, by file name without `.wasm`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files of each page by the first part of its address (`home` of the one at `/`), and of
    /// each tab that is loaded by itself by the first two, those of its page included.
    pub pages: BTreeMap<String, Vec<String>>,
}

/// Joins the parts to files. While developing they stay what they are: that is quicker, and
/// functions keep their names.
///
/// # Errors
/// When the pieces are not what wasm-split and wasm-bindgen are known to leave.
pub fn join(mut pieces: Pieces, mode: Mode) -> Result<Joined> {
    let plan = plan(&pieces, mode)?;
    let part = |name: &String| {
        pieces.parts.get(name).map(Vec::as_slice).with_context(|| format!("there is no {name}"))
    };
    let mut files = BTreeMap::new();
    for (file, parts) in &plan.files {
        let parts: Vec<_> = parts.iter().map(part).collect::<Result<_>>()?;
        let file_content = match parts.as_slice() {
            [alone] if mode == Mode::Dev => alone.to_vec(),
            several => merge::merge(several, &BTreeMap::new())?,
        };
        files.insert(file.clone(), file_content);
    }
    let mut main = vec![pieces.main.as_slice()];
    for name in &plan.main {
        main.push(part(name)?);
    }
    let (main, script) = match mode {
        Mode::Dev => (main[0].to_vec(), pieces.script.clone()),
        Mode::Release => {
            let short = short_names(&merge::imported(main[0])?);
            (merge::merge(&main, &short)?, shorten(&pieces.script, &short))
        }
    };
    pieces.script = script;
    Ok(Joined { script: with_loader(&pieces, &plan.pages)?, main, files, pages: plan.pages })
}

#[derive(Default)]
struct Plan {
    /// The parts that go into the main file.
    main: Vec<String>,
    /// The other files and the parts that each consists of.
    files: BTreeMap<String, Vec<String>>,
    pages: BTreeMap<String, Vec<String>>,
}

fn plan(pieces: &Pieces, mode: Mode) -> Result<Plan> {
    let mut users: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    let mut plan = Plan::default();
    for (function, parts) in &pieces.needs {
        let user = address_of(function)?;
        for part in parts {
            users.entry(part).or_default().insert(user.clone());
        }
        ensure!(
            plan.pages.insert(user.clone(), Vec::new()).is_none(),
            "two lazy functions draw /{user}"
        );
    }
    for (part, users) in &users {
        let part = *part;
        let file = match mode {
            Mode::Dev if users.len() > 1 => Some(part.clone()),
            _ => file_of(users),
        };
        let Some(file) = file else {
            plan.main.push(part.clone());
            continue;
        };
        for (_, files) in plan.pages.iter_mut().filter(|(name, _)| loads(name, users)) {
            if !files.contains(&file) {
                files.push(file.clone());
            }
        }
        plan.files.entry(file).or_default().push(part.clone());
    }
    plan.main.sort();
    Ok(plan)
}

/// The file for code that these pages and tabs use; `None` for the main file.
fn file_of(users: &BTreeSet<String>) -> Option<String> {
    let pages: BTreeSet<_> = users.iter().map(|user| page_of(user)).collect();
    match (pages.len(), users.len()) {
        (1, 1) => users.first().map(|user| user.replace('/', "_")),
        // What several tabs use comes with their page.
        (1, _) => pages.first().map(|page| (*page).to_owned()),
        _ => FIRST.iter().all(|page| !pages.contains(page)).then(|| SHARED.to_owned()),
    }
}

/// Whether a page or tab loads what these use. A tab is shown by its page, so its files come with
/// those of the page.
fn loads(name: &str, users: &BTreeSet<String>) -> bool {
    users.contains(name) || users.contains(page_of(name))
}

/// The page of a page or tab.
fn page_of(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

/// Where a page or tab is found: leptos' macro names the function that draws `SettingsPage`
/// `__settings_page_view_` and a number, and that of `DatabaseTablesTab`
/// `__database_tables_tab_view_` and a number. `HomePage` is the page at `/`.
fn address_of(function: &str) -> Result<String> {
    let words = function.strip_prefix("__").unwrap_or_default();
    let page = words.split_once("_page_view_").map(|(page, _)| page.replace('_', "-"));
    let tab = words.split_once("_tab_view_").and_then(|(tab, _)| tab.split_once('_'));
    page.or_else(|| tab.map(|(page, tab)| format!("{page}/{}", tab.replace('_', "-"))))
        .with_context(|| {
            format!(
                "the lazy function {function} draws no page: call its type like its address, \
                SettingsPage for /settings, DatabaseTablesTab for /database/tables"
            )
        })
}

/// Names in place of those that wasm-bindgen gives what the WASM imports, which end in a hash each.
fn short_names(imported: &[String]) -> BTreeMap<String, String> {
    let long = imported.iter().filter(|name| name.starts_with("__wb") && name.len() > 16);
    long.enumerate().map(|(number, name)| (name.clone(), format!("_{number}"))).collect()
}

/// Puts the short names into the script, where the long ones are words of their own.
fn shorten(script: &str, short: &BTreeMap<String, String>) -> String {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(in_word) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !in_word(c)).unwrap_or(word.len()));
        text += before;
        text += short.get(word).map_or(word, String::as_str);
        rest = after;
    }
    text + rest
}

/// The script of wasm-bindgen with the loader in it, which it would import as a file of its own.
fn with_loader(pieces: &Pieces, pages: &BTreeMap<String, Vec<String>>) -> Result<String> {
    let from = format!(" from \"./{LOADER}\"");
    let mut imports = Vec::new();
    let mut bindings = String::new();
    for line in pieces.script.lines() {
        match line.strip_prefix("import * as ").and_then(|line| line.split_once(&from)) {
            Some((name, _)) => imports.push(name),
            None => {
                bindings += line;
                bindings.push('\n');
            }
        }
    }
    // Without lazy pages the script does not import the loader.
    ensure!(
        imports.is_empty() == pages.is_empty(),
        "the bindings do not import {LOADER} as they did: wasm-bindgen's output has changed"
    );
    let files: BTreeMap<_, Vec<_>> = pages
        .iter()
        .map(|(page, files)| (page, files.iter().map(|file| format!("./{file}.wasm")).collect()))
        .collect();
    let mut functions = String::new();
    for function in pieces.needs.keys() {
        let name = format!("__wasm_split_load_{function}");
        ensure!(
            pieces.loader.contains(&format!("export const {name} = ")),
            "the loader does not export {name}: wasm-split's output has changed"
        );
        functions += &format!("{name}: page({:?}), ", address_of(function)?);
    }
    let ours = OURS
        .replacen("SHARED", shared(&pieces.loader)?, 1)
        .replacen("PAGES", &serde_json::to_string(&files)?, 1)
        .replacen("FUNCTIONS", &format!("{{ {functions}}}"), 1);
    bindings += &ours;
    for name in imports {
        bindings += &format!("const {name} = files.functions;\n");
    }
    Ok(bindings)
}

/// What the loader of wasm-split has before the parts themselves: what they import, and how a load
/// is tried, remembered and answered.
fn shared(loader: &str) -> Result<&str> {
    let start = loader.find("let sharedImports");
    let ends = ["\n/* ", "\nconst __chunk_", "\nexport const "];
    let end = ends.iter().filter_map(|end| loader.find(end)).min();
    let shared = start.zip(end).and_then(|(start, end)| loader.get(start..end));
    let shared = shared.filter(|text| {
        ["getSharedImports", "wrapAsyncCb", "makeLoad"]
            .iter()
            .all(|name| text.contains(&format!("function {name}(")))
    });
    shared.context("the loader lacks what ours is made of: wasm-split's output has changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part of about so many bytes.
    fn part(bytes: u64) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        let mut data = wasm_encoder::DataSection::new();
        data.passive(vec![7; usize::try_from(bytes).unwrap()]);
        module.section(&data);
        module.finish()
    }

    fn pieces() -> Pieces {
        let function = |page: &str| match page.split_once('/') {
            Some((page, tab)) => format!("__{page}_{tab}_tab_view_1"),
            None => format!("__{page}_page_view_{}", page.len()),
        };
        let functions = ["settings", "history", "ai", "ai/keys", "ai/limits", "admin"]
            .map(|page| (page, function(page)));
        let mut needs = Needs::new();
        let mut loader = "import { initSync } from \"./train.js\";\n\nlet sharedImports;\n\
            function getSharedImports() {}\nfunction wrapAsyncCb() {}\nfunction makeLoad() {}\n\
            const __chunk_1 = makeLoad();\n"
            .to_owned();
        for (page, function) in &functions {
            let mut parts = vec![format!("split_{function}"), "of_all".to_owned()];
            parts.extend(matches!(*page, "ai" | "history").then(|| "of_two".to_owned()));
            parts.extend(matches!(*page, "admin" | "ai/keys").then(|| "of_a_tab".to_owned()));
            parts.extend(matches!(*page, "ai" | "settings").then(|| "of_first".to_owned()));
            parts.extend(page.starts_with("ai/").then(|| "of_tabs".to_owned()));
            needs.insert(function.clone(), parts);
            loader += &format!("export const __wasm_split_load_{function} = wrapAsyncCb();\n");
        }
        let mut parts: BTreeMap<_, _> =
            needs.values().flatten().map(|name| (name.clone(), part(10))).collect();
        parts.insert("of_all".to_owned(), part(24_000));
        parts.insert("of_first".to_owned(), part(12_000));
        parts.insert("of_two".to_owned(), part(12_000));
        Pieces {
            script: "import * as import1 from \"./__wasm_split.js\"\n\
                const imports = { \
                \"./__wasm_split.js\": import1, __wbg_call_0123456789abcdef: 1 };\n"
                .to_owned(),
            loader,
            main: part(1),
            parts,
            needs,
        }
    }

    #[test]
    fn what_first_pages_use_is_in_the_main_file_and_what_others_share_in_one_more() {
        let joined = join(pieces(), Mode::Release).unwrap();
        let files: Vec<_> = joined.files.keys().map(String::as_str).collect();
        let all = ["admin", "ai", "ai_keys", "ai_limits", "history", "settings", "shared"];
        assert_eq!(files, all);
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected: [(&str, BTreeSet<String>); 6] = [
            ("admin", list(&["admin", "shared"])),
            ("ai", list(&["ai", "shared"])),
            ("ai/keys", list(&["ai", "ai_keys", "shared"])),
            ("ai/limits", list(&["ai", "ai_limits", "shared"])),
            ("history", list(&["history", "shared"])),
            ("settings", list(&["settings"])),
        ];
        for (page, expected) in expected {
            let files: BTreeSet<_> = joined.pages[page].iter().cloned().collect();
            assert_eq!(files, expected, "{page}");
        }
        let main = merge::weight(&joined.main).unwrap();
        assert!((36_000..48_000).contains(&main), "{main}");
    }

    #[test]
    fn the_first_pages_are_pages_of_the_application() {
        let application = include_str!("../../src/ui/app.rs");
        for page in FIRST.iter().filter(|page| **page != "frame") {
            assert!(application.contains(&format!("\"{page}\" => ")), "{page}");
        }
    }

    #[test]
    fn the_script_holds_the_loader_and_every_function_of_a_page() {
        let script = join(pieces(), Mode::Release).unwrap().script;
        assert!(!script.contains("import * as"), "{script}");
        assert!(script.contains("const import1 = files.functions;"), "{script}");
        assert!(script.contains("\"./__wasm_split.js\": import1"), "the key is the WASM's");
        assert!(script.contains("__wasm_split_load___ai_page_view_2: page(\"ai\")"), "{script}");
        assert!(script.contains("function getSharedImports() {}"), "{script}");
        for gone in ["SHARED", "PAGES", "FUNCTIONS", "__chunk_1"] {
            assert!(!script.contains(gone), "{gone}: {script}");
        }
    }

    #[test]
    fn parts_stay_what_they_are_while_developing() {
        let joined = join(pieces(), Mode::Dev).unwrap();
        let ai: BTreeSet<_> = joined.pages["ai"].iter().map(String::as_str).collect();
        assert_eq!(ai, BTreeSet::from(["ai", "of_all", "of_first", "of_two"]));
        assert_eq!(joined.files["of_two"], part(12_000));
        assert_eq!(joined.main, part(1));
    }

    #[test]
    fn an_output_that_has_changed_is_an_error() {
        let mut odd = pieces();
        odd.loader = odd.loader.replace("function makeLoad", "function load");
        assert!(join(odd, Mode::Release).is_err());
        let mut odd = pieces();
        odd.script = odd.script.replace("import * as", "import");
        assert!(join(odd, Mode::Release).is_err());
        assert!(address_of("__something_else_17").is_err());
        assert!(address_of("__page_tab_view_17").is_err());
        assert_eq!(address_of("__sign_in_page_view_17").unwrap(), "sign-in");
        assert_eq!(address_of("__home_page_view_17").unwrap(), "home", "of the page at /");
        assert_eq!(address_of("__ai_top_up_tab_view_17").unwrap(), "ai/top-up");
        assert_eq!(address_of("__settings_dialogs_tab_view_17").unwrap(), "settings/dialogs");
    }

    #[test]
    fn names_become_short_only_as_whole_words() {
        let names = short_names(&["__wbg_call_0123456789abcdef".into(), "memory".into()]);
        assert_eq!(names.len(), 1);
        assert_eq!(
            shorten("{ __wbg_call_0123456789abcdef: 1, a__wbg_call_0123456789abcdef, é }", &names),
            "{ _0: 1, a__wbg_call_0123456789abcdef, é }"
        );
    }
}
