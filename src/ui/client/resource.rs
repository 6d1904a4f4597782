//! What a page loads: by the server while it is drawn, by the browser afterwards.
//!
//! Whatever is read, it is one type to leptos. For each type of a resource and each future that
//! fills it, leptos is compiled again, some ten kilobytes of what a browser has to load; here only
//! the reading of an answer is.

use super::rest::unreadable;
use crate::{api::error::ApiError, domain::json};
use leptos::{
    prelude::{self, With},
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::Any,
    convert::Infallible,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// What is answered, or why not.
pub type Answered<T> = Result<T, ApiError>;

/// Something that is on its way.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A value that is loaded, and loaded again when what it depends on has changed.
pub struct Resource<T> {
    read: prelude::Resource<Reply, Replies>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Resource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Resource<T> {}

/// Loads by `fetch`, and again whenever `source` has changed.
pub fn resource<T, S, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    S: PartialEq + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answered<T>> + Send + 'static,
{
    // What the source said last, and how often that was something else.
    let last = Arc::new(Mutex::new((0_u64, None::<S>)));
    let known = last.clone();
    let changes = move || {
        let now = source();
        let mut last = known.lock().unwrap_or_else(PoisonError::into_inner);
        if last.1.as_ref() != Some(&now) {
            *last = (last.0 + 1, Some(now));
        }
        last.0
    };
    let reply = move |_| -> Pending<Reply> {
        let last = last.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
        let answer = last.map(&fetch);
        Box::pin(async move {
            match answer {
                Some(answer) => Reply::of(answer.await),
                // The source is asked first, always.
                None => Reply::of(Answered::<T>::Err(unreadable())),
            }
        })
    };
    Resource { read: read(Box::new(changes), Box::new(reply)), of: PhantomData }
}

fn read(
    changes: Box<dyn Fn() -> u64 + Send + Sync>,
    reply: Box<dyn Fn(u64) -> Pending<Reply> + Send + Sync>,
) -> prelude::Resource<Reply, Replies> {
    prelude::Resource::new_with_options(changes, reply, false)
}

impl<T: DeserializeOwned + Send + Sync + 'static> Resource<T> {
    /// Loads again, although nothing has changed.
    pub fn refetch(self) {
        self.read.refetch();
    }

    /// What was loaded last, `None` before the first time; tracked.
    pub fn with<U>(self, look: impl FnOnce(Option<&Answered<T>>) -> U) -> U {
        self.read.with(|reply| look(reply.as_ref().and_then(Reply::value)))
    }
}

impl<T: Clone + DeserializeOwned + Send + Sync + 'static> IntoFuture for Resource<T> {
    type Output = Answered<T>;
    type IntoFuture = Pending<Answered<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let reply = self.read.await;
            reply.value().cloned().unwrap_or_else(|| Err(unreadable()))
        })
    }
}

/// What can be waited for and read again: a resource, or two at the same time.
pub trait Read: Copy + Send + Sync + 'static {
    type Value;

    fn answer(self) -> Pending<Answered<Self::Value>>;

    fn refetch(self);
}

impl<T: Clone + DeserializeOwned + Send + Sync + 'static> Read for Resource<T> {
    type Value = T;

    fn answer(self) -> Pending<Answered<T>> {
        self.into_future()
    }

    fn refetch(self) {
        Resource::refetch(self);
    }
}

impl<A: Read<Value: Send>, B: Read<Value: Send>> Read for (A, B) {
    type Value = (A::Value, B::Value);

    fn answer(self) -> Pending<Answered<Self::Value>> {
        Box::pin(async move { Ok((self.0.answer().await?, self.1.answer().await?)) })
    }

    fn refetch(self) {
        self.0.refetch();
        self.1.refetch();
    }
}

/// An [`Answered`] of a type that only its [`Resource`] knows.
#[derive(Clone)]
struct Reply(Arc<Content>);

struct Content {
    /// As the server writes it into the page, and the browser finds it there.
    text: String,
    value: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Reply {
    fn of<T: Serialize + Send + Sync + 'static>(answer: Answered<T>) -> Self {
        // A browser writes no page, and need not carry how each type is written.
        let text = match cfg!(target_arch = "wasm32") {
            true => String::new(),
            false => serde_json::to_string(&answer).unwrap_or_default(),
        };
        Self(Arc::new(Content { text, value: OnceLock::from(Box::new(answer) as Box<_>) }))
    }

    /// `None` of another type, which a [`Resource`] never asks for.
    fn value<T: DeserializeOwned + Send + Sync + 'static>(&self) -> Option<&Answered<T>> {
        let Content { text, value } = &*self.0;
        let value = value.get_or_init(|| {
            let read = json::read_text(text.as_bytes());
            Box::new(read.unwrap_or_else(|_| Answered::<T>::Err(unreadable())))
        });
        value.downcast_ref()
    }
}

/// How replies are put into a page.
struct Replies;

impl Encoder<Reply> for Replies {
    type Error = Infallible;
    type Encoded = String;

    fn encode(reply: &Reply) -> Result<String, Infallible> {
        Ok(reply.0.text.clone())
    }
}

impl Decoder<Reply> for Replies {
    type Error = Infallible;
    type Encoded = str;

    fn decode(text: &str) -> Result<Reply, Infallible> {
        Ok(Reply(Arc::new(Content { text: text.to_owned(), value: OnceLock::new() })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_carries_what_was_read_and_what_failed() {
        let failed = Err(ApiError::unreachable());
        for answer in [Ok(vec![1, 2]), failed] {
            let written = Replies::encode(&Reply::of(answer.clone())).unwrap();
            let found = Replies::decode(&written).unwrap();
            assert_eq!(found.value::<Vec<i32>>(), Some(&answer));
        }
    }

    #[test]
    fn what_does_not_read_is_a_failure_and_no_panic() {
        let found = Replies::decode(r#"{"Ok": "no list"}"#).unwrap();
        let read = found.value::<Vec<i32>>().unwrap();
        assert_eq!(read.as_ref().unwrap_err().code, unreadable().code);
    }
}
