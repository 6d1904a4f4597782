//! Coverage: how many conversations there are of which kind, and how long they are.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::{
    conversations::ConversationQuery,
    coverage::{CoverageAnswer, CoverageQuery, TokenFitAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};

operations! { "Conversations";
    /// How many conversations there are of each pair of two dimensions, how many of them are
    /// approved and how good they are.
    ReadCoverage = GET "/api/conversations/coverage", query CoverageQuery => CoverageAnswer;

    /// How many tokens the conversations of a list have: a histogram, and how many are longer than
    /// what models are often trained with.
    ReadTokens = GET "/api/conversations/tokens", query ConversationQuery => TokenFitAnswer;
}

/// The matrix, for its page.
#[server(endpoint = "fn/coverage", input = Json, output = Answer)]
pub async fn load_coverage(query: CoverageQuery) -> Result<CoverageAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadCoverage>((), query, Nothing {}).await
}

/// The histogram, for its page.
#[server(endpoint = "fn/conversation-tokens", input = Json, output = Answer)]
pub async fn load_tokens(query: ConversationQuery) -> Result<TokenFitAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadTokens>((), query, Nothing {}).await
}
