//! What a page loads: by the server while it is drawn, by the browser afterwards.

use crate::api::codec::Answers;
use leptos::prelude;
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;

/// As leptos's own, but read by the one reader of the browser part.
pub type Resource<T> = prelude::Resource<T, Answers>;

/// Loads by `fetch`, and again whenever `source` has changed.
pub fn resource<T, S, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    S: PartialEq + Clone + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    prelude::Resource::new_with_options(source, fetch, false)
}
