//! Time zones, for the pages that let people choose one or say which one their device is in.

use super::error::ApiError;
use leptos::{prelude::*, server_fn::codec::Json};

/// What a zone is called today that a browser reports, by whichever name; `None` when it is not
/// known. Anybody may ask: whoever signs up is nobody yet.
#[server(endpoint = "fn/time-zone", input = Json, output = Json)]
pub async fn find_time_zone(reported: String) -> Result<Option<String>, ApiError> {
    use crate::domain::account::TimeZoneName;
    let zone = TimeZoneName::parse(&reported).ok();
    let known = zone.filter(|zone| zone.as_str().parse::<chrono_tz::Tz>().is_ok());
    Ok(known.map(|zone| zone.as_str().to_owned()))
}

/// Every zone by the name that it has today, and UTC.
#[server(endpoint = "fn/time-zones", input = Json, output = Json)]
pub async fn list_time_zones() -> Result<Vec<String>, ApiError> {
    use crate::domain::account::is_renamed;
    let all = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    // `Etc/GMT+5` means five hours behind; whoever needs it can name it in a script.
    let current = all.filter(|name| name.contains('/') && !name.starts_with("Etc/"));
    let mut names: Vec<String> =
        current.filter(|name| !is_renamed(name)).chain(["UTC"]).map(str::to_owned).collect();
    names.sort_unstable();
    Ok(names)
}
