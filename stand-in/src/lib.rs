//! A server that speaks Claude's Messages API on a real port, for tests and benchmarks. It is no
//! part of the product.
//!
//! Left alone it answers as Claude would, with plausible text; told so, it fails in every way in
//! which Claude and the network can fail. It remembers what it was asked, and what it would have
//! billed for that.
//!
//! ```text
//! let claude = StandIn::start().await?;
//! claude.script("/v1/messages", [Behaviour::status(529)]);   // once; then as usual again
//! run_against(claude.url()).await;
//! assert_eq!(claude.requests().len(), 2);
//! ```
//!
//! *Messages* think as their model does (`models.rs`): what is thought counts as output, by
//! `output_config.effort`. What `cache_control` marks in `system` is written to a cache and read
//! from it, if it is long enough for the model.
//!
//! *Batches* are made, listed, polled, canceled, read and deleted as the Message Batches API has
//! it; [`BatchSettings`] say when they end and what becomes of their requests, and behaviours what
//! goes wrong on the way: the answer of the making is [lost](Behaviour::Lost), the results are
//! [cut, repeated, foreign or missing](ResultFaults). [`Shared::bills`] is what it all costs, to
//! the nano-dollar.
//!
//! Programs that do not run in its process tell it over HTTP: `control.rs` has the routes.

#![allow(
    clippy::disallowed_types,
    reason = "clippy.toml is for the routes of Train; here is another interface"
)]

mod answer;
mod batches;
mod behaviour;
mod bill;
mod caching;
mod clock;
mod connection;
mod control;
mod conversation;
mod limits;
mod message;
mod models;
mod serving;
mod shared;
mod steps;
mod usage;

pub use batches::{
    BatchEnd, BatchOutcome, BatchRule, BatchSettings, Counts, ResultFaults, SeenBatch,
};
pub use behaviour::Behaviour;
pub use bill::{Bill, Bills};
pub use models::{Habits, Thinking};
pub use shared::{Options, Received, Shared};
pub use usage::Usage;

use connection::{Breaker, Connections};
use serde_json::Value;
use std::{io, net::SocketAddr, ops::Deref, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// Null if it is none.
fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// A running stand-in; it stops when this is dropped.
pub struct StandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl StandIn {
    /// On a free port of this machine, without delay.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> io::Result<Self> {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), Options::default()).await
    }

    /// On this address.
    ///
    /// # Errors
    /// When the address cannot be opened.
    pub async fn listen(address: SocketAddr, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Shared::new(options);
        let router = serving::routes()
            .merge(batches::routes::routes())
            .merge(control::routes())
            .with_state(shared.clone())
            .into_make_service_with_connect_info::<Breaker>();
        let server = tokio::spawn(async move {
            // It ends with the task, and never by itself.
            let _ = axum::serve(Connections(listener), router).await;
        });
        Ok(Self { shared, address, server })
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Deref for StandIn {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.server.abort();
    }
}
