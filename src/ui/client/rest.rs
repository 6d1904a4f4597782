//! Calls to the HTTP interface by `fetch`, for everything that a page does after it has loaded. The
//! page's script (`ui/tabs.js`) adds whose page it is, here and to server functions, so that
//! nothing of one account lands in another's.

use crate::{
    api::{
        error::ApiError,
        operation::{self, BYTES, Method, Operation, Upload, reads},
    },
    domain::{credential, error_code::ErrorCode, json},
};
use serde_json::Value;
use std::marker::PhantomData;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob, Headers, RequestInit, Response};

/// Longer than any answer of ours takes; a silent server is then treated like an unreachable one.
const TIMEOUT_MS: u32 = 20_000;
/// Longer than any generation may take, with all of its retries.
const PATIENT_MS: u32 = 3_600_000;
/// Longer than a piece of a file takes on a slow line.
const PIECE_MS: u32 = 300_000;
/// Browsers send no more than 64 KiB at once on behalf of pages that may be left meanwhile, and
/// refuse the rest outright. So a larger body, of a long conversation, goes without, and its page
/// has to stay.
const LONGEST_KEPT_ALIVE: usize = 60 * 1024;

/// One call of an operation, to its own shape: another does not compile.
pub struct Call<O: Operation> {
    request: Request,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Call<O> {
    /// `at`: what stands in the braces of the path.
    pub fn new(at: O::At, body: &O::Body) -> Self {
        Self::asking(at, &O::Query::default(), body)
    }

    /// As [`Call::new`], with a query.
    pub fn asking(at: O::At, query: &O::Query, body: &O::Body) -> Self {
        let address = operation::address::<O>(&at, query);
        let body = O::HAS_BODY.then(|| serde_json::to_string(body).unwrap_or_default());
        Self { request: Request::new(O::METHOD, address, body), operation: PhantomData }
    }

    /// For what waits for Claude, which may take as long as a generation.
    pub fn patient(mut self) -> Self {
        self.request.timeout_ms = PATIENT_MS;
        self
    }

    /// Sends it and reads the answer; every failure is the one error shape.
    pub async fn send(self) -> Result<O::Answer, ApiError> {
        let value = self.request.value().await?;
        json::read(&value).map_err(|_| unreadable())
    }

    /// The request, for what reads its answer piece by piece.
    pub(super) fn into_request(self) -> Request {
        self.request
    }
}

impl<O: Operation<Body = Upload>> Call<O> {
    /// Sends a piece of a file as it is: the browser reads it while it is sent.
    pub fn sending(at: O::At, query: &O::Query, piece: Blob) -> Self {
        let mut request = Request::new(O::METHOD, operation::address::<O>(&at, query), None);
        request.headers.push(("content-type", BYTES.to_owned()));
        request.piece = Some(piece);
        request.timeout_ms = PIECE_MS;
        Self { request, operation: PhantomData }
    }
}

impl<O: reads::IfMatch> Call<O> {
    /// The version that the change is based on.
    pub fn if_match(mut self, version: i64) -> Self {
        self.request.headers.push(("if-match", format!("\"{version}\"")));
        self
    }
}

impl<O: reads::IdempotencyKey> Call<O> {
    /// The same request under the same key is done once.
    pub fn idempotency_key(mut self, key: Uuid) -> Self {
        self.request.headers.push(("idempotency-key", key.to_string()));
        self
    }
}

/// One request. Cookies go with it; the server knows by the browser's own headers that it is not
/// cross-site.
pub(super) struct Request {
    method: &'static str,
    path: String,
    body: Option<String>,
    /// Instead of a text.
    piece: Option<Blob>,
    headers: Vec<(&'static str, String)>,
    /// A key or token stands where it would be kept: it does not even leave the browser.
    refused: Option<ApiError>,
    /// When a server that says nothing is given up.
    timeout_ms: u32,
}

impl Request {
    fn new(method: Method, path: String, body: Option<String>) -> Self {
        let method = method.as_str();
        match body {
            Some(body) => Self::written(method, path, body),
            None => Self {
                method,
                path,
                body: None,
                piece: None,
                headers: Vec::new(),
                refused: None,
                timeout_ms: TIMEOUT_MS,
            },
        }
    }

    fn written(method: &'static str, path: String, body: String) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        // Nearly no body holds one: only such a one is read again to find the field.
        let refused = credential::find(&body)
            .and_then(|_| json::parse(body.as_bytes()).ok())
            .and_then(|value| credential::find_in_body(&value))
            .map(|(path, found)| ApiError::credential(&path, found));
        Self {
            method,
            path,
            body: Some(body),
            piece: None,
            headers,
            refused,
            timeout_ms: TIMEOUT_MS,
        }
    }

    async fn value(self) -> Result<Value, ApiError> {
        let call = self.checked()?;
        let init = RequestInit::new();
        init.set_signal(Some(&AbortSignal::timeout_with_u32(call.timeout_ms)));
        let length = call.body.as_ref().map_or(0, String::len);
        if call.method != "GET" && call.piece.is_none() && length < LONGEST_KEPT_ALIVE {
            // A change goes on when its page is left. (The typed setter is newer than the oldest
            // web-sys we accept.)
            let _ = js_sys::Reflect::set(&init, &"keepalive".into(), &true.into());
        }
        let response =
            call.fetch(&init, "application/json").await.map_err(|_| ApiError::unreachable())?;
        read(&response).await
    }

    /// The call, unless something in it must not be sent.
    pub(super) fn checked(mut self) -> Result<Self, ApiError> {
        self.refused.take().map_or(Ok(self), Err)
    }

    /// Sends it as `init` says, asking for an answer of some type.
    pub(super) async fn fetch(self, init: &RequestInit, accept: &str) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        headers.set("accept", accept)?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        init.set_method(self.method);
        init.set_headers(&headers);
        if let Some(body) = &self.body {
            init.set_body(&JsValue::from_str(body));
        }
        if let Some(piece) = &self.piece {
            init.set_body(piece);
        }
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        JsFuture::from(window.fetch_with_str_and_init(&self.path, init)).await?.dyn_into()
    }
}

/// The JSON of an answer, or its failure.
pub(super) async fn read(response: &Response) -> Result<Value, ApiError> {
    let text = match response.text() {
        Ok(promise) => JsFuture::from(promise).await.map_err(|_| ApiError::unreachable())?,
        Err(_) => return Err(ApiError::unreachable()),
    };
    let value = json::parse(text.as_string().unwrap_or_default().as_bytes());
    match (response.ok(), value) {
        (true, Ok(value)) => Ok(value),
        (true, Err(_)) => Err(unreadable()),
        (false, value) => {
            let error = value.ok().and_then(|value| json::read::<ApiError>(&value).ok());
            // A proxy in between may answer with a page of its own.
            let status = response.status();
            Err(error.unwrap_or_else(|| {
                let sentence =
                    format!("The server did not answer as expected (HTTP {status}). Try again.");
                ApiError { status, ..ApiError::new(ErrorCode::NoAnswer, sentence) }
            }))
        }
    }
}

/// What was answered has another shape than the route's.
pub(super) fn unreadable() -> ApiError {
    ApiError::new(
        ErrorCode::Unreadable,
        "The server's answer could not be read. Reload the page and try again.",
    )
}
