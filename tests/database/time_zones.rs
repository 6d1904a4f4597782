//! Whatever a browser calls its time zone, PostgreSQL knows the zone that is stored.

use crate::support::{TestDatabase, texts};
use train::{domain::accounts::TimeZoneName, server::postgres::time_zones};

/// What Chromium and Node report, as of ICU 78 with the time zone database 2025c.
const BROWSERS: &str = include_str!("../../src/domain/accounts/time_zone/browsers.txt");

#[tokio::test]
async fn every_zone_that_browsers_report_is_stored_by_a_name_that_postgresql_knows() {
    let test = TestDatabase::new().await;
    let mut connection = test.role("service_role").await;
    let known = texts(&mut connection, "SELECT name FROM pg_timezone_names").await;
    // An older system may lack the newest zones; those that it has by any name must be found.
    let mut missing = Vec::new();
    for reported in BROWSERS.lines().chain(["US/Pacific", "Asia/Calcutta", "GB", "EST5EDT", "UTC"])
    {
        let zone = TimeZoneName::parse(reported).unwrap();
        match time_zones::known_name(&mut connection, &zone).await.unwrap() {
            Some(name) => assert!(known.contains(&name), "{reported}: {name}"),
            None => missing.push(reported),
        }
    }
    let here = |name: &&str| known.iter().any(|known| known == name);
    assert!(!missing.iter().any(here), "{missing:?}");
    assert!(missing.len() < 5, "{missing:?}");
}

#[tokio::test]
async fn a_row_with_a_name_that_was_given_up_goes_on_working() {
    let test = TestDatabase::new().await;
    let mut connection = test.role("service_role").await;
    for (stored, zone) in [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("Nowhere/At_All", "UTC"),
        ("", "UTC"),
    ] {
        let found = time_zones::stored_zone(&mut connection, stored).await.unwrap();
        assert_eq!(found, zone, "{stored}");
    }
}
