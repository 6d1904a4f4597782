//! The history as a file, opened by the programs that people open it with: Python's csv module and
//! LibreOffice.
//!
//! Both are installed by `scripts/setup test`. Where one is missing the test fails and says so.

use super::app::App;
use crate::support::scratch_directory;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const AI: &str = "/api/ai-configuration";
const PREFERENCES: &str = "/api/user-preferences";
const CELLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/cells.py");
/// How a careless person opens it: commas, quotation marks, UTF-8; numbers and formulas are
/// recognised even in quotes.
const OPENED: &str =
    "Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1,true";

/// What somebody typed who wants the reader's spreadsheet to do something, and what breaks careless
/// readers.
const NAME: &str = "=cmd()|' \"quoted\", 🙂";
const REASONS: [&str; 5] = [
    "first line\nsecond, \"said\" he",
    "=HYPERLINK(\"http://192.0.2.9\")",
    "+1+cmd|'/C calc'!A0",
    "-2+3",
    "＝1+1; a, b;\tc",
];

/// An export that holds all of it: one line for each reason, the newest first, and one of a script
/// with a bad name.
async fn exported() -> String {
    let app = App::new().await;
    let anna = app.signed_up("=SUM").await;
    for (tokens, reason) in (100..).zip(REASONS) {
        let change = json!({
            "configName": NAME,
            "updates": {"model": {"maxTokens": tokens}},
            "reason": reason,
        });
        anna.patch(AI, change).await.assert_ok();
    }
    anna.again()
        .header("user-agent", "=1+1")
        .patch(PREFERENCES, json!({"theme": "dark"}))
        .await
        .assert_ok();
    let answer = anna.get("/api/config/export-csv").await;
    assert_eq!(answer.status, 200);
    answer.text
}

fn run(command: &mut Command, package: &str) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}. `scripts/setup test` installs {package}.");
    });
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).expect("it writes UTF-8")
}

/// Rows of cells.
fn cells(kind: &str, file: &Path) -> Vec<Vec<Value>> {
    serde_json::from_str(&run(Command::new("python3").arg(CELLS).arg(kind).arg(file), "python3"))
        .expect("JSON")
}

/// The file as LibreOffice understands it, written down as its own kind of file.
fn through_libreoffice(directory: &Path, file: &Path) -> PathBuf {
    let mut office = Command::new("soffice");
    // A profile of its own, so that a running one of somebody's does not take the order.
    office
        .arg(format!("-env:UserInstallation=file://{}", directory.join("profile").display()))
        .arg("--headless");
    office
        .arg(format!("--infilter={OPENED}"))
        .args(["--convert-to", "fods", "--outdir"])
        .arg(directory)
        .arg(file);
    run(&mut office, "LibreOffice");
    file.with_extension("fods")
}

/// The rows by the names of their columns, as the server's own test of the text reads them.
fn check(rows: &[Vec<Value>]) {
    let header: Vec<&str> = rows[0].iter().map(|cell| cell.as_str().expect("a name")).collect();
    assert_eq!(
        (header[0], header[header.len() - 1], header.len()),
        ("time", "version", 18),
        "without a byte order mark"
    );
    let column = |name: &str| -> Vec<&Value> {
        let index = header.iter().position(|column| *column == name).expect("the column is there");
        rows[1..].iter().map(|row| &row[index]).collect()
    };
    let formulas: Vec<_> = rows.iter().flatten().filter(|cell| cell.is_object()).collect();
    assert!(formulas.is_empty(), "these would be run: {formulas:?}");
    // The first change of the configuration made three settings more, a line each.
    let mut reasons: Vec<String> = REASONS.iter().rev().map(|reason| reason.to_string()).collect();
    for reason in reasons.iter_mut().filter(|reason| reason.starts_with(['=', '+', '-', '＝'])) {
        reason.insert(0, '\'');
    }
    let told: Vec<&str> =
        column("reason").into_iter().map(|cell| cell.as_str().expect("a text")).collect();
    assert_eq!(told[0], "", "preferences have no reason");
    assert_eq!(told[1..=5], reasons.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(told[6..].iter().all(|reason| *reason == REASONS[0]) && told.len() == 9, "{told:?}");
    assert!(column("target")[1..].iter().all(|target| **target == json!(format!("'{NAME}"))));
    assert!(column("person").iter().all(|person| **person == json!("'=SUM")));
    assert_eq!(
        (column("setting")[0], column("new")[0], column("user agent")[0]),
        (&json!("theme"), &json!("dark"), &json!("'=1+1"))
    );
    assert!(rows.iter().all(|row| row.len() == 18), "every line has as many cells");
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_csv_reads_what_was_written() {
    let directory = scratch_directory("history-csv");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("history.csv");
    fs::write(&file, exported().await).unwrap();
    check(&cells("csv", &file));
}

#[tokio::test(flavor = "multi_thread")]
async fn libreoffice_shows_what_was_written_and_runs_none_of_it() {
    let directory = scratch_directory("history-ods");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("history.csv");
    fs::write(&file, exported().await).unwrap();
    check(&cells("fods", &through_libreoffice(&directory, &file)));
    // The same way of opening runs what is not defused, so this test would see it.
    let naked = directory.join("naked.csv");
    fs::write(&naked, "\u{feff}\"=1+1\",\"'=1+1\"\r\n").unwrap();
    let rows = cells("fods", &through_libreoffice(&directory, &naked));
    assert_eq!(rows, [[json!({"formula": "of:=1+1"}), json!("'=1+1")]]);
}
