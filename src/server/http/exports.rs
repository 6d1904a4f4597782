//! `/api/exports…`.

mod range;

use super::{
    respond::{Head, Respond},
    routes::Routes,
};
use crate::{
    api::{
        exports::{
            CreateExport, DownloadExport, ExportAnswer, ExportPreviewAnswer, ExportsAnswer,
            ListExports, PreviewExport, ReadExport, StopExport,
        },
        operation::BYTES,
    },
    domain::{accounts::Scope, error_code::ErrorCode},
    server::{
        exports::Part,
        foundation::{context::RequestContext, error::ServiceError},
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use range::{Asked, asked};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListExports>()
        .on::<PreviewExport>()
        .on::<CreateExport>()
        .on::<ReadExport>()
        .on::<StopExport>()
        .raw::<DownloadExport>()
}

/// An export changes no conversation: who reads them takes them out.
const READER: Access = Access::Person(Scope::ConversationsRead);

impl Handle for ListExports {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ExportsAnswer, ServiceError> {
        let exports = call.state.exports.list(&call.request).await?;
        Ok(ExportsAnswer { exports })
    }
}

impl Handle for PreviewExport {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ExportPreviewAnswer, ServiceError> {
        let preview = call.state.exports.preview(&call.request, call.body).await?;
        Ok(ExportPreviewAnswer { preview })
    }
}

impl Handle for CreateExport {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ExportAnswer, ServiceError> {
        let export = call.state.exports.create(&call.request, call.body, call.key).await?;
        Ok(ExportAnswer { export })
    }
}

impl Handle for ReadExport {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ExportAnswer, ServiceError> {
        let export = call.state.exports.read(&call.request, call.at).await?;
        Ok(ExportAnswer { export })
    }
}

impl Handle for StopExport {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ExportAnswer, ServiceError> {
        let export = call.state.exports.stop(&call.request, call.at).await?;
        Ok(ExportAnswer { export })
    }
}

impl Respond for DownloadExport {
    const ACCESS: Access = READER;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let exports = &call.state.exports;
        let file = exports.download(&call.request, call.at).await?;
        // What an export has is the same from its beginning on, so a file that is still written has
        // its tag already: whoever is interrupted then goes on later.
        let tag = format!("\"{}\"", file.export.id);
        let mut response = match file.whole() {
            None => Body::from_stream(exports.follow(&file)).into_response(),
            Some((size, _)) => {
                let range = asked(head.range.as_deref(), head.if_range.as_deref(), size, &tag);
                let (status, part) = match range {
                    Asked::Whole => (StatusCode::OK, Part { from: 0, to: size }),
                    Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
                    Asked::Nothing => return Ok(beyond(&call.request, size)),
                };
                let body = Body::from_stream(exports.part(&file, part));
                let mut response = (status, body).into_response();
                let headers = response.headers_mut();
                if status == StatusCode::PARTIAL_CONTENT {
                    let range = format!("bytes {}-{}/{size}", part.from, part.to - 1);
                    put(headers, header::CONTENT_RANGE, &range);
                }
                put(headers, header::CONTENT_LENGTH, &(part.to - part.from).to_string());
                response
            }
        };
        let headers = response.headers_mut();
        // Whatever it holds, it is to be stored and not shown.
        put(headers, header::CONTENT_TYPE, BYTES);
        put(headers, header::ETAG, &tag);
        put(headers, header::ACCEPT_RANGES, "bytes");
        // Names of files have no character that would need quoting.
        let name = format!("attachment; filename=\"{}\"", file.export.file_name);
        put(headers, header::CONTENT_DISPOSITION, &name);
        put(headers, header::CACHE_CONTROL, "no-store");
        Ok(response)
    }
}

/// 416, with how long the file is.
fn beyond(request: &RequestContext, size: i64) -> Response {
    let sentence = format!("The file has {size} bytes and ends before that part.");
    let refused = ServiceError::refused(ErrorCode::RangeNotSatisfiable, sentence);
    let mut response = request.fail(refused).into_response();
    put(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
