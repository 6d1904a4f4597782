//! `/api/config/…`: the change history, its statistics, its export, and rolling back.

use super::{
    respond::{Head, Respond},
    routes::Routes,
};
use crate::{
    api::history::{
        CountChanges, ExportChanges, ListChanges, ReadChange, RollBack, RollbackAnswer,
    },
    domain::{
        accounts::Scope,
        history::{ChangeAnswer, ChangePage, RollbackRequest, StatisticsAnswer},
    },
    server::{
        foundation::error::ServiceError,
        history::{self, Rollbacks},
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
use chrono::Utc;
use http::header;

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListChanges>()
        .on::<ReadChange>()
        .on::<CountChanges>()
        .raw::<ExportChanges>()
        .on::<RollBack>()
}

const READER: Access = Access::Person(Scope::HistoryRead);

impl Handle for ListChanges {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ChangePage, ServiceError> {
        history::list(&call.state.database, &call.request, &call.query).await
    }
}

impl Handle for ReadChange {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ChangeAnswer, ServiceError> {
        history::detail(&call.state.database, &call.request, call.at).await
    }
}

impl Handle for CountChanges {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<StatisticsAnswer, ServiceError> {
        history::statistics(&call.state.database, &call.request, &call.query).await
    }
}

impl Respond for ExportChanges {
    const ACCESS: Access = READER;

    async fn respond(call: Call<Self>, _: Head) -> Result<Response, ServiceError> {
        let lines = history::export(&call.state.database, &call.request, call.query).await?;
        let file =
            format!("attachment; filename=\"train-history-{}.csv\"", Utc::now().format("%Y-%m-%d"));
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, file),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        Ok((headers, Body::from_stream(lines)).into_response())
    }
}

impl Handle for RollBack {
    /// What a token needs to bring anything back. Which one it is depends on the change, see
    /// `history::needed`.
    const ACCESS: Access = Access::PersonWithOneOf(&[
        Scope::PreferencesWrite,
        Scope::OrganizationWrite,
        Scope::AiWrite,
    ]);

    async fn handle(call: Call<Self>) -> Result<RollbackAnswer, ServiceError> {
        let Call { state, request, body, .. } = call;
        let rollbacks = Rollbacks::new(&state.database, &state.preferences, &state.ai);
        let answer = match &body {
            RollbackRequest::Preview(one) => rollbacks.preview(&request, one).await?,
            RollbackRequest::Validate(one) => rollbacks.validate(&request, one).await?,
            RollbackRequest::Execute(one) => {
                let changed = rollbacks.execute(&request, one).await?;
                state.generation.tell_of_lowered(&request, changed.budgets_of);
                changed.answer
            }
            RollbackRequest::Bulk(many) => {
                let changed = rollbacks.bulk(&request, many).await?;
                state.generation.tell_of_lowered(&request, changed.budgets_of);
                return Ok(RollbackAnswer::Many(changed.answer));
            }
        };
        Ok(RollbackAnswer::One(Box::new(answer)))
    }
}
