//! The list of models as the provider's interface gives it.

use crate::domain::ai::models::Model;
use serde::{Deserialize, Serialize};

/// Models on a page when nothing else is asked for, as at the provider.
const USUAL_PAGE: usize = 20;
const LARGEST_PAGE: usize = 1000;

/// Which page of the list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelsPage {
    pub after_id: Option<String>,
    pub before_id: Option<String>,
    /// 1 to 1000.
    pub limit: Option<usize>,
}

/// A model as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelEntry {
    r#type: &'static str,
    pub id: String,
    display_name: String,
    /// The provider's word for a day that is not known.
    created_at: &'static str,
    max_input_tokens: u64,
    max_tokens: u64,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelList {
    data: Vec<ModelEntry>,
    has_more: bool,
    first_id: Option<String>,
    last_id: Option<String>,
}

impl From<&Model> for ModelEntry {
    fn from(model: &Model) -> Self {
        Self {
            r#type: "model",
            id: model.id.clone(),
            display_name: model.name.clone(),
            created_at: "1970-01-01T00:00:00Z",
            max_input_tokens: model.context_window,
            max_tokens: model.output_limit,
        }
    }
}

impl ModelsPage {
    /// The page of a list.
    ///
    /// # Errors
    /// In the form of the provider's sentences: the limit is out of its range.
    pub fn of(&self, all: Vec<ModelEntry>) -> Result<ModelList, String> {
        let limit = self.limit.unwrap_or(USUAL_PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(format!("limit: Input should be from 1 to {LARGEST_PAGE}"));
        }
        let place = |id: &Option<String>| {
            let id = id.as_deref()?;
            all.iter().position(|model| model.id == id)
        };
        let start = place(&self.after_id).map_or(0, |place| place + 1);
        let end = place(&self.before_id).unwrap_or(all.len()).max(start);
        // Backwards, the page is the last one before the model that was named.
        let backwards = self.before_id.is_some();
        let first = if backwards { end.saturating_sub(limit).max(start) } else { start };
        let last = end.min(first + limit);
        let has_more = if backwards { first > start } else { last < end };
        let data: Vec<ModelEntry> = all.into_iter().skip(first).take(last - first).collect();
        let id = |model: Option<&ModelEntry>| model.map(|model| model.id.clone());
        Ok(ModelList { first_id: id(data.first()), last_id: id(data.last()), has_more, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::models::Catalog;

    fn list(after: Option<usize>, before: Option<usize>, limit: Option<usize>) -> ModelList {
        let all: Vec<ModelEntry> =
            Catalog::built_in().models().iter().map(ModelEntry::from).take(5).collect();
        let id = |place: Option<usize>| place.map(|place| all[place].id.clone());
        let page = ModelsPage { after_id: id(after), before_id: id(before), limit };
        page.of(all).unwrap()
    }

    #[test]
    fn pages_follow_each_other_in_both_directions() {
        let sizes = |list: ModelList| (list.data.len(), list.has_more);
        assert_eq!(sizes(list(None, None, None)), (5, false));
        assert_eq!(sizes(list(None, None, Some(2))), (2, true));
        assert_eq!(sizes(list(Some(1), None, Some(3))), (3, false));
        assert_eq!(sizes(list(Some(4), None, Some(3))), (0, false));
        assert_eq!(sizes(list(None, Some(4), Some(3))), (3, true));
        assert_eq!(sizes(list(None, Some(1), Some(3))), (1, false));
        let last = list(Some(2), None, Some(1));
        assert_eq!(last.first_id, last.last_id);
        assert!(ModelsPage { limit: Some(0), ..ModelsPage::default() }.of(vec![]).is_err());
    }

    #[test]
    fn a_model_is_listed_as_the_provider_lists_it() {
        let entry = ModelEntry::from(Catalog::built_in().default_model());
        let written = serde_json::to_value(entry).unwrap();
        let names: Vec<&str> = written.as_object().unwrap().keys().map(String::as_str).collect();
        let expected =
            ["created_at", "display_name", "id", "max_input_tokens", "max_tokens", "type"];
        assert_eq!(names, expected);
        assert_eq!(written["type"], "model");
    }
}
