//! The description of all routes, made from the handlers and types.

use super::{
    admin, ai_configuration, auth, conversations, database_alerts, database_backups,
    database_health, database_maintenance, database_report, events, history, invitations,
    notifications, openapi, organization_defaults, organizations, preferences, probes, tokens,
};
use std::{env, fs};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Description,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Train", description = "Everything the pages do. docs/api.md explains what the routes have in common."),
    security(("session" = []), ("token" = [])),
    modifiers(&Ways),
    paths(
        auth::sign_up, auth::sign_in, auth::sign_out, auth::me, auth::sessions, auth::end_session,
        auth::sign_out_everywhere, auth::change_password, auth::change_profile, auth::delete_account,
        tokens::list, tokens::make, tokens::revoke,
        organizations::list, organizations::make, organizations::rename, organizations::members,
        organizations::change_member, organizations::remove_member,
        invitations::list, invitations::invite, invitations::withdraw, invitations::own, invitations::accept,
        invitations::decline,
        organization_defaults::read, organization_defaults::patch,
        preferences::read, preferences::patch, preferences::act,
        ai_configuration::read, ai_configuration::change, ai_configuration::toggle, ai_configuration::remove,
        ai_configuration::rotate_key, ai_configuration::test_key, ai_configuration::revoke_key, ai_configuration::dry_run,
        ai_configuration::models, ai_configuration::correct_model, ai_configuration::refresh_models,
        ai_configuration::policy, ai_configuration::change_policy, ai_configuration::usage, ai_configuration::ledger,
        conversations::generate, conversations::read,
        history::list, history::detail, history::statistics, history::export, history::rollback,
        database_alerts::list, database_alerts::act, database_alerts::rules, database_alerts::set_rules,
        database_backups::list, database_backups::make, database_backups::download, database_backups::remove,
        database_backups::set_schedule, database_report::read,
        database_health::health, database_health::exact_bloat, database_health::explain, database_health::cancel,
        database_health::terminate, database_health::setup,
        database_maintenance::preflight, database_maintenance::begin, database_maintenance::list, database_maintenance::find,
        database_maintenance::cancel, database_maintenance::schedules, database_maintenance::make_schedule,
        database_maintenance::change_schedule, database_maintenance::remove_schedule,
        notifications::list, notifications::mark,
        admin::mail, admin::test_mail, admin::retry_mail,
        events::events,
        probes::alive, probes::ready, probes::metrics,
        openapi::read,
    )
)]
struct Routes;

/// The two ways to say who asks.
struct Ways;

impl Modify for Ways {
    fn modify(&self, description: &mut Description) {
        let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            super::cookies::SESSION,
            "The name goes on with an underscore and eight digits that tell the installation \
             apart from others on its host.",
        )));
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("session", session);
        components.add_security_scheme("token", token);
    }
}

/// `scripts/openapi` sets this to write down what was made.
const KEEP: &str = "TRAIN_KEEP_OPENAPI";

#[test]
fn what_is_kept_is_what_the_handlers_say() {
    let made = serde_json::to_string_pretty(&Routes::openapi()).unwrap() + "\n";
    if env::var_os(KEEP).is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json"), &made).unwrap();
        return;
    }
    assert!(
        made == super::openapi::DESCRIPTION,
        "docs/openapi.json is not what the handlers say: run scripts/openapi"
    );
}
