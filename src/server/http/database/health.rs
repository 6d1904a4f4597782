//! `/api/database/…`: the health of the database.

use crate::{
    api::database::health::{
        CancelStatement, ExactBloatAnswer, ExplainStatement, HealthAnswer, HealthPart, HealthQuery,
        MeasureBloat, ReadHealth, ReadSetup, TerminateSession,
    },
    domain::{
        accounts::Scope,
        database::{ExplainAnswer, IndexQuery, QueryQuery, SetupAnswer, SignalAnswer, TableQuery},
    },
    server::{
        database::health::Signal,
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
            typed::explain,
        },
        postgres::apart,
    },
};
use serde::{Serialize, de::DeserializeOwned};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ReadHealth>()
        .on::<MeasureBloat>()
        .on::<ExplainStatement>()
        .on::<CancelStatement>()
        .on::<TerminateSession>()
        .on::<ReadSetup>()
}

const READ: Access = Access::Administrator(Scope::DatabaseRead);
const WRITE: Access = Access::Administrator(Scope::DatabaseWrite);

impl Handle for ReadHealth {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<HealthAnswer, ServiceError> {
        let Call { state, request, query, .. } = call;
        let (health, alerts) = (&state.health, &state.alerts);
        let mut answer = HealthAnswer::default();
        match query.part.unwrap_or_default() {
            HealthPart::Full => {
                let HealthQuery { fresh, limit, .. } = query;
                let (tables, indexes, queries) = (
                    TableQuery { limit, fresh, ..TableQuery::default() },
                    IndexQuery { limit, fresh, ..IndexQuery::default() },
                    QueryQuery { limit, ..QueryQuery::default() },
                );
                let (overview, tables, indexes, queries, connections) = tokio::try_join!(
                    apart(alerts.overview(&request, fresh)),
                    apart(health.tables(&request, &tables)),
                    apart(health.indexes(&request, &indexes)),
                    apart(health.queries(&request, &queries)),
                    apart(alerts.connections(&request)),
                )?;
                answer = HealthAnswer {
                    overview: Some(overview),
                    tables: Some(tables),
                    indexes: Some(indexes),
                    queries: Some(queries),
                    connections: Some(connections),
                };
            }
            HealthPart::Overview => {
                answer.overview = Some(alerts.overview(&request, query.fresh).await?);
            }
            HealthPart::Tables => {
                answer.tables = Some(health.tables(&request, &tables(query)?).await?);
            }
            HealthPart::Indexes => {
                answer.indexes = Some(health.indexes(&request, &indexes(query)?).await?);
            }
            HealthPart::Queries => {
                answer.queries = Some(health.queries(&request, &queries(query)?).await?);
            }
            HealthPart::Connections => {
                answer.connections = Some(alerts.connections(&request).await?);
            }
        }
        Ok(answer)
    }
}

fn tables(query: HealthQuery) -> Result<TableQuery, ServiceError> {
    let problem = word("problem", query.problem)?;
    let sort = word("sort", query.sort)?.unwrap_or_default();
    let HealthQuery { fresh, search, reverse, page, limit, .. } = query;
    Ok(TableQuery { search, problem, sort, reverse, page, limit, fresh })
}

fn indexes(query: HealthQuery) -> Result<IndexQuery, ServiceError> {
    let problem = word("problem", query.problem)?;
    let sort = word("sort", query.sort)?.unwrap_or_default();
    let HealthQuery { fresh, search, reverse, page, limit, .. } = query;
    Ok(IndexQuery { search, problem, sort, reverse, page, limit, fresh })
}

fn queries(query: HealthQuery) -> Result<QueryQuery, ServiceError> {
    let sort = word("sort", query.sort)?.unwrap_or_default();
    let HealthQuery { search, slow, own, reverse, page, limit, .. } = query;
    Ok(QueryQuery { search, slow, own, sort, reverse, page, limit })
}

/// A word of all lists as one of the list that is asked for.
fn word<T: DeserializeOwned>(
    field: &str,
    word: Option<impl Serialize>,
) -> Result<Option<T>, ServiceError> {
    let read = |word| serde_json::to_value(word).and_then(serde_json::from_value);
    word.map(read)
        .transpose()
        .map_err(|error| ServiceError::Validation(vec![explain(field, &error.to_string())]))
}

impl Handle for MeasureBloat {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<ExactBloatAnswer, ServiceError> {
        let bloat = call.state.health.exact_bloat(&call.request, &call.body.target).await?;
        Ok(ExactBloatAnswer { bloat })
    }
}

impl Handle for ExplainStatement {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<ExplainAnswer, ServiceError> {
        call.state.health.explain(&call.request, &call.body.query_id).await
    }
}

impl Handle for CancelStatement {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<SignalAnswer, ServiceError> {
        let (pid, started_at) = (call.at, call.body.started_at);
        call.state.health.signal(&call.request, pid, started_at, Signal::Cancel).await
    }
}

impl Handle for TerminateSession {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<SignalAnswer, ServiceError> {
        let (pid, started_at) = (call.at, call.body.started_at);
        call.state.health.signal(&call.request, pid, started_at, Signal::Terminate).await
    }
}

impl Handle for ReadSetup {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<SetupAnswer, ServiceError> {
        call.state.health.setup(&call.request).await
    }
}
