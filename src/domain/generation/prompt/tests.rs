use super::*;
use crate::domain::conversations::ConversationRequest;
use proptest::prelude::*;

fn request() -> ConversationRequest {
    ConversationRequest {
        tier: Tier::EdgeCase,
        persona: "Retired teacher".into(),
        emotion: "angry".into(),
        topic: "A lost parcel".into(),
        intent: "get a refund".into(),
        tone: String::new(),
        turns: 8,
        instructions: "Mention the courier.".into(),
        categories: Vec::new(),
    }
}

#[test]
fn says_everything_that_was_asked_for_and_nothing_else() {
    let made = instructions(&NewConversation::parse(&request()).unwrap());
    for part in [
        "Retired teacher",
        "angry",
        "A lost parcel",
        "get a refund",
        "Number of turns: 8",
        "Mention the courier.",
    ] {
        assert!(made.prompt.contains(part), "{part} is missing in {}", made.prompt);
    }
    assert!(!made.prompt.contains("Tone:"), "an empty field leaves no label behind");
    assert_eq!(
        made.schema["properties"]["turns"]["items"]["properties"]["role"]["enum"],
        json!(["user", "assistant"])
    );
}

#[test]
fn reads_turns_with_or_without_a_fence_and_as_a_tool_gives_them() {
    let answer = json!({"title": " A parcel\n", "turns": [
        {"role": "user", "content": " Where is it? "},
        {"role": "assistant", "content": "I am sorry, let us find it."},
    ]});
    let plain = read_text(&answer.to_string(), Some("end_turn")).unwrap();
    assert_eq!(plain.title.as_deref(), Some("A parcel"));
    assert_eq!(plain.turns[0], Turn { role: Role::User, content: "Where is it?".into() });
    assert_eq!(read_text(&format!("```json\n{answer}\n```\n"), None).unwrap(), plain);
    assert_eq!(read_value(&answer, Some("tool_use")).unwrap(), plain);
    assert_eq!(read_value(&answer["turns"], None).unwrap().turns, plain.turns);
}

#[test]
fn says_what_is_wrong_with_an_answer() {
    let turn = |turn: Value| {
        read_value(&json!({"turns": [{"role": "user", "content": "Hi"}, turn]}), None).unwrap_err()
    };
    assert!(matches!(turn(json!({"role": "system", "content": "x"})), BadAnswer::Turn { .. }));
    assert_eq!(
        turn(json!({"role": "assistant", "content": " \0 "})).to_string(),
        "Turn 2 of Claude's answer is empty."
    );
    assert!(turn(json!({"role": "assistant"})).to_string().contains("no text"));
    assert!(turn(json!({"content": "x"})).to_string().contains("no role"));
    assert!(
        turn(json!({"role": "user", "content": "x".repeat(20_001)})).to_string().contains("longer")
    );
    assert_eq!(read_value(&json!({"turns": []}), None), Err(BadAnswer::Empty));
    assert_eq!(read_value(&json!({"messages": []}), None), Err(BadAnswer::NoTurns));
    assert_eq!(read_value(&json!("turns"), None), Err(BadAnswer::NoTurns));
    assert_eq!(read_text("  ", None), Err(BadAnswer::Empty));
    assert!(matches!(read_text("Sure! Here it is: {", None), Err(BadAnswer::NotJson(_))));
    assert_eq!(read_text("{\"turns\": [{\"role\":", Some("max_tokens")), Err(BadAnswer::CutOff));
    assert_eq!(read_text("", Some("refusal")), Err(BadAnswer::Declined));
}

#[test]
fn a_failed_answer_names_the_rule_that_trainers_would_refuse_it_by() {
    let rule = |text: &str, stop_reason| read_text(text, stop_reason).unwrap_err().gate_rule();
    let begun = r#"{"turns": [{"role":"#;
    assert_eq!(rule(begun, Some("max_tokens")), GateRule::CutOff);
    assert_eq!(rule(begun, Some("model_context_window_exceeded")), GateRule::CutOff);
    assert_eq!(rule("I would rather not.", Some("refusal")), GateRule::Refused);
    for text in [
        "",
        begun,
        "{}",
        r#"{"turns": []}"#,
        r#"{"turns": [{"role": "system", "content": "Hello"}]}"#,
    ] {
        assert_eq!(rule(text, Some("end_turn")), GateRule::TooFewTurns, "{text}");
    }
}

proptest! {
    #[test]
    fn never_panics_and_never_keeps_an_empty_turn(text in "\\PC{0,200}|[\\[\\]{}\":,a-z` ]{0,80}") {
        if let Ok(written) = read_text(&text, None) {
            prop_assert!(!written.turns.is_empty());
            prop_assert!(written.turns.iter().all(|turn| !turn.content.is_empty()));
        }
    }
}
