//! One connection per server that listens, for as long as the server runs.

use super::{CHANNEL, Event, Shared};
use sqlx::{
    Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// Silence after which the connection is tried: one that the network dropped says nothing either.
const SILENCE: Duration = Duration::from_secs(15);
/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(options: PgConnectOptions, shared: Arc<Shared>) {
    let mut connections = 0;
    let mut pause = FIRST_PAUSE;
    loop {
        match timeout(PATIENCE, connect(&options)).await {
            Ok(Ok(mut listener)) => {
                connections += 1;
                shared.epoch.store(connections, Ordering::Release);
                if connections > 1 {
                    tracing::info!("listening for changes again");
                    let _ = shared.sender.send(Event::Reconnected);
                }
                pause = FIRST_PAUSE;
                let error = listen(&mut listener, &shared).await;
                shared.epoch.store(0, Ordering::Release);
                tracing::warn!(
                    error,
                    "no longer hears of changes made elsewhere; nothing is answered from memory"
                );
            }
            Ok(Err(error)) => tracing::debug!(%error, "cannot listen for changes yet"),
            Err(_) => tracing::debug!("cannot listen for changes yet: no answer"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    // The listener wants a pool to connect through; it keeps the one connection of this one.
    let options = options.clone().application_name("train listener");
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    // A connection made behind our back would hide that events were lost.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Passes events on until the connection is lost; says why it was.
async fn listen(listener: &mut PgListener, shared: &Shared) -> String {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => shared.hear(notification.payload()),
            Ok(Ok(None)) => return "the connection ended".to_owned(),
            Ok(Err(error)) => return error.to_string(),
            Err(_) => match timeout(PATIENCE, (&mut *listener).execute("SELECT 1")).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return "the connection does not answer".to_owned(),
            },
        }
    }
}
