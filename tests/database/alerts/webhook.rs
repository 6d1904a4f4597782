//! Telling alerts to a webhook.

use super::{World, connections, service};
use crate::support::texts;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use serde_json::Value;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use train::{domain::database::AlertKind, server::postgres::apart};

/// What a receiver got, and how many of the next requests it refuses.
#[derive(Clone, Default)]
struct Hook {
    got: Arc<Mutex<Vec<(String, Value)>>>,
    refuses: Arc<AtomicUsize>,
}

impl Hook {
    /// Listens on a port of this machine; answers its address.
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hook", post(receive)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook?token=s3cret")
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }
}

async fn receive(
    State(receiver): State<Hook>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::http::StatusCode {
    let refuse = receiver
        .refuses
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if refuse.is_ok() {
        return axum::http::StatusCode::SERVICE_UNAVAILABLE;
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    receiver.got.lock().unwrap().push((key, serde_json::from_slice(&body).unwrap()));
    axum::http::StatusCode::NO_CONTENT
}

/// As if the pause after a failure were over.
const PAUSE_OVER: &str =
    "UPDATE database_alerts SET webhook_due_at = now() WHERE webhook_due_at IS NOT NULL";

#[tokio::test]
async fn the_webhook_is_told_once_whatever_fails() {
    let world = World::new().await;
    let receiver = Hook::default();
    let address = receiver.listen().await;
    world.change(AlertKind::HighConnectionUsage, |rule| rule.for_seconds = 0, Some(&address)).await;
    receiver.refuses.store(1, Ordering::SeqCst);
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;

    assert_eq!(world.alerts.deliver_due().await.unwrap(), 0, "refused");
    assert_eq!(world.alerts.deliver_due().await.unwrap(), 0, "not at once again");
    assert_eq!(receiver.got(), [""; 0]);
    world.sql(PAUSE_OVER).await;
    // Kept two days ahead by a clock that was wrong, it is due as well (issue 13, 1.5).
    world
        .sql(
            "UPDATE database_alerts SET webhook_due_at = now() + interval '2 days'
                WHERE webhook_due_at IS NOT NULL",
        )
        .await;
    // Both at once, and one that starts later: a server was stopped in between.
    let other = service(&world.test.second_server().await);
    let (one, two) = tokio::join!(apart(world.alerts.deliver_due()), apart(other.deliver_due()));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    world.sql(PAUSE_OVER).await;
    assert_eq!(service(&world.test.database).deliver_due().await.unwrap(), 0);
    assert_eq!(receiver.got(), [format!("{id}:warning")]);
    let told = receiver.got.lock().unwrap()[0].1.clone();
    assert_eq!(
        (told["event"].as_str(), told["delivery"].as_str()),
        (Some("database-alert"), Some(&*format!("{id}:warning")))
    );
    assert_eq!(
        (told["alert"]["kind"].as_str(), told["alert"]["severity"].as_str()),
        (Some("high_connection_usage"), Some("warning"))
    );
    assert!(!told.to_string().contains("s3cret"));

    world.look(&connections(95)).await;
    assert_eq!(world.alerts.deliver_due().await.unwrap(), 1);
    assert_eq!(receiver.got()[1..], [format!("{id}:critical")]);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_reached_is_tried_for_a_day() {
    let world = World::new().await;
    // A port where nobody listens: it was free a moment ago.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let address = format!("http://{free}/hook");
    world.change(AlertKind::HighConnectionUsage, |rule| rule.for_seconds = 0, Some(&address)).await;
    world.look(&connections(85)).await;
    let mut system = world.test.role("service_role").await;
    let stands = "SELECT webhook_attempts || ' ' ||
          coalesce(round(extract(epoch FROM webhook_due_at - now()) / 10)::text, 'never')
        FROM database_alerts";
    let mut pauses = Vec::new();
    for _ in 0..3 {
        assert_eq!(world.alerts.deliver_due().await.unwrap(), 0);
        pauses.extend(texts(&mut system, stands).await);
        world.sql(PAUSE_OVER).await;
    }
    assert_eq!(pauses, ["1 3", "2 6", "3 12"], "each pause is twice as long");
    world.sql("UPDATE database_alerts SET webhook_attempts = 29").await;
    world.alerts.deliver_due().await.unwrap();
    assert_eq!(texts(&mut system, stands).await, ["30 never"]);

    world.sql("UPDATE database_alerts SET webhook_due_at = now()").await;
    world.change(AlertKind::HighConnectionUsage, |_| {}, Some("http://127.0.0.1:1/other")).await;
    assert_eq!(
        texts(
            &mut system,
            "SELECT webhook_due_at::text FROM database_alerts WHERE webhook_due_at IS NOT NULL"
        )
        .await,
        [""; 0]
    );
}
