//! The plan of a statement that `pg_stat_statements` knows, for parameters of any value. The
//! statement itself is never executed, and what PostgreSQL says when it cannot plan it is not
//! passed on: it may hold data.

use super::{queries, reader::version};
use crate::{
    domain::database::{ExplainAnswer, Panel},
    server::{foundation::error::ServiceError, postgres::Database},
};
use chrono::Utc;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

/// What EXPLAIN takes. Nothing else is handed to PostgreSQL.
const EXPLAINED: [&str; 7] = ["select", "insert", "update", "delete", "merge", "values", "with"];

pub(super) async fn explain(database: &Database, id: &str) -> Result<ExplainAnswer, ServiceError> {
    let id: i64 = id
        .parse()
        .map_err(|_| ServiceError::field("queryId", "This is not the id of a statement."))?;
    let mut connection = database.operations().acquire().await?;
    let plan = async {
        let Some(schema) = queries::schema(&mut connection).await? else {
            return Ok(Panel::unavailable(
                "The extension pg_stat_statements was not created in this database.",
            ));
        };
        // The schema of an extension is no parameter, so that this cannot be checked when compiled.
        let sql = format!(
            "SELECT max(query) FROM {schema}.pg_stat_statements WHERE queryid = $1 AND dbid = \
                (SELECT oid FROM pg_database WHERE datname = current_database())"
        );
        let query: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).fetch_one(&mut *connection).await?;
        let query = query.ok_or(ServiceError::NotFound("This statement"))?;
        match statement(&query) {
            Ok(statement) => plan(&mut connection, statement).await,
            Err(reason) => Ok(Panel::unavailable(reason)),
        }
    };
    let plan = plan.await;
    // The transaction is rolled back and its settings with it, whatever came of it; otherwise the
    // connection goes.
    if connection.execute("ROLLBACK; DEALLOCATE ALL").await.is_err() {
        connection.close_on_drop();
        return plan.map(|plan| ExplainAnswer { plan });
    }
    connection.close_on_drop();
    plan.map(|plan| ExplainAnswer { plan })
}

/// The statement, if it is one that may be planned and nothing but one.
fn statement(query: &str) -> Result<&str, &'static str> {
    let text = query.trim().trim_end_matches(';').trim_end();
    let first: String =
        without_comments(text).chars().take_while(char::is_ascii_alphabetic).collect();
    if !EXPLAINED.contains(&first.to_ascii_lowercase().as_str()) {
        return Err("Only SELECT, INSERT, UPDATE, DELETE, MERGE and VALUES have a plan.");
    }
    // Constants are parameters here, so that a semicolon can hardly be anything but a second
    // statement.
    if text.contains(';') {
        return Err(
            "This statement holds a semicolon and is not explained, to be sure that nothing is \
                executed.",
        );
    }
    Ok(text)
}

/// From the first word on.
fn without_comments(mut text: &str) -> &str {
    loop {
        text = text
            .trim_start_matches(|character: char| character.is_whitespace() || character == '(');
        if let Some(rest) = text.strip_prefix("--") {
            text = rest.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(rest) = text.strip_prefix("/*") {
            text = rest.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            return text;
        }
    }
}

/// The highest number of a parameter.
fn parameters(text: &str) -> usize {
    let numbers = text.split('$').skip(1);
    let digits =
        numbers.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits
        .filter_map(|digits| digits.parse().ok())
        .filter(|number| *number <= 1000)
        .max()
        .unwrap_or(0)
}

async fn plan(
    connection: &mut PgConnection,
    statement: &str,
) -> Result<Panel<String>, ServiceError> {
    let version = version(connection).await?;
    let settings = "BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = \
        '500ms'; \
        SET LOCAL search_path = public, extensions; SET LOCAL plan_cache_mode = force_generic_plan";
    connection.execute(settings).await?;
    let count = parameters(statement);
    let steps = if version >= 160_000 {
        vec![format!("EXPLAIN (GENERIC_PLAN) {statement}")]
    } else if count == 0 {
        vec![format!("EXPLAIN {statement}")]
    } else {
        // Before 16 a generic plan is that of a prepared statement, whose parameters have no value.
        let nulls = vec!["NULL"; count].join(", ");
        vec![
            format!("PREPARE train_explain AS {statement}"),
            format!("EXPLAIN EXECUTE train_explain ({nulls})"),
        ]
    };
    let mut lines = Vec::new();
    for step in steps {
        // In the simple protocol: in the other one the parameters would want values.
        match sqlx::raw_sql(AssertSqlSafe(step)).fetch_all(&mut *connection).await {
            Ok(rows) => {
                lines = rows.iter().filter_map(|row| row.try_get::<String, _>(0).ok()).collect()
            }
            Err(error) => return Ok(Panel::unavailable(refusal(&error))),
        }
    }
    Ok(Panel::estimate(lines.join("\n"), Utc::now()))
}

fn refusal(error: &sqlx::Error) -> &'static str {
    match error.as_database_error().and_then(|error| error.code()).as_deref() {
        Some("42501") => {
            "The role train_owner may not read what this statement reads, so that it cannot plan \
                it."
        }
        Some("55P03") => {
            "A table of this statement is locked at the moment. Try again when its lock is gone."
        }
        Some("57014") => "Planning this statement takes longer than two seconds.",
        Some("42P01" | "3F000" | "42703") => {
            "What this statement names is not found in the schema public; it may be gone, or \
                belong to another search path."
        }
        Some("42P18" | "42P08" | "42725" | "42883" | "42601" | "22P02") => {
            "PostgreSQL cannot tell the types of the parameters of this statement, so that it \
                cannot plan it."
        }
        _ => "PostgreSQL cannot plan this statement without its values.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_statement_that_has_a_plan_is_taken() {
        assert_eq!(statement(" select 1; "), Ok("select 1"));
        assert_eq!(statement("/* a */ -- b\n (SELECT $1)"), Ok("/* a */ -- b\n (SELECT $1)"));
        for refused in [
            "drop table t",
            "explain analyze delete from t",
            "select 1; drop table t",
            "",
            "copy t to program 'x'",
            "selection",
        ] {
            assert!(statement(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn parameters_are_counted_by_their_number() {
        assert_eq!(parameters("select $1, $12 where a = $2"), 12);
        assert_eq!(parameters("select 1"), 0);
    }
}
