//! Tells open pages to reload. Speaks the protocol of leptos' `AutoReload` component: a WebSocket
//! with JSON messages.

use anyhow::{Context, Result};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use tungstenite::{Message, WebSocket};

type Pages = Arc<Mutex<Vec<WebSocket<TcpStream>>>>;

/// The pages that listen at the moment.
pub struct Reload {
    pages: Pages,
}

impl Reload {
    /// Starts listening on this machine only.
    ///
    /// # Errors
    /// When the port is taken, usually by another `make dev`.
    pub fn listen(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
            format!("cannot listen on port {port} for reloading; is another `make dev` running?")
        })?;
        let pages = Pages::default();
        let newcomers = Arc::clone(&pages);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let newcomers = Arc::clone(&newcomers);
                // A thread each: whoever connects and says nothing must not keep the others
                // waiting.
                thread::spawn(move || greet(stream, &newcomers));
            }
        });
        Ok(Self { pages })
    }

    /// Makes every open page load itself again. Pages that have gone away are forgotten.
    pub fn all(&self) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain_mut(|page| page.send(Message::text(r#"{"all":"reload"}"#)).is_ok());
    }
}

fn greet(stream: TcpStream, pages: &Pages) {
    let patience = Some(Duration::from_secs(5));
    if stream.set_read_timeout(patience).and(stream.set_write_timeout(patience)).is_err() {
        return;
    }
    if let Ok(page) = tungstenite::accept(stream) {
        pages.lock().unwrap_or_else(PoisonError::into_inner).push(page);
    }
}
