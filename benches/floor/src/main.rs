//! The least that a server can do to store something: one request, one row of 2 kB, on the disk
//! before it is acknowledged. `make bench` holds generations against it.
//!
//! `bench-floor ADDRESS DATABASE-URL`: the table `bench_floor` must be there.

#![allow(clippy::disallowed_types, reason = "Train's own pool would be more than the least")]

use axum::{Router, extract::State, http::StatusCode, routing::post};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{env, error::Error};
use tokio::net::TcpListener;

/// As many as a server of Train has.
const CONNECTIONS: u32 = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench-floor ADDRESS DATABASE-URL".into());
    };
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect(&url)
        .await?;
    let router = Router::new().route("/", post(store)).with_state(pool);
    Ok(axum::serve(TcpListener::bind(address).await?, router).await?)
}

async fn store(State(pool): State<PgPool>, content: String) -> StatusCode {
    let stored = sqlx::query("INSERT INTO bench_floor (content) VALUES ($1)")
        .bind(content)
        .execute(&pool)
        .await;
    match stored {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
