//! One walk over a request's JSON that builds nothing of it: it only looks for what tells how many
//! tokens it can be at most.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// What was found beside plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes of files in Base64, which are no text.
    pub file_bytes: u64,
    /// Blocks that are an image.
    pub images: u64,
    /// Sources that name a file or an address instead of bringing it.
    pub references: u64,
    /// Something whose tokens cannot be told from the request: a document that is no text, or a
    /// tool that the provider runs by itself.
    pub is_open: bool,
    /// A part of the prompt is to be cached.
    pub caches: bool,
    /// For an hour, which costs more.
    pub caches_long: bool,
}

/// The fields of objects, at any depth, that tell something.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Type,
    MediaType,
    Data,
    CacheControl,
    Ttl,
    #[serde(other)]
    Other,
}

/// Walks over one value.
pub(super) struct Walk<'w>(pub &'w mut Found);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Walk(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut part = Part::default();
        while let Some(key) = object.next_key::<Key>()? {
            part.take(key, &mut object, self.0)?;
        }
        part.end(self.0);
        Ok(())
    }
}

/// What one object says of itself.
#[derive(Default)]
struct Part {
    kind: PartKind,
    is_image_data: bool,
    data_bytes: u64,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum PartKind {
    #[default]
    Other,
    Base64,
    Reference,
    Image,
    ServerTool,
}

impl Part {
    fn take<'de, A: MapAccess<'de>>(
        &mut self,
        key: Key,
        object: &mut A,
        found: &mut Found,
    ) -> Result<(), A::Error> {
        match key {
            Key::Type => object.next_value_seed(Text(found, |text: &str, _: &mut Found| {
                self.kind = PartKind::of(text);
            })),
            Key::MediaType => object.next_value_seed(Text(found, |text: &str, _: &mut Found| {
                self.is_image_data = text.starts_with("image/");
            })),
            Key::Data => object.next_value_seed(Text(found, |text: &str, _: &mut Found| {
                self.data_bytes = text.len() as u64;
            })),
            Key::CacheControl => {
                found.caches = true;
                object.next_value_seed(Walk(found))
            }
            Key::Ttl => object.next_value_seed(Text(found, |text: &str, found: &mut Found| {
                found.caches_long |= text == "1h";
            })),
            Key::Other => object.next_value_seed(Walk(found)),
        }
    }

    fn end(self, found: &mut Found) {
        match self.kind {
            PartKind::Base64 => {
                found.file_bytes = found.file_bytes.saturating_add(self.data_bytes);
                found.is_open |= !self.is_image_data;
            }
            PartKind::Reference => found.references += 1,
            PartKind::Image => found.images += 1,
            PartKind::ServerTool => found.is_open = true,
            PartKind::Other => {}
        }
    }
}

impl PartKind {
    fn of(text: &str) -> Self {
        const SERVER_TOOLS: [&str; 4] =
            ["web_search_", "web_fetch_", "code_execution_", "mcp_toolset"];
        match text {
            "base64" => Self::Base64,
            "url" | "file" => Self::Reference,
            "image" => Self::Image,
            other if SERVER_TOOLS.iter().any(|name| other.starts_with(name)) => Self::ServerTool,
            _ => Self::Other,
        }
    }
}

/// A value that tells something if it is a text; anything else is walked over.
struct Text<'w, F>(&'w mut Found, F);

impl<'de, F: FnOnce(&str, &mut Found)> DeserializeSeed<'de> for Text<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnOnce(&str, &mut Found)> Visitor<'de> for Text<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        (self.1)(text, self.0);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Walk(self.0).visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        Walk(self.0).visit_map(object)
    }
}

/// A value of a field at the top: what it is if it is no list and no object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// Its beginning; no name that means something here is longer.
    Text(String),
    Whole(u64),
    Truth(bool),
    Null,
    Other,
}

/// Of a text that is longer only the beginning is kept, in bytes.
const LONGEST_TEXT: usize = 200;

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Truth(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Whole(value))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        let end = text.floor_char_boundary(LONGEST_TEXT);
        Ok(Scalar::Text(text[..end].to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}
