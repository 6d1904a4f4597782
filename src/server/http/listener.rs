//! Takes connections in and bounds what each may cost: how many there are, how long one may take to
//! say what it wants, and how long it may be silent. A client that is slow, broken or hostile costs
//! a connection for a while, never the server.

mod bounds;
mod line;
mod refuse;
mod stream;
mod timed;

pub use bounds::Bounds;
pub use timed::TooSlow;

use crate::server::foundation::shutdown::Shutdown;
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::ConnectInfo,
};
use http::{HeaderValue, Request, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use line::{Counted, Line, Lines};
use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use stream::Watched;
use timed::Timed;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::task::TaskTracker;
use tower::Service;

/// Pause after a connection could not be taken in for want of something, such as a free file.
const BREATH: Duration = Duration::from_millis(50);
/// How long a connection that has not said what it wants may still do so when the server stops.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// Serves until the server stops and every request in progress is answered.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, shutdown: Shutdown) {
    let lines = Lines::default();
    let mut crowd = Crowd::default();
    let open = TaskTracker::new();
    let mut stopping = pin!(shutdown.cancelled());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopping => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_client(&error) => continue,
            Err(error) => {
                crowd.warn(&error.to_string(), lines.count(), &bounds);
                lines.end_longest_waiting();
                sleep(BREATH).await;
                continue;
            }
        };
        if lines.count() < bounds.connections {
            crowd.has_room(lines.count(), &bounds);
        } else {
            crowd.warn("as many connections are open as are taken", lines.count(), &bounds);
            if !lines.end_longest_waiting() {
                refuse::politely(stream);
                continue;
            }
        }
        let line = lines.add();
        let connection = connection(stream, peer, line, router.clone(), bounds, shutdown.clone());
        let lines = lines.clone();
        open.spawn(async move {
            let line = connection.await;
            lines.remove(&line);
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// One connection, to its end.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    line: Arc<Line>,
    router: Router,
    bounds: Bounds,
    shutdown: Shutdown,
) -> Arc<Line> {
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&line), bounds.stalled));
    let service = {
        let line = Arc::clone(&line);
        service_fn(move |request: Request<Incoming>| {
            let busy = line.begin();
            let mut request = request.map(|body| {
                let limit = bounds.body_of(body.size_hint().exact());
                Body::new(Timed::new(body, Arc::clone(&line), limit))
            });
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().call(request);
            async move {
                let mut response = answer.await?;
                if response.status() == StatusCode::REQUEST_TIMEOUT {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(header::CONNECTION, close);
                }
                Ok::<_, Infallible>(response.map(|body| Counted::new(body, busy)))
            }
        })
    };
    let mut served = pin!(http1::Builder::new().serve_connection(io, service));
    tokio::select! {
        // Whatever went wrong with it concerns the client alone.
        _ = served.as_mut() => return line,
        () = line.overdue(&bounds) => return line,
        () = shutdown.cancelled() => {}
    }
    served.as_mut().graceful_shutdown();
    tokio::select! {
        _ = served => {}
        () = line.waits_for(LAST_CHANCE) => {}
    }
    line
}

/// The client itself went away before it was taken in.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Says once that there is no room for more connections, and once that there is again.
#[derive(Default)]
struct Crowd {
    warned: bool,
}

impl Crowd {
    fn warn(&mut self, reason: &str, open: usize, bounds: &Bounds) {
        if !std::mem::replace(&mut self.warned, true) {
            tracing::warn!(
                reason,
                open,
                most = bounds.connections,
                "there is no room for more connections; those that wait longest are ended. Raise \
                    the limit of open files (ulimit -n) if this is no attack"
            );
        }
    }

    fn has_room(&mut self, open: usize, bounds: &Bounds) {
        // Not at once: it would be said at every second connection.
        if self.warned && open < bounds.connections / 2 {
            self.warned = false;
            tracing::info!(open, "there is room for connections again");
        }
    }
}
