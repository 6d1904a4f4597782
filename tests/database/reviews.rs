//! Reviewing: nobody gets what another one has, one decision counts, and each can be taken back.

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::task::JoinSet;
use train::{
    api::reviews::{ClaimRequest, ClaimsRequest, DecisionRequest, Queue},
    domain::{
        conversations::{ConversationView, Status},
        error_code::ErrorCode,
        reviews::{ClaimView, Decision, ReviewFiguresAnswer},
    },
    server::{
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        idempotency::IdempotencyKey,
        notifications::NotificationService,
        postgres::Database,
        reviews::ReviewService,
    },
};
use uuid::Uuid;

/// No conversation.
const NONE: [Uuid; 0] = [];

fn service(database: &Database) -> ReviewService {
    ReviewService::new(database.clone(), NotificationService::new(database.clone(), false))
}

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

/// Ann, Bob and Cem in one organization, and what they review.
struct Team {
    test: TestDatabase,
    reviews: ReviewService,
    id: Uuid,
    ann: Uuid,
    bob: Uuid,
    cem: Uuid,
}

impl Team {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let ann = test.account("Ann").await;
        let (bob, cem) = (test.account("Bob").await, test.account("Cem").await);
        let people = [(ann, "owner"), (bob, "member"), (cem, "member")];
        let id = test.organization("Team", &people).await;
        let reviews = service(&test.database);
        Self { test, reviews, id, ann, bob, cem }
    }

    /// One of Ann's that waits for review, in the organization.
    async fn waiting(&self, score: &str) -> Uuid {
        self.stored(self.ann, Some(self.id), "pending_review", score).await
    }

    async fn stored(&self, by: Uuid, team: Option<Uuid>, status: &str, score: &str) -> Uuid {
        let turns = json!([
            {"number": 1, "role": "user", "content": "Hello", "tokens": 6},
            {"number": 2, "role": "assistant", "content": "Hello to you", "tokens": 7},
        ]);
        sqlx::query_scalar(
            "INSERT INTO conversations (title, tier, status, archived_from, created_by,
               organization_id, quality_score, gate_failures, turn_count, turns, approved_at)
             VALUES ('Hello', 'template', $1, CASE WHEN $1 = 'archived' THEN 'rejected' END, $2,
               $3, $4::text::numeric, '[]', 2, $5, CASE WHEN $1 = 'approved' THEN now() END)
             RETURNING id",
        )
        .bind(status)
        .bind(by)
        .bind(team)
        .bind(score)
        .bind(turns)
        .fetch_one(self.test.database.pool())
        .await
        .unwrap()
    }

    async fn change(&self, sql: &str) {
        run(&mut self.test.role("service_role").await, sql).await;
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.test.role("service_role").await, sql).await
    }

    async fn end_claims(&self, of: Uuid) {
        let sql = format!(
            "UPDATE review_claims SET expires_at = clock_timestamp() - interval '1 second'
                WHERE reviewer_id = '{of}'"
        );
        self.change(&sql).await;
    }

    /// The ids of what somebody is given, in order.
    async fn next(&self, person: Uuid, claim: ClaimRequest) -> Vec<Uuid> {
        let answer = self.reviews.claim_next(&request(person), &claim).await.unwrap();
        answer.items.into_iter().map(|item| item.conversation.id).collect()
    }

    async fn some(&self, person: Uuid, count: u8) -> Vec<Uuid> {
        self.next(person, ClaimRequest { count: Some(count), ..ClaimRequest::default() }).await
    }

    async fn apart(&self, person: Uuid) -> Vec<Uuid> {
        let queue = Queue::Disagreements;
        self.next(person, ClaimRequest { queue, count: Some(5), ..ClaimRequest::default() }).await
    }

    async fn renew(&self, person: Uuid, ids: &[Uuid]) -> Vec<ClaimView> {
        let claims = ClaimsRequest { conversations: ids.to_vec() };
        self.reviews.renew(&request(person), &claims).await.unwrap().claims
    }

    async fn release(&self, person: Uuid, ids: &[Uuid]) {
        let claims = ClaimsRequest { conversations: ids.to_vec() };
        self.reviews.release(&request(person), &claims).await.unwrap();
    }

    async fn decide(
        &self,
        person: Uuid,
        id: Uuid,
        decision: DecisionRequest,
    ) -> Result<ConversationView, ServiceError> {
        self.reviews.decide(&request(person), id, decision, None).await
    }

    async fn decided(
        &self,
        person: Uuid,
        id: Uuid,
        decision: Decision,
        status: Status,
    ) -> ConversationView {
        self.decide(person, id, of(decision, status)).await.unwrap()
    }

    async fn opinion(&self, person: Uuid, id: Uuid, decision: Decision, status: Status) -> Uuid {
        let opinion = DecisionRequest { second_opinion: true, ..of(decision, status) };
        last(&self.decide(person, id, opinion).await.unwrap())
    }

    async fn undo(
        &self,
        person: Uuid,
        id: Uuid,
        review: Uuid,
    ) -> Result<ConversationView, ServiceError> {
        self.reviews.undo(&request(person), id, review).await
    }

    async fn figures(&self, person: Uuid) -> ReviewFiguresAnswer {
        self.reviews.figures(&request(person)).await.unwrap()
    }

    /// What somebody was told, the oldest first: title and link.
    async fn told(&self, person: Uuid) -> Vec<String> {
        let sql = format!(
            "SELECT title || ' ' || coalesce(link, '') FROM notifications
                WHERE user_id = '{person}' ORDER BY sequence"
        );
        self.texts(&sql).await
    }
}

/// A decision about the first version.
fn of(decision: Decision, status: Status) -> DecisionRequest {
    DecisionRequest {
        decision,
        comment: None,
        version: 1,
        status,
        second_opinion: false,
        untrainable: false,
    }
}

/// The last entry of its history.
fn last(view: &ConversationView) -> Uuid {
    view.review_history.last().expect("something became of it").id
}

#[track_caller]
fn assert_conflict(result: Result<ConversationView, ServiceError>, message: &str) -> Value {
    match result {
        Err(ServiceError::Conflict { message: told, current, .. }) => {
            assert_eq!(told, message);
            current
        }
        other => panic!("no conflict: {other:?}"),
    }
}

#[track_caller]
fn assert_field(result: Result<ConversationView, ServiceError>, path: &str) {
    match result {
        Err(ServiceError::Validation(fields)) => assert_eq!(fields[0].path, path),
        other => panic!("not refused: {other:?}"),
    }
}

/// Claims and decides until there is nothing more.
async fn drain(reviews: ReviewService, person: Uuid) -> Vec<Uuid> {
    let mut done = Vec::new();
    loop {
        let claim = ClaimRequest { count: Some(3), ..ClaimRequest::default() };
        let items = reviews.claim_next(&request(person), &claim).await.unwrap().items;
        if items.is_empty() {
            return done;
        }
        for item in items {
            let id = item.conversation.id;
            let decision = of(Decision::Approved, item.conversation.status);
            reviews.decide(&request(person), id, decision, None).await.unwrap();
            done.push(id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_reviewers_on_two_servers_decide_about_each_once() {
    let team = Team::new().await;
    let other = team.test.second_server().await;
    let mut people = vec![team.ann, team.bob, team.cem];
    for number in people.len()..20 {
        let person = team.test.account(&format!("Reviewer{number}")).await;
        let sql = format!(
            "INSERT INTO organization_members (organization_id, user_id, role)
                VALUES ('{}', '{person}', 'member')",
            team.id
        );
        team.change(&sql).await;
        people.push(person);
    }
    // Half of one score, so that the order within it counts as well.
    let sql = format!(
        "INSERT INTO conversations (tier, status, created_by, organization_id, quality_score,
           gate_failures, turn_count, turns)
         SELECT 'template', 'pending_review', '{}', '{}', (number % 2) * (number % 100) / 10.0,
           '[]', 2, '[]' FROM generate_series(1, 200) AS number",
        team.ann, team.id
    );
    team.change(&sql).await;
    let mut reviewers = JoinSet::new();
    for (index, person) in people.into_iter().enumerate() {
        let server = if index % 2 == 0 { &team.test.database } else { &other };
        reviewers.spawn(drain(service(server), person));
    }
    let done: Vec<Uuid> = reviewers.join_all().await.into_iter().flatten().collect();
    assert_eq!((done.len(), done.iter().collect::<BTreeSet<_>>().len()), (200, 200));
    let counts = "SELECT concat_ws(' ',
        (SELECT count(*) FROM conversations WHERE status = 'approved' AND is_decided),
        (SELECT count(DISTINCT conversation_id) FROM conversation_reviews),
        (SELECT count(*) FROM conversation_reviews), (SELECT count(*) FROM review_claims))";
    assert_eq!(team.texts(counts).await, ["200 200 200 0"]);
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_is_at_nobody_else_gets_until_the_claim_ends() {
    let team = Team::new().await;
    let (seven, three, five) =
        (team.waiting("7.0").await, team.waiting("3.0").await, team.waiting("5.0").await);
    let (ann, bob) = (team.ann, team.bob);
    assert_eq!(team.some(ann, 2).await, [three, five], "the lowest score first");
    assert_eq!(team.some(bob, 5).await, [seven]);
    assert_eq!(team.some(bob, 5).await, [seven], "what they hold comes again");
    assert_eq!(team.some(ann, 1).await, [three]);
    let skipping = ClaimRequest { skip: vec![three], count: Some(5), ..ClaimRequest::default() };
    assert_eq!(team.next(ann, skipping).await, [five]);
    assert_eq!(team.figures(bob).await.left, 3);
    assert_eq!((team.figures(bob).await.free, team.figures(ann).await.free), (1, 2));

    team.end_claims(ann).await;
    assert_eq!(team.some(bob, 5).await, [seven, three, five], "held, and then those that are free");
    assert_eq!(team.renew(ann, &[three, five]).await, [], "somebody else has them");
    assert_eq!(team.some(ann, 5).await, NONE);

    team.release(ann, &[three]).await;
    assert_eq!(team.some(ann, 5).await, NONE, "only one's own can be given back");
    team.release(bob, &[three]).await;
    assert_eq!(team.some(ann, 5).await, [three]);
    // An ended one that nobody took meanwhile is taken again.
    team.end_claims(bob).await;
    let mut again: Vec<_> = [seven, five].into();
    again.sort_unstable();
    let renewed = team.renew(bob, &again).await;
    assert_eq!(renewed.iter().map(|claim| claim.conversation_id).collect::<Vec<_>>(), again);
    assert!(renewed.iter().all(|claim| claim.reviewer == bob && claim.reviewer_name == "Bob"));

    let known = team.reviews.claims(&request(ann)).await.unwrap().claims;
    let known: BTreeSet<_> =
        known.iter().map(|claim| (claim.conversation_id, claim.reviewer_name.as_str())).collect();
    assert_eq!(known, BTreeSet::from([(three, "Ann"), (five, "Bob"), (seven, "Bob")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_not_taken_again_when_its_conversation_was_decided() {
    let team = Team::new().await;
    let one = team.waiting("4.0").await;
    assert_eq!(team.some(team.ann, 1).await, [one]);
    team.end_claims(team.ann).await;
    team.decided(team.bob, one, Decision::Rejected, Status::PendingReview).await;
    assert_eq!(team.renew(team.ann, &[one]).await, []);
    let many = ClaimsRequest { conversations: vec![one; 11] };
    for refused in [
        team.reviews.renew(&request(team.ann), &many).await.map(drop),
        team.reviews.release(&request(team.ann), &many).await,
    ] {
        let Err(ServiceError::Validation(fields)) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].path, "conversations");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_decisions_at_once_one_wins_and_the_other_is_told() {
    let team = Team::new().await;
    let other = team.test.second_server().await;
    let id = team.waiting("5.0").await;
    let mut deciding = JoinSet::new();
    for (reviews, person, decision) in [
        (service(&team.test.database), team.bob, Decision::Approved),
        (service(&other), team.cem, Decision::Rejected),
    ] {
        let decision = of(decision, Status::PendingReview);
        deciding.spawn(async move { reviews.decide(&request(person), id, decision, None).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        deciding.join_all().await.into_iter().partition(Result::is_ok);
    let won = won.into_iter().next().expect("one wins").unwrap();
    let sentence = match won.status {
        Status::Approved => "Bob approved it first.",
        _ => "Cem rejected it first.",
    };
    let current = assert_conflict(lost.into_iter().next().expect("one loses"), sentence);
    assert_eq!(current["status"], won.status.as_str());
    assert_eq!(current["reviewHistory"].as_array().unwrap().len(), 1);
    // Who looks at it again may decide otherwise.
    team.decided(team.ann, id, Decision::NeedsRevision, won.status).await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_about_what_was_read_and_about_what_nobody_else_is_at() {
    let team = Team::new().await;
    let id = team.waiting("5.0").await;
    assert_eq!(team.some(team.bob, 1).await, [id]);
    let busy = team.decide(team.ann, id, of(Decision::Approved, Status::PendingReview)).await;
    assert_conflict(busy, "Bob is reviewing it right now.");
    team.end_claims(team.bob).await;
    let edited = format!(
        "INSERT INTO conversation_versions (conversation_id, version, content, edited_by)
            VALUES ('{id}', 2, '{{}}', '{}')",
        team.cem
    );
    team.change(&edited).await;
    team.change(&format!("UPDATE conversations SET version = 2 WHERE id = '{id}'")).await;
    let old = team.decide(team.ann, id, of(Decision::Approved, Status::PendingReview)).await;
    let current = assert_conflict(old, "Cem edited it meanwhile.");
    assert_eq!((&current["version"], &current["status"]), (&json!(2), &json!("pending_review")));
    let now = DecisionRequest {
        version: 2,
        comment: Some(" Well said.\n".into()),
        ..of(Decision::Approved, Status::PendingReview)
    };
    let view = team.decide(team.ann, id, now).await.unwrap();
    let entry = view.review_history.last().unwrap();
    assert_eq!((entry.version, entry.comment.as_deref()), (2, Some("Well said.")));
    assert_eq!((view.status, view.is_decided), (Status::Approved, true));
    assert_eq!((view.approved_by, view.approved_at.is_some()), (Some(team.ann), true));
    for comment in ["x".repeat(4001), "a\0b".into()] {
        let comment = Some(comment);
        let long = DecisionRequest { comment, ..of(Decision::Rejected, Status::Approved) };
        assert_field(team.decide(team.ann, id, long).await, "comment");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_under_its_key_is_decided_once() {
    let team = Team::new().await;
    let id = team.waiting("5.0").await;
    let key = |body: &str| Some(IdempotencyKey::new(Uuid::from_u128(7), "POST", "/", &json!(body)));
    let decision = of(Decision::Rejected, Status::PendingReview);
    let (bob, reviews) = (request(team.bob), &team.reviews);
    let first = reviews.decide(&bob, id, decision.clone(), key("one")).await.unwrap();
    let again = reviews.decide(&bob, id, decision.clone(), key("one")).await.unwrap();
    assert_eq!((again.review_history.len(), again.status), (1, first.status));
    let other = reviews.decide(&bob, id, decision, key("two")).await;
    let Err(ServiceError::Refused { code, .. }) = other else { panic!("{other:?}") };
    assert_eq!(code, ErrorCode::IdempotencyKeyReused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_taken_back_once_and_the_one_before_stands_again() {
    let team = Team::new().await;
    let id = team.waiting("5.0").await;
    let (ann, bob, cem) = (team.ann, team.bob, team.cem);
    let by_bob = last(&team.decided(bob, id, Decision::Approved, Status::PendingReview).await);
    let by_cem = last(&team.decided(cem, id, Decision::Rejected, Status::Approved).await);
    let current = assert_conflict(
        team.undo(bob, id, by_bob).await,
        "Something else was done since, so it cannot be taken back any more.",
    );
    assert_eq!(current["status"], "rejected");
    // An opinion leaves a decision as it is.
    team.opinion(ann, id, Decision::Approved, Status::Rejected).await;
    let back = team.undo(bob, id, by_cem).await.unwrap();
    assert_eq!((back.status, back.is_decided), (Status::Approved, true));
    assert_eq!((back.approved_by, back.approved_at.is_some()), (Some(bob), true));
    let entry = back.review_history.last().unwrap();
    assert_eq!((entry.undoes, entry.status_before), (Some(by_cem), Status::Rejected));
    let twice = team.undo(cem, id, by_cem).await;
    assert_conflict(twice, "It was taken back already.");
    let told = team.told(cem).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Bob took a decision back: Hello"), "{told:?}");

    // Of one that no person had decided before.
    let other = team.waiting("5.0").await;
    let rejected = last(&team.decided(ann, other, Decision::Rejected, Status::PendingReview).await);
    let back = team.undo(ann, other, rejected).await.unwrap();
    assert_eq!((back.status, back.is_decided), (Status::PendingReview, false));
    assert_eq!((back.approved_by, back.approved_at), (None, None));
    assert_eq!(team.some(ann, 5).await, [other], "it waits for review again");
    let strange = team.undo(ann, id, rejected).await;
    assert!(matches!(strange, Err(ServiceError::NotFound(_))), "it is about another");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_approved_is_approved_by_it_again_only_if_trainers_take_it() {
    let team = Team::new().await;
    let (ann, bob) = (team.ann, team.bob);
    let id = team.stored(ann, Some(team.id), "approved", "9.5").await;
    let review = last(&team.decided(bob, id, Decision::Rejected, Status::Approved).await);
    let back = team.undo(bob, id, review).await.unwrap();
    assert_eq!((back.status, back.is_decided), (Status::Approved, false));
    assert_eq!((back.approved_by, back.approved_at.is_some()), (None, true));
    // Rules became stricter meanwhile.
    let review = last(&team.decided(bob, id, Decision::Rejected, Status::Approved).await);
    let stricter = format!(
        "UPDATE conversations SET gate_failures = '[{{\"rule\": \"empty_turn\", \"turn\": 2}}]'
            WHERE id = '{id}'"
    );
    team.change(&stricter).await;
    let back = team.undo(bob, id, review).await.unwrap();
    assert_eq!((back.status, back.is_decided), (Status::PendingReview, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opinion_leaves_it_to_others_and_can_be_taken_back() {
    let team = Team::new().await;
    let id = team.waiting("5.0").await;
    let (ann, bob, cem) = (team.ann, team.bob, team.cem);
    assert_eq!(team.some(bob, 1).await, [id]);
    let opinion = team.opinion(bob, id, Decision::Approved, Status::PendingReview).await;
    assert_eq!(team.some(bob, 5).await, NONE, "it is not shown to them again");
    let figures = team.figures(bob).await;
    assert_eq!((figures.left, figures.free, figures.done_today), (1, 0, 0));
    assert_eq!(team.some(cem, 5).await, [id], "and free for others at once");
    assert_eq!(team.told(ann).await, [""; 0]);
    let foreign = team.undo(cem, id, opinion).await;
    assert!(matches!(foreign, Err(ServiceError::Forbidden(_))), "{foreign:?}");
    team.release(cem, &[id]).await;
    let back = team.undo(bob, id, opinion).await.unwrap();
    assert_eq!((back.status, back.is_decided), (Status::PendingReview, false));
    assert_eq!(team.some(bob, 5).await, [id]);
    team.release(bob, &[id]).await;
    // What was taken back stands in the way of nothing, what was decided does.
    let decided = last(&team.decided(ann, id, Decision::Rejected, Status::PendingReview).await);
    let opinion = team.opinion(bob, id, Decision::Approved, Status::Rejected).await;
    team.undo(bob, id, opinion).await.unwrap();
    let opinion = team.opinion(bob, id, Decision::Approved, Status::Rejected).await;
    team.undo(ann, id, decided).await.unwrap();
    assert_conflict(
        team.undo(bob, id, opinion).await,
        "Something else was done since, so it cannot be taken back any more.",
    );

    let alone = team.stored(ann, None, "pending_review", "5.0").await;
    let asked =
        DecisionRequest { second_opinion: true, ..of(Decision::Approved, Status::PendingReview) };
    assert_field(team.decide(ann, alone, asked).await, "secondOpinion");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_judged_differently_waits_in_a_queue_until_somebody_settles_it() {
    let team = Team::new().await;
    let (higher, id) = (team.waiting("6.0").await, team.waiting("5.0").await);
    let alike = team.waiting("4.0").await;
    let (ann, bob, cem) = (team.ann, team.bob, team.cem);
    for (id, decision) in
        [(id, Decision::Rejected), (higher, Decision::Rejected), (alike, Decision::Approved)]
    {
        team.opinion(ann, id, Decision::Approved, Status::PendingReview).await;
        assert_eq!(team.apart(cem).await, NONE, "one alone agrees with themselves");
        team.decided(bob, id, decision, Status::PendingReview).await;
        if id != alike {
            team.change(&format!("UPDATE conversations SET version = 2 WHERE id = '{id}'")).await;
        }
    }
    assert_eq!(team.apart(cem).await, NONE, "of an older version");
    for id in [id, higher] {
        team.change(&format!("UPDATE conversations SET version = 1 WHERE id = '{id}'")).await;
    }
    assert_eq!(team.apart(cem).await, [id, higher], "the lowest score first");
    assert_eq!(team.apart(ann).await, NONE, "she left it to others, and Cem is at it");
    assert_eq!(team.figures(ann).await.disagreements, 2);
    let settled = last(&team.decided(cem, id, Decision::Approved, Status::Rejected).await);
    assert_eq!(team.apart(cem).await, [higher]);
    assert_eq!(team.figures(bob).await.disagreements, 1);
    team.undo(cem, id, settled).await.unwrap();
    assert_eq!(team.apart(cem).await, [higher, id], "held, and then what is free");
    let stranger = team.test.account("Dan").await;
    assert_eq!(team.apart(stranger).await, NONE);
    assert_eq!(team.figures(stranger).await, ReviewFiguresAnswer::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn agreement_is_that_of_the_first_two_about_each_version() {
    let team = Team::new().await;
    let (ann, bob, cem) = (team.ann, team.bob, team.cem);
    let (approved, rejected) = (Decision::Approved, Decision::Rejected);
    assert_eq!(team.figures(ann).await.agreement, None);
    let mut first = None;
    for (one, two) in
        [(approved, approved), (approved, approved), (rejected, rejected), (approved, rejected)]
    {
        let id = team.waiting("5.0").await;
        // The latest of hers counts.
        team.opinion(ann, id, rejected, Status::PendingReview).await;
        team.opinion(ann, id, one, Status::PendingReview).await;
        team.decided(bob, id, two, Status::PendingReview).await;
        first.get_or_insert(id);
    }
    // Neither a third one nor what was taken back counts.
    team.decided(cem, first.unwrap(), rejected, Status::Approved).await;
    let other = team.waiting("5.0").await;
    team.opinion(ann, other, approved, Status::PendingReview).await;
    let mistake = last(&team.decided(bob, other, rejected, Status::PendingReview).await);
    team.undo(bob, other, mistake).await.unwrap();
    let agreement = team.figures(cem).await.agreement.unwrap();
    assert_eq!((agreement.pairs, agreement.equal), (4, 0.75));
    // By chance (5/8)² + (3/8)² = 34/64.
    assert!((agreement.kappa - (0.75 - 34.0 / 64.0) / (30.0 / 64.0)).abs() < 1e-9, "{agreement:?}");
    let stranger = team.test.account("Dan").await;
    assert_eq!(team.figures(stranger).await.agreement, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_counted_by_the_persons_own_day() {
    let team = Team::new().await;
    let (bob, cem) = (team.bob, team.cem);
    let ids = [team.waiting("1.0").await, team.waiting("2.0").await, team.waiting("3.0").await];
    let zone = "Pacific/Kiritimati";
    team.change(&format!("UPDATE auth.users SET time_zone = '{zone}' WHERE id = '{bob}'")).await;
    let note = async |by: Uuid, id: Uuid, at: &str| {
        let sql = format!(
            "INSERT INTO conversation_reviews (conversation_id, action, status, status_before,
               version, reviewer_id, created_at)
             VALUES ('{id}', 'decided', 'rejected', 'pending_review', 1, '{by}', {at})"
        );
        team.change(&sql).await;
    };
    let midnight = format!("date_trunc('day', now() AT TIME ZONE '{zone}') AT TIME ZONE '{zone}'");
    note(bob, ids[0], &format!("{midnight} - interval '1 microsecond'")).await;
    note(bob, ids[1], &midnight).await;
    note(bob, ids[1], &midnight).await;
    assert_eq!(team.figures(bob).await.done_today, 1, "each conversation once");
    note(cem, ids[0], "now() - interval '59 minutes'").await;
    note(cem, ids[1], "now() - interval '61 minutes'").await;
    assert_eq!(team.figures(cem).await.done_last_hour, 1);
    let mistake = last(&team.decided(cem, ids[2], Decision::Approved, Status::PendingReview).await);
    assert_eq!(team.figures(cem).await.done_last_hour, 2);
    team.undo(cem, ids[2], mistake).await.unwrap();
    assert_eq!(team.figures(cem).await.done_last_hour, 1, "what was taken back is not done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_trainer_takes_is_approved_by_a_person_who_says_so_and_by_nobody_else() {
    let team = Team::new().await;
    let (id, other) = (team.waiting("9.4").await, team.waiting("9.4").await);
    let broken = "UPDATE conversations SET gate_failures = '[{\"rule\": \"ends_with_user\"},
        {\"rule\": \"empty_turn\", \"turn\": 2}]'";
    team.change(broken).await;
    let approve = of(Decision::Approved, Status::PendingReview);
    let refused = team.decide(team.bob, id, approve.clone()).await;
    let Err(ServiceError::Refused { code, message }) = refused else { panic!("{refused:?}") };
    assert_eq!(code, ErrorCode::Untrainable);
    assert!(message.contains("Does not end with the assistant"), "{message}");
    team.opinion(team.cem, id, Decision::Approved, Status::PendingReview).await;
    team.decided(team.bob, other, Decision::Rejected, Status::PendingReview).await;
    let confirmed = DecisionRequest { untrainable: true, ..approve };
    let view = team.decide(team.bob, id, confirmed).await.unwrap();
    assert_eq!((view.status, view.is_decided), (Status::Approved, true));
    assert_eq!(view.gate_failures.len(), 2);

    // Whichever way a machine comes, the database stands in it.
    let machine = team.waiting("9.9").await;
    let mut service = team.test.role("service_role").await;
    for change in [
        format!("UPDATE conversations SET is_decided = false WHERE id = '{id}'"),
        format!(
            "UPDATE conversations SET status = 'approved',
                gate_failures = '[{{\"rule\": \"empty_turn\"}}]' WHERE id = '{machine}'"
        ),
        "INSERT INTO conversations (tier, status) VALUES ('template', 'approved')".into(),
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(change.clone())).execute(&mut service).await;
        let error = refused.expect_err(&change);
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        assert_eq!(constraint, Some("conversations_machine_approval_check"), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_nothing_to_decide_about_what_is_archived_failed_or_empty() {
    let team = Team::new().await;
    let (ann, id) = (team.ann, team.id);
    let archived = team.stored(ann, Some(id), "archived", "5.0").await;
    let failed = team.stored(ann, Some(id), "failed", "5.0").await;
    let empty = team.waiting("1.0").await;
    team.change(&format!(
        "UPDATE conversations SET turns = '[]', turn_count = 0 WHERE id = '{empty}'"
    ))
    .await;
    for (id, status) in
        [(archived, Status::Archived), (failed, Status::Failed), (empty, Status::PendingReview)]
    {
        assert_field(team.decide(ann, id, of(Decision::Rejected, status)).await, "decision");
    }
    assert_eq!(team.some(ann, 5).await, NONE, "so no queue has them");
    let all = ClaimRequest { query: Some(String::new()), ..ClaimRequest::default() };
    assert_eq!(team.next(ann, all).await, NONE);
    assert_eq!(team.figures(ann).await.left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_chooses_and_orders_and_what_one_decided_comes_to_others_only() {
    let team = Team::new().await;
    let (ann, bob) = (team.ann, team.bob);
    let low = team.waiting("2.0").await;
    let high = team.stored(bob, Some(team.id), "rejected", "8.0").await;
    let own = team.stored(ann, None, "approved", "5.0").await;
    let by = |query: &str, count: u8| ClaimRequest {
        query: Some(query.into()),
        count: Some(count),
        ..ClaimRequest::default()
    };
    let downwards = by("sort=score&direction=desc&scoreMin=2", 5);
    assert_eq!(team.next(ann, downwards.clone()).await, [high, own, low], "of both workspaces");
    team.decided(ann, high, Decision::Rejected, Status::Rejected).await;
    assert_eq!(team.next(ann, downwards.clone()).await, [own, low]);
    assert_eq!(team.next(bob, downwards).await, [high], "the others are Ann's, or claimed");
    assert_eq!(team.next(ann, by("?status=approved&tier=template", 5)).await, [own]);
    assert_eq!(team.next(ann, by("persona=Nobody", 5)).await, NONE);
    for bad in ["tier=huge", "scoreMax=11", "color=red"] {
        let refused = team.reviews.claim_next(&request(ann), &by(bad, 1)).await;
        let Err(ServiceError::Validation(fields)) = refused else { panic!("{bad}: {refused:?}") };
        assert_eq!(fields[0].path, "query", "{bad}");
    }
    for count in [0, 6] {
        let refused = team.reviews.claim_next(&request(ann), &by("", count)).await;
        let Err(ServiceError::Validation(fields)) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].path, "count");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whose_it_is_decides() {
    let team = Team::new().await;
    let id = team.stored(team.cem, Some(team.id), "pending_review", "5.0").await;
    let (stranger, administrator) =
        (team.test.account("Dan").await, team.test.administrator("Eve").await);
    let _ = team.test.organization("Others", &[(stranger, "owner")]).await;
    let reject = || of(Decision::Rejected, Status::PendingReview);
    let review = last(&team.decided(team.bob, id, Decision::Approved, Status::PendingReview).await);
    let unseen = team.decide(stranger, id, reject()).await;
    assert!(matches!(unseen, Err(ServiceError::NotFound(_))), "{unseen:?}");
    let unseen = team.undo(stranger, id, review).await;
    assert!(matches!(unseen, Err(ServiceError::NotFound(_))), "{unseen:?}");
    let actor = Some(Actor { user_id: administrator, role: Role::Admin, scopes: None });
    let admin = RequestContext { actor, ..RequestContext::without_person(Source::Page) };
    let read_only = team.reviews.decide(&admin, id, reject(), None).await;
    assert!(matches!(read_only, Err(ServiceError::Forbidden(_))), "{read_only:?}");
    let read_only = team.reviews.undo(&admin, id, review).await;
    assert!(matches!(read_only, Err(ServiceError::Forbidden(_))), "{read_only:?}");
    team.waiting("5.0").await;
    for outsider in [stranger, administrator] {
        assert_eq!(team.some(outsider, 5).await, NONE);
        assert_eq!(team.renew(outsider, &[id]).await, []);
        let figures = team.figures(outsider).await;
        assert_eq!((figures.left, figures.agreement), (0, None));
    }
    assert_eq!(team.some(team.cem, 5).await.len(), 1);
    assert_eq!(team.reviews.claims(&request(stranger)).await.unwrap().claims, []);
    assert_eq!(team.reviews.claims(&admin).await.unwrap().claims, []);

    // Whoever made it may, after they left as well.
    let left = format!("DELETE FROM organization_members WHERE user_id = '{}'", team.cem);
    team.change(&left).await;
    team.decided(team.cem, id, Decision::Rejected, Status::Approved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_author_is_told_once_an_hour_what_others_decide() {
    let team = Team::new().await;
    let id = team.waiting("5.0").await;
    team.decided(team.ann, id, Decision::Rejected, Status::PendingReview).await;
    assert_eq!(team.told(team.ann).await, [""; 0], "what she did herself she knows");
    let view = team.decided(team.bob, id, Decision::NeedsRevision, Status::Rejected).await;
    let told = team.told(team.ann).await;
    let expected = format!(
        "Bob asked for a revision of your conversation: Hello /conversations/{}",
        view.public_id
    );
    assert_eq!(told, [expected]);
    team.decided(team.cem, id, Decision::Approved, Status::NeedsRevision).await;
    assert_eq!(team.told(team.bob).await, [""; 0]);
    // Of the same hour, unless it has just ended.
    let hours = "SELECT count(DISTINCT date_trunc('hour', created_at))::text
        FROM conversation_reviews WHERE reviewer_id <> (SELECT id FROM auth.users
        WHERE display_name = 'Ann')";
    let told = team.told(team.ann).await.len();
    assert_eq!(team.texts(hours).await, [told.to_string()]);
}
