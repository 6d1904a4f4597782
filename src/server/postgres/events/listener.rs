//! One connection per server that listens, for as long as the server runs.

use super::{CHANNEL, Event, Outgoing, Shared, lease};
use sqlx::{
    Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const SESSION: &str = "SET ROLE service_role; SET search_path = public; SET jit = off";
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(
    options: PgConnectOptions,
    shared: Arc<Shared>,
    outbox: mpsc::Sender<Outgoing>,
) {
    let mut pause = FIRST_PAUSE;
    let mut line = Line { shared, outbox, epochs: 0 };
    loop {
        match timeout(PATIENCE, connect(&options)).await {
            Ok(Ok(mut listener)) => {
                pause = FIRST_PAUSE;
                let error = line.listen(&mut listener).await;
                line.shared.epoch.store(0, Ordering::Release);
                tracing::warn!(
                    error,
                    "no longer receives changes made elsewhere; nothing is answered from memory"
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
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION).await.map(drop) })
        })
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    // A connection made behind our back would hide that events were lost.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// What is received, over one connection after the other.
struct Line {
    shared: Arc<Shared>,
    outbox: mpsc::Sender<Outgoing>,
    /// How many times what was remembered before became worthless.
    epochs: u64,
}

impl Line {
    /// Passes events on until the connection is lost; says why it was.
    async fn listen(&mut self, listener: &mut PgListener) -> String {
        // The lease of the connection before, if it still runs, is of no use: events were missed.
        if let Err(error) = self.renew(listener, true).await {
            return error;
        }
        let mut due = interval(lease::RENEWAL);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        due.reset();
        let shared = Arc::clone(&self.shared);
        loop {
            let mut renew = false;
            tokio::select! {
                received = listener.try_recv() => match received {
                    Ok(Some(notification)) => self.receive(notification.payload()).await,
                    Ok(None) => return "the connection ended".to_owned(),
                    Err(error) => return error.to_string(),
                },
                () = shared.lease.needed() => renew = true,
                _ = due.tick() => renew = true,
            }
            if renew && let Err(error) = self.renew(listener, false).await {
                return error;
            }
        }
    }

    async fn receive(&self, payload: &str) {
        if let Some(answer) = self.shared.receive(payload) {
            // Fails only when the server ends.
            let _ = self.outbox.send(answer).await;
        }
    }

    /// Renews the lease, or tries the connection where none is needed: one that the network dropped
    /// says nothing by itself.
    async fn renew(&mut self, listener: &mut PgListener, new: bool) -> Result<(), String> {
        let (lease, id) = (&self.shared.lease, self.shared.instance);
        let renewed = async {
            if lease.is_required() {
                return lease.renew(&mut *listener, id).await.map(Some);
            }
            listener.execute("SELECT 1").await.map(|_| None)
        };
        let renewal = match timeout(PATIENCE, renewed).await {
            Ok(renewed) => renewed.map_err(|error| error.to_string())?,
            Err(_) => return Err("the connection does not answer".to_owned()),
        };
        if new || renewal.as_ref().is_some_and(|renewal| !renewal.unbroken) {
            self.epochs += 1;
            self.shared.epoch.store(self.epochs, Ordering::Release);
            if self.epochs > 1 {
                tracing::info!("changes may have been missed: everything is read again");
                self.shared.pass_on(Event::Reconnected);
            }
        }
        // Last: what was remembered before must be worthless first, where it is.
        if let Some(renewal) = renewal {
            self.shared.lease.extend(&renewal);
        }
        Ok(())
    }
}
