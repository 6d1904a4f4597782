//! All routes and what surrounds them. The one place of `server` that opens `ui`: pages are drawn
//! here.
//!
//! To add routes: a file in `http/` with `routes() -> Routes`, which says for each who may use it,
//! and a line in [`routes`].

use crate::{
    api::operation::USUAL_BODY,
    server::http::{
        accounts::{self, passkeys, second_factor, tokens},
        admin, ai, answer, at_once, authenticate, bulk, conversation_policy, conversations,
        coverage, data_sets,
        database::{alerts, backups, health, maintenance, report},
        demonstration, events, exports, gateway, generation, guard, headers, history, home,
        imports, notifications, observe, openapi,
        organizations::{self, defaults, invitations},
        page_code::Code,
        pages, preferences, probes, reviews, revisions,
        routes::Routes,
        saved_views, server_functions, settle, site,
        state::AppState,
    },
    ui::{addresses, app::App, shell::shell},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Redirect, Response},
    routing::{any, post},
};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

/// The pages of the application. Listed once: while leptos lists them, whatever a page of the same
/// process begins to load never comes, and that page has no end.
static LISTED: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// The whole application.
///
/// Around a request, from the outside: id and log line; security headers; panic net; size of the
/// body; other sites' posts; then, for everything but files and probes, who asks, and whether they
/// have too much done at once; and after a change, that every server knows of it.
pub fn router(state: AppState) -> Router {
    let code = Arc::new(Code::read(&state.leptos_options));
    let pages = Pages::of(&LISTED);
    Router::new()
        .merge(api(&state))
        .merge(app_pages(&state, &code, &pages))
        .merge(probes::routes().into_router())
        .method_not_allowed_fallback(answer::wrong_method)
        .merge(site::package(&state.leptos_options))
        .merge(public_files(&state, code, pages))
        .layer(DefaultBodyLimit::max(USUAL_BODY))
        .layer(from_fn_with_state(state.clone(), guard::same_site))
        .layer(from_fn_with_state(roomy(), guard::limit_body))
        // What those layers guard against comes from browsers, and its own bounds are wider.
        .merge(gateway::router())
        .layer(from_fn(observe::catch_panic))
        .layer(from_fn(headers::add))
        .layer(from_fn_with_state(state.clone(), observe::observe))
        .with_state(state)
}

/// The REST routes, by feature.
pub fn routes() -> Routes {
    Routes::new()
        .merge(home::routes())
        .merge(accounts::routes())
        .merge(second_factor::routes())
        .merge(passkeys::routes())
        .merge(tokens::routes())
        .merge(organizations::routes())
        .merge(invitations::routes())
        .merge(defaults::routes())
        .merge(conversation_policy::routes())
        .merge(preferences::routes())
        .merge(ai::routes())
        .merge(generation::routes())
        .merge(conversations::routes())
        .merge(revisions::routes())
        .merge(bulk::routes())
        .merge(saved_views::routes())
        .merge(coverage::routes())
        .merge(reviews::routes())
        .merge(exports::routes())
        .merge(data_sets::routes())
        .merge(imports::routes())
        .merge(demonstration::routes())
        .merge(gateway::routes())
        .merge(health::routes())
        .merge(alerts::routes())
        .merge(maintenance::routes())
        .merge(backups::routes())
        .merge(report::routes())
        .merge(history::routes())
        .merge(notifications::routes())
        .merge(admin::routes())
        .merge(events::routes())
        .merge(openapi::routes())
}

/// The routes that take larger bodies than the usual.
fn roomy() -> guard::Roomy {
    let routes = routes();
    routes.table().iter().filter(|route| route.largest_body > USUAL_BODY).cloned().collect()
}

/// All that `docs/openapi.json` describes: the REST routes, and what machines ask that nobody signs
/// in for.
pub fn described() -> Routes {
    routes().merge(probes::routes())
}

fn api(state: &AppState) -> Router<AppState> {
    routes()
        .into_router()
        // Not nested: leptos finds a function by the whole path, and nesting would cut it.
        .route("/api/fn/{function}", post(server_functions::handle))
        // The one answer that is packed: it is long, and the same for everybody.
        .route("/api/fn/time-zones", post(server_functions::handle).layer(site::compressed()))
        .route("/api", any(answer::unknown_path))
        .route("/api/", any(answer::unknown_path))
        .route("/api/{*path}", any(answer::unknown_path))
        .route_layer(from_fn_with_state(state.clone(), settle::after_changes))
        .route_layer(from_fn(guard::clean_address))
        .route_layer(from_fn_with_state(state.clone(), at_once::limit))
        .route_layer(from_fn_with_state(state.clone(), authenticate::for_routes))
}

fn app_pages(state: &AppState, code: &Arc<Code>, pages: &Pages) -> Router<AppState> {
    let listed = LISTED.clone();
    let options = state.leptos_options.clone();
    let provide = pages::provide_page(state.clone(), code.clone());
    let draw = leptos_axum::render_route_with_context(listed.clone(), provide, move || {
        shell(options.clone())
    });
    Router::new()
        // Not `leptos_routes`, which would also register the server functions, here among the
        // pages.
        .leptos_routes_with_handler(listed, move |state: State<AppState>, request: Request| {
            draw(state, request)
        })
        .layer(site::compressed())
        .route_layer(from_fn_with_state(state.clone(), pages::prepare))
        .route_layer(from_fn_with_state(state.clone(), at_once::limit))
        .route_layer(from_fn_with_state(state.clone(), authenticate::for_pages))
        .route_layer(from_fn_with_state(pages.clone(), lead_to_address))
}

/// The first parts of the addresses of all pages.
#[derive(Clone)]
struct Pages(Arc<BTreeSet<String>>);

impl Pages {
    fn of(listed: &[AxumRouteListing]) -> Self {
        let first = listed.iter().filter_map(|page| page.path().split('/').nth(1));
        Self(Arc::new(first.map(str::to_owned).collect()))
    }

    fn hold(&self, path: &str) -> bool {
        path.split('/').nth(1).is_some_and(|first| self.0.contains(first))
    }
}

/// From an address that is nearly that of a page to the page, before anything is drawn. Which tab
/// is the first may change with a release, so that this is not said for ever.
async fn lead_to_address(State(known): State<Pages>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    let place = |path: &str| pages::at_path(path, uri).filter(|_| known.hold(path));
    if let Some(place) = addresses::without_slash(uri.path()).and_then(place) {
        return Redirect::permanent(&place).into_response();
    }
    if let Some(place) = addresses::first_tab(uri.path()).as_deref().and_then(place) {
        return Redirect::temporary(&place).into_response();
    }
    next.run(request).await
}

/// Files beside `/pkg`, such as the icon; for the rest the application's own page that says there
/// is nothing.
fn public_files(state: &AppState, code: Arc<Code>, pages: Pages) -> Router<AppState> {
    let options = state.leptos_options.clone();
    let provide = pages::provide_page(state.clone(), code);
    let draw = leptos_axum::render_app_async_with_context(provide, move || shell(options.clone()));
    let nothing_here = Router::new()
        .fallback(draw)
        .layer(site::compressed())
        .layer(map_response(pages::not_found))
        .layer(from_fn_with_state(state.clone(), pages::prepare))
        .layer(from_fn_with_state(state.clone(), at_once::limit))
        .layer(from_fn_with_state(state.clone(), authenticate::for_pages))
        .layer(from_fn_with_state(pages, lead_to_address));
    site::public(&state.leptos_options, nothing_here)
        .layer(from_fn(|request, next| site::keep_files(request, next, "public, max-age=3600")))
        .layer(from_fn(site::only_reading))
}
