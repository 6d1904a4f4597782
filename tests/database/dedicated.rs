//! A connection that one task keeps for itself.

use crate::support::TestDatabase;
use sqlx::{AssertSqlSafe, PgConnection};
use train::server::postgres::Dedicated;

async fn ask(connection: &mut PgConnection, sql: &str) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await
}

async fn asked(dedicated: &Dedicated, sql: &str) -> Result<i32, sqlx::Error> {
    let mut connection = dedicated.take().await?;
    let answer = ask(&mut connection, sql).await;
    dedicated.keep(connection, &answer);
    answer
}

const PROCESS: &str = "SELECT pg_backend_pid() WHERE current_user = 'service_role'";

#[tokio::test]
async fn a_dedicated_connection_is_kept_until_it_breaks() {
    let test = TestDatabase::new().await;
    let dedicated = test.database.dedicated();
    let first = asked(&dedicated, PROCESS).await.unwrap();
    assert_eq!(asked(&dedicated, PROCESS).await.unwrap(), first);
    // What a statement is refused for says nothing against the connection.
    assert!(asked(&dedicated, "SELECT 1 / 0").await.is_err());
    assert_eq!(asked(&dedicated, PROCESS).await.unwrap(), first);

    let mut login = test.login().await;
    let end = format!("SELECT pg_terminate_backend({first}, 10000)::integer");
    assert_eq!(ask(&mut login, &end).await.unwrap(), 1);
    assert!(asked(&dedicated, PROCESS).await.is_err(), "it is gone");
    let second = asked(&dedicated, PROCESS).await.unwrap();
    assert_ne!(second, first);
}

#[tokio::test]
async fn a_second_taker_gets_another_connection() {
    let test = TestDatabase::new().await;
    let dedicated = test.database.dedicated();
    let (mut one, mut other) = (dedicated.take().await.unwrap(), dedicated.take().await.unwrap());
    assert_ne!(ask(&mut one, PROCESS).await.unwrap(), ask(&mut other, PROCESS).await.unwrap());
}
