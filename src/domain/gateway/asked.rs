//! A request to `/v1/messages` as far as limits and money go by it. The rest is the provider's
//! matter and is passed on unread.

use super::walk::{Found, Scalar, Walk};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use std::fmt;

/// UTF-8 bytes of JSON that a token has at least, on average; see
/// [`crate::domain::generation::estimate`].
const BYTES_PER_TOKEN: u64 = 3;
/// Tokens that the provider adds to a request: its frame, and what tools are explained by.
const OVERHEAD: u64 = 1500;
/// The most that one image is counted with.
const IMAGE_TOKENS: u64 = 5000;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub model: String,
    /// Absent where it need not be given: when tokens are only counted.
    pub max_tokens: Option<u64>,
    pub stream: bool,
    /// A field that multiplies the price by what the catalog does not know.
    pub priced_otherwise: Option<&'static str>,
    /// Parts of the prompt are to be cached, which costs more the first time.
    pub caches: bool,
    /// For an hour.
    pub caches_long: bool,
    bytes: u64,
    found: Found,
}

/// Why a request cannot be judged, in the form of the provider's own sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not JSON, or says something twice.
    Json(String),
    /// A field is missing or is nothing that it can be.
    Field(String),
}

impl Asked {
    /// Reads a request whose `max_tokens` has to be there.
    ///
    /// # Errors
    /// See [`Unreadable`]. Everything that only the provider can judge is no error here.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let asked = Self::read_to_count(body)?;
        match asked.max_tokens {
            Some(_) => Ok(asked),
            None => Err(Unreadable::Field("max_tokens: Field required".into())),
        }
    }

    /// Reads a request whose tokens are only counted.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_to_count(body: &[u8]) -> Result<Self, Unreadable> {
        let top: Top = serde_json::from_slice(body).map_err(|error| {
            Unreadable::Json(format!("The request body is not valid JSON: {error}"))
        })?;
        let wrong = |name: &str, what: &str| {
            Unreadable::Field(format!("{name}: Input should be a valid {what}"))
        };
        let model = match top.model {
            Some(Scalar::Text(model)) => model,
            None => return Err(Unreadable::Field("model: Field required".into())),
            Some(_) => return Err(wrong("model", "string")),
        };
        let max_tokens = match top.max_tokens {
            None => None,
            Some(Scalar::Whole(tokens)) => Some(tokens),
            Some(_) => return Err(wrong("max_tokens", "integer")),
        };
        let stream = match top.stream {
            None | Some(Scalar::Null) => false,
            Some(Scalar::Truth(stream)) => stream,
            Some(_) => return Err(wrong("stream", "boolean")),
        };
        let is_usual = |value: &Option<Scalar>, usual: &str| match value {
            None | Some(Scalar::Null) => true,
            Some(Scalar::Text(text)) => text == usual,
            Some(_) => false,
        };
        let priced_otherwise = if !is_usual(&top.speed, "standard") {
            Some("speed")
        } else if !is_usual(&top.inference_geo, "global") {
            Some("inference_geo")
        } else {
            None
        };
        Ok(Self {
            model,
            max_tokens,
            stream,
            priced_otherwise,
            caches: top.found.caches,
            caches_long: top.found.caches && top.found.caches_long,
            bytes: body.len() as u64,
            found: top.found,
        })
    }

    /// Input tokens, estimated high. A reservation goes by it; the bill goes by the provider's own
    /// count. What the request does not bring along (a file, an address, what a tool of the
    /// provider finds) can fill the whole `context_window`.
    ///
    /// Text that only looks like a file in Base64 is counted too low here, which nobody wins
    /// anything by: it is billed all the same.
    pub fn input_tokens(&self, context_window: u64) -> u64 {
        let found = &self.found;
        let is_open = found.is_open || found.references > found.images;
        if is_open { self.known_tokens().max(context_window) } else { self.known_tokens() }
    }

    /// The part of them that the request brings along: what an attempt is booked with that left and
    /// that the provider did not count.
    pub fn known_tokens(&self) -> u64 {
        let found = &self.found;
        let text = self.bytes.saturating_sub(found.file_bytes).div_ceil(BYTES_PER_TOKEN);
        let images = found.images.saturating_mul(IMAGE_TOKENS);
        text.saturating_add(images).saturating_add(OVERHEAD)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Model,
    MaxTokens,
    Stream,
    Speed,
    InferenceGeo,
    McpServers,
    CacheControl,
    #[serde(other)]
    Other,
}

/// The fields at the top, and what was found below.
#[derive(Default)]
struct Top {
    model: Option<Scalar>,
    max_tokens: Option<Scalar>,
    stream: Option<Scalar>,
    speed: Option<Scalar>,
    inference_geo: Option<Scalar>,
    found: Found,
}

impl<'de> Deserialize<'de> for Top {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TopVisitor)
    }
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Top;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Top, A::Error> {
        let mut top = Top::default();
        while let Some(key) = object.next_key::<Key>()? {
            match key {
                Key::Model => once(&mut top.model, "model", &mut object)?,
                Key::MaxTokens => once(&mut top.max_tokens, "max_tokens", &mut object)?,
                Key::Stream => once(&mut top.stream, "stream", &mut object)?,
                Key::Speed => once(&mut top.speed, "speed", &mut object)?,
                Key::InferenceGeo => once(&mut top.inference_geo, "inference_geo", &mut object)?,
                Key::McpServers => {
                    top.found.is_open = true;
                    object.next_value_seed(Walk(&mut top.found))?;
                }
                Key::CacheControl => {
                    top.found.caches = true;
                    object.next_value_seed(Walk(&mut top.found))?;
                }
                Key::Other => object.next_value_seed(Walk(&mut top.found))?,
            }
        }
        Ok(top)
    }
}

/// What is decided by may be said once: we and the provider could choose differently of two.
fn once<'de, A: MapAccess<'de>>(
    place: &mut Option<Scalar>,
    name: &'static str,
    object: &mut A,
) -> Result<(), A::Error> {
    if place.is_some() {
        return Err(de::Error::duplicate_field(name));
    }
    *place = Some(object.next_value()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const WINDOW: u64 = 200_000;

    fn with(more: Value) -> Value {
        let mut body = json!({"model": "m", "max_tokens": 7, "messages": []});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    fn read(body: &Value) -> Result<Asked, Unreadable> {
        Asked::read(body.to_string().as_bytes())
    }

    fn sentence(text: &str) -> String {
        match Asked::read(text.as_bytes()).unwrap_err() {
            Unreadable::Json(sentence) | Unreadable::Field(sentence) => sentence,
        }
    }

    #[test]
    fn what_decides_is_read_and_the_rest_is_not_judged() {
        let more = json!({
            "stream": true, "temperature": "hot", "thinking": {"type": "adaptive"},
            "tools": [{"name": "n", "input_schema": {"type": ["string", "null"]}}], "new": [1, {}],
        });
        let asked = read(&with(more)).unwrap();
        assert_eq!((asked.model.as_str(), asked.max_tokens), ("m", Some(7)));
        assert!(asked.stream && !asked.caches && asked.priced_otherwise.is_none());
        assert!(asked.input_tokens(WINDOW) < 2000);
    }

    #[test]
    fn what_cannot_be_judged_is_told_as_the_provider_tells_it() {
        for (text, expected) in [
            (r#"{"max_tokens": 1}"#, "model: Field required"),
            (r#"{"model": 5}"#, "model: Input should be a valid string"),
            (r#"{"model": "m"}"#, "max_tokens: Field required"),
            (r#"{"model": "m", "max_tokens": "1"}"#, "max_tokens: Input should be a valid integer"),
            (r#"{"model": "m", "max_tokens": -1}"#, "max_tokens: Input should be a valid integer"),
            (r#"{"model": "m", "max_tokens": 1.5}"#, "max_tokens: Input should be a valid integer"),
            (
                r#"{"model": "m", "max_tokens": 1, "stream": 1}"#,
                "stream: Input should be a valid boolean",
            ),
        ] {
            assert_eq!(sentence(text), expected);
        }
        for text in ["", "[]", "null", "{", r#"{"model": "m",}"#, "{} {}", "\u{feff}{}"] {
            assert!(sentence(text).starts_with("The request body is not valid JSON"), "{text}");
        }
    }

    #[test]
    fn what_decides_cannot_be_said_twice_however_it_is_written() {
        let twice = r#"{"model": "cheap", "mod\u0065l": "dear", "max_tokens": 1}"#;
        assert!(sentence(twice).contains("duplicate field `model`"));
        let twice = r#"{"model": "m", "max_tokens": 1, "max_tokens": 100000}"#;
        assert!(sentence(twice).contains("duplicate field `max_tokens`"));
        let within = r#"{"model": "m", "max_tokens": 1, "metadata": {"model": "a", "model": "b"}}"#;
        assert!(Asked::read(within.as_bytes()).is_ok());
    }

    #[test]
    fn a_price_that_is_multiplied_is_noticed() {
        let of = |more| read(&with(more)).unwrap().priced_otherwise;
        assert_eq!(of(json!({"speed": "fast"})), Some("speed"));
        assert_eq!(of(json!({"inference_geo": "us"})), Some("inference_geo"));
        assert_eq!(of(json!({"speed": "standard", "inference_geo": "global"})), None);
        assert_eq!(of(json!({"speed": null, "inference_geo": null})), None);
    }

    #[test]
    fn caching_is_noticed_wherever_it_stands() {
        let of = |more| {
            let asked = read(&with(more)).unwrap();
            (asked.caches, asked.caches_long)
        };
        assert_eq!(of(json!({})), (false, false));
        assert_eq!(of(json!({"cache_control": {"type": "ephemeral"}})), (true, false));
        let block = json!({"type": "text", "cache_control": {"type": "ephemeral", "ttl": "1h"}});
        assert_eq!(of(json!({"system": [block]})), (true, true));
        assert_eq!(of(json!({"metadata": {"ttl": "1h"}})), (false, false));
    }

    #[test]
    fn files_are_not_counted_as_text_nor_taken_for_nothing() {
        let tokens = |content: Value| {
            let body = with(json!({"messages": [{"role": "user", "content": [content]}]}));
            read(&body).unwrap().input_tokens(WINDOW)
        };
        let data = "A".repeat(3_000_000);
        let source = json!({"type": "base64", "media_type": "image/png", "data": data});
        let image = tokens(json!({"source": source, "type": "image"}));
        assert!((IMAGE_TOKENS..IMAGE_TOKENS + 2000).contains(&image), "{image}");
        let url = json!({"type": "url", "url": "https://example.com/a.png"});
        assert!(tokens(json!({"type": "image", "source": url})) < IMAGE_TOKENS + 2000);
        assert_eq!(tokens(json!({"type": "document", "source": url})), WINDOW);
        let source = json!({"type": "base64", "media_type": "application/pdf", "data": data});
        assert_eq!(tokens(json!({"type": "document", "source": source})), WINDOW);
        let source = json!({"type": "text", "media_type": "text/plain", "data": data});
        assert!(tokens(json!({"type": "document", "source": source})) >= 1_000_000);
    }

    #[test]
    fn what_the_provider_looks_up_can_fill_the_window() {
        for more in [
            json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
            json!({"mcp_servers": []}),
        ] {
            assert_eq!(read(&with(more)).unwrap().input_tokens(WINDOW), WINDOW);
        }
        let own = json!({"tools": [{"type": "custom", "name": "web_search"}]});
        assert!(read(&with(own)).unwrap().input_tokens(WINDOW) < WINDOW);
    }

    proptest! {
        #[test]
        fn text_is_never_counted_below_a_third_of_its_bytes(text in "\\PC{0,300}") {
            let body = with(json!({"messages": [{"role": "user", "content": text}]}));
            let tokens = read(&body).unwrap().input_tokens(WINDOW);
            prop_assert!(tokens >= (text.len() as u64).div_ceil(3));
        }

        #[test]
        fn bytes_that_are_anything_are_read_or_refused(
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = Asked::read(&body);
        }
    }
}
