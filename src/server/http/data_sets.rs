//! `/api/data-sets…`.

use super::routes::Routes;
use crate::{
    api::{
        data_sets::{
            CompareDataSetVersions, CreateDataSet, CreateDataSetVersion, DataSetAnswer,
            DataSetVersionAnswer, DataSetVersionsAnswer, DataSetsAnswer, DeleteDataSet,
            DeleteDataSetVersion, DifferenceAnswer, ListDataSets, ReadDataSet, ReadDataSetVersion,
            UpdateDataSet,
        },
        operation::Done,
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
        .on::<ListDataSets>()
        .on::<CreateDataSet>()
        .on::<ReadDataSet>()
        .on::<UpdateDataSet>()
        .on::<DeleteDataSet>()
        .on::<CreateDataSetVersion>()
        .on::<ReadDataSetVersion>()
        .on::<DeleteDataSetVersion>()
        .on::<CompareDataSetVersions>()
}

const READER: Access = Access::Person(Scope::ConversationsRead);
const WRITER: Access = Access::Person(Scope::ConversationsWrite);

impl Handle for ListDataSets {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<DataSetsAnswer, ServiceError> {
        let data_sets = call.state.data_sets.list(&call.request).await?;
        Ok(DataSetsAnswer { data_sets })
    }
}

impl Handle for CreateDataSet {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<DataSetAnswer, ServiceError> {
        let data_set = call.state.data_sets.create(&call.request, call.body).await?;
        Ok(DataSetAnswer { data_set })
    }
}

impl Handle for ReadDataSet {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<DataSetVersionsAnswer, ServiceError> {
        let (data_set, versions) = call.state.data_sets.read(&call.request, call.at).await?;
        Ok(DataSetVersionsAnswer { data_set, versions })
    }
}

impl Handle for UpdateDataSet {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<DataSetAnswer, ServiceError> {
        let data_set = call.state.data_sets.update(&call.request, call.at, call.body).await?;
        Ok(DataSetAnswer { data_set })
    }
}

impl Handle for DeleteDataSet {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.data_sets.delete(&call.request, call.at).await?;
        Ok(Done {})
    }
}

impl Handle for CreateDataSetVersion {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<DataSetVersionAnswer, ServiceError> {
        let service = &call.state.data_sets;
        let version = service.create_version(&call.request, call.at, call.body, call.key).await?;
        Ok(DataSetVersionAnswer { version })
    }
}

impl Handle for ReadDataSetVersion {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<DataSetVersionAnswer, ServiceError> {
        let version = call.state.data_sets.read_version(&call.request, call.at).await?;
        Ok(DataSetVersionAnswer { version })
    }
}

impl Handle for DeleteDataSetVersion {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.data_sets.delete_version(&call.request, call.at).await?;
        Ok(Done {})
    }
}

impl Handle for CompareDataSetVersions {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<DifferenceAnswer, ServiceError> {
        let Call { state, request, at, query, .. } = call;
        let difference = state.data_sets.compare(&request, at, query.from).await?;
        Ok(DifferenceAnswer { difference })
    }
}
