//! The first page: steps that are open, and figures.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::home::HomeAnswer;
use leptos::{prelude::*, server_fn::codec::Json};

operations! { "Home";
    /// What the first page shows: the steps of beginning with their state, budgets of the day and
    /// the month, what is running, conversations by status; for administrators open alerts and the
    /// last jobs as well. A token gets the parts that its scopes allow, the others are `null`.
    ReadHome = GET "/api/home" => HomeAnswer;
}

/// Everything on the first page.
#[server(endpoint = "fn/home", input = Json, output = Answer)]
pub async fn load_home() -> Result<HomeAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadHome>((), Nothing {}, Nothing {}).await
}
