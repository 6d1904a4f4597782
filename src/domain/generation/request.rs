//! Which of the settings a request carries for its model.

use crate::domain::ai::{
    models::{Model, Sampling},
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

/// The longest answer to ask for: the setting, but never more than the model writes, nor than its
/// window has room for beside the prompt. `None` when the prompt alone fills the window.
pub fn max_tokens(settings: &ModelSettings, model: &Model, input_tokens: u64) -> Option<u32> {
    let room = model.context_window.checked_sub(input_tokens).filter(|room| *room > 0)?;
    let limit = room.min(model.output_limit).min(settings.max_tokens.into());
    u32::try_from(limit).ok()
}

/// Whether an answer that repeats a text of about so many tokens can be written to its end.
pub fn fits(max_tokens: u32, written: u64) -> bool {
    written <= max_tokens.into()
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
        assert!(fits(4096, 4096) && !fits(4096, 4097));
        wanted.max_tokens = 100_000;
        assert_eq!(max_tokens(&wanted, model, 1000), Some(64_000));
    }
}
