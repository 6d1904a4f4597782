//! Which part of the history the charts of a tab show: chosen above them, kept in the address.

use super::address::Asked;
use crate::{
    domain::chart::{Last, Range},
    ui::components::{Button, Choice, SegmentedControl},
};
use leptos::{html, prelude::*, web_sys::SubmitEvent};
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};

/// The range that an address names; the last day where it names none.
pub fn asked(query: &ParamsMap) -> Range {
    let word = |name: &str| query.get(name).unwrap_or_default();
    Range {
        last: word("range").parse().unwrap_or_default(),
        from: word("from").parse().ok(),
        to: word("to").parse().ok(),
    }
}

/// Tells one range from another.
pub fn in_words(range: &Range) -> String {
    [range.last.as_str().to_owned(), day(range.from), day(range.to)].join(" ")
}

/// Which part of the history is shown.
#[component]
pub fn RangeChoice(
    range: Memo<Range>,
    /// The address without a range.
    #[prop(into)]
    place: Signal<Asked>,
) -> impl IntoView {
    let go = go(place);
    let own = RwSignal::new(range.get_untracked().last == Last::Own);
    // Going back and forth chooses as well.
    Effect::new(move |_| {
        let is_own = range.get().last == Last::Own;
        // Set to the same it would draw the fields anew, and take the focus out of them.
        if own.get_untracked() != is_own {
            own.set(is_own);
        }
    });
    let choose = {
        let go = go.clone();
        move |word: String| {
            let is_own = word == Last::Own.as_str();
            own.set(is_own);
            // One's own begins when its days are chosen.
            if !is_own {
                go(&[("range", &word)]);
            }
        }
    };
    let choices = Last::ALL.map(|last| Choice::new(last.as_str(), last.label())).to_vec();
    let value = Signal::derive(move || {
        let last = if own.get() { Last::Own } else { range.get().last };
        last.as_str().to_owned()
    });
    view! {
        <div class="toolbar">
            <SegmentedControl
                id="database-range"
                name="range"
                label="Range"
                choices=choices
                value=value
                on_change=choose
            />
            {move || own.get().then(|| view! { <OwnRange range=range place=place /> })}
        </div>
    }
    .into_any()
}

/// From which day to which day.
#[component]
fn OwnRange(range: Memo<Range>, place: Signal<Asked>) -> impl IntoView {
    let go = go(place);
    let Range { from, to, .. } = range.get_untracked();
    let (from, to) = (day(from), day(to));
    let (first, last) = (RwSignal::new(from.clone()), RwSignal::new(to.clone()));
    let (from_field, to_field) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    // What was typed and not shown gives way to what the address names now. By hand: a value that
    // follows what is typed would empty a date of which one part is being written anew.
    Effect::new(move |before: Option<()>| {
        let Range { from, to, .. } = range.get();
        if before.is_none() {
            return;
        }
        for (field, typed, day) in [(from_field, first, day(from)), (to_field, last, day(to))] {
            if let Some(field) = field.get_untracked() {
                field.set_value(&day);
            }
            typed.set(day);
        }
    });
    let wrong =
        move || !first.get().is_empty() && !last.get().is_empty() && first.get() > last.get();
    let show = move |event: SubmitEvent| {
        event.prevent_default();
        let (from, to) = (first.get_untracked(), last.get_untracked());
        if !from.is_empty() && !to.is_empty() && from <= to {
            go(&[("range", Last::Own.as_str()), ("from", &from), ("to", &to)]);
        }
    };
    view! {
        <form class="toolbar" on:submit=show>
            <label class="field-inline">
                "From "
                <input
                    class="input"
                    type="date"
                    required=true
                    value=from
                    node_ref=from_field
                    on:input:target=move |event| first.set(event.target().value())
                />
            </label>
            <label class="field-inline">
                "to "
                <input
                    class="input"
                    type="date"
                    required=true
                    value=to
                    node_ref=to_field
                    aria-invalid=move || wrong().then_some("true")
                    aria-describedby="database-range-error"
                    on:input:target=move |event| last.set(event.target().value())
                />
            </label>
            <Button kind="submit" small=true>
                "Show"
            </Button>
            <span id="database-range-error" class="field-error" role="status">
                {move || wrong().then_some("The first day must not be after the last.")}
            </span>
        </form>
    }
    .into_any()
}

fn day(day: Option<chrono::NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Goes to another range, where the page stands.
fn go(place: Signal<Asked>) -> impl Fn(&[(&'static str, &str)]) + Clone + 'static {
    let navigate = use_navigate();
    move |parts| {
        let asked = parts.iter().fold(place.get_untracked(), |it, part| it.with(part.0, part.1));
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&asked.address(), options);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_range() {
        let of = |pairs: &[(&'static str, &str)]| {
            let mut query = ParamsMap::new();
            for (name, word) in pairs {
                query.insert(*name, (*word).to_owned());
            }
            asked(&query)
        };
        assert_eq!(of(&[]), Range::default());
        assert_eq!(of(&[("range", "7d")]).last, Last::Week);
        assert_eq!(of(&[("range", "nonsense")]).last, Last::Day);
        let own = of(&[("range", "own"), ("from", "2026-11-01"), ("to", "x")]);
        assert_eq!((own.from, own.to), ("2026-11-01".parse().ok(), None));
    }

    #[test]
    fn a_chart_of_one_range_is_not_taken_for_that_of_another() {
        let own = |from: &str, to: &str| {
            in_words(&Range { last: Last::Own, from: from.parse().ok(), to: to.parse().ok() })
        };
        let words = [
            in_words(&Range::default()),
            in_words(&Range { last: Last::Week, ..Range::default() }),
            own("2026-11-01", "2026-11-02"),
            own("2026-11-01", "2026-11-03"),
            own("2026-11-01", ""),
            own("", "2026-11-01"),
        ];
        let different: std::collections::HashSet<_> = words.iter().collect();
        assert_eq!(different.len(), words.len(), "{words:?}");
    }
}
