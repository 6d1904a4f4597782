//! Many requests in one statement, without a timer: whatever waits when the statement before has
//! been answered goes together. Alone, a request goes at once.

use crate::server::foundation::error::ServiceError;
use futures::FutureExt;
use std::{collections::VecDeque, io, panic::AssertUnwindSafe};
use tokio::sync::{mpsc, oneshot};

/// Requests in one statement. More bring little and make the first of them wait.
const LARGEST: usize = 64;

/// A statement that asks for many requests at once.
pub trait Statement: Send + Sync + 'static {
    type Request: Send + Sync;
    type Answer: Send;

    /// Whether a request can be asked for together with others.
    fn fits(&self, batch: &[&Self::Request], request: &Self::Request) -> bool;

    /// One answer for each request, in their order. Repeated, it must answer the same: an answer
    /// can be lost on the way.
    fn ask(
        &self,
        batch: &[&Self::Request],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, sqlx::Error>> + Send;
}

struct Waiting<S: Statement> {
    request: S::Request,
    answer: oneshot::Sender<Result<S::Answer, sqlx::Error>>,
}

/// The way to a statement. Clones share it; its task ends with the last of them.
pub struct Batches<S: Statement> {
    queue: mpsc::UnboundedSender<Waiting<S>>,
}

impl<S: Statement> Clone for Batches<S> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<S: Statement> std::fmt::Debug for Batches<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Batches")
    }
}

impl<S: Statement> Batches<S> {
    pub fn start(statement: S) -> Self {
        let (queue, requests) = mpsc::unbounded_channel();
        tokio::spawn(run(statement, requests));
        Self { queue }
    }

    /// # Errors
    /// What the database says of this request, or that it cannot be asked.
    pub async fn ask(&self, request: S::Request) -> Result<S::Answer, sqlx::Error> {
        let (answer, answered) = oneshot::channel();
        let sent = self.queue.send(Waiting { request, answer });
        if sent.is_err() {
            return Err(sqlx::Error::WorkerCrashed);
        }
        answered.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// Asks without waiting for the answer.
    pub fn send(&self, request: S::Request) {
        let (answer, _) = oneshot::channel();
        drop(self.queue.send(Waiting { request, answer }));
    }
}

async fn run<S: Statement>(statement: S, mut requests: mpsc::UnboundedReceiver<Waiting<S>>) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match requests.recv().await {
                Some(request) => waiting.push_back(request),
                None => return,
            }
        }
        // Whoever is about to ask at this moment gets to it, as long as somebody does: each
        // statement costs the database more than a request in it. Alone, that takes no time.
        let mut known = 0;
        while known < waiting.len() && waiting.len() < LARGEST {
            known = waiting.len();
            tokio::task::yield_now().await;
            while let Ok(request) = requests.try_recv() {
                waiting.push_back(request);
            }
        }
        let batch = take(&statement, &mut waiting);
        answer(&statement, batch).await;
    }
}

/// The first that waits, and of those after it as many as fit.
fn take<S: Statement>(statement: &S, waiting: &mut VecDeque<Waiting<S>>) -> Vec<Waiting<S>> {
    let mut batch: Vec<Waiting<S>> = Vec::with_capacity(waiting.len().min(LARGEST));
    let mut later = VecDeque::new();
    while let Some(next) = waiting.pop_front() {
        let others: Vec<_> = batch.iter().map(|one| &one.request).collect();
        if batch.len() < LARGEST && statement.fits(&others, &next.request) {
            batch.push(next);
        } else {
            later.push_back(next);
        }
    }
    *waiting = later;
    batch
}

async fn answer<S: Statement>(statement: &S, mut batch: Vec<Waiting<S>>) {
    let mut answers = ask(statement, &batch).await;
    if answers.as_ref().is_err_and(is_lost) {
        // Perhaps only the connection broke, and the answer with it.
        answers = ask(statement, &batch).await;
    }
    match answers {
        Ok(answers) => {
            for (one, answer) in batch.into_iter().zip(answers) {
                drop(one.answer.send(Ok(answer)));
            }
        }
        Err(error) if !is_lost(&error) && batch.len() > 1 => {
            // One of them may be what the database refuses: the others do not suffer for it.
            for one in batch {
                let alone = ask(statement, std::slice::from_ref(&one)).await;
                let alone = alone.and_then(|mut answers| {
                    answers.pop().ok_or_else(|| sqlx::Error::Protocol("no answer".into()))
                });
                drop(one.answer.send(alone));
            }
        }
        Err(error) => {
            let last = batch.pop();
            for one in batch {
                drop(one.answer.send(Err(same(&error))));
            }
            if let Some(last) = last {
                drop(last.answer.send(Err(error)));
            }
        }
    }
}

async fn ask<S: Statement>(
    statement: &S,
    batch: &[Waiting<S>],
) -> Result<Vec<S::Answer>, sqlx::Error> {
    let requests: Vec<_> = batch.iter().map(|one| &one.request).collect();
    // A panic must not end the task that all wait for.
    let answers = AssertUnwindSafe(statement.ask(&requests)).catch_unwind().await;
    let answers = answers.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
    if answers.len() != batch.len() {
        return Err(sqlx::Error::Protocol(format!(
            "{} answers for {} requests",
            answers.len(),
            batch.len()
        )));
    }
    Ok(answers)
}

/// Whether the database did not answer, or takes nobody in. It holds nothing against any request:
/// asking for each alone would only make all of them wait longer.
fn is_lost(error: &sqlx::Error) -> bool {
    error.as_database_error().is_none() || ServiceError::is_unavailable(error)
}

/// The same error for another request; for those that are not about a statement.
fn same(error: &sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::PoolTimedOut => sqlx::Error::PoolTimedOut,
        sqlx::Error::PoolClosed => sqlx::Error::PoolClosed,
        sqlx::Error::Io(error) => sqlx::Error::Io(io::Error::new(error.kind(), error.to_string())),
        error => sqlx::Error::Io(io::Error::other(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
