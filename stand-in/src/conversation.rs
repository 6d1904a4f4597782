//! A sensible answer: a value of the schema that was asked for, or plain text.

use serde_json::{Map, Value, json};

/// Turns of a conversation when the prompt names no number.
const DEFAULT_TURNS: usize = 10;

const QUESTIONS: [&str; 5] = [
    "I have been putting this off for weeks, and I am not sure where to begin.",
    "That makes sense, but what if it does not work out the first time?",
    "Could you give me an example of how that looks in practice?",
    "I had not seen it that way. What would you do next?",
    "Thank you. Is there anything that I should watch out for?",
];
const ANSWERS: [&str; 5] = [
    "It is good that you bring it up. Let us look at the smallest step that would already help, and leave the rest for later.",
    "Then you will have learned which part is hard, which is worth a lot. Plan a second attempt now, while it costs nothing.",
    "Say you have an hour on Sunday: write down the three numbers that matter, and decide only about the first of them.",
    "I would tell one person about it, choose a date, and look at the result together with them. That keeps it real.",
    "Watch for the week in which everything seems urgent. Keep the one habit that carries the others, and let the rest wait.",
];

/// What Claude says to this request: JSON if it was asked for a shape, else text.
pub fn answer(request: &Value) -> String {
    let prompt = prompt(request);
    match (schema(request), revised(&prompt)) {
        (Some(_), Some(revised)) => revised.to_string(),
        (Some(schema), None) => sample(schema, "", 0, &prompt).to_string(),
        (None, _) => {
            let seed = seed(&prompt);
            format!("{} {}", ANSWERS[seed % 5], ANSWERS[(seed + 1) % 5])
        }
    }
}

/// Of a conversation that is to be revised, the same with another end.
fn revised(prompt: &str) -> Option<Value> {
    // The words that explain the marks name them too.
    let (_, material) = prompt.split_once("<conversation>\n")?;
    let (material, _) = material.split_once("\n</conversation>")?;
    let standing: Value = serde_json::from_str(material).ok()?;
    let mut turns = standing["turns"].as_array()?.clone();
    let last = turns.last_mut()?;
    let text = format!("{} Take the smaller step first.", last["content"].as_str()?);
    last["content"] = text.into();
    Some(json!({ "title": standing["title"], "turns": turns }))
}

/// `output_config.format.schema`, or the schema of the tool that must be called.
pub fn schema(request: &Value) -> Option<&Value> {
    let tool = &request["tools"][0]["input_schema"];
    [&request["output_config"]["format"]["schema"], tool]
        .into_iter()
        .find(|schema| schema.is_object())
}

/// All that was said to Claude.
fn prompt(request: &Value) -> String {
    let mut prompt = text(&request["system"]);
    for message in request["messages"].as_array().into_iter().flatten() {
        prompt.push('\n');
        prompt.push_str(&text(&message["content"]));
    }
    prompt
}

/// A text, or the texts of blocks.
pub fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// The last number that stands right before "turn", made even: a conversation ends on the
/// assistant.
fn turns(prompt: &str) -> usize {
    let words: Vec<&str> = prompt
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let named = words.windows(2).filter(|pair| pair[1].to_lowercase().starts_with("turn"));
    let number = named.filter_map(|pair| pair[0].parse::<usize>().ok()).next_back();
    number.unwrap_or(DEFAULT_TURNS).clamp(2, 200).next_multiple_of(2)
}

/// Different prompts are answered differently, the same one always the same (FNV-1a).
fn seed(prompt: &str) -> usize {
    let hash = prompt.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    (hash % 1000) as usize
}

/// A value of this shape. `index` is its place in the list around it; the field's name says what it
/// is about.
fn sample(schema: &Value, name: &str, index: usize, prompt: &str) -> Value {
    if let Some(options) = schema["enum"].as_array().filter(|options| !options.is_empty()) {
        // In a list, the options take turns: user, assistant, user, …
        let mut options: Vec<&Value> =
            options.iter().filter(|option| *option != "system").collect();
        if name == "role" {
            options.sort_by_key(|option| *option != "user" && *option != "human");
        }
        return options
            .get(index % options.len().max(1))
            .map_or(Value::Null, |option| (*option).clone());
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("string");
    match kind {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields
                .map(|(name, schema)| (name.clone(), sample(schema, name, index, prompt)))
                .collect::<Map<_, _>>()
                .into()
        }
        "array" => {
            let is_conversation = schema["items"]["properties"]["role"].is_object();
            let length = if is_conversation { turns(prompt) } else { 2 };
            (0..length).map(|index| sample(&schema["items"], name, index, prompt)).collect()
        }
        "number" => json!(0.9),
        "integer" => json!(1),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => words(name, index, prompt).into(),
    }
}

fn words(name: &str, index: usize, prompt: &str) -> String {
    match name {
        "role" => ["user", "assistant"][index % 2].to_owned(),
        "content" | "text" => {
            let place = seed(prompt) + index / 2;
            if index.is_multiple_of(2) {
                QUESTIONS[place % 5].to_owned()
            } else {
                ANSWERS[place % 5].to_owned()
            }
        }
        name => format!("A plausible {name}, number {}", seed(prompt) + index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_turns_as_asked_for_and_the_last_is_the_assistants() {
        for (prompt, expected) in [
            ("Write 12 turns.", 12),
            ("a 7-turn talk", 8),
            ("between 8 and 16 turns", 16),
            ("Take turns.", 10),
            ("", 10),
        ] {
            let items = json!({ "type": "object", "properties": {
                "role": { "type": "string", "enum": ["assistant", "user"] }, "content": { "type": "string" } } });
            let schema = json!({ "type": "object", "properties": { "turns": { "type": "array", "items": items } } });
            let request = json!({
                "messages": [{ "role": "user", "content": prompt }], "output_config": { "format": { "schema": schema } },
            });
            let answer: Value = serde_json::from_str(&answer(&request)).unwrap();
            let turns = answer["turns"].as_array().unwrap();
            assert_eq!(turns.len(), expected, "{prompt}");
            assert_eq!(turns[0]["role"], "user");
            assert_eq!(turns[expected - 1]["role"], "assistant");
            assert!(
                turns
                    .iter()
                    .all(|turn| turn["content"].as_str().is_some_and(|text| text.len() > 20))
            );
        }
    }

    #[test]
    fn a_conversation_that_is_to_be_revised_comes_back_with_another_end() {
        let material = json!({ "title": "A parcel", "turns": [
            { "role": "user", "content": "Where is it?" },
            { "role": "assistant", "content": "On its way." },
        ] });
        let prompt =
            format!("<conversation>\n{material}\n</conversation>\n\nInstruction:\nMore.\n");
        let request = json!({
            "system": "It stands between <conversation> and </conversation>.",
            "messages": [{ "role": "user", "content": prompt }],
            "output_config": { "format": { "schema": { "type": "object" } } },
        });
        let answer: Value = serde_json::from_str(&answer(&request)).unwrap();
        assert_eq!(answer["title"], "A parcel");
        assert_eq!(answer["turns"][0], material["turns"][0]);
        assert_eq!(answer["turns"][1]["content"], "On its way. Take the smaller step first.");
    }
}
