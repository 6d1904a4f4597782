//! How much was changed in the last days.

use super::{
    filter::{Rows, bounds, managed, reader, rows},
    read::judged,
};
use crate::{
    domain::history::{StatisticsAnswer, StatisticsQuery},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        history::reach::Reach,
        postgres::{Database, time_zones},
    },
};
use chrono::{TimeDelta, Utc};
use sqlx::{Postgres, QueryBuilder, types::Json};

const WINDOWS: [i32; 2] = [7, 30];

/// Counts the changes that the person may see, by the days of their own calendar.
pub async fn statistics(
    db: &Database,
    request: &RequestContext,
    query: &StatisticsQuery,
) -> Result<StatisticsAnswer, ServiceError> {
    let actor = reader(request)?;
    let window = query.window.unwrap_or(WINDOWS[0]);
    let known = match WINDOWS.contains(&window) {
        true => Ok(()),
        false => Err(ServiceError::field("window", "The window must be 7 or 30 days.")),
    };
    judged(db, request, query.scope, known).await?;
    // A day more than the window: the person's first day may begin that much before ours.
    let (after, _) =
        bounds(db, Some(Utc::now() - TimeDelta::days(i64::from(window) + 1)), None).await?;
    let mut transaction = db.as_person(request).await?;
    let reach = Reach { actor, managed: managed(&mut transaction).await? };
    let rows = rows(reach, query.scope)?;
    let stored =
        sqlx::query_scalar!("SELECT time_zone FROM auth.users WHERE id = $1", actor.user_id);
    let stored = stored.fetch_optional(&mut *transaction).await?.unwrap_or_default();
    let zone = time_zones::stored_zone(&mut transaction, &stored).await?;
    let mut sql = QueryBuilder::<Postgres>::new("WITH zone AS (SELECT ");
    sql.push_bind(zone)
        .push(
            "::text AS zone), calendar AS (
           SELECT zone, (now() AT TIME ZONE zone)::date AS today FROM zone",
        )
        .push("), span AS (SELECT zone, today, today - ")
        .push_bind(window - 1);
    sql.push(
        "::integer AS first FROM calendar), recent AS MATERIALIZED (
           SELECT log.config_type, log.changed_by, log.changed_by_name, log.sequence, log.changes,
                  (log.changed_at AT TIME ZONE span.zone)::date AS day
             FROM configuration_audit_log log, span WHERE log.sequence > ",
    );
    sql.push_bind(after)
        .push(" AND log.changed_at >= span.first::timestamp AT TIME ZONE span.zone");
    match rows {
        Rows::Own(id) => {
            sql.push(" AND (log.owner_user_id = ")
                .push_bind(id)
                .push(" OR log.changed_by = ")
                .push_bind(id)
                .push(")");
        }
        Rows::Organization(id) => {
            sql.push(" AND log.owner_organization_id = ").push_bind(id);
        }
        Rows::All => {}
    }
    sql.push(
        ")
         SELECT jsonb_build_object(
           'total', (SELECT count(*) FROM recent),
           'byType', (SELECT coalesce(jsonb_agg(jsonb_build_object('configType', config_type,
             'count', number)
               ORDER BY number DESC, config_type), '[]')
             FROM (SELECT config_type, count(*) AS number FROM recent
               GROUP BY config_type) counted),
           'byPerson', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', changed_by, 'name', name,
             'count', number)
               ORDER BY number DESC, changed_by), '[]')
             FROM (SELECT changed_by, count(*) AS number,
               (array_agg(changed_by_name ORDER BY sequence DESC))[1] AS name
                     FROM recent GROUP BY changed_by ORDER BY count(*) DESC, changed_by
                       LIMIT 10) counted),
           'byDay', (SELECT jsonb_agg(jsonb_build_object('day', day::date, 'count',
             coalesce(number, 0)) ORDER BY day)
             FROM span, generate_series(span.first::timestamp, span.today::timestamp,
               '1 day') AS days (day)
             LEFT JOIN (SELECT day, count(*) AS number FROM recent GROUP BY day) counted
               USING (day)),
           'topFields', (SELECT coalesce(jsonb_agg(jsonb_build_object('configType', config_type,
             'path', path, 'count', number)
               ORDER BY number DESC, path), '[]')
             FROM (SELECT config_type, change->>'path' AS path, count(*) AS number
                     FROM recent, jsonb_array_elements(changes) change
                    GROUP BY config_type, change->>'path' ORDER BY count(*) DESC, change->>'path'
                      LIMIT 10) counted),
           'window', ",
    );
    sql.push_bind(window).push("::integer)");
    let Json(statistics) = sql
        .build_query_scalar::<Json<StatisticsAnswer>>()
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(statistics)
}
