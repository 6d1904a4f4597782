//! What every handler can reach. A new service becomes a field here, made in [`AppState::new`].

use crate::{
    api::error::ApiError,
    server::{
        accounts::{AccountService, Limits, Rules},
        ai::AiService,
        bulk::BulkService,
        claude::Claude,
        config::{Config, PublicUrl},
        conversation_policy::ConversationPolicyService,
        conversations::ConversationService,
        coverage::CoverageService,
        data_sets::DataSetService,
        database::{
            alerts::AlertService, backups::BackupService, health::HealthService,
            maintenance::MaintenanceService, report::ReportService,
        },
        demonstration::DemonstrationService,
        exports::ExportService,
        foundation::{metrics::Metrics, shares::Shares, shutdown::Shutdown, single_flight::Shared},
        gateway::GatewayService,
        generation::GenerationService,
        http::{cookies::Cookies, home::HomeService},
        imports::ImportService,
        jobs::JobService,
        mail::MailService,
        notifications::NotificationService,
        organizations::OrganizationService,
        postgres::{Database, Events},
        preferences::PreferenceService,
        reviews::ReviewService,
        revisions::RevisionService,
        saved_views::SavedViewService,
        vault::Vault,
    },
};
use axum::extract::FromRef;
use chrono::{DateTime, Utc};
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};

/// The application's services. A clone is one counter: a request makes several.
#[derive(Clone)]
pub struct AppState(Arc<Services>);

/// What an [`AppState`] leads to.
pub struct Services {
    pub config: Arc<Config>,
    pub database: Database,
    pub events: Events,
    pub accounts: AccountService,
    pub vault: Vault,
    pub organizations: OrganizationService,
    pub cookies: Cookies,
    pub preferences: PreferenceService,
    pub ai: AiService,
    pub generation: GenerationService,
    pub conversations: ConversationService,
    pub conversation_policy: ConversationPolicyService,
    pub reviews: ReviewService,
    pub revisions: RevisionService,
    pub bulk: BulkService,
    pub saved_views: SavedViewService,
    pub coverage: CoverageService,
    pub exports: ExportService,
    pub data_sets: DataSetService,
    pub imports: ImportService,
    pub demonstration: DemonstrationService,
    pub gateway: GatewayService,
    pub health: HealthService,
    pub alerts: AlertService,
    pub maintenance: MaintenanceService,
    pub backups: BackupService,
    pub report: ReportService,
    pub jobs: JobService,
    pub notifications: NotificationService,
    pub mail: MailService,
    pub home: HomeService,
    pub metrics: Arc<Metrics>,
    pub shares: Shares,
    /// Whether requests can be served, asked once for all who want to know at the same time.
    pub readiness: Shared<Result<(), ApiError>>,
    pub shutdown: Shutdown,
    pub leptos_options: LeptosOptions,
    /// When this server began.
    pub started_at: DateTime<Utc>,
}

impl AppState {
    pub fn new(
        config: Config,
        database: Database,
        vault: Vault,
        leptos_options: LeptosOptions,
        limits: Limits,
    ) -> Self {
        let rules = Rules {
            sign_up: config.sign_up,
            session_days: config.session_days,
            origin: config.public_url.as_ref().map(PublicUrl::origin),
            limits,
        };
        let shares = Shares::default();
        let claude = Claude::new();
        let preferences = PreferenceService::new(database.clone(), database.events().clone());
        let config = Arc::new(config);
        let ai = AiService::new(database.clone(), vault.clone(), claude.clone(), config.ai.clone());
        // Made first, for the services that have something to tell.
        let notifications = NotificationService::new(database.clone(), config.mail.is_some());
        let health = HealthService::new(database.clone());
        let alerts = AlertService::new(database.clone(), health.clone(), notifications.clone());
        let maintenance = MaintenanceService::new(database.clone(), health.clone())
            .in_zone(config.working_hours_zone);
        let accounts = AccountService::new(database.clone(), notifications.clone(), rules);
        let generation = GenerationService::new(
            database.clone(),
            ai.clone(),
            claude.clone(),
            preferences.clone(),
            notifications.clone(),
            shares.clone(),
        );
        let conversations =
            ConversationService::new(database.clone(), preferences.clone(), notifications.clone());
        let home = HomeService {
            accounts: accounts.clone(),
            organizations: OrganizationService::new(accounts.clone()),
            ai: ai.clone(),
            conversations: conversations.clone(),
            demonstration: DemonstrationService::new(database.clone()),
            alerts: alerts.clone(),
            backups: BackupService::new(database.clone(), config.backups()),
            jobs: JobService::new(database.clone()),
            mail: MailService::new(database.clone(), notifications.clone(), &config),
            patience: HomeService::PATIENCE,
        };
        let revisions =
            RevisionService::new(database.clone(), generation.clone(), conversations.clone());
        let policies = ConversationPolicyService::new(database.clone(), notifications.clone());
        Self(Arc::new(Services {
            bulk: BulkService::new(
                database.clone(),
                preferences.clone(),
                notifications.clone(),
                revisions.clone(),
            ),
            revisions,
            saved_views: SavedViewService::new(database.clone()),
            coverage: CoverageService::new(database.clone(), policies.clone()),
            exports: ExportService::new(database.clone(), preferences.clone(), policies.clone()),
            data_sets: DataSetService::new(
                database.clone(),
                preferences.clone(),
                conversations.clone(),
                notifications.clone(),
            ),
            imports: ImportService::new(
                database.clone(),
                preferences.clone(),
                notifications.clone(),
            ),
            conversation_policy: policies,
            backups: home.backups.clone(),
            report: ReportService::new(database.clone()),
            jobs: home.jobs.clone(),
            health,
            alerts,
            maintenance,
            mail: home.mail.clone(),
            gateway: GatewayService::new(ai.clone(), claude, shares.clone(), generation.clone()),
            generation,
            demonstration: home.demonstration.clone(),
            reviews: ReviewService::new(database.clone(), notifications.clone()),
            conversations,
            organizations: home.organizations.clone(),
            home,
            accounts,
            vault,
            notifications,
            ai,
            cookies: Cookies::new(database.clone()),
            preferences,
            events: database.events().clone(),
            metrics: Arc::default(),
            shares,
            readiness: Shared::default(),
            shutdown: Shutdown::default(),
            config,
            database,
            leptos_options,
            started_at: Utc::now(),
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
        async move { shutdown.cancelled().await }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}

impl FromRef<AppState> for Cookies {
    fn from_ref(state: &AppState) -> Self {
        state.cookies.clone()
    }
}

impl FromRef<AppState> for AccountService {
    fn from_ref(state: &AppState) -> Self {
        state.accounts.clone()
    }
}
