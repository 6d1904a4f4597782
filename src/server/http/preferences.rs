//! `/api/user-preferences`. The answers are written by the service, which keeps them.

use super::{
    dispatch::write_kept,
    respond::{Head, Respond},
    routes::Routes,
    settle::Settled,
};
use crate::{
    api::{
        operation::Operation,
        preferences::{
            ActOnPreferences, ChangePreferences, PreferencesActionRequest, ReadPreferences,
        },
    },
    domain::{
        accounts::Scope,
        preferences::{PreferencesAnswer, save::read_all},
    },
    server::{
        foundation::error::ServiceError,
        http::{access::Access, operation::Call},
        preferences::{Entry, Intent, Save},
    },
};
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::Value;

pub fn routes() -> Routes {
    Routes::new().raw::<ReadPreferences>().raw::<ChangePreferences>().raw::<ActOnPreferences>()
}

impl Respond for ReadPreferences {
    const ACCESS: Access = Access::Person(Scope::PreferencesRead);

    async fn respond(call: Call<Self>, _: Head) -> Result<Response, ServiceError> {
        Ok(answered::<Self>(&*call.state.preferences.read(&call.request).await?))
    }
}

impl Respond for ChangePreferences {
    const ACCESS: Access = Access::Person(Scope::PreferencesWrite);

    async fn respond(call: Call<Self>, _: Head) -> Result<Response, ServiceError> {
        let Call { state, request, body, base_version, key, .. } = call;
        let (patch, errors) = read_all(&Value::Object(body.0));
        if !errors.is_empty() {
            return Err(state.preferences.refusal(&request, &patch, errors).await);
        }
        let save = Save { intent: Intent::Patch(patch), base_version, key };
        Ok(answered::<Self>(&*state.preferences.save(&request, save).await?))
    }
}

impl Respond for ActOnPreferences {
    const ACCESS: Access = Access::Person(Scope::PreferencesWrite);

    async fn respond(call: Call<Self>, _: Head) -> Result<Response, ServiceError> {
        let Call { state, request, body, base_version, key, .. } = call;
        let intent = match body {
            PreferencesActionRequest::Reset { section } => Intent::Reset(section),
            PreferencesActionRequest::Import { preferences } => Intent::Import(preferences),
        };
        let save = Save { intent, base_version, key };
        Ok(answered::<Self>(&*state.preferences.save(&request, save).await?))
    }
}

/// With the version that a change can be based on.
fn answered<O: Operation<Answer = PreferencesAnswer>>(entry: &Entry) -> Response {
    let mut response = write_kept::<O>(&entry.answer);
    // Saves come in numbers; the service has waited with the announcement itself.
    response.extensions_mut().insert(Settled);
    if let Ok(version) = HeaderValue::from_str(&format!("\"{}\"", entry.snapshot.version)) {
        response.headers_mut().insert(header::ETAG, version);
    }
    response
}
