//! What content checks found in a conversation: marked in its text, and in a sentence above it.

use crate::{
    domain::conversations::{Finding, FindingKind},
    ui::{
        components::{Banner, Tone, rows},
        form,
    },
};
use leptos::prelude::*;

/// What a finding means to whoever decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// It lets somebody in: it belongs into no training data.
    Secret,
    /// It is about a person.
    Person,
    /// What language models say by themselves.
    Phrase,
}

fn family(kind: FindingKind) -> Family {
    match kind {
        FindingKind::Secret => Family::Secret,
        FindingKind::Refusal | FindingKind::Boilerplate => Family::Phrase,
        FindingKind::Email | FindingKind::Phone | FindingKind::Iban | FindingKind::Card => {
            Family::Person
        }
    }
}

impl Family {
    const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Person => "person",
            Self::Phrase => "phrase",
        }
    }
}

/// The colour of a kind.
pub(super) fn tone(kind: FindingKind) -> Tone {
    match family(kind) {
        Family::Secret => Tone::Danger,
        Family::Person => Tone::Warning,
        Family::Phrase => Tone::Neutral,
    }
}

/// A text with marks where something was found in it.
#[component]
pub fn FoundText(
    text: String,
    /// Those of this text.
    findings: Vec<Finding>,
) -> impl IntoView {
    let piece = |(_, (text, kind)): (usize, (String, Option<FindingKind>))| {
        let Some(kind) = kind else { return view! { <span>{text}</span> }.into_any() };
        // The name has its own direction, so that it does not decide about that of the turn.
        view! {
            <mark class="finding" data-family=family(kind).name() title=kind.label()>
                <span class="visually-hidden" dir="ltr">
                    {kind.label()}
                    ": "
                </span>
                {text}
            </mark>
        }
        .into_any()
    };
    // Another text is another element: a translator may hold on to the one that was there.
    rows(pieces(&text, &findings).into_iter().enumerate(), Clone::clone, piece)
}

/// The text in pieces, each with what was found there.
fn pieces(text: &str, findings: &[Finding]) -> Vec<(String, Option<FindingKind>)> {
    let mut pieces = Vec::<(String, Option<usize>)>::new();
    for (letter, at) in text.chars().zip(0_u32..) {
        let own = findings.iter().position(|found| (found.from..found.to).contains(&at));
        match pieces.last_mut() {
            Some((piece, there)) if *there == own => piece.push(letter),
            _ => pieces.push((letter.to_string(), own)),
        }
    }
    let kind = |own: Option<usize>| own.and_then(|own| findings.get(own)).map(|found| found.kind);
    pieces.into_iter().map(|(text, own)| (text, kind(own))).collect()
}

/// A kind, how often it was found, and in which turns.
type Group = (FindingKind, usize, Vec<u32>);

fn groups(findings: &[Finding]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|(kind, ..)| *kind == finding.kind) {
            Some((_, count, turns)) => {
                *count += 1;
                if !turns.contains(&finding.turn) {
                    turns.push(finding.turn);
                }
            }
            None => groups.push((finding.kind, 1, vec![finding.turn])),
        }
    }
    groups
}

/// "a refusal", "2 e-mail addresses".
fn counted(kind: FindingKind, count: usize) -> String {
    let (one, many) = match kind {
        FindingKind::Refusal => ("a refusal", "refusals"),
        FindingKind::Boilerplate => ("a boilerplate phrase", "boilerplate phrases"),
        FindingKind::Email => ("an e-mail address", "e-mail addresses"),
        FindingKind::Phone => ("a phone number", "phone numbers"),
        FindingKind::Iban => ("an IBAN", "IBANs"),
        FindingKind::Card => ("a card number", "card numbers"),
        FindingKind::Secret => ("a key or token", "keys or tokens"),
    };
    if count == 1 { one.to_owned() } else { format!("{count} {many}") }
}

/// Everything that was found in a sentence, with the ways there; nothing when nothing was.
#[component]
pub fn FindingsNotice(
    findings: Vec<Finding>,
    /// Whether the turns stand on the page, as those of a proposal do not.
    #[prop(default = true)]
    links: bool,
) -> impl IntoView {
    let groups = groups(&findings);
    if groups.is_empty() {
        return ().into_any();
    }
    let is_grave = groups.iter().any(|(kind, ..)| family(*kind) != Family::Phrase);
    let tone = if is_grave { Tone::Warning } else { Tone::Info };
    let link = move |(place, turn): (usize, u32)| {
        let comma = (place > 0).then_some(", ");
        if !links {
            return view! { <span>{comma} "turn " {turn}</span> }.into_any();
        }
        let target = format!("#turn-{turn}");
        let href = target.clone();
        // The keyboard goes on at the turn.
        let go = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            form::focus(target.clone());
        };
        view! {
            <span>
                {comma} <a href=href on:click=go>
                    "turn "
                    {turn}
                </a>
            </span>
        }
        .into_any()
    };
    let group = move |(place, (kind, count, turns)): (usize, Group)| {
        let links = rows(turns.into_iter().enumerate(), |(_, turn)| *turn, link);
        view! {
            <span>
                {(place > 0).then_some(", ")} {counted(kind, count)} " (" {links} ")"
            </span>
        }
    };
    let told = rows(groups.into_iter().enumerate(), |(_, group)| group.clone(), group);
    view! {
        <Banner tone=tone>
            <strong>"Content checks: "</strong>
            {told}
        </Banner>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(kind: FindingKind, turn: u32, from: u32, to: u32) -> Finding {
        Finding { kind, turn, from, to }
    }

    #[test]
    fn places_are_counted_in_letters_not_bytes() {
        let text = "👩🏽‍🚀 שלום ana@example.com,b@c.de!";
        let from = u32::try_from(text.chars().position(|letter| letter == 'a').unwrap()).unwrap();
        let found = [
            finding(FindingKind::Email, 1, from, from + 15),
            finding(FindingKind::Email, 1, from + 16, from + 22),
        ];
        let all = pieces(text, &found);
        let marked: Vec<_> = all.iter().filter(|(_, kind)| kind.is_some()).collect();
        assert_eq!(marked[0].0, "ana@example.com");
        assert_eq!(marked[1].0, "b@c.de");
        let whole: String = all.iter().map(|(piece, _)| piece.as_str()).collect();
        assert_eq!(whole, text, "nothing of the text is lost");
    }

    #[test]
    fn neighbours_stay_two_and_what_lies_outside_marks_nothing() {
        let found = [
            finding(FindingKind::Phone, 1, 0, 1),
            finding(FindingKind::Phone, 1, 1, 2),
            finding(FindingKind::Phone, 1, 9, 12),
        ];
        assert_eq!(pieces("abc", &found).len(), 3);
        assert_eq!(pieces("", &found), []);
        assert_eq!(pieces("abc", &[]), [("abc".to_owned(), None)]);
    }

    #[test]
    fn kinds_are_told_once_with_their_turns() {
        let found = [
            finding(FindingKind::Email, 3, 0, 1),
            finding(FindingKind::Refusal, 4, 0, 1),
            finding(FindingKind::Email, 5, 0, 1),
            finding(FindingKind::Email, 5, 4, 5),
        ];
        let all = groups(&found);
        let told: Vec<_> = all.iter().map(|(kind, count, _)| counted(*kind, *count)).collect();
        assert_eq!(told, ["3 e-mail addresses", "a refusal"]);
        assert_eq!(all[0].2, [3, 5]);
    }
}
