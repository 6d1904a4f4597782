//! Lists of conversations: whose they are, every filter, every order page by page while others
//! write, and what they can be narrowed by.

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use train::{
    domain::conversations::{
        ConversationPage, ConversationQuery, ConversationRow, Count, Direction, Facet,
        FacetsAnswer, SortKey, Status,
    },
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

const STORE: &str = "
    INSERT INTO conversations (organization_id, created_by, public_id, title, persona, emotion,
      topic, tier, status, archived_from, categories, quality_score, turn_count, training_tokens,
      gate_failures, turns, created_at)
    SELECT given.organization, given.author,
      coalesce(given.name, left(replace(gen_random_uuid()::text, '-', ''), 12)), given.title,
      coalesce(given.persona, ''), coalesce(given.emotion, ''), coalesce(given.topic, ''),
      coalesce(given.tier, 'template'), coalesce(given.status, 'generated'),
      CASE WHEN given.status = 'archived' THEN 'generated' END, coalesce(given.tags, '{}'),
      given.score, 2, coalesce(given.tokens, 0), coalesce(given.gate, '[]'),
      jsonb_build_array(jsonb_build_object('role', 'user', 'content', coalesce(given.said, ''))),
      coalesce(given.made, now())
    FROM jsonb_to_recordset($1) AS given (organization uuid, author uuid, name text, title text,
      persona text, emotion text, topic text, tier text, status text, tags text[], score numeric,
      tokens integer, gate jsonb, said text, made timestamptz)";

/// Ann and Ben are colleagues, Eve is of another organization.
struct World {
    test: TestDatabase,
    service: ConversationService,
    organization: Uuid,
    ann: Uuid,
    ben: Uuid,
    eve: Uuid,
}

impl World {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let (ann, ben) = (test.account("Ann").await, test.account("Ben").await);
        let eve = test.account("Eve").await;
        let organization = test.organization("Ours", &[(ann, "owner"), (ben, "member")]).await;
        test.organization("Theirs", &[(eve, "owner")]).await;
        let database = test.database.clone();
        let preferences = PreferenceService::new(database.clone(), database.events().clone());
        let notifications = NotificationService::new(database.clone(), false);
        let service = ConversationService::new(database, preferences, notifications);
        Self { test, service, organization, ann, ben, eve }
    }

    /// Stores conversations, Ann's of the organization unless they say otherwise.
    async fn store(&self, rows: &[Value]) {
        let whole = rows.iter().map(|row| {
            let mut whole = json!({"organization": self.organization, "author": self.ann});
            let own = row.as_object().unwrap().clone();
            whole.as_object_mut().unwrap().extend(own);
            whole
        });
        let rows = Value::Array(whole.collect());
        sqlx::query(STORE).bind(rows).execute(self.test.database.pool()).await.unwrap();
    }

    async fn list(&self, person: Uuid, query: Value) -> Result<ConversationPage, ServiceError> {
        self.service.list(&request(person, Role::Member), &asked(query)).await
    }

    /// The titles that Ann's list has, in the order of the alphabet.
    async fn titles(&self, query: Value) -> Vec<String> {
        let page = self.list(self.ann, query.clone()).await.unwrap();
        let titles: BTreeSet<_> = page.conversations.iter().map(title).collect();
        let count = i64::try_from(page.conversations.len()).unwrap();
        assert_eq!(page.count, Count { count, is_more: false }, "{query}");
        titles.into_iter().collect()
    }

    async fn count(&self, query: Value) -> Count {
        self.list(self.ann, query).await.unwrap().count
    }

    async fn facets(&self, query: Value) -> FacetsAnswer {
        self.service.facets(&request(self.ann, Role::Member), &asked(query)).await.unwrap()
    }

    /// The field that is wrong.
    async fn wrong(&self, query: Value) -> String {
        match self.list(self.ann, query.clone()).await {
            Err(ServiceError::Validation(fields)) => {
                assert!(fields[0].message.ends_with('.'), "{}", fields[0].message);
                fields[0].path.clone()
            }
            other => panic!("{query}: {other:?}"),
        }
    }
}

fn request(user_id: Uuid, role: Role) -> RequestContext {
    let actor = Some(Actor { user_id, role, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn asked(query: Value) -> ConversationQuery {
    serde_json::from_value(query).unwrap()
}

fn title(row: &ConversationRow) -> String {
    row.title.clone()
}

#[tokio::test]
async fn a_list_has_ones_own_and_the_organizations_and_nobody_elses() {
    let world = World::new().await;
    let World { ann, ben, eve, .. } = world;
    let admin = world.test.administrator("Admin").await;
    let gone = world.test.account("Gone").await;
    world
        .store(&[
            json!({"title": "Ann's shared"}),
            json!({"title": "Ben's shared", "author": ben}),
            json!({"title": "Gone's shared", "author": gone}),
            json!({"title": "Ann's private", "organization": null}),
            json!({"title": "Ben's private", "organization": null, "author": ben}),
            json!({"title": "Eve's private", "organization": null, "author": eve}),
            json!({"title": "Admin's private", "organization": null, "author": admin}),
        ])
        .await;
    let mut service = world.test.role("service_role").await;
    run(&mut service, &format!("DELETE FROM auth.users WHERE id = '{gone}'")).await;
    let all = ["Ann's private", "Ann's shared", "Ben's shared", "Gone's shared"];
    assert_eq!(world.titles(json!({})).await, all);
    let page = world.list(ann, json!({})).await.unwrap();
    let author = |title: &str| {
        let row = page.conversations.iter().find(|row| row.title == title).unwrap();
        (row.created_by, row.author_name.as_deref())
    };
    assert_eq!(author("Ben's shared"), (Some(ben), Some("Ben")));
    assert_eq!(author("Gone's shared"), (None, None));
    let page = world.list(eve, json!({})).await.unwrap();
    assert_eq!(page.conversations.iter().map(title).collect::<Vec<_>>(), ["Eve's private"]);
    let page = world.service.list(&request(admin, Role::Admin), &asked(json!({}))).await.unwrap();
    assert_eq!(page.conversations.iter().map(title).collect::<Vec<_>>(), ["Admin's private"]);

    // What is searched is not wider than what is listed.
    world.service.index().await.unwrap();
    let words = "SELECT count(*)::text FROM search_conversations('private', NULL)";
    for (person, found) in [(ann, "1"), (ben, "1"), (eve, "1"), (admin, "1")] {
        assert_eq!(texts(&mut world.test.person(person).await, words).await, [found]);
    }
    assert_eq!(texts(&mut world.test.role("authenticated").await, words).await, ["0"]);
    run(&mut service, &format!("DELETE FROM organization_members WHERE user_id = '{ann}'")).await;
    assert_eq!(world.titles(json!({})).await, ["Ann's private"]);
}

#[tokio::test]
async fn every_filter_narrows() {
    let world = World::new().await;
    let broken = json!([{"rule": "too_few_turns"}]);
    world
        .store(&[
            json!({"title": "A", "tier": "scenario", "status": "approved", "score": 8.3,
                "persona": "50%_\\ sure", "emotion": "Calm", "topic": "Loans", "tags": ["x", "y"],
                "tokens": 101, "made": "2026-01-01T00:00:00Z", "name": "name-of-a"}),
            json!({"title": "B", "status": "pending_review", "score": 7.2, "persona": "50",
                "tokens": 100, "author": world.ben, "gate": broken, "tags": ["x"],
                "made": "2026-02-01T00:00:00Z"}),
            json!({"title": "C", "tier": "edge_case", "status": "failed", "gate": broken,
                "organization": null, "made": "2026-03-01T00:00:00Z"}),
            json!({"title": "D", "status": "archived", "score": 9, "tier": "scenario"}),
        ])
        .await;
    let cases = [
        (json!({}), "A B C"),
        (json!({"tier": "scenario,edge_case"}), "A C"),
        (json!({"tier": "template"}), "B"),
        (json!({"status": "approved,failed"}), "A C"),
        (json!({"status": "archived"}), "D"),
        (json!({"status": "archived,approved"}), "A D"),
        (json!({"scoreMin": 8.3}), "A"),
        (json!({"scoreMin": 7.15}), "A B"),
        (json!({"scoreMin": 7.25}), "A"),
        (json!({"scoreMax": 7.2}), "B"),
        (json!({"scoreMax": 7.15}), ""),
        (json!({"scoreMin": 0, "scoreMax": 10}), "A B"),
        (json!({"trainable": true}), "A"),
        (json!({"trainable": false}), "B C"),
        (json!({"tokensOver": 100}), "A"),
        (json!({"persona": "50%_\\ sure"}), "A"),
        (json!({"persona": "50%"}), ""),
        (json!({"persona": "__"}), ""),
        (json!({"persona": "50"}), "B"),
        (json!({"persona": "", "text": " "}), "A B C"),
        (json!({"emotion": "Calm"}), "A"),
        (json!({"topic": "loans"}), ""),
        (json!({"topic": "Loans"}), "A"),
        (json!({"tag": "x"}), "A B"),
        (json!({"tag": "y"}), "A"),
        (json!({"author": world.ben}), "B"),
        (json!({"author": world.eve}), ""),
        (json!({"from": "2026-02-01T00:00:00Z"}), "B C"),
        (json!({"to": "2026-02-01T00:00:00Z"}), "A"),
        (json!({"tag": "x", "trainable": false, "scoreMin": 7}), "B"),
        (json!({"text": "name-of-a"}), "A"),
        (json!({"text": "name-of-a", "tag": "z"}), ""),
    ];
    for (query, expected) in cases {
        assert_eq!(world.titles(query.clone()).await.join(" "), expected, "{query}");
    }
    for (query, path) in [
        (json!({"limit": 0}), "limit"),
        (json!({"limit": 101}), "limit"),
        (json!({"scoreMin": -0.1}), "scoreMin"),
        (json!({"persona": "a\0b"}), "persona"),
        (json!({"tag": "x".repeat(201)}), "tag"),
        (json!({"from": "0001-01-01T00:00:00Z"}), "from"),
    ] {
        assert_eq!(world.wrong(query).await, path);
    }
}

#[tokio::test]
async fn texts_are_found_by_their_words() {
    let world = World::new().await;
    world
        .store(&[
            json!({"title": "A mortgage", "said": "Is a fixed rate better?"}),
            json!({"title": "B", "topic": "Mortgages", "said": "100% of what I have, snake_case"}),
            json!({"title": "C", "said": "Something else"}),
            json!({"title": "D mortgage", "author": world.eve, "organization": null}),
        ])
        .await;
    assert_eq!(world.titles(json!({"text": "mortgage"})).await, [""; 0], "not yet searchable");
    assert_eq!(world.service.index().await.unwrap(), 4);
    let sql = "SELECT id::text FROM conversations WHERE title = 'C'";
    let id = texts(&mut world.test.role("service_role").await, sql).await.remove(0);
    let cases = [
        ("mortgage", "A mortgage,B"),
        ("MORTGAGES  fixed", "A mortgage"),
        ("mortgage -fixed", "B"),
        ("\"fixed rate\"", "A mortgage"),
        ("\"rate fixed\"", ""),
        ("nothing or else", "C"),
        ("100%", "B"),
        ("snake_case", "B"),
        ("mort%", ""),
        ("%", ""),
        ("_", ""),
        ("\\", ""),
        ("%_\\", ""),
        ("'", ""),
        ("\"", ""),
        ("the", ""),
        ("!& | (", ""),
        (id.as_str(), "C"),
    ];
    for (text, expected) in cases {
        assert_eq!(world.titles(json!({"text": text})).await.join(","), expected, "{text}");
    }
    assert_eq!(world.titles(json!({"text": "ü".repeat(200)})).await, [""; 0]);
    for text in ["x".repeat(201), "x ".repeat(5_000), "a\0b".to_owned()] {
        assert_eq!(world.wrong(json!({"text": text})).await, "text");
    }
}

/// Forty conversations of both workspaces with many ties, some without a score.
const TIES: &str = "
    INSERT INTO conversations (organization_id, created_by, title, tier, status, quality_score,
      turn_count, training_tokens, created_at, updated_at)
    SELECT CASE WHEN number % 3 > 0 THEN $1::uuid END, $2, $3, 'template', 'generated',
      CASE WHEN number % 5 > 0 THEN number % 4 END, number % 3, number % 4 * 100,
      '2026-01-01'::timestamptz + number % 6 * interval '1 second',
      '2026-02-01'::timestamptz + number % 7 * interval '1 microsecond'
    FROM generate_series($4::integer, $5::integer) AS number";

impl World {
    async fn tied(&self, title: &str, numbers: (i32, i32)) {
        sqlx::query(TIES)
            .bind(self.organization)
            .bind(self.ann)
            .bind(title)
            .bind(numbers.0)
            .bind(numbers.1)
            .execute(self.test.database.pool())
            .await
            .unwrap();
    }

    /// Walks on from a page, to its end or, backwards, to the beginning, while others write. The
    /// pages come in the order of the walk.
    async fn walk(
        &self,
        order: &Value,
        from: ConversationPage,
        way: &str,
    ) -> Vec<ConversationPage> {
        let mut pages = vec![from];
        loop {
            let last = pages.last().unwrap();
            let place = if way == "after" { &last.next_after } else { &last.previous_before };
            let Some(place) = place else { return pages };
            assert!(!last.conversations.is_empty() && pages.len() < 60);
            let number = i32::try_from(pages.len()).unwrap() * 2;
            let mut query = order.clone();
            query[way] = json!(place);
            self.tied("Late", (number, number + 1)).await;
            pages.push(self.list(self.ann, query).await.unwrap());
        }
    }
}

/// The first rows that were there, in the order in which they were shown; each row once.
fn shown<'a>(pages: impl Iterator<Item = &'a ConversationPage>) -> Vec<String> {
    let rows: Vec<_> = pages.flat_map(|page| &page.conversations).collect();
    let ids: BTreeSet<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows.len(), "a row came twice");
    rows.iter().filter(|row| row.title == "First").map(|row| row.id.to_string()).collect()
}

#[tokio::test]
async fn pages_in_every_order_have_each_row_once_while_others_write() {
    let world = World::new().await;
    world.tied("First", (1, 40)).await;
    let mut service = world.test.role("service_role").await;
    let columns = ["created_at", "updated_at", "score_tenths", "turn_count", "training_tokens"];
    for (sort, column) in SortKey::ALL.into_iter().zip(columns) {
        for direction in Direction::ALL {
            let sql = format!(
                "SELECT id::text FROM conversations WHERE title = 'First'
                    ORDER BY {column} {direction}, id {direction}"
            );
            let expected = texts(&mut service, &sql).await;
            let order = json!({"sort": sort, "direction": direction, "limit": 7});
            let first = world.list(world.ann, order.clone()).await.unwrap();
            assert_eq!(first.previous_before, None);
            let mut pages = world.walk(&order, first, "after").await;
            assert_eq!(shown(pages.iter()), expected, "{order}");
            let back = world.walk(&order, pages.pop().unwrap(), "before").await;
            assert_eq!(shown(back.iter().rev()), expected, "{order}, backwards");
            run(&mut service, "DELETE FROM conversations WHERE title = 'Late'").await;
        }
    }
}

#[tokio::test]
async fn a_place_in_a_list_holds_without_its_row_and_in_its_order_only() {
    let world = World::new().await;
    let rows = [("A", 9), ("B", 8), ("C", 7)];
    world.store(&rows.map(|(title, score)| json!({"title": title, "score": score}))).await;
    let by_score = json!({"sort": "score", "limit": 2});
    let with = |way: &str, place: &Option<String>| {
        let mut query = by_score.clone();
        query[way] = json!(place);
        query
    };
    let first = world.list(world.ann, by_score.clone()).await.unwrap();
    assert_eq!(first.conversations.iter().map(title).collect::<Vec<_>>(), ["A", "B"]);
    let after = first.next_after;
    let last = world.list(world.ann, with("after", &after)).await.unwrap();
    assert_eq!((last.conversations.len(), &last.next_after), (1, &None));
    let mut service = world.test.role("service_role").await;
    run(&mut service, "DELETE FROM conversations WHERE title = 'C'").await;
    let empty = world.list(world.ann, with("after", &after)).await.unwrap();
    assert_eq!((empty.conversations.len(), &empty.next_after), (0, &None));
    let before = world.list(world.ann, with("before", &empty.previous_before)).await.unwrap();
    assert_eq!(before.conversations.iter().map(title).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!((&before.next_after, &before.previous_before), (&None, &None));
    run(&mut service, "DELETE FROM conversations").await;
    let nothing = world.list(world.ann, with("after", &after)).await.unwrap();
    assert_eq!(nothing, ConversationPage::default());

    let other = json!({"sort": "turns", "after": after});
    assert_eq!(world.wrong(other).await, "after");
    assert_eq!(
        world.wrong(json!({"sort": "score", "direction": "asc", "before": after})).await,
        "before"
    );
    for broken in ["", "x", "score.desc.84", "score.desc.84.nobody", "../..", "\0"] {
        assert_eq!(world.wrong(with("after", &Some(broken.into()))).await, "after", "{broken}");
    }
    let both = json!({"sort": "score", "after": after, "before": after});
    assert_eq!(world.wrong(both).await, "before");
}

/// As many as are counted, and fifty more, the last of them the newest.
const MANY: &str = "
    INSERT INTO conversations (organization_id, created_by, title, persona, tier, status,
      archived_from, created_at)
    SELECT $1, $2, 'Common ' || number, 'P' || lpad((number % 40)::text, 2, '0'), 'template',
      CASE WHEN number = 1 THEN 'archived' ELSE 'generated' END,
      CASE WHEN number = 1 THEN 'generated' END, now() - (10051 - number) * interval '1 second'
    FROM generate_series(1, 10051) AS number";

#[tokio::test]
async fn many_are_counted_up_to_a_bound_and_their_text_is_found_all_the_same() {
    let world = World::new().await;
    sqlx::query(MANY)
        .bind(world.organization)
        .bind(world.ann)
        .execute(world.test.database.pool())
        .await
        .unwrap();
    let bounded = Count { count: 10_000, is_more: true };
    let exact = |count| Count { count, is_more: false };
    assert_eq!(world.count(json!({})).await, bounded);
    assert_eq!(world.count(json!({"exact": true})).await, exact(10_050));
    assert_eq!(world.count(json!({"status": "archived"})).await, exact(1));
    let all = world.facets(json!({})).await;
    assert_eq!((all.among, all.status[0].count), (bounded, 10_000));
    // The most frequent thirty of forty, equally frequent ones by their names.
    let personas: Vec<_> = all.persona.iter().map(|facet| (facet.count, &*facet.value)).collect();
    assert_eq!((personas.len(), personas[0], personas[29]), (30, (250, "P00"), (250, "P29")));

    world.service.index().await.unwrap();
    let common = json!({"text": "common", "limit": 2});
    let page = world.list(world.ann, common.clone()).await.unwrap();
    let titles: Vec<_> = page.conversations.iter().map(title).collect();
    assert_eq!((page.count, titles.join(",").as_str()), (bounded, "Common 10051,Common 10050"));
    let mut next = common.clone();
    next["after"] = json!(page.next_after);
    let next = world.list(world.ann, next).await.unwrap();
    assert_eq!(next.conversations[0].title, "Common 10049");
    assert_eq!(world.count(json!({"text": "common", "exact": true})).await, exact(10_050));
    assert_eq!(world.count(json!({"text": "common", "persona": "P07"})).await, exact(252));
    assert_eq!(world.facets(json!({"text": "common"})).await.among, bounded);
    assert_eq!(world.facets(json!({"text": "common 77"})).await.among, exact(1));
}

#[tokio::test]
async fn each_filter_is_counted_under_the_others_and_not_under_itself() {
    let world = World::new().await;
    let broken = json!([{"rule": "too_few_turns"}]);
    world
        .store(&[
            json!({"title": "A", "tier": "scenario", "status": "approved", "persona": "Nurse",
                "tags": ["x", "y"]}),
            json!({"title": "B", "tier": "scenario", "status": "failed", "persona": "Nurse",
                "author": world.ben, "gate": broken}),
            json!({"title": "C", "status": "approved", "persona": "Pilot", "tags": ["y"]}),
            json!({"title": "D", "status": "archived", "persona": "Pilot", "organization": null}),
            json!({"title": "E", "persona": "Pilot", "author": world.eve, "organization": null}),
        ])
        .await;
    let text = |facets: &[Facet]| -> String {
        let each = facets.iter().map(|facet| format!("{} {}", facet.label, facet.count));
        each.collect::<Vec<_>>().join(", ")
    };
    let all = world.facets(json!({})).await;
    assert_eq!(all.among, Count { count: 3, is_more: false });
    assert_eq!(text(&all.status), "Approved 2, Failed 1");
    assert_eq!(text(&all.tier), "Template 1, Scenario 2", "in the order of the words");
    assert_eq!(text(&all.trainable), "Trainable 2, Not trainable 1");
    assert_eq!(text(&all.persona), "Nurse 2, Pilot 1");
    assert_eq!((text(&all.emotion), text(&all.topic)), (String::new(), String::new()));
    assert_eq!(text(&all.tag), "y 2, x 1");
    assert_eq!(text(&all.author), "Ann 2, Ben 1");
    assert_eq!(all.author[1].value, world.ben.to_string());
    assert_eq!((&*all.trainable[1].value, &*all.status[0].value), ("false", "approved"));

    let narrowed = world.facets(json!({"tier": "scenario", "persona": "Nurse", "tag": "y"})).await;
    assert_eq!(narrowed.among.count, 1);
    assert_eq!(text(&narrowed.status), "Approved 1");
    assert_eq!(text(&narrowed.tier), "Scenario 1", "under the persona and the tag");
    assert_eq!(text(&narrowed.persona), "Nurse 1", "under the tier and the tag");
    assert_eq!(text(&narrowed.tag), "x 1, y 1", "under the tier and the persona");
    let archived = world.facets(json!({"status": "archived"})).await;
    assert_eq!(text(&archived.status), "Approved 2, Failed 1, Archived 1");
    assert_eq!((text(&archived.persona), archived.among.count), ("Pilot 1".to_owned(), 1));

    // Whoever left has no name here any more.
    let mut service = world.test.role("service_role").await;
    let left = format!("DELETE FROM organization_members WHERE user_id = '{}'", world.ben);
    run(&mut service, &left).await;
    assert_eq!(text(&world.facets(json!({})).await.author), "Ann 2, Somebody who left 1");
    let counts = world.service.counts(&request(world.ann, Role::Member)).await.unwrap();
    let by_status: Vec<_> = counts.by_status.iter().map(|it| (it.status, it.count)).collect();
    assert_eq!((counts.total, by_status), (3, vec![(Status::Approved, 2), (Status::Failed, 1)]));
}

#[tokio::test]
async fn turns_are_looked_at_when_they_are_written() {
    let world = World::new().await;
    world.store(&[json!({"title": "A"})]).await;
    for turns in ["{}", "[{\"role\": \"system\", \"content\": \"x\"}]", "[{\"role\": \"user\"}]"] {
        for sql in [
            "INSERT INTO conversations (tier, turns) VALUES ('template', $1::jsonb)",
            "UPDATE conversations SET turns = $1::jsonb",
        ] {
            let pool = world.test.database.pool();
            let error = sqlx::query(sql).bind(turns).execute(pool).await.unwrap_err();
            let error = error.as_database_error().unwrap();
            assert_eq!(error.code().as_deref(), Some("23514"), "{sql}: {turns}");
            assert_eq!(error.constraint(), Some("conversations_turns_check"));
        }
    }
}
