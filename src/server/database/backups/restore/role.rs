//! As whom a dump is run. A dump is a program: whatever stands in it is done with the rights of
//! whoever signs in, however often it is told to become somebody else first (`RESET ROLE`). So the
//! one who signs in may become the owner of the tables, and nothing more.

use super::{connect, is_superuser, refused, run};
use crate::{
    domain::database::quote_identifier,
    server::{database::backups::access::Access, postgres::Database},
};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::path::Path;
use tokio::process::Command;

/// A role for the length of one restore, or the server's own where no other can be made.
pub(super) struct RestoreRole {
    pub options: PgConnectOptions,
    /// Made for this restore, and removed after it.
    made: Option<String>,
}

impl RestoreRole {
    /// A superuser makes a role; anybody else has the server's own used.
    ///
    /// # Errors
    /// One sentence: no role that may only become the owner can be had.
    pub async fn choose(
        database: &Database,
        admin: &PgConnectOptions,
        name: &str,
    ) -> Result<Self, String> {
        let mut connection = connect(admin).await?;
        let superuser = is_superuser(&mut connection).await?;
        let server = database.connect_options();
        let asked = if superuser { "train_owner" } else { server.get_username() };
        if !is_harmless(&mut connection, asked).await? {
            return Err(format!(
                "A backup is a program, and the role “{asked}” may do more than a backup needs: \
                    run \
                 programs or read files on the database's machine, or make roles. Take those \
                 rights \
                 from it, or restore as a superuser (TRAIN_BACKUP_DATABASE_URL), who makes a role \
                 for it."
            ));
        }
        let role = match superuser {
            true => Self::make(&mut connection, admin, name).await?,
            false => Self { options: server.clone(), made: None },
        };
        connection.close().await.map_err(refused)?;
        Ok(role)
    }

    async fn make(
        connection: &mut PgConnection,
        admin: &PgConnectOptions,
        name: &str,
    ) -> Result<Self, String> {
        let role = format!("train_restore_{}", uuid::Uuid::new_v4().simple());
        let password = uuid::Uuid::new_v4().simple().to_string();
        let make = format!("CREATE ROLE {role} LOGIN NOINHERIT PASSWORD '{password}'");
        run(connection, make).await?;
        run(connection, format!("GRANT train_owner TO {role}")).await?;
        let place = quote_identifier(name);
        run(connection, format!("GRANT CONNECT ON DATABASE {place} TO {role}")).await?;
        let options = admin.clone().username(&role).password(&password);
        Ok(Self { options, made: Some(role) })
    }

    /// `pg_restore` as this role.
    pub fn command(&self, access: &Access, program: &Path) -> Command {
        access.command_as(program, &self.options)
    }

    /// Removes the role. `name`: the database that was restored, if it is still there.
    pub async fn remove(&self, admin: &PgConnectOptions, name: Option<&str>) -> Result<(), String> {
        let Some(role) = &self.made else { return Ok(()) };
        if let Some(name) = name {
            // What a dump made as nobody in particular.
            let mut inside = connect(&admin.clone().database(name)).await?;
            run(&mut inside, format!("REASSIGN OWNED BY {role} TO train_owner")).await?;
            run(&mut inside, format!("DROP OWNED BY {role}")).await?;
            inside.close().await.map_err(refused)?;
        }
        let mut connection = connect(admin).await?;
        run(&mut connection, format!("DROP OWNED BY {role}")).await?;
        run(&mut connection, format!("DROP ROLE {role}")).await?;
        connection.close().await.map_err(refused)
    }
}

/// Whether a role, and every role that it may become, can neither run programs or touch files on
/// the database's machine, nor give itself the right to: before 16, who makes roles may do that.
async fn is_harmless(connection: &mut PgConnection, role: &str) -> Result<bool, String> {
    let harmless = sqlx::query_scalar!(
        r#"SELECT NOT EXISTS (
             SELECT FROM pg_catalog.pg_roles AS other
             WHERE (other.rolsuper OR other.rolreplication
                 OR other.rolcreaterole
                   AND pg_catalog.current_setting('server_version_num')::int < 160000
                 OR other.rolname IN
                   ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
               AND pg_catalog.pg_has_role($1::text::name, other.oid, 'MEMBER')) AS "harmless!""#,
        role
    );
    harmless.fetch_one(connection).await.map_err(refused)
}
