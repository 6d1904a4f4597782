//! What every handler can reach. A new service becomes a field here, made in [`AppState::new`].

use crate::server::{
    accounts::{Accounts, Limits, Rules},
    ai_config::AiConfigService,
    claude::Claude,
    config::Config,
    database::{Database, Events},
    generation::GenerationService,
    http::observe::Metrics,
    notifications::NotificationService,
    preferences::PreferenceService,
    vault::Vault,
};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};
use tokio::sync::watch;

/// The application's services. A clone is one counter: a request makes several.
#[derive(Clone)]
pub struct AppState(Arc<Services>);

/// What an [`AppState`] leads to.
pub struct Services {
    pub config: Arc<Config>,
    pub database: Database,
    pub events: Events,
    pub accounts: Accounts,
    pub preferences: PreferenceService,
    pub ai: AiConfigService,
    pub generation: GenerationService,
    pub notifications: NotificationService,
    pub metrics: Arc<Metrics>,
    pub shutdown: Shutdown,
    pub leptos_options: LeptosOptions,
}

impl AppState {
    pub fn new(
        config: Config,
        database: Database,
        vault: Vault,
        leptos_options: LeptosOptions,
        limits: Limits,
    ) -> Self {
        let rules = Rules { sign_up: config.sign_up, session_days: config.session_days, limits };
        let claude = Claude::new();
        let preferences = PreferenceService::new(database.clone(), database.events().clone());
        let ai = AiConfigService::start(database.clone(), vault, claude.clone(), config.ai.clone());
        // Made first, for the services that have something to tell.
        let notifications = NotificationService::new(database.clone(), false);
        Self(Arc::new(Services {
            generation: GenerationService::new(
                database.clone(),
                ai.clone(),
                claude,
                preferences.clone(),
                notifications.clone(),
            ),
            notifications,
            ai,
            accounts: Accounts::new(database.clone(), rules),
            preferences,
            events: database.events().clone(),
            metrics: Arc::default(),
            shutdown: Shutdown::default(),
            config: Arc::new(config),
            database,
            leptos_options,
        }))
    }
}

impl Deref for AppState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl AppState {
    /// Returns once the server stops: for what never ends by itself. Owns what it needs.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let shutdown = self.shutdown.clone();
        async move { shutdown.begun().await }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}

impl FromRef<AppState> for Accounts {
    fn from_ref(state: &AppState) -> Self {
        state.accounts.clone()
    }
}

/// Tells everything that never ends by itself, such as a stream of events, that the server is stopping.
#[derive(Clone, Debug)]
pub struct Shutdown(Arc<watch::Sender<bool>>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Shutdown {
    /// The server stops from now on.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once the server stops.
    pub async fn begun(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|stopping| *stopping).await;
    }
}
