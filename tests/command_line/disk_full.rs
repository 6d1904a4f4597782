//! A disk that is really full: a small one of its own for the data directory, in a mount namespace
//! that goes with the server. Where that is not allowed, `http/outage.rs` has the same with an
//! error that the database raises; continuous integration, which sets [`MUST_RUN`], fails then.

use crate::{PASSWORD, Server, command, support::scratch_directory};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
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
    server.answer(&format!(
        "{method} {path} HTTP/1.1\nHost: {0}\nOrigin: http://{0}\nCookie: {cookie}\n\
         Content-Type: application/json\nContent-Length: {1}\nConnection: close\n\n{body}",
        server.address,
        body.len()
    ))
}

#[test]
fn issue_13_4_3_a_full_disk_is_told_as_such_and_is_over_when_there_is_room() {
    let directory = scratch_directory("full");
    fs::create_dir_all(&directory).expect("a directory");
    let allowed = in_a_namespace(&directory, "true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        let must = std::env::var_os(MUST_RUN).is_some_and(|value| !value.is_empty());
        assert!(!must, "no disk may be mounted here, and {MUST_RUN} is set");
        eprintln!("no disk may be mounted here; see http/outage.rs");
        return;
    }
    let serve = format!("exec {} serve", env!("CARGO_BIN_EXE_train"));
    let mut shell = in_a_namespace(&directory, &serve);
    let usual = command(&directory, &["serve"]);
    shell.current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let server = Server::spawned(shell, directory.clone());

    let account =
        format!(r#"{{"email":"ann@example.com","password":"{PASSWORD}","displayName":"Ann"}}"#);
    let signed_up = request(&server, "POST", "/api/auth/sign-up", "", &account);
    assert!(signed_up.starts_with("HTTP/1.1 201"), "{signed_up}");
    let cookie = &signed_up[signed_up.find("train_session_").expect("a cookie")..];
    let cookie = cookie.split(';').next().expect("a value").to_owned();
    let ready = || request(&server, "GET", "/readyz", "", "");
    assert!(ready().starts_with("HTTP/1.1 200"));

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
    drop(file);
    assert!(ready().starts_with("HTTP/1.1 200"), "{}", ready());
    let saved =
        request(&server, "PATCH", "/api/user-preferences", &cookie, r#"{"rowsPerPage":10}"#);
    assert!(saved.starts_with("HTTP/1.1 200"), "{saved}");
    server.stop();
}
