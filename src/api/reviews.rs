//! Reviewing: the queue, who is at which conversation, and deciding.

use super::{
    codec::Answer,
    conversations::ConversationAnswer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::{
    conversations::Status,
    reviews::{ClaimView, Decision, ReviewFiguresAnswer, ReviewItem},
    words::words,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Reviews";
    /// How many wait, how many the caller did, and how much reviewers agree.
    ReadReviewFigures = GET "/api/reviews" => ReviewFiguresAnswer;

    /// Takes the next conversations of a queue: those that nobody else is at, each claimed for the
    /// caller for 90 seconds. What the caller has claimed already comes again first.
    ClaimNext = POST "/api/reviews/next", body ClaimRequest => ReviewItemsAnswer;

    /// Keeps claims alive for another 90 seconds, and says which are still the caller's.
    RenewClaims = POST "/api/reviews/claims", body ClaimsRequest => ClaimsAnswer;

    /// Gives claims back, so that others get these conversations at once.
    ReleaseClaims = DELETE "/api/reviews/claims", body ClaimsRequest => Done;

    /// Who is at which conversation.
    ListClaims = GET "/api/reviews/claims" => ClaimsAnswer;

    /// Decides about a conversation, or with `secondOpinion` says what would be right and leaves
    /// the decision to another.
    Decide = POST "/api/conversations/{id}/decision", at Uuid, body DecisionRequest,
        headers IdempotencyKey => ConversationAnswer,
        refuses {
            409: "`version_conflict`: somebody else was first, `current` holds \
                what stands; `untrainable`: no trainer takes it, and `untrainable` is not sent",
        };

    /// Takes a decision back: the conversation has the status that it had before. Only the last one
    /// can be.
    UndoDecision = DELETE "/api/conversations/{id}/decision/{review}", at (Uuid, Uuid)
        => ConversationAnswer,
        refuses {
            409: "`version_conflict`: something else was done since; `current` holds what stands",
        };
}

words! {
    /// What a queue holds.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Queue: "The queue" {
        /// What fits `query`; by default what waits for review, the lowest score first.
        #[default]
        Waiting => "waiting", "Waiting for review";
        /// What two people judged differently.
        Disagreements => "disagreements", "Disagreements";
    }
}

/// Which conversations to claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClaimRequest {
    pub queue: Queue,
    /// Filters and order in place of the queue's own, as an address has them:
    /// `tier=scenario&sort=created`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Conversations that the caller skipped.
    pub skip: Vec<Uuid>,
    /// 1–5, one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u8>,
}

/// `{items}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewItemsAnswer {
    pub items: Vec<ReviewItem>,
}

/// Conversations that are claimed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimsRequest {
    /// At most 10.
    pub conversations: Vec<Uuid>,
}

/// `{claims}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClaimsAnswer {
    pub claims: Vec<ClaimView>,
}

/// A decision, and what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionRequest {
    pub decision: Decision,
    /// At most 4000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The version that was read.
    #[schema(example = 1)]
    pub version: i32,
    /// The status that it had then.
    pub status: Status,
    /// Somebody else is to decide.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub second_opinion: bool,
    /// Approve it although no trainer takes it.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub untrainable: bool,
}

/// How reviewing goes, for its page.
#[server(endpoint = "fn/review-figures", input = Json, output = Answer)]
pub async fn load_review_figures() -> Result<ReviewFiguresAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadReviewFigures>((), Nothing {}, Nothing {}).await
}
