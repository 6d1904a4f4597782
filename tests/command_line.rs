//! The program itself: serving, stopping, and an operator's chores beside it, with its own
//! PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

mod command_line {
    mod desk;
    mod disk_full;
    mod exports;
    mod imports;
}

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

const PASSWORD: &str = "a quiet green meadow";

fn command(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    for name in [
        "DATABASE_URL",
        "TRAIN_PUBLIC_URL",
        "TRAIN_SIGN_UP",
        "TRAIN_LOG",
        "TRAIN_LOG_FORMAT",
        "TRAIN_BACKUP_DIR",
    ] {
        command.env_remove(name);
    }
    command.env("TRAIN_DATA_DIR", data_dir).env("TRAIN_ADDR", "127.0.0.1:0");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn train(data_dir: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = command(data_dir, arguments).spawn().expect("the program starts");
    // A command that does not read may be over by now.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

#[track_caller]
fn succeeds(data_dir: &Path, arguments: &[&str], input: &str) -> String {
    let output = train(data_dir, arguments, input);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn fails(data_dir: &Path, arguments: &[&str], input: &str, code: i32) -> String {
    let output = train(data_dir, arguments, input);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).expect("text")
}

fn create<'a>(email: &'a str, name: &'a str) -> [&'a str; 7] {
    ["admin", "create", "--email", email, "--name", name, "--password-stdin"]
}

/// How the program reaches a database of the tests, as an external one.
fn address(test: &support::TestDatabase) -> String {
    let options = test.options();
    let socket = options.get_socket().expect("the cluster listens on a socket").display();
    let (user, name) = (options.get_username(), options.get_database().expect("it has a name"));
    format!("postgres://{user}@localhost:{}/{name}?host={socket}", options.get_port())
}

fn is_running(data_dir: &Path) -> bool {
    data_dir.join("postgres/postmaster.pid").exists()
}

#[test]
fn chores_start_the_database_for_as_long_as_they_take() {
    let directory = support::scratch_directory("chores");
    assert!(
        succeeds(&directory, &["migrate", "status"], "")
            .lines()
            .all(|line| line.ends_with("missing"))
    );
    assert!(!is_running(&directory), "it was stopped again");
    assert!(succeeds(&directory, &["migrate", "up"], "").contains("applied 0001"));
    assert!(succeeds(&directory, &["migrate", "up"], "").contains("up to date"));
    assert!(
        succeeds(&directory, &["migrate", "status"], "")
            .lines()
            .all(|line| line.ends_with("applied"))
    );
    assert!(succeeds(&directory, &["admin", "list"], "").contains("no account yet"));

    let secret = format!("{PASSWORD}\n");
    succeeds(&directory, &create("ann@example.com", "Ann"), &secret);
    assert!(
        fails(&directory, &create("ANN@example.com", "Ann"), &secret, 1).contains("exists already")
    );
    assert!(fails(&directory, &create("ben", "Ben"), "short\n", 1).contains("too short"));
    assert!(
        fails(&directory, &["admin", "create", "--email", "b@c.de", "--name", "B"], "", 1)
            .contains("--password-stdin")
    );
    assert!(
        fails(&directory, &["admin", "disable", "ann@example.com"], "", 1)
            .contains("only administrator")
    );
    assert!(
        fails(&directory, &["admin", "promote", "ben@example.com"], "", 1)
            .contains("does not exist")
    );

    succeeds(&directory, &create("ben@example.com", "Ben"), &secret);
    succeeds(&directory, &["admin", "disable", "ann@example.com"], "");
    let list = succeeds(&directory, &["admin", "list"], "");
    assert!(
        list.lines().any(|line| line.starts_with("disabled") && line.contains("ann@example.com")),
        "{list}"
    );
    succeeds(&directory, &["admin", "enable", "ann@example.com"], "");
    succeeds(
        &directory,
        &["admin", "reset-password", "ann@example.com", "--password-stdin"],
        "another fine sentence\n",
    );
    assert!(
        fails(&directory, &["admin", "reset-second-factor", "ann@example.com"], "", 1)
            .contains("no two-step verification")
    );
    assert!(succeeds(&directory, &["audit", "verify"], "").contains("whole"));
    let log = succeeds(&directory, &["admin", "log"], "");
    let done: Vec<&str> =
        log.lines().map(|line| line.split("  ").last().expect("the command").trim()).collect();
    assert_eq!(
        done,
        [
            r#"admin reset-password ann@example.com {"sessionsEnded":0}"#,
            "admin enable ann@example.com",
            "admin disable ann@example.com",
            r#"admin create ben@example.com {"displayName":"Ben"}"#,
            r#"admin create ann@example.com {"displayName":"Ann"}"#,
        ],
        "every command that did something is on record, the newest first, and no password: {log}"
    );
    assert!(!is_running(&directory));
}

#[test]
fn a_step_is_taken_back_only_when_somebody_says_so_and_no_server_runs() {
    let server = Server::start(support::scratch_directory("down"));
    let down = |input: &str, more: &[&str]| {
        let arguments = [&["migrate", "down"], more].concat();
        train(&server.data_dir, &arguments, input)
    };
    let text = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    for (input, more) in [("train\n", &[][..]), ("", &["--yes"])] {
        let beside = down(input, more);
        assert_eq!(beside.status.code(), Some(1), "{beside:?}");
        assert!(text(&beside).contains("Another Train server"), "{}", text(&beside));
    }
    let directory = server.data_dir.clone();
    server.stop();
    let applied = || {
        let status = succeeds(&directory, &["migrate", "status"], "");
        status.lines().filter(|line| line.ends_with("applied")).count()
    };
    let before = applied();
    for input in ["", "yes\n", "postgres\n"] {
        let asked = fails(&directory, &["migrate", "down"], input, 1);
        assert!(asked.contains("from the database “train”"), "{asked}");
        assert!(asked.contains("Type “train” to go on") && asked.contains("Nothing was done"));
    }
    assert_eq!(applied(), before);
    assert!(succeeds(&directory, &["migrate", "down"], "train\n").contains("took back"));
    assert!(succeeds(&directory, &["migrate", "down", "--yes"], "").contains("took back"));
    assert_eq!(applied(), before - 2);
}

#[tokio::test]
async fn a_step_is_not_taken_back_beside_a_server_of_an_external_database() {
    let test = support::TestDatabase::new().await;
    let directory = support::scratch_directory("down-external");
    let address = address(&test);
    let down = || {
        let mut command = command(&directory, &["migrate", "down", "--yes"]);
        command.env("DATABASE_URL", &address).output().expect("it ends")
    };
    let beside = down();
    assert_eq!(beside.status.code(), Some(1), "{beside:?}");
    let said = String::from_utf8_lossy(&beside.stderr).into_owned();
    assert!(said.contains("are connected to this database"), "{said}");
}

/// Files that hold what people saved, and what opens it, are for the server's user alone.
#[test]
fn nobody_else_reads_what_lies_in_the_data_directory() {
    use std::os::unix::fs::PermissionsExt;
    let directory = support::scratch_directory("modes");
    std::fs::create_dir_all(&directory).expect("it can be made");
    // As an earlier version left them.
    for name in ["server.lock", "postgres.log", "postgres.log.1"] {
        let file = directory.join(name);
        std::fs::write(&file, "").expect("it can be written");
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&file, open).expect("it is ours");
    }
    let server = Server::start(directory.clone());
    succeeds(&directory, &["backup"], "");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&directory).expect("the data directory") {
        let path = entry.expect("an entry").path();
        let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
        seen.push(path.file_name().expect("a name").to_string_lossy().into_owned());
    }
    seen.sort();
    let expected = [
        "backups",
        "postgres",
        "postgres.log",
        "postgres.log.1",
        "run",
        "server.lock",
        "vault.key",
    ];
    assert_eq!(seen, expected);
    for entry in std::fs::read_dir(directory.join("backups")).expect("the backups") {
        let path = entry.expect("an entry").path();
        let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    server.stop();
}

#[test]
fn stored_keys_that_cannot_be_opened_are_told_at_start() {
    let directory = support::scratch_directory("vault");
    let server = Server::start(directory.clone());
    succeeds(&directory, &create("ann@example.com", "Ann"), &format!("{PASSWORD}\n"));
    let send = |server: &Server, path: &str, cookie: &str, body: &str| {
        server.answer(&format!(
            "POST {path} HTTP/1.1\nHost: {0}\nOrigin: http://{0}\nCookie: {cookie}\n\
                Content-Type: application/json\nContent-Length: {1}\nConnection: close\n\n{body}",
            server.address,
            body.len()
        ))
    };
    let body = format!(r#"{{"email":"ann@example.com","password":"{PASSWORD}"}}"#);
    let signed_in = send(&server, "/api/auth/sign-in", "", &body);
    let cookie = signed_in.split("set-cookie: ").nth(1).expect("a cookie");
    let cookie = cookie.split(';').next().expect("a value").to_owned();
    let key = r#"{"newPrimaryKey":"sk-ant-api03-0123456789abcdef-a1b2"}"#;
    let rotate = "/api/ai-configuration/rotate-key";
    assert!(send(&server, rotate, &cookie, key).starts_with("HTTP/1.1 200"));
    assert!(!server.stop().contains("stored keys are unreadable"));
    let status = succeeds(&directory, &["vault", "status"], "");
    assert!(status.contains("1  person") && status.contains("  readable"), "{status}");

    let file = directory.join("vault.key");
    std::fs::remove_file(&file).expect("it is there");
    let server = Server::start_again(directory.clone());
    assert!(send(&server, rotate, &cookie, key).contains("vault_key_missing"));
    let log = server.stop();
    assert!(!file.exists(), "no other one is made unasked");
    for part in [
        "there is no master key, and keys are stored",
        "count=1",
        "owners=\"person\"",
        "sealed_under=",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains("sk-ant-api03"));
    assert!(
        fails(&directory, &["vault", "status"], "", 1).contains("1 stored keys are unreadable")
    );
    assert!(fails(&directory, &["vault", "replace"], "no\n", 1).contains("Nothing was done"));
    assert!(succeeds(&directory, &["vault", "replace"], "replace\n").contains("new master key"));

    let server = Server::start_again(directory.clone());
    assert!(send(&server, rotate, &cookie, key).starts_with("HTTP/1.1 200"), "stored again");
    let log = server.stop();
    assert!(log.contains("stored keys are unreadable: their master key is not here"), "{log}");
}

#[tokio::test]
async fn what_was_altered_in_the_history_is_named() {
    let test = support::TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut person = test.person(ann).await;
    for rows in [10, 50, 100] {
        let sql =
            format!("UPDATE user_preferences SET preferences = '{{\"rowsPerPage\": {rows}}}'");
        support::run(&mut person, &sql).await;
    }
    let target =
        support::texts(&mut person, "SELECT id::text FROM user_preferences").await.remove(0);
    let address = address(&test);
    let directory = support::scratch_directory("tampering");
    let verify = || {
        command(&directory, &["audit", "verify"])
            .env("DATABASE_URL", &address)
            .output()
            .expect("it ends")
    };
    let whole = verify();
    assert!(whole.status.success(), "{whole:?}");
    assert!(String::from_utf8_lossy(&whole.stdout).contains("whole: 3 rows"));
    let forged =
        "UPDATE configuration_audit_log SET new_value = '{\"rowsPerPage\": 25}' WHERE version = 3";
    support::run(&mut test.role("train_owner").await, forged).await;
    let found = verify();
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    let whole = String::from_utf8(whole.stdout).expect("text");
    let anchor = whole.lines().find_map(|line| line.strip_prefix("Anchor: ")).expect("an anchor");
    let held_against = command(&directory, &["audit", "verify", "--anchor", anchor])
        .env("DATABASE_URL", &address)
        .output()
        .expect("it ends");
    assert_eq!(held_against.status.code(), Some(1), "{held_against:?}");
    let told = String::from_utf8(found.stdout).expect("text");
    assert_eq!(told, format!("{target} version 3: the row was altered after it was written\n"));
    assert!(String::from_utf8(found.stderr).expect("text").contains("tampered"));
}

#[test]
fn a_backup_is_restored_beside_the_database_and_takes_its_place() {
    let directory = support::scratch_directory("backup");
    let secret = format!("{PASSWORD}\n");
    succeeds(&directory, &create("ann@example.com", "Ann"), &secret);
    let file = directory.join("own.dump").display().to_string();
    assert!(succeeds(&directory, &["backup", "--output", &file], "").contains("SHA-256"));
    assert!(fails(&directory, &["backup", "--output", &file], "", 1).contains("exists already"));
    succeeds(&directory, &create("ben@example.com", "Ben"), &secret);

    assert!(fails(&directory, &["restore", &file, "--into", "train"], "", 1).contains("already"));
    assert_eq!(
        train(&directory, &["restore", &file], "").status.code(),
        Some(2),
        "a name must be given"
    );
    let said = succeeds(&directory, &["restore", &file, "--into", "restored"], "");
    assert!(
        said.contains("The history is whole.") && said.contains("--switch-to restored"),
        "{said}"
    );
    assert!(
        succeeds(&directory, &["admin", "list"], "").contains("ben@example.com"),
        "nothing is switched by itself"
    );
    assert!(
        fails(&directory, &["restore", "--switch-to", "nothing"], "", 1)
            .contains("no restored database")
    );
    let switched = succeeds(&directory, &["restore", "--switch-to", "restored"], "");
    let before = &switched[switched.find("train_before_").expect("a name")..];
    let before = before.split('”').next().expect("an end");
    let log = succeeds(&directory, &["admin", "log"], "");
    assert!(log.contains("restore --switch-to") && log.contains(before), "{log}");
    let list = succeeds(&directory, &["admin", "list"], "");
    assert!(list.contains("ann@example.com") && !list.contains("ben@example.com"), "{list}");

    succeeds(&directory, &["backup"], "");
    let kept = std::fs::read_dir(directory.join("backups")).expect("the directory of backups");
    assert_eq!(kept.count(), 2, "the backup and its checksum");
    assert!(!is_running(&directory));
}

#[test]
fn a_value_that_cannot_be_used_is_named() {
    let directory = support::scratch_directory("config");
    let output = command(&directory, &[])
        .env("TRAIN_SIGN_UP", "maybe")
        .env("TRAIN_SESSION_DAYS", "0")
        .output();
    let output = output.expect("the program ends");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(text.contains("TRAIN_SIGN_UP is not usable: “maybe” is not open or closed"), "{text}");
    assert!(text.contains("TRAIN_SESSION_DAYS"), "{text}");
    assert!(!directory.exists(), "nothing was begun");
    assert_eq!(train(&directory, &["nonsense"], "").status.code(), Some(2));
}

struct Server {
    child: Child,
    address: String,
    greeting: String,
    data_dir: PathBuf,
    /// Read all the time: a server whose log nobody reads stands still once the pipe is full.
    log: std::thread::JoinHandle<String>,
}

impl Server {
    fn start(data_dir: PathBuf) -> Self {
        Self::spawned(command(&data_dir, &["serve"]), data_dir)
    }

    /// When there are accounts already: closed, so that it has a second line to say.
    fn start_again(data_dir: PathBuf) -> Self {
        let mut command = command(&data_dir, &["serve"]);
        command.env("TRAIN_SIGN_UP", "closed");
        Self::spawned(command, data_dir)
    }

    /// One that may have so many files open.
    fn with_files(files: u32, data_dir: PathBuf) -> Self {
        let wanted = command(&data_dir, &["serve"]);
        let mut limited = Command::new("sh");
        let script = format!("ulimit -n {files} && exec \"$0\" serve");
        limited.args(["-c", &script, env!("CARGO_BIN_EXE_train")]);
        limited.current_dir(env!("CARGO_MANIFEST_DIR"));
        for (name, value) in wanted.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::spawned(limited, data_dir)
    }

    fn spawned(mut command: Command, data_dir: PathBuf) -> Self {
        let mut child = command.env("TRAIN_LOG", "debug").spawn().expect("the program starts");
        let mut errors = child.stderr.take().expect("it is piped");
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).expect("text");
            text
        });
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let greeting = lines.next().expect("it greets").expect("text");
        let address = greeting.rsplit_once("//").expect("an address").1.to_owned();
        let greeting = lines.next().map_or_else(String::new, |line| line.expect("text"));
        Self { child, address, greeting, data_dir, log }
    }

    fn ask(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit");
        stream.write_all(request.replace('\n', "\r\n").as_bytes()).expect("it reads");
        stream
    }

    fn answer(&self, request: &str) -> String {
        let mut text = String::new();
        self.ask(request).read_to_string(&mut text).expect("it answers");
        text
    }

    /// Asks it to stop, and answers what it wrote to its log.
    fn stop(mut self) -> String {
        let process = nix::unistd::Pid::from_raw(self.child.id().try_into().expect("a process id"));
        nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM).expect("it runs");
        let ended = self.child.wait().expect("it ends");
        let log = self.log.join().expect("the log is read");
        assert!(ended.success(), "{log}");
        // Of its own work too, which nobody waits for.
        assert!(!log.contains("panicked"), "{log}");
        assert!(!is_running(&self.data_dir), "its PostgreSQL stopped with it");
        log
    }
}

#[test]
fn issue_13_1_3_half_requests_do_not_use_up_the_files_of_the_server() {
    let server = Server::with_files(300, support::scratch_directory("half-requests"));
    let request = "GET /healthz HTTP/1.1\nHost: train.test\nConnection: close\n\n";
    let mut half = Vec::new();
    for number in 0..320 {
        half.push(server.ask("GET /healthz HTTP/1.1\nHost: tr"));
        if number % 40 == 39 {
            let answer = server.answer(request);
            assert!(answer.starts_with("HTTP/1.1 200"), "beside {number}: {answer}");
        }
    }
    let pages = server.answer("GET /sign-up HTTP/1.1\nHost: train.test\nConnection: close\n\n");
    assert!(pages.starts_with("HTTP/1.1 200"), "the database is reached as well: {pages}");
    // The oldest made room, the newest still wait.
    let ended = half[0].read(&mut [0; 1]);
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    half[319].write_all(b"ain\r\nConnection: close\r\n\r\n").expect("it waits");
    let mut answer = String::new();
    half[319].read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let log = server.stop();
    assert_eq!(log.matches("there is no room for more connections").count(), 1, "{log}");
    assert!(!log.contains("cut off"), "{log}");
}

#[test]
fn a_server_serves_beside_chores_and_stops_in_order() {
    let server = Server::start(support::scratch_directory("server"));
    assert!(server.greeting.contains("first one becomes the administrator"), "{}", server.greeting);
    succeeds(&server.data_dir, &create("ann@example.com", "Ann"), &format!("{PASSWORD}\n"));
    assert!(
        fails(&server.data_dir, &["serve"], "", 1).contains("TRAIN_DATA_DIR"),
        "one server per directory"
    );

    let body = format!(r#"{{"email":"ann@example.com","password":"{PASSWORD}"}}"#);
    let signed_in = server.answer(&format!(
        "POST /api/auth/sign-in?trace=query-secret HTTP/1.1\nHost: {}\n\
            Content-Type: application/json\nContent-Length: {}\nConnection: close\n\n{body}",
        server.address,
        body.len()
    ));
    assert!(signed_in.starts_with("HTTP/1.1 200"), "{signed_in}");
    let cookie = signed_in
        .split("set-cookie: ")
        .nth(1)
        .expect("a cookie")
        .split(';')
        .next()
        .expect("a value");

    // A stream of events does not end by itself: it must not keep the server from stopping.
    let mut events = server
        .ask(&format!("GET /api/events HTTP/1.1\nHost: {}\nCookie: {cookie}\n\n", server.address));
    let mut first = [0; 12];
    events.read_exact(&mut first).expect("the stream opens");
    assert_eq!(&first, b"HTTP/1.1 200");

    let cookie = cookie.split_once('=').expect("a value").1.to_owned();
    let log = server.stop();
    events.read_to_end(&mut Vec::new()).expect("the stream ends in order");
    assert!(log.contains("answered") && log.contains("/api/auth/sign-in"), "{log}");
    // The beginning of a stored hash; the schema itself, which is logged when it is made, names the
    // algorithm only.
    for secret in [PASSWORD, cookie.as_str(), "query-secret", "$argon2id$v="] {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
    assert!(!log.contains("cut off"), "{log}");
}
