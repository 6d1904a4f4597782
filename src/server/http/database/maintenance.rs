//! `/api/database/…`: operations and schedules.

use crate::{
    api::{
        database::maintenance::{
            BeginOperation, CancelOperation, ChangeSchedule, CheckOperation, ListOperations,
            ListSchedules, MakeSchedule, OperationAnswer, PreflightAnswer, ReadOperation,
            RemoveSchedule, ScheduleAnswer, SchedulesAnswer,
        },
        operation::Done,
    },
    domain::{accounts::Scope, database::OperationPage},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListOperations>()
        .on::<BeginOperation>()
        .on::<CheckOperation>()
        .on::<ListSchedules>()
        .on::<MakeSchedule>()
        .on::<ChangeSchedule>()
        .on::<RemoveSchedule>()
        .on::<ReadOperation>()
        .on::<CancelOperation>()
}

const READ: Access = Access::Administrator(Scope::DatabaseRead);
const WRITE: Access = Access::Administrator(Scope::DatabaseWrite);

impl Handle for ListOperations {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<OperationPage, ServiceError> {
        call.state.maintenance.list(&call.request, &call.query).await
    }
}

impl Handle for BeginOperation {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<OperationAnswer, ServiceError> {
        let operation = call.state.maintenance.begin(&call.request, &call.body).await?;
        Ok(OperationAnswer { operation })
    }
}

impl Handle for CheckOperation {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<PreflightAnswer, ServiceError> {
        let preflight = call.state.maintenance.preflight(&call.request, &call.body).await?;
        Ok(PreflightAnswer { preflight })
    }
}

impl Handle for ListSchedules {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<SchedulesAnswer, ServiceError> {
        let schedules = call.state.maintenance.schedules(&call.request).await?;
        Ok(SchedulesAnswer { schedules })
    }
}

impl Handle for MakeSchedule {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<ScheduleAnswer, ServiceError> {
        let schedule = call.state.maintenance.set_schedule(&call.request, None, &call.body).await?;
        Ok(ScheduleAnswer { schedule })
    }
}

impl Handle for ChangeSchedule {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<ScheduleAnswer, ServiceError> {
        let schedule =
            call.state.maintenance.set_schedule(&call.request, Some(call.at), &call.body).await?;
        Ok(ScheduleAnswer { schedule })
    }
}

impl Handle for RemoveSchedule {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.maintenance.remove_schedule(&call.request, call.at).await?;
        Ok(Done {})
    }
}

impl Handle for ReadOperation {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<OperationAnswer, ServiceError> {
        let operation = call.state.maintenance.find(&call.request, call.at).await?;
        Ok(OperationAnswer { operation })
    }
}

impl Handle for CancelOperation {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<OperationAnswer, ServiceError> {
        let operation = call.state.maintenance.cancel(&call.request, call.at).await?;
        Ok(OperationAnswer { operation })
    }
}
