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
        Some((page, tab)) => format!("__{page}_{}_tab_view_1", tab.replace('-', "_")),
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
    let application = include_str!("../../../src/ui/app.rs");
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

/// Which files these pages and tabs get, when each part is used by those named with it.
fn files_of(names: &[&str], parts: &[&[&str]]) -> Result<BTreeMap<String, Vec<String>>> {
    let function = |name: &str| match name.split_once('/') {
        Some((page, tab)) => format!("__{page}_{tab}_tab_view_1").replace('-', "_"),
        None => format!("__{name}_page_view_1").replace('-', "_"),
    };
    let mut pieces = pieces();
    pieces.needs = Needs::new();
    for name in names {
        let of_name = parts.iter().enumerate().filter(|(_, users)| users.contains(name));
        let mut needs = vec![format!("of_{}", name.replace('/', "_"))];
        needs.extend(of_name.map(|(number, _)| format!("part{number}")));
        pieces.needs.insert(function(name), needs);
    }
    let mut pages = plan(&pieces, Mode::Release)?.pages;
    pages.values_mut().for_each(|files| files.sort());
    Ok(pages)
}

#[test]
fn what_is_in_a_tab_shares_with_the_tab_and_not_with_the_page() {
    let names = ["ai", "ai/keys", "ai/keys-new", "ai/keys-old", "ai/keyring"];
    let parts: [&[&str]; 3] =
        [&["ai/keys", "ai/keys-new"], &["ai/keys-new", "ai/keys-old"], &["ai/keys", "ai/keyring"]];
    let files = files_of(&names, &parts).unwrap();
    assert_eq!(files["ai/keys"], ["ai", "ai_keys"]);
    assert_eq!(files["ai/keys-new"], ["ai", "ai_keys", "ai_keys-new"]);
    assert_eq!(files["ai/keys-old"], ["ai", "ai_keys", "ai_keys-old"]);
    assert_eq!(files["ai/keyring"], ["ai", "ai_keyring"]);
}

#[test]
fn a_family_shares_a_file_that_nobody_else_waits_for() {
    let names = ["conversations", "conversations/list", "coverage", "history", "home", "sign-in"];
    let names = [&names[..], &["sign-up"]].concat();
    let parts: [&[&str]; 4] = [
        &["conversations/list", "coverage"],
        &["sign-in", "sign-up"],
        &["coverage", "history"],
        &["home", "sign-in"],
    ];
    let files = files_of(&names, &parts).unwrap();
    assert_eq!(files["conversations/list"], ["conversations", "conversations_list"]);
    assert_eq!(files["coverage"], ["conversations", "coverage", "shared"]);
    assert_eq!(files["history"], ["history", "shared"]);
    assert_eq!(files["home"], ["home"]);
    assert_eq!(files["sign-up"], ["accounts", "sign-up"]);
}

#[test]
fn the_pages_of_families_are_pages_of_the_application() {
    let application = include_str!("../../../src/ui/app.rs");
    // No page, but a dialog over several of them.
    let export = include_str!("../../../src/ui/export.rs");
    assert!(export.contains("lazy_tab!(ExportDialogTab,"));
    let all = FAMILIES.iter().flat_map(|(_, family)| *family);
    for page in all.filter(|page| **page != "export") {
        assert!(application.contains(&format!("\"{page}\" => ")), "{page}");
    }
}

#[test]
fn nobody_waits_for_more_files_than_few() {
    let list = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect();
    let mut pages = BTreeMap::from([
        ("ai/keys".to_owned(), list(&["shared", "ai", "ai_keys"])),
        ("ai/keys-new".to_owned(), list(&["shared", "ai", "ai_keys", "ai_keys-new"])),
    ]);
    check_requests(&pages).unwrap();
    pages.insert("ai/keyring".to_owned(), list(&["shared", "ai", "accounts", "ai_keyring"]));
    assert!(check_requests(&pages).is_err());
}
