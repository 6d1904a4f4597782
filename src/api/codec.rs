//! How pages get what they load: as JSON, read by the one reader of the browser part
//! ([`json::read`]), so that no other reader is made for the same types.

use crate::domain::json::{self, Unreadable};
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use serde::{Serialize, de::DeserializeOwned};

/// What a server function answers and fails with.
pub struct Answers;

/// The `output` of a server function.
pub type Answer = Post<Answers>;

impl ContentType for Answers {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Answers {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Answers {
    type Error = serde_json::Error;

    fn encode(answer: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(answer).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Answers {
    type Error = Unreadable;

    fn decode(text: Bytes) -> Result<T, Unreadable> {
        json::read_text(&text)
    }
}
