//! `GET /api/events`: server push for every open tab and device of a person.

use super::{
    answer::sse,
    respond::{Head, Respond},
    routes::Routes,
};
use crate::{
    api::events::{FollowEvents, LiveEvent, ServerSent},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        http::{
            access::Access,
            live::{Listener, Push},
            operation::Call,
            state::AppState,
        },
        postgres::Event as Happened,
    },
};
use axum::response::{
    IntoResponse, Response, Sse,
    sse::{Event, KeepAlive},
};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, future, stream};
use std::{convert::Infallible, time::Duration};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

/// Short enough for the proxies that close a silent connection after 30 s.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub fn routes() -> Routes {
    Routes::new().raw::<FollowEvents>()
}

impl Respond for FollowEvents {
    const ACCESS: Access = Access::SignedIn;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let stream = follow(call.state, call.request, head.access_until).await?;
        Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
    }
}

/// What is told until access ends, at `until` at the latest, or the server stops.
async fn follow(
    state: AppState,
    request: RequestContext,
    until: Option<DateTime<Utc>>,
) -> Result<impl Stream<Item = Result<Event, Infallible>>, ServiceError> {
    // Subscribed before the person is looked up, so that nothing in between is missed.
    let events = BroadcastStream::new(state.events.subscribe());
    let actor = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
    // A stream has no place among the work; what it reads at its opening has.
    let place = state.shares.work_of(actor.user_id).take().await;
    let user = state.accounts.me(&request).await?;
    let listener = Listener::of(&request, &user);
    let version = state.preferences.read(&request).await;
    drop(place);
    let stopping = state.stopping();
    let following = Following { events, listener, state, request };
    let pushed = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(sse(event.write())), following))
    });
    // The first event makes proxies and browsers see the stream as open at once. It names the
    // version that stands, because the page was drawn before it began to listen and may have missed
    // a change.
    let first = match version {
        Ok(entry) => sse(Listener::version(entry.snapshot.version).write()),
        Err(_) => Event::default().comment("open"),
    };
    let opening = stream::once(future::ready(Ok(first)));
    Ok(opening.chain(pushed).take_until(stopping).take_until(expired(until)))
}

/// One open stream.
struct Following {
    events: BroadcastStream<Happened>,
    listener: Listener,
    state: AppState,
    request: RequestContext,
}

impl Following {
    /// What is to be told next; `None` at the end.
    async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            let push = match self.events.next().await? {
                Ok(event) => self.listener.push(&event),
                // Too slow to follow: whatever was missed, opening it again makes up for it.
                Err(BroadcastStreamRecvError::Lagged(_)) => return None,
            };
            match push {
                Push::Send(event) => return Some(event),
                Push::Renewed(event) => {
                    // Without an answer the stream ends, and is opened again by who listens.
                    self.renew().await.ok()?;
                    return Some(event);
                }
                Push::Skip => {}
                Push::End => return None,
            }
        }
    }

    /// Looks up where the person belongs now. Meanwhile events wait.
    async fn renew(&mut self) -> Result<(), ServiceError> {
        let actor = self.request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
        let _place = self.state.shares.work_of(actor.user_id).take().await;
        let user = self.state.accounts.me(&self.request).await?;
        self.listener = Listener::of(&self.request, &user);
        Ok(())
    }
}

/// Returns when access ends by itself. A session that was used since lives on: its browser opens
/// the stream again and gets it.
async fn expired(until: Option<DateTime<Utc>>) {
    match until {
        Some(time) => tokio::time::sleep((time - Utc::now()).to_std().unwrap_or_default()).await,
        None => future::pending().await,
    }
}
