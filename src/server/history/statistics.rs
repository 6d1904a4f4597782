//! How much was changed in the last days.

use super::filter::{Rows, bounds, managed, reader, rows};
use crate::{
    domain::history::{Statistics, StatisticsQuery},
    server::{
        context::RequestContext,
        database::{Database, time_zones},
        error::ServiceError,
        history::reach::Reach,
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
) -> Result<Statistics, ServiceError> {
    let actor = reader(request)?;
    let window = query.window.unwrap_or(WINDOWS[0]);
    if !WINDOWS.contains(&window) {
        return Err(ServiceError::field("window", "The window must be 7 or 30 days."));
    }
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
    let mut sql = QueryBuilder::<Postgres>::new("with zone as (select ");
    sql.push_bind(zone)
        .push(
            "::text as zone), calendar as (
           select zone, (now() at time zone zone)::date as today from zone",
        )
        .push("), span as (select zone, today, today - ")
        .push_bind(window - 1);
    sql.push(
        "::integer as first from calendar), recent as materialized (
           select log.config_type, log.changed_by, log.changed_by_name, log.sequence, log.changes,
                  (log.changed_at at time zone span.zone)::date as day
             from configuration_audit_log log, span where log.sequence > ",
    );
    sql.push_bind(after)
        .push(" and log.changed_at >= span.first::timestamp at time zone span.zone");
    match rows {
        Rows::Own(id) => {
            sql.push(" and (log.owner_user_id = ")
                .push_bind(id)
                .push(" or log.changed_by = ")
                .push_bind(id)
                .push(")");
        }
        Rows::Organization(id) => {
            sql.push(" and log.owner_organization_id = ").push_bind(id);
        }
        Rows::All => {}
    }
    sql.push(
        ")
         select jsonb_build_object(
           'total', (select count(*) from recent),
           'byType', (select coalesce(jsonb_agg(jsonb_build_object('configType', config_type, 'count', number)
               order by number desc, config_type), '[]')
             from (select config_type, count(*) as number from recent group by config_type) counted),
           'byPerson', (select coalesce(jsonb_agg(jsonb_build_object('id', changed_by, 'name', name, 'count', number)
               order by number desc, changed_by), '[]')
             from (select changed_by, count(*) as number, (array_agg(changed_by_name order by sequence desc))[1] as name
                     from recent group by changed_by order by count(*) desc, changed_by limit 10) counted),
           'byDay', (select jsonb_agg(jsonb_build_object('day', day::date, 'count', coalesce(number, 0)) order by day)
             from span, generate_series(span.first::timestamp, span.today::timestamp, '1 day') as days (day)
             left join (select day, count(*) as number from recent group by day) counted using (day)),
           'topFields', (select coalesce(jsonb_agg(jsonb_build_object('configType', config_type, 'path', path, 'count', number)
               order by number desc, path), '[]')
             from (select config_type, change->>'path' as path, count(*) as number
                     from recent, jsonb_array_elements(changes) change
                    group by config_type, change->>'path' order by count(*) desc, change->>'path' limit 10) counted),
           'window', ",
    );
    sql.push_bind(window).push("::integer)");
    let Json(statistics) = sql
        .build_query_scalar::<Json<Statistics>>()
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(statistics)
}
