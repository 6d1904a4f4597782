//! Bodies of the gateway: bounded, and kept as they came.

use super::super::json::was_too_slow;
use crate::{
    domain::error_code::ErrorCode,
    server::{
        foundation::error::ServiceError,
        gateway::{Held, LARGEST_BODY, Room},
    },
};
use axum::body::{Body, Bytes};
use futures::StreamExt;
use http::{HeaderMap, header};

/// The whole body, with its space in memory.
///
/// # Errors
/// 413 for one that is larger than the provider takes, told before it is read where its length is
/// known; 408, 400 for one that does not come; 429 where there is no space.
pub async fn read_body(
    room: &Room,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Option<Held>), ServiceError> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY) {
        return Err(too_large());
    }
    let held = room.take(length).await?;
    let mut pieces = body.into_data_stream();
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| match was_too_slow(&error) {
            true => ServiceError::refused(
                ErrorCode::RequestTimeout,
                "The body of the request took too long to arrive. Send it again.",
            ),
            false => ServiceError::refused(
                ErrorCode::Malformed,
                "The body of the request ended too early. Send it again.",
            ),
        })?;
        if first.len().max(rest.len()) + piece.len() > LARGEST_BODY {
            return Err(too_large());
        }
        // Most come in one piece, which need not be copied.
        if first.is_empty() {
            first = piece;
            continue;
        }
        if rest.is_empty() {
            rest.reserve(length.unwrap_or_default().max(first.len() + piece.len()));
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&piece);
    }
    let whole = if rest.is_empty() { first } else { rest.into() };
    Ok((whole, held))
}

fn too_large() -> ServiceError {
    let mebibytes = LARGEST_BODY / 1024 / 1024;
    ServiceError::refused(
        ErrorCode::TooLarge,
        format!("Request exceeds the maximum size of {mebibytes} MB."),
    )
}
