//! Which models the provider offers: to refresh the catalog, and to see whether a key is good.

use super::{Claude, ClaudeError, Endpoint};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Asked for at once; the API's largest.
const PER_PAGE: u32 = 1000;
/// More pages than this are taken for a server that never comes to an end.
const MOST_PAGES: usize = 20;

/// A model as the provider lists it. What may be absent was added to the list later than models
/// were.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProviderModel {
    pub id: String,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// The context window, in tokens.
    #[serde(default)]
    pub max_input_tokens: Option<u64>,
    /// The output limit, in tokens.
    #[serde(default)]
    pub max_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<ProviderModel>,
    has_more: bool,
    last_id: Option<String>,
}

impl Claude {
    /// Every model that the key may use, newest first. The endpoint's timeouts hold for each page.
    ///
    /// # Errors
    /// As for a generation.
    pub async fn list_models(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Vec<ProviderModel>, ClaudeError> {
        let mut models = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = self.models_after(endpoint, PER_PAGE, after.as_deref()).await?;
            models.extend(page.data);
            match (page.has_more, page.last_id) {
                (false, _) => return Ok(models),
                (true, Some(last)) if after.as_ref() != Some(&last) => after = Some(last),
                (true, _) => return Err(ClaudeError::malformed(&[])),
            }
        }
        Err(ClaudeError::malformed(&[]))
    }

    /// Whether the provider accepts the key; costs nothing.
    ///
    /// # Errors
    /// Why not, with a sentence for people.
    pub async fn test_key(&self, endpoint: &Endpoint) -> Result<(), ClaudeError> {
        self.models_after(endpoint, 1, None).await.map(drop)
    }

    async fn models_after(
        &self,
        endpoint: &Endpoint,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page, ClaudeError> {
        let mut path = format!("/v1/models?limit={limit}");
        if let Some(after) = after {
            // Ids are plain words; one that is not would change the request's meaning.
            if !after.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte)) {
                return Err(ClaudeError::malformed(&[]));
            }
            path.push_str("&after_id=");
            path.push_str(after);
        }
        let body = self.transport.get(endpoint, &path).await?.body().await?;
        serde_json::from_slice(&body).map_err(|_| ClaudeError::malformed(&body))
    }
}
