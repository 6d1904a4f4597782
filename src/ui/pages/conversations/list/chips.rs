//! What narrows the table, each with the way to take it back.

use super::{
    asked::{Asked, FILTERS, SEVERAL},
    facets::Facets,
};
use crate::{
    api::{
        conversations::{ListConversations, ReadConversation},
        operation::{self, Nothing},
    },
    domain::conversations::{ConversationQuery, FindingKind, Likeness, Status, Tier},
    ui::{
        client::rest::Call,
        components::{Icon, IconName, LinkButton, rows},
        form,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// Id of the line, which takes the focus when something of it is gone.
const LINE: &str = "conversation-chips";

/// One filter, or one word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chip {
    name: &'static str,
    /// As the address has it.
    word: String,
    /// The address without it.
    without: String,
}

fn chips(asked: &Asked) -> Vec<Chip> {
    let of = |name: &'static str| -> Vec<Chip> {
        if SEVERAL.contains(&name) {
            let chip = |word: String| {
                let without = asked.toggled(name, &word).address();
                Chip { name, word, without }
            };
            return asked.words(name).into_iter().map(chip).collect();
        }
        let chip = |word: &str| {
            let without = asked.with(name, "").address();
            Chip { name, word: word.to_owned(), without }
        };
        asked.get(name).map(chip).into_iter().collect()
    };
    FILTERS.into_iter().flat_map(of).collect()
}

/// What people call a filter.
fn label(name: &str) -> &'static str {
    match name {
        "text" => "Text",
        "status" => "Status",
        "tier" => "Tier",
        "scoreMin" => "Score from",
        "scoreMax" => "Score to",
        "trainable" => "Trainable",
        "persona" => "Persona",
        "emotion" => "Emotion",
        "topic" => "Topic",
        "tag" => "Tag",
        "author" => "Author",
        "from" => "From",
        "to" => "To",
        "likeness" => "Similar",
        "alike" => "Similar to",
        "finding" => "Content checks",
        "proposed" => "Proposed revision",
        _ => "Tokens over",
    }
}

/// What people call a value; `None` of an id.
fn value(name: &str, word: &str) -> Option<String> {
    let known = match name {
        "status" => word.parse().ok().map(Status::label),
        "tier" => word.parse().ok().map(Tier::label),
        "likeness" => word.parse().ok().map(Likeness::label),
        "finding" => word.parse().ok().map(FindingKind::label),
        "trainable" | "proposed" => Some(if word == "true" { "Yes" } else { "No" }),
        "author" | "alike" => return None,
        _ => Some(word),
    };
    Some(known.unwrap_or(word).to_owned())
}

/// The chips, and what can be done with all of them at once.
#[component]
pub fn Chips(asked: Memo<Asked>, defaults: Memo<Asked>, facets: Facets) -> impl IntoView {
    let similar = use_similar(asked);
    let chip = move |chip: Chip| {
        let Chip { name, word, without } = chip;
        let value = move || match name {
            "alike" => similar.get(),
            _ => {
                let known = value(name, &word).or_else(|| facets.label(name, &word));
                known.unwrap_or_else(|| "the chosen person".to_owned())
            }
        };
        view! {
            <a class="chip" href=without on:click=move |_| form::focus(format!("#{LINE}"))>
                <span class="visually-hidden">"Remove the filter "</span>
                {label(name)}
                ": "
                {value}
                <Icon name=IconName::Close size="s" />
            </a>
        }
    };
    let chips = move || {
        let all = asked.with(chips);
        rows(all, |chip| (chip.name, chip.word.clone()), chip)
    };
    let state = Memo::new(move |_| {
        let (asked, defaults) = (asked.get(), defaults.get());
        let are_defaults = defaults.is_filtered() && asked.filters() == defaults;
        (asked.is_filtered(), are_defaults, defaults.is_filtered() && !are_defaults)
    });
    let note = move || {
        state.get().1.then(|| view! { <span class="muted small">"Your default filters"</span> })
    };
    let clear = move || {
        state.get().0.then(|| {
            let everything = asked.with(|asked| asked.unfiltered().address());
            let review = asked.with(review_address);
            view! {
                <a href=everything on:click=move |_| form::focus(format!("#{LINE}"))>
                    "Clear all"
                </a>
                <a href=review>"Review these"</a>
            }
        })
    };
    let apply = move || {
        state.get().2.then(|| {
            let address = defaults.get().sorted_as(&asked.get()).address();
            view! {
                <LinkButton href=address small=true icon=IconName::Filter>
                    "Apply my default filters"
                </LinkButton>
            }
        })
    };
    view! {
        <div class="chips" id=LINE tabindex="-1" role="group" aria-label="Active filters">
            {note}
            {chips}
            {clear}
            {apply}
        </div>
    }
    .into_any()
}

/// What the conversation is called that the others are similar to; read after the page, as the
/// address has no more than its id.
fn use_similar(asked: Memo<Asked>) -> RwSignal<String> {
    let name = RwSignal::new("one conversation".to_owned());
    let id = Memo::new(move |_| asked.with(|asked| asked.get("alike").map(str::to_owned)));
    Effect::new(move |_| {
        let Some(own) = id.get() else { return };
        spawn_local(async move {
            let call = Call::<ReadConversation>::new(own.clone(), &Nothing {});
            let Ok(answer) = call.send().await else { return };
            let found = answer.conversation;
            // Another one may have been asked for meanwhile, or the page be gone.
            if id.try_get_untracked() == Some(Some(own)) {
                let called = match found.title.as_str() {
                    "" => found.public_id,
                    title => format!("“{title}”"),
                };
                name.set(called);
            }
        });
    });
    name
}

/// The review of just these, in the same order.
fn review_address(asked: &Asked) -> String {
    let (sort, direction) = asked.order();
    let query = ConversationQuery { sort, direction, ..asked.query().filters() };
    let address = operation::address::<ListConversations>(&(), &query);
    let query = address.split_once('?').map_or("", |(_, query)| query);
    if query.is_empty() { "/review".to_owned() } else { format!("/review?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_a_chip_of_its_own() {
        let asked = Asked::default()
            .with("status", "draft,approved")
            .with("text", "rate")
            .with("finding", "email")
            .with("sort", "score");
        let told: Vec<_> = chips(&asked)
            .into_iter()
            .map(|chip| {
                let value = value(chip.name, &chip.word).unwrap_or_default();
                (format!("{}: {value}", label(chip.name)), chip.without)
            })
            .collect();
        let expect = [
            ("Text: rate", "/conversations?status=draft%2Capproved&finding=email&sort=score"),
            ("Status: Draft", "/conversations?text=rate&status=approved&finding=email&sort=score"),
            ("Status: Approved", "/conversations?text=rate&status=draft&finding=email&sort=score"),
            (
                "Content checks: E-mail address",
                "/conversations?text=rate&status=draft%2Capproved&sort=score",
            ),
        ];
        assert_eq!(told, expect.map(|(chip, without)| (chip.to_owned(), without.to_owned())));
    }

    #[test]
    fn a_review_takes_the_filters_over_as_the_server_reads_them() {
        let asked = Asked::default().with("to", "2026-11-02").with("after", "x");
        let address = review_address(&asked).replace("%3A", ":");
        assert_eq!(address, "/review?to=2026-11-03T00:00:00Z");
        assert_eq!(review_address(&Asked::default()), "/review");
    }
}
