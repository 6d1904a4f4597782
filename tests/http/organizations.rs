//! Organizations: who may do what to whom, and that one is never without an owner.

use super::app::{App, Client, join};
use serde_json::{Value, json};

struct Team<'a> {
    path: String,
    owner: Client<'a>,
    admin: Client<'a>,
    member: Client<'a>,
    stranger: Client<'a>,
}

async fn id(person: &Client<'_>) -> String {
    person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

async fn team(app: &App) -> Team<'_> {
    let owner = app.signed_up("Owner").await;
    let organization = owner.get("/api/organizations").await.body["organizations"][0].clone();
    let path = format!("/api/organizations/{}", organization["id"].as_str().unwrap());
    let (admin, member) = (app.signed_up("Admin").await, app.signed_up("Member").await);
    join(&owner, &admin, "admin").await;
    join(&owner, &member, "member").await;
    Team { path, owner, admin, member, stranger: app.signed_up("Stranger").await }
}

impl Team<'_> {
    fn members(&self) -> String {
        format!("{}/members", self.path)
    }

    async fn of(&self, person: &Client<'_>) -> String {
        format!("{}/members/{}", self.path, id(person).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_listed_for_those_who_manage() {
    let app = App::new().await;
    let team = team(&app).await;
    for person in [&team.owner, &team.admin] {
        let list = person.get(&team.members()).await;
        list.assert_ok();
        let roles: Vec<&Value> =
            list.body["members"].as_array().unwrap().iter().map(|member| &member["role"]).collect();
        assert_eq!(roles, ["admin", "member", "owner"]);
    }
    team.member.get(&team.members()).await.assert_failure(403, "forbidden");
    team.stranger.get(&team.members()).await.assert_failure(404, "not_found");
    app.browser().get(&team.members()).await.assert_failure(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_is_for_those_who_manage() {
    let app = App::new().await;
    let team = team(&app).await;
    let name = || json!({"name": "Annotation"});
    team.admin.patch(&team.path, name()).await.assert_ok();
    team.member.patch(&team.path, name()).await.assert_failure(403, "forbidden");
    team.stranger.patch(&team.path, name()).await.assert_failure(404, "not_found");
    assert_eq!(team.owner.patch(&team.path, json!({"name": "\n"})).await.paths(), ["name"]);
    assert_eq!(
        team.member.get("/api/organizations").await.body["organizations"][0]["name"],
        "Annotation"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_makes_one_organization() {
    let app = App::new().await;
    let team = team(&app).await;
    team.stranger.post("/api/organizations", json!({"name": "Elsewhere"})).await.assert_ok();
    for person in [&team.stranger, &team.member] {
        let again = person.post("/api/organizations", json!({"name": "Another"})).await;
        again.assert_failure(409, "already_member");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_changed_by_those_above() {
    let app = App::new().await;
    let team = team(&app).await;
    let role = |role: &str| json!({"role": role});
    let (owner, admin, member) =
        (team.of(&team.owner).await, team.of(&team.admin).await, team.of(&team.member).await);
    team.member.patch(&member, role("admin")).await.assert_failure(403, "forbidden");
    team.admin.patch(&member, role("owner")).await.assert_failure(403, "forbidden");
    team.admin.patch(&owner, role("member")).await.assert_failure(403, "forbidden");
    team.stranger.patch(&member, role("member")).await.assert_failure(404, "not_found");
    team.admin.patch(&member, role("admin")).await.assert_ok();
    team.owner.patch(&admin, role("member")).await.assert_ok();
    team.owner
        .patch(&team.of(&team.stranger).await, role("member"))
        .await
        .assert_failure(404, "not_found");
    assert_eq!(team.owner.patch(&member, role("king")).await.paths(), ["role"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_neither_leaves_nor_steps_down() {
    let app = App::new().await;
    let team = team(&app).await;
    let (owner, admin) = (team.of(&team.owner).await, team.of(&team.admin).await);
    team.owner.delete(&owner).await.assert_failure(409, "last_owner");
    team.owner.patch(&owner, json!({"role": "admin"})).await.assert_failure(409, "last_owner");
    let delete = json!({"password": super::app::PASSWORD});
    // The administrator's account is refused for another reason first; another owner's is not.
    team.owner.patch(&admin, json!({"role": "owner"})).await.assert_ok();
    team.owner.delete(&owner).await.assert_ok();
    assert_eq!(team.owner.get("/api/organizations").await.body["organizations"], json!([]));
    let answer = team.admin.json(http::Method::DELETE, "/api/auth/account", delete).await;
    answer.assert_failure(409, "last_owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_leave_in_the_same_moment_leave_one() {
    let app = App::new().await;
    let team = team(&app).await;
    let (owner, admin) = (team.of(&team.owner).await, team.of(&team.admin).await);
    team.owner.patch(&admin, json!({"role": "owner"})).await.assert_ok();
    let (first, second) = tokio::join!(team.owner.delete(&owner), team.admin.delete(&admin));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_leave_and_are_removed() {
    let app = App::new().await;
    let team = team(&app).await;
    let (owner, admin, member) =
        (team.of(&team.owner).await, team.of(&team.admin).await, team.of(&team.member).await);
    team.member.delete(&admin).await.assert_failure(403, "forbidden");
    team.admin.delete(&owner).await.assert_failure(403, "forbidden");
    team.stranger.delete(&member).await.assert_failure(404, "not_found");
    team.member.delete(&member).await.assert_ok();
    assert_eq!(team.member.get("/api/organizations").await.body["organizations"], json!([]));
    team.owner.delete(&member).await.assert_failure(404, "not_found");
    team.owner.delete(&admin).await.assert_ok();
    team.admin.get(&team.members()).await.assert_failure(404, "not_found");
    assert_eq!(team.owner.get(&team.members()).await.body["members"].as_array().unwrap().len(), 1);
}

/// The titles of what somebody was told, the newest first.
async fn told(person: &Client<'_>) -> Vec<String> {
    let answer = person.get("/api/notifications").await;
    let list = answer.body["notifications"].as_array().unwrap();
    list.iter().map(|told| told["title"].as_str().unwrap().to_owned()).collect()
}

/// Whoever acts manages the defaults too, and could switch the notice of it off.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_1_what_an_organization_does_to_people_is_told_whatever_its_defaults_say() {
    let app = App::new().await;
    let team = team(&app).await;
    let silent = json!({"notifications": {"inApp": false, "toast": false, "email": false,
        "categories": {"systemAlerts": false}}});
    team.owner.patch(&format!("{}/preference-defaults", team.path), silent).await.assert_ok();
    let (member, name) = (team.of(&team.member).await, json!({"name": "Crew"}));
    team.owner.patch(&member, json!({"role": "admin"})).await.assert_ok();
    team.owner.patch(&team.path, name).await.assert_ok();
    team.owner.delete(&member).await.assert_ok();
    let titles = told(&team.member).await;
    for (title, begins) in titles.iter().zip(["You were removed", "“Owner", "You are an admin"]) {
        assert!(title.starts_with(begins), "{titles:?}");
    }
    assert_eq!(titles.len(), 4, "the first is the invitation: {titles:?}");

    // What people chose themselves holds.
    let own = json!({"notifications": {"categories": {"systemAlerts": false}}});
    team.admin.patch("/api/user-preferences", own).await.assert_ok();
    let before = told(&team.admin).await;
    team.owner.delete(&team.of(&team.admin).await).await.assert_ok();
    assert_eq!(told(&team.admin).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_1_an_account_that_is_deleted_is_told_as_leaving() {
    let app = App::new().await;
    let team = team(&app).await;
    let delete = json!({"password": super::app::PASSWORD});
    let done = team.member.json(http::Method::DELETE, "/api/auth/account", delete).await;
    done.assert_ok();
    for manager in [&team.owner, &team.admin] {
        assert!(told(manager).await[0].starts_with("Member left"), "{:?}", told(manager).await);
    }
}
