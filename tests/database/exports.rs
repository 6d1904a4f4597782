//! Exports: what is left out adds up, what was frozen stays, and whoever writes the file, its bytes
//! are the same.

mod again;
mod full_disk;
mod taken_over;

use crate::support::{TestDatabase, run, texts};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use train::{
    api::exports::ExportRequest,
    domain::{
        exports::{ExportState, ExportView, ExportWishes, JsonlKind, LeftOut, TokenFit, TokenRule},
        preferences::values::ExportFormat,
    },
    server::{
        accounts::Limits,
        config::Config,
        exports::{ExportService, Part},
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        http::state::AppState,
        postgres::Database,
        vault::{KeySource, Keyring, MasterKey, Vault},
    },
};
use uuid::Uuid;

const MASTER_KEY: &str = "mT4vZcW1r0Jq8sXb2YkLh7NfPd6GtUa3eRiOo9wK5xE=";

fn state(database: &Database) -> AppState {
    let keys = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap(), Vec::new());
    let vault = Vault::open(database.clone(), KeySource::Environment(keys)).unwrap();
    let options = leptos::config::LeptosOptions::builder().output_name("train").build();
    AppState::new(Config::default(), database.clone(), vault, options, Limits::default())
}

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn jsonl() -> ExportWishes {
    ExportWishes { format: Some(ExportFormat::Jsonl), gzip: Some(false), ..ExportWishes::default() }
}

fn all(options: ExportWishes) -> ExportRequest {
    ExportRequest { query: Some(String::new()), options, ..ExportRequest::default() }
}

fn count(export: &ExportView, reason: LeftOut) -> i64 {
    export.left_out.iter().filter(|own| own.reason == reason).map(|own| own.count).sum()
}

fn sum(export: &ExportView) -> i64 {
    export.written + export.left_out.iter().map(|own| own.count).sum::<i64>()
}

/// Ann manages an organization, Bob belongs to it, Dan to none.
struct Team {
    test: TestDatabase,
    state: AppState,
    id: Uuid,
    ann: Uuid,
    bob: Uuid,
    dan: Uuid,
}

impl Team {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
        let dan = test.account("Dan").await;
        let id = test.organization("Team", &[(ann, "owner"), (bob, "member")]).await;
        let state = state(&test.database);
        Self { test, state, id, ann, bob, dan }
    }

    fn exports(&self) -> &ExportService {
        &self.state.exports
    }

    /// Conversations of Bob's that trainers take, each with this many turns of this length.
    async fn fill(&self, count: i32, turns: i32, letters: i32) {
        sqlx::query(
            "INSERT INTO conversations (title, tier, status, quality_score, gate_failures,
               turn_count, training_tokens, turns, created_by, organization_id, created_at)
             SELECT 'Talk ' || number, 'template', 'pending_review', 7.5, '[]', $2,
               $2 * ($3 / 4 + 4),
               (SELECT jsonb_agg(jsonb_build_object(
                   'role', CASE WHEN turn % 2 = 1 THEN 'user' ELSE 'assistant' END,
                   'content', left(repeat(md5((number * turn)::text), $3 / 32 + 1), $3))
                   ORDER BY turn)
                 FROM generate_series(1, $2) AS turn),
               $4, $5, now() - make_interval(mins => number)
             FROM generate_series(1, $1) AS number",
        )
        .bind(count)
        .bind(turns)
        .bind(letters)
        .bind(self.bob)
        .bind(self.id)
        .execute(self.test.database.pool())
        .await
        .unwrap();
    }

    async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    async fn ids(&self) -> Vec<Uuid> {
        let sql = "SELECT id::text FROM conversations ORDER BY created_at, id";
        let ids = texts(&mut self.test.role("service_role").await, sql).await;
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    async fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT (({sql})::bigint)::text");
        texts(&mut self.test.role("service_role").await, &sql).await[0].parse().unwrap()
    }

    async fn create(&self, person: Uuid, asked: ExportRequest) -> ExportView {
        self.exports().create(&request(person), asked, None).await.unwrap()
    }

    /// Writes what waits, and answers how an export stands then.
    async fn written(&self, person: Uuid, id: Uuid) -> ExportView {
        while self.exports().run_next().await.unwrap() {}
        self.exports().read(&request(person), id).await.unwrap()
    }

    async fn file(&self, person: Uuid, id: Uuid) -> Vec<u8> {
        let file = self.exports().download(&request(person), id).await.unwrap();
        let pieces: Vec<_> = self.exports().follow(&file).try_collect().await.unwrap();
        pieces.concat()
    }

    async fn export(&self, person: Uuid, asked: ExportRequest) -> (ExportView, Vec<u8>) {
        let id = self.create(person, asked).await.id;
        let export = self.written(person, id).await;
        assert_eq!(export.state, ExportState::Done, "{:?}", export.error);
        let file = self.file(person, id).await;
        assert_eq!(export.sha256.as_deref(), Some(&*hex::encode(Sha256::digest(&file))));
        assert_eq!(export.size_bytes, Some(i64::try_from(file.len()).unwrap()));
        (export, file)
    }
}

fn lines(file: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_counted_by_its_first_reason_and_adds_up() {
    let team = Team::new().await;
    team.fill(20, 4, 400).await;
    let ids = team.ids().await;
    for (index, change) in [
        "is_demonstration = true, status = 'archived', archived_from = 'draft'",
        "status = 'archived', archived_from = 'draft', quality_score = 1",
        "status = 'rejected', is_decided = true, gate_failures = '[{\"rule\": \"cut_off\"}]'",
        "gate_failures = '[{\"rule\": \"cut_off\"}]', quality_score = 1",
        "quality_score = 1, status = 'rejected'",
        "quality_score = NULL",
        "training_tokens = 9000",
        "turn_count = 1, turns = jsonb_build_array(turns -> 0)",
    ]
    .iter()
    .enumerate()
    {
        team.change(&format!("UPDATE conversations SET {change} WHERE id = '{}'", ids[index]))
            .await;
    }
    let fit = Some(TokenFit { target: 4096, rule: TokenRule::LeaveOut });
    let alpaca = ExportWishes { kind: Some(JsonlKind::Alpaca), token_fit: fit, ..jsonl() };
    let mut named = ids.clone();
    named.push(Uuid::new_v4());
    let asked =
        ExportRequest { conversations: named, options: alpaca.clone(), ..ExportRequest::default() };
    let preview = team.exports().preview(&request(team.ann), asked.clone()).await.unwrap();
    assert_eq!((preview.chosen, preview.taken), (21, 13));
    let (export, file) = team.export(team.ann, asked).await;
    for reason in [
        LeftOut::Demonstration,
        LeftOut::Archived,
        LeftOut::Rejected,
        LeftOut::Untrainable,
        LeftOut::BelowMinimum,
        LeftOut::TooLong,
        LeftOut::Inexpressible,
        LeftOut::Gone,
    ] {
        assert_eq!(count(&export, reason), 1, "{reason:?}");
    }
    assert_eq!((export.written, sum(&export)), (13, 21));
    assert_eq!((lines(&file).len(), &export.left_out), (13, &preview.left_out));
    // By a query archived ones are chosen only when they are asked for.
    let (export, _) = team.export(team.ann, all(jsonl())).await;
    assert_eq!((sum(&export), count(&export, LeftOut::Archived)), (18, 0));
    let include = LeftOut::ON_REQUEST.to_vec();
    let (export, _) = team.export(team.ann, all(ExportWishes { include, ..jsonl() })).await;
    assert_eq!((export.written, export.left_out.len()), (20, 0));
    let nothing = ExportRequest {
        query: Some("status=archived".into()),
        options: jsonl(),
        ..ExportRequest::default()
    };
    match team.exports().create(&request(team.ann), nothing, None).await {
        Err(ServiceError::Validation(errors)) => assert_eq!(
            (errors[0].path.as_str(), errors[0].message.as_str()),
            ("query", "Nothing to export: 1 is demonstration data, 1 is archived.")
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_what_was_there_when_it_was_asked_for() {
    let team = Team::new().await;
    team.fill(30, 4, 400).await;
    let options = ExportWishes { approval_history: Some(true), timestamps: Some(true), ..jsonl() };
    let (_, before) = team.export(team.ann, all(options.clone())).await;
    let frozen = team.create(team.ann, all(options.clone())).await;
    team.change(
        "INSERT INTO conversation_versions (conversation_id, version, content)
         SELECT id, 1, jsonb_build_object('title', title, 'persona', persona, 'emotion', emotion,
           'topic', topic, 'intent', intent, 'tone', tone, 'tier', tier, 'categories', categories,
           'turns', (SELECT jsonb_agg(turn ORDER BY place) FROM jsonb_array_elements(turns)
             WITH ORDINALITY AS said (turn, place)))
         FROM conversations",
    )
    .await;
    team.change(
        "UPDATE conversations SET version = 2, title = 'Other', status = 'approved',
           turns = '[{\"role\": \"user\", \"content\": \"New\"}]'",
    )
    .await;
    run(&mut team.test.superuser().await, "UPDATE auth.users SET display_name = 'Renamed'").await;
    let export = team.written(team.ann, frozen.id).await;
    assert_eq!((export.state, export.written), (ExportState::Done, 30));
    assert!(team.file(team.ann, frozen.id).await == before, "the same bytes");
    // What is removed for good is counted; the rest is there.
    let frozen = team.create(team.ann, all(options)).await;
    let gone = team.ids().await[3];
    team.change(&format!("DELETE FROM conversations WHERE id = '{gone}'")).await;
    let export = team.written(team.ann, frozen.id).await;
    assert_eq!((export.written, count(&export, LeftOut::Gone), sum(&export)), (29, 1, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_goes_on_with_the_same_bytes() {
    let team = Team::new().await;
    team.fill(3000, 4, 1000).await;
    let (_, whole) = team.export(team.ann, all(jsonl())).await;
    let other = state(&team.test.second_server().await).exports.clone();
    let export = team.create(team.ann, all(jsonl())).await;
    let dying = {
        let service = team.exports().clone();
        tokio::spawn(async move { service.run_next().await })
    };
    let begun = format!("SELECT count(*) FROM export_chunks WHERE export_id = '{}'", export.id);
    while team.number(&begun).await == 0 && !dying.is_finished() {
        tokio::task::yield_now().await;
    }
    dying.abort();
    let _ = dying.await;
    // Somebody fetches it the whole time.
    let reader = {
        let (service, person) = (team.exports().clone(), request(team.ann));
        tokio::spawn(async move {
            let file = service.download(&person, export.id).await.unwrap();
            service.follow(&file).try_collect::<Vec<_>>().await.unwrap().concat()
        })
    };
    team.change("UPDATE exports SET lease_until = now() - interval '1 second'").await;
    while other.run_next().await.unwrap() {}
    assert!(reader.await.unwrap() == whole);
    let done = other.read(&request(team.ann), export.id).await.unwrap();
    assert_eq!((done.state, done.written), (ExportState::Done, 3000));
    assert_eq!(done.sha256, Some(hex::encode(Sha256::digest(&whole))));
    let file = other.download(&request(team.ann), export.id).await.unwrap();
    for (from, to) in [(0, 1), (524_287, 524_289), (1_000_000, 2_500_000)] {
        let part: Vec<_> = other.part(&file, Part { from, to }).try_collect().await.unwrap();
        let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
        assert!(part.concat() == whole[from..to], "{from}–{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_differs_ends_the_export() {
    let team = Team::new().await;
    team.fill(10, 4, 400).await;
    let export = team.create(team.ann, all(jsonl())).await;
    sqlx::query("INSERT INTO export_chunks (export_id, start, size, bytes) VALUES ($1, 0, 1, $2)")
        .bind(export.id)
        .bind(vec![0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        .execute(team.test.database.pool())
        .await
        .unwrap();
    let export = team.written(team.ann, export.id).await;
    assert_eq!(export.state, ExportState::Failed);
    assert!(export.error.unwrap().contains("Export again"));
    assert_eq!(team.number("SELECT count(*) FROM export_chunks").await, 0);
    let refused = team.exports().download(&request(team.ann), export.id).await;
    assert!(matches!(refused, Err(ServiceError::Refused { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_are_named_one_by_one_and_no_more() {
    let team = Team::new().await;
    team.fill(30_000, 2, 20).await;
    let asked = ExportRequest {
        conversations: team.ids().await,
        options: jsonl(),
        ..ExportRequest::default()
    };
    let (export, file) = team.export(team.ann, asked.clone()).await;
    assert_eq!((export.written, lines(&file).len()), (30_000, 30_000));
    let mut more = asked;
    more.conversations.push(Uuid::new_v4());
    let refused = team.exports().preview(&request(team.ann), more).await;
    assert!(matches!(refused, Err(ServiceError::Validation(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_by_whoever_began_it_while_they_belong_to_the_organization() {
    let team = Team::new().await;
    team.fill(5, 4, 400).await;
    let (export, _) = team.export(team.bob, all(jsonl())).await;
    let of = |person| {
        let service = team.exports().clone();
        async move { service.download(&request(person), export.id).await.map(drop) }
    };
    assert!(of(team.bob).await.is_ok());
    assert!(matches!(of(team.dan).await, Err(ServiceError::NotFound(_))));
    assert!(matches!(of(team.ann).await, Err(ServiceError::Forbidden(_))), "Ann manages");
    let seen = team.exports().read(&request(team.ann), export.id).await.unwrap();
    assert!(!seen.can_download);
    let stopped = team.exports().stop(&request(team.ann), export.id).await;
    assert!(matches!(stopped, Err(ServiceError::Forbidden(_))));
    assert_eq!(team.exports().list(&request(team.ann)).await.unwrap().len(), 1);
    assert_eq!(team.exports().list(&request(team.dan)).await.unwrap().len(), 0);
    team.change(&format!("DELETE FROM organization_members WHERE user_id = '{}'", team.bob)).await;
    assert!(matches!(of(team.bob).await, Err(ServiceError::Forbidden(_))));
    let nothing = team.exports().create(&request(team.dan), all(jsonl()), None).await;
    assert!(matches!(nothing, Err(ServiceError::Validation(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_after_a_day_and_with_the_eleventh() {
    let team = Team::new().await;
    team.fill(3, 4, 400).await;
    let mut ids = Vec::new();
    for _ in 0..11 {
        ids.push(team.export(team.ann, all(jsonl())).await.0.id);
    }
    let first = team.exports().read(&request(team.ann), ids[0]).await.unwrap();
    assert_eq!((first.state, first.can_download), (ExportState::Expired, false));
    let files = "SELECT count(DISTINCT export_id) FROM export_chunks";
    assert_eq!(team.number(files).await, 10);
    team.change("UPDATE exports SET finished_at = finished_at - interval '25 hours'").await;
    // Whether it was removed or not, it counts as gone.
    let old = team.exports().read(&request(team.ann), ids[10]).await.unwrap();
    assert_eq!(old.state, ExportState::Expired);
    assert_eq!(team.exports().tidy().await.unwrap(), 10);
    assert_eq!(team.number(files).await, 0);
    team.change("UPDATE exports SET created_at = created_at - interval '366 days'").await;
    assert_eq!(team.exports().tidy().await.unwrap(), 11);
    for _ in 0..5 {
        team.create(team.ann, all(jsonl())).await;
    }
    let refused = team.exports().create(&request(team.ann), all(jsonl()), None).await;
    assert!(matches!(refused, Err(ServiceError::Limited { .. })), "{refused:?}");
    let open = team.exports().list(&request(team.ann)).await.unwrap();
    let stopped = team.exports().stop(&request(team.ann), open[0].id).await.unwrap();
    assert_eq!(stopped.state, ExportState::Cancelled);
    team.create(team.ann, all(jsonl())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_and_the_policy_say_what_a_request_does_not() {
    let team = Team::new().await;
    team.fill(3, 4, 400).await;
    team.change("UPDATE conversations SET finding_kinds = '{email,secret}'").await;
    let wishes = json!({"exportPreferences": {"defaultFormat": "csv", "includeTimestamps": false,
        "autoCompressionThreshold": 3}});
    sqlx::query("UPDATE user_preferences SET preferences = $2 WHERE user_id = $1")
        .bind(team.ann)
        .bind(wishes)
        .execute(&mut team.test.superuser().await)
        .await
        .unwrap();
    let policy = json!({"checks": {"email": "warn", "secret": "mask"}, "tokenTarget": 512});
    sqlx::query("UPDATE conversation_policies SET policy = $1")
        .bind(policy)
        .execute(&mut team.test.superuser().await)
        .await
        .unwrap();
    let asked = all(ExportWishes::default());
    let preview = team.exports().preview(&request(team.ann), asked).await.unwrap();
    let options = &preview.options;
    assert_eq!((options.format, options.gzip), (ExportFormat::Csv, true));
    assert!(options.metadata && !options.timestamps);
    assert_eq!(options.masked.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), ["secret"]);
    assert_eq!((preview.warnings.len(), preview.warnings[0].count), (1, 3));
    assert_eq!(preview.token_target, Some(512));
    let bundle = ExportWishes { bundle: Some(true), gzip: Some(true), ..ExportWishes::default() };
    let (export, file) = team.export(team.ann, all(bundle)).await;
    assert!(!export.options.gzip && export.file_name.ends_with("-3.zip"));
    assert!(file.starts_with(b"PK"));
}
