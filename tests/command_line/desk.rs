//! A database with people and conversations, as an external one, and commands on it.

use crate::{
    PASSWORD, Server, address, command,
    support::{TestDatabase, fill_with_words, run, scratch_directory, texts},
};
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};
use uuid::Uuid;

/// Whoever waits for the lock that a test holds.
const WAITING: &str = "FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Ann has an organization; Dan is alone.
pub struct Desk {
    pub test: TestDatabase,
    /// For files, and as the data directory.
    pub directory: PathBuf,
    pub ann: Uuid,
    pub team: Uuid,
}

/// How a command ended: its code, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: Vec<u8>,
    pub told: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let told = String::from_utf8(output.stderr).expect("text");
        Self { code: output.status.code().expect("it was not killed"), out: output.stdout, told }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("text")
    }

    /// It could not do what it was to, and says why in one line.
    #[track_caller]
    pub fn assert_refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.told.contains(words), "{words}: {self:?}");
        assert!(!self.told.contains("panicked"), "{self:?}");
    }
}

impl Desk {
    pub async fn new(name: &str) -> Self {
        let test = TestDatabase::new().await;
        let ann = test.account("Ann").await;
        test.account("Dan").await;
        let team = test.organization("Team", &[(ann, "owner")]).await;
        let directory = scratch_directory(name);
        fs::create_dir_all(&directory).expect("a directory");
        Self { test, directory, ann, team }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.directory, arguments);
        command.env("DATABASE_URL", address(&self.test));
        command
    }

    pub fn train(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).stdin(Stdio::null()).output().expect("it ends"))
    }

    /// Begins, and goes on beside the test.
    pub fn begin(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdin(Stdio::null()).spawn().expect("it starts")
    }

    pub fn ended(child: Child) -> Ended {
        Ended::of(child.wait_with_output().expect("it ends"))
    }

    /// A server on the same database.
    pub fn serve(&self) -> Server {
        let mut serve = self.command(&["serve"]);
        // So that it has a second line to say.
        serve.env("TRAIN_SIGN_UP", "closed");
        Server::spawned(serve, self.directory.clone())
    }

    /// Ann's cookie at a server.
    pub fn signed_in(&self, server: &Server) -> String {
        let arguments = ["admin", "reset-password", "ann@example.com", "--password-stdin"];
        let mut child = self.command(&arguments).spawn().expect("it starts");
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(format!("{PASSWORD}\n").as_bytes()).expect("it reads");
        drop(input);
        let reset = Self::ended(child);
        assert_eq!(reset.code, 0, "{reset:?}");
        let body = format!(r#"{{"email":"ann@example.com","password":"{PASSWORD}"}}"#);
        let answer = post(server, "/api/auth/sign-in", "", &body);
        let cookie = answer.split("set-cookie: ").nth(1).unwrap_or_else(|| panic!("{answer}"));
        cookie.split(';').next().expect("a value").to_owned()
    }

    /// The path of a file beside others of the test.
    pub fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.directory.join(name), bytes).expect("it can be written");
        self.path(name)
    }

    /// Which files the test has: none that a command left half.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory).expect("the directory");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "server.lock" && name != "vault.key")
            .collect();
        names.sort();
        names
    }

    /// Conversations of Ann's whose texts can hardly be packed.
    pub async fn fill(&self, count: i32) {
        fill_with_words(&self.test.database, self.ann, self.team, count).await;
    }

    pub async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    pub async fn owner(&self, sql: &str) {
        run(&mut self.test.role("train_owner").await, sql).await;
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.texts(&format!("SELECT (({sql})::bigint)::text")).await[0].parse().expect("a number")
    }

    /// Until this counts something.
    pub async fn wait_for(&self, sql: &str) {
        while self.number(sql).await == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// From now on whoever stores such a row waits at this condition until the lock is given back.
    pub async fn hold(&self, table: &str, condition: &str) -> sqlx::PgConnection {
        let mut holder = self.test.superuser().await;
        run(&mut holder, "SELECT pg_advisory_lock(77)").await;
        self.owner(&format!(
            "CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF {condition} THEN PERFORM pg_advisory_xact_lock(77); END IF;
               RETURN NEW;
             END $$;
             CREATE TRIGGER held BEFORE INSERT ON public.{table}
               FOR EACH ROW EXECUTE FUNCTION public.hold()"
        ))
        .await;
        holder
    }

    pub async fn wait_until_held(&self, count: i64) {
        while self.number(&format!("SELECT count(*) {WAITING}")).await < count {
            tokio::task::yield_now().await;
        }
    }

    /// Everything goes on.
    pub async fn let_go(&self, mut holder: sqlx::PgConnection) {
        run(&mut holder, "SELECT pg_advisory_unlock(77)").await;
        while self.number(&format!("SELECT count(*) {WAITING}")).await > 0 {
            tokio::task::yield_now().await;
        }
        self.owner("DROP FUNCTION public.hold() CASCADE").await;
    }

    /// From now on the database stores no such row: as on a disk that is full.
    pub async fn fill_up(&self, table: &str, condition: &str) {
        self.owner(&format!(
            "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF {condition} THEN
                 RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';
               END IF;
               RETURN NEW;
             END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON public.{table}
               FOR EACH ROW EXECUTE FUNCTION public.refuse()"
        ))
        .await;
    }

    /// There is room again.
    pub async fn make_room(&self) {
        self.owner("DROP FUNCTION public.refuse() CASCADE").await;
    }
}

pub fn post(server: &Server, path: &str, cookie: &str, body: &str) -> String {
    server.answer(&format!(
        "POST {path} HTTP/1.1\nHost: {0}\nOrigin: http://{0}\nCookie: {cookie}\n\
         Content-Type: application/json\nContent-Length: {1}\nConnection: close\n\n{body}",
        server.address,
        body.len()
    ))
}
