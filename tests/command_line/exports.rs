//! `train export`: a whole file and 0, or a sentence, another code and no file.

use super::desk::{Desk, Ended, post};
use crate::support::run;
use sha2::{Digest, Sha256};
use sqlx::{Connection as _, PgConnection};
use std::{
    fs::{self, File},
    io::Read as _,
    process::Stdio,
};
use uuid::Uuid;

/// What Ann exports, and how.
fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let own = ["export", "--email", "ann@example.com"];
    own.into_iter().chain(more.iter().copied()).collect()
}

impl Desk {
    fn export(&self, more: &[&str]) -> Ended {
        self.train(&arguments(more))
    }

    /// A file that was written, and what was said of it.
    fn exported(&self, name: &str, more: &[&str]) -> (Vec<u8>, Ended) {
        let path = self.path(name);
        let ended = self.export(&[&["--out", path.as_str()], more].concat());
        assert_eq!(ended.code, 0, "{ended:?}");
        let file = fs::read(&path).expect("it is there");
        let sum = hex::encode(Sha256::digest(&file));
        let told = format!(" conversations, {} bytes, SHA-256 {sum}\n", file.len());
        assert!(ended.text().starts_with(&format!("{path}: ")), "{ended:?}");
        assert!(ended.text().ends_with(&told), "{ended:?}");
        (file, ended)
    }

    /// Nothing waits for anybody.
    async fn assert_no_export_open(&self) {
        let open = "SELECT count(*) FROM exports WHERE state IN ('queued', 'running', 'done')";
        assert_eq!(self.number(open).await, 0);
        assert_eq!(self.number("SELECT count(*) FROM export_chunks").await, 0);
    }
}

#[tokio::test]
async fn an_export_is_written_whole_and_says_what_it_is() {
    let desk = Desk::new("export").await;
    desk.fill(60).await;
    desk.change(
        "UPDATE conversations SET status = 'rejected', is_decided = true WHERE title = 'Talk 3'",
    )
    .await;
    let lines = |file: &[u8]| file.iter().filter(|byte| **byte == b'\n').count();
    // What is there is replaced.
    desk.write("talks.jsonl", "before");
    let (plain, ended) = desk.exported("talks.jsonl", &["--format", "jsonl"]);
    assert_eq!(lines(&plain), 59);
    assert!(ended.told.contains("Left out: 1, rejected by a person."), "{ended:?}");
    assert!(ended.text().contains("59 conversations"), "{ended:?}");
    let (all, _) = desk.exported("talks.jsonl", &["--format", "jsonl", "--include", "rejected"]);
    assert_eq!(lines(&all), 60);
    let (packed, _) = desk.exported("talks.jsonl.gz", &["--format", "jsonl"]);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
    assert!(unpacked == plain);
    // To standard output nothing but the file.
    let streamed = desk.export(&["--format", "jsonl", "--out", "-"]);
    assert_eq!(streamed.code, 0, "{streamed:?}");
    assert!(streamed.out == plain && streamed.told.contains("59 conversations, "));
    for (format, begin) in
        [("csv", &b"\xef\xbb\xbf\"id\""[..]), ("json", b"["), ("markdown", b"# ")]
    {
        let (file, _) = desk.exported("other", &["--format", format]);
        assert!(file.starts_with(begin), "{format}");
    }
    let (sharegpt, _) =
        desk.exported("other", &["--kind", "sharegpt", "--filter", "tier=template"]);
    assert!(sharegpt.starts_with(b"{\"conversations\":"));
    let (zip, _) = desk.exported("talks.zip", &["--bundle"]);
    assert!(zip.starts_with(b"PK"));
    assert_eq!(desk.files(), ["other", "talks.jsonl", "talks.jsonl.gz", "talks.zip"]);
    desk.assert_no_export_open().await;
    let log = desk.train(&["admin", "log"]);
    assert_eq!(log.text().matches("export ann@example.com").count(), 9, "{}", log.text());
}

#[tokio::test]
async fn what_cannot_be_exported_is_told_and_no_file_is_touched() {
    let desk = Desk::new("export-refused").await;
    desk.fill(3).await;
    let kept = desk.write("kept.jsonl", "before");
    let none = Uuid::nil().to_string();
    let nowhere = desk.path("no/where.jsonl");
    let out = ["--out", kept.as_str()];
    for (code, words, more) in [
        (1, "Nothing to export", &["--filter", "status=draft"][..]),
        (1, "color", &["--filter", "color=red"]),
        (1, "does not exist", &["--version", &none]),
        (1, "cannot be included", &["--include", "gone"]),
        (2, "--format", &["--format", "xml"]),
        (2, "--kind", &["--kind", "xml"]),
        (2, "--include", &["--include", "xml"]),
        (2, "--version", &["--version", "3"]),
        (2, "cannot be used with", &["--version", &none, "--filter", ""]),
        (1, "Only JSONL has kinds", &["--format", "csv", "--kind", "alpaca"]),
    ] {
        desk.export(&[&out[..], more].concat()).assert_refused(code, words);
    }
    desk.export(&[]).assert_refused(2, "--out");
    desk.export(&["--out", &nowhere]).assert_refused(1, "there is no such directory");
    desk.export(&["--out", ".."]).assert_refused(1, "no name of a file");
    let stranger = ["export", "--email", "nobody@example.com", "--out", &kept];
    desk.train(&stranger).assert_refused(1, "no account with the address nobody@example.com");
    desk.train(&["export", "--email", "nobody", "--out", &kept]).assert_refused(1, "address");
    assert_eq!(fs::read_to_string(&kept).expect("it is there"), "before");
    assert_eq!(desk.files(), ["kept.jsonl"]);
    desk.assert_no_export_open().await;
}

#[tokio::test]
async fn an_output_that_takes_no_more_ends_it() {
    let desk = Desk::new("export-output").await;
    desk.fill(1500).await;
    let standard = ["--format", "jsonl", "--out", "-"];
    let full = File::options().write(true).open("/dev/full").expect("there is one");
    let mut command = desk.command(&arguments(&standard));
    let child = command.stdin(Stdio::null()).stdout(full).spawn().expect("it starts");
    Desk::ended(child).assert_refused(1, "there is no room left on the disk");
    desk.assert_no_export_open().await;
    // A reader that stops.
    let mut child = desk.begin(&arguments(&standard));
    let mut reader = child.stdout.take().expect("it is piped");
    reader.read_exact(&mut [0; 100]).expect("it begins");
    drop(reader);
    Desk::ended(child).assert_refused(1, "Nobody reads the output any more.");
    desk.assert_no_export_open().await;
}

#[tokio::test]
async fn a_disk_of_the_database_that_fills_leaves_no_file_and_one_line_in_the_log() {
    let desk = Desk::new("export-full").await;
    desk.fill(1500).await;
    let second = "(SELECT count(*) FROM public.export_chunks WHERE export_id = NEW.export_id) = 1";
    desk.fill_up("export_chunks", second).await;
    let path = desk.path("talks.jsonl");
    let ended = desk.export(&["--format", "jsonl", "--out", &path]);
    ended.assert_refused(1, "The disk of the database is full, so the file could not be stored.");
    assert_eq!(ended.told.matches("an export failed").count(), 1, "{}", ended.told);
    assert_eq!(ended.told.lines().count(), 2, "the log's line and the sentence: {}", ended.told);
    assert!(desk.files().is_empty());
    desk.assert_no_export_open().await;

    let server = desk.serve();
    let cookie = desk.signed_in(&server);
    let asked = r#"{"query":"","options":{"format":"jsonl","gzip":false}}"#;
    let answer = post(&server, "/api/exports", &cookie, asked);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    desk.wait_for("SELECT count(*) - 1 FROM exports WHERE state = 'failed'").await;
    desk.make_room().await;
    desk.fill_up("selection_items", "true").await;
    let answer = post(&server, "/api/exports", &cookie, asked);
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("disk_full"), "{answer}");
    desk.make_room().await;
    assert_eq!(desk.exported("talks.jsonl", &["--format", "jsonl"]).0.last(), Some(&b'\n'));
    let log = server.stop();
    let trouble: Vec<&str> =
        log.lines().filter(|line| line.contains("could not extend file")).collect();
    assert_eq!(trouble.len(), 2, "one for each that failed: {trouble:#?}");
    assert!(
        trouble[0].contains("ERROR") && trouble[0].contains("an export failed"),
        "{trouble:#?}"
    );
}

#[tokio::test]
async fn what_is_interrupted_leaves_nothing_half_and_is_whole_when_it_is_asked_for_again() {
    let desk = Desk::new("export-interrupted").await;
    desk.fill(1500).await;
    let (whole, _) = desk.exported("first.jsonl", &["--format", "jsonl"]);
    let second = "(SELECT count(*) FROM public.export_chunks WHERE export_id = NEW.export_id) = 1";
    let holder = desk.hold("export_chunks", second).await;
    // A server writes one and is gone in the middle of it, and so is a command.
    let mut server = desk.serve();
    let cookie = desk.signed_in(&server);
    let asked = r#"{"query":"","options":{"format":"jsonl","gzip":false}}"#;
    let answer = post(&server, "/api/exports", &cookie, asked);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    desk.wait_until_held(1).await;
    server.child.kill().expect("it runs");
    server.child.wait().expect("it ends");
    let path = desk.path("talks.jsonl");
    let mut child = desk.begin(&arguments(&["--format", "jsonl", "--out", &path]));
    desk.wait_until_held(2).await;
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(!desk.files().contains(&"talks.jsonl".to_owned()), "{:?}", desk.files());

    desk.let_go(holder).await;
    desk.change("UPDATE exports SET lease_until = now() - interval '1 second'").await;
    let (again, _) = desk.exported("talks.jsonl", &["--format", "jsonl"]);
    assert!(again == whole);
    assert_eq!(desk.files(), ["first.jsonl", "talks.jsonl"], "no half file is left");
    // What both left behind is written to its end by whichever server comes next.
    let server = desk.serve();
    desk.change(
        "UPDATE exports SET lease_until = now() - interval '1 second' WHERE state = 'running'",
    )
    .await;
    desk.wait_for("SELECT count(*) / 2 FROM exports WHERE state = 'done'").await;
    let sums = desk.texts("SELECT DISTINCT sha256 FROM exports").await;
    assert_eq!(sums, [hex::encode(Sha256::digest(&whole))]);
    server.stop();
}

#[tokio::test]
async fn a_database_that_is_gone_ends_it_without_a_file() {
    let desk = Desk::new("export-gone").await;
    desk.fill(1500).await;
    let second = "(SELECT count(*) FROM public.export_chunks WHERE export_id = NEW.export_id) = 1";
    let _holder = desk.hold("export_chunks", second).await;
    let path = desk.path("talks.jsonl");
    let child = desk.begin(&arguments(&["--format", "jsonl", "--out", &path]));
    desk.wait_until_held(1).await;
    let options = desk.test.options();
    let name = options.get_database().expect("it has a name").to_owned();
    let elsewhere = options.username("postgres").database("postgres");
    let mut superuser = PgConnection::connect_with(&elsewhere).await.expect("the cluster answers");
    run(&mut superuser, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    let end =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    run(&mut superuser, &end).await;
    let ended = Desk::ended(child);
    ended.assert_refused(1, "The database");
    assert!(desk.files().is_empty(), "{:?}", desk.files());
    // Without a database from the beginning.
    let mut nowhere = desk.command(&arguments(&["--out", &path]));
    nowhere.env("DATABASE_URL", "postgres://train@127.0.0.1:1/train");
    let ended = Desk::ended(nowhere.stdin(Stdio::null()).spawn().expect("it starts"));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(desk.files().is_empty() && !ended.told.contains("panicked"), "{ended:?}");
}
