//! What somebody still had to fill in: `{{name}}`, `[name]`, `[your address]`, `[insert date]`.

/// The longest placeholder, in characters. More is a text that happens to stand in brackets.
const LONGEST: usize = 100;

/// Whose name a placeholder asks for, in lower case.
const WHOSE: &[&str] = &["first", "last", "full", "customer", "client", "company"];

/// Whether a text has a placeholder.
pub fn has_placeholder(text: &str) -> bool {
    text.bytes().enumerate().any(|(at, byte)| match byte {
        b'{' => is_in_braces(text, at),
        b'[' => is_in_brackets(text, at),
        _ => false,
    })
}

/// What stands in brackets at the beginning of a text, and the rest. Brackets within, and lines,
/// end the search, so that each character is looked at once.
fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(open)?;
    let mut letters = inside.char_indices().take(LONGEST + 1);
    let (end, last) = letters.find(|(_, letter)| [open, close, '\n'].contains(letter))?;
    (last == close).then(|| (&inside[..end], &inside[end + close.len_utf8()..]))
}

/// `{{…}}` with a letter in it. After `=` it is an attribute of JSX, after `$` an expression of a
/// build script, after a command or another brace a formula.
fn is_in_braces(text: &str, at: usize) -> bool {
    let (before, rest) = (&text[..at], &text[at + 1..]);
    let Some((inside, rest)) = enclosed(rest, '{', '}') else { return false };
    inside.contains(char::is_alphabetic)
        && rest.starts_with('}')
        && !before.ends_with(['=', '$', '}'])
        && !ends_in_command(before)
}

/// Whether a text ends in a command of LaTeX, such as `\frac`.
fn ends_in_command(text: &str) -> bool {
    let letters = text.bytes().rev().take(20).take_while(u8::is_ascii_alphabetic).count();
    letters > 0 && text.as_bytes()[..text.len() - letters].ends_with(b"\\")
}

fn is_in_brackets(text: &str, at: usize) -> bool {
    let (before, rest) = (&text[..at], &text[at..]);
    let Some((inside, rest)) = enclosed(rest, '[', ']') else { return false };
    if !asks(inside) {
        return false;
    }
    // An index of a list in code, or the second part of a link.
    let is_index = before
        .bytes()
        .next_back()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b')' | b']'));
    let starts_line = before.is_empty() || before.ends_with('\n');
    let is_other = match rest.as_bytes() {
        [b'(', ..] => true,
        [b'[', ..] => enclosed(rest, '[', ']').is_some_and(|(next, _)| !asks(next)),
        // The name of a file: `[name].tsx`.
        [b'.', b'a'..=b'z', ..] => true,
        // Where a link of Markdown leads to.
        [b':', ..] if starts_line => {
            let target = rest[1..].trim_start();
            ["http", "/", "#", "<", "www."].iter().any(|start| target.starts_with(start))
        }
        _ => false,
    };
    !is_index && !is_other
}

/// Whether what stands in brackets asks for something.
fn asks(inside: &str) -> bool {
    let mut words = inside
        .split(|letter: char| letter.is_whitespace() || matches!(letter, '_' | '-'))
        .filter(|word| !word.is_empty());
    let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
    match (words.next(), words.next(), words.next()) {
        (Some(word), None, _) => is(word, "name"),
        (Some(word), Some(next), third) => {
            is(word, "your")
                || is(word, "insert")
                || third.is_none() && is(next, "name") && WHOSE.iter().any(|whose| is(word, whose))
        }
        (None, ..) => false,
    }
}
