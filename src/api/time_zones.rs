//! Time zones, for the pages that let people choose one or say which one their device is in. Both
//! ask where a zone is stored, so that what a page promises is what applies.

use super::{codec::Answer, error::ApiError};
use leptos::{prelude::*, server_fn::codec::Json};

/// What a zone is called today that a browser reports, by whichever name; `None` when it is not
/// known. Anybody may ask: whoever signs up is nobody yet.
#[server(endpoint = "fn/time-zone", input = Json, output = Answer)]
pub async fn find_time_zone(reported: String) -> Result<Option<String>, ApiError> {
    use crate::{
        domain::accounts::TimeZoneName,
        server::{http::page_request::page_request, postgres::time_zones},
    };
    let (state, request, _turn) = page_request().await?;
    let Ok(zone) = TimeZoneName::parse(&reported) else { return Ok(None) };
    let found = async {
        let mut connection = state.database.pool().acquire().await?;
        time_zones::known_name(&mut connection, &zone).await
    };
    let found = found.await.map_err(|error| request.fail(error.into()))?;
    Ok(found.map(|_| zone.as_str().to_owned()))
}

/// Every zone by the name that it has today, and UTC.
#[server(endpoint = "fn/time-zones", input = Json, output = Answer)]
pub async fn list_time_zones() -> Result<Vec<String>, ApiError> {
    use crate::server::{http::page_request::page_request, postgres::time_zones};
    let (state, request, _turn) = page_request().await?;
    let offered = async {
        let mut connection = state.database.pool().acquire().await?;
        time_zones::offered(&mut connection).await
    };
    offered.await.map_err(|error| request.fail(error.into()))
}
