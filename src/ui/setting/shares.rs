//! Ascending shares, such as those of a budget at which somebody is told, typed as percentages.

use crate::{domain::number::NumberRule, ui::components::TextField};
use leptos::prelude::*;
use serde_json::Value;

/// Why a text is no list of percentages.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unread {
    /// Something in it is none.
    NoList,
    /// This comma can separate two percentages, or the decimals of one.
    Comma(String),
}

/// One line for all of them. While it is typed, what was understood stands below.
///
/// A phone's keyboard of digits has no space, so it gets that of letters.
#[component]
pub fn SharesField(value: Signal<Value>, on_edit: Callback<Value>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let understood = move || {
        let shown = value.with(|value| value.is_array().then(|| percentages(value)))?;
        let as_typed = typed.with(|typed| typed.trim().is_empty() || *typed.trim() == shown);
        (!as_typed).then(|| format!("= {} %", shown.replace(", ", " %, ")))
    };
    view! {
        <span class="number-input">
            <TextField
                value=Signal::derive(move || value.with(percentages))
                on_change=move |text: String| {
                    on_edit.run(shares(&text));
                    typed.set(text);
                }
                // From here on the line itself shows it.
                on_commit=move |_| typed.set(String::new())
            />
            <span class="number-read" aria-live="polite">
                {understood}
            </span>
        </span>
        <span class="muted">"%"</span>
    }
    .into_any()
}

/// Shares as people type them: `50, 75, 90`. What is no list of shares is shown as it was typed.
fn percentages(value: &Value) -> String {
    let Some(shares) = value.as_array() else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    let words = shares
        .iter()
        .map(|share| format!("{}", (share.as_f64().unwrap_or_default() * 1e4).round() / 100.0));
    words.collect::<Vec<_>>().join(", ")
}

/// The other way round; a text that is none stays a text, to be told what is wrong with it.
fn shares(text: &str) -> Value {
    read(text).map_or_else(|_| Value::from(text), Value::from)
}

/// What is wrong with what was typed.
pub fn why_unread(value: &Value) -> String {
    match value.as_str().map(read) {
        Some(Err(Unread::Comma(part))) => format!(
            "“{part}” can be one percentage or two. They are whole numbers: separate them by \
             spaces or semicolons."
        ),
        _ => "Enter 1 to 10 rising whole percentages, such as 50, 75, 90.".into(),
    }
}

/// Between percentages stand spaces, semicolons, or commas. A comma that stands alone between two
/// digits is a decimal comma where semicolons separate, and otherwise can be either; more of them
/// in a row, `50,75,90`, can only separate.
fn read(text: &str) -> Result<Vec<f64>, Unread> {
    let rule = NumberRule::within(0.0, 100.0);
    let by_semicolons = text.contains([';', '；', '؛']);
    let separates = |sign: char| sign.is_whitespace() || ";；؛%٪，،、".contains(sign);
    let mut shares = Vec::new();
    for part in text.split(separates).map(|part| part.trim_matches(',')) {
        let parts: Vec<&str> = match part.matches(',').count() {
            0 if part.is_empty() => continue,
            1 if !by_semicolons => return Err(Unread::Comma(part.to_owned())),
            0 | 1 => vec![part],
            _ => part.split(',').collect(),
        };
        for part in parts {
            let percent = rule.read(part).map_err(|_| Unread::NoList)?;
            shares.push(percent.to_f64() / 100.0);
        }
    }
    if shares.is_empty() { Err(Unread::NoList) } else { Ok(shares) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn thresholds_are_typed_in_percent() {
        assert_eq!(percentages(&json!([0.5, 0.29, 0.9])), "50, 29, 90");
        for text in ["50, 29, 90 %", "50 29 90", "50;29; 90", "50,29,90", "50 %, 29 %, 90 %,"] {
            assert_eq!(shares(text), json!([0.5, 0.29, 0.9]), "{text}");
        }
        assert_eq!(percentages(&shares("half")), "half");
        assert_eq!(shares(""), json!(""));
        assert_eq!(shares("50,,90"), json!("50,,90"));
    }

    #[test]
    fn issue_13_2_1_a_decimal_comma_is_never_taken_for_two_percentages() {
        for text in ["2,5 50 90", "2,5", "50, 29,90 %", "50,75 %"] {
            assert_eq!(shares(text), json!(text));
            assert!(why_unread(&json!(text)).contains("one percentage or two"), "{text}");
        }
        // Of which the field then says that they are not whole.
        for text in ["2,5; 50; 90", "2.5, 50, 90", "2.5 50 90"] {
            assert_eq!(shares(text), json!([0.025, 0.5, 0.9]), "{text}");
        }
        assert!(why_unread(&json!("half; 2,5")).starts_with("Enter 1 to 10"));
    }

    #[test]
    fn what_is_shown_reads_as_what_it_is() {
        for value in [json!([0.025, 0.5]), json!([0.5]), json!([0.0125, 0.05, 1.0])] {
            assert_eq!(shares(&percentages(&value)), value);
        }
    }
}
