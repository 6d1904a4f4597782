//! Demonstration data: searchable at once, apart from budgets and ledger, and removed alone.

use crate::support::{TestDatabase, texts};
use train::server::{
    demonstration::DemonstrationService,
    foundation::context::{Actor, RequestContext, Role, Source},
    postgres::apart,
};

#[tokio::test(flavor = "multi_thread")]
async fn it_is_whole_and_leaves_nothing_behind() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let actor = Some(Actor { user_id: ann, role: Role::Member, scopes: None });
    let request = RequestContext { actor, ..RequestContext::without_person(Source::Page) };
    let service = DemonstrationService::new(test.database.clone());
    sqlx::query("INSERT INTO conversations (tier, created_by) VALUES ('template', $1)")
        .bind(ann)
        .execute(test.database.pool())
        .await
        .unwrap();
    let (one, other) = tokio::join!(apart(service.add(&request)), apart(service.add(&request)));
    assert_eq!(one.unwrap().added + other.unwrap().added, 100);
    let mut role = test.role("service_role").await;
    let count = "SELECT concat_ws(' ', (SELECT count(*) FROM conversations WHERE is_demonstration),
        (SELECT count(*) FROM conversation_search), (SELECT count(*) FROM generation_logs),
        (SELECT count(*) > 0 FROM conversation_reviews))";
    assert_eq!(texts(&mut role, count).await, ["100 100 0 t"]);
    assert_eq!(service.remove(&request).await.unwrap().removed, 100);
    assert_eq!(texts(&mut role, count).await, ["0 0 0 f"]);
    assert_eq!(texts(&mut role, "SELECT count(*)::text FROM conversations").await, ["1"]);
}
