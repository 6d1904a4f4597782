//! Saved views: whose they are, what becomes of them when people leave, and how many there can be.

use crate::support::{TestDatabase, run, texts};
use tokio::task::JoinSet;
use train::{
    api::saved_views::SavedViewRequest,
    domain::saved_views::{MOST_VIEWS, SavedView},
    server::{
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        saved_views::SavedViewService,
    },
};
use uuid::Uuid;

fn request(person: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id: person, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn view(name: &str, is_shared: bool) -> SavedViewRequest {
    SavedViewRequest {
        name: name.into(),
        query: "?scoreMax=6&after=x&limit=5".into(),
        columns: None,
        is_shared,
    }
}

/// Ann owns a team, Ben and Cem are members.
struct Team {
    test: TestDatabase,
    views: SavedViewService,
    ann: Uuid,
    ben: Uuid,
    cem: Uuid,
}

impl Team {
    async fn new() -> Self {
        let test = TestDatabase::new().await;
        let ann = test.account("Ann").await;
        let (ben, cem) = (test.account("Ben").await, test.account("Cem").await);
        test.organization("Team", &[(ann, "owner"), (ben, "member"), (cem, "member")]).await;
        let views = SavedViewService::new(test.database.clone());
        Self { test, views, ann, ben, cem }
    }

    async fn save(&self, person: Uuid, name: &str, is_shared: bool) -> SavedView {
        self.views.save(&request(person), view(name, is_shared)).await.unwrap()
    }

    async fn names(&self, person: Uuid) -> Vec<String> {
        let views = self.views.list(&request(person)).await.unwrap();
        views.into_iter().map(|view| view.name).collect()
    }

    async fn change(&self, sql: String) {
        run(&mut self.test.role("service_role").await, &sql).await;
    }
}

fn field(error: ServiceError) -> String {
    match error {
        ServiceError::Validation(fields) => fields[0].path.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_ones_are_for_all_members_and_changed_by_few() {
    let team = Team::new().await;
    let own = team.save(team.ben, "Mine", false).await;
    let shared = team.save(team.ben, "Weak", true).await;
    assert_eq!((shared.query.as_str(), shared.is_shared), ("scoreMax=6.0", true));
    assert_eq!(team.names(team.ben).await, ["Mine", "Weak"]);
    assert_eq!(team.names(team.cem).await, ["Weak"]);
    let seen = team.views.list(&request(team.cem)).await.unwrap();
    assert!(!seen[0].can_change && seen[0].author_name.as_deref() == Some("Ben"));

    let by_cem = team.views.change(&request(team.cem), shared.id, view("Other", true)).await;
    assert!(matches!(by_cem, Err(ServiceError::Forbidden(_))), "{by_cem:?}");
    let hidden = team.views.remove(&request(team.ann), own.id).await;
    assert!(matches!(hidden, Err(ServiceError::NotFound(_))), "{hidden:?}");
    let renamed = team.views.change(&request(team.ann), shared.id, view("Weakest", true)).await;
    assert_eq!(renamed.unwrap().author_name.as_deref(), Some("Ben"), "it stays the author's");

    // Only the author takes it back: a name that is taken is told to nobody else.
    team.save(team.ben, "Secret", false).await;
    for name in ["Weakest", "Secret"] {
        let refused = team.views.change(&request(team.ann), shared.id, view(name, false)).await;
        assert_eq!(field(refused.unwrap_err()), "isShared", "{name}");
    }
    team.views.change(&request(team.ben), shared.id, view("Weakest", false)).await.unwrap();
    assert_eq!(team.names(team.ben).await, ["Mine", "Secret", "Weakest"]);
    assert!(team.names(team.ann).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_unique_for_each_owner_whatever_their_case() {
    let team = Team::new().await;
    let own = team.save(team.ben, "Weak", false).await;
    team.save(team.ben, "weak", true).await;
    team.save(team.cem, "Weak", false).await;
    for is_shared in [false, true] {
        let twice = team.views.save(&request(team.ben), view("WEAK", is_shared)).await;
        assert_eq!(field(twice.unwrap_err()), "name");
    }
    let shared = team.views.change(&request(team.ben), own.id, view("Weak", true)).await;
    assert_eq!(field(shared.unwrap_err()), "name");
    let same = team.views.change(&request(team.ben), own.id, view("weak", false)).await;
    assert_eq!(same.unwrap().name, "weak");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shared_stays_when_its_author_goes() {
    let team = Team::new().await;
    team.save(team.ben, "Ben's own", false).await;
    let weak = team.save(team.ben, "Weak", true).await;
    team.change(format!("DELETE FROM organization_members WHERE user_id = '{}'", team.ben)).await;
    assert_eq!(team.names(team.ben).await, ["Ben's own"], "who left does not see it any more");
    let gone = team.views.remove(&request(team.ben), weak.id).await;
    assert!(matches!(gone, Err(ServiceError::NotFound(_))), "{gone:?}");
    assert_eq!(team.names(team.cem).await, ["Weak"]);

    let long = team.save(team.cem, "Long", true).await;
    team.save(team.cem, "Cem's own", false).await;
    team.change(format!("DELETE FROM auth.users WHERE id = '{}'", team.cem)).await;
    let left = "SELECT name FROM saved_views ORDER BY name";
    let left = texts(&mut team.test.role("service_role").await, left).await;
    assert_eq!(left, ["Ben's own", "Long", "Weak"]);
    // Nobody is left whose own they could be, so they become that of whoever takes them.
    for (id, name) in [(long.id, "Long"), (weak.id, "Weak")] {
        team.views.change(&request(team.ann), id, view(name, false)).await.unwrap();
    }
    assert_eq!(team.names(team.ann).await, ["Long", "Weak"]);
    let alone = team.views.save(&request(team.ben), view("Alone", true)).await;
    assert_eq!(field(alone.unwrap_err()), "isShared");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_room_for_fifty_also_when_several_are_saved_at_once() {
    let team = Team::new().await;
    team.change(format!(
        "INSERT INTO saved_views (created_by, name, query)
         SELECT '{}', 'View ' || number, '' FROM generate_series(1, {}) AS number",
        team.ben,
        MOST_VIEWS - 1
    ))
    .await;
    let mut tries = JoinSet::new();
    for index in 0..4 {
        let (views, ben) = (team.views.clone(), team.ben);
        tries.spawn(async move {
            views.save(&request(ben), view(&format!("New {index}"), false)).await.is_ok()
        });
    }
    let saved = tries.join_all().await.into_iter().filter(|saved| *saved).count();
    assert_eq!(saved, 1);
    let full = team.views.save(&request(team.ben), view("More", false)).await;
    assert_eq!(field(full.unwrap_err()), "");
    team.save(team.ben, "Shared ones are counted apart", true).await;
}
