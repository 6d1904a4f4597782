//! Backups by pg_dump and their restoring, with real files, while people save, and when something
//! goes wrong.

use crate::support::{TestDatabase, run, scratch_directory, texts};
use sqlx::{Connection, PgConnection};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use train::{
    domain::database::{Backup, BackupScheduleRequest, BackupState},
    server::{
        database::backups::{
            BackupService, BackupSettings, DumpRole, Initiator, checksum_file, restore, switch,
        },
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
    },
};
use uuid::Uuid;

struct Backups {
    test: TestDatabase,
    settings: BackupSettings,
    service: BackupService,
    administrator: RequestContext,
}

impl Backups {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let settings =
            BackupSettings { directory: scratch_directory("backups"), role: DumpRole::Embedded };
        let service = BackupService::new(test.database.clone(), settings.clone());
        // As the server's own PostgreSQL is set up: nobody but the role that signs in reaches the
        // database.
        let superuser = test.options().username("postgres");
        let mut superuser = PgConnection::connect_with(&superuser).await.unwrap();
        let name = test.options().get_database().unwrap().to_owned();
        run(&mut superuser, &format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")).await;
        run(&mut superuser, &format!("GRANT CONNECT ON DATABASE {name} TO train")).await;
        let administrator = request(test.administrator("Ada").await, Role::Admin);
        Self { test, settings, service, administrator }
    }

    fn file(&self, backup: &Backup) -> PathBuf {
        self.settings.directory.join(&backup.file_name)
    }

    async fn made(&self) -> Backup {
        self.service.make(Initiator::Command, None).await.unwrap()
    }

    async fn rows(&self) -> Vec<Backup> {
        self.service.list(&self.administrator).await.unwrap().backups
    }

    /// A new database's name for restoring, and its connection afterwards.
    async fn restored(&self, file: &Path, name: &str) -> PgConnection {
        let restored =
            restore(&self.test.database, &self.settings, file, name, std::future::pending())
                .await
                .unwrap();
        assert_eq!((restored.database.as_str(), restored.steps_missing), (name, 0));
        self.superuser(name).await
    }

    async fn refused(&self, file: &Path, name: &str) -> String {
        restore(&self.test.database, &self.settings, file, name, std::future::pending())
            .await
            .unwrap_err()
    }

    async fn superuser(&self, name: &str) -> PgConnection {
        PgConnection::connect_with(&self.test.options().username("postgres").database(name))
            .await
            .unwrap()
    }

    async fn exists(&self, name: &str) -> bool {
        let known = format!("SELECT datname::text FROM pg_database WHERE datname = '{name}'");
        !texts(&mut self.superuser("postgres").await, &known).await.is_empty()
    }
}

fn request(user_id: Uuid, role: Role) -> RequestContext {
    RequestContext {
        actor: Some(Actor { user_id, role, scopes: None }),
        ..RequestContext::without_person(Source::Page)
    }
}

fn code(error: ServiceError) -> &'static str {
    match error {
        ServiceError::Refused { code, .. } if code.status() == 409 => code.as_str(),
        other => panic!("{other}"),
    }
}

/// Number of rows and a checksum of each table, whatever the order of its rows.
async fn sums(connection: &mut PgConnection) -> BTreeMap<String, String> {
    let tables = "SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p')";
    let mut found = BTreeMap::new();
    for table in texts(connection, tables).await {
        let sum = format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), ''
                ORDER BY md5(t::text))), '') FROM {table} AS t"
        );
        found.insert(table, texts(connection, &sum).await.remove(0));
    }
    found
}

#[tokio::test]
async fn a_backup_under_load_restores_to_exactly_one_moment() {
    let backups = Backups::new().await;
    let (stop, saved) =
        (Arc::new(AtomicBool::new(false)), Arc::new(tokio::sync::Semaphore::new(0)));
    let mut clients = Vec::new();
    for client in 0..4 {
        let person = backups.test.account(&format!("Client{client}")).await;
        let mut connection = backups.test.person(person).await;
        let (stop, saved) = (stop.clone(), saved.clone());
        clients.push(tokio::spawn(async move {
            let mut saves = 0;
            while !stop.load(Ordering::Relaxed) {
                saves += 1;
                let sql = format!(
                    "UPDATE user_preferences SET preferences = '{{\"rowsPerPage\": {saves}}}'"
                );
                run(&mut connection, &sql).await;
                saved.add_permits(1);
            }
            saves
        }));
    }
    saved.acquire_many(40).await.unwrap().forget();

    let mut reader = backups.superuser(backups.test.options().get_database().unwrap()).await;
    run(&mut reader, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
    let snapshot = texts(&mut reader, "SELECT pg_export_snapshot()").await.remove(0);
    // From here on everything that is saved must stay out.
    saved
        .acquire_many(u32::try_from(saved.available_permits()).unwrap() + 40)
        .await
        .unwrap()
        .forget();
    let backup = backups.service.make(Initiator::Command, Some(&snapshot)).await.unwrap();
    saved
        .acquire_many(u32::try_from(saved.available_permits()).unwrap() + 1)
        .await
        .unwrap()
        .forget();
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.unwrap() > 0);
    }

    let at_that_moment = sums(&mut reader).await;
    run(&mut reader, "COMMIT").await;
    assert_ne!(sums(&mut reader).await, at_that_moment, "the clients went on saving");
    let mut restored = backups.restored(&backups.file(&backup), "restored_under_load").await;
    assert_eq!(sums(&mut restored).await, at_that_moment);
    assert!(
        at_that_moment["public.configuration_audit_log"]
            .split(' ')
            .next()
            .unwrap()
            .parse::<i64>()
            .unwrap()
            >= 40
    );
    assert_eq!(
        texts(&mut restored, "SELECT problem FROM verify_audit_chain()").await,
        Vec::<String>::new()
    );
    // The same roles, rights and policies: what people may do did not change on the way.
    let rights = "SELECT concat_ws(' ', c.oid::regclass, c.relowner::regrole, c.relacl,
        c.relrowsecurity, c.relforcerowsecurity,
          (SELECT string_agg(p.polname || pg_get_expr(p.polqual, p.polrelid), ','
          ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = c.oid))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') ORDER BY 1";
    assert_eq!(texts(&mut restored, rights).await, texts(&mut reader, rights).await);
}

#[tokio::test]
async fn a_backup_is_listed_private_checked_and_sent() {
    let backups = Backups::new().await;
    assert!(backups.service.list(&backups.administrator).await.unwrap().pg_dump.value().is_some());
    let backup = backups.made().await;
    assert_eq!(backup.state, BackupState::Verified);
    assert!(
        backup.entries.unwrap() > 100
            && backup.completed_at.is_some()
            && backup.database_bytes.is_some()
    );
    let file = backups.file(&backup);
    assert_eq!(i64::try_from(file.metadata().unwrap().len()).unwrap(), backup.size_bytes);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&backups.settings.directory)), (0o600, 0o700));
    let noted = fs::read_to_string(checksum_file(&file)).unwrap();
    assert_eq!(noted, format!("{}  {}\n", backup.checksum.as_deref().unwrap(), backup.file_name));
    assert_eq!(backups.rows().await, vec![backup.clone()]);

    let download = backups.service.download(&backups.administrator, backup.id).await.unwrap();
    assert_eq!(
        (i64::try_from(download.size).unwrap(), &download.file_name),
        (backup.size_bytes, &backup.file_name)
    );
    backups.service.remove(&backups.administrator, backup.id).await.unwrap();
    assert!(!file.exists() && !checksum_file(&file).exists());
    assert_eq!(backups.rows().await[0].state, BackupState::Removed);
    let gone = backups.service.download(&backups.administrator, backup.id).await.unwrap_err();
    assert!(matches!(gone, ServiceError::NotFound(_)), "{gone}");
}

#[tokio::test]
async fn only_administrators_reach_backups() {
    let backups = Backups::new().await;
    let member = request(backups.test.account("Ben").await, Role::Member);
    let schedule = BackupScheduleRequest {
        enabled: true,
        cron: "0 3 * * *".into(),
        time_zone: "UTC".into(),
        keep: 2,
    };
    let id = Uuid::new_v4();
    for refused in [
        backups.service.list(&member).await.err(),
        backups.service.begin(&member).await.err(),
        backups.service.remove(&member, id).await.err(),
        backups.service.download(&member, id).await.err(),
        backups.service.set_schedule(&member, &schedule).await.err(),
    ] {
        assert!(matches!(refused, Some(ServiceError::Forbidden(_))), "{refused:?}");
    }
    assert!(!backups.settings.directory.exists());
}

#[tokio::test]
async fn a_role_that_does_not_see_every_row_makes_no_backup() {
    let backups = Backups::new().await;
    let options = backups.test.options();
    let socket = options.get_socket().unwrap().display().to_string();
    let url = |user: &str| {
        let database = options.get_database().unwrap();
        DumpRole::Url(format!(
            "postgres://{user}@localhost/{database}?host={socket}&port={}&sslmode=disable",
            options.get_port()
        ))
    };
    let with = |role| {
        BackupService::new(
            backups.test.database.clone(),
            BackupSettings { role, ..backups.settings.clone() },
        )
    };
    let bound = with(url("train")).list(&backups.administrator).await.unwrap().pg_dump;
    assert!(bound.reason().unwrap().contains("may not read every row"), "{bound:?}");
    assert_eq!(
        code(with(url("train")).begin(&backups.administrator).await.unwrap_err()),
        "backup_unavailable"
    );

    let mut superuser = backups.superuser("postgres").await;
    run(&mut superuser, "CREATE ROLE reads_everything LOGIN BYPASSRLS PASSWORD 'p'").await;
    let name = options.get_database().unwrap();
    run(&mut superuser, &format!("GRANT CONNECT ON DATABASE {name} TO reads_everything")).await;
    let half = with(url("reads_everything:p")).list(&backups.administrator).await.unwrap().pg_dump;
    assert!(
        half.reason().unwrap().contains("may not read every row"),
        "without the right to read: {half:?}"
    );
    run(&mut superuser, "GRANT pg_read_all_data TO reads_everything").await;
    let made = with(url("reads_everything:p")).make(Initiator::Command, None).await.unwrap();
    assert_eq!(made.state, BackupState::Verified);
    backups.restored(&backups.file(&made), "restored_from_another_role").await;
}

#[tokio::test]
async fn one_at_a_time_over_all_servers() {
    let backups = Backups::new().await;
    let other = BackupService::new(backups.test.second_server().await, backups.settings.clone());
    // A table that is locked keeps the first one at it.
    let mut holder = backups.test.role("train_owner").await;
    let mut transaction = holder.begin().await.unwrap();
    run(&mut transaction, "LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE").await;
    let running = backups.service.begin(&backups.administrator).await.unwrap();
    assert_eq!(
        (running.state, running.initiated_by_name.as_deref()),
        (BackupState::Running, Some("Ada"))
    );
    assert_eq!(code(other.begin(&backups.administrator).await.unwrap_err()), "backup_running");
    assert_eq!(
        code(backups.service.remove(&backups.administrator, running.id).await.unwrap_err()),
        "backup_running"
    );
    other.tend_to_the_end().await.unwrap();
    assert_eq!(
        backups.rows().await[0].state,
        BackupState::Running,
        "another server does not end what is alive"
    );
    transaction.rollback().await.unwrap();
    while backups.rows().await[0].state == BackupState::Running {
        tokio::task::yield_now().await;
    }
    assert_eq!(backups.rows().await[0].state, BackupState::Verified);
}

#[tokio::test]
async fn what_a_killed_server_left_behind_is_ended_truthfully() {
    let backups = Backups::new().await;
    let whole = backups.made().await;
    let mut service = backups.test.role("service_role").await;
    // As a server leaves it that is killed between the file and the row; the database of a restored
    // backup says the same of itself.
    run(
        &mut service,
        "UPDATE database_backups SET state = 'running', completed_at = NULL, checksum = NULL,
            entries = NULL",
    )
    .await;
    backups.service.tend_to_the_end().await.unwrap();
    let found = backups.rows().await.remove(0);
    assert_eq!(
        (found.state, &found.checksum, found.entries),
        (BackupState::Verified, &whole.checksum, whole.entries)
    );

    let partial = backups.settings.directory.join("train-half.dump.partial");
    fs::write(&partial, "half").unwrap();
    run(&mut service, "INSERT INTO database_backups (file_name) VALUES ('train-half.dump')").await;
    backups.service.tend_to_the_end().await.unwrap();
    let ended = backups.rows().await.remove(0);
    assert_eq!(ended.state, BackupState::Failed);
    assert!(ended.error_message.unwrap().contains("ended before it was done") && !partial.exists());
}

#[tokio::test]
async fn a_backup_that_fails_leaves_no_file() {
    let backups = Backups::new().await;
    let failed =
        backups.service.make(Initiator::Command, Some("00000000-00000000-1")).await.unwrap_err();
    assert_eq!(code(failed), "backup_failed");
    let row = backups.rows().await.remove(0);
    assert!(
        row.state == BackupState::Failed && row.error_message.unwrap().contains("pg_dump failed")
    );
    assert_eq!(fs::read_dir(&backups.settings.directory).unwrap().count(), 0);
}

#[tokio::test]
async fn only_the_newest_are_kept() {
    let backups = Backups::new().await;
    let schedule = |cron: &str, zone: &str, keep| BackupScheduleRequest {
        enabled: true,
        cron: cron.into(),
        time_zone: zone.into(),
        keep,
    };
    let wrong = backups
        .service
        .set_schedule(&backups.administrator, &schedule("never", "Mars", 0))
        .await
        .unwrap_err();
    let ServiceError::Validation(fields) = wrong else { panic!("{wrong}") };
    assert_eq!(
        fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(),
        ["cron", "timeZone", "keep"]
    );

    // Half a day away, at whatever time of day this runs.
    let far = (chrono::Utc::now() + chrono::TimeDelta::hours(12)).format("%M %H * * *").to_string();
    let set = backups
        .service
        .set_schedule(&backups.administrator, &schedule(&far, "UTC", 2))
        .await
        .unwrap();
    assert!(set.next_run.unwrap() > chrono::Utc::now());
    let first = backups.made().await;
    backups.made().await;
    // Due by now, as after a night without a server.
    let mut service = backups.test.role("service_role").await;
    run(&mut service, "UPDATE database_backup_schedule SET next_run = now() - interval '5 hours'")
        .await;
    backups.service.tend_to_the_end().await.unwrap();
    let rows = backups.rows().await;
    let states: Vec<_> = rows.iter().map(|row| (row.scheduled, row.state)).collect();
    assert_eq!(
        states,
        [
            (true, BackupState::Verified),
            (false, BackupState::Verified),
            (false, BackupState::Removed)
        ]
    );
    assert!(!backups.file(&first).exists() && backups.file(&rows[0]).exists());
    backups.service.tend_to_the_end().await.unwrap();
    assert_eq!(backups.rows().await.len(), 3, "it is due once");
    // As it would have been set two days ahead of the clock.
    let sql = "UPDATE database_backup_schedule SET next_run = next_run + interval '2 days'
        RETURNING next_run";
    let kept: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar(sql).fetch_one(&mut service).await.unwrap();
    backups.service.tend_to_the_end().await.unwrap();
    let sql = "SELECT next_run FROM database_backup_schedule";
    let next: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar(sql).fetch_one(&mut service).await.unwrap();
    assert_eq!(kept - next, chrono::TimeDelta::days(2), "issue 13, 1.5: it is set back");
    assert_eq!(backups.rows().await.len(), 3, "and nothing is made for that");
}

#[tokio::test]
async fn nothing_doubtful_is_restored() {
    let backups = Backups::new().await;
    let live = backups.test.options().get_database().unwrap().to_owned();
    let file = backups.file(&backups.made().await);
    assert!(backups.refused(&file, &live).await.contains("already"), "the one that is in use");
    assert!(backups.refused(&file, "postgres").await.contains("already"));
    assert!(backups.exists(&live).await && backups.exists("postgres").await);
    assert!(backups.refused(&file, &"x".repeat(64)).await.contains("63 bytes"));

    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() * 3 / 4;
    bytes[middle] ^= 0xff;
    let damaged = backups.settings.directory.join("damaged.dump");
    fs::write(&damaged, &bytes).unwrap();
    fs::copy(checksum_file(&file), checksum_file(&damaged)).unwrap();
    assert!(backups.refused(&damaged, "never_made").await.contains("damaged"));
    assert!(!backups.exists("never_made").await);
    // Cut off, and nobody knows the checksum: pg_restore finds out half way.
    fs::remove_file(checksum_file(&damaged)).unwrap();
    bytes[middle] ^= 0xff;
    fs::write(&damaged, &bytes[..bytes.len() - 64]).unwrap();
    assert!(backups.refused(&damaged, "never_made").await.contains("removed again"));
    assert!(!backups.exists("never_made").await);
    fs::write(&damaged, "no dump at all").unwrap();
    assert!(backups.refused(&damaged, "never_made").await.contains("cannot be read"));

    let interrupted =
        restore(&backups.test.database, &backups.settings, &file, "never_made", async {}).await;
    assert!(interrupted.is_err() && !backups.exists("never_made").await);
}

#[tokio::test]
async fn a_tampered_history_is_not_restored() {
    let backups = Backups::new().await;
    let person = backups.test.account("Ann").await;
    run(
        &mut backups.test.person(person).await,
        "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'",
    )
    .await;
    let mut owner = backups.test.role("train_owner").await;
    run(&mut owner, "ALTER TABLE configuration_audit_log DISABLE TRIGGER refuse_change").await;
    run(&mut owner, "UPDATE configuration_audit_log SET reason = 'forged'").await;
    let file = backups.file(&backups.made().await);
    assert!(backups.refused(&file, "never_made_either").await.contains("tampered"));
    assert!(!backups.exists("never_made_either").await);
}

#[tokio::test]
async fn names_of_any_kind_are_restored_into() {
    let backups = Backups::new().await;
    let file = backups.file(&backups.made().await);
    for name in ["Old \"train\" of 1.11.", "it's=a\\name"] {
        let mut restored = backups.restored(&file, name).await;
        assert_eq!(texts(&mut restored, "SELECT current_database()::text").await, [name]);
        assert_eq!(
            texts(
                &mut restored,
                "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
            )
            .await,
            ["train_owner"]
        );
    }
    let unknown =
        switch(&backups.test.options().username("postgres").database("postgres"), "postgres").await;
    assert!(unknown.unwrap_err().contains("no restored database"));
}

/// A dump is a program. Whatever stands in one that somebody altered is done as a role that may
/// become the owner of the tables, and nothing more.
#[tokio::test]
async fn what_somebody_wrote_into_a_dump_is_not_done_as_a_superuser() {
    let backups = Backups::new().await;
    let mut owner = backups.test.role("train_owner").await;
    let room = "x".repeat(200);
    run(&mut owner, &format!("COMMENT ON TABLE conversations IS '{room}'")).await;
    let file = backups.file(&backups.made().await);
    let bytes = fs::read(&file).unwrap();
    let proof = backups.settings.directory.join("proof");
    // Where the database's own user may write.
    let command = format!("COPY (SELECT 1) TO PROGRAM 'touch {}'", proof.display());
    fs::set_permissions(&backups.settings.directory, fs::Permissions::from_mode(0o777)).unwrap();
    let roles = "SELECT rolname::text FROM pg_roles WHERE rolsuper ORDER BY 1";
    let mut superuser = backups.superuser("postgres").await;
    let before = texts(&mut superuser, roles).await;
    for (index, evil) in [
        command.as_str(),
        "ALTER ROLE train SUPERUSER",
        "ALTER ROLE train_owner SUPERUSER",
        "CREATE ROLE helper SUPERUSER LOGIN",
        "GRANT pg_execute_server_program TO train",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!("y'; RESET ROLE; {}; --", evil.replace('\'', "''"));
        // The comment's own quotes are doubled where they stand within it; here we leave it.
        let text = text.replace("''", "'");
        let padded = format!("{text:<200}");
        assert_eq!(padded.len(), room.len(), "{evil} fits");
        let at = bytes.windows(room.len()).position(|part| part == room.as_bytes()).unwrap();
        let mut altered = bytes.clone();
        altered[at..at + room.len()].copy_from_slice(padded.as_bytes());
        let strange = backups.settings.directory.join(format!("strange{index}.dump"));
        fs::write(&strange, &altered).unwrap();
        let why = backups.refused(&strange, "strange").await;
        assert!(
            why.contains("pg_restore failed") && why.contains("removed again"),
            "{evil}: {why}"
        );
        let refusals = ["permission denied", "must be superuser", "must have admin option"];
        assert!(refusals.iter().any(|refusal| why.contains(refusal)), "{evil}: {why}");
        assert!(!proof.exists(), "a program was run");
    }
    assert_eq!(texts(&mut superuser, roles).await, before);
    let left = "SELECT rolname::text FROM pg_roles WHERE rolname ~ 'train_restore|helper'";
    assert_eq!(texts(&mut superuser, left).await, Vec::<String>::new());
    // As it was made it restores, and nothing of the role that it was restored as is left in it.
    let mut restored = backups.restored(&file, "as_it_was_made").await;
    let strangers = "SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public')";
    assert_eq!(texts(&mut restored, strangers).await, ["train_owner"]);
    assert_eq!(texts(&mut restored, left).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_4_3_a_backup_whose_failure_may_pass_is_tried_again_and_says_so() {
    let backups = Backups::new().await;
    let name = backups.test.options().get_database().unwrap().to_owned();
    let mut holder = backups.test.role("train_owner").await;
    run(&mut holder, "BEGIN; LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE").await;
    let service = backups.service.clone();
    let making = tokio::spawn(async move { service.make(Initiator::Command, None).await });
    // pg_dump waits for that table, and loses its session: as good a failure as any that passes.
    let mut superuser = backups.superuser(&name).await;
    let end = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'train backup'
          AND wait_event_type = 'Lock'";
    while texts(&mut superuser, end).await.is_empty() {
        assert!(!making.is_finished(), "it ended before it had to wait");
        tokio::task::yield_now().await;
    }
    // Nobody has to guess: the row says so while it goes on.
    let row = loop {
        let row = backups.rows().await.remove(0);
        if row.attempts > 1 {
            break row;
        }
        assert_eq!(row.state, BackupState::Running, "{row:?}");
        tokio::task::yield_now().await;
    };
    assert_eq!((row.state, row.attempts), (BackupState::Running, 2));
    let why = row.error_message.unwrap();
    assert!(why.starts_with("pg_dump failed: ") && why.ends_with("It is tried again."), "{why}");
    run(&mut holder, "COMMIT").await;
    let made = making.await.unwrap().unwrap();
    assert_eq!((made.state, made.attempts), (BackupState::Verified, 2));
    assert_eq!(made.error_message, None);
    assert!(backups.file(&made).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_4_3_a_backup_beside_reindex_concurrently_lacks_no_index() {
    let backups = Backups::new().await;
    let name = backups.test.options().get_database().unwrap().to_owned();
    let mut superuser = backups.superuser(&name).await;
    run(&mut superuser, "CREATE TABLE public.aaa (id int); CREATE TABLE public.zzz (id int)").await;
    run(&mut superuser, "CREATE UNIQUE INDEX zzz_key ON public.zzz (id)").await;
    // REINDEX waits for this snapshot before it puts the new index in the place of the old one.
    let mut reader = backups.superuser(&name).await;
    run(&mut reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM public.zzz").await;
    let mut rebuilder = backups.superuser(&name).await;
    let rebuilding = tokio::spawn(async move {
        run(&mut rebuilder, "REINDEX INDEX CONCURRENTLY public.zzz_key").await;
    });
    let waits = "SELECT phase FROM pg_stat_progress_create_index
        WHERE phase = 'waiting for old snapshots'";
    until_some(&mut superuser, waits).await;
    // pg_dump has taken its snapshot, which shows the old index, and waits before it comes to it.
    let mut holder = backups.superuser(&name).await;
    run(&mut holder, "BEGIN; LOCK TABLE public.aaa IN ACCESS EXCLUSIVE MODE").await;
    let service = backups.service.clone();
    let making = tokio::spawn(async move { service.make(Initiator::Command, None).await });
    let held = "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'train backup' AND wait_event_type = 'Lock'";
    until_some(&mut superuser, held).await;
    run(&mut reader, "COMMIT").await;
    rebuilding.await.unwrap();
    run(&mut holder, "COMMIT").await;

    let made = making.await.unwrap().unwrap();
    assert_eq!((made.state, made.attempts), (BackupState::Verified, 2));
    let mut restored = backups.restored(&backups.file(&made), "after_reindex").await;
    let known = "SELECT indexdef FROM pg_indexes WHERE indexname = 'zzz_key'";
    let definition = texts(&mut restored, known).await;
    assert_eq!(definition, ["CREATE UNIQUE INDEX zzz_key ON public.zzz USING btree (id)"]);
}

/// Waits until a query answers something.
async fn until_some(connection: &mut PgConnection, query: &str) {
    while texts(connection, query).await.is_empty() {
        tokio::task::yield_now().await;
    }
}
