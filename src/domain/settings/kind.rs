//! Which values a field takes, the one form in which each is stored, and how people read it.

use crate::domain::{
    ai::models,
    money::{Money, grouped},
    shortcut::{self, Shortcut},
    words::Choice,
};
use serde_json::{Number, Value};

/// The largest budget, in dollars: with six decimals below, a JSON number still holds it exactly.
pub const MAX_DOLLARS: i64 = 100_000_000;

/// Which values a field takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    OneOf(&'static [Choice]),
    OneOfNumbers(&'static [i64]),
    /// A whole number, both ends included.
    Whole {
        min: i64,
        max: i64,
    },
    /// 0 to `max` in steps of one `parts`-th. One that can be left out, which is an answer as well,
    /// offers a value to begin with.
    Steps {
        max: u32,
        parts: u32,
        offered: Option<f64>,
    },
    /// `[low, high]`, each 0 to `max` in steps of one `parts`-th.
    Range {
        max: u32,
        parts: u32,
    },
    /// US dollars, 0 to [`MAX_DOLLARS`], to a millionth.
    Dollars,
    /// Ascending shares in (0, 1], to a hundredth.
    Shares,
    /// `"all"` or a non-empty set.
    AllOrSome(&'static [Choice]),
    /// A shortcut or `"none"`.
    Shortcut,
    /// The id of a model. Whether the catalog has it is a rule of its feature.
    Model,
}

impl Kind {
    /// The value in the one form in which it is stored.
    ///
    /// # Errors
    /// A sentence where the value says best what is wrong with it, otherwise `None`.
    pub(super) fn canonical(self, value: &Value) -> Result<Value, Option<String>> {
        let accepted = match self {
            Self::Flag => value.is_boolean().then(|| value.clone()),
            Self::OneOf(choices) => value
                .as_str()
                .filter(|word| choices.iter().any(|choice| choice.value == *word))
                .map(Value::from),
            Self::OneOfNumbers(allowed) => {
                whole(value).filter(|number| allowed.contains(number)).map(Value::from)
            }
            Self::Whole { min, max } => {
                whole(value).filter(|number| (min..=max).contains(number)).map(Value::from)
            }
            Self::Steps { max, parts, .. } => step(value, max, parts).and_then(number),
            Self::Range { max, parts } => range(value, max, parts),
            Self::Dollars => dollars(value).map(|amount| Value::Number(amount.to_json_usd())),
            Self::Shares => shares(value),
            Self::AllOrSome(choices) => all_or_some(value, choices),
            Self::Shortcut => match value.as_str() {
                Some(shortcut::NONE) => Some(value.clone()),
                Some(text) => Some(Value::String(text.parse::<Shortcut>()?.to_string())),
                None => None,
            },
            Self::Model => {
                value.as_str().map(str::trim).filter(|id| models::is_id(id)).map(Value::from)
            }
        };
        accepted.ok_or(None)
    }

    /// What is allowed, to complete "… must be …".
    pub fn allowed(self) -> String {
        let words = |choices: &[Choice]| {
            choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Flag => "true or false".into(),
            Self::OneOf(choices) => format!("one of {}", words(choices)),
            Self::OneOfNumbers(numbers) => {
                let numbers: Vec<_> = numbers.iter().map(i64::to_string).collect();
                format!("one of {}", numbers.join(", "))
            }
            Self::Whole { min, max } => {
                let ends = [min, max].map(|end| grouped(&end.to_string()));
                format!("a whole number from {} to {}", ends[0], ends[1])
            }
            Self::Steps { max, parts, offered } => {
                let left_out = if offered.is_some() { ", or left out" } else { "" };
                format!("a number from 0 to {max} in steps of {}{left_out}", width(parts))
            }
            Self::Range { max, parts } => format!(
                "a list of two numbers from 0 to {max} in steps of {}, the lower first",
                width(parts)
            ),
            Self::Dollars => {
                let most = grouped(&MAX_DOLLARS.to_string());
                format!("an amount of US dollars from 0 to {most}")
            }
            Self::Shares => {
                "a list of 1 to 10 ascending shares above 0 and at most 1, such as 0.5, 0.75, 0.9"
                    .into()
            }
            Self::AllOrSome(choices) => {
                format!("\"all\" or a non-empty list of {}", words(choices))
            }
            Self::Shortcut => "a shortcut such as Ctrl+K, or \"none\"".into(),
            Self::Model => "the id of a model in the catalog, such as claude-sonnet-4-6".into(),
        }
    }

    /// A value in the words of a person. One that is not of this kind is shown as it is.
    pub(super) fn display(self, value: &Value, unit: &str) -> String {
        let label = |choices: &[Choice], word: &str| {
            let known = choices.iter().find(|choice| choice.value == word);
            known.map_or(word, |choice| choice.label).to_owned()
        };
        let list = |values: &[Value], word: &dyn Fn(&Value) -> String, between: &str| {
            values.iter().map(word).collect::<Vec<_>>().join(between)
        };
        let real = |value: &Value| value.as_f64().unwrap_or_default();
        match (self, value) {
            (_, Value::Null) => "Not sent".into(),
            (Self::Flag, Value::Bool(on)) => if *on { "On" } else { "Off" }.into(),
            (Self::OneOf(choices), Value::String(word)) => label(choices, word),
            (Self::AllOrSome(_), Value::String(_)) => "All".into(),
            (Self::AllOrSome(choices), Value::Array(chosen)) => {
                list(chosen, &|word| label(choices, word.as_str().unwrap_or_default()), ", ")
            }
            (Self::Whole { .. }, Value::Number(number)) if !unit.is_empty() => {
                format!("{} {unit}", grouped(&number.to_string()))
            }
            (Self::Steps { parts, .. }, Value::Number(_)) => decimal(real(value), parts),
            (Self::Range { parts, .. }, Value::Array(ends)) => {
                list(ends, &|end| decimal(real(end), parts), " – ")
            }
            (Self::Dollars, value) => Money::from_json_usd(value)
                .map_or_else(|| value.to_string(), |amount| amount.to_string()),
            (Self::Shares, Value::Array(shares)) => {
                list(shares, &|share| format!("{:.0} %", real(share) * 100.0), ", ")
            }
            (Self::Shortcut, Value::String(word)) if word == shortcut::NONE => "None".into(),
            (_, Value::String(word)) => word.clone(),
            (_, other) => other.to_string(),
        }
    }
}

/// A number with as many decimals as steps of one `parts`-th need.
fn decimal(number: f64, parts: u32) -> String {
    let decimals = if parts > 10 { 2 } else { 1 };
    format!("{number:.decimals$}")
}

/// The width of a step.
fn width(parts: u32) -> f64 {
    1.0 / f64::from(parts)
}

/// A whole number, however it is written (`25` or `25.0`).
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 1e9)
            .map(|n| n as i64)
    })
}

/// A number from 0 to `max` in steps of one `parts`-th, as the number that always reads the same.
fn step(value: &Value, max: u32, parts: u32) -> Option<f64> {
    let number = value.as_f64().filter(|number| (0.0..=f64::from(max)).contains(number))?;
    let parts = f64::from(parts);
    let steps = (number * parts).round();
    // `+ 0.0` turns -0.0 into 0.0, which would otherwise be another text in the row.
    ((number * parts - steps).abs() <= 1e-6).then_some(steps / parts + 0.0)
}

fn number(number: f64) -> Option<Value> {
    Number::from_f64(number).map(Value::Number)
}

fn range(value: &Value, max: u32, parts: u32) -> Option<Value> {
    let [low, high] = value.as_array()?.as_slice() else { return None };
    let (low, high) = (step(low, max, parts)?, step(high, max, parts)?);
    (low <= high).then(|| Value::from(vec![low, high]))
}

fn dollars(value: &Value) -> Option<Money> {
    let amount = Money::from_json_usd(value)?;
    let fits = (Money::ZERO..=Money::from_dollars(MAX_DOLLARS)).contains(&amount)
        && amount.nanos() % 1000 == 0;
    fits.then_some(amount)
}

fn shares(value: &Value) -> Option<Value> {
    let shares =
        value.as_array()?.iter().map(|share| step(share, 1, 100)).collect::<Option<Vec<_>>>()?;
    let fits = (1..=10).contains(&shares.len())
        && shares[0] > 0.0
        && shares.is_sorted_by(|lower, upper| lower < upper);
    fits.then(|| Value::from(shares))
}

/// The set in the order of the choices, each once.
fn all_or_some(value: &Value, choices: &[Choice]) -> Option<Value> {
    if value.as_str() == Some("all") {
        return Some(value.clone());
    }
    let named = value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    let known = named.iter().all(|word| choices.iter().any(|choice| choice.value == *word));
    if named.is_empty() || !known {
        return None;
    }
    let ordered = choices
        .iter()
        .filter(|choice| named.contains(&choice.value))
        .map(|choice| Value::from(choice.value));
    Some(Value::Array(ordered.collect()))
}
