//! Near duplicates and findings: marks appear by themselves and follow every change, but are none.

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use sqlx::PgConnection;
use train::{
    domain::conversations::{AlikeAnswer, ConversationQuery, Facet, Likeness, OpeningsAnswer},
    server::{
        conversations::ConversationService,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        notifications::NotificationService,
        preferences::PreferenceService,
    },
};
use uuid::Uuid;

/// Ann and Ben are colleagues, Eve is alone.
struct World {
    test: TestDatabase,
    service: ConversationService,
    system: PgConnection,
    organization: Uuid,
    ann: Uuid,
    eve: Uuid,
}

impl World {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (ann, ben) = (test.account("Ann").await, test.account("Ben").await);
        let eve = test.account("Eve").await;
        let organization = test.organization("Ours", &[(ann, "owner"), (ben, "member")]).await;
        let database = test.database.clone();
        let preferences = PreferenceService::new(database.clone(), database.events().clone());
        let notifications = NotificationService::new(database.clone(), false);
        let service = ConversationService::new(database, preferences, notifications);
        let system = test.role("service_role").await;
        Self { test, service, system, organization, ann, eve }
    }

    /// Ann's, of the organization, with one answer.
    async fn store(&mut self, title: &str, answer: &str) -> Uuid {
        self.store_of(title, answer, Some(self.organization), self.ann).await
    }

    async fn store_of(
        &mut self,
        title: &str,
        answer: &str,
        organization: Option<Uuid>,
        author: Uuid,
    ) -> Uuid {
        sqlx::query_scalar(
            "INSERT INTO conversations (title, turns, organization_id, created_by, tier, status)
             VALUES ($1, $2, $3, $4, 'template', 'generated') RETURNING id",
        )
        .bind(title)
        .bind(turns(answer))
        .bind(organization)
        .bind(author)
        .fetch_one(&mut self.system)
        .await
        .unwrap()
    }

    async fn edit(&mut self, title: &str, answer: &str) {
        sqlx::query("UPDATE conversations SET turns = $2 WHERE title = $1")
            .bind(title)
            .bind(turns(answer))
            .execute(&mut self.system)
            .await
            .unwrap();
    }

    async fn change(&mut self, sql: &str) {
        run(&mut self.system, sql).await;
    }

    async fn examine(&self) -> u64 {
        self.service.examine().await.unwrap()
    }

    /// What is marked: title, likeness, findings.
    async fn marks(&mut self) -> Vec<String> {
        let sql = "SELECT concat_ws(' ', title, likeness, nullif(array_to_string(finding_kinds,
              ','), '')) FROM conversations WHERE likeness IS NOT NULL OR is_flagged
            ORDER BY title, id";
        texts(&mut self.system, sql).await
    }

    async fn number(&mut self, sql: &str) -> i64 {
        texts(&mut self.system, &format!("SELECT ({sql})::text")).await[0].parse().unwrap()
    }

    async fn alike(&self, person: Uuid, id: Uuid) -> Result<AlikeAnswer, ServiceError> {
        self.service.alike(&request(person), id).await
    }

    async fn titles(&self, query: Value) -> String {
        let page = self.service.list(&request(self.ann), &asked(query)).await.unwrap();
        let mut titles: Vec<_> = page.conversations.into_iter().map(|row| row.title).collect();
        titles.sort();
        titles.join(" ")
    }

    async fn openings(&self, person: Uuid) -> OpeningsAnswer {
        self.service.common_openings(&request(person)).await.unwrap()
    }
}

fn request(user_id: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn asked(query: Value) -> ConversationQuery {
    serde_json::from_value(query).unwrap()
}

fn turns(answer: &str) -> Value {
    json!([{"role": "user", "content": ""}, {"role": "assistant", "content": answer}])
}

/// A hundred words of a text, of which the last are another's. Replacing 5 leaves a similarity of
/// 0.90, replacing 12 one of 0.77, each within what 128 slots estimate.
fn text(name: &str, replaced: usize, by: &str) -> String {
    let words = (0..104 - replaced).map(|word| format!("{name}{word}"));
    let own = (0..replaced).map(|word| format!("{by}{word}"));
    words.chain(own).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn both_are_marked_and_an_edit_takes_it_back() {
    let mut world = World::new().await;
    let one = world.store("A", &text("a", 0, "")).await;
    let other = world.store("B", &text("a", 0, "")).await;
    world.store("C", &text("c", 0, "")).await;
    assert!(!world.alike(world.ann, one).await.unwrap().examined);
    let stamps = "SELECT concat_ws(' ', id, version, updated_at) FROM conversations ORDER BY id";
    let before = texts(&mut world.system, stamps).await;
    assert_eq!((world.examine().await, world.examine().await), (3, 0));
    assert_eq!(world.marks().await, ["A nearly_the_same", "B nearly_the_same"]);
    assert_eq!(texts(&mut world.system, stamps).await, before, "a mark is no change");

    world.edit("B", &format!("{} Write to an@example.com.", text("b", 0, ""))).await;
    assert!(!world.alike(world.ann, other).await.unwrap().examined);
    assert!(world.alike(world.ann, one).await.unwrap().examined);
    world.examine().await;
    assert_eq!(world.marks().await, ["B email"]);
    assert_eq!(world.number("SELECT count(*) FROM near_duplicates").await, 0);
    assert!(world.alike(world.ann, other).await.unwrap().examined);

    world.edit("B", &text("c", 0, "")).await;
    world.examine().await;
    assert_eq!(world.marks().await, ["B nearly_the_same", "C nearly_the_same"]);
    assert_eq!(world.number("SELECT count(*) FROM examinations_due").await, 0);
}

#[tokio::test]
async fn what_is_archived_or_removed_is_alike_to_nothing() {
    let mut world = World::new().await;
    for title in ["A", "B"] {
        world.store(title, &text("a", 0, "")).await;
    }
    world.examine().await;
    let both = ["A nearly_the_same", "B nearly_the_same"];
    let archive = "UPDATE conversations SET status = 'archived', archived_from = 'generated'
        WHERE title = 'B'";
    let back = "UPDATE conversations SET status = 'generated', archived_from = NULL,
        deleted_at = NULL WHERE title = 'B'";
    let delete = "UPDATE conversations SET status = 'archived', archived_from = 'generated',
        deleted_at = now() WHERE title = 'B'";
    for change in [archive, delete] {
        assert_eq!(world.marks().await, both);
        world.change(change).await;
        world.examine().await;
        assert_eq!(world.marks().await, [""; 0], "{change}");
        world.change(back).await;
        world.examine().await;
    }
    // What changes nothing of this is not looked at.
    world.change("UPDATE conversations SET status = 'needs_revision', title = title").await;
    assert_eq!(world.examine().await, 0);
    world.change("DELETE FROM conversations WHERE title = 'B'").await;
    world.examine().await;
    assert_eq!(world.marks().await, [""; 0]);
}

#[tokio::test]
async fn only_conversations_of_one_workspace_are_compared() {
    let mut world = World::new().await;
    let (ann, eve, same) = (world.ann, world.eve, text("a", 0, ""));
    world.store("Shared", &same).await;
    let own = world.store_of("Private", &same, None, ann).await;
    let foreign = world.store_of("Eve's", &same, None, eve).await;
    world.examine().await;
    assert_eq!(world.marks().await, [""; 0]);
    assert_eq!(world.number("SELECT count(*) FROM near_duplicates").await, 0);
    for id in [foreign, Uuid::new_v4()] {
        let refused = world.alike(ann, id).await;
        assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    }
    let into = format!(
        "UPDATE conversations SET organization_id = '{}' WHERE id = '{own}'",
        world.organization
    );
    world.change(&into).await;
    world.examine().await;
    assert_eq!(world.marks().await, ["Private nearly_the_same", "Shared nearly_the_same"]);
    world.change("UPDATE conversations SET organization_id = NULL WHERE title = 'Private'").await;
    world.examine().await;
    assert_eq!(world.marks().await, [""; 0]);
}

#[tokio::test]
async fn many_copies_are_all_marked_with_few_pairs() {
    let mut world = World::new().await;
    let copies = "INSERT INTO conversations (title, turns, organization_id, created_by, tier)
        SELECT 'Copy ' || number, $1, $2, $3, 'template' FROM generate_series(1, 300) AS number";
    sqlx::query(copies)
        .bind(turns(&text("a", 0, "")))
        .bind(world.organization)
        .bind(world.ann)
        .execute(&mut world.system)
        .await
        .unwrap();
    assert_eq!(world.examine().await, 300);
    let marked = "SELECT count(*) FROM conversations WHERE likeness = 'nearly_the_same'";
    assert_eq!(world.number(marked).await, 300);
    let pairs = world.number("SELECT count(*) FROM near_duplicates").await;
    assert!((300 * 20..=300 * 40).contains(&pairs), "{pairs}");

    // One whose pairs are all gone is still alike to the rest.
    let archive =
        "UPDATE conversations SET status = 'archived', archived_from = 'draft' WHERE id IN
        (SELECT other_id FROM near_duplicates JOIN conversations AS one ON one.id = conversation_id
          WHERE one.title = 'Copy 7')";
    world.change(archive).await;
    world.examine().await;
    let left = "SELECT count(*) FROM conversations WHERE status <> 'archived'";
    assert_eq!(world.number(marked).await, world.number(left).await);
    let rest = "UPDATE conversations SET status = 'archived', archived_from = 'draft'
        WHERE status <> 'archived' AND title <> 'Copy 7'";
    world.change(rest).await;
    world.examine().await;
    assert_eq!(world.number(marked).await, 0);
    assert_eq!(world.number("SELECT count(*) FROM near_duplicates").await, 0);
}

#[tokio::test]
async fn the_list_is_narrowed_by_marks_and_counts_them() {
    let mut world = World::new().await;
    let one = world.store("A", &text("a", 0, "")).await;
    world.store("B", &text("a", 5, "b")).await;
    world.store("C", &text("a", 12, "c")).await;
    world.store("D", &text("d", 0, "")).await;
    world.store("E", "My IBAN is DE89 3704 0044 0532 0130 00, my mail an@example.com.").await;
    world.store("F", "Write to bo@example.org.").await;
    world.examine().await;
    let alike = world.alike(world.ann, one).await.unwrap();
    let shown: Vec<_> =
        alike.alike.iter().map(|row| (row.conversation.title.as_str(), row.likeness)).collect();
    assert_eq!(shown, [("B", Likeness::NearlyTheSame), ("C", Likeness::Related)]);
    assert!(alike.examined && alike.alike[0].similarity > alike.alike[1].similarity);
    for (query, expected) in [
        (json!({"likeness": "nearly_the_same"}), "A B"),
        (json!({"likeness": "related"}), "C"),
        (json!({"likeness": "related,nearly_the_same"}), "A B C"),
        (json!({"alike": one}), "A B C"),
        (json!({"alike": one, "likeness": "related"}), "C"),
        (json!({"alike": Uuid::nil()}), ""),
        (json!({"finding": "iban"}), "E"),
        (json!({"finding": "email"}), "E F"),
        (json!({"finding": "iban,card,email"}), "E F"),
        (json!({"finding": "secret"}), ""),
        (json!({"proposed": true}), ""),
        (json!({"proposed": false}), "A B C D E F"),
    ] {
        assert_eq!(world.titles(query.clone()).await, expected, "{query}");
    }
    let counted = |facets: &[Facet]| -> String {
        let each = facets.iter().map(|facet| format!("{} {}", facet.label, facet.count));
        each.collect::<Vec<_>>().join(", ")
    };
    let request = request(world.ann);
    let all = world.service.facets(&request, &asked(json!({}))).await.unwrap();
    assert_eq!(counted(&all.likeness), "Nearly the same 2, Related 1");
    assert_eq!(counted(&all.finding), "E-mail address 2, IBAN 1");
    let narrowed = asked(json!({"finding": "iban", "likeness": "related"}));
    let narrowed = world.service.facets(&request, &narrowed).await.unwrap();
    assert_eq!((counted(&narrowed.likeness), counted(&narrowed.finding)), Default::default());
    assert_eq!(narrowed.among.count, 0);
    let by_finding = asked(json!({"finding": "iban"}));
    let by_finding = world.service.facets(&request, &by_finding).await.unwrap();
    assert_eq!(counted(&by_finding.finding), "E-mail address 2, IBAN 1", "not under itself");
}

#[tokio::test]
async fn strange_texts_are_examined_like_others() {
    let mut world = World::new().await;
    let long = "x".repeat(1_000_000);
    for answer in ["", "…", "🙂 \u{1}\u{202e} \u{202e}", "Привет, 世界", "'{}\\,\"", &long]
    {
        world.store("Odd", answer).await;
    }
    world
        .change("INSERT INTO conversations (title, tier) VALUES ('Without turns', 'template')")
        .await;
    assert_eq!((world.examine().await, world.examine().await), (7, 0));
    let empty = "SELECT count(*) FROM conversation_fingerprints
        WHERE signature IS NULL AND bands = '{}'";
    assert_eq!(world.number(empty).await, 5);
    assert_eq!(world.marks().await, [""; 0], "those without words are not alike");
}

#[tokio::test]
async fn a_conversation_that_somebody_holds_is_marked_later() {
    let mut world = World::new().await;
    for title in ["A", "B"] {
        world.store(title, &text("a", 0, "")).await;
    }
    let mut busy = world.test.role("service_role").await;
    run(&mut busy, "BEGIN; SELECT FROM conversations WHERE title = 'B' FOR UPDATE").await;
    world.examine().await;
    assert_eq!(world.marks().await, [""; 0]);
    run(&mut busy, "COMMIT; BEGIN; SELECT FROM conversations WHERE title = 'B' FOR NO KEY UPDATE")
        .await;
    world.examine().await;
    assert_eq!(world.marks().await, ["A nearly_the_same"]);
    run(&mut busy, "COMMIT").await;
    world.examine().await;
    assert_eq!(world.marks().await, ["A nearly_the_same", "B nearly_the_same"]);
}

#[tokio::test]
async fn an_opening_that_many_share_is_told_with_an_example() {
    let mut world = World::new().await;
    let opening = "Thank you, so much, for reaching out to";
    for number in 0..19 {
        let start =
            if number < 3 { opening.to_uppercase() } else { text(&number.to_string(), 0, "") };
        world.store("One", &format!("{start} us! {number}")).await;
    }
    world.examine().await;
    assert_eq!(world.openings(world.ann).await.openings, [], "too few to say anything");
    world.store("Last", &format!(" {opening} you.")).await;
    let foreign = world.eve;
    world.store_of("Eve's", opening, None, foreign).await;
    world.examine().await;
    let common = world.openings(world.ann).await.openings;
    assert_eq!(common.len(), 1, "{common:?}");
    assert_eq!((common[0].count, common[0].share), (4, 0.2));
    assert!(opening.eq_ignore_ascii_case(&common[0].opening), "{common:?}");
    let title =
        format!("SELECT title FROM conversations WHERE public_id = '{}'", common[0].example);
    let title = texts(&mut world.system, &title).await;
    assert!(["One", "Last"].contains(&title[0].as_str()), "{title:?}");
    assert_eq!(world.openings(foreign).await.openings, []);
}

#[tokio::test]
async fn what_only_moved_waits_while_a_bulk_job_changes_many() {
    let mut world = World::new().await;
    for title in ["A", "B"] {
        world.store(title, &text("a", 0, "")).await;
    }
    world.store("C", &text("c", 0, "")).await;
    world.examine().await;
    let both = ["A nearly_the_same", "B nearly_the_same"];
    assert_eq!(world.marks().await, both);
    world
        .change(
            "INSERT INTO bulk_jobs (action, state, lease_id, lease_until)
             VALUES ('{\"kind\": \"archive\"}', 'running', gen_random_uuid(),
               now() + interval '1 hour')",
        )
        .await;
    world
        .change(
            "UPDATE conversations SET status = 'archived', archived_from = 'generated'
             WHERE title = 'B'",
        )
        .await;
    world.edit("C", &text("a", 0, "")).await;
    assert_eq!(world.examine().await, 1, "what was edited does not wait");
    let now = ["A nearly_the_same", "B nearly_the_same", "C nearly_the_same"];
    assert_eq!(world.marks().await, now);
    // Claude may take hours.
    world.change("UPDATE bulk_jobs SET action = '{\"kind\": \"revise\"}'").await;
    world.examine().await;
    assert_eq!(world.marks().await, ["A nearly_the_same", "C nearly_the_same"]);
}
