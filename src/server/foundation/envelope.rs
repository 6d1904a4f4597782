//! The envelope that every answer of the interface is in.

use axum::body::Bytes;
use serde::Serialize;
use std::marker::PhantomData;

/// What an answer is put into: `"success": true` beside its fields.
#[derive(Serialize)]
pub struct Envelope<T> {
    success: bool,
    #[serde(flatten)]
    answer: T,
}

impl<T> Envelope<T> {
    pub fn around(answer: T) -> Self {
        Self { success: true, answer }
    }
}

/// An answer as its route gives it, written once to be given often.
#[derive(Debug)]
pub struct Written<T> {
    text: Bytes,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Written<T> {
    pub fn of(answer: &T) -> Self {
        // Fails only for maps whose keys are no texts, which no answer has.
        let text = serde_json::to_vec(&Envelope::around(answer)).unwrap_or_default();
        Self { text: text.into(), of: PhantomData }
    }

    pub fn text(&self) -> Bytes {
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_the_answer_with_success_before_it() {
        let written = Written::of(&json!({"version": 7}));
        assert_eq!(written.text(), br#"{"success":true,"version":7}"#.as_slice());
    }
}
