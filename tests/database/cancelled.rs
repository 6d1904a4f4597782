//! A request whose person goes away, at whatever moment, leaves no connection in a transaction or
//! in another role.

use crate::support::TestDatabase;
use std::time::Duration;
use tokio::time::timeout;
use train::server::{
    foundation::context::{Actor, RequestContext, Role, Source},
    postgres::Database,
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_transaction_that_nobody_waits_for() {
    let test = TestDatabase::new().await;
    // One connection: whoever comes next gets the one that was given up.
    let database = Database::connect(test.options(), 1).await.unwrap();
    let actor = Some(Actor { user_id: Uuid::new_v4(), role: Role::Member, scopes: None });
    let person = RequestContext { actor, ..RequestContext::without_person(Source::Page) };
    for round in 0..400 {
        // Given up at once, while the answer is on its way, and after it came.
        let patience = Duration::from_micros(round % 40 * 20);
        if round % 2 == 0 {
            drop(timeout(patience, database.as_person(&person)).await);
        } else {
            drop(timeout(patience, database.begin()).await);
        }
        let ask = || async {
            let sql = "SELECT virtualtransaction, current_user::text FROM pg_locks
                WHERE pid = pg_backend_pid() LIMIT 1";
            sqlx::query_as::<_, (String, String)>(sql).fetch_one(database.pool()).await.unwrap()
        };
        // Two statements are two transactions, unless somebody left one open around them.
        let ((first, role), (second, _)) = (ask().await, ask().await);
        assert_ne!(first, second, "round {round}: it is in a transaction that nobody ends");
        assert_eq!(role, "service_role", "round {round}");
    }
}
