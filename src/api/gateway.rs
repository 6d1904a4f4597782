//! How programs reach the gateway. What it answers itself is the provider's interface, which the
//! provider describes.

use super::{codec::Answer, error::ApiError, operation::operations};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

operations! { "Gateway";
    /// Where programs reach the gateway `/v1`, and the models that the person may use there. The
    /// gateway itself speaks Claude's Messages API and is not described here.
    ReadGateway = GET "/api/gateway" => GatewayAnswer;
}

/// `{address, models}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GatewayAnswer {
    /// Scheme and host, to which `/v1/messages` is added; absent where the installation does not
    /// know its public address. Then it is the one that was asked.
    #[schema(example = "https://train.example.com")]
    pub address: Option<String>,
    /// Ids, as of today.
    #[schema(example = json!(["claude-sonnet-4-6"]))]
    pub models: Vec<String>,
}

/// Where programs reach the gateway.
#[server(endpoint = "fn/gateway", input = Json, output = Answer)]
pub async fn load_gateway() -> Result<GatewayAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadGateway>((), Nothing {}, Nothing {}).await
}
