//! `train serve`: opens the database, listens, and stops in order.

use super::{Failure, database_config, key_source};
use crate::server::{
    accounts::Limits,
    config::Config,
    foundation::shutdown::Shutdown,
    http::{
        listener::{self, Bounds},
        router::router,
        state::AppState,
    },
    jobs::JobRunner,
    postgres::Database,
    routine,
    vault::Vault,
};
use leptos::config::{LeptosOptions, get_configuration};
use std::{io::Write as _, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// For requests and jobs; one more connection listens for events.
const CONNECTIONS: u32 = 20;
/// How long requests in progress, generations and the mail that is being handed in may take when
/// the server stops.
const LONGEST_DRAIN: Duration = Duration::from_secs(10);
/// How much of it is left for generations to be ended in order: billed, and told to whoever asked.
const LAST_WORDS: Duration = Duration::from_secs(2);
const LEPTOS_FILE: &str = "Leptos.toml";

pub(super) async fn run(config: Config) -> Result<(), Failure> {
    let leptos_options = leptos_options(&config)?;
    // Before the database: a taken port is told at once, and the embedded database is not started
    // for nothing.
    let listener = TcpListener::bind(config.address).await.map_err(|error| {
        Failure(format!("TRAIN_ADDR {} cannot be listened on: {error}", config.address))
    })?;
    let database = Database::open(&database_config(&config, CONNECTIONS)).await?;
    let opened = Vault::open(database.clone(), key_source(&config));
    let served = match opened {
        Ok(vault) => {
            vault.prepare().await?;
            vault.report().await;
            let state =
                AppState::new(config, database.clone(), vault, leptos_options, Limits::default());
            serve(listener, state).await
        }
        Err(error) => Err(Failure(error.to_string())),
    };
    database.close().await;
    tracing::info!("stopped");
    served
}

async fn serve(listener: TcpListener, state: AppState) -> Result<(), Failure> {
    greet(&state, listener.local_addr()?).await?;
    state.events.listens_at(listener.local_addr()?.to_string());
    if state.config.ai.without_gates {
        tracing::warn!(
            "TRAIN_BENCHMARK_WITHOUT_GATES is set: generations pass no budget, rate or concurrency"
        );
    }
    stop_on_signal(state.shutdown.clone())?;
    state.alerts.start(state.shutdown.clone());
    state.maintenance.start(state.shutdown.clone());
    state.backups.end_with(state.shutdown.clone());
    let jobs =
        JobRunner::new(state.database.clone(), routine::jobs(&state), Arc::clone(&state.metrics));
    let jobs = tokio::spawn(jobs.run(state.shutdown.clone()));
    let shutdown = state.shutdown.clone();
    let mail = state.mail.start(shutdown.clone());
    let bulk = state.bulk.work(shutdown.clone());
    let exports = state.exports.work(shutdown.clone());
    let imports = state.imports.work(shutdown.clone());
    let generation = state.generation.clone();
    let bounds = Bounds::of_this_process();
    let serving = listener::serve(listener, router(state), bounds, shutdown.clone());
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(LONGEST_DRAIN - LAST_WORDS).await;
        generation.cancel();
        tokio::time::sleep(LAST_WORDS).await;
    };
    let finished = async {
        serving.await;
        // Those whose clients have gone: no connection is left that waits for them.
        generation.ended().await;
        let _ = jobs.await;
        let _ = bulk.await;
        let _ = exports.await;
        let _ = imports.await;
        // The mail that is being handed in would be sent again by whoever finds its lease expired.
        if let Some(mail) = mail {
            let _ = mail.await;
        }
    };
    tokio::select! {
        () = finished => {}
        () = overdue => {
            tracing::warn!("some requests were still in progress after {} s and were cut \
                off", LONGEST_DRAIN.as_secs());
        }
    }
    Ok(())
}

/// What the person who started the server wants to know. Whoever reads it may have gone away
/// meanwhile (`train | head -1`): the server goes on without a reader, where `println!` would end
/// it.
async fn greet(state: &AppState, address: SocketAddr) -> Result<(), Failure> {
    let place = state
        .config
        .public_url
        .as_ref()
        .map_or_else(|| format!("http://{address}"), |url| url.origin());
    let mut lines = vec![format!("Train is ready: {place}")];
    if !state.accounts.has_accounts().await? {
        lines.push(format!(
            "There is no account yet. The first one becomes the administrator: {place}/sign-up"
        ));
        lines.push("Or on this machine: train admin create --email ADDRESS --name NAME".into());
    } else if !state.accounts.sign_up_open().await? {
        lines.push(
            "Sign-up is closed but for who was invited. Make administrators with: train admin \
                create --email ADDRESS --name NAME"
                .into(),
        );
    }
    for line in lines {
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    Ok(())
}

fn stop_on_signal(shutdown: Shutdown) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: finishing requests in progress");
        shutdown.cancel();
        // A second signal means now. PostgreSQL recovers from that at the next start.
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::warn!("stopped at once");
        std::process::exit(1);
    });
    Ok(())
}

/// Where the browser part is. In the repository `Leptos.toml` says it; an installed server has it
/// beside its binary.
fn leptos_options(config: &Config) -> Result<LeptosOptions, Failure> {
    let mut options = if Path::new(LEPTOS_FILE).is_file() {
        let read = get_configuration(Some(LEPTOS_FILE));
        read.map_err(|error| Failure(format!("{LEPTOS_FILE} cannot be read: {error}")))?
            .leptos_options
    } else {
        let binary = std::env::current_exe()?;
        let site = std::env::var("LEPTOS_SITE_ROOT")
            .unwrap_or_else(|_| binary.with_file_name("site").to_string_lossy().into_owned());
        LeptosOptions::builder().output_name("train").site_root(site).hash_files(true).build()
    };
    let site = std::path::absolute(&*options.site_root)?;
    // Leptos looks beside the binary, which is somewhere else in a build directory, and panics when
    // the file is not there.
    let hashes = site.join("hash.txt");
    if !hashes.is_file() {
        tracing::warn!(directory = %site.display(), "the browser part is missing: pages will work \
            without JavaScript only");
        options.hash_files = false;
    }
    options.hash_file = hashes.to_string_lossy().into();
    options.site_root = site.to_string_lossy().into();
    options.site_addr = config.address;
    Ok(options)
}
