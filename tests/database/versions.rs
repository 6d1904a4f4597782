//! Editing, versions and comments: nothing that somebody wrote is lost, no decision outlives the
//! text that it was about, and whoever is concerned is told once.

use crate::support::{TestDatabase, run, texts};
use serde_json::json;
use train::{
    api::conversations::{
        EditRequest,
        comments::{CommentDraftRequest, CommentPatch, CommentRequest},
    },
    domain::conversations::{
        CommentsAnswer, ConversationContent, ConversationView, GateRule, ReviewAction,
        Role as Speaker, Status, Tier, Turn,
    },
    server::{
        conversations::ConversationService,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        idempotency::IdempotencyKey,
        jobs::retention,
        notifications::NotificationService,
        preferences::PreferenceService,
    },
};
use uuid::Uuid;

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn turn(role: Speaker, content: &str) -> Turn {
    Turn { role, content: content.to_owned() }
}

/// Ann, Bob and Cem in one organization, with one conversation of Ann's.
struct Team {
    test: TestDatabase,
    service: ConversationService,
    ann: Uuid,
    bob: Uuid,
    cem: Uuid,
    id: Uuid,
}

impl Team {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let ann = test.account("Ann").await;
        let (bob, cem) = (test.account("Bob").await, test.account("Cem").await);
        let people = [(ann, "owner"), (bob, "member"), (cem, "member")];
        let organization = test.organization("Team", &people).await;
        let database = &test.database;
        let service = ConversationService::new(
            database.clone(),
            PreferenceService::new(database.clone(), database.events().clone()),
            NotificationService::new(database.clone(), false),
        );
        let turns = json!([
            {"number": 1, "role": "user", "content": "Hello", "tokens": 6},
            {"number": 2, "role": "assistant", "content": "Hello to you", "tokens": 7},
        ]);
        let id = sqlx::query_scalar(
            "INSERT INTO conversations (title, topic, tier, status, created_by, organization_id,
               quality_score, gate_failures, turn_count, turns, approved_at)
             VALUES ('Greeting', 'Manners', 'template', 'approved', $1, $2, 9.1, '[]', 2, $3,
               now())
             RETURNING id",
        )
        .bind(ann)
        .bind(organization)
        .bind(turns)
        .fetch_one(database.pool())
        .await
        .unwrap();
        Self { test, service, ann, bob, cem, id }
    }

    async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    /// What somebody was told, the oldest first.
    async fn told(&self, person: Uuid) -> Vec<String> {
        self.texts(&format!(
            "SELECT title FROM notifications WHERE user_id = '{person}' ORDER BY created_at, title"
        ))
        .await
    }

    async fn read(&self, person: Uuid) -> Result<ConversationView, ServiceError> {
        self.service.conversation(&request(person), &self.id.to_string()).await
    }

    async fn content(&self) -> ConversationContent {
        self.read(self.ann).await.unwrap().content()
    }

    async fn edit(
        &self,
        person: Uuid,
        base: i64,
        content: ConversationContent,
    ) -> Result<ConversationView, ServiceError> {
        let edit = EditRequest { content, reason: None, restored_from: None };
        self.service.edit(&request(person), self.id, Some(base), edit).await
    }

    /// With the second turn in other words.
    async fn saying(&self, text: &str) -> ConversationContent {
        let mut content = self.content().await;
        content.turns[1] = turn(Speaker::Assistant, text);
        content
    }

    async fn comments(&self, person: Uuid) -> CommentsAnswer {
        self.service.comments(&request(person), self.id).await.unwrap()
    }

    async fn post(
        &self,
        person: Uuid,
        turn: Option<i32>,
        text: &str,
        mentions: &[Uuid],
    ) -> Result<Uuid, ServiceError> {
        let comment = CommentRequest { turn, text: text.into(), mentions: mentions.to_vec() };
        let posted = self.service.post_comment(&request(person), self.id, comment, None).await?;
        Ok(posted.id)
    }

    async fn draft(&self, person: Uuid, turn: Option<i32>, text: &str) {
        let draft = CommentDraftRequest { turn, text: text.into() };
        self.service.keep_draft(&request(person), self.id, draft).await.unwrap();
    }
}

#[track_caller]
fn assert_field<T>(result: Result<T, ServiceError>, path: &str) {
    match result {
        Err(ServiceError::Validation(fields)) => assert_eq!(fields[0].path, path, "{fields:?}"),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is not refused"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_save_at_once_one_is_shown_both_texts() {
    let team = Team::new().await;
    let (ours, theirs) = (team.saying("From Ann").await, team.saying("From Bob").await);
    // A task each, as two requests are.
    let save = |person: Uuid, content: ConversationContent| {
        let (service, id) = (team.service.clone(), team.id);
        let edit = EditRequest { content, reason: None, restored_from: None };
        tokio::spawn(async move { service.edit(&request(person), id, Some(1), edit).await })
    };
    let (first, second) =
        tokio::join!(save(team.ann, ours.clone()), save(team.bob, theirs.clone()));
    let (first, second) = (first.unwrap(), second.unwrap());
    let (kept, refused, who, lost) = match (first, second) {
        (Ok(kept), Err(refused)) => (kept, refused, "Ann", theirs),
        (Err(refused), Ok(kept)) => (kept, refused, "Bob", ours),
        (Ok(_), Ok(_)) => panic!("both were saved"),
        (Err(one), Err(other)) => panic!("{one}, {other}"),
    };
    let ServiceError::Conflict { message, current, .. } = refused else { panic!("{refused}") };
    assert!(message.starts_with(&format!("{who} saved another version")), "{message}");
    let current: ConversationView = serde_json::from_value(current).unwrap();
    assert_eq!((&current.content(), current.version), (&kept.content(), 2));
    // Saved again on what stands, nothing is lost.
    let loser = if who == "Ann" { team.bob } else { team.ann };
    let saved = team.edit(loser, 2, lost.clone()).await.unwrap();
    assert_eq!((saved.content(), saved.version), (lost.clone(), 3));
    // The same sent again is no conflict: it stands already.
    assert_eq!(team.edit(loser, 2, lost).await.unwrap().version, 3);
    let ServiceError::Conflict { message, .. } =
        team.edit(loser, 9, kept.content()).await.unwrap_err()
    else {
        panic!("a version that does not exist was saved on")
    };
    assert!(message.starts_with("Version 9 does not exist"), "{message}");
    let nothing = EditRequest { content: kept.content(), reason: None, restored_from: None };
    assert_field(team.service.edit(&request(team.ann), team.id, None, nothing).await, "If-Match");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_and_brought_back() {
    let team = Team::new().await;
    let as_ann = request(team.ann);
    let listed = team.service.versions(&as_ann, team.id).await.unwrap().versions;
    assert_eq!((listed.len(), listed[0].version, listed[0].edited_by), (1, 1, Some(team.ann)));
    let original = team.content().await;
    assert_eq!(team.service.version(&as_ann, team.id, 1).await.unwrap().content, original);

    let changed = team.saying("Good day").await;
    let edit = EditRequest {
        content: changed.clone(),
        reason: Some(" More polite ".into()),
        restored_from: None,
    };
    team.service.edit(&request(team.bob), team.id, Some(1), edit).await.unwrap();
    let restore = |version| EditRequest {
        content: original.clone(),
        reason: None,
        restored_from: Some(version),
    };
    let missing = team.service.edit(&as_ann, team.id, Some(2), restore(7)).await;
    assert_field(missing, "restoredFrom");
    let back = team.service.edit(&as_ann, team.id, Some(2), restore(1)).await.unwrap();
    assert_eq!((back.content(), back.version), (original.clone(), 3));

    let listed = team.service.versions(&as_ann, team.id).await.unwrap().versions;
    let numbers: Vec<_> = listed.iter().map(|one| (one.version, one.restored_from)).collect();
    assert_eq!(numbers, [(3, Some(1)), (2, None), (1, None)]);
    let (second, first) = (&listed[1], &listed[2]);
    assert_eq!(
        (second.reason.as_deref(), second.editor_name.as_deref()),
        (Some("More polite"), Some("Bob"))
    );
    assert_eq!((first.edited_by, first.edited_at), (Some(team.ann), back.created_at));
    assert_eq!(team.service.version(&as_ann, team.id, 1).await.unwrap().content, original);
    assert_eq!(team.service.version(&as_ann, team.id, 2).await.unwrap().content, changed);
    let missing = team.service.version(&as_ann, team.id, 4).await;
    assert!(matches!(missing, Err(ServiceError::NotFound(_))));
    assert_eq!(team.told(team.ann).await, ["Bob edited your conversation: Greeting"]);
    assert!(team.told(team.bob).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_outlives_the_text_that_it_was_about() {
    let team = Team::new().await;
    team.change("UPDATE conversations SET is_decided = true, approved_by = created_by").await;
    // What is only told about it leaves the decision alone.
    let mut told = team.content().await;
    told.persona = "NA".into();
    let view = team.edit(team.bob, 1, told).await.unwrap();
    assert_eq!((view.status, view.is_decided, view.version), (Status::Approved, true, 2));
    assert_eq!((view.quality_score, view.review_history.len()), (Some(9.1), 0));
    assert!(view.approved_at.is_some());

    let view = team.edit(team.bob, 2, team.saying("Good day").await).await.unwrap();
    assert_eq!((view.status, view.is_decided), (Status::PendingReview, false));
    assert_eq!((view.approved_by, view.approved_at), (None, None));
    assert!(view.gate_failures.is_empty() && view.training_tokens > 0);
    let entry = &view.review_history[0];
    assert_eq!((entry.action, entry.version), (ReviewAction::Edited, 3));
    assert_eq!((entry.status_before, entry.status), (Status::Approved, Status::PendingReview));
    assert_eq!((entry.by_name.as_deref(), entry.can_undo), (Some("Bob"), false));
    let noted = "SELECT was_decided::text FROM conversation_reviews";
    assert_eq!(team.texts(noted).await, ["true"]);

    // Another tier is rated by other measures.
    team.change("UPDATE conversations SET status = 'rejected', is_decided = true").await;
    let mut other = team.content().await;
    other.tier = Tier::Scenario;
    let view = team.edit(team.ann, 3, other).await.unwrap();
    assert_eq!((view.status, view.is_decided), (Status::PendingReview, false));
    // A draft stays one.
    team.change("UPDATE conversations SET status = 'draft'").await;
    let view = team.edit(team.ann, 4, team.saying("Good evening").await).await.unwrap();
    assert_eq!(view.status, Status::Draft);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_is_asked_again_with_each_edit() {
    let team = Team::new().await;
    let original = team.content().await;
    let mut cut = original.clone();
    cut.turns.push(turn(Speaker::User, "And now?"));
    let view = team.edit(team.ann, 1, cut).await.unwrap();
    let rules: Vec<_> = view.gate_failures.iter().map(|failure| failure.rule).collect();
    assert_eq!((rules, view.status), (vec![GateRule::EndsWithUser], Status::PendingReview));
    assert_eq!((view.turn_count, view.turns[2].number), (3, 3));
    assert!(view.turns[2].tokens.is_some_and(|tokens| tokens > 0));
    let view = team.edit(team.ann, 2, original.clone()).await.unwrap();
    assert!(view.gate_failures.is_empty());
    assert_eq!(view.status, Status::PendingReview, "an edit never approves");
    let view = team
        .edit(team.ann, 3, ConversationContent { turns: Vec::new(), ..original })
        .await
        .unwrap();
    assert_eq!((view.quality_score, view.turn_count), (None, 0));
    assert!(view.quality_metrics.is_none() && !view.gate_failures.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_reads_changes_nothing_and_strangers_see_nothing() {
    let team = Team::new().await;
    let admin = team.test.administrator("Root").await;
    let stranger = team.test.account("Eve").await;
    team.test.organization("Others", &[(stranger, "owner")]).await;
    let content = team.saying("Good day").await;
    let said = team.post(team.ann, None, "Ours", &[]).await.unwrap();
    assert_eq!(team.read(admin).await.unwrap().author_name.as_deref(), Some("Ann"));
    assert_eq!(team.read(team.bob).await.unwrap().author_name.as_deref(), Some("Ann"));
    let draft = || CommentDraftRequest { turn: None, text: "Mine".into() };
    for (person, reads) in [(admin, true), (stranger, false)] {
        let asks = request(person);
        let service = &team.service;
        let resolve = CommentPatch { text: None, is_resolved: Some(true) };
        let refusals = [
            team.edit(person, 1, content.clone()).await.err(),
            service.archive(&asks, team.id).await.err(),
            service.unarchive(&asks, team.id).await.err(),
            team.post(person, None, "Mine", &[]).await.err(),
            service.change_comment(&asks, team.id, said, resolve).await.err(),
            service.remove_comment(&asks, team.id, said).await.err(),
            service.keep_draft(&asks, team.id, draft()).await.err(),
        ];
        for refusal in refusals {
            match refusal {
                Some(ServiceError::Forbidden(_)) => assert!(reads),
                Some(ServiceError::NotFound(_)) => assert!(!reads),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(service.comments(&asks, team.id).await.is_ok(), reads);
        assert_eq!(service.versions(&asks, team.id).await.is_ok(), reads);
        assert_eq!(service.version(&asks, team.id, 1).await.is_ok(), reads);
    }
    assert_eq!(team.read(team.ann).await.unwrap().version, 1);
    assert_eq!(team.comments(team.ann).await.comments.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_comes_back_as_it_was() {
    let team = Team::new().await;
    let (as_ann, as_bob) = (request(team.ann), request(team.bob));
    let failing = "UPDATE conversations SET is_decided = true,
        gate_failures = '[{\"rule\": \"ends_with_user\"}]'";
    team.change(failing).await;
    for _ in 0..2 {
        let view = team.service.archive(&as_bob, team.id).await.unwrap();
        assert_eq!((view.status, view.review_history.len()), (Status::Archived, 1));
    }
    assert_field(team.edit(team.ann, 1, team.saying("Good day").await).await, "");
    for _ in 0..2 {
        let view = team.service.unarchive(&as_ann, team.id).await.unwrap();
        assert_eq!((view.status, view.review_history.len()), (Status::Approved, 2));
        assert!(view.is_decided && view.approved_at.is_some());
        assert_eq!(view.review_history[1].action, ReviewAction::Restored);
    }
    assert_eq!(team.told(team.ann).await, ["Bob archived your conversation: Greeting"]);
    // What the machine approved, and no trainer takes any more, waits for a person.
    team.service.archive(&as_ann, team.id).await.unwrap();
    team.change("UPDATE conversations SET is_decided = false").await;
    let view = team.service.unarchive(&as_ann, team.id).await.unwrap();
    assert_eq!((view.status, view.approved_at), (Status::PendingReview, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_outdated_as_long_as_its_turn_says_something_else() {
    let team = Team::new().await;
    let original = team.content().await;
    team.post(team.bob, Some(2), "Too short", &[]).await.unwrap();
    team.post(team.bob, None, "A good one", &[]).await.unwrap();
    let outdated = async || {
        let said = team.comments(team.ann).await.comments;
        said.into_iter().map(|one| one.is_outdated).collect::<Vec<_>>()
    };
    assert_eq!(outdated().await, [false, false]);
    team.edit(team.ann, 1, team.saying("Hello to you, and welcome").await).await.unwrap();
    assert_eq!(outdated().await, [true, false]);
    team.edit(team.ann, 2, original.clone()).await.unwrap();
    assert_eq!(outdated().await, [false, false]);
    let turns = original.turns[..1].to_vec();
    team.edit(team.ann, 3, ConversationContent { turns, ..original }).await.unwrap();
    assert_eq!(outdated().await, [true, false], "its turn is gone");
    assert_field(team.post(team.bob, Some(2), "Where is it?", &[]).await, "turn");
    assert_field(team.post(team.bob, Some(0), "Nowhere", &[]).await, "turn");
    assert_field(team.post(team.bob, None, " \n ", &[]).await, "text");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_mentioned_is_told_once_by_whom_and_where() {
    let team = Team::new().await;
    let names: Vec<_> =
        team.comments(team.bob).await.colleagues.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Ann", "Cem"]);
    let key = IdempotencyKey::new(Uuid::from_u128(7), "POST", "/x", &json!({}));
    let comment = || CommentRequest {
        turn: Some(2),
        text: "See here".into(),
        mentions: vec![team.ann, team.cem, team.cem],
    };
    let post = async || {
        let asks = request(team.bob);
        team.service.post_comment(&asks, team.id, comment(), Some(key)).await.unwrap()
    };
    let (first, again) = (post().await, post().await);
    assert_eq!((first.id, first.mentions.len()), (again.id, 2));
    assert_eq!(team.comments(team.ann).await.comments.len(), 1);
    // Mentioned, and the author: once.
    for person in [team.ann, team.cem] {
        assert_eq!(team.told(person).await, ["Bob mentioned you: Greeting"]);
    }
    let link = "SELECT DISTINCT right(link, 7) || text FROM notifications";
    assert_eq!(team.texts(link).await, ["#turn-2“See here”"]);
    assert!(team.told(team.bob).await.is_empty());
    team.post(team.cem, None, "Agreed", &[]).await.unwrap();
    assert_eq!(
        team.told(team.ann).await,
        ["Bob mentioned you: Greeting", "Cem commented on your conversation: Greeting"]
    );
    let stranger = team.test.account("Eve").await;
    assert_field(team.post(team.bob, None, "You", &[stranger]).await, "mentions");
    assert_field(team.post(team.bob, None, "Me", &[team.bob]).await, "mentions");
    // Nobody is there to be mentioned in a private one.
    team.change("UPDATE conversations SET organization_id = NULL").await;
    assert!(team.comments(team.ann).await.colleagues.is_empty());
    assert_field(team.post(team.ann, None, "You", &[team.cem]).await, "mentions");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_changed_by_whoever_wrote_them_and_resolved_by_all() {
    let team = Team::new().await;
    let said = team.post(team.bob, None, "Too short", &[]).await.unwrap();
    let change = async |person: Uuid, text: Option<&str>, is_resolved: Option<bool>| {
        let patch = CommentPatch { text: text.map(str::to_owned), is_resolved };
        team.service.change_comment(&request(person), team.id, said, patch).await
    };
    let refused = change(team.cem, Some("Fine"), None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
    let same = change(team.bob, Some(" Too short "), None).await.unwrap();
    assert_eq!(same.edited_at, None);
    let edited = change(team.bob, Some("Far too short"), None).await.unwrap();
    assert!(edited.edited_at.is_some() && edited.text == "Far too short");
    for person in [team.cem, team.ann] {
        let resolved = change(person, None, Some(true)).await.unwrap();
        assert_eq!(resolved.resolver_name.as_deref(), Some("Cem"), "whoever was first");
    }
    let opened = change(team.ann, None, Some(false)).await.unwrap();
    assert_eq!((opened.resolved_at, opened.resolver_name), (None, None));

    let remove = async |person| team.service.remove_comment(&request(person), team.id, said).await;
    assert!(matches!(remove(team.cem).await, Err(ServiceError::Forbidden(_))));
    remove(team.ann).await.unwrap();
    assert!(matches!(remove(team.ann).await, Err(ServiceError::NotFound(_))));
    assert_eq!(team.told(team.bob).await, ["Ann removed your comment: Greeting"]);
    let own = team.post(team.cem, None, "Mine", &[]).await.unwrap();
    team.service.remove_comment(&request(team.cem), team.id, own).await.unwrap();
    assert!(team.told(team.cem).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_began_to_say_is_theirs_until_it_is_posted() {
    let team = Team::new().await;
    team.draft(team.bob, None, "On the whole ").await;
    team.draft(team.bob, Some(2), "Too").await;
    team.draft(team.bob, Some(2), "Too short").await;
    let drafts = async |person| {
        let drafts = team.comments(person).await.drafts;
        drafts.into_iter().map(|draft| (draft.turn, draft.text)).collect::<Vec<_>>()
    };
    let (whole, of_turn) = ((None, "On the whole ".into()), (Some(2), "Too short".into()));
    assert_eq!(drafts(team.bob).await, [whole.clone(), of_turn]);
    assert!(drafts(team.ann).await.is_empty());
    let posted = team.post(team.bob, Some(2), "Too short!", &[]).await;
    posted.unwrap();
    assert_eq!(drafts(team.bob).await, [whole]);
    let nowhere = CommentDraftRequest { turn: Some(3), text: "x".into() };
    let refused = team.service.keep_draft(&request(team.bob), team.id, nowhere).await;
    assert_field(refused, "turn");
    let bad = CommentDraftRequest { turn: None, text: "a\0b".into() };
    assert_field(team.service.keep_draft(&request(team.bob), team.id, bad).await, "text");
    team.draft(team.bob, None, " ").await;
    assert!(drafts(team.bob).await.is_empty());

    // Nobody goes on with an old one.
    team.draft(team.bob, None, "Old").await;
    team.draft(team.cem, None, "Young").await;
    let old = format!(
        "UPDATE comment_drafts SET updated_at = now() - interval '91 days' WHERE user_id = '{}'",
        team.bob
    );
    team.change(&old).await;
    let claims = "INSERT INTO review_claims (conversation_id, reviewer_id, expires_at)
        SELECT conversation.id, created_by, clock_timestamp() - interval '1 second'
        FROM conversations AS conversation";
    team.change(claims).await;
    let removed = retention::forget_unfinished(team.test.database.pool()).await.unwrap();
    assert_eq!(removed, 2);
    assert_eq!(team.texts("SELECT text FROM comment_drafts").await, ["Young"]);
}
