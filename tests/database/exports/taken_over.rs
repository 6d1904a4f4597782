//! Servers that die while they write an export: whoever goes on, the bytes are the same.

use super::{Team, all, jsonl, request, state};
use crate::support::{fill_with_words, run};
use futures::TryStreamExt as _;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use std::io::{Cursor, Read as _};
use tokio::task::JoinHandle;
use train::{
    api::{
        data_sets::{DataSetRequest, DataSetVersionRequest},
        exports::ExportRequest,
    },
    domain::{
        exports::{ExportState, ExportView, ExportWishes},
        preferences::values::ExportFormat,
    },
};
use uuid::Uuid;

/// Where a server dies.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// While it stores the piece behind so many.
    Behind(u32),
    /// When all pieces are stored, and it says so.
    End,
}

/// Whoever waits for the lock that the test holds.
const WAITING: &str = "FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

impl Team {
    /// Conversations of Bob's whose texts can hardly be packed, so that every file has pieces.
    pub(super) async fn fill_words(&self, count: i32) {
        fill_with_words(&self.test.database, self.bob, self.id, count).await;
    }

    /// A version of a new data set of Bob's, which Ann makes of everything.
    pub(super) async fn version(&self, name: &str) -> Uuid {
        let sets = &self.state.data_sets;
        let wanted = DataSetRequest { name: name.into(), description: String::new() };
        let set = sets.create(&request(self.bob), wanted).await.unwrap().id;
        let all = DataSetVersionRequest {
            query: Some(String::new()),
            ..DataSetVersionRequest::default()
        };
        // On a busy machine it takes longer than a version waits for it.
        self.state.conversations.examine().await.unwrap();
        sets.create_version(&request(self.ann), set, all, None).await.unwrap().summary.id
    }

    async fn owner(&self, sql: &str) {
        run(&mut self.test.role("train_owner").await, sql).await;
    }

    /// A server of its own writes what waits, and dies there: first its task ends, then its
    /// connection, so that the statement that it was at is undone.
    async fn dies(&self, point: Point) {
        let mut holder = self.test.superuser().await;
        run(&mut holder, "SELECT pg_advisory_lock(77)").await;
        self.hold(point).await;
        let dying: JoinHandle<_> = {
            let service = state(&self.test.second_server().await).exports.clone();
            tokio::spawn(async move { service.run_next().await })
        };
        while self.number(&format!("SELECT count(*) {WAITING}")).await == 0 {
            assert!(!dying.is_finished(), "it never came to {point:?}");
            tokio::task::yield_now().await;
        }
        dying.abort();
        let _ = dying.await;
        self.end_waiting(&mut holder).await;
        self.owner("DROP TRIGGER IF EXISTS held ON public.export_chunks").await;
        self.owner("DROP TRIGGER IF EXISTS held ON public.exports").await;
        self.change("UPDATE exports SET lease_until = now() - interval '1 second'").await;
    }

    async fn hold(&self, point: Point) {
        let (table, is_there) = match point {
            Point::Behind(pieces) => (
                "INSERT ON public.export_chunks FOR EACH ROW",
                format!(
                    "(SELECT count(*) FROM public.export_chunks
                      WHERE export_id = NEW.export_id) = {pieces}"
                ),
            ),
            Point::End => {
                ("UPDATE ON public.exports FOR EACH ROW", "NEW.state = 'done'".to_owned())
            }
        };
        self.owner(&format!(
            "CREATE OR REPLACE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF {is_there} THEN PERFORM pg_advisory_xact_lock(77); END IF;
               RETURN NEW;
             END $$"
        ))
        .await;
        self.owner(&format!("CREATE TRIGGER held BEFORE {table} EXECUTE FUNCTION public.hold()"))
            .await;
    }

    async fn end_waiting(&self, holder: &mut PgConnection) {
        run(holder, &format!("SELECT pg_terminate_backend(pid) {WAITING}")).await;
        while self.number(&format!("SELECT count(*) {WAITING}")).await > 0 {
            tokio::task::yield_now().await;
        }
        run(holder, "SELECT pg_advisory_unlock(77)").await;
    }

    /// Somebody fetches the file from another server the whole time.
    async fn reader(&self, id: Uuid) -> JoinHandle<Vec<u8>> {
        let service = state(&self.test.second_server().await).exports.clone();
        let person = request(self.ann);
        tokio::spawn(async move {
            let file = service.download(&person, id).await.unwrap();
            service.follow(&file).try_collect::<Vec<_>>().await.unwrap().concat()
        })
    }

    /// Another server writes it to its end.
    async fn ends(&self, id: Uuid) -> (ExportView, Vec<u8>) {
        let other = state(&self.test.second_server().await).exports.clone();
        while other.run_next().await.unwrap() {}
        let export = other.read(&request(self.ann), id).await.unwrap();
        assert_eq!(export.state, ExportState::Done, "{:?}", export.error);
        let file = self.file(self.ann, id).await;
        assert_eq!(export.sha256.as_deref(), Some(&*hex::encode(Sha256::digest(&file))));
        (export, file)
    }
}

pub(super) fn of_version(version: Uuid, options: ExportWishes) -> ExportRequest {
    ExportRequest { version_id: Some(version), options, ..ExportRequest::default() }
}

pub(super) fn bundle() -> ExportWishes {
    ExportWishes {
        format: Some(ExportFormat::Jsonl),
        bundle: Some(true),
        ..ExportWishes::default()
    }
}

/// A document of a bundle.
pub(super) fn document(zip: &[u8], path: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut text = String::new();
    archive.by_name(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_servers_die_one_after_the_other_the_file_is_the_same() {
    let team = Team::new().await;
    team.fill_words(2000).await;
    let version = team.version("Support answers").await;
    let packed = ExportWishes { gzip: Some(true), ..jsonl() };
    for asked in [all(jsonl()), all(packed), of_version(version, bundle())] {
        let (_, whole) = team.export(team.ann, asked.clone()).await;
        assert!(whole.len() > 3 << 19, "{} bytes are too few pieces", whole.len());
        let id = team.create(team.ann, asked).await.id;
        let reader = team.reader(id).await;
        for point in [
            Point::Behind(0),
            Point::Behind(1),
            // Nothing new was stored by the one before.
            Point::Behind(1),
            Point::Behind(3),
            Point::End,
        ] {
            team.dies(point).await;
        }
        let (export, file) = team.ends(id).await;
        assert_eq!(export.written, 2000);
        assert!(file == whole, "{:?}", export.options);
        assert!(reader.await.unwrap() == whole, "{:?}", export.options);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_says_what_was_true_when_it_was_begun_whoever_writes_it() {
    let team = Team::new().await;
    team.fill_words(300).await;
    let version = team.version("Support answers").await;
    let (_, whole) = team.export(team.ann, of_version(version, bundle())).await;
    let of_version = team.create(team.ann, of_version(version, bundle())).await.id;
    team.dies(Point::End).await;
    team.change("UPDATE exports SET lease_until = now() + interval '59 seconds'").await;
    let of_query = team.create(team.ann, all(bundle())).await.id;
    let reader = team.reader(of_query).await;
    team.dies(Point::End).await;

    run(&mut team.test.superuser().await, "UPDATE auth.users SET display_name = 'Other'").await;
    team.change("UPDATE data_sets SET name = 'Renamed'").await;
    let sets = &team.state.data_sets;
    sets.delete_version(&request(team.ann), version).await.unwrap();
    team.change("UPDATE exports SET lease_until = now() - interval '1 second'").await;
    let (export, file) = team.ends(of_version).await;
    assert!(file == whole, "the version's");
    assert_eq!((export.version_id, export.data_set_id), (Some(version), None));
    let (_, file) = team.ends(of_query).await;
    assert!(reader.await.unwrap() == file);
    assert!(document(&file, "README.md").contains(" by Ann. Export "));
    let manifest = document(&file, "manifest.json");
    assert!(manifest.contains("\"createdBy\": \"Ann\""), "{manifest}");
    assert_eq!(team.number("SELECT count(*) FROM exports WHERE bundled IS NOT NULL").await, 0);
}
