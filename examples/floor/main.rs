//! The least that a server can do to store something: one request, one row of 2 kB, on the disk
//! before it is acknowledged. `make bench` holds generations against it; nobody else needs it.
//!
//! `floor ADDRESS DATABASE-URL`: the table `bench_floor` must be there.

use axum::{Router, extract::State, http::StatusCode, routing::post};
use std::{env, error::Error};
use tokio::net::TcpListener;
use train::server::postgres::Database;

/// As many as a server has when nothing else is set.
const CONNECTIONS: u32 = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: floor ADDRESS DATABASE-URL".into());
    };
    let database = Database::connect(url.parse()?, CONNECTIONS).await?;
    let router = Router::new().route("/", post(store)).with_state(database);
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn store(State(database): State<Database>, content: String) -> StatusCode {
    let stored = sqlx::query("INSERT INTO bench_floor (content) VALUES ($1)")
        .bind(content)
        .execute(database.pool())
        .await;
    match stored {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
