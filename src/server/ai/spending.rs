//! Spending of a window, drawn: over time by model, added up beside the budget, and by who or what
//! spent it.

use super::{AiService, usage};
use crate::{
    domain::{
        accounts::Scope,
        ai::{
            Owner, ScopeType,
            models::Catalog,
            spending::{MOST_BACK, Share, Spending, SpendingQuery},
            usage::{BudgetView, GroupBy, UsageGroup},
        },
        chart::{Bar, Bars, Plot, Unit},
        generation::{Period, Window, window::start_of_day},
        money::Money,
    },
    server::foundation::{
        charts::{self, Series, Span, Subject, Value},
        context::RequestContext,
        error::ServiceError,
    },
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

/// Models with a colour of their own; the others share one.
const COLOURS: usize = 5;

/// From which part of a budget on the budget is drawn.
const NEAR: f64 = 0.2;

/// All that is read for one answer, so that its figures add up while others spend.
const AT_ONCE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// What a model cost in an hour or a day.
struct Spent {
    /// Which of the steps it was, from 0.
    step: usize,
    model: String,
    cost: Money,
}

impl AiService {
    /// The spending of a scope in one window.
    ///
    /// # Errors
    /// 403 for the spending of an organization that one does not manage, 400 for a window that is
    /// too far back.
    pub async fn spending(
        &self,
        request: &RequestContext,
        query: &SpendingQuery,
    ) -> Result<Spending, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        if query.back > MOST_BACK {
            let message = format!("back must be a whole number from 0 to {MOST_BACK}.");
            return Err(ServiceError::field("back", message));
        }
        let (standing, models) = (self.standing(user_id).await?, self.models.current().await?);
        let owner = self.readable(request, &standing, query.scope).await?;
        let zone = usage::zone_of(&standing, owner);
        let now = Utc::now();
        let mut scopes = standing.limits(&models, now).scopes.to_vec();
        scopes.retain(|scope| scope.owner.scope_type() == query.scope);
        let budgets = usage::budgets(&self.db, &scopes, now).await?;
        let budget = budgets.into_iter().find(|budget| budget.period == query.window);
        let window = shown(query, budget.as_ref(), now, zone);
        let span = Span { from: window.start, to: window.end, zone };
        let steps = steps(span, query.window);
        let mut transaction = self.db.pool().begin_with(AT_ONCE).await?;
        let spent = spent(&mut transaction, owner, window, &steps).await?;
        let total: Money = spent.iter().map(|one| one.cost).sum();
        let (mut shares, mut requests) = (Vec::new(), 0_i64);
        for (by, label, column) in [
            (GroupBy::Person, "By person", "Person"),
            (GroupBy::Model, "By model", "Model"),
            (GroupBy::Client, "By program", "Program"),
        ] {
            if by == GroupBy::Person && query.scope == ScopeType::Person {
                continue;
            }
            let groups =
                usage::groups(&mut transaction, owner, window, by, zone.name(), &models).await?;
            shares.push(share(label, column, &groups));
            // A request has one program, and perhaps several models.
            if by == GroupBy::Client {
                requests = groups.iter().map(|group| group.requests).sum();
            }
        }
        transaction.commit().await?;
        let noun = if requests == 1 { "request" } else { "requests" };
        // What the budget was in an earlier window is not known.
        let limit = budget.filter(|_| query.back == 0).map(|budget| budget.limit);
        Ok(Spending {
            title: title(window, zone),
            summary: format!("{total} spent in {requests} {noun}."),
            over_time: over_time(&spent, &steps, zone, query.window, &models)?,
            sum: sum(&spent, &steps, span, now, limit)?,
            shares,
        })
    }
}

/// The window that is asked for: the present one as the gates count in it, or one of those before,
/// of which each ends where the next one begins.
fn shown(
    query: &SpendingQuery,
    budget: Option<&BudgetView>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Window {
    let mut window = usage::present(budget, query.window, now, &zone);
    for _ in 0..query.back {
        let end = window.start;
        let before = Window::around(query.window, end - Duration::seconds(1), &zone);
        window = Window { end, ..before };
    }
    window
}

/// The hours of a day, the days of a week or a month: when each begins. A day has 23 or 25 hours
/// where the clock changes.
fn steps(span: Span, period: Period) -> Vec<DateTime<Utc>> {
    let mut steps: Vec<_> = match period {
        Period::Day => {
            let hours = (0..).map(|hour| span.from + Duration::hours(hour));
            hours.take_while(|hour| *hour < span.to).collect()
        }
        Period::Week | Period::Month => {
            let days = charts::days(span).into_iter();
            days.map(|day| start_of_day(day, &span.zone).max(span.from)).collect()
        }
    };
    // A day that the clock jumped over.
    steps.dedup();
    steps
}

/// Each row of the ledger belongs to the last step that began before it or with it.
async fn spent(
    connection: &mut PgConnection,
    owner: Owner,
    window: Window,
    steps: &[DateTime<Utc>],
) -> Result<Vec<Spent>, ServiceError> {
    let (person, organization) = super::read::columns(owner);
    let rows = sqlx::query!(
        r#"SELECT width_bucket(created_at, $5::timestamptz[]) AS "step!", model,
                  sum(cost_nano_usd)::bigint AS "cost!"
             FROM generation_logs
            WHERE ($1::uuid IS NULL OR user_id = $1)
              AND ($2::uuid IS NULL OR organization_id = $2)
              AND created_at >= $3 AND created_at < $4
            GROUP BY 1, 2
            ORDER BY 1, 2"#,
        person,
        organization,
        window.start,
        window.end,
        steps
    )
    .fetch_all(connection)
    .await?;
    let spent = rows.into_iter().map(|row| Spent {
        // It counts from 1.
        step: usize::try_from(row.step - 1).unwrap_or_default(),
        model: row.model,
        cost: Money::from_nanos(row.cost),
    });
    Ok(spent.collect())
}

/// What each step is called, by the clock of the zone. An hour that it shows twice is told apart by
/// the name of its time: "02:00 CEST", "02:00 CET".
fn names(steps: &[DateTime<Utc>], zone: Tz, format: &str) -> Vec<String> {
    let named = |format: &str| -> Vec<String> {
        steps.iter().map(|step| step.with_timezone(&zone).format(format).to_string()).collect()
    };
    let (short, long) = (named(format), named(&format!("{format} %Z")));
    let is_twice = |name: &String| short.iter().filter(|other| *other == name).count() > 1;
    let names = short.iter().zip(long);
    names.map(|(name, long)| if is_twice(name) { long } else { name.clone() }).collect()
}

fn cost_of(spent: &[Spent], step: usize) -> Money {
    spent.iter().filter(|one| one.step == step).map(|one| one.cost).sum()
}

fn over_time(
    spent: &[Spent],
    steps: &[DateTime<Utc>],
    zone: Tz,
    period: Period,
    models: &Catalog,
) -> Result<Plot, ServiceError> {
    let mut totals: Vec<(&str, Money)> = Vec::new();
    for one in spent {
        match totals.iter_mut().find(|(model, _)| *model == one.model) {
            Some((_, total)) => *total = total.saturating_add(one.cost),
            None => totals.push((&one.model, one.cost)),
        }
    }
    totals.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
    let kept: Vec<&str> = totals.iter().take(COLOURS).map(|(model, _)| *model).collect();
    let costs = |is_own: &dyn Fn(&str) -> bool| {
        let of = |step: usize| {
            let own = spent.iter().filter(|one| one.step == step && is_own(&one.model));
            Some(Value::money(own.map(|one| one.cost).sum()))
        };
        (0..steps.len()).map(of).collect::<Vec<_>>()
    };
    let name = |model: &str| models.get(model).map_or(model, |known| &known.name).to_owned();
    let mut series: Vec<Series> = kept
        .iter()
        .map(|model| Series { name: name(model), values: costs(&|it| it == *model) })
        .collect();
    if totals.len() > COLOURS {
        let values = costs(&|it| !kept.contains(&it));
        series.push(Series { name: "Other models".to_owned(), values });
    }
    if series.is_empty() {
        series.push(Series { name: "Cost".to_owned(), values: costs(&|_| true) });
    }
    let (place, format, what) = match period {
        Period::Day => ("Hour", "%H:%M", "hour"),
        Period::Week => ("Day", "%a %-d", "day"),
        Period::Month => ("Day", "%-d %b", "day"),
    };
    let labels = names(steps, zone, format);
    let most = labels.iter().enumerate().map(|(step, label)| (cost_of(spent, step), label));
    let summary = match most.max_by_key(|(cost, _)| *cost) {
        Some((most, label)) if most > Money::ZERO => {
            format!("Most in one {what}: {most}, {label}.")
        }
        _ => "Nothing was spent.".to_owned(),
    };
    let subject = Subject { summary, unit: Unit::Dollars, place, series, thresholds: Vec::new() };
    charts::bars(subject, labels)
}

fn sum(
    spent: &[Spent],
    steps: &[DateTime<Utc>],
    span: Span,
    now: DateTime<Utc>,
    limit: Option<Money>,
) -> Result<Plot, ServiceError> {
    let begun = steps.partition_point(|step| *step < now);
    // The clock of the database may have come to a step that ours has not.
    let count = spent.iter().map(|one| one.step + 1).fold(begun, usize::max);
    let (mut times, mut values) = (vec![span.from], vec![Some(Value::money(Money::ZERO))]);
    let mut until = Money::ZERO;
    for step in 0..count {
        until = until.saturating_add(cost_of(spent, step));
        times.push(steps.get(step + 1).copied().unwrap_or(span.to).min(now));
        values.push(Some(Value::money(until)));
    }
    // Far above what was spent, its line would press all of that to the ground.
    let is_near = |limit: &Money| until.share_of(*limit).is_some_and(|share| share > NEAR);
    let thresholds = limit
        .filter(is_near)
        .map(|limit| (Value::money(limit).amount, format!("Budget {limit}"), true));
    let summary = match limit {
        Some(limit) => format!("{until} of {limit}."),
        None => format!("{until} in all."),
    };
    let series = vec![Series { name: "Spent".to_owned(), values }];
    let thresholds = thresholds.into_iter().collect();
    let subject = Subject { summary, unit: Unit::Dollars, place: "Time", series, thresholds };
    charts::lines(subject, &times, span)
}

fn share(label: &str, column: &str, groups: &[UsageGroup]) -> Share {
    let most = groups.iter().map(|group| group.cost).max().unwrap_or_default();
    let total: Money = groups.iter().map(|group| group.cost).sum();
    let rows = groups.iter().map(|group| Bar {
        share: group.cost.share_of(most).unwrap_or_default(),
        cells: vec![group.label.clone(), group.requests.to_string(), group.cost.to_string()],
    });
    let summary = match groups.first() {
        Some(first) if total > Money::ZERO => {
            format!("{}: {} of {total}.", first.label, first.cost)
        }
        _ => "Nothing was spent.".to_owned(),
    };
    let columns = [column, "Requests", "Cost"].map(str::to_owned).to_vec();
    Share { label: label.to_owned(), bars: Bars { summary, columns, rows: rows.collect() } }
}

/// A day and a month by their middle: one that began in another time zone begins in the day before
/// or ends in the day after.
fn title(window: Window, zone: Tz) -> String {
    let local = |time: DateTime<Utc>| time.with_timezone(&zone);
    let middle = local(window.start + (window.end - window.start) / 2);
    match window.period {
        Period::Day => middle.format("%-d %b %Y").to_string(),
        Period::Week => {
            let (first, last) = (local(window.start), local(window.end - Duration::seconds(1)));
            format!("{} – {}", first.format("%-d %b"), last.format("%-d %b %Y"))
        }
        Period::Month => middle.format("%B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests;
