//! The gateway: what Train has to know of requests in the provider's own form, and how it tells
//! failures in that form.

mod asked;
mod failure;
mod models;
mod setup;
mod walk;

pub use asked::{Asked, Unreadable};
pub use failure::{Kind, body, is_lasting};
pub use models::{ModelEntry, ModelList, ModelsPage};
pub use setup::{Setup, setups};
