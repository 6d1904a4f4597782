//! What two contents of a conversation differ in: by field and turn, and within a text by words.

use super::{ConversationContent, Turn};

/// How many pairs of words are compared at most. What is longer, and different throughout, counts
/// as replaced: a person would not read it word by word either.
const MOST_PAIRS: usize = 400_000;

/// A piece of a text, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Same(String),
    Removed(String),
    Added(String),
}

/// A field or a turn that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentChange {
    /// What people call it: "Title", "Turn 3 (User)".
    pub label: String,
    pub pieces: Vec<Piece>,
}

/// Everything that differs, fields first, then turns in their order.
pub fn content_changes(old: &ConversationContent, new: &ConversationContent) -> Vec<ContentChange> {
    let tags = [old.categories.join(", "), new.categories.join(", ")];
    let fields = [
        ("Title", old.title.as_str(), new.title.as_str()),
        ("Persona", &old.persona, &new.persona),
        ("Emotion", &old.emotion, &new.emotion),
        ("Topic", &old.topic, &new.topic),
        ("Intent", &old.intent, &new.intent),
        ("Tone", &old.tone, &new.tone),
        ("Tier", old.tier.label(), new.tier.label()),
        ("Tags", &tags[0], &tags[1]),
    ];
    let differing = fields.into_iter().filter(|(_, old, new)| old != new);
    let mut changes: Vec<_> = differing
        .map(|(label, old, new)| ContentChange { label: label.into(), pieces: words(old, new) })
        .collect();
    changes.extend(turn_changes(&old.turns, &new.turns));
    changes
}

/// Turns that stayed stand beside each other; what is between two of them was changed in its order,
/// and the rest of it removed or added.
fn turn_changes(old: &[Turn], new: &[Turn]) -> Vec<ContentChange> {
    let mut changes = Vec::new();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let mut flush = |removed: &mut Vec<usize>, added: &mut Vec<usize>| {
        for index in 0..removed.len().max(added.len()) {
            changes.push(turn_change(old, new, removed.get(index), added.get(index)));
        }
        removed.clear();
        added.clear();
    };
    for step in steps(old, new) {
        match step {
            Step::Same(..) => flush(&mut removed, &mut added),
            Step::Removed(index) => removed.push(index),
            Step::Added(index) => added.push(index),
        }
    }
    flush(&mut removed, &mut added);
    changes
}

fn turn_change(
    old: &[Turn],
    new: &[Turn],
    before: Option<&usize>,
    after: Option<&usize>,
) -> ContentChange {
    let find = |turns: &[Turn], index: Option<&usize>| {
        index.and_then(|index| turns.get(*index).map(|turn| (index + 1, turn.clone())))
    };
    let whole = |text: String| if text.is_empty() { Vec::new() } else { vec![text] };
    match (find(old, before), find(new, after)) {
        (Some((_, before)), Some((number, after))) => {
            let role = after.role.label();
            let label = if before.role == after.role {
                format!("Turn {number} ({role})")
            } else {
                format!("Turn {number} ({} → {role})", before.role.label())
            };
            ContentChange { label, pieces: words(&before.content, &after.content) }
        }
        (Some((number, turn)), None) => ContentChange {
            label: format!("Turn {number} ({}), removed", turn.role.label()),
            pieces: whole(turn.content).into_iter().map(Piece::Removed).collect(),
        },
        (None, Some((number, turn))) => ContentChange {
            label: format!("Turn {number} ({}), added", turn.role.label()),
            pieces: whole(turn.content).into_iter().map(Piece::Added).collect(),
        },
        // Each pair has at least one of them.
        (None, None) => ContentChange { label: String::new(), pieces: Vec::new() },
    }
}

/// A text against another, word by word.
pub fn words(old: &str, new: &str) -> Vec<Piece> {
    let (old, new) = (split(old), split(new));
    let steps = steps(&old, &new);
    let mut pieces = Vec::new();
    let (mut removed, mut added) = (String::new(), String::new());
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Removed(at) => removed.push_str(old[*at]),
            Step::Added(at) => added.push_str(new[*at]),
            Step::Same(at) => {
                let changing = !removed.is_empty() || !added.is_empty();
                let goes_on = !matches!(steps.get(index + 1), None | Some(Step::Same(_)));
                // The space between two words that both changed: one change reads better than two.
                if changing && goes_on && old[*at].trim().is_empty() {
                    removed.push_str(old[*at]);
                    added.push_str(old[*at]);
                    continue;
                }
                flush(&mut pieces, &mut removed, &mut added);
                match pieces.last_mut() {
                    Some(Piece::Same(text)) => text.push_str(old[*at]),
                    _ => pieces.push(Piece::Same(old[*at].to_owned())),
                }
            }
        }
    }
    flush(&mut pieces, &mut removed, &mut added);
    pieces
}

fn flush(pieces: &mut Vec<Piece>, removed: &mut String, added: &mut String) {
    if !removed.is_empty() {
        pieces.push(Piece::Removed(std::mem::take(removed)));
    }
    if !added.is_empty() {
        pieces.push(Piece::Added(std::mem::take(added)));
    }
}

/// Words and what is between them, in turn; together they are the text.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let is_space = letter.is_whitespace();
        if before.is_some_and(|before| before != is_space) {
            parts.push(&text[start..at]);
            start = at;
        }
        before = Some(is_space);
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

/// One step from the old to the new, with the place of what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Its place in the old.
    Same(usize),
    Removed(usize),
    Added(usize),
}

/// The shortest way from one list to the other: what both begin and end with, and between them the
/// longest part that both have in the same order.
fn steps<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Step> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (rest_old, rest_new) = (&old[start..], &new[start..]);
    let both = rest_old.iter().rev().zip(rest_new.iter().rev());
    let end = both.take_while(|(old, new)| old == new).count();
    let middle_old = &rest_old[..rest_old.len() - end];
    let middle_new = &rest_new[..rest_new.len() - end];
    let mut steps: Vec<_> = (0..start).map(Step::Same).collect();
    steps.extend(middle(middle_old, middle_new).into_iter().map(|step| match step {
        Step::Same(at) => Step::Same(at + start),
        Step::Removed(at) => Step::Removed(at + start),
        Step::Added(at) => Step::Added(at + start),
    }));
    steps.extend((old.len() - end..old.len()).map(Step::Same));
    steps
}

fn middle<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Step> {
    let removed = (0..old.len()).map(Step::Removed);
    let added = (0..new.len()).map(Step::Added);
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return removed.chain(added).collect();
    }
    // How long the longest common part of what follows each pair of places is.
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            longest[row * width + column] = if old[row] == new[column] {
                longest[(row + 1) * width + column + 1] + 1
            } else {
                longest[(row + 1) * width + column].max(longest[row * width + column + 1])
            };
        }
    }
    let mut steps = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < old.len() && column < new.len() {
        if old[row] == new[column] {
            steps.push(Step::Same(row));
            row += 1;
            column += 1;
        } else if longest[(row + 1) * width + column] >= longest[row * width + column + 1] {
            steps.push(Step::Removed(row));
            row += 1;
        } else {
            steps.push(Step::Added(column));
            column += 1;
        }
    }
    steps.extend((row..old.len()).map(Step::Removed));
    steps.extend((column..new.len()).map(Step::Added));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversations::{Role, Tier};

    /// Removed as `[-…-]`, added as `{+…+}`.
    fn told(pieces: &[Piece]) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Removed(text) => format!("[-{text}-]"),
            Piece::Added(text) => format!("{{+{text}+}}"),
        };
        pieces.iter().map(piece).collect()
    }

    fn content(turns: &[(Role, &str)]) -> ConversationContent {
        let turn = |(role, text): &(Role, &str)| Turn { role: *role, content: (*text).to_owned() };
        ConversationContent {
            title: "A title".into(),
            persona: String::new(),
            emotion: String::new(),
            topic: String::new(),
            intent: String::new(),
            tone: String::new(),
            tier: Tier::Template,
            categories: Vec::new(),
            turns: turns.iter().map(turn).collect(),
        }
    }

    #[test]
    fn a_text_differs_by_words() {
        for (old, new, all) in [
            ("the rate is fixed", "the rate is variable", "the rate is [-fixed-]{+variable+}"),
            ("a b c d", "a x y d", "a [-b c-]{+x y+} d"),
            ("", "new", "{+new+}"),
            ("gone", "", "[-gone-]"),
            ("a  b", "a b", "a[-  -]{+ +}b"),
            ("one two", "one more two", "one {+more +}two"),
            ("same", "same", "same"),
        ] {
            assert_eq!(told(&words(old, new)), all, "{old:?} {new:?}");
        }
    }

    #[test]
    fn both_texts_can_be_put_together_again() {
        let (old, new) = ("Grüße \n an alle,  hier", "Grüße an\talle – dort hier ");
        let pieces = words(old, new);
        let side = |wants_old: bool| {
            let part = |piece: &Piece| match piece {
                Piece::Same(text) => text.clone(),
                Piece::Removed(text) if wants_old => text.clone(),
                Piece::Added(text) if !wants_old => text.clone(),
                _ => String::new(),
            };
            pieces.iter().map(part).collect::<String>()
        };
        assert_eq!((side(true).as_str(), side(false).as_str()), (old, new));
    }

    #[test]
    fn what_is_too_long_counts_as_replaced_between_what_is_the_same() {
        let many = |word: &str| {
            let middle: Vec<_> = (0..2000).map(|index| format!("{word}{index}")).collect();
            format!("first {} last", middle.join(" "))
        };
        let pieces = words(&many("a"), &many("b"));
        assert_eq!(pieces.len(), 4, "{:?}", pieces.first());
        assert_eq!(pieces[0], Piece::Same("first ".into()));
        assert_eq!(pieces[3], Piece::Same(" last".into()));
    }

    #[test]
    fn turns_that_stayed_are_not_told() {
        let (user, assistant) = (Role::User, Role::Assistant);
        let old = content(&[(user, "Hi"), (assistant, "Hello"), (user, "Bye")]);
        let mut new = content(&[(user, "Hi"), (user, "Well"), (assistant, "Hello you")]);
        new.title = "Another title".into();
        let labels = |old, new| {
            let changes = content_changes(old, new).into_iter();
            changes.map(|change| (change.label, told(&change.pieces))).collect::<Vec<_>>()
        };
        let expect = [
            ("Title", "[-A-]{+Another+} title"),
            ("Turn 2 (Assistant → User)", "[-Hello-]{+Well+}"),
            ("Turn 3 (User → Assistant)", "[-Bye-]{+Hello you+}"),
        ];
        let expect = expect.map(|(label, text)| (label.to_owned(), text.to_owned()));
        assert_eq!(labels(&old, &new), expect);
        let short = content(&[(user, "Hi"), (assistant, "Hello")]);
        let gone = [("Turn 3 (User), removed".to_owned(), "[-Bye-]".to_owned())];
        assert_eq!(labels(&old, &short), gone);
        let came = [("Turn 3 (User), added".to_owned(), "{+Bye+}".to_owned())];
        assert_eq!(labels(&short, &old), came);
        assert!(labels(&old, &old).is_empty());
    }
}
