//! A correction of the catalog as an administrator types it.

use super::{Catalog, Effort, Model, PriceTier, Thinking};
use crate::domain::{
    field_error::FieldError,
    merge_patch::patch_between,
    money::Money,
    number::{self, NumberRule, Sign},
};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The prices of a model, by the names of [`PriceTier`], with their labels.
pub const PRICES: [(&str, &str); 5] = [
    ("input", "Input"),
    ("output", "Output"),
    ("cacheWrite5m", "Cache write, 5 minutes"),
    ("cacheWrite1h", "Cache write, 1 hour"),
    ("cacheRead", "Cache read"),
];

/// How many tokens a model takes.
pub const TOKENS: NumberRule = NumberRule::whole(1.0, 1e9);

/// What a request of a batch costs, in percent of the prices.
pub const BATCH_PERCENT: NumberRule = NumberRule::whole(1.0, 100.0);

/// US dollars per million tokens.
pub const PRICE: NumberRule = NumberRule::within(0.0, 100_000.0).with_sign(Sign::Dollars);

/// Every field of the form by name, as it was typed; one that is missing is empty.
pub type Typed = BTreeMap<String, String>;

/// What a form shows of a model at first. Nothing for one that is not known yet.
pub fn typed(model: Option<&Model>) -> Typed {
    let Some(model) = model else { return Typed::new() };
    let mut fields = Typed::from([
        ("id".into(), model.id.clone()),
        ("name".into(), model.name.clone()),
        ("contextWindow".into(), model.context_window.to_string()),
        ("outputLimit".into(), model.output_limit.to_string()),
        ("sampling".into(), model.sampling.as_str().to_owned()),
        ("thinking".into(), model.thinking.as_str().to_owned()),
        ("efforts".into(), named(&model.efforts)),
        ("cacheMinimum".into(), model.cache_minimum.map(|it| it.to_string()).unwrap_or_default()),
        ("batchPercent".into(), model.batch_percent.to_string()),
        ("deprecated".into(), model.deprecated.to_string()),
        ("retires".into(), model.retires.map(|date| date.to_string()).unwrap_or_default()),
        ("replacement".into(), model.replacement.clone().unwrap_or_default()),
    ]);
    if let Some(tier) = only_tier(model) {
        for (name, price) in PRICES.map(|(name, _)| name).into_iter().zip(prices(tier)) {
            fields.insert(name.into(), number::spelled(&price.to_decimal()));
        }
    }
    fields
}

/// `low, medium, high`.
fn named(efforts: &[Effort]) -> String {
    efforts.iter().map(|effort| effort.as_str()).collect::<Vec<_>>().join(", ")
}

/// The newest prices of a model, when they are the same for every size of the prompt. Others are
/// too much for a form.
pub fn only_tier(model: &Model) -> Option<&PriceTier> {
    model.prices.last().filter(|version| version.tiers.len() == 1).map(|version| &version.tiers[0])
}

fn prices(tier: &PriceTier) -> [Money; 5] {
    [tier.input, tier.output, tier.cache_write_5m, tier.cache_write_1h, tier.cache_read]
}

/// The entry that makes what was typed of what the program comes with: only what differs, `null`
/// when nothing does.
///
/// # Errors
/// What is wrong, by field.
pub fn entry(catalog: &Catalog, fields: &Typed) -> Result<Value, Vec<FieldError>> {
    let text = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
    let mut errors = Vec::new();
    let id = text("id");
    if !super::is_id(id) {
        errors.push(FieldError::new(
            "id",
            "A model's id has 1 to 100 letters, digits and signs of - . _ : / @.",
        ));
    }
    let known = catalog.get(id);
    let mut whole = |name: &'static str| match TOKENS.read(text(name)) {
        Ok(number) => number.as_str().parse::<u64>().unwrap_or(1),
        Err(error) => {
            errors.push(FieldError::new(name, error.sentence(TOKENS)));
            1
        }
    };
    let (context, output) = (whole("contextWindow"), whole("outputLimit"));
    if output > context && !errors.iter().any(|error| error.path == "contextWindow") {
        errors.push(FieldError::new(
            "outputLimit",
            "The output limit must be at most the context window.",
        ));
    }
    if text("name").is_empty() || text("name").chars().count() > 100 {
        errors.push(FieldError::new("name", "The name must have 1 to 100 characters."));
    }
    let mut date = |name: &'static str| match text(name) {
        "" => None,
        written => written
            .parse::<NaiveDate>()
            .map_err(|_| {
                errors.push(FieldError::new(
                    name,
                    "Enter a date such as 2027-01-31, or leave it empty.",
                ))
            })
            .ok(),
    };
    let (retires, from) = (date("retires"), date("from"));
    let replacement = Some(text("replacement")).filter(|other| !other.is_empty());
    if replacement.is_some_and(|other| other == id || catalog.get(other).is_none()) {
        errors.push(FieldError::new(
            "replacement",
            "The replacement must be another model of the catalog.",
        ));
    }
    let efforts = efforts(text("efforts"), &mut errors);
    let mut optional = |name: &'static str, rule: NumberRule| match text(name) {
        "" => None,
        written => match rule.read(written) {
            Ok(number) => number.as_str().parse::<u64>().ok(),
            Err(error) => {
                errors.push(FieldError::new(name, error.sentence(rule)));
                None
            }
        },
    };
    let cache_minimum = optional("cacheMinimum", TOKENS);
    let batch_percent = optional("batchPercent", BATCH_PERCENT);
    let versions = versions(known, fields, from, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut wanted = known
        .map(written)
        .unwrap_or_else(|| Map::from_iter([("features".to_owned(), json!(["streaming"]))]));
    let word = |name| Some(text(name)).filter(|word| !word.is_empty()).unwrap_or("none");
    let thinking = word("thinking");
    // How it is turned off is no matter of the form; of another kind of thinking it cannot be said.
    if thinking != Thinking::DefaultOn.as_str() {
        wanted.remove("thinkingOff");
    }
    for (name, value) in [
        ("name", json!(text("name"))),
        ("contextWindow", json!(context)),
        ("outputLimit", json!(output)),
        ("sampling", json!(word("sampling"))),
        ("thinking", json!(thinking)),
        ("efforts", json!(efforts)),
        ("cacheMinimum", json!(cache_minimum)),
        ("batchPercent", batch_percent.map_or_else(|| json!(50), Value::from)),
        ("deprecated", json!(text("deprecated") == "true")),
        ("retires", json!(retires)),
        ("replacement", json!(replacement)),
        ("prices", versions),
    ] {
        // As the catalog writes a model: what it does not have is left out.
        if value.is_null() || value == json!(false) || value == json!([]) {
            wanted.remove(name);
        } else {
            wanted.insert(name.into(), value);
        }
    }
    let mut shipped = Catalog::built_in().get(id).map(written).unwrap_or_default();
    // Which model is the default is not asked here: one that was made the default stays it.
    if shipped.remove("default").is_some() {
        wanted.remove("default");
    }
    let entry = Value::Object(patch_between(&shipped, &wanted));
    Catalog::built_in()
        .read_entry(id, &entry)
        .map_err(|error| vec![FieldError::new("", error.message)])?;
    Ok(if entry == json!({}) { Value::Null } else { entry })
}

/// The efforts that were named, the lowest first, whatever their order.
fn efforts(typed: &str, errors: &mut Vec<FieldError>) -> Vec<Effort> {
    let named = typed.split([',', ' ']).filter(|word| !word.is_empty());
    match named.map(str::parse).collect::<Result<Vec<Effort>, _>>() {
        Ok(mut efforts) => {
            efforts.sort_unstable();
            efforts.dedup();
            efforts
        }
        Err(_) => {
            let known = Effort::ALL.map(Effort::as_str).join(", ");
            let sentence =
                format!("Name efforts of {known}, or leave it empty where it takes none.");
            errors.push(FieldError::new("efforts", sentence));
            Vec::new()
        }
    }
}

/// A model as the catalog writes it, without its id.
fn written(model: &Model) -> Map<String, Value> {
    let Value::Object(mut fields) = json!(model) else { return Map::new() };
    fields.remove("id");
    fields
}

/// The price versions after what was typed. New prices follow the old ones from their first day, or
/// replace them.
fn versions(
    known: Option<&Model>,
    fields: &Typed,
    from: Option<NaiveDate>,
    errors: &mut Vec<FieldError>,
) -> Value {
    let old = known.map(|model| json!(model.prices)).unwrap_or_else(|| json!([]));
    if known.is_some_and(|model| only_tier(model).is_none()) {
        return old;
    }
    let mut tier = Map::new();
    for (name, _) in PRICES {
        let written = fields.get(name).map(String::as_str).unwrap_or_default();
        let price = PRICE
            .read(written)
            .map_err(|error| error.sentence(PRICE))
            .and_then(|number| Money::parse_usd(number.as_str()));
        match price {
            Ok(price) => {
                tier.insert(name.into(), Value::from(price.to_decimal()));
            }
            Err(sentence) => errors.push(FieldError::new(name, sentence)),
        }
    }
    let tier = Value::Object(tier);
    let mut versions = old.as_array().cloned().unwrap_or_default();
    let Some(last) = versions.last_mut() else { return json!([{"tiers": [tier]}]) };
    if last["tiers"][0] == tier {
        return old;
    }
    let last_from = last["from"].as_str().and_then(|date| date.parse::<NaiveDate>().ok());
    match from {
        None => last["tiers"] = json!([tier]),
        Some(from) if last_from.is_some_and(|last_from| from <= last_from) => {
            errors.push(FieldError::new("from", "New prices begin after those that they follow."));
        }
        Some(from) => versions.push(json!({"from": from, "tiers": [tier]})),
    }
    Value::Array(versions)
}

/// How a model of the catalog differs from what the program comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Shipped,
    Corrected,
    Added,
}

impl Standing {
    pub fn of(model: &Model) -> Self {
        match Catalog::built_in().get(&model.id) {
            None => Self::Added,
            // Which model is the default follows from the others' corrections.
            Some(shipped) if (Model { default: model.default, ..shipped.clone() }) == *model => {
                Self::Shipped
            }
            Some(_) => Self::Corrected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> &'static Catalog {
        Catalog::built_in()
    }

    fn with(id: &str, changes: &[(&str, &str)]) -> Typed {
        let mut fields = typed(catalog().get(id));
        fields.insert("id".into(), id.into());
        fields
            .extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    }

    #[test]
    fn what_is_shown_and_not_changed_is_no_correction() {
        for model in catalog().models() {
            assert_eq!(entry(catalog(), &typed(Some(model))), Ok(Value::Null), "{}", model.id);
            assert_eq!(Standing::of(model), Standing::Shipped);
        }
    }

    #[test]
    fn only_what_differs_is_kept() {
        let fields = with(
            "claude-sonnet-4-6",
            &[("retires", "2027-01-31"), ("replacement", "claude-sonnet-5")],
        );
        let expected = json!({"retires": "2027-01-31", "replacement": "claude-sonnet-5"});
        let corrected = entry(catalog(), &fields).unwrap();
        assert_eq!(corrected, expected);
        let (catalog, errors) = catalog().with_overrides([("claude-sonnet-4-6", &corrected)]);
        assert!(errors.is_empty());
        let model = catalog.get("claude-sonnet-4-6").unwrap();
        assert_eq!(Standing::of(model), Standing::Corrected);
        assert_eq!(
            entry(&catalog, &typed(Some(model))).unwrap(),
            expected,
            "looking at it changes nothing"
        );
        let mut back = typed(Some(model));
        back.extend([
            ("retires".to_owned(), String::new()),
            ("replacement".to_owned(), String::new()),
        ]);
        assert_eq!(entry(&catalog, &back), Ok(Value::Null), "taken back");
    }

    #[test]
    fn thinking_and_efforts_are_corrected_with_what_belongs_to_them() {
        let corrected = |id: &str, changes: &[(&str, &str)]| entry(catalog(), &with(id, changes));
        let off =
            corrected("claude-sonnet-5-5", &[("thinking", "always"), ("efforts", "max low,")]);
        let off = off.unwrap();
        assert_eq!(
            off,
            json!({"thinking": "always", "thinkingOff": null, "efforts": ["low", "max"]})
        );
        let (catalog, errors) = catalog().with_overrides([("claude-sonnet-5-5", &off)]);
        assert!(errors.is_empty(), "{errors:?}");
        let model = catalog.get("claude-sonnet-5-5").unwrap();
        assert_eq!(model.turns_thinking_off(None), None);
        let small = corrected("claude-haiku-4-5", &[("cacheMinimum", ""), ("batchPercent", "40")]);
        assert_eq!(small, Ok(json!({"cacheMinimum": null, "batchPercent": 40})));
        for (name, typed) in [("efforts", "hard"), ("cacheMinimum", "0"), ("batchPercent", "101")] {
            let errors = corrected("claude-haiku-4-5", &[(name, typed)]).unwrap_err();
            assert_eq!(errors[0].path, name, "{errors:?}");
        }
    }

    #[test]
    fn new_prices_replace_the_old_ones_or_follow_them() {
        let replaced = entry(catalog(), &with("claude-sonnet-4-6", &[("input", "2.5")])).unwrap();
        assert_eq!(replaced["prices"].as_array().unwrap().len(), 1);
        assert_eq!(replaced["prices"][0]["tiers"][0]["input"], "2.5");
        let fields = with("claude-sonnet-4-6", &[("input", "2.5"), ("from", "2027-02-01")]);
        let followed = entry(catalog(), &fields).unwrap();
        assert_eq!(followed["prices"][1]["from"], "2027-02-01");
        assert_eq!(followed["prices"][0]["tiers"][0]["input"], "3");
    }

    #[test]
    fn a_decimal_comma_multiplies_no_price_and_no_limit() {
        let prices = |typed| entry(catalog(), &with("claude-sonnet-4-6", &[("input", typed)]));
        assert_eq!(prices("2,5").unwrap()["prices"][0]["tiers"][0]["input"], "2.5");
        assert_eq!(prices("$2.50").unwrap()["prices"][0]["tiers"][0]["input"], "2.5");
        let asked = prices("1,234").unwrap_err();
        assert!(asked[0].message.contains("can mean 1234 or 1.234"), "{asked:?}");
        let tokens = entry(catalog(), &with("claude-sonnet-4-6", &[("outputLimit", "1,5")]));
        assert_eq!(tokens.unwrap_err()[0].path, "outputLimit", "not 15");
    }

    #[test]
    fn a_new_model_needs_everything_and_each_mistake_is_told_at_its_field() {
        let errors =
            entry(catalog(), &with("no such id!", &[("retires", "soon"), ("replacement", "x")]))
                .unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        let prices = PRICES.map(|(name, _)| name);
        assert_eq!(
            paths,
            ["id", "contextWindow", "outputLimit", "name", "retires", "replacement"]
                .into_iter()
                .chain(prices)
                .collect::<Vec<_>>()
        );
        let mut fields = with(
            "claude-nova-1",
            &[("name", "Nova"), ("contextWindow", "200,000"), ("outputLimit", "64000")],
        );
        fields.extend(PRICES.map(|(name, _)| (name.to_owned(), "1".to_owned())));
        let new = entry(catalog(), &fields).unwrap();
        let (catalog, errors) = catalog().with_overrides([("claude-nova-1", &new)]);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(Standing::of(catalog.get("claude-nova-1").unwrap()), Standing::Added);
    }
}
