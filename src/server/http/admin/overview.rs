//! How the installation is doing: what the other services say of it.

use crate::{
    api::admin::{ReadInstallation, VerifyHistory},
    domain::{
        accounts::Scope,
        admin::{InstallationAnswer, SealedGroup, VaultView, VerificationAnswer},
    },
    server::{
        config,
        foundation::error::ServiceError,
        history,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
        vault::Vault,
    },
};

impl Handle for ReadInstallation {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<InstallationAnswer, ServiceError> {
        let (state, request) = (&call.state, &call.request);
        Ok(InstallationAnswer {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: option_env!("TRAIN_COMMIT")
                .filter(|commit| !commit.is_empty())
                .map(str::to_owned),
            started_at: state.started_at,
            postgres_version: state.database.version().await?,
            servers: state.database.servers().await?,
            vault: vault(&state.vault).await?,
            environment: config::values(|name| std::env::var(name).ok()),
            webhook: state.alerts.webhook(request).await?,
            retention: config::retention(&state.config),
            verification: history::last_verification(&state.database, request).await?,
        })
    }
}

impl Handle for VerifyHistory {
    const ACCESS: Access = Access::Administrator(Scope::AdminWrite);

    async fn handle(call: Call<Self>) -> Result<VerificationAnswer, ServiceError> {
        history::verify_for(&call.state.database, &call.request).await
    }
}

async fn vault(vault: &Vault) -> Result<VaultView, ServiceError> {
    let (master_keys, problem) = match vault.master_keys() {
        Ok(keys) => (keys, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let stored = vault.status().await?.into_iter().map(|keys| SealedGroup {
        state: keys.state,
        master_key: keys.key_id,
        owners: keys.owners,
        count: keys.count,
    });
    Ok(VaultView { master_keys, problem, stored: stored.collect() })
}
