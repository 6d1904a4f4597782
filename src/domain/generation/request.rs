//! Which of the settings a request carries for its model.

use super::estimate::about_tokens;
use crate::domain::ai::{
    models::{Effort, Model, Sampling, Thinking, ThinkingOff},
    values::ModelSettings,
};

/// The sampling parameters to send. What is `None` is not in the request at all: a model refuses a
/// parameter that it does not take even at its default value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SamplingParameters {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
}

/// The sampling of a request. Effective settings already fit their model; this holds where another
/// model is named for one request.
pub fn sampling(settings: &ModelSettings, model: &Model) -> SamplingParameters {
    let ModelSettings { temperature, top_p, .. } = settings;
    let (temperature, top_p) = match model.sampling {
        Sampling::Both => (*temperature, *top_p),
        Sampling::OneOf if temperature.is_some() => (*temperature, None),
        Sampling::OneOf => (None, *top_p),
        Sampling::None => (None, None),
    };
    SamplingParameters { temperature, top_p }
}

/// What a request says of effort and thinking, and what comes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThinkingParameters {
    /// `None`: the model's own.
    pub effort: Option<Effort>,
    /// The word that turns thinking off; `None` where it is not turned off.
    pub off: Option<ThinkingOff>,
    /// The model may think before it answers, which counts in the longest answer.
    pub thinks: bool,
}

/// The effort of a request, and thinking turned off where the model lets itself be told. A model
/// that always thinks is given no budget for it, which it would refuse: the effort is the way to
/// less.
pub fn thinking(settings: &ModelSettings, model: &Model) -> ThinkingParameters {
    let effort = settings.effort.filter(|effort| model.efforts.contains(effort));
    let off = model.turns_thinking_off(effort);
    let thinks = model.thinking != Thinking::None && off.is_none();
    ThinkingParameters { effort, off, thinks }
}

/// Whether it pays to have Claude keep the constant beginning of a request. Estimated in the
/// middle: of one that is too short nothing is kept, and it costs what it cost before.
pub fn caches(constant: &str, model: &Model) -> bool {
    model.caches(about_tokens(constant))
}

/// The longest answer to ask for: the setting, but never more than the model writes, nor than its
/// window has room for beside the prompt. `None` when the prompt alone fills the window.
pub fn max_tokens(settings: &ModelSettings, model: &Model, input_tokens: u64) -> Option<u32> {
    let room = model.context_window.checked_sub(input_tokens).filter(|room| *room > 0)?;
    let limit = room.min(model.output_limit).min(settings.max_tokens.into());
    u32::try_from(limit).ok()
}

/// Tokens that a model which thinks has at least for it: the smallest budget that Claude's API ever
/// let one set.
const LEAST_THOUGHT: u64 = 1024;

/// Tokens that an answer takes which repeats a text of about so many, what is thought before
/// included.
pub fn needed(written: u64, thinks: bool) -> u64 {
    written.saturating_add(if thinks { LEAST_THOUGHT } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::models::Catalog;

    fn settings(temperature: Option<f64>, top_p: Option<f64>) -> ModelSettings {
        ModelSettings {
            model: String::new(),
            temperature,
            max_tokens: 4096,
            top_p,
            streaming: false,
            effort: None,
        }
    }

    #[test]
    fn sends_only_what_the_model_takes() {
        let model = |id| Catalog::built_in().get(id).unwrap();
        let sent = |id, temperature, top_p| {
            let parameters = sampling(&settings(temperature, top_p), model(id));
            (parameters.temperature, parameters.top_p)
        };
        assert_eq!(sent("claude-3-opus-20240229", Some(0.5), Some(0.9)), (Some(0.5), Some(0.9)));
        assert_eq!(sent("claude-sonnet-4-6", Some(0.5), Some(0.9)), (Some(0.5), None));
        assert_eq!(sent("claude-sonnet-4-6", None, Some(0.9)), (None, Some(0.9)));
        assert_eq!(sent("claude-sonnet-4-6", Some(0.0), None), (Some(0.0), None));
        assert_eq!(sent("claude-opus-5", Some(1.0), Some(1.0)), (None, None));
    }

    #[test]
    fn asks_for_no_more_than_there_is_room_for() {
        let model = Catalog::built_in().get("claude-haiku-4-5").unwrap();
        let mut wanted = settings(None, None);
        assert_eq!(max_tokens(&wanted, model, 1000), Some(4096));
        assert_eq!(max_tokens(&wanted, model, 199_000), Some(1000));
        assert_eq!(max_tokens(&wanted, model, 200_000), None);
        assert_eq!((needed(4096, false), needed(4096, true)), (4096, 5120));
        wanted.max_tokens = 100_000;
        assert_eq!(max_tokens(&wanted, model, 1000), Some(64_000));
    }

    #[test]
    fn thinking_is_off_where_the_model_lets_one_turn_it_off() {
        let sent = |id: &str, effort| {
            let settings = ModelSettings { effort, ..settings(None, None) };
            thinking(&settings, Catalog::built_in().get(id).unwrap())
        };
        let parameters = |effort, off, thinks| ThinkingParameters { effort, off, thinks };
        let low = Some(Effort::Low);
        assert_eq!(sent("claude-opus-5", low), parameters(low, Some(ThinkingOff::Disabled), false));
        assert_eq!(
            sent("claude-sonnet-5-5", low),
            parameters(low, Some(ThinkingOff::BetweenTools), false)
        );
        let max = Some(Effort::Max);
        assert_eq!(sent("claude-opus-5", max), parameters(max, None, true), "whoever wants it");
        assert_eq!(sent("claude-opus-5-5", low), parameters(low, None, true));
        assert_eq!(sent("claude-sonnet-4-6", low), parameters(low, None, false));
        assert_eq!(sent("claude-haiku-4-5", low), ThinkingParameters::default());
    }

    #[test]
    fn only_what_the_cache_takes_is_marked_for_it() {
        let model = |id| Catalog::built_in().get(id).unwrap();
        let constant = "word ".repeat(512 * 4 / 5);
        assert!(caches(&constant, model("claude-opus-5-5")), "{} bytes", constant.len());
        assert!(!caches(&constant[5..], model("claude-opus-5-5")));
        assert!(!caches(&constant, model("claude-sonnet-5")), "which takes twice as much");
    }
}
