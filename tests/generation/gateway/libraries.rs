//! The libraries that people ask Claude by, against the program itself.
//!
//! `scripts/setup test` installs the provider's own, each in the version that stands beside these
//! tests. LiteLLM brings four hundred megabytes with it, so it is tried where somebody has
//! installed it (`tests/generation/gateway/libraries/requirements-litellm.txt`).

use super::super::{process::Process, world::MESSAGES};
use crate::support::TestDatabase;
use claude_stand_in::StandIn;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::process::Command;
use train::domain::gateway::setups;

/// Where machines have to have them.
const MUST_RUN: &str = "TRAIN_TESTS_MUST_RUN";

struct Installation {
    claude: StandIn,
    process: Process,
    token: String,
    _database: TestDatabase,
}

impl Installation {
    async fn start() -> Self {
        let claude = StandIn::start().await.expect("a port is free");
        let database = TestDatabase::new().await;
        let url = claude.url();
        let key = ("ANTHROPIC_API_KEY", super::super::world::KEY);
        // What fails reaches the library, which decides by itself whether it asks again.
        let variables = [key, ("ANTHROPIC_MAX_RETRIES", "0")];
        let process = Process::start(&database, &url, &variables);
        let account = json!({
            "email": "ann@example.com", "password": crate::app::PASSWORD, "displayName": "Ann",
        });
        let signed_up = process.ask("POST", "/api/auth/sign-up", "", Some(account)).await;
        let session = signed_up.cookie.expect("a session");
        let wanted = json!({"name": "Library", "scopes": ["messages:write"]});
        let made = process.ask("POST", "/api/tokens", &session, Some(wanted)).await;
        let made: Value = serde_json::from_str(&made.text).expect("JSON");
        let token = made["secret"].as_str().expect("it is shown once").to_owned();
        Self { claude, process, token, _database: database }
    }

    fn url(&self) -> String {
        format!("http://{}", self.process.address())
    }

    /// Runs a program, which ends well or says why not.
    async fn run(&self, program: &Path, words: &[&str]) {
        let run = Command::new(program)
            .args(words)
            .current_dir(folder())
            .env("TRAIN", self.url())
            .env("TOKEN", &self.token)
            .env("CLAUDE", self.claude.url())
            .env("MODEL", super::MODEL)
            .env("NO_PROXY", "*")
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .kill_on_drop(true)
            .output();
        let ended = run.await.expect("it can be started");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{words:?}: {told}");
    }

    /// The lines that the page shows for a library, as they are.
    fn lines(&self, slug: &str) -> String {
        let all = setups(&self.url(), super::MODEL);
        let setup = all.into_iter().find(|setup| setup.slug == slug).expect("it is shown");
        setup.lines.replace("trn_…", &self.token)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generation/gateway/libraries")
}

/// The interpreter that has the libraries; `None` where they are not installed and need not be.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/libraries/bin/python");
    installed(&python).then_some(python)
}

fn installed(path: &Path) -> bool {
    let is_there = path.exists();
    assert!(is_there || std::env::var_os(MUST_RUN).is_none(), "run scripts/setup test first");
    is_there
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_for_python_works_as_it_is() {
    let Some(python) = python() else { return };
    let installation = Installation::start().await;
    installation.run(&python, &["with_python.py"]).await;
    installation.run(&python, &["-c", &installation.lines("python")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_for_typescript_works_as_it_is() {
    if !installed(&folder().join("node_modules/@anthropic-ai/sdk")) {
        return;
    }
    let installation = Installation::start().await;
    let node = Path::new("node");
    installation.run(node, &["with_typescript.mjs"]).await;
    let lines = installation.lines("typescript");
    installation.run(node, &["--input-type=module", "--eval", &lines]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_works_as_it_is_shown() {
    let installation = Installation::start().await;
    let lines = format!("{} --fail --silent --show-error", installation.lines("curl"));
    installation.run(Path::new("sh"), &["-c", &lines]).await;
    let path = &installation.claude.requests()[0].path;
    assert_eq!(path, MESSAGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn litellm_works_as_a_client_where_it_is_installed() {
    let Some(python) = python() else { return };
    let looked_for = Command::new(&python).args(["-c", "import litellm"]).output().await;
    if !looked_for.is_ok_and(|ended| ended.status.success()) {
        return;
    }
    let installation = Installation::start().await;
    installation.run(&python, &["with_litellm.py"]).await;
    installation.run(&python, &["-c", &installation.lines("litellm")]).await;
}
