//! Which index is called superfluous beside which: only one whose removal loses nothing.

use crate::support::{TestDatabase, run};
use std::collections::BTreeMap;
use train::{
    domain::database::IndexQuery,
    server::{
        database::health::HealthService,
        foundation::context::{Actor, RequestContext, Role, Source},
    },
};
use uuid::Uuid;

/// What each index of the table `ruled` is said to repeat.
async fn duplicates(test: &TestDatabase) -> BTreeMap<String, String> {
    let actor = Actor { user_id: Uuid::new_v4(), role: Role::Admin, scopes: None };
    let request =
        RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::Page) };
    let query =
        IndexQuery { search: Some("ruled".into()), limit: Some(100), ..IndexQuery::default() };
    let page = HealthService::new(test.database.clone()).indexes(&request, &query).await.unwrap();
    let rows = page.value().expect("the list can be read").indexes.iter();
    rows.filter_map(|row| Some((row.index.name.clone(), row.duplicate_of.clone()?.name))).collect()
}

/// Makes a table with these indexes, and says which of them are called superfluous beside which.
async fn called_superfluous(statements: &str) -> BTreeMap<String, String> {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let table = "CREATE TABLE ruled (a int NOT NULL, b int, c text, r int4range, p text[])";
    run(&mut owner, &format!("{table}; {statements}")).await;
    duplicates(&test).await
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(index, other)| (index.to_owned(), other.to_owned())).into()
}

#[tokio::test]
async fn issue_13_4_2_an_index_that_keeps_a_rule_is_superfluous_only_beside_the_same_rule() {
    let found = called_superfluous(
        "CREATE UNIQUE INDEX apart ON ruled (b);
         CREATE UNIQUE INDEX together ON ruled (b) NULLS NOT DISTINCT;
         CREATE UNIQUE INDEX together_too ON ruled (b) NULLS NOT DISTINCT;
         CREATE INDEX plain ON ruled (b);
         ALTER TABLE ruled ADD CONSTRAINT later UNIQUE (a) DEFERRABLE INITIALLY DEFERRED;
         CREATE UNIQUE INDEX at_once ON ruled (a);
         ALTER TABLE ruled ADD CONSTRAINT apart_too EXCLUDE USING btree (c WITH =);
         CREATE UNIQUE INDEX unique_text ON ruled (c);
         ALTER TABLE ruled ADD CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&);
         CREATE INDEX ranges ON ruled USING gist (r)",
    )
    .await;
    let expected = [("together_too", "together"), ("plain", "apart"), ("ranges", "no_overlap")];
    assert_eq!(found, pairs(expected));
}

#[tokio::test]
async fn issue_13_4_2_what_something_rests_on_is_never_superfluous() {
    let found = called_superfluous(
        "CREATE UNIQUE INDEX first ON ruled (a); CREATE UNIQUE INDEX meant ON ruled (a);
         CREATE TABLE pointing (a int REFERENCES ruled (a));
         CREATE INDEX loose ON ruled (b); CREATE INDEX ordered ON ruled (b);
         ALTER TABLE ruled CLUSTER ON ordered;
         CREATE UNIQUE INDEX named ON ruled (a, b); CREATE UNIQUE INDEX identity ON ruled (a, b);
         ALTER TABLE ruled ALTER b SET NOT NULL;
         ALTER TABLE ruled REPLICA IDENTITY USING INDEX identity;
         CREATE TABLE parted (a int) PARTITION BY RANGE (a);
         CREATE TABLE part_ruled PARTITION OF parted FOR VALUES FROM (1) TO (9);
         CREATE INDEX own ON part_ruled (a); CREATE INDEX whole ON parted (a);
         CREATE INDEX spare ON part_ruled (a)",
    )
    .await;
    // The foreign key rests on the first that fits; of the rest one is enough.
    let expected = [("meant", "first"), ("loose", "ordered"), ("named", "identity")];
    let mut expected = pairs(expected);
    expected.insert("spare".into(), "own".into());
    assert_eq!(found, expected);
}

#[tokio::test]
async fn issue_13_4_2_what_makes_an_index_another_is_compared() {
    let found = called_superfluous(
        "CREATE INDEX base ON ruled (c);
         CREATE INDEX pattern ON ruled (c text_pattern_ops);
         CREATE INDEX collated ON ruled (c COLLATE \"C\");
         CREATE INDEX falling ON ruled (c DESC);
         CREATE INDEX nulls_first ON ruled (c NULLS FIRST);
         CREATE INDEX hashed ON ruled USING hash (c);
         CREATE INDEX covering ON ruled (c) INCLUDE (b);
         CREATE INDEX partial ON ruled (c) WHERE b > 0;
         CREATE INDEX lowered ON ruled (lower(c));
         CREATE INDEX fuller ON ruled (c) WITH (fillfactor = 70);
         CREATE INDEX brin ON ruled USING brin (a);
         CREATE INDEX fine_brin ON ruled USING brin (a) WITH (pages_per_range = 4);
         CREATE INDEX wide ON ruled USING brin (b int4_bloom_ops);
         CREATE INDEX sure ON ruled USING brin (b int4_bloom_ops (false_positive_rate = 0.001));
         CREATE INDEX pair ON ruled (b, c); CREATE INDEX head ON ruled (b);
         CREATE INDEX falling_head ON ruled (b DESC);
         CREATE INDEX covering_head ON ruled (b) INCLUDE (a);
         CREATE UNIQUE INDEX unique_pair ON ruled (a, c);
         CREATE UNIQUE INDEX unique_head ON ruled (a)",
    )
    .await;
    assert_eq!(found, pairs([("fuller", "base"), ("head", "pair")]));
}
