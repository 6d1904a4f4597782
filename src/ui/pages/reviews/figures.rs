//! How reviewing goes: what is left, what was done, and how much reviewers agree.

use crate::{
    api::reviews::load_review_figures,
    domain::reviews::{Agreement, ReviewFiguresAnswer},
    ui::{client::resource::resource, components::format_number, loaded::Loaded},
};
use chrono::Utc;
use leptos::prelude::*;
use std::time::Duration;

/// After decisions they are read again, at most this often.
const EVERY_MS: i64 = 10_000;

/// The figures, and what was decided here since they were read.
#[derive(Clone, Copy)]
pub struct Tally {
    /// Counts the readings.
    reading: RwSignal<u32>,
    known: RwSignal<Option<ReviewFiguresAnswer>>,
    since: RwSignal<i64>,
    /// How many had been decided when the reading under way began.
    asked_after: StoredValue<i64>,
    asked_at: StoredValue<i64>,
    is_due: StoredValue<bool>,
}

impl Tally {
    pub fn new() -> Self {
        Self {
            reading: RwSignal::new(0),
            known: RwSignal::new(None),
            since: RwSignal::new(0),
            asked_after: StoredValue::new(0),
            asked_at: StoredValue::new(0),
            is_due: StoredValue::new(false),
        }
    }

    /// How many wait, as far as this page knows; tracked.
    pub fn left(self) -> Option<i64> {
        let since = self.since.get();
        self.known.with(|known| known.as_ref().map(|figures| (figures.left - since).max(0)))
    }

    /// So many more were decided here; fewer when some were taken back.
    pub fn count(self, decisions: i64) {
        self.since.update(|since| *since += decisions);
    }

    /// Reads them again, soon.
    pub fn refresh(self) {
        if self.is_due.get_value() {
            return;
        }
        self.is_due.set_value(true);
        let now = Utc::now().timestamp_millis();
        let wait = (self.asked_at.get_value() + EVERY_MS - now).clamp(0, EVERY_MS);
        let read = move || {
            // The page may be gone.
            if self.is_due.try_set_value(false).is_none() {
                self.asked_at.set_value(Utc::now().timestamp_millis());
                self.asked_after.set_value(self.since.get_untracked());
                self.reading.update(|count| *count = count.wrapping_add(1));
            }
        };
        set_timeout(read, Duration::from_millis(wait.unsigned_abs()));
    }

    fn take_in(self, figures: ReviewFiguresAnswer) {
        let counted = self.asked_after.get_value();
        self.asked_after.set_value(0);
        self.count(-counted);
        self.known.set(Some(figures));
    }
}

/// Reads and shows them.
#[component]
pub fn Figures(tally: Tally) -> impl IntoView {
    let read = resource(move || tally.reading.get(), |_| load_review_figures());
    view! {
        <Loaded read=read label="Loading the figures" lines=1 let:figures>
            <Known tally=tally figures=figures />
        </Loaded>
    }
    .into_any()
}

#[component]
fn Known(tally: Tally, figures: ReviewFiguresAnswer) -> impl IntoView {
    let ReviewFiguresAnswer { left, done_today, done_last_hour, disagreements, agreement, .. } =
        figures;
    Effect::new(move |_| tally.take_in(figures.clone()));
    let since = tally.since;
    let agreement = agreement.map(|agreement| {
        let Agreement { kappa, pairs, .. } = agreement;
        view! {
            <div>
                <dt>"Agreement"</dt>
                <dd>
                    <span translate="no">"κ " {format_number(kappa, 0.01)}</span>
                    {format!(" over {pairs}: {}", in_words(kappa))}
                </dd>
            </div>
        }
    });
    view! {
        <dl class="facts" data-inline="">
            <div>
                <dt>"Left"</dt>
                <dd>{move || (left - since.get()).max(0)}</dd>
            </div>
            <div>
                <dt>"Done today"</dt>
                <dd>{move || (done_today + since.get()).max(0)}</dd>
            </div>
            <div>
                <dt>"Pace"</dt>
                <dd>{move || (done_last_hour + since.get()).max(0)} " in the last hour"</dd>
            </div>
            <div>
                <dt>"Disagreements"</dt>
                <dd>{disagreements}</dd>
            </div>
            {agreement}
        </dl>
    }
    .into_any()
}

/// What a kappa means.
fn in_words(kappa: f64) -> &'static str {
    match kappa {
        kappa if kappa > 0.8 => "reviewers nearly always agree",
        kappa if kappa > 0.6 => "reviewers mostly agree",
        kappa if kappa > 0.4 => "reviewers agree fairly often",
        kappa if kappa > 0.0 => "reviewers agree little more than by chance",
        _ => "reviewers agree no more than by chance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_told_in_words() {
        assert_eq!(in_words(0.72), "reviewers mostly agree");
        assert_eq!(in_words(1.0), "reviewers nearly always agree");
        assert_eq!(in_words(0.0), "reviewers agree no more than by chance");
        assert_eq!(in_words(-1.0), "reviewers agree no more than by chance");
    }
}
