use super::*;
use crate::domain::generation::TokenUsage;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::json;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-23")
}

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn dollars(text: &str) -> Money {
    Money::parse_usd(text).unwrap()
}

#[test]
fn the_built_in_catalog_keeps_every_rule() {
    let catalog = Catalog::parse(include_str!("../../../../data/models.json")).unwrap();
    assert_eq!(catalog.models().len(), 15);
    assert_eq!(catalog.default_model().id, "claude-sonnet-4-6");
    assert!(!catalog.default_model().is_retired(today()));
    let text = serde_json::to_string(&catalog).unwrap();
    assert_eq!(Catalog::parse(&text).unwrap(), catalog, "what is written reads back");
}

/// id, input, output, context, limit, sampling, cache read as a share of the input in percent.
type Fact = (&'static str, &'static str, &'static str, u64, u64, Sampling, i64);

#[test]
fn holds_the_published_facts() {
    use Sampling::{Both, None as Neither, OneOf};
    const M: u64 = 1_000_000;
    let facts: [Fact; 14] = [
        ("claude-sonnet-4-6", "3", "15", M, 128_000, OneOf, 10),
        ("claude-sonnet-4-5-20250929", "3", "15", 200_000, 64_000, OneOf, 10),
        ("claude-haiku-4-5", "1", "5", 200_000, 64_000, OneOf, 10),
        ("claude-opus-4-5", "5", "25", 200_000, 64_000, OneOf, 10),
        ("claude-opus-4-6", "5", "25", M, 128_000, OneOf, 10),
        ("claude-opus-4-7", "5", "25", M, 128_000, Neither, 10),
        ("claude-opus-4-8", "5", "25", M, 128_000, Neither, 10),
        ("claude-opus-5", "5", "25", M, 128_000, Neither, 10),
        ("claude-opus-5-5", "4", "20", M, 128_000, Neither, 5),
        ("claude-sonnet-5", "2", "10", M, 128_000, Neither, 10),
        ("claude-sonnet-5-5", "2", "10", M, 128_000, Neither, 5),
        ("claude-3-opus-20240229", "15", "75", 200_000, 4096, Both, 10),
        ("claude-3-haiku-20240307", "0.25", "1.25", 200_000, 4096, Both, 10),
        ("claude-3-5-sonnet-20241022", "3", "15", 200_000, 8192, Both, 10),
    ];
    for (id, input, output, context, limit, sampling, cached) in facts {
        let model = Catalog::built_in().get(id).unwrap();
        assert_eq!(
            (model.context_window, model.output_limit, model.sampling),
            (context, limit, sampling),
            "{id}"
        );
        let price = model.base_price(today());
        let input = dollars(input);
        assert_eq!((price.input, price.output), (input, dollars(output)), "{id}");
        assert_eq!(price.cache_write_5m.nanos() * 100, input.nanos() * 125, "{id}");
        assert_eq!(price.cache_write_1h.nanos(), input.nanos() * 2, "{id}");
        assert_eq!(price.cache_read.nanos() * 100, input.nanos() * cached, "{id}");
    }
    let haiku = &Catalog::built_in().get("claude-haiku-5-5").unwrap().prices[0];
    assert_eq!(
        (haiku.tier(100_000).input, haiku.tier(100_000).output),
        (dollars("0.1"), dollars("0.5"))
    );
    assert_eq!(
        (haiku.tier(100_001).input, haiku.tier(100_001).output),
        (dollars("0.5"), dollars("2.5"))
    );
    assert_eq!(
        (haiku.tier(1).cache_read, haiku.tier(100_001).cache_read),
        (dollars("0.005"), dollars("0.025"))
    );
}

/// id, whether it thinks, its highest effort, and how many tokens its cache takes at least.
type Thought = (&'static str, Thinking, Option<Effort>, u64);

#[test]
fn holds_what_is_published_of_thinking_and_caching() {
    use Effort::{High, Max};
    use Thinking::{Always, DefaultOn, None as Never};
    let facts: [Thought; 12] = [
        ("claude-sonnet-4-6", Never, Some(Max), 2048),
        ("claude-sonnet-4-5-20250929", Never, None, 1024),
        ("claude-haiku-4-5", Never, None, 4096),
        ("claude-opus-4-5", Never, Some(High), 4096),
        ("claude-opus-4-6", Never, Some(Max), 4096),
        ("claude-opus-4-7", Never, Some(Max), 4096),
        ("claude-opus-4-8", Never, Some(Max), 4096),
        ("claude-opus-5", DefaultOn, Some(Max), 512),
        ("claude-opus-5-5", Always, Some(Max), 512),
        ("claude-sonnet-5", DefaultOn, Some(Max), 1024),
        ("claude-sonnet-5-5", DefaultOn, Some(Max), 512),
        ("claude-haiku-5-5", DefaultOn, Some(Max), 512),
    ];
    for (id, thinking, highest, least) in facts {
        let model = Catalog::built_in().get(id).unwrap();
        assert_eq!(
            (model.thinking, model.efforts.last().copied(), model.cache_minimum),
            (thinking, highest, Some(least)),
            "{id}"
        );
        let usual = (thinking != Never).then_some(Effort::Low);
        assert_eq!((model.usual_effort(), model.batch_percent), (usual, 50), "{id}");
        assert!(model.caches(least) && !model.caches(least - 1), "{id}");
    }
}

#[test]
fn thinking_is_turned_off_in_the_words_of_each_model_and_where_it_lets_one() {
    let off = |id: &str, effort| Catalog::built_in().get(id).unwrap().turns_thinking_off(effort);
    assert_eq!(off("claude-opus-5", None), Some(ThinkingOff::Disabled));
    assert_eq!(off("claude-sonnet-5-5", Some(Effort::High)), Some(ThinkingOff::BetweenTools));
    assert_eq!(off("claude-sonnet-5-5", Some(Effort::ExtraHigh)), None, "it would be refused");
    assert_eq!(off("claude-opus-5-5", Some(Effort::Low)), None, "it always thinks");
    assert_eq!(off("claude-sonnet-4-6", Some(Effort::Low)), None, "it does not think");
}

#[test]
fn an_effort_that_a_model_does_not_take_gives_way_to_the_next_lower_one() {
    let model = |id: &str| Catalog::built_in().get(id).unwrap();
    let sonnet = model("claude-sonnet-4-6");
    assert_eq!(sonnet.nearest_effort(Effort::ExtraHigh), Some(Effort::High));
    assert_eq!(sonnet.nearest_effort(Effort::Max), Some(Effort::Max));
    assert_eq!(model("claude-haiku-4-5").nearest_effort(Effort::Low), None);
    let high_only = Model { efforts: vec![Effort::High], ..sonnet.clone() };
    assert_eq!(high_only.nearest_effort(Effort::Low), Some(Effort::High));
    assert_eq!(
        sonnet.effort_explanation(),
        "Claude Sonnet 4.6 takes the efforts low, medium, high and max."
    );
    assert_eq!(high_only.effort_explanation(), "Claude Sonnet 4.6 takes the effort high only.");
    assert_eq!(model("claude-haiku-4-5").effort_explanation(), "Claude Haiku 4.5 takes no effort.");
}

#[test]
fn what_is_said_of_thinking_has_to_fit_together() {
    let refused = |entry: serde_json::Value| {
        Catalog::built_in().read_entry("claude-opus-5", &entry).unwrap_err().field
    };
    assert_eq!(refused(json!({"efforts": ["high", "low"]})), "efforts");
    assert_eq!(refused(json!({"efforts": ["low", "low"]})), "efforts");
    assert_eq!(refused(json!({"thinking": "none", "thinkingOff": "disabled"})), "thinkingOff");
    assert_eq!(refused(json!({"cacheMinimum": 0})), "cacheMinimum");
    assert_eq!(refused(json!({"cacheMinimum": 1_000_001})), "cacheMinimum");
    assert_eq!(refused(json!({"batchPercent": 0})), "batchPercent");
}

#[test]
fn a_batch_costs_its_part_rounded_up_once() {
    let model = Catalog::built_in().get("claude-opus-5-5").unwrap();
    let usage = TokenUsage { cache_write_5m: 1000, cache_read: 3, ..TokenUsage::new(100, 7) };
    // 100×4 + 7×20 + 1000×5 + 3×0.2 = 5540.6 per million, and half of it.
    assert_eq!(model.cost(&usage, now()).unwrap().nanos(), 5_540_600);
    assert_eq!(model.batch_cost(&usage, now()).unwrap().nanos(), 2_770_300);
    let haiku = Catalog::built_in().get("claude-haiku-5-5").unwrap();
    let one = TokenUsage { cache_read: 1, ..TokenUsage::default() };
    // Half of 5 nano-dollars; three of them are half of 15, rounded up once.
    assert_eq!(haiku.batch_cost(&one, now()).unwrap().nanos(), 3);
    let three = TokenUsage { cache_read: 3, ..TokenUsage::default() };
    assert_eq!(haiku.batch_cost(&three, now()).unwrap().nanos(), 8);
}

#[test]
fn what_was_thought_is_output_and_not_billed_beside_it() {
    let thought = TokenUsage { thinking: 400, ..TokenUsage::new(1234, 567) };
    let cost = |usage: &TokenUsage| Catalog::built_in().cost("claude-sonnet-4-6", usage, now());
    assert_eq!(cost(&thought), cost(&TokenUsage::new(1234, 567)));
}

#[test]
fn costs_are_exact_to_the_nano_dollar() {
    let cost = |model, usage: TokenUsage| {
        Catalog::built_in().cost(model, &usage, now()).unwrap().to_decimal()
    };
    // 1,234 × $3 + 567 × $15 per million = $0.003702 + $0.008505.
    assert_eq!(cost("claude-sonnet-4-6", TokenUsage::new(1234, 567)), "0.012207");
    // One token of the cheapest model.
    assert_eq!(cost("claude-haiku-5-5", TokenUsage::new(1, 0)), "0.0000001");
    assert_eq!(
        cost("claude-haiku-5-5", TokenUsage { cache_read: 1, ..TokenUsage::default() }),
        "0.000000005"
    );
    // All five kinds: 100×4 + 10×20 + 1000×5 + 2000×8 + 30000×0.2 = 27,600 per million.
    let all = TokenUsage {
        input: 100,
        output: 10,
        cache_write_5m: 1000,
        cache_write_1h: 2000,
        cache_read: 30_000,
        ..TokenUsage::default()
    };
    assert_eq!(cost("claude-opus-5-5", all), "0.0276");
    // The tier goes by the whole prompt: 50,000 + 50,001 tokens are in the upper one.
    let prompt = |cache_read| TokenUsage {
        input: 50_000,
        output: 1000,
        cache_read,
        ..TokenUsage::default()
    };
    assert_eq!(cost("claude-haiku-5-5", prompt(50_000)), "0.00575");
    assert_eq!(cost("claude-haiku-5-5", prompt(50_001)), "0.028750025");
    assert_eq!(cost("claude-3-haiku-20240307", TokenUsage::new(3, 1)), "0.000002");
    assert_eq!(cost("claude-sonnet-4-6", TokenUsage::default()), "0");
}

#[test]
fn a_part_of_a_nano_dollar_is_rounded_up_once() {
    let tier = json!({
        "input": "0.0004", "output": "0.0004", "cacheWrite5m": "0", "cacheWrite1h": "0",
        "cacheRead": "0",
    });
    let entry = json!({"prices": [{"tiers": [tier]}]});
    let (catalog, errors) = Catalog::built_in().with_overrides([("claude-opus-5", &entry)]);
    assert_eq!(errors, []);
    // 0.4 + 0.4 nano-dollars.
    assert_eq!(catalog.cost("claude-opus-5", &TokenUsage::new(1, 1), now()).unwrap().nanos(), 1);
    assert_eq!(catalog.cost("claude-opus-5", &TokenUsage::new(5, 0), now()).unwrap().nanos(), 2);
}

#[test]
fn what_has_no_price_is_refused_and_never_free() {
    let catalog = Catalog::built_in();
    let unknown = CostError::UnknownModel("claude-9".into());
    assert_eq!(catalog.cost("claude-9", &TokenUsage::new(1, 1), now()), Err(unknown.clone()));
    assert_eq!(catalog.worst_case("claude-9", 1, 1, now()), Err(unknown));
    assert_eq!(
        catalog.cost("claude-opus-5", &TokenUsage::new(u64::MAX, 1), now()),
        Err(CostError::TooLarge)
    );
}

#[test]
fn the_prices_of_the_day_apply() {
    let tier = |input: &str| {
        json!({
            "input": input, "output": "10", "cacheWrite5m": "1", "cacheWrite1h": "1",
            "cacheRead": "1",
        })
    };
    let entry =
        json!({"prices": [{"tiers": [tier("2")]}, {"from": "2026-12-01", "tiers": [tier("1")]}]});
    let (catalog, _) = Catalog::built_in().with_overrides([("claude-sonnet-5", &entry)]);
    let cost = |at: &str| {
        let at = at.parse().unwrap();
        let usage = TokenUsage::new(1_000_000, 0);
        (
            catalog.cost("claude-sonnet-5", &usage, at).unwrap(),
            catalog.price_version("claude-sonnet-5", &usage, at).unwrap(),
        )
    };
    assert_eq!(cost("2026-11-30T23:59:59Z"), (dollars("2"), "initial 2/10".into()));
    assert_eq!(cost("2026-12-01T00:00:00Z"), (dollars("1"), "2026-12-01 1/10".into()));
}

#[test]
fn tells_retirement_with_the_way_out() {
    let catalog = Catalog::built_in();
    let retirement = catalog.retirement("claude-sonnet-4-5-20250929", today()).unwrap();
    assert_eq!((retirement.days_left, retirement.date), (7, day("2026-11-30")));
    assert_eq!(
        retirement.sentence(),
        "Claude Sonnet 4.5 retires in 7 days, on 30 Nov 2026. Use Claude Sonnet 4.6 instead: it \
            costs the same."
    );
    let model = catalog.get("claude-sonnet-4-5-20250929").unwrap();
    assert!(!model.is_retired(day("2026-11-29")) && model.is_retired(day("2026-11-30")));
    assert!(
        model.retires_within(60, day("2026-10-01")) && !model.retires_within(60, day("2026-09-30"))
    );
    assert!(!model.retires_within(60, day("2026-11-30")), "it is retired already");
    assert_eq!(catalog.retirement("claude-sonnet-4-5-20250929", day("2026-09-30")), None);
    assert_eq!(catalog.retirement("claude-sonnet-4-6", today()), None);
    let opus = catalog.retirement("claude-3-opus-20240229", today()).unwrap();
    assert!(opus.sentence().contains("was retired on 5 Jan 2026"), "{}", opus.sentence());
    assert!(opus.sentence().contains(
        "$10.00 less per million input tokens and $50.00 less per million output tokens"
    ));
    assert_eq!(catalog.usable(today()).count(), 12);
    for model in catalog.models().iter().filter(|model| model.retires.is_some()) {
        assert!(
            catalog.replacement_of(model, day("2026-12-01")).is_some(),
            "{} leads nowhere",
            model.id
        );
    }
}

#[test]
fn corrections_are_laid_over_by_id() {
    let tier = json!({
        "input": "9", "output": "9", "cacheWrite5m": "9", "cacheWrite1h": "9", "cacheRead": "9",
    });
    let price = json!([{"tiers": [tier]}]);
    let new = json!({
        "name": "Claude 6", "contextWindow": 1_000_000, "outputLimit": 128_000, "sampling": "none",
        "features": [], "prices": price, "default": true,
    });
    let (retires, bad) =
        (json!({"retires": "2027-01-31", "replacement": "claude-6"}), json!({"outputLimit": 0}));
    let circle = json!({"replacement": "claude-opus-5"});
    let entries = [
        ("claude-6", &new),
        ("claude-opus-5", &retires),
        ("claude-opus-5-5", &bad),
        ("claude-7", &retires),
        ("claude-opus-5", &circle),
    ];
    let (catalog, errors) = Catalog::built_in().with_overrides(entries);
    assert_eq!(catalog.default_model().id, "claude-6");
    assert_eq!(catalog.models().iter().filter(|model| model.default).count(), 1);
    assert_eq!(catalog.get("claude-opus-5").unwrap().replacement.as_deref(), Some("claude-6"));
    assert_eq!(
        catalog.get("claude-opus-5-5"),
        Catalog::built_in().get("claude-opus-5-5"),
        "a bad entry changes nothing"
    );
    let refused: Vec<_> = errors.iter().map(|error| error.model.as_str()).collect();
    assert_eq!(refused, ["claude-opus-5-5", "claude-7", "claude-opus-5"]);
    // Taking the mark away without giving it to another leaves it.
    let (catalog, _) =
        Catalog::built_in().with_overrides([("claude-sonnet-4-6", &json!({"default": false}))]);
    assert_eq!(catalog.default_model().id, "claude-sonnet-4-6");
}

#[test]
fn a_wrong_catalog_is_refused_with_its_model() {
    let mut file: serde_json::Value =
        serde_json::from_str(include_str!("../../../../data/models.json")).unwrap();
    assert!(Catalog::parse("{").unwrap_err().message.contains("not JSON"));
    file["models"][1]["default"] = json!(true);
    assert!(Catalog::parse(&file.to_string()).unwrap_err().message.contains("More than one"));
    file["models"][1]["default"] = json!(false);
    file["models"][2]["prices"][0]["tiers"][0]["upTo"] = json!(5);
    assert_eq!(Catalog::parse(&file.to_string()).unwrap_err().model, "claude-haiku-4-5");
    file["models"] = json!([]);
    assert!(Catalog::parse(&file.to_string()).is_err());
}

proptest! {
    #[test]
    fn nothing_costs_more_than_its_worst_case(
        index in 0..15usize, estimate in 0..1_000_000u64, max_tokens in 1..128_000u64,
        used in 0.0..=1.0f64, written in 0.0..=1.0f64,
    ) {
        let model = &Catalog::built_in().models()[index];
        let share = |of: u64, part: f64| (of as f64 * part) as u64;
        let usage = TokenUsage::new(share(estimate, used), share(max_tokens, written));
        let worst = model.worst_case(estimate, max_tokens, now()).unwrap();
        prop_assert!(model.cost(&usage, now()).unwrap() <= worst);
    }

    #[test]
    fn the_cost_of_many_tokens_is_the_sum_of_each(input in 0..100_000u64, output in 0..100_000u64) {
        let model = Catalog::built_in().get("claude-sonnet-4-6").unwrap();
        let cost = model.cost(&TokenUsage::new(input, output), now()).unwrap().nanos();
        prop_assert_eq!(cost, input as i64 * 3000 + output as i64 * 15_000);
    }
}
