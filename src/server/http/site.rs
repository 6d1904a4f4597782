//! Files of the browser part: `/pkg/*` by content-hashed names, kept for ever, and the few others,
//! kept for an hour.

use super::answer;
use crate::{api::error::ApiError, domain::error_code::ErrorCode};
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{HeaderValue, Method, StatusCode, header};
use leptos::config::LeptosOptions;
use std::{convert::Infallible, path::Path};
use tower::ServiceExt;
use tower_http::{CompressionLevel, compression::CompressionLayer, services::ServeDir};

/// The longest path that may be a file's: ours are far shorter, and file systems take names of 255
/// bytes.
const LONGEST_PATH: usize = 200;

/// Everything below `/pkg/`. Compressed beforehand by the build, so that serving costs nothing.
pub fn package<S: Clone + Send + Sync + 'static>(options: &LeptosOptions) -> Router<S> {
    let directory = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    let files = ServeDir::new(directory)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(any(missing));
    // Only hashed names never change what they stand for.
    let keep = if options.hash_files { "public, max-age=31536000, immutable" } else { "no-cache" };
    Router::new()
        .nest_service(&format!("/{}", options.site_pkg_dir), files)
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            keep_files(request, next, keep)
        }))
        .layer(middleware::from_fn(only_possible))
        .layer(middleware::from_fn(only_reading))
}

/// The other public files; what is not one of them goes on to `nothing_here`.
pub fn public<S: Clone + Send + Sync + 'static>(
    options: &LeptosOptions,
    nothing_here: Router,
) -> Router<S> {
    let files = ServeDir::new(&*options.site_root)
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(nothing_here.clone());
    Router::new().fallback(async move |request: Request| -> Result<Response, Infallible> {
        if may_be_file(request.uri().path()) {
            files.oneshot(request).await.map(IntoResponse::into_response)
        } else {
            nothing_here.oneshot(request).await
        }
    })
}

/// Packs pages while they are sent. Middling on purpose: a page of 40 KB then takes a millisecond,
/// and more effort saves little.
pub fn compressed() -> CompressionLayer {
    CompressionLayer::new().no_deflate().no_zstd().quality(CompressionLevel::Precise(4))
}

/// Lets browsers keep a file that was found; an answer that already says how long is left as it is.
pub async fn keep_files(request: Request, next: Next, keep: &'static str) -> Response {
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    if found {
        response
            .headers_mut()
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static(keep));
    }
    response
}

/// Whether a file may be asked for. tower-http answers a bare 500 to a name that the system cannot
/// even look up.
fn may_be_file(path: &str) -> bool {
    path.len() <= LONGEST_PATH && !path.contains("%00")
}

async fn only_possible(request: Request, next: Next) -> Response {
    if may_be_file(request.uri().path()) {
        next.run(request).await
    } else {
        missing().await.into_response()
    }
}

/// There is nothing to change where files and pages are.
pub async fn only_reading(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        next.run(request).await
    } else {
        answer::unknown_path().await.into_response()
    }
}

async fn missing() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "This file does not exist (any more). Reload the page.")
}
