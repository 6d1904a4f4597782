//! The program itself on the database of a test, beside the servers inside of the test.

use crate::{
    app::MASTER_KEY,
    support::{TestDatabase, scratch_directory},
};
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
};
use tokio::task::JoinHandle;

/// A server process. Dropping it kills it.
pub struct Process {
    child: Child,
    address: String,
    /// Read all the time: a server whose log nobody reads stands still once the pipe is full.
    log: Option<thread::JoinHandle<String>>,
    http: reqwest::Client,
}

/// What it answered.
pub struct Page {
    pub status: u16,
    pub cookie: Option<String>,
    pub text: String,
}

impl Process {
    pub fn start(database: &TestDatabase, claude: &str, variables: &[(&str, &str)]) -> Self {
        // Its client shares a library with this one, which asks for a TLS provider even where there
        // is no TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
        command.arg("serve").current_dir(env!("CARGO_MANIFEST_DIR"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("TRAIN_") || name.starts_with("ANTHROPIC_") {
                command.env_remove(name);
            }
        }
        command
            .env("DATABASE_URL", address_of(database))
            .env("TRAIN_DATA_DIR", scratch_directory("process"));
        command
            .env("TRAIN_ADDR", "127.0.0.1:0")
            .env("TRAIN_VAULT_KEY", MASTER_KEY)
            .env("ANTHROPIC_API_BASE_URL", claude);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut errors = child.stderr.take().expect("it is piped");
        let log = thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).expect("text");
            text
        });
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let Some(Ok(greeting)) = lines.next() else {
            panic!("it does not greet: {}", log.join().expect("text"))
        };
        let address = greeting.rsplit_once("//").expect("an address").1.to_owned();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { child, address, log: Some(log), http }
    }

    /// As a browser on a page of the server would ask.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        session: &str,
        body: Option<serde_json::Value>,
    ) -> Page {
        let method = method.parse().expect("a method");
        let origin = format!("http://{}", self.address);
        let mut request =
            self.http.request(method, format!("{origin}{path}")).header("origin", &origin);
        if !session.is_empty() {
            request = request.header("cookie", session);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        read(request.send().await.expect("it answers")).await.expect("it ends its answer")
    }

    /// Whether somebody who comes now is still let in.
    pub fn listens(address: &str) -> bool {
        std::net::TcpStream::connect(address).is_ok()
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks for something without waiting for the answer; nothing, when none comes. Aborting the
    /// task is a client that goes away.
    pub fn begin(
        &self,
        path: &str,
        session: &str,
        key: &str,
        body: &serde_json::Value,
    ) -> JoinHandle<Option<Page>> {
        let origin = format!("http://{}", self.address);
        let request = self.http.post(format!("{origin}{path}")).header("origin", origin);
        let request = request.header("cookie", session).header("idempotency-key", key);
        let sent = request.header("content-type", "application/json").body(body.to_string()).send();
        tokio::spawn(async move { read(sent.await.ok()?).await.ok() })
    }

    /// As when the machine loses power.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// From now on it does nothing, but lives and keeps its connections.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
        // Until its first thread has noticed, the others go on.
        let paused = waitpid(self.id(), Some(WaitPidFlag::WUNTRACED)).expect("it is ours");
        assert!(matches!(paused, WaitStatus::Stopped(..)), "{paused:?}");
    }

    /// It goes on after a pause.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().expect("a process id"))
    }

    fn signal(&self, signal: Signal) {
        kill(self.id(), signal).expect("it runs");
    }

    /// Asks it to stop, and answers what it wrote to its log.
    pub fn stop(mut self) -> String {
        self.signal(Signal::SIGTERM);
        let ended = self.child.wait().expect("it ends");
        let log = self.log.take().expect("it is read once").join().expect("the log is read");
        assert!(ended.success(), "{log}");
        log
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn read(answer: reqwest::Response) -> reqwest::Result<Page> {
    let cookies =
        answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut named = cookies.filter(|cookie| cookie.starts_with("train_session_"));
    let cookie = named.next().and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    Ok(Page { status: answer.status().as_u16(), cookie, text: answer.text().await? })
}

fn address_of(database: &TestDatabase) -> String {
    let options = database.options();
    let socket = options.get_socket().expect("the cluster listens on a socket").display();
    let (user, name) = (options.get_username(), options.get_database().expect("it has a name"));
    format!("postgres://{user}@localhost:{}/{name}?host={socket}", options.get_port())
}
