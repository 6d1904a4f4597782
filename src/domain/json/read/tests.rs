use super::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize, PartialOrd, Ord, Eq)]
#[serde(rename_all = "camelCase")]
enum Shape {
    Dot,
    Line(u8),
    Pair(i32, String),
    Box { wide: i64, high: Option<i64> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "camelCase")]
enum Beside {
    Nothing,
    Text(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Within {
    Number { number: f64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Flag(bool),
    Text(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Clone)]
struct Letter(char);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Everything {
    flag: bool,
    small: i8,
    large: u64,
    part: f32,
    number: f64,
    letter: Letter,
    nothing: (),
    some: Option<String>,
    none: Option<String>,
    #[serde(default)]
    left_out: Vec<u8>,
    pair: (u16, String),
    shapes: Vec<Shape>,
    by_shape: BTreeMap<Shape, Value>,
    beside: Vec<Beside>,
    within: Within,
    either: Vec<Either>,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
    time: chrono::DateTime<chrono::Utc>,
    id: uuid::Uuid,
}

fn everything() -> Value {
    json!({
        "flag": true, "small": -128, "large": u64::MAX, "part": 0.5, "number": 3,
        "letter": "é", "nothing": null, "some": "text", "none": null, "pair": [1, "b"],
        "shapes": ["dot", {"line": 2}, {"pair": [-3, "c"]}, {"box": {"wide": 4, "high": null}}],
        "byShape": {"dot": [1, -2, 0.5, null, {"a": "b"}]},
        "beside": [{"kind": "nothing"}, {"kind": "text", "of": "d"}],
        "within": {"kind": "number", "number": 1e300}, "either": [true, "e"],
        "further": {"known": false}, "time": "2026-11-30T22:15:57Z",
        "id": "6f3c1a52-3c55-4bb6-8df1-2b2a4f0c9a3e",
    })
}

#[test]
fn reads_what_the_library_reads() {
    let value = everything();
    let by_library: Everything = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(read::<Everything>(&value).unwrap(), by_library);
    assert_eq!(read_text::<Everything>(value.to_string().as_bytes()).unwrap(), by_library);
    assert_eq!(read::<Value>(&value).unwrap(), value);
}

#[test]
fn refuses_another_shape() {
    for (field, wrong) in [
        ("flag", json!(1)),
        ("small", json!(200)),
        ("large", json!(-1)),
        ("number", json!("3")),
        ("letter", json!("ab")),
        ("some", json!(5)),
        ("pair", json!([1])),
        ("shapes", json!({"0": "dot"})),
        ("shapes", json!(["round"])),
        ("shapes", json!([{"dot": 1}])),
        ("shapes", json!(["line"])),
        ("byShape", json!({"round": 1})),
        ("beside", json!([{"kind": "text"}])),
        ("within", json!({"number": 1})),
        ("either", json!([null])),
        ("time", json!("yesterday")),
    ] {
        let mut value = everything();
        value[field] = wrong.clone();
        assert_eq!(read::<Everything>(&value), Err(Unreadable), "{field}: {wrong}");
    }
    let mut missing = everything();
    missing.as_object_mut().unwrap().remove("flag");
    assert_eq!(read::<Everything>(&missing), Err(Unreadable));
    assert_eq!(read::<Everything>(&json!([true])), Err(Unreadable));
    assert_eq!(read_text::<Value>(b"{"), Err(Unreadable));
}
