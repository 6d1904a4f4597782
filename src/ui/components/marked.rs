//! A text in which the words that were looked for are marked.

use super::rows;
use leptos::prelude::*;

/// The text, with marks where there is something to mark.
#[component]
pub fn Marked(
    #[prop(into)] text: String,
    #[prop(default = None)] words: Option<Signal<Vec<String>>>,
) -> impl IntoView {
    let Some(words) = words else { return text.into_any() };
    let marked = move || {
        let pieces = words.with(|words| pieces(&text, words));
        rows(pieces.into_iter().enumerate(), Clone::clone, |(_, (piece, is_marked))| {
            if is_marked {
                view! { <mark>{piece}</mark> }.into_any()
            } else {
                view! { <span>{piece}</span> }.into_any()
            }
        })
    };
    marked.into_any()
}

/// The text in pieces, each with whether a word stands there, in whatever case.
fn pieces(text: &str, words: &[String]) -> Vec<(String, bool)> {
    // Changing the case of other letters would change their places.
    let plain = text.to_ascii_lowercase();
    let mut marks = vec![false; text.len()];
    for word in words.iter().map(|word| word.to_ascii_lowercase()).filter(|word| !word.is_empty()) {
        for (start, found) in plain.match_indices(&word) {
            marks[start..start + found.len()].fill(true);
        }
    }
    let mut pieces = Vec::<(String, bool)>::new();
    for (start, letter) in text.char_indices() {
        match pieces.last_mut() {
            Some((piece, is_marked)) if *is_marked == marks[start] => piece.push(letter),
            _ => pieces.push((letter.to_string(), marks[start])),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;

    fn marked(text: &str, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let pieces = pieces(text, &words);
        pieces
            .into_iter()
            .map(|(text, mark)| if mark { format!("[{text}]") } else { text })
            .collect()
    }

    #[test]
    fn marks_each_word_wherever_it_stands() {
        assert_eq!(marked("Table density", &["den", "TAB"]), "[Tab]le [den]sity");
        assert_eq!(marked("Compress exports", &["press", "compr"]), "[Compress] exports");
        assert_eq!(marked("Theme", &["zzz", ""]), "Theme");
        assert_eq!(marked("", &["a"]), "");
    }

    #[test]
    fn letters_of_several_bytes_stay_whole() {
        assert_eq!(marked("Größe ändern", &["ößE", "ä"]), "Gr[öße] [ä]ndern");
        assert_eq!(marked("Größe", &["Ö"]), "Größe");
    }
}
