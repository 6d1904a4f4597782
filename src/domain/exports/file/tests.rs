use super::*;
use crate::domain::{
    conversations::Role,
    csv::unguarded,
    exports::{
        Split,
        fixtures::{bare, options, record},
        texts::trimmed,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn file(options: &ExportOptions, has_parts: bool, records: &[Record]) -> String {
    let mut writer = FileWriter::new(options, has_parts);
    let mut text = String::new();
    writer.begin(&mut text);
    for record in records {
        assert_eq!(writer.push(&mut text, record), Ok(()));
    }
    writer.end(&mut text);
    text
}

fn of(format: ExportFormat) -> ExportOptions {
    ExportOptions { format, ..options() }
}

fn kind(kind: JsonlKind) -> ExportOptions {
    ExportOptions { kind, ..options() }
}

fn turns_only(kind: JsonlKind) -> ExportOptions {
    ExportOptions { kind, metadata: false, ..options() }
}

#[test]
fn everything_that_is_known_stands_in_metadata() {
    let talk = Record { split: Some(Split::Train), ..record(&[" Hi ", "Hello"]) };
    let expected = concat!(
        r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"#,
        r#""metadata":{"id":"trn-1","version":2,"split":"train","trainable":true,"tokens":11,"#,
        r#""turns":2,"model":"claude-opus-4-6","prompt_sha256":"HASH","cost_usd":0.012300000,"#,
        r#""findings":"email, phone","duplicate_group":"3","demonstration":false,"#,
        r#""title":"A \"title\"","persona":"buyer","emotion":"calm","topic":"loans","intent":"","#,
        r#""tone":"","tier":"edge_case","tags":"one; two;three","origin":"survey","#,
        r#""license":"CC-BY-4.0","quality_score":8.0,"#,
        r#""created_at":"2026-05-04T10:11:12.000000+00:00","#,
        r#""updated_at":"2026-05-04T10:11:12.500000+00:00","#,
        r#""approved_at":"2026-05-05T00:00:00.000001+00:00","status":"approved","author":"Ann","#,
        r#""approved_by":"Bob","approval_history":"2026-05-05T00:00:00.000000+00:00 decided "#,
        "approved by Bob: Well done\"}}\n",
    );
    let expected = expected.replace("HASH", &"ab".repeat(32));
    assert_eq!(file(&options(), true, &[talk]), expected);
}

#[test]
fn kinds_are_what_trainers_read() {
    let talk = [record(&["a", "b", "c", "d"])];
    for (kind, line) in [
        (
            JsonlKind::Openai,
            json!({"messages": [
                {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"},
            ]}),
        ),
        (
            JsonlKind::Sharegpt,
            json!({"conversations": [
                {"from": "human", "value": "a"}, {"from": "gpt", "value": "b"},
                {"from": "human", "value": "c"}, {"from": "gpt", "value": "d"},
            ]}),
        ),
        (
            JsonlKind::Alpaca,
            json!({
                "instruction": "c", "input": "", "output": "d", "system": "",
                "history": [["a", "b"]],
            }),
        ),
        (
            JsonlKind::PromptCompletion,
            json!({
                "prompt": [
                    {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                    {"role": "user", "content": "c"},
                ],
                "completion": [{"role": "assistant", "content": "d"}],
            }),
        ),
    ] {
        let text = file(&turns_only(kind), false, &talk);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), line, "{kind}");
    }
}

#[test]
fn what_a_kind_cannot_say_is_left_out_whole() {
    let mut reversed = record(&["a", "b"]);
    reversed.content.turns.reverse();
    let mut repeated = record(&["a", "b", "c", "d"]);
    repeated.content.turns[1].role = Role::User;
    for (own, talk, is_taken) in [
        (JsonlKind::Openai, record(&[]), false),
        (JsonlKind::Openai, record(&["a"]), true),
        (JsonlKind::Sharegpt, record(&["a", "b", "c"]), true),
        (JsonlKind::Alpaca, record(&["a"]), false),
        (JsonlKind::Alpaca, record(&["a", "b", "c"]), false),
        (JsonlKind::Alpaca, reversed.clone(), false),
        (JsonlKind::Alpaca, repeated.clone(), false),
        (JsonlKind::PromptCompletion, record(&["b"]), false),
        (JsonlKind::PromptCompletion, record(&["a", "b", "c"]), false),
        (JsonlKind::PromptCompletion, reversed, false),
        (JsonlKind::PromptCompletion, repeated, true),
    ] {
        let mut writer = FileWriter::new(&kind(own), false);
        let mut text = "before".to_owned();
        let pushed = writer.push(&mut text, &talk);
        assert_eq!(pushed, if is_taken { Ok(()) } else { Err(LeftOut::Inexpressible) }, "{own}");
        writer.end(&mut text);
        assert_eq!(text == "before", !is_taken, "{own}");
    }
    for format in ExportFormat::ALL {
        let mut writer = FileWriter::new(&of(format), false);
        let pushed = writer.push(&mut String::new(), &record(&[]));
        assert_eq!(pushed, Err(LeftOut::Inexpressible));
    }
}

#[test]
fn a_conversation_with_history_comes_first() {
    let records = [record(&["a", "b"]), record(&["c", "d"]), record(&["e", "f", "g", "h"])];
    let text = file(&turns_only(JsonlKind::Alpaca), false, &records);
    let asked: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["instruction"].to_string())
        .collect();
    assert_eq!(asked, ["\"g\"", "\"a\"", "\"c\""]);
    // None has a history: they stay in their order.
    let text = file(&turns_only(JsonlKind::Alpaca), false, &records[..2]);
    assert!(text.starts_with(r#"{"instruction":"a""#) && text.lines().count() == 2);
}

#[test]
fn what_waits_is_bounded() {
    let long = "x".repeat(1 << 20);
    let mut writer = FileWriter::new(&turns_only(JsonlKind::Alpaca), false);
    let mut text = String::new();
    for _ in 0..5 {
        writer.push(&mut text, &record(&["a", &long])).unwrap();
    }
    assert!(text.lines().count() >= 4);
    writer.end(&mut text);
    assert_eq!(text.lines().count(), 5);
}

/// Names and types all the way down.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().map(shape).take(1).collect(),
        Value::String(_) => "text".into(),
        Value::Number(number) if number.is_f64() => "decimal".into(),
        Value::Number(_) => "whole".into(),
        Value::Bool(_) => "truth".into(),
        Value::Null => Value::Null,
    }
}

fn names(line: &str) -> Vec<&str> {
    let names = line.split("\":").filter_map(|part| part.rsplit_once(['{', ',']));
    names.map(|(_, name)| name).collect()
}

#[test]
fn a_line_has_the_same_shape_whatever_is_known() {
    for own in JsonlKind::ALL {
        for wanted in 0..32_u8 {
            let is_wanted = |bit: u8| wanted & (1 << bit) != 0;
            let options = ExportOptions {
                metadata: is_wanted(0),
                descriptions: is_wanted(1),
                quality_scores: is_wanted(2),
                timestamps: is_wanted(3),
                approval_history: is_wanted(4),
                ..kind(own)
            };
            let [full, bare] = [record, bare].map(|make| make(&["a", "b", "c", "d"]));
            let text = file(&options, false, &[full, bare]);
            let lines: Vec<&str> = text.lines().collect();
            let shapes: Vec<Value> =
                lines.iter().map(|line| shape(&serde_json::from_str(line).unwrap())).collect();
            assert_eq!(shapes[0], shapes[1]);
            assert!(!text.contains("null"));
            let has_metadata = shapes[0].get("metadata").is_some();
            assert_eq!(has_metadata, options.metadata);
            // Their order too, which objects here do not keep.
            assert_eq!(names(lines[0]), names(lines[1]));
        }
    }
}

#[test]
fn json_is_an_array_with_an_element_in_each_line() {
    let talks = [record(&["a", "b"]), bare(&["c", "d"])];
    let array = file(&of(ExportFormat::Json), false, &talks);
    let lines = file(&options(), false, &talks);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(array, format!("[\n{}\n]\n", lines.join(",\n")));
}

#[test]
fn markdown_is_a_document_for_each_conversation() {
    let options = ExportOptions { metadata: false, ..of(ExportFormat::Markdown) };
    let talks = [record(&["a\n```\nb", "c"]), record(&["d\re"])];
    assert_eq!(
        file(&options, false, &talks),
        "# Conversation 1\n\n## User\n\n````text\na\n```\nb\n````\n\n## Assistant\n\n\
            ```text\nc\n```\n\n---\n\n# Conversation 2\n\n## User\n\nd&#13;e\n"
    );
    let titled = file(&of(ExportFormat::Markdown), false, &talks[1..]);
    assert!(titled.starts_with("# Conversation 1: A \\\"title\\\"\n\n```json\n{\"id\":\"trn-1\","));
}

/// Texts of everything that some reader takes for something.
fn hostile() -> impl Strategy<Value = Vec<String>> {
    let text = "(\\PC{0,5}|[\u{1}-\u{20}\u{7f}-\u{a0}\u{2028}\u{2029}\u{feff}]|[`~'=\"\\\\,;|#&-]|\
        null|```|true|\u{1f642}| \n){0,8}";
    proptest::collection::vec(text, 1..5)
}

proptest! {
    #[test]
    fn every_text_is_read_back(talks in proptest::collection::vec(hostile(), 1..4)) {
        let records: Vec<Record> = talks
            .iter()
            .map(|texts| record(&texts.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let lines = file(&options(), false, &records);
        let is_whole = lines.ends_with("}\n") && !lines.contains(['\r', '\u{85}', '\u{2028}']);
        prop_assert!(is_whole);
        prop_assert_eq!(lines.lines().count(), records.len());
        for (line, texts) in lines.lines().zip(&talks) {
            let line: Value = serde_json::from_str(line).unwrap();
            let read = line["messages"].as_array().unwrap();
            let read: Vec<&str> =
                read.iter().map(|turn| turn["content"].as_str().unwrap()).collect();
            prop_assert_eq!(read, texts.iter().map(|text| trimmed(text)).collect::<Vec<_>>());
        }

        let table = file(&of(ExportFormat::Csv), false, &records);
        let table = table.trim_start_matches('\u{feff}');
        let mut reader = ::csv::Reader::from_reader(table.as_bytes());
        let read: Vec<String> =
            reader.records().map(|row| unguarded(&row.unwrap()[3]).to_owned()).collect();
        prop_assert_eq!(read, talks.iter().flatten().map(|text| trimmed(text)).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_records_give_the_same_bytes(talks in proptest::collection::vec(hostile(), 1..4)) {
        let records: Vec<Record> = talks
            .iter()
            .map(|texts| record(&texts.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        for format in ExportFormat::ALL {
            let once = || file(&of(format), true, &records);
            prop_assert_eq!(once(), once());
        }
    }
}
