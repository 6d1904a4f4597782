//! Imports: files come piece by piece, are checked line by line, and become conversations all at
//! once or not at all.

mod bad_files;

use crate::support::{TestDatabase, run, texts};
use train::{
    domain::imports::{ImportFormat, ImportRequest, ImportState, ImportView},
    server::{
        accounts::Limits,
        config::Config,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        http::state::AppState,
        imports::ImportService,
        postgres::Database,
        vault::{KeySource, Keyring, MasterKey, Vault},
    },
};
use uuid::Uuid;

const MASTER_KEY: &str = "mT4vZcW1r0Jq8sXb2YkLh7NfPd6GtUa3eRiOo9wK5xE=";

fn service(database: &Database) -> ImportService {
    let keys = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap(), Vec::new());
    let vault = Vault::open(database.clone(), KeySource::Environment(keys)).unwrap();
    let options = leptos::config::LeptosOptions::builder().output_name("train").build();
    AppState::new(Config::default(), database.clone(), vault, options, Limits::default())
        .imports
        .clone()
}

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

/// Ann belongs to an organization, Dan to none.
struct World {
    test: TestDatabase,
    imports: ImportService,
    team: Uuid,
    ann: Uuid,
    dan: Uuid,
}

impl World {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (ann, dan) = (test.account("Ann").await, test.account("Dan").await);
        let team = test.organization("Team", &[(ann, "owner")]).await;
        let imports = service(&test.database);
        Self { test, imports, team, ann, dan }
    }

    async fn create(&self, person: Uuid, size: usize) -> Result<ImportView, ServiceError> {
        let file = ImportRequest {
            file_name: "talks.jsonl".into(),
            size_bytes: i64::try_from(size).unwrap(),
            origin: "survey".into(),
            license: "MIT".into(),
        };
        self.imports.create(&request(person), file, None).await
    }

    /// Sent, and not looked at yet.
    async fn sent(&self, person: Uuid, file: &str) -> Uuid {
        let id = self.create(person, file.len()).await.unwrap().id;
        let mut start = 0;
        for piece in file.as_bytes().chunks(100_000) {
            let sent = self.imports.upload(&request(person), id, start, piece.to_vec()).await;
            start = sent.unwrap().received_bytes;
        }
        id
    }

    async fn work(&self, person: Uuid, id: Uuid) -> ImportView {
        while self.imports.run_next().await.unwrap() {}
        self.read(person, id).await
    }

    async fn read(&self, person: Uuid, id: Uuid) -> ImportView {
        self.imports.read(&request(person), id).await.unwrap()
    }

    async fn checked(&self, person: Uuid, file: &str) -> ImportView {
        let id = self.sent(person, file).await;
        self.work(person, id).await
    }

    async fn start(&self, person: Uuid, id: Uuid, duplicates: bool) -> ImportView {
        self.imports.start(&request(person), id, duplicates).await.unwrap();
        self.work(person, id).await
    }

    async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    async fn owner(&self, sql: &str) {
        run(&mut self.test.role("train_owner").await, sql).await;
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    async fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT (({sql})::bigint)::text");
        self.texts(&sql).await[0].parse().unwrap()
    }

    async fn stored(&self) -> i64 {
        self.number("SELECT count(*) FROM conversations").await
    }

    async fn left(&self) -> i64 {
        self.number(
            "SELECT (SELECT count(*) FROM import_rows) + (SELECT count(*) FROM import_chunks)",
        )
        .await
    }
}

fn row(number: usize) -> String {
    format!(
        "{{\"messages\":[{{\"role\":\"user\",\"content\":\"Question {number}?\"}},\
         {{\"role\":\"assistant\",\"content\":\"Answer {number}.\"}}]}}\n"
    )
}

fn rows(count: usize) -> String {
    (0..count).map(row).collect()
}

#[track_caller]
fn assert_unready(result: Result<ImportView, ServiceError>) {
    assert!(matches!(result, Err(ServiceError::Refused { .. })), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_pieces_whatever_is_lost_or_repeated() {
    let world = World::new().await;
    let (ann, file) = (request(world.ann), rows(10));
    let id = world.create(world.ann, file.len()).await.unwrap().id;
    let bytes = file.as_bytes();
    let send = async |from: usize, to: usize| {
        let start = i64::try_from(from).unwrap();
        world.imports.upload(&ann, id, start, bytes[from..to].to_vec()).await
    };
    assert_eq!(send(0, 50).await.unwrap().received_bytes, 50);
    assert_eq!(send(0, 50).await.unwrap().received_bytes, 50, "it has come already");
    assert_unready(send(60, 80).await);
    assert_eq!(send(40, 90).await.unwrap().received_bytes, 90, "only the rest is new");
    for (start, piece) in [(90, vec![b'x'; 9999]), (90, Vec::new()), (-1, vec![b'x'])] {
        let refused = world.imports.upload(&ann, id, start, piece).await;
        assert!(matches!(refused, Err(ServiceError::Validation(_))), "{refused:?}");
    }
    let mut other = bytes[..80].to_vec();
    other[70] ^= 1;
    assert_unready(world.imports.upload(&ann, id, 0, other.clone()).await);
    other.extend(&bytes[80..]);
    assert_unready(world.imports.upload(&ann, id, 60, other[60..].to_vec()).await);
    assert_eq!(world.read(world.ann, id).await.received_bytes, 90, "another file adds nothing");
    assert_unready(world.imports.start(&ann, id, false).await);
    assert!(!world.imports.run_next().await.unwrap(), "nothing is looked at before it is whole");
    let whole = send(90, bytes.len()).await.unwrap();
    assert_eq!(whole.state, ImportState::Checking);
    assert_eq!(send(90, bytes.len()).await.unwrap().state, ImportState::Checking);
    let checked = world.work(world.ann, id).await;
    assert_eq!((checked.state, checked.valid, checked.problems), (ImportState::Checked, 10, 0));
    assert_eq!(checked.format, Some(ImportFormat::Openai));
    assert_eq!(world.stored().await, 0, "nothing is imported yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_becomes_conversations_as_the_file_has_them() {
    let world = World::new().await;
    let file = format!(
        "{}not json\n{}{}{{\"messages\":[{{\"role\":\"user\",\"content\":\"\"}}]}}\n{}",
        row(1),
        row(2),
        row(1),
        "{\"prompt\":\"Own\",\"completion\":\"Yes\",\"metadata\":{\"title\":\"Mine\",\
          \"tags\":\"a; b\",\"tier\":\"scenario\",\"origin\":\"there\",\"license\":\"CC0\"}}"
    );
    let checked = world.checked(world.ann, &file).await;
    let counts = (checked.total, checked.valid, checked.untrainable, checked.duplicates);
    // Besides the bad line, that the rows are not all alike.
    assert_eq!((counts, checked.problems), ((6, 5, 1, 1), 2), "{checked:?}");
    let ann = request(world.ann);
    let problems = world.imports.problems(&ann, checked.id, None).await.unwrap();
    assert_eq!(problems.iter().map(|own| own.line).collect::<Vec<_>>(), [2, 6]);
    let more = world.imports.problems(&ann, checked.id, Some(1)).await.unwrap();
    assert_eq!(more.len(), 1);
    let done = world.start(world.ann, checked.id, false).await;
    assert_eq!((done.state, done.imported), (ImportState::Done, 4));
    assert_eq!(world.left().await, 0);
    let stored = world
        .texts(
            "SELECT concat_ws('|', title, tier, array_to_string(categories, '+'), origin, license,
               turn_count, turns #>> '{0,number}', turns #>> '{1,role}', organization_id IS NULL)
             FROM conversations ORDER BY created_at",
        )
        .await;
    assert_eq!(
        stored,
        [
            "Question 1?|template||survey|MIT|2|1|assistant|f",
            "Question 2?|template||survey|MIT|2|1|assistant|f",
            "|template||survey|MIT|1|1|f",
            "Mine|scenario|a+b|there|CC0|2|1|assistant|f",
        ]
    );
    let whose = format!(
        "SELECT count(*) FROM conversations WHERE created_by = '{}' AND organization_id = '{}'
           AND import_id = '{}' AND quality_score IS NOT NULL AND training_tokens > 0",
        world.ann, world.team, checked.id
    );
    assert_eq!(world.number(&whose).await, 4);
    let told = world.texts("SELECT title FROM notifications").await;
    assert_eq!(told, ["4 conversations were imported: talks.jsonl"]);
    assert_unready(world.imports.start(&ann, checked.id, true).await);
    assert_unready(world.imports.stop(&ann, checked.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_already_comes_in_only_when_it_is_asked_for() {
    let world = World::new().await;
    let first = world.checked(world.ann, &rows(3)).await;
    world.start(world.ann, first.id, false).await;
    let again = world.checked(world.ann, &rows(4)).await;
    assert_eq!((again.valid, again.duplicates), (4, 3));
    world.start(world.ann, again.id, false).await;
    assert_eq!(world.stored().await, 4);
    let all = world.checked(world.ann, &rows(4)).await;
    assert_unready(world.imports.start(&request(world.ann), all.id, false).await);
    world.start(world.ann, all.id, true).await;
    assert_eq!(world.stored().await, 8);
    let other = world.checked(world.dan, &rows(4)).await;
    assert_eq!(other.duplicates, 0, "others' conversations are none of them");
    world.start(world.dan, other.id, false).await;
    let own = "SELECT count(*) FROM conversations WHERE organization_id IS NULL";
    assert_eq!(world.number(own).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn thresholds_decide_and_nothing_untrainable_is_approved() {
    let world = World::new().await;
    world
        .change(&format!(
            "UPDATE user_preferences SET preferences = '{{\"qualityThresholds\":
               {{\"autoApproval\": 0, \"flagging\": 0, \"minimumAcceptable\": 0}}}}'
             WHERE user_id = '{}'",
            world.ann
        ))
        .await;
    let file = format!("{}{{\"prompt\":\"Hello {{{{name}}}}\",\"completion\":\"\"}}\n", row(1));
    let checked = world.checked(world.ann, &file).await;
    assert_eq!((checked.valid, checked.untrainable), (2, 1));
    world.start(world.ann, checked.id, false).await;
    let statuses = "SELECT concat_ws(' ', status, is_trainable, is_decided, approved_at IS NULL)
        FROM conversations ORDER BY created_at";
    assert_eq!(world.texts(statuses).await, ["approved t f f", "pending_review f f t"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_whole_or_nothing() {
    let world = World::new().await;
    let checked = world.checked(world.ann, &rows(50)).await;
    world
        .owner(
            "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF NEW.title = 'Question 49?' THEN
                 RAISE EXCEPTION 'no room' USING ERRCODE = '53100';
               END IF;
               RETURN NEW;
             END $$",
        )
        .await;
    world
        .owner(
            "CREATE TRIGGER refuse BEFORE INSERT ON public.conversations
             FOR EACH ROW EXECUTE FUNCTION public.refuse()",
        )
        .await;
    let failed = world.start(world.ann, checked.id, false).await;
    assert_eq!(failed.state, ImportState::Failed);
    assert!(failed.error.unwrap().contains("disk"));
    assert_eq!((world.stored().await, world.left().await), (0, 0));
    let told = world.texts("SELECT title FROM notifications").await;
    assert_eq!(told, ["An import failed: talks.jsonl"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_goes_on_where_one_died_and_two_import_once() {
    let world = World::new().await;
    let id = world.sent(world.ann, &rows(3000)).await;
    let other = service(&world.test.second_server().await);
    let dying = {
        let imports = world.imports.clone();
        tokio::spawn(async move { imports.run_next().await })
    };
    let begun = "SELECT coalesce(max(total), 0) FROM imports";
    while world.number(begun).await == 0 && !dying.is_finished() {
        tokio::task::yield_now().await;
    }
    dying.abort();
    let _ = dying.await;
    world.change("UPDATE imports SET lease_until = now() - interval '1 second'").await;
    while other.run_next().await.unwrap() {}
    let checked = world.read(world.ann, id).await;
    assert_eq!((checked.state, checked.valid, checked.total), (ImportState::Checked, 3000, 3000));
    assert_eq!(world.number("SELECT count(*) FROM import_rows").await, 3000);
    world.imports.start(&request(world.ann), id, false).await.unwrap();
    // The lease of the first seems to have ended while it works.
    let first = {
        let imports = world.imports.clone();
        tokio::spawn(async move { imports.run_next().await })
    };
    let taken = "SELECT count(*) FROM imports WHERE lease_id IS NOT NULL";
    while world.number(taken).await == 0 && !first.is_finished() {
        tokio::task::yield_now().await;
    }
    world
        .change(
            "UPDATE imports SET lease_until = now() - interval '1 second'
             WHERE state = 'importing'",
        )
        .await;
    while other.run_next().await.unwrap() {}
    first.await.unwrap().unwrap();
    let done = world.work(world.ann, id).await;
    assert_eq!((done.state, done.imported), (ImportState::Done, 3000));
    assert_eq!(world.stored().await, 3000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_none_fails_with_words_and_problems_are_bounded() {
    let world = World::new().await;
    let failed = world.checked(world.ann, "name,age\nx,3\n").await;
    assert_eq!(failed.state, ImportState::Failed);
    assert!(failed.error.unwrap().contains("none of those"));
    let bad = world.checked(world.ann, &"{}\n".repeat(10_500)).await;
    assert_eq!((bad.state, bad.problems, bad.valid), (ImportState::Checked, 10_500, 0));
    assert_eq!(world.number("SELECT count(*) FROM import_problems").await, 10_000);
    assert_unready(world.imports.start(&request(world.ann), bad.id, true).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_their_persons_and_not_too_many() {
    let world = World::new().await;
    let id = world.sent(world.ann, &rows(1)).await;
    let dan = request(world.dan);
    for refused in [
        world.imports.read(&dan, id).await,
        world.imports.upload(&dan, id, 0, vec![1]).await,
        world.imports.start(&dan, id, false).await,
        world.imports.stop(&dan, id).await,
    ] {
        assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    }
    let refused = world.imports.problems(&dan, id, None).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    assert!(world.imports.list(&dan).await.unwrap().is_empty());
    for _ in 0..4 {
        world.create(world.ann, 5).await.unwrap();
    }
    let refused = world.create(world.ann, 5).await;
    assert!(matches!(refused, Err(ServiceError::Limited { .. })), "{refused:?}");
    let stopped = world.imports.stop(&request(world.ann), id).await.unwrap();
    assert_eq!(stopped.state, ImportState::Cancelled);
    assert_eq!((world.left().await, world.work(world.ann, id).await.state), (0, stopped.state));
    world.create(world.ann, 5).await.unwrap();
    assert_unready(world.imports.upload(&request(world.ann), id, 0, vec![1]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_finishes_goes_after_a_day_and_the_rest_after_ninety() {
    let world = World::new().await;
    let checked = world.checked(world.ann, &rows(5)).await;
    world.create(world.ann, 5).await.unwrap();
    let done = world.checked(world.ann, &rows(2)).await;
    world.start(world.ann, done.id, true).await;
    world.imports.tidy().await.unwrap();
    assert_eq!(world.imports.list(&request(world.ann)).await.unwrap().len(), 3);
    world.change("UPDATE imports SET created_at = now() - interval '25 hours'").await;
    world.imports.tidy().await.unwrap();
    let left = world.imports.list(&request(world.ann)).await.unwrap();
    assert_eq!(left.iter().map(|own| own.id).collect::<Vec<_>>(), [done.id]);
    assert_ne!(done.id, checked.id);
    assert_eq!(world.left().await, 0);
    world.change("UPDATE imports SET finished_at = now() - interval '91 days'").await;
    world.imports.tidy().await.unwrap();
    assert!(world.imports.list(&request(world.ann)).await.unwrap().is_empty());
    assert_eq!(world.stored().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_is_imported_once() {
    let world = World::new().await;
    let file = rows(5);
    let first = world.checked(world.ann, &file).await;
    let second = world.checked(world.ann, &file).await;
    assert_eq!((first.duplicates, second.duplicates), (0, 0), "neither was here when it was read");
    assert_eq!(world.start(world.ann, first.id, false).await.imported, 5);
    let again = world.start(world.ann, second.id, false).await;
    assert_eq!((again.imported, again.duplicates), (0, 5));
    assert_eq!(world.stored().await, 5);
    // Exports take off more than PostgreSQL's own idea of space.
    let spaced = "{\"prompt\":\"Question 1?\u{a0}\",\"completion\":\" Answer 1.\u{3000}\"}\n";
    assert_eq!(world.checked(world.ann, spaced).await.duplicates, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn demonstration_data_and_empty_titles_come_back_as_they_were() {
    let world = World::new().await;
    let file = "{\"prompt\":\"Own\",\"completion\":\"Yes\",\"metadata\":{\"title\":\"\",\
                \"demonstration\":true}}\n{\"prompt\":\"Other\",\"completion\":\"No\"}\n";
    let checked = world.checked(world.ann, file).await;
    assert_eq!(world.start(world.ann, checked.id, false).await.imported, 2);
    let stored = world
        .texts(
            "SELECT concat_ws('|', title, is_demonstration) FROM conversations ORDER BY created_at",
        )
        .await;
    assert_eq!(stored, ["|t", "Other|f"]);
}
