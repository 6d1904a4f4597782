//! `train import`: all conversations and 0, or a sentence, another code and none.

use super::desk::{Desk, Ended};
use std::fs;

fn row(number: usize) -> String {
    format!(
        "{{\"messages\":[{{\"role\":\"user\",\"content\":\"Question {number}?\"}},\
         {{\"role\":\"assistant\",\"content\":\"Answer {number}.\"}}]}}\n"
    )
}

fn rows(count: usize) -> String {
    (0..count).map(row).collect()
}

impl Desk {
    fn import(&self, file: &str, more: &[&str]) -> Ended {
        self.train(&[&["import", file, "--email", "ann@example.com"], more].concat())
    }

    async fn stored(&self) -> i64 {
        self.number("SELECT count(*) FROM conversations").await
    }

    /// No file and no rows wait for anybody.
    async fn assert_no_import_open(&self) {
        let open = "SELECT (SELECT count(*) FROM import_rows)
            + (SELECT count(*) FROM import_chunks)
            + (SELECT count(*) FROM imports WHERE state NOT IN ('done', 'failed', 'cancelled'))";
        assert_eq!(self.number(open).await, 0);
    }
}

#[tokio::test]
async fn a_file_is_checked_imported_once_and_on_record() {
    let desk = Desk::new("import").await;
    let file = desk.write("talks.jsonl", rows(3));
    let dry = desk.import(&file, &["--dry-run"]);
    assert_eq!((dry.code, desk.stored().await), (0, 0), "{dry:?}");
    assert!(dry.text().contains("3 conversations, 3 can be imported"), "{dry:?}");
    let about = ["--origin", "survey", "--license", "MIT"];
    let done = desk.import(&file, &about);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.text().ends_with("\n3 conversations were imported.\n"), "{done:?}");
    let stored = "SELECT DISTINCT concat_ws(' ', origin, license, organization_id IS NOT NULL)
        FROM conversations";
    assert_eq!(desk.texts(stored).await, ["survey MIT t"]);
    let again = desk.import(&file, &[]);
    again.assert_refused(1, "All that it has is here already.");
    assert!(again.text().is_empty() && desk.stored().await == 3, "{again:?}");
    let twice = desk.import(&file, &["--duplicates"]);
    assert_eq!((twice.code, desk.stored().await), (0, 6), "{twice:?}");
    desk.assert_no_import_open().await;
    let log = desk.train(&["admin", "log"]);
    assert_eq!(log.text().matches("import ann@example.com").count(), 2, "{}", log.text());
}

#[tokio::test]
async fn what_is_wrong_is_printed_by_line_and_a_dry_run_fails_for_it() {
    let desk = Desk::new("import-wrong").await;
    let bad = "{\"messages\":[{\"role\":\"narrator\",\"content\":\"x\"}]}\n";
    let file = desk.write("talks.jsonl", format!("{}{bad}{}", row(1), row(2)));
    let dry = desk.import(&file, &["--dry-run"]);
    dry.assert_refused(1, "3 conversations, 2 can be imported");
    assert!(dry.told.contains("1 problems."), "{dry:?}");
    assert_eq!(dry.text(), "line 2: Turn 1 has an unknown role, “narrator”.\n");
    assert_eq!(desk.stored().await, 0);
    // The rest is imported, and the code says that it is not all.
    let done = desk.import(&file, &[]);
    done.assert_refused(1, "2 conversations were imported.");
    assert_eq!(desk.stored().await, 2);
    assert!(done.text().starts_with("line 2: "), "{done:?}");
    let none = desk.write("none.jsonl", bad);
    desk.import(&none, &[]).assert_refused(1, "None of its conversations can be imported.");
    desk.assert_no_import_open().await;
}

#[tokio::test]
async fn what_is_no_file_of_conversations_is_told_as_such() {
    let desk = Desk::new("import-refused").await;
    let utf_16: Vec<u8> = rows(2).encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, words) in [
        ("utf-16", utf_16.as_slice(), "UTF-16"),
        ("packed.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip"),
        ("bundle.zip", b"PK\x03\x04\x14\x00\x00\x00", "zip"),
        ("people.csv", b"name,age\nx,3\n", "none of those"),
        ("empty.jsonl", b"", "empty"),
        ("blank.jsonl", b"\n\n", "no conversation"),
    ] {
        let file = desk.write(name, bytes);
        for more in [&[][..], &["--dry-run"]] {
            desk.import(&file, more).assert_refused(1, words);
        }
    }
    desk.import(&desk.path("missing.jsonl"), &[]).assert_refused(1, "cannot be read");
    desk.import(&desk.path("."), &[]).assert_refused(1, "is no file");
    let file = desk.write("talks.jsonl", rows(2));
    desk.import(&file, &["--origin", &"x".repeat(501)]).assert_refused(1, "500");
    let stranger = ["import", &file, "--email", "nobody@example.com"];
    desk.train(&stranger).assert_refused(1, "no account with the address nobody@example.com");
    desk.train(&["import", &file]).assert_refused(2, "--email");
    desk.train(&["import", "--email", "ann@example.com"]).assert_refused(2, "FILE");
    assert_eq!(desk.stored().await, 0);
    desk.assert_no_import_open().await;
}

#[tokio::test]
async fn a_disk_of_the_database_that_fills_imports_nothing() {
    let desk = Desk::new("import-full").await;
    let file = desk.write("talks.jsonl", rows(50));
    for (table, condition, words) in [
        ("import_chunks", "true", "could not extend file"),
        ("import_rows", "NEW.position = 40", "The disk of the database is full."),
        ("conversations", "NEW.title = 'Question 40?'", "The disk of the database is full."),
    ] {
        desk.fill_up(table, condition).await;
        let ended = desk.import(&file, &[]);
        ended.assert_refused(1, words);
        let lines = ended.told.matches("an import failed").count();
        assert_eq!(lines, usize::from(table != "import_chunks"), "{table}: {}", ended.told);
        assert_eq!(desk.stored().await, 0, "{table}");
        desk.make_room().await;
        desk.assert_no_import_open().await;
    }
    let done = desk.import(&file, &[]);
    assert_eq!((done.code, desk.stored().await), (0, 50), "{done:?}");
}

#[tokio::test]
async fn what_is_interrupted_imports_nothing_until_another_does_it_whole() {
    let desk = Desk::new("import-interrupted").await;
    let file = desk.write("talks.jsonl", rows(200));
    let holder = desk.hold("conversations", "NEW.title = 'Question 150?'").await;
    let mut child = desk.begin(&["import", &file, "--email", "ann@example.com"]);
    desk.wait_until_held(1).await;
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    desk.let_go(holder).await;
    assert_eq!(desk.stored().await, 0, "all or nothing");
    // Whoever comes next does that, too: this one's server is taken for gone.
    desk.change("UPDATE imports SET lease_until = now() - interval '1 second'").await;
    let other = desk.write("other.jsonl", (500..510).map(row).collect::<String>());
    let done = desk.import(&other, &[]);
    assert_eq!((done.code, desk.stored().await), (0, 210), "{done:?}");
    assert_eq!(desk.number("SELECT sum(imported) FROM imports").await, 210);
    desk.assert_no_import_open().await;
}

#[tokio::test]
async fn what_was_exported_is_imported_equal_and_exported_equal_again() {
    let desk = Desk::new("import-equal").await;
    desk.fill(25).await;
    let there = desk.path("there.jsonl");
    let back = desk.path("back.jsonl");
    let export = |email: &str, out: &str, more: &[&str]| {
        desk.train(&[&["export", "--email", email, "--out", out], more].concat())
    };
    for format in [&["--format", "jsonl"][..], &["--kind", "sharegpt"], &["--format", "csv"]] {
        let ended = export("ann@example.com", &there, format);
        assert_eq!(ended.code, 0, "{ended:?}");
        let imported = desk.train(&["import", &there, "--email", "dan@example.com"]);
        assert_eq!(imported.code, 0, "{imported:?}");
        let all = &[format, &["--include", "below_minimum,untrainable"]].concat();
        let ended = export("dan@example.com", &back, all);
        assert_eq!(ended.code, 0, "{ended:?}");
        let texts = |path: &str| {
            let mut texts: Vec<String> = fs::read_to_string(path)
                .expect("it is there")
                .split('"')
                .filter(|part| part.len() > 900)
                .map(Into::into)
                .collect();
            texts.sort();
            texts
        };
        let (one, other) = (texts(&there), texts(&back));
        assert_eq!(one.len(), 50, "{format:?}");
        assert!(one == other, "{format:?}");
        desk.change("DELETE FROM conversations WHERE organization_id IS NULL").await;
    }
}
