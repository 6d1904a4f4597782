//! One attempt: the request is sent, and its answer passed on.

use super::{
    Refusal, Reply, ReplyBody,
    client::{ClientSide, passed},
    plan::{Plan, Purpose},
};
use crate::server::{
    claude::{Claude, ClaudeError, Endpoint, Forward, Forwarded, InterruptedBy, Meter, Written},
    foundation::in_flight::InFlight,
};
use axum::body::Bytes;
use http::HeaderMap;
use std::time::Duration;
use tokio::time::timeout;

/// How long the end of a stream may come after its last event. Whoever does not read it cannot use
/// the connection again.
const LAST_BYTES: Duration = Duration::from_secs(1);

/// What became of an attempt, and what the provider counted.
#[derive(Debug)]
pub struct Attempted {
    pub meter: Meter,
    pub end: End,
}

#[derive(Debug)]
pub enum End {
    /// The whole answer, which nobody has seen yet.
    Whole(Reply),
    /// The client has the answer but for its last events: with those it may ask for the next thing,
    /// which must find this one ended.
    Streamed(Bytes),
    Failed {
        error: ClaudeError,
        /// What the provider refused with, and its headers.
        words: Option<(String, HeaderMap)>,
        /// The client has seen why.
        is_told: bool,
    },
    /// Nobody waits for the answer any more, or nobody can.
    Abandoned { has_left: bool, refusal: Refusal },
}

impl End {
    fn failed(error: ClaudeError) -> Self {
        Self::Failed { error, words: None, is_told: false }
    }
}

/// What every attempt at a request has in common.
pub struct Attempts<'a> {
    pub claude: &'a Claude,
    pub plan: &'a Plan,
    pub forward: &'a Forward,
    pub in_flight: &'a InFlight,
}

impl Attempts<'_> {
    /// One attempt with one of the keys, within the time that is left.
    pub async fn make(&self, key: usize, left: Duration, client: &mut ClientSide) -> Attempted {
        let endpoint = self.plan.endpoint(key, left);
        let (mut meter, written) = (Meter::default(), Written::default());
        let sending = self.send(&endpoint, &written, &mut meter, client);
        let end = sending
            .await
            .unwrap_or_else(|refusal| End::Abandoned { has_left: written.is_set(), refusal });
        Attempted { meter, end }
    }

    /// # Errors
    /// Why nobody waits any more.
    async fn send(
        &self,
        endpoint: &Endpoint,
        written: &Written,
        meter: &mut Meter,
        client: &mut ClientSide,
    ) -> Result<End, Refusal> {
        let sending = self.claude.forward(endpoint, self.forward, written);
        let answer = match self.unless_abandoned(client, sending).await? {
            Ok(answer) => answer,
            Err(error) => return Ok(End::failed(error)),
        };
        if !answer.is_success() {
            let headers = passed(answer.headers());
            let reading = answer.into_refusal(endpoint);
            let (error, body) = self.unless_abandoned(client, reading).await?;
            return Ok(End::Failed { error, words: Some((body, headers)), is_told: false });
        }
        if answer.is_event_stream() {
            return self.stream(answer, meter, client).await;
        }
        self.whole(answer, meter, client).await
    }

    async fn whole(
        &self,
        mut answer: Forwarded,
        meter: &mut Meter,
        client: &mut ClientSide,
    ) -> Result<End, Refusal> {
        let headers = passed(answer.headers());
        let body = match self.unless_abandoned(client, answer.body()).await? {
            Ok(body) => body,
            Err(error) => {
                meter.written = error.partial().map_or(0, |partial| partial.bytes());
                return Ok(End::failed(error));
            }
        };
        if self.plan.purpose == Purpose::Message
            && let Err(error) = meter.read_whole(&body)
        {
            return Ok(End::failed(error));
        }
        Ok(End::Whole(Reply { headers, body: ReplyBody::Whole(body.into()) }))
    }

    async fn stream(
        &self,
        mut answer: Forwarded,
        meter: &mut Meter,
        client: &mut ClientSide,
    ) -> Result<End, Refusal> {
        let headers = answer.headers().clone();
        loop {
            let bytes = match self.unless_abandoned(client, answer.chunk()).await? {
                Ok(Some(bytes)) => bytes,
                Ok(None) => {
                    let by = InterruptedBy::Cut;
                    return Ok(End::failed(ClaudeError::Interrupted { by, partial: None }));
                }
                Err(error) => return Ok(End::failed(error)),
            };
            let mut ready = meter.feed(&bytes);
            if let Some(error) = meter.failure() {
                // Before the first event the client need not know: another attempt may do.
                let is_told = client.has_begun();
                if is_told {
                    client.pass(ready.into()).await;
                }
                return Ok(End::Failed { error, words: None, is_told });
            }
            if meter.is_finished {
                client.begin(&headers);
                while let Ok(Ok(Some(bytes))) = timeout(LAST_BYTES, answer.chunk()).await {
                    ready.extend(meter.feed(&bytes));
                }
                return Ok(End::Streamed(ready.into()));
            }
            if !ready.is_empty() {
                client.begin(&headers);
                let stays = self.unless_abandoned_by_server(client.pass(ready.into())).await;
                stays?;
            }
        }
    }

    /// Waits for something as long as somebody waits for the answer.
    ///
    /// # Errors
    /// Why nobody does any more.
    pub async fn unless_abandoned<T>(
        &self,
        client: &mut ClientSide,
        work: impl Future<Output = T>,
    ) -> Result<T, Refusal> {
        tokio::select! {
            done = work => Ok(done),
            () = client.gone() => Err(Refusal::cancelled()),
            () = self.in_flight.cancelled() => Err(Refusal::stopping()),
        }
    }

    /// As [`Self::unless_abandoned`], for what ends by itself when the client goes.
    async fn unless_abandoned_by_server<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Refusal> {
        tokio::select! {
            done = work => Ok(done),
            () = self.in_flight.cancelled() => Err(Refusal::stopping()),
        }
    }
}
