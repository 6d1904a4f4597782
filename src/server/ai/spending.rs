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
            usage::{GroupBy, UsageGroup},
        },
        chart::{Bar, Bars, Plot, Unit},
        generation::{Period, Window},
        money::Money,
    },
    server::{
        foundation::{
            charts::{self, Series, Span, Subject, Value},
            context::RequestContext,
            error::ServiceError,
        },
        postgres::{Database, time_zones},
    },
};
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;

/// Models with a colour of their own; the others share one.
const COLOURS: usize = 5;

/// From which part of a budget on the budget is drawn.
const NEAR: f64 = 0.2;

/// What a model cost in an hour or a day.
struct Spent {
    /// When it began, by the clock of the zone.
    at: NaiveDateTime,
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
        let mut window = Window::around(query.window, now, &zone);
        for _ in 0..query.back {
            window = Window::around(query.window, window.start - Duration::seconds(1), &zone);
        }
        let mut budget = None;
        if query.back == 0 {
            let mut scopes = standing.limits(&models, now).scopes.to_vec();
            scopes.retain(|scope| scope.owner.scope_type() == query.scope);
            let budgets = usage::budgets(&self.db, &scopes, now).await?;
            budget = budgets.into_iter().find(|line| line.period == query.window);
        }
        let spent = spent(&self.db, owner, window, zone).await?;
        let groups = |by| usage::groups(&self.db, owner, window, by, zone.name(), &models);
        let by_model = groups(GroupBy::Model).await?;
        let mut shares = vec![
            share("By program", "Program", &groups(GroupBy::Client).await?),
            share("By model", "Model", &by_model),
        ];
        if query.scope == ScopeType::Organization {
            shares.push(share("By person", "Person", &groups(GroupBy::Person).await?));
        }
        shares.reverse();
        let span = Span { from: window.start, to: window.end, zone };
        let title = title(window, &zone);
        let total: Money = by_model.iter().map(|group| group.cost).sum();
        let requests: i64 = by_model.iter().map(|group| group.requests).sum();
        let noun = if requests == 1 { "request" } else { "requests" };
        Ok(Spending {
            summary: format!("{total} spent in {requests} {noun}."),
            over_time: over_time(&spent, span, query.window, &models)?,
            sum: sum(&spent, span, query.window, now, budget.map(|line| line.limit))?,
            shares,
            title,
        })
    }
}

async fn spent(
    db: &Database,
    owner: Owner,
    window: Window,
    zone: Tz,
) -> Result<Vec<Spent>, ServiceError> {
    let (person, organization) = super::read::columns(owner);
    let unit = if window.period == Period::Day { "hour" } else { "day" };
    let mut connection = db.pool().acquire().await?;
    let zone = time_zones::stored_zone(&mut connection, zone.name()).await?;
    let rows = sqlx::query!(
        r#"SELECT date_trunc($5, created_at AT TIME ZONE $6) AS "at!", model,
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
        unit,
        zone
    )
    .fetch_all(&mut *connection)
    .await?;
    let spent = rows.into_iter().map(|row| Spent {
        at: row.at,
        model: row.model,
        cost: Money::from_nanos(row.cost),
    });
    Ok(spent.collect())
}

/// The hours of a day, the days of a week or a month: when each begins by the clock of the zone.
fn steps(span: Span, period: Period) -> Vec<NaiveDateTime> {
    let days = charts::days(span);
    let midnight = |day: &chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN);
    match period {
        Period::Day => {
            let first = days.first().map(midnight).unwrap_or_default();
            (0..24).map(|hour| first + Duration::hours(hour)).collect()
        }
        Period::Week | Period::Month => days.iter().map(midnight).collect(),
    }
}

fn over_time(
    spent: &[Spent],
    span: Span,
    period: Period,
    models: &Catalog,
) -> Result<Plot, ServiceError> {
    let steps = steps(span, period);
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
        let of = |step: &NaiveDateTime| {
            let own = spent.iter().filter(|one| one.at == *step && is_own(&one.model));
            Some(Value::money(own.map(|one| one.cost).sum()))
        };
        steps.iter().map(of).collect::<Vec<_>>()
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
    let labels = steps.iter().map(|step| step.format(format).to_string()).collect();
    let summary = match steps
        .iter()
        .map(|step| (spent.iter().filter(|one| one.at == *step).map(|it| it.cost).sum(), step))
        .max_by_key(|(cost, _): &(Money, _)| *cost)
    {
        Some((most, step)) if most > Money::ZERO => {
            format!("Most in one {what}: {most}, {}.", step.format(format))
        }
        _ => "Nothing was spent.".to_owned(),
    };
    let subject = Subject { summary, unit: Unit::Dollars, place, series, thresholds: Vec::new() };
    charts::bars(subject, labels)
}

fn sum(
    spent: &[Spent],
    span: Span,
    period: Period,
    now: DateTime<Utc>,
    limit: Option<Money>,
) -> Result<Plot, ServiceError> {
    let steps = steps(span, period);
    let length = (span.to - span.from) / i32::try_from(steps.len().max(1)).unwrap_or(1);
    let (mut times, mut values) = (vec![span.from], vec![Some(Value::money(Money::ZERO))]);
    let mut until = Money::ZERO;
    for (index, step) in steps.iter().enumerate() {
        let begins = span.from + length * i32::try_from(index).unwrap_or_default();
        if begins >= now {
            break;
        }
        let own = spent.iter().filter(|one| one.at == *step).map(|one| one.cost);
        until = until.saturating_add(own.sum());
        times.push((begins + length).min(now));
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

fn title(window: Window, zone: &Tz) -> String {
    let first = window.start.with_timezone(zone);
    let last = (window.end - Duration::seconds(1)).with_timezone(zone);
    match window.period {
        Period::Day => first.format("%-d %b %Y").to_string(),
        Period::Week => format!("{} – {}", first.format("%-d %b"), last.format("%-d %b %Y")),
        Period::Month => first.format("%B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.parse().unwrap(), to: to.parse().unwrap(), zone: Tz::UTC }
    }

    fn spent(at: &str, model: &str, dollars: i64) -> Spent {
        let at = at.parse::<DateTime<Utc>>().unwrap().naive_utc();
        Spent { at, model: model.to_owned(), cost: Money::from_dollars(dollars) }
    }

    #[test]
    fn days_without_spending_have_their_place_and_models_a_colour_each() {
        let all = [
            spent("2026-11-02T00:00:00Z", "one", 1),
            spent("2026-11-02T00:00:00Z", "two", 3),
            spent("2026-11-04T00:00:00Z", "one", 1),
        ];
        let span = span("2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z");
        let plot = over_time(&all, span, Period::Week, Catalog::built_in()).unwrap();
        assert_eq!(plot.legend, ["two", "one"], "the dearest first");
        assert_eq!(plot.points.len(), 7);
        assert_eq!(plot.points[1].cells, ["Tue 3", "$0.00", "$0.00"]);
        assert_eq!(plot.summary, "Most in one day: $4.00, Mon 2.");

        let now = "2026-11-04T12:00:00Z".parse().unwrap();
        let limit = Some(Money::from_dollars(8));
        let plot = sum(&all, span, Period::Week, now, limit).unwrap();
        let cells: Vec<_> = plot.points.iter().map(|it| it.cells[1].as_str()).collect();
        assert_eq!(cells, ["$0.00", "$4.00", "$4.00", "$5.00"], "it ends now");
        assert_eq!(plot.thresholds[0].at, 1.0, "{:?}", plot.y_axis);
    }

    #[test]
    fn nothing_spent_is_said_once() {
        let span = span("2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z");
        let plot = over_time(&[], span, Period::Day, Catalog::built_in()).unwrap();
        assert_eq!((plot.summary.as_str(), plot.svg.as_str()), ("Nothing was spent.", ""));
        assert_eq!(plot.points.len(), 24);
    }

    #[test]
    fn a_window_is_called_by_its_days() {
        let at = "2026-11-25T12:00:00Z".parse().unwrap();
        let named = Period::ALL.map(|period| title(Window::around(period, at, &Tz::UTC), &Tz::UTC));
        assert_eq!(named, ["25 Nov 2026", "23 Nov – 29 Nov 2026", "November 2026"]);
    }
}
