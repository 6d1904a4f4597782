//! A disk that is really full: a small one of its own for the data directory, in a mount namespace
//! that goes with the server. Where that is not allowed, `http/outage.rs` has the same with an
//! error that the database raises; continuous integration, which sets [`MUST_RUN`], fails then.

use crate::{PASSWORD, Server, command, support::scratch_directory};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Enough for a new cluster and its log, and little to fill.
const SIZE: &str = "size=220m,mode=0711";

/// Of the environment: a test that cannot be run here has failed.
const MUST_RUN: &str = "TRAIN_TESTS_MUST_RUN";

fn in_a_namespace(directory: &Path, then: &str) -> Command {
    let script = format!("mount -t tmpfs -o {SIZE} tmpfs \"$1\" && {then}");
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "--propagation", "private", "sh", "-c", &script, "sh"]).arg(directory);
    shell
}

fn request(server: &Server, method: &str, path: &str, cookie: &str, body: &str) -> String {
    let kind = "application/json";
    answer(server, &format!("{method} {path}"), cookie, kind, body)
}

fn answer(server: &Server, what: &str, cookie: &str, kind: &str, body: &str) -> String {
    server.answer(&format!(
        "{what} HTTP/1.1\nHost: {0}\nOrigin: http://{0}\nCookie: {cookie}\n\
         Content-Type: {kind}\nContent-Length: {1}\nConnection: close\n\n{body}",
        server.address,
        body.len()
    ))
}

/// A server whose data directory is a small disk; none where no disk may be mounted.
fn on_a_small_disk(directory: &Path) -> Option<Server> {
    fs::create_dir_all(directory).expect("a directory");
    let allowed = in_a_namespace(directory, "true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        let must = std::env::var_os(MUST_RUN).is_some_and(|value| !value.is_empty());
        assert!(!must, "no disk may be mounted here, and {MUST_RUN} is set");
        eprintln!("no disk may be mounted here; see http/outage.rs");
        return None;
    }
    let serve = format!("exec {} serve", env!("CARGO_BIN_EXE_train"));
    let mut shell = in_a_namespace(directory, &serve);
    let usual = command(directory, &["serve"]);
    shell.current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(Server::spawned(shell, directory.to_owned()))
}

/// Ann's cookie.
fn signed_up(server: &Server) -> String {
    let account =
        format!(r#"{{"email":"ann@example.com","password":"{PASSWORD}","displayName":"Ann"}}"#);
    let signed_up = request(server, "POST", "/api/auth/sign-up", "", &account);
    assert!(signed_up.starts_with("HTTP/1.1 201"), "{signed_up}");
    let cookie = &signed_up[signed_up.find("train_session_").expect("a cookie")..];
    cookie.split(';').next().expect("a value").to_owned()
}

/// Leaves no byte of room; the file that takes it.
fn fill_up(server: &Server, directory: &Path) -> PathBuf {
    // Through the server's own eyes: nobody else has this disk.
    let root = format!("/proc/{}/root", server.child.id());
    let filler = Path::new(&root).join(directory.strip_prefix("/").expect("absolute")).join("fill");
    let mut file = File::create(&filler).expect("there is room");
    let mut piece = vec![1_u8; 1 << 20];
    while !piece.is_empty() {
        match file.write_all(&piece) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                let shorter = piece.len() / 2;
                piece.truncate(shorter);
            }
            Err(error) => panic!("{error}"),
        }
    }
    filler
}

#[test]
fn issue_13_4_3_a_full_disk_is_told_as_such_and_is_over_when_there_is_room() {
    let directory = scratch_directory("full");
    let Some(server) = on_a_small_disk(&directory) else { return };
    let cookie = signed_up(&server);
    let ready = || request(&server, "GET", "/readyz", "", "");
    assert!(ready().starts_with("HTTP/1.1 200"));

    let filler = fill_up(&server, &directory);
    let full = ready();
    assert!(full.starts_with("HTTP/1.1 503") && full.contains("\"disk_full\""), "{full}");
    // What fits into what the database has already is still stored; then it is told why not.
    let mut told = String::new();
    for rows in [10, 25, 50, 100].into_iter().cycle().take(2000) {
        let body = format!(r#"{{"rowsPerPage":{rows}}}"#);
        told = request(&server, "PATCH", "/api/user-preferences", &cookie, &body);
        if !told.starts_with("HTTP/1.1 200") {
            break;
        }
    }
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("\"disk_full\""), "{told}");
    assert!(told.contains("The disk of the database is full"), "{told}");

    fs::remove_file(&filler).expect("it can be removed");
    assert!(ready().starts_with("HTTP/1.1 200"), "{}", ready());
    let saved =
        request(&server, "PATCH", "/api/user-preferences", &cookie, r#"{"rowsPerPage":10}"#);
    assert!(saved.starts_with("HTTP/1.1 200"), "{saved}");
    server.stop();
}

/// The value of a text in an answer, also of another than the outermost.
fn value<'a>(answer: &'a str, name: &str) -> &'a str {
    let found = answer.split(&format!("\"{name}\":\"")).nth(1);
    found.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no {name}: {answer}"))
}

/// Asks until it stands there.
fn wait_for(server: &Server, path: &str, cookie: &str, state: &str) {
    loop {
        let now = request(server, "GET", path, cookie, "");
        if value(&now, "state") == state {
            return;
        }
        assert_ne!(value(&now, "state"), "failed", "{now}");
        std::thread::yield_now();
    }
}

#[test]
fn files_that_are_sent_and_made_on_a_full_disk_are_whole_or_nothing() {
    let directory = scratch_directory("full-files");
    let Some(server) = on_a_small_disk(&directory) else { return };
    let cookie = signed_up(&server);
    let ask = |method: &str, path: &str, body: &str| request(&server, method, path, &cookie, body);
    let send = |place: &str, file: &str| {
        let what = format!("PUT {place}/file?start=0");
        answer(&server, &what, &cookie, "application/octet-stream", file)
    };
    let begun = |file: &str| {
        let body = format!(r#"{{"fileName":"talks.jsonl","sizeBytes":{}}}"#, file.len());
        let begun = ask("POST", "/api/imports", &body);
        assert!(begun.starts_with("HTTP/1.1 201"), "{begun}");
        format!("/api/imports/{}", value(&begun, "id"))
    };
    // Texts that cannot be packed.
    let word = |number: usize| hex::encode(Sha256::digest(number.to_string()));
    let text = |number: usize| (0..16).map(|own| word(number * 16 + own)).collect::<String>();
    let row = |number: usize| format!(r#"{{"prompt":"Say it","completion":"{}"}}"#, text(number));
    let rows = |count: usize| format!("[{}]", (0..count).map(row).collect::<Vec<_>>().join(","));
    let file = rows(600);
    let place = begun(&file);
    assert!(send(&place, &file).starts_with("HTTP/1.1 200"));
    wait_for(&server, &place, &cookie, "checked");
    assert!(ask("POST", &format!("{place}/start"), "{}").starts_with("HTTP/1.1 200"));
    wait_for(&server, &place, &cookie, "done");
    let set = ask("POST", "/api/data-sets", r#"{"name":"Answers"}"#);
    let versions = format!("/api/data-sets/{}/versions", value(&set, "id"));
    // More than the room that the first one has left behind.
    let more = rows(2500);
    let place = begun(&more);

    let filler = fill_up(&server, &directory);
    let all = r#"["below_minimum","untrainable"]"#;
    let export =
        format!(r#"{{"query":"","options":{{"format":"jsonl","gzip":false,"include":{all}}}}}"#);
    let version = format!(r#"{{"query":"","rules":{{"include":{all}}}}}"#);
    for told in [
        send(&place, &more),
        ask("POST", "/api/exports", &export),
        ask("POST", &versions, &version),
    ] {
        assert!(told.starts_with("HTTP/1.1 503") && told.contains("\"disk_full\""), "{told}");
        assert!(told.contains("The disk of the database is full"), "{told}");
    }
    let kept = ask("GET", &place, "");
    assert!(kept.contains("\"receivedBytes\":0"), "{kept}");
    assert!(ask("GET", "/api/exports", "").contains("\"exports\":[]"));

    fs::remove_file(&filler).expect("it can be removed");
    assert!(send(&place, &more).starts_with("HTTP/1.1 200"), "the same piece again");
    wait_for(&server, &place, &cookie, "checked");
    let made = ask("POST", &versions, &version);
    assert!(made.starts_with("HTTP/1.1 201") && made.contains("\"number\":1"), "{made}");
    let made = ask("POST", "/api/exports", &export);
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    let export = format!("/api/exports/{}", value(&made, "id"));
    wait_for(&server, &export, &cookie, "done");
    let whole = ask("GET", &format!("{export}/file"), "");
    assert_eq!(whole.matches("\"messages\"").count(), 600);
    server.stop();
}
