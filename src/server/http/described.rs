//! What an operation says of itself, for the description of the interface.

use crate::api::operation::{Header, JSON, Operation, PartKind, PathParts, Success};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr,
        path::{Parameter, ParameterIn},
        schema::Schema,
    },
};

/// A schema by the name that others refer to it with.
pub type Named = (String, RefOr<Schema>);

/// One operation.
pub struct Described {
    pub name: &'static str,
    pub chapter: &'static str,
    /// The lines of its documentation.
    pub summary: &'static [&'static str],
    pub method: &'static str,
    pub path: &'static str,
    /// What is in the braces of the path, in their order.
    pub parts: &'static [PartKind],
    pub query: Vec<Parameter>,
    pub headers: &'static [Header],
    /// The name of the type of the body.
    pub body: Option<String>,
    /// Its type of content.
    pub takes: &'static str,
    pub status: u16,
    /// The name of the type of the answer.
    pub answer: String,
    pub content: &'static str,
    pub about: &'static str,
    pub other: Option<Success>,
    pub refusals: &'static [(u16, &'static str)],
    /// Every schema that body and answer consist of. A name may come many times.
    pub schemas: Vec<Named>,
}

impl Described {
    pub fn of<O: Operation>() -> Self {
        let mut schemas = Vec::new();
        if O::CONTENT == JSON {
            gather::<O::Answer>(&mut schemas);
        }
        if O::HAS_BODY {
            gather::<O::Body>(&mut schemas);
        }
        Self {
            name: O::NAME,
            chapter: O::CHAPTER,
            summary: O::SUMMARY,
            method: O::METHOD.as_str(),
            path: O::PATH,
            parts: O::At::KINDS,
            query: O::Query::into_params(|| Some(ParameterIn::Query)),
            headers: O::HEADERS,
            body: O::HAS_BODY.then(|| O::Body::name().into_owned()),
            takes: O::TAKES,
            status: O::STATUS,
            answer: O::Answer::name().into_owned(),
            content: O::CONTENT,
            about: O::ABOUT,
            other: O::OTHER,
            refusals: O::REFUSALS,
            schemas,
        }
    }
}

fn gather<T: ToSchema>(schemas: &mut Vec<Named>) {
    schemas.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(schemas);
}
