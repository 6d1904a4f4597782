//! The bill is the sum of what the answers say, at the published prices.

use super::client::{made, message, post, requests, results, started, with};
use claude_stand_in::{BatchRule, BatchSettings, Behaviour, StandIn};
use serde_json::{Value, json};

/// Of `claude-sonnet-4-6`, in nano-dollars a token: input, output, written, written for an hour,
/// read.
const PRICES: [u64; 5] = [3000, 15_000, 3750, 6000, 300];

/// What an answer says, in the order of the prices.
fn told(usage: &Value) -> [u64; 5] {
    let of = |name: &str| usage[name].as_u64().expect("a number");
    let hour = usage["cache_creation"]["ephemeral_1h_input_tokens"].as_u64().expect("a number");
    [
        of("input_tokens"),
        of("output_tokens"),
        of("cache_creation_input_tokens") - hour,
        hour,
        of("cache_read_input_tokens"),
    ]
}

fn cost(usage: &Value) -> u64 {
    told(usage).iter().zip(PRICES).map(|(tokens, price)| tokens * price).sum()
}

async fn live(claude: &StandIn, request: &Value) -> Value {
    let answer = post(claude, "/v1/messages", request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["usage"].clone()
}

#[tokio::test]
async fn live_messages_are_billed_at_the_full_price() {
    let claude = started().await;
    let guide = json!([{ "type": "text", "text": "x".repeat(10_000),
        "cache_control": { "type": "ephemeral" } }]);
    let caching = with(&json!({ "system": guide }));
    let mut expected = 0;
    for request in [message(), message(), caching.clone(), caching] {
        expected += cost(&live(&claude, &request).await);
    }
    let streamed = post(&claude, "/v1/messages", &with(&json!({ "stream": true }))).await;
    assert!(streamed.whole);
    claude.script("/v1/messages", [Behaviour::HalfStream { pieces: 1 }]);
    post(&claude, "/v1/messages", &with(&json!({ "stream": true }))).await;
    let bills = claude.bills();
    assert_eq!(bills.live.requests, 5, "the half one is not billed");
    assert!(bills.live.usage.cache_read > 2000 && bills.live.usage.cache_write_5m > 2000);
    let same = cost(&live(&claude, &message()).await);
    assert_eq!(bills.nano_usd, expected + same, "the streamed one cost what it does in one piece");
}

#[tokio::test]
async fn batches_are_billed_at_half_the_price_rounded_up_for_each_request() {
    let claude = started().await;
    let errored = serde_json::from_value::<BatchRule>(
        json!({ "every": 4, "outcome": { "type": "errored" } }),
    );
    let rules = vec![errored.unwrap()];
    claude.set_batches(BatchSettings { rules, ..BatchSettings::default() });
    let mut expected = 0;
    for count in [5, 8] {
        let id = made(&claude, &requests(count)).await;
        let mut own = 0;
        for line in results(&claude, &id).await.lines() {
            let usage = &line["result"]["message"]["usage"];
            own += if usage.is_object() { cost(usage).div_ceil(2) } else { 0 };
        }
        assert_eq!(claude.bills().by_batch[&id].nano_usd, own);
        expected += own;
    }
    let bills = claude.bills();
    assert_eq!((bills.batches.requests, bills.live.requests), (4 + 6, 0));
    assert_eq!((bills.nano_usd, bills.batches.nano_usd), (expected, expected));
    claude.clear();
    assert_eq!(claude.bills().nano_usd, 0);
}

#[tokio::test]
async fn each_batch_that_was_made_is_billed_also_one_whose_answer_was_lost() {
    let claude = started().await;
    claude.script("POST /v1/messages/batches", [Behaviour::StatusAfter { status: 500 }]);
    post(&claude, "/v1/messages/batches", &requests(2)).await;
    made(&claude, &requests(2)).await;
    let bills = claude.bills();
    assert_eq!((bills.by_batch.len(), bills.batches.requests), (2, 4));
}
