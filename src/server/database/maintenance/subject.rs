//! What an operation is done to: looked up in the catalog by schema and name, whatever the name
//! holds.

use crate::{
    domain::{
        database::{ObjectName, OperationKind, OperationRequest, Target},
        error_code::ErrorCode,
    },
    server::{foundation::error::ServiceError, postgres::Pool},
};

/// From this version on the right MAINTAIN exists.
const MAINTAIN_SINCE: i32 = 170_000;
pub(super) const REPACK_SINCE: i32 = 190_000;

/// A table, and the index of it that is meant if one is.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub table: ObjectName,
    pub table_oid: i64,
    pub index: Option<(ObjectName, i64)>,
    pub owner: String,
    /// Our role owns the table.
    owned: bool,
    /// Our role holds MAINTAIN on it.
    maintains: bool,
    /// Of all databases of the cluster.
    shared: bool,
    /// An index that can be used; true for a table.
    pub valid: bool,
    /// A session builds the index at this moment.
    pub building: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub operation: OperationKind,
    pub target: Target,
    /// `None` for the whole database.
    pub relation: Option<Relation>,
    pub database: String,
    pub version: i32,
    role: String,
    owns_database: bool,
}

/// The target of a request, with one sentence per fault.
pub(super) fn target(body: &OperationRequest) -> Result<Target, ServiceError> {
    let target = match (&body.table, &body.index, body.whole_database) {
        (Some(table), None, false) => Target::Table(table.clone()),
        (None, Some(index), false) => Target::Index(index.clone()),
        (None, None, true) => Target::WholeDatabase,
        (None, None, false) => {
            return Err(ServiceError::field(
                "table",
                "Name a table or an index, or say wholeDatabase: nothing is assumed.",
            ));
        }
        _ => {
            return Err(ServiceError::field(
                "table",
                "Name one target only: a table, an index, or the whole database.",
            ));
        }
    };
    let (field, problem) = match &target {
        Target::Table(name) => ("table", name.problem()),
        Target::Index(name) => ("index", name.problem()),
        Target::WholeDatabase => ("wholeDatabase", None),
    };
    if let Some(problem) = problem {
        return Err(ServiceError::field(field, problem));
    }
    let (takes, sentence) = match body.operation {
        OperationKind::Vacuum
        | OperationKind::VacuumAnalyze
        | OperationKind::VacuumFull
        | OperationKind::Analyze => (
            !matches!(target, Target::Index(_)),
            "This is done to a table or to the whole database, not to an index.",
        ),
        OperationKind::Reindex => (true, ""),
        OperationKind::Repack => {
            (matches!(target, Target::Table(_)), "A repack is done to one table.")
        }
        OperationKind::DropInvalidIndex => {
            (matches!(target, Target::Index(_)), "Name the index that is left over.")
        }
    };
    if takes { Ok(target) } else { Err(ServiceError::field(field, sentence)) }
}

impl Subject {
    /// Reads the target from the catalog as it is now.
    pub async fn find(
        pool: &Pool,
        operation: OperationKind,
        target: &Target,
    ) -> Result<Self, ServiceError> {
        let here = sqlx::query!(
            r#"SELECT current_database()::text AS "database!",
               current_setting('server_version_num')::int4 AS "version!",
                 current_user::text AS "role!", pg_has_role(datdba, 'USAGE') AS "owned!"
               FROM pg_database WHERE datname = current_database()"#
        )
        .fetch_one(pool)
        .await?;
        let relation = match target {
            Target::WholeDatabase => None,
            Target::Table(name) => Some(relation(pool, name, false).await?),
            Target::Index(name) => Some(relation(pool, name, true).await?),
        };
        Ok(Self {
            operation,
            target: target.clone(),
            relation,
            database: here.database,
            version: here.version,
            role: here.role,
            owns_database: here.owned,
        })
    }

    /// The whole database, for judging without one.
    #[cfg(test)]
    pub fn of_database(operation: OperationKind) -> Self {
        Self {
            operation,
            target: Target::WholeDatabase,
            relation: None,
            database: "train".into(),
            version: 170_000,
            role: "train_owner".into(),
            owns_database: true,
        }
    }

    /// Whether PostgreSQL would do it for our role; otherwise a sentence. It itself reports success
    /// and does nothing.
    pub fn refusal(&self) -> Option<String> {
        let role = &self.role;
        let Some(relation) = &self.relation else {
            // VACUUM and ANALYZE pass over what they may not touch, which the outcome tells.
            let refused = self.operation == OperationKind::Reindex && !self.owns_database;
            return refused
                .then(|| format!("The role {role} does not own the database {}.", self.database));
        };
        let may = match self.operation {
            OperationKind::Vacuum
            | OperationKind::VacuumAnalyze
            | OperationKind::VacuumFull
            | OperationKind::Analyze => {
                relation.owned || relation.maintains || (self.owns_database && !relation.shared)
            }
            OperationKind::Reindex | OperationKind::Repack => relation.owned || relation.maintains,
            OperationKind::DropInvalidIndex => relation.owned,
        };
        let remedy = if self.version >= MAINTAIN_SINCE
            && self.operation != OperationKind::DropInvalidIndex
        {
            format!("or GRANT MAINTAIN ON {} TO {role}", relation.table.quoted())
        } else {
            "or do it as that role".to_owned()
        };
        (!may).then(|| {
            format!(
                "{} belongs to {}, and {role} is not the owner: PostgreSQL would skip it. Make \
                    {role} the owner, {remedy}.",
                relation.table, relation.owner
            )
        })
    }

    pub fn may_all(&self) -> bool {
        self.owns_database
    }

    /// What advisory locks are named by, the same in every server: one operation per table.
    pub fn lock_name(&self) -> String {
        match &self.relation {
            Some(relation) => format!("train.maintenance.{}", relation.table_oid),
            None => "train.maintenance.database".to_owned(),
        }
    }

    pub fn table_oid(&self) -> Option<i64> {
        self.relation.as_ref().map(|relation| relation.table_oid)
    }

    pub fn index_oid(&self) -> Option<i64> {
        self.relation.as_ref().and_then(|relation| relation.index.as_ref()).map(|(_, oid)| *oid)
    }

    /// For sentences.
    pub fn name(&self) -> String {
        match &self.target {
            Target::Table(name) | Target::Index(name) => name.to_string(),
            Target::WholeDatabase => format!("the database {}", self.database),
        }
    }
}

/// A relation as the catalog has it.
struct Found {
    schema: String,
    table_name: String,
    table_oid: i64,
    index_oid: Option<i64>,
    owner: String,
    owned: bool,
    maintains: bool,
    shared: bool,
    valid: bool,
    building: bool,
}

async fn relation(
    pool: &Pool,
    name: &ObjectName,
    is_index: bool,
) -> Result<Relation, ServiceError> {
    let found = if is_index { index(pool, name).await? } else { table(pool, name).await? };
    let found = found.ok_or_else(|| {
        ServiceError::refused(
            ErrorCode::ObjectNotFound,
            format!(
                "There is no {} {name} in this database.",
                if is_index { "index" } else { "table" }
            ),
        )
    })?;
    Ok(Relation {
        table: ObjectName::new(found.schema, found.table_name),
        table_oid: found.table_oid,
        index: found.index_oid.map(|oid| (name.clone(), oid)),
        owner: found.owner,
        owned: found.owned,
        maintains: found.maintains,
        shared: found.shared,
        valid: found.valid,
        building: found.building,
    })
}

async fn index(pool: &Pool, name: &ObjectName) -> Result<Option<Found>, sqlx::Error> {
    // CASE keeps older servers from seeing the word MAINTAIN.
    sqlx::query_as!(
        Found,
        r#"SELECT n.nspname::text AS "schema!", t.relname::text AS "table_name!",
           t.oid::int8 AS "table_oid!",
             pg_get_userbyid(t.relowner)::text AS "owner!",
             pg_has_role(t.relowner, 'USAGE') AS "owned!", t.relisshared AS shared,
             CASE WHEN current_setting('server_version_num')::int4 >= $3
               THEN has_table_privilege(t.oid, 'MAINTAIN') ELSE false END
               AS "maintains!",
             c.oid::int8 AS index_oid, i.indisvalid AND i.indisready AS "valid!",
             EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid
               OR p.relid = t.oid) AS "building!"
           FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
             JOIN pg_class t ON t.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('i', 'I')"#,
        name.schema,
        name.name,
        MAINTAIN_SINCE
    )
    .fetch_optional(pool)
    .await
}

async fn table(pool: &Pool, name: &ObjectName) -> Result<Option<Found>, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"SELECT n.nspname::text AS "schema!", t.relname::text AS "table_name!",
           t.oid::int8 AS "table_oid!",
             pg_get_userbyid(t.relowner)::text AS "owner!",
             pg_has_role(t.relowner, 'USAGE') AS "owned!", t.relisshared AS shared,
             CASE WHEN current_setting('server_version_num')::int4 >= $3
               THEN has_table_privilege(t.oid, 'MAINTAIN') ELSE false END
               AS "maintains!",
             NULL::int8 AS index_oid, true AS "valid!", false AS "building!"
           FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
           WHERE n.nspname = $1::text AND t.relname = $2::text AND t.relkind IN ('r', 'p', 'm')"#,
        name.schema,
        name.name,
        MAINTAIN_SINCE
    )
    .fetch_optional(pool)
    .await
}
