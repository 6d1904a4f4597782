//! `/api/imports…`.

use super::routes::Routes;
use crate::{
    api::imports::{
        CreateImport, ImportAnswer, ImportsAnswer, ListImportProblems, ListImports, ProblemsAnswer,
        ReadImport, StartImport, StopImport, UploadImport,
    },
    domain::accounts::Scope,
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListImports>()
        .on::<CreateImport>()
        .on::<ReadImport>()
        .on::<UploadImport>()
        .on::<ListImportProblems>()
        .on::<StartImport>()
        .on::<StopImport>()
}

const READER: Access = Access::Person(Scope::ConversationsRead);
const WRITER: Access = Access::Person(Scope::ConversationsWrite);

impl Handle for ListImports {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ImportsAnswer, ServiceError> {
        let imports = call.state.imports.list(&call.request).await?;
        Ok(ImportsAnswer { imports })
    }
}

impl Handle for CreateImport {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ImportAnswer, ServiceError> {
        let import = call.state.imports.create(&call.request, call.body, call.key).await?;
        Ok(ImportAnswer { import })
    }
}

impl Handle for ReadImport {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ImportAnswer, ServiceError> {
        let import = call.state.imports.read(&call.request, call.at).await?;
        Ok(ImportAnswer { import })
    }
}

impl Handle for UploadImport {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ImportAnswer, ServiceError> {
        let Call { state, request, at, query, body, .. } = call;
        let import = state.imports.upload(&request, at, query.start, body.0).await?;
        Ok(ImportAnswer { import })
    }
}

impl Handle for ListImportProblems {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ProblemsAnswer, ServiceError> {
        let Call { state, request, at, query, .. } = call;
        let problems = state.imports.problems(&request, at, query.after).await?;
        Ok(ProblemsAnswer { problems })
    }
}

impl Handle for StartImport {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ImportAnswer, ServiceError> {
        let Call { state, request, at, body, .. } = call;
        let import = state.imports.start(&request, at, body.takes_duplicates).await?;
        Ok(ImportAnswer { import })
    }
}

impl Handle for StopImport {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ImportAnswer, ServiceError> {
        let import = call.state.imports.stop(&call.request, call.at).await?;
        Ok(ImportAnswer { import })
    }
}
