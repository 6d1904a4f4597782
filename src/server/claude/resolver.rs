//! Looks up names, so that a name without an address is told apart from a server that does not
//! answer.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A name that was not found. A type of its own, because the client underneath tells it by its text
/// only.
#[derive(Debug, thiserror::Error)]
#[error("the name was not found")]
pub struct NameNotFound;

/// The operating system's way.
#[derive(Debug)]
pub struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port of the address is put in later.
            match tokio::net::lookup_host((name.as_str(), 0)).await {
                Ok(found) => Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs),
                Err(_) => Err(NameNotFound.into()),
            }
        })
    }
}
