//! What the server does, described once: how an operation is called, what it takes, what it
//! answers and when it refuses. Pages, routes, the description of the interface and tests take it
//! from here, so that two of them cannot disagree.

mod upload;

pub use upload::Upload;

use crate::domain::escape::escape;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};
use uuid::Uuid;

/// One operation of the HTTP interface. [`operations`] declares them.
pub trait Operation: Copy + Send + Sync + 'static {
    /// Its name in the description of the interface.
    const NAME: &'static str;
    /// The chapter that it is described in.
    const CHAPTER: &'static str;
    /// What it does, for who calls it.
    const SUMMARY: &'static [&'static str];
    const METHOD: Method;
    /// The path; what differs from call to call in braces: `/api/tokens/{id}`.
    const PATH: &'static str;
    /// The status of its success.
    const STATUS: u16;
    /// Whether the query is read.
    const HAS_QUERY: bool;
    /// Whether the body is read.
    const HAS_BODY: bool;
    /// The type of content of the body: [`JSON`], or [`BYTES`] for an [`Upload`].
    const TAKES: &'static str = JSON;
    /// The largest body that is taken, in bytes.
    const LARGEST_BODY: usize = USUAL_BODY;
    /// The headers that it reads.
    const HEADERS: &'static [Header];
    /// The refusals that are its own, or need a word of explanation.
    const REFUSALS: &'static [(u16, &'static str)];
    /// What its success is: [`JSON`], or for [`Raw`] answers what they are.
    const CONTENT: &'static str;
    /// What there is to say of its success that the type of the answer does not.
    const ABOUT: &'static str;
    /// Another success, which the request asks for.
    const OTHER: Option<Success>;

    /// What stands in the braces of the path.
    type At: PathParts;
    type Query: Serialize + DeserializeOwned + IntoParams + Default + Send + 'static;
    type Body: Serialize + DeserializeOwned + ToSchema + Send + 'static;
    type Answer: Serialize + DeserializeOwned + ToSchema + Send + 'static;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The operations that read a header, so that no other is called with it.
pub mod reads {
    /// The version that the change is based on.
    pub trait IfMatch: super::Operation {}
    /// The same request under the same key is done once.
    pub trait IdempotencyKey: super::Operation {}
}

/// A header that an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The version that a change is based on.
    IfMatch,
    /// Names a request, so that one that is sent again is done once.
    IdempotencyKey,
}

/// A success that is no JSON, beside one that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    pub status: u16,
    pub content: &'static str,
    pub description: &'static str,
}

/// The largest body of an operation that says nothing else, in bytes.
pub const USUAL_BODY: usize = 64 * 1024;

/// The type of content of answers.
pub const JSON: &str = "application/json";

/// The type of content of a file, or a piece of one.
pub const BYTES: &str = "application/octet-stream";

/// Of an operation that takes no query or no body.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams, ToSchema,
)]
pub struct Nothing {}

/// Done; there is nothing more to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Done {}

/// In place of an answer that is no JSON, such as a file: nothing can be made of it, so none is
/// written or read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw {}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("this is no JSON"))
    }
}

impl PartialSchema for Raw {
    fn schema() -> RefOr<Schema> {
        String::schema()
    }
}

impl ToSchema for Raw {}

/// What one part of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    Uuid,
    Text,
    Number,
}

/// What stands in the braces of a path, in their order.
pub trait PathParts: Sized + Send + 'static {
    /// What each of them is, for the description of the interface.
    const KINDS: &'static [PartKind];

    fn write(&self) -> Vec<String>;

    /// `None` when they cannot name anything.
    fn read(parts: &[&str]) -> Option<Self>;
}

impl PathParts for () {
    const KINDS: &'static [PartKind] = &[];

    fn write(&self) -> Vec<String> {
        Vec::new()
    }

    fn read(parts: &[&str]) -> Option<Self> {
        parts.is_empty().then_some(())
    }
}

macro_rules! one_part {
    ($($type:ty: $kind:ident),+) => { $(
        impl PathParts for $type {
            const KINDS: &'static [PartKind] = &[PartKind::$kind];

            fn write(&self) -> Vec<String> {
                vec![self.to_string()]
            }

            fn read(parts: &[&str]) -> Option<Self> {
                let [part] = parts else { return None };
                part.parse().ok()
            }
        }
    )+ };
}

one_part!(Uuid: Uuid, String: Text, i32: Number);

impl PathParts for (Uuid, Uuid) {
    const KINDS: &'static [PartKind] = &[PartKind::Uuid, PartKind::Uuid];

    fn write(&self) -> Vec<String> {
        vec![self.0.to_string(), self.1.to_string()]
    }

    fn read(parts: &[&str]) -> Option<Self> {
        let [first, second] = parts else { return None };
        Some((first.parse().ok()?, second.parse().ok()?))
    }
}

impl PathParts for (Uuid, i32) {
    const KINDS: &'static [PartKind] = &[PartKind::Uuid, PartKind::Number];

    fn write(&self) -> Vec<String> {
        vec![self.0.to_string(), self.1.to_string()]
    }

    fn read(parts: &[&str]) -> Option<Self> {
        let [id, number] = parts else { return None };
        Some((id.parse().ok()?, number.parse().ok()?))
    }
}

/// Where an operation is called: its path with `at` in the braces, and the query.
pub fn address<O: Operation>(at: &O::At, query: &O::Query) -> String {
    // Fails only for maps whose keys are no texts, which no query is.
    let query = match O::HAS_QUERY {
        true => serde_json::to_value(query).unwrap_or_default(),
        false => Value::Null,
    };
    write_address(O::PATH, &at.write(), query.as_object())
}

fn write_address(path: &str, parts: &[String], query: Option<&Map<String, Value>>) -> String {
    let mut parts = parts.iter();
    let mut address = String::with_capacity(path.len() + 40);
    for (index, piece) in path.split(['{', '}']).enumerate() {
        match index % 2 {
            0 => address.push_str(piece),
            _ => address.extend(escape(parts.next().map(String::as_str).unwrap_or_default())),
        }
    }
    let mut mark = '?';
    for (name, value) in query.into_iter().flatten() {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        address.push(mark);
        mark = '&';
        address.extend(escape(name));
        address.push('=');
        address.extend(escape(&text));
    }
    address
}

/// Declares operations of one chapter of the description:
///
/// ```text
/// operations! { "API tokens";
///     /// Revokes one of one's own API tokens.
///     RevokeToken = DELETE "/api/tokens/{id}", at Uuid => Done;
///
///     /// Makes an API token. `secret` is shown this once.
///     MakeToken = POST "/api/tokens", body NewTokenRequest => 201 NewToken,
///         refuses { 409: "`token_exists`" };
/// }
/// ```
///
/// In this order, each but the path and the answer where it is needed: `at` the type of what is in
/// the path's braces, `query` and `body` their types, `takes` the type of content of a body that is
/// not JSON, `largest` the most bytes of a body where that
/// is more than [`USUAL_BODY`], `headers` those that are read; the status of the success if it is
/// not 200, the type of the answer; `content`, the type of content of a [`Raw`] one; `about`, what
/// else there is to say of it; `or`, another success that the request asks for (its status, type of
/// content and description); and `refuses`.
macro_rules! operations {
    ($chapter:literal; $(
        $(#[doc = $doc:literal])+
        $name:ident = $method:ident $path:literal
            $(, at $at:ty)? $(, query $query:ty)? $(, body $body:ty)?
            $(, takes $takes:expr)? $(, largest $largest:expr)? $(, headers $($header:ident)+)?
            => $($status:literal)? $answer:ty
            $(, content $content:literal)? $(, about $about:literal)?
            $(, or $other:literal $other_content:literal $other_about:literal)?
            $(, refuses { $($refusal:literal: $why:literal),+ $(,)? })?;
    )+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::api::operation::Operation for $name {
            const NAME: &'static str = stringify!($name);
            const CHAPTER: &'static str = $chapter;
            const SUMMARY: &'static [&'static str] = &[$($doc),+];
            const METHOD: $crate::api::operation::Method =
                $crate::api::operation::operations!(@method $method);
            const PATH: &'static str = $path;
            const STATUS: u16 = $crate::api::operation::operations!(@or 200 $(, $status)?);
            const HAS_QUERY: bool = $crate::api::operation::operations!(@has $($query)?);
            const HAS_BODY: bool = $crate::api::operation::operations!(@has $($body)?);
            $(const TAKES: &'static str = $takes;)?
            $(const LARGEST_BODY: usize = $largest;)?
            const HEADERS: &'static [$crate::api::operation::Header] =
                &[$($($crate::api::operation::Header::$header),+)?];
            const REFUSALS: &'static [(u16, &'static str)] = &[$($(($refusal, $why)),+)?];
            const CONTENT: &'static str = $crate::api::operation::operations!(
                @or "application/json" $(, $content)?);
            const ABOUT: &'static str = $crate::api::operation::operations!(@or "" $(, $about)?);
            const OTHER: Option<$crate::api::operation::Success> =
                $crate::api::operation::operations!(
                    @other $($other $other_content $other_about)?);
            type At = $crate::api::operation::operations!(@type () $(, $at)?);
            type Query = $crate::api::operation::operations!(
                @type $crate::api::operation::Nothing $(, $query)?);
            type Body = $crate::api::operation::operations!(
                @type $crate::api::operation::Nothing $(, $body)?);
            type Answer = $answer;
        }

        $($(impl $crate::api::operation::reads::$header for $name {})+)?
    )+ };
    (@method GET) => { $crate::api::operation::Method::Get };
    (@method POST) => { $crate::api::operation::Method::Post };
    (@method PUT) => { $crate::api::operation::Method::Put };
    (@method PATCH) => { $crate::api::operation::Method::Patch };
    (@method DELETE) => { $crate::api::operation::Method::Delete };
    (@or $usual:literal) => { $usual };
    (@or $usual:literal, $own:literal) => { $own };
    (@other) => { None };
    (@other $status:literal $content:literal $about:literal) => {
        Some($crate::api::operation::Success {
            status: $status, content: $content, description: $about,
        })
    };
    (@has) => { false };
    (@has $given:ty) => { true };
    (@type $usual:ty) => { $usual };
    (@type $usual:ty, $own:ty) => { $own };
}

pub(crate) use operations;

#[cfg(test)]
mod tests;
