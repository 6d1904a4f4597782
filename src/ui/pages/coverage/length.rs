//! How long the conversations are, and how many are longer than they may be.

use super::asked::{Asked, PAGE, TARGET, target as meant};
use crate::{
    api::{conversations::load_openings, coverage::load_tokens},
    domain::{
        conversations::CommonOpening,
        coverage::{TOKEN_TARGETS, TokenFitAnswer, draw},
        money::grouped,
    },
    ui::{
        chart::PlotFigure,
        client::resource::resource,
        components::{Card, FilterForm, TextField, Tries, parts, rows},
        loaded::Loaded,
        paged_list::Wish,
    },
};
use leptos::{context::Provider, prelude::*, task::spawn_local};

/// Where neither the address nor the organization names a target.
const USUAL: i32 = TOKEN_TARGETS[1];
/// What an estimate is (`domain::generation::estimate`).
const ESTIMATE: &str = "About four bytes of text make a token, and each turn adds four. For \
    English that is right to ±15 %; what counts in the end is your model's tokenizer.";

#[component]
pub fn LengthCard(asked: Memo<Asked>, wish: Wish) -> impl IntoView {
    // Known once the lengths are: what the organization decided comes with them.
    let decided = RwSignal::new(None::<i32>);
    let target = Memo::new(move |_| asked.with(|asked| asked.target).or(decided.get()));
    let wanted = Memo::new(move |_| asked.with(Asked::lengths));
    let read = resource(move || wanted.get(), load_tokens);
    let shown = move |answer: TokenFitAnswer| {
        let asked = asked.get_untracked();
        view! { <Lengths answer=answer asked=asked decided=decided /> }
    };
    let usual = TOKEN_TARGETS.map(|tokens| {
        let current = move || (target.get() == Some(tokens)).then_some("true");
        let href = move || asked.with(|it| it.with(TARGET, &tokens.to_string()).address());
        view! {
            <a class="button" data-variant="secondary" data-size="s" href=href aria-current=current>
                {number(tokens.into())}
            </a>
        }
    });
    let usual = parts(usual);
    view! {
        <Card
            id="coverage-length"
            title="Length"
            hint="In estimated tokens of training text. Demonstration data is included."
        >
            <div class="coverage-targets">
                <span id="coverage-targets">"Longest that fits"</span>
                <div class="button-row" role="group" aria-labelledby="coverage-targets">
                    {usual}
                </div>
                <OwnTarget asked=asked target=target wish=wish />
            </div>
            <Loaded read=read label="Measuring the conversations" lines=7 children=shown />
            <Openings />
        </Card>
    }
    .into_any()
}

/// Any other target. Without a script it is a plain form.
#[component]
fn OwnTarget(asked: Memo<Asked>, target: Memo<Option<i32>>, wish: Wish) -> impl IntoView {
    let wrong = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let _ = target.get();
        wrong.set(None);
    });
    let own = Memo::new(move |_| {
        let own = target.get().filter(|tokens| !TOKEN_TARGETS.contains(tokens));
        own.map(|tokens| tokens.to_string()).unwrap_or_default()
    });
    // What is wrong stays as it was typed, beside the sentence.
    let value = Signal::derive(move || wrong.get().unwrap_or_else(|| own.get()));
    let error = Signal::derive(move || {
        wrong.with(Option::is_some).then(|| "Enter a whole number above 0.".to_owned())
    });
    let tries = Tries::default();
    let commit = move |text: String| {
        tries.again();
        let word = text.trim().to_owned();
        let is_wrong = !word.is_empty() && meant(&word).is_none();
        wrong.set(is_wrong.then_some(text));
        // Emptied it gives up a target of its own, not one of the usual ones.
        if !is_wrong && (!word.is_empty() || !own.get_untracked().is_empty()) {
            wish.run((TARGET, word));
        }
    };
    let hidden = move || {
        let kept = asked.with(Asked::parts).into_iter().filter(|(name, _)| *name != TARGET);
        rows(
            kept,
            |(name, _)| *name,
            |(name, value)| view! { <input type="hidden" name=name value=value /> },
        )
    };
    view! {
        <FilterForm class="coverage-own" action=PAGE>
            <Provider value=tries>
                <TextField
                    id="coverage-target"
                    name=TARGET
                    label="Other number of tokens"
                    numeric=true
                    value=value
                    error=error
                    on_commit=commit
                />
            </Provider>
            {hidden}
        </FilterForm>
    }
    .into_any()
}

/// How many are longer, and the histogram.
#[component]
fn Lengths(
    answer: TokenFitAnswer,
    asked: Asked,
    /// Receives what is meant without a target in the address.
    decided: RwSignal<Option<i32>>,
) -> impl IntoView {
    let usual = answer.target.unwrap_or(USUAL);
    Effect::new(move |_| decided.set(Some(usual)));
    let target = asked.target.unwrap_or(usual);
    if answer.total == 0 {
        return view! { <p class="muted">"There are no conversations to measure."</p> }.into_any();
    }
    let sentence = sentence(&answer, target);
    let sentence = match answer.over(target) {
        Some(0) | None => view! { <strong>{sentence}</strong> }.into_any(),
        Some(_) => view! { <a href=asked.longer(target)>{sentence}</a> }.into_any(),
    };
    let plot = draw(&answer, target);
    view! {
        <p>{sentence} " (estimated, ±15 %)"</p>
        <PlotFigure label="Conversations by length" plot=plot />
        <p class="muted">
            {ESTIMATE}
        </p>
    }
    .into_any()
}

/// How too many of the answers begin; nothing where they do not, or where it cannot be read.
#[component]
fn Openings() -> impl IntoView {
    let openings = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(answer) = load_openings().await {
                // The page may be gone meanwhile.
                let _ = openings.try_set(answer.openings);
            }
        });
    });
    let list = move || {
        rows(
            openings.get(),
            |opening| opening.opening.clone(),
            |CommonOpening { opening, count, share, example }| {
                view! {
                    <li>
                        <q translate="no">{opening}</q>
                        {format!(" {} ({:.0} %) ", number(count), 100.0 * share)}
                        <a href=format!("/conversations/{example}")>"Example"</a>
                    </li>
                }
            },
        )
    };
    view! {
        <Show when=move || openings.with(|all| !all.is_empty())>
            <h3>"Openings that repeat"</h3>
            <p class="muted">"More than 1 in 20 conversations answer first like this."</p>
            <ul>{list}</ul>
        </Show>
    }
    .into_any()
}

/// `37 of 340 are longer than 4,096 tokens`.
fn sentence(answer: &TokenFitAnswer, target: i32) -> String {
    let (total, tokens) = (number(answer.total), number(target.into()));
    match (answer.over(target).unwrap_or_default(), answer.total) {
        (0, 1) => format!("The conversation is not longer than {tokens} tokens"),
        (0, _) => format!("None of {total} is longer than {tokens} tokens"),
        (1, _) => format!("1 of {total} is longer than {tokens} tokens"),
        (over, _) => format!("{} of {total} are longer than {tokens} tokens", number(over)),
    }
}

fn number(count: i64) -> String {
    grouped(&count.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::coverage::Length;

    #[test]
    fn says_how_many_are_longer() {
        let lengths = [(100, 1203), (5_000, 1), (9_000, 36)];
        let lengths = lengths.map(|(tokens, count)| Length { tokens, count });
        let answer = TokenFitAnswer::of(&lengths, None, Some(9_000));
        assert_eq!(sentence(&answer, 4_096), "37 of 1,240 are longer than 4,096 tokens");
        assert_eq!(sentence(&answer, 9_000), "None of 1,240 is longer than 9,000 tokens");
    }
}
