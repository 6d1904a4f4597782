//! `GET /api/events`: server push for every open tab and device of a person.

use super::{Context, answer::sse, authenticate::AccessUntil, routes::Routes};
use crate::{
    api::events::{FollowEvents, ServerSent},
    server::{
        access::Access,
        error::ServiceError,
        live::{Listener, Push},
        state::AppState,
    },
};
use axum::{
    Extension,
    extract::State,
    response::{
        Sse,
        sse::{Event, KeepAlive},
    },
};
use chrono::Utc;
use futures::{Stream, StreamExt, future, stream};
use std::{convert::Infallible, time::Duration};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

/// Short enough for the proxies that close a silent connection after 30 s.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub fn routes() -> Routes {
    Routes::new().raw::<FollowEvents, _, _>(Access::SignedIn, events)
}

async fn events(
    State(state): State<AppState>,
    Context(request): Context,
    until: Option<Extension<AccessUntil>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ServiceError> {
    // Subscribed before the person is looked up, so that nothing in between is missed.
    let heard = BroadcastStream::new(state.events.subscribe());
    let actor = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
    // A stream has no place among the work; what it reads at its opening has.
    let place = state.shares.work_of(actor.user_id).take().await;
    let user = state.accounts.me(&request).await?;
    let listener = Listener::of(&request, &user);
    let pushed = heard
        .map(move |event| match event {
            Ok(event) => listener.push(&event),
            // Too slow to follow: whatever was missed, reading again makes up for it.
            Err(BroadcastStreamRecvError::Lagged(_)) => Push::Send(Listener::refetch()),
        })
        .flat_map(|push| {
            stream::iter(match push {
                Push::Last(event) => [Push::Send(event), Push::End],
                push => [push, Push::Skip],
            })
        })
        .take_while(|push| future::ready(!matches!(push, Push::End)))
        .filter_map(|push| {
            future::ready(match push {
                Push::Send(event) | Push::Last(event) => Some(Ok(sse(event.write()))),
                Push::Skip | Push::End => None,
            })
        });
    // The first event makes proxies and browsers see the stream as open at once. It names the
    // version that stands, because the page was drawn before it began to listen and may have missed
    // a change.
    let first = match state.preferences.read(&request).await {
        Ok(entry) => sse(Listener::version(entry.snapshot.version).write()),
        Err(_) => Event::default().comment("open"),
    };
    drop(place);
    let opening = stream::once(future::ready(Ok(first)));
    let expired = expired(until.map(|Extension(until)| until));
    let stream = opening.chain(pushed).take_until(state.stopping()).take_until(expired);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Returns when access ends by itself. A session that was used since lives on: its browser opens
/// the stream again and gets it.
async fn expired(until: Option<AccessUntil>) {
    match until {
        Some(AccessUntil(time)) => {
            tokio::time::sleep((time - Utc::now()).to_std().unwrap_or_default()).await
        }
        None => future::pending().await,
    }
}
