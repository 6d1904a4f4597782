//! The table of routes. A route cannot be added without saying who may use it, and that is decided
//! before the handler reads anything of the request: nobody learns from an answer what a route that
//! is not theirs makes of a body, a query or a path.

use super::{
    described::Described,
    dispatch::dispatch,
    respond::{self, Respond},
};
use crate::{
    api::{
        error::ApiError,
        operation::{self, Operation},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        http::{access::Access, operation::Handle, state::AppState},
    },
};
use axum::{
    Router,
    extract::{FromRequestParts, RawPathParams, Request, State},
    handler::Handler,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter},
};
use futures::future::{BoxFuture, Either, FutureExt, ready};
use http::Method;
use uuid::Uuid;

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    /// In bytes.
    pub largest_body: usize,
}

impl Route {
    /// Whether a request goes here.
    pub fn takes(&self, method: &Method, path: &str) -> bool {
        let mut parts = path.split('/');
        let fits = |own: &str| {
            parts.next().is_some_and(|part| own == part || own.starts_with('{') && !part.is_empty())
        };
        self.method == *method && self.path.split('/').all(fits) && parts.next().is_none()
    }
}

/// Answers machines that watch the server.
pub trait Probe: Operation {
    fn look(state: AppState) -> impl Future<Output = Result<Response, ApiError>> + Send;
}

/// Routes, each with who may use it.
#[derive(Default)]
pub struct Routes {
    router: Router<AppState>,
    table: Vec<Route>,
    described: Vec<fn() -> Described>,
}

impl Routes {
    pub fn new() -> Self {
        Self::default()
    }

    /// The route of an operation. A path may have several, by method.
    pub fn on<O: Handle>(self) -> Self {
        self.add::<O, _, _>(O::ACCESS, |State(state): State<AppState>, request: Request| {
            dispatch::<O>(state, request)
        })
    }

    /// As [`Routes::on`], for answers that are more than JSON.
    pub fn raw<O: Respond>(self) -> Self {
        self.add::<O, _, _>(O::ACCESS, |State(state): State<AppState>, request: Request| {
            respond::dispatch::<O>(state, request)
        })
    }

    /// As [`Routes::on`], for what anyone may ask, as often as they like, and that takes nothing.
    /// It stands outside of the middleware that finds out who asks: a probe must not wait for the
    /// database, so there is no call to read.
    pub fn probe<O: Probe>(self) -> Self {
        self.add::<O, _, _>(Access::Anyone, |State(state): State<AppState>| async move {
            O::look(state).await.unwrap_or_else(IntoResponse::into_response)
        })
    }

    fn add<O: Operation, H, T>(mut self, access: Access, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let (filter, method) = match O::METHOD {
            operation::Method::Get => (MethodFilter::GET, Method::GET),
            operation::Method::Post => (MethodFilter::POST, Method::POST),
            operation::Method::Put => (MethodFilter::PUT, Method::PUT),
            operation::Method::Patch => (MethodFilter::PATCH, Method::PATCH),
            operation::Method::Delete => (MethodFilter::DELETE, Method::DELETE),
        };
        self.table.push(Route { method, path: O::PATH, access, largest_body: O::LARGEST_BODY });
        self.described.push(Described::of::<O>);
        let methods = MethodRouter::new().on(filter, Guarded { access, handler });
        Self { router: self.router.route(O::PATH, methods), ..self }
    }

    pub fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        self.described.extend(other.described);
        Self { router: self.router.merge(other.router), ..self }
    }

    pub fn into_router(self) -> Router<AppState> {
        self.router
    }

    /// What the operations say of themselves, in the same order.
    pub fn described(&self) -> impl Iterator<Item = Described> {
        self.described.iter().map(|describe| describe())
    }

    /// Every route, in the order in which they were added.
    pub fn table(&self) -> &[Route] {
        &self.table
    }
}

/// A handler that is reached by those who may.
#[derive(Clone)]
struct Guarded<H> {
    access: Access,
    handler: H,
}

impl<H, T> Handler<T, AppState> for Guarded<H>
where
    H: Handler<T, AppState>,
    T: 'static,
{
    type Future = Either<H::Future, BoxFuture<'static, Response>>;

    fn call(self, request: Request, state: AppState) -> Self::Future {
        let Self { access, handler } = self;
        match admit(access, &request) {
            Err(error) => Either::Right(ready(error.into_response()).boxed()),
            Ok(()) if !access.concerns_organization() => Either::Left(handler.call(request, state)),
            Ok(()) => Either::Right(
                async move {
                    match admit_to_organization(access, request, &state).await {
                        Ok(request) => handler.call(request, state).await,
                        Err(error) => error.into_response(),
                    }
                }
                .boxed(),
            ),
        }
    }
}

fn who(request: &Request) -> Result<&RequestContext, ServiceError> {
    let context = request.extensions().get::<RequestContext>();
    context.ok_or_else(|| ServiceError::Internal("a route outside of the middleware".into()))
}

/// Decides by what the middleware found out about the person. What anyone may ask needs no
/// middleware.
pub fn admit(access: Access, request: &Request) -> Result<(), ServiceError> {
    match access {
        Access::Anyone => Ok(()),
        access => access.admit(who(request)?),
    }
}

async fn admit_to_organization(
    access: Access,
    request: Request,
    state: &AppState,
) -> Result<Request, ServiceError> {
    let (mut parts, body) = request.into_parts();
    let named = RawPathParams::from_request_parts(&mut parts, state).await.ok();
    let named = named.as_ref().and_then(|all| all.iter().find(|(name, _)| *name == "id"));
    let named = named.and_then(|(_, value)| Uuid::parse_str(value).ok());
    let request = Request::from_parts(parts, body);
    access.admit_to_organization(&state.database, who(&request)?, named).await?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_takes_its_method_and_every_path_of_its_form() {
        let path = "/api/things/{id}/parts";
        let route = Route { method: Method::PUT, path, access: Access::Anyone, largest_body: 1 };
        assert!(route.takes(&Method::PUT, "/api/things/7/parts"));
        assert!(!route.takes(&Method::POST, "/api/things/7/parts"));
        for path in ["/api/things/7", "/api/things//parts", "/api/things/7/parts/", "/", ""] {
            assert!(!route.takes(&Method::PUT, path), "{path}");
        }
    }
}
