//! A body that is a file.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
use std::{borrow::Cow, fmt};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

/// In place of a body that is JSON: a file, or a piece of one, as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload(pub Vec<u8>);

impl Serialize for Upload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Upload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TakeBytes)
    }
}

struct TakeBytes;

impl Visitor<'_> for TakeBytes {
    type Value = Upload;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Upload, E> {
        Ok(Upload(bytes.to_vec()))
    }
}

impl PartialSchema for Upload {
    fn schema() -> RefOr<Schema> {
        Schema::Object(ObjectBuilder::new().schema_type(Type::String).build()).into()
    }
}

impl ToSchema for Upload {
    fn name() -> Cow<'static, str> {
        "UploadRequest".into()
    }
}
