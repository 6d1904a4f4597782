//! What carries out the operations of [`crate::api`]: the same for a script, by its route, and for
//! a page, by a server function.

use super::{access::Access, page_request::page_request, state::AppState};
use crate::{
    api::{
        error::ApiError,
        operation::{Operation, PathParts},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        idempotency::IdempotencyKey,
    },
};
use uuid::Uuid;

/// One call of an operation, read and admitted.
pub struct Call<O: Operation> {
    pub state: AppState,
    /// Who asks, and from where.
    pub request: RequestContext,
    pub at: O::At,
    pub query: O::Query,
    pub body: O::Body,
    /// The version in `If-Match`, of operations that read it.
    pub base_version: Option<i64>,
    /// The key in `Idempotency-Key`, of operations that read it.
    pub key: Option<IdempotencyKey>,
}

/// Carries an operation out: who may ask, and what is done.
pub trait Handle: Operation {
    /// Decided before anything but the path is read.
    const ACCESS: Access;

    fn handle(call: Call<Self>) -> impl Future<Output = Result<Self::Answer, ServiceError>> + Send;
}

/// Carries an operation out for the body of a server function.
///
/// # Errors
/// As the route of the operation.
pub async fn run<O: Handle>(
    at: O::At,
    query: O::Query,
    body: O::Body,
) -> Result<O::Answer, ApiError> {
    let (state, request, _turn) = page_request().await?;
    let named = organization::<O>(&at);
    admit(O::ACCESS, &state, &request, named).await.map_err(|error| request.fail(error))?;
    let context = request.clone();
    let call = Call { state, request, at, query, body, base_version: None, key: None };
    O::handle(call).await.map_err(|error| context.fail(error))
}

/// The organization that a path names as `{id}`, as the routes find it by that name.
fn organization<O: Operation>(at: &O::At) -> Option<Uuid> {
    let mut names = O::PATH.split(['{', '}']).skip(1).step_by(2);
    let place = names.position(|name| name == "id")?;
    Uuid::parse_str(at.write().get(place)?).ok()
}

async fn admit(
    access: Access,
    state: &AppState,
    request: &RequestContext,
    named: Option<Uuid>,
) -> Result<(), ServiceError> {
    access.admit(request)?;
    access.admit_to_organization(&state.database, request, named).await
}
