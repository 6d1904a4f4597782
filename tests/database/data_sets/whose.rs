//! Whose data sets are, who changes them, and what becomes of them.

use super::{Team, all, halves, path, request, services, text, with};
use tokio::task::JoinSet;
use train::{
    api::data_sets::{DataSetPatch, DataSetRequest},
    domain::data_sets::MOST_DATA_SETS,
    server::foundation::error::ServiceError,
};
use uuid::Uuid;

impl Team {
    async fn names(&self, person: Uuid) -> Vec<String> {
        let sets = self.sets.list(&request(person)).await.unwrap();
        sets.into_iter().map(|set| set.name).collect()
    }

    async fn rename(&self, person: Uuid, set: Uuid, name: &str) -> Result<(), ServiceError> {
        let patch = DataSetPatch { name: Some(name.into()), ..DataSetPatch::default() };
        self.sets.update(&request(person), set, patch).await.map(drop)
    }

    async fn told(&self) -> Vec<String> {
        self.texts(
            "SELECT person.display_name || ': ' || told.title FROM notifications AS told
               JOIN auth.users AS person ON person.id = told.user_id ORDER BY 1",
        )
        .await
    }

    /// As if somebody had taken a file.
    async fn exported(&self, person: Uuid, version: Uuid) {
        self.change(&format!(
            "INSERT INTO exports (created_by, organization_id, version_id, options, file_name,
               total) VALUES ('{person}', '{}', '{version}', '{{}}', 'a.jsonl', 1)",
            self.id
        ))
        .await;
    }
}

fn is_hidden<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> bool {
    matches!(answer, Err(ServiceError::NotFound(_)))
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> bool {
    matches!(answer, Err(ServiceError::Forbidden(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_them_and_make_versions_and_few_change_them() {
    let team = Team::new().await;
    team.store(&[text("a", 0, "")]).await;
    let set = team.set(team.ben, "Answers").await;
    assert!(set.can_change && set.latest.is_none() && set.author_name.as_deref() == Some("Ben"));
    let version = team.version(team.cem, set.id, all("")).await.unwrap();
    assert!(version.can_change, "who made a version may remove it");
    for (person, can_change) in [(team.ann, true), (team.ben, true), (team.cem, false)] {
        let (view, versions) = team.sets.read(&request(person), set.id).await.unwrap();
        assert_eq!((view.can_change, versions.len()), (can_change, 1));
        assert_eq!(view.latest.unwrap(), versions[0]);
        assert_eq!(versions[0].author_name.as_deref(), Some("Cem"));
    }
    assert!(is_refused(team.rename(team.cem, set.id, "Mine").await));
    assert!(is_refused(team.sets.delete(&request(team.cem), set.id).await));
    team.rename(team.ann, set.id, "Better").await.unwrap();

    let id = version.summary.id;
    assert!(team.names(team.eve).await.is_empty());
    assert!(is_hidden(team.sets.read(&request(team.eve), set.id).await));
    assert!(is_hidden(team.sets.read_version(&request(team.eve), id).await));
    assert!(is_hidden(team.sets.compare(&request(team.eve), id, None).await));
    assert!(is_hidden(team.version(team.eve, set.id, all("")).await));
    assert!(is_hidden(team.sets.delete_version(&request(team.eve), id).await));

    // Who leaves sees nothing of it any more, and what they made stays without their name.
    team.change(&format!("DELETE FROM organization_members WHERE user_id = '{}'", team.cem)).await;
    assert!(team.names(team.cem).await.is_empty());
    assert!(is_hidden(team.sets.read_version(&request(team.cem), id).await));
    assert!(is_hidden(team.version(team.cem, set.id, all("")).await));
    let left = team.sets.read_version(&request(team.ben), id).await.unwrap();
    assert_eq!((left.summary.author_name, left.data_set_name.as_str()), (None, "Better"));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_unique_for_each_workspace_and_there_is_room_for_so_many() {
    let team = Team::new().await;
    let set = team.set(team.ben, "Answers").await;
    team.set(team.eve, "answers").await;
    let wanted = DataSetRequest { name: " ANSWERS ".into(), description: String::new() };
    assert_eq!(path(team.sets.create(&request(team.ann), wanted).await.unwrap_err()), "name");
    let other = team.set(team.ann, "Others").await;
    assert_eq!(path(team.rename(team.ann, other.id, "answers").await.unwrap_err()), "name");
    team.rename(team.ben, set.id, "answers").await.unwrap();
    assert_eq!(path(team.rename(team.ben, set.id, " ").await.unwrap_err()), "name");

    team.change(&format!(
        "INSERT INTO data_sets (created_by, organization_id, name)
         SELECT '{}', '{}', 'Set ' || number FROM generate_series(1, {}) AS number",
        team.ann,
        team.id,
        MOST_DATA_SETS - 3
    ))
    .await;
    let mut tries = JoinSet::new();
    for index in 0..3 {
        let (sets, ben) = (team.sets.clone(), team.ben);
        let wanted = DataSetRequest { name: format!("New {index}"), description: String::new() };
        tries.spawn(async move { sets.create(&request(ben), wanted).await.is_ok() });
    }
    assert_eq!(tries.join_all().await.into_iter().filter(|made| *made).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_made_at_once_have_different_numbers_and_agree_about_parts() {
    let team = Team::new().await;
    let given: Vec<_> = (0..40).map(|number| text(&format!("n{number}z"), 0, "")).collect();
    team.store(&given).await;
    team.conversations.examine().await.unwrap();
    let set = team.set(team.ann, "Answers").await;
    let other = services(&team.test.second_server().await).0;
    let mut tries = JoinSet::new();
    for (sets, person) in [(team.sets.clone(), team.ann), (other, team.ben)] {
        let id = set.id;
        tries.spawn(async move {
            sets.create_version(&request(person), id, with("", halves()), None).await.unwrap()
        });
    }
    let mut made = tries.join_all().await;
    made.sort_by_key(|version| version.summary.number);
    assert_eq!(made.iter().map(|own| own.summary.number).collect::<Vec<_>>(), [1, 2]);
    let parts = team.parts(made[0].summary.id).await;
    assert_eq!(team.parts(made[1].summary.id).await, parts);
    assert_eq!(parts.len(), 40);

    // A number is not given twice.
    team.sets.delete_version(&request(team.ann), made[1].summary.id).await.unwrap();
    let next = team.version(team.ann, set.id, with("", halves())).await.unwrap();
    assert_eq!(next.summary.number, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_made_or_took_something_is_told_when_another_removes_it() {
    let team = Team::new().await;
    team.store(&[text("a", 0, "")]).await;
    let set = team.set(team.ben, "Answers").await;
    let first = team.version(team.ben, set.id, all("")).await.unwrap().summary.id;
    let second = team.version(team.cem, set.id, all("")).await.unwrap().summary.id;
    team.exported(team.ann, first).await;
    assert!(is_refused(team.sets.delete_version(&request(team.cem), first).await));
    team.sets.delete_version(&request(team.ben), second).await.unwrap();
    assert_eq!(team.told().await, ["Cem: Ben removed version 2 of the data set “Answers”"]);
    assert!(is_hidden(team.sets.read_version(&request(team.cem), second).await));
    assert_eq!(team.number("SELECT count(*) FROM selections").await, 1);
    assert_eq!(team.number("SELECT count(*) FROM selection_items").await, 1);

    team.change("DELETE FROM notifications").await;
    team.exported(team.cem, first).await;
    team.sets.delete(&request(team.ann), set.id).await.unwrap();
    let title = "Ann removed the data set “Answers”";
    assert_eq!(team.told().await, [format!("Ben: {title}"), format!("Cem: {title}")]);
    assert_eq!(team.number("SELECT count(*) FROM selections").await, 0);
    assert_eq!(team.number("SELECT count(*) FROM data_set_members").await, 0);
    assert_eq!(team.number("SELECT count(*) FROM exports").await, 2, "the log stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_with_an_account_or_an_organization_leaves_nothing_behind() {
    let team = Team::new().await;
    team.store(&[text("a", 0, "")]).await;
    team.store_of(&[text("b", 0, "")], None, team.eve).await;
    let (ours, own) = (team.set(team.ben, "Ours").await, team.set(team.eve, "Own").await);
    let version = team.version(team.ben, ours.id, all("")).await.unwrap();
    team.version(team.eve, own.id, all("")).await.unwrap();
    for person in [team.eve, team.ben] {
        team.change(&format!("DELETE FROM auth.users WHERE id = '{person}'")).await;
    }
    assert_eq!(team.texts("SELECT name FROM data_sets").await, ["Ours"]);
    let left = team.sets.read_version(&request(team.ann), version.summary.id).await.unwrap();
    assert_eq!((left.summary.author_name, left.gone), (None, 0));
    // A young one may be in the making.
    assert_eq!(team.sets.tidy().await.unwrap(), 0);
    team.change("UPDATE selections SET created_at = now() - interval '2 hours'").await;
    assert_eq!(team.sets.tidy().await.unwrap(), 1);

    team.change("DELETE FROM conversations").await;
    let left = team.sets.read_version(&request(team.ann), version.summary.id).await.unwrap();
    assert_eq!(left.gone, 1);
    let changed = team.sets.compare(&request(team.ann), version.summary.id, None).await.unwrap();
    assert_eq!((changed.added, &changed.rows[0].title), (1, &None));
    team.change(&format!("DELETE FROM organizations WHERE id = '{}'", team.id)).await;
    assert_eq!(team.sets.tidy().await.unwrap(), 1);
    assert_eq!(team.number("SELECT count(*) FROM selection_items").await, 0);
}
