//! The codes of errors, held against what is written of them.

use super::{KEEP, describe};
use crate::{domain::error_code::ErrorCode, server::http::router};
use std::{collections::BTreeMap, env, fmt::Write as _, fs};

const DOCUMENT: &str = include_str!("../../../../docs/api.md");
const BEGIN: &str = "<!-- codes: written by scripts/openapi -->\n";
const END: &str = "<!-- end of codes -->\n";

/// The list of codes as `docs/api.md` has it.
fn list() -> String {
    let mut list = "| status | code | when |\n|---|---|---|\n".to_owned();
    for code in ErrorCode::OF_SERVER {
        writeln!(list, "| {} | `{code}` | {} |", code.status(), code.when()).unwrap();
    }
    list
}

#[test]
fn what_is_kept_lists_every_code() {
    let (before, rest) = DOCUMENT.split_once(BEGIN).expect("docs/api.md lists codes");
    let (kept, after) = rest.split_once(END).expect("the list ends");
    let made = list();
    if env::var_os(KEEP).is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md");
        fs::write(path, format!("{before}{BEGIN}{made}{END}{after}")).unwrap();
        return;
    }
    assert!(kept == made, "docs/api.md lists other codes than there are: run scripts/openapi");
}

/// What stands in backquotes and looks like a code.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| {
        word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

#[test]
fn refusals_name_codes_of_their_status() {
    let statuses: BTreeMap<_, _> =
        ErrorCode::OF_SERVER.iter().map(|code| (code.as_str(), code.status())).collect();
    let common = describe()["components"]["responses"].clone();
    let mut said: Vec<(u16, String)> = super::finish::FAILURES
        .iter()
        .map(|(status, name, _)| (*status, common[name]["description"].to_string()))
        .collect();
    for operation in router::described().described() {
        said.extend(operation.refusals.iter().map(|(status, why)| (*status, (*why).to_owned())));
    }
    for (status, why) in &said {
        for word in named(why) {
            assert_eq!(statuses.get(word), Some(status), "{status}: {why} names {word}");
        }
    }
}

#[test]
fn a_code_has_a_status_that_failures_are_described_with() {
    for code in ErrorCode::OF_SERVER {
        let known = super::finish::FAILURES.iter().any(|(status, ..)| *status == code.status());
        assert!(known || code.status() == 405, "{code}");
    }
}
