//! The scores of conversations. Apart from them: what generates knows their events, and pages that
//! read scores ask through what carries out all operations.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::generation::scores::ScoresAnswer;
use leptos::{prelude::*, server_fn::codec::Json};

operations! { "Conversations";
    /// How many of the person's own conversations have which score, to see what other thresholds
    /// would make of them. Those without a score are left out.
    CountScores = GET "/api/conversations/scores" => ScoresAnswer;
}

/// How many of the person's own conversations have which score.
#[server(endpoint = "fn/conversation-scores", input = Json, output = Answer)]
pub async fn load_scores() -> Result<ScoresAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<CountScores>((), Nothing {}, Nothing {}).await
}
