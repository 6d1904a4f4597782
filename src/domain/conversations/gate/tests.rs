use super::*;
use proptest::prelude::*;

fn turns(texts: &[&str]) -> Vec<Turn> {
    let roles = [Role::User, Role::Assistant].into_iter().cycle();
    texts.iter().zip(roles).map(|(text, role)| Turn { role, content: (*text).into() }).collect()
}

/// What an answer of this text breaks.
fn broken_by(text: &str) -> Vec<GateRule> {
    let failures = gate_failures(&turns(&["Hello", text]));
    assert!(failures.iter().all(|failure| failure.turn == Some(2)), "{failures:?}");
    failures.into_iter().map(|failure| failure.rule).collect()
}

fn words(turns: &[Turn]) -> Vec<(GateRule, Option<u32>)> {
    gate_failures(turns).into_iter().map(|failure| (failure.rule, failure.turn)).collect()
}

#[test]
fn the_order_of_roles_is_that_of_trainers() {
    assert_eq!(words(&turns(&["Hello", "Hello to you"])), []);
    assert_eq!(words(&turns(&["Well"; 400])), []);
    assert_eq!(words(&[]), [(GateRule::TooFewTurns, None)]);
    let one = turns(&["Hello"]);
    assert_eq!(words(&one), [(GateRule::TooFewTurns, None), (GateRule::EndsWithUser, None)]);
    let answer = &turns(&["Hello", "Yes"])[1..];
    assert_eq!(
        words(answer),
        [(GateRule::TooFewTurns, None), (GateRule::StartsWithAssistant, None)]
    );
    assert_eq!(words(&turns(&["a", "b", "c"])), [(GateRule::EndsWithUser, None)]);
    let mut twice = turns(&["a", "b", "c", "d"]);
    twice[1].role = Role::User;
    assert_eq!(
        words(&twice),
        [(GateRule::NotAlternating, Some(2)), (GateRule::NotAlternating, Some(3))]
    );
}

#[test]
fn rules_about_the_whole_come_first_and_then_the_turns_in_their_order() {
    let mut all = turns(&["[name] </s> \u{fffd} [your town] <s>", " ", "{{x}}"]);
    all.insert(0, Turn { role: Role::Assistant, content: "\u{fffd}".into() });
    assert_eq!(
        words(&all),
        [
            (GateRule::StartsWithAssistant, None),
            (GateRule::EndsWithUser, None),
            (GateRule::DamagedText, Some(1)),
            (GateRule::ControlToken, Some(2)),
            (GateRule::Placeholder, Some(2)),
            (GateRule::DamagedText, Some(2)),
            (GateRule::EmptyTurn, Some(3)),
            (GateRule::Placeholder, Some(4)),
        ]
    );
}

#[test]
fn a_turn_that_nobody_sees_is_empty() {
    for text in [
        "",
        " \t\r\n",
        "\u{2028}\u{2029}\u{85}\u{a0}\u{3000}",
        "\u{200b}\u{200d}\u{feff}",
        "\0",
        "\u{202e}\u{202c}",
        "\u{ad}\u{fe0f}\u{3164}",
    ] {
        assert_eq!(broken_by(text), [GateRule::EmptyTurn], "{text:?}");
    }
    for text in ["a\u{2028}b", "שלום", "\u{202e}abc", "👩\u{200d}👩\u{200d}👧", "a\0b", ".", "🫠"]
    {
        assert_eq!(broken_by(text), [], "{text:?}");
    }
}

#[test]
fn tokens_of_chat_templates_are_found_in_any_case() {
    for text in [
        "<|im_start|>",
        "done<|im_end|>",
        "<|EOT_ID|>",
        "<|END_OF_TURN_TOKEN|>",
        "<｜begin▁of▁sentence｜>",
        "<｜User｜>",
        "<||endoftext|>  <|endoftext|>",
        "<|\"|>",
        "x<|a|>y",
        "<|turn>user",
        "<turn|>",
        "Hi</s>",
        "<s>Hi",
        "<s>Hi</s>",
        "  <S>Hi</S>\n",
        "<s> Hi </s> there",
        "x <s>a<s>b</s> y",
        "x <s>a<think>b</s> y",
        "x <s>a\nb</s>",
        "[INST] Hi [/INST]",
        "[inst]",
        "<<SYS>>",
        "<</sys>>",
        "<think>",
        "hm</Think>",
        "[THINK]",
        "<start_of_turn>model",
        "<end_of_turn>",
        "<BOS>",
        "<eos>",
        "the token <unk> of it",
        "<pad><pad>",
        "`<pad>`",
        "<unused12>",
        "<extra_id_0>",
        "<tool_call>{}",
        "[TOOL_CALLS]",
        "[gMASK]<sop>",
        "[|assistant|]",
        "]~b]ai",
    ] {
        assert_eq!(broken_by(text), [GateRule::ControlToken], "{text:?}");
    }
}

#[test]
fn ordinary_text_is_no_token() {
    for text in [
        "a <| b |> c",
        "f <| x |>",
        "list |> map <| g",
        "a <|> b <||> c <|||>",
        "<| |>",
        "<|a b|>",
        "<|a",
        "<|",
        "<",
        "x < s > y",
        "Use the `<s>` tag and close it with `</s>`.",
        "The <s> element strikes out, the </s> tag ends it.",
        "Now <s>30 €</s> 20 €, and <S>40</S> 30.",
        "impl<S> Layer<S> for Stack<S>, collect::<S>(), Vec<Pad>",
        "I think <thinking> is fine, <strong>so</strong>",
        "<pads> <special> <unused> <unused_1>",
        "[instance] [in] [|1; 2|] [think twice]",
        "1 << 3 >> 2",
        "a[b]~c",
        "💡<🙂>",
    ] {
        assert_eq!(broken_by(text), [], "{text:?}");
    }
}

#[test]
fn what_is_left_to_be_filled_in_is_found() {
    for text in [
        "Dear {{customer}},",
        "{{ first name }}",
        "{{{name}}}",
        "{{имя}}",
        "{{a}}{{b}}",
        "Dear [Name],",
        "[NAME]",
        "您好[name]",
        "[First Name]",
        "[customer_name]",
        "[Your Company]",
        "[your-address]",
        "[YOUR_NAME]",
        "[insert date]",
        "[Insert the name of the town here]",
        "[your street][your town]",
        "[name] (the second one)",
        "[name]: good morning",
        "[a [name] b]",
    ] {
        assert_eq!(broken_by(text), [GateRule::Placeholder], "{text:?}");
    }
}

#[test]
fn links_code_and_lists_are_not_left_to_be_filled_in() {
    for text in [
        "[name](https://example.com)",
        "[your account](/account)",
        "[name][1]",
        "[the list][name]",
        "[name]: https://example.com",
        "array[name] and f()[name] and a[0][name]",
        "- [x] done\n- [ ] open",
        "pages/[name].tsx",
        "press [Insert], then [Your]",
        "[names] [renamed] [your\nname]",
        "[insert, delete]",
        "<div style={{color: 'red'}}>",
        "${{ github.ref }}",
        "\\frac{{a}}{{b}}",
        "{{}} {{ }} {{1}} {a} {{a} {{a\n}}",
        "[",
        "{{",
        "[your",
    ] {
        assert_eq!(broken_by(text), [], "{text:?}");
    }
    let far = format!("[insert {}]", "a".repeat(200));
    assert_eq!(broken_by(&far), [], "a text in brackets");
}

#[test]
fn damage_is_found() {
    assert_eq!(broken_by("na\u{fffd}ve"), [GateRule::DamagedText]);
}

proptest! {
    #[test]
    fn never_panics_and_names_a_rule_once_for_each_turn(
        texts in proptest::collection::vec(
            prop_oneof![
                any::<String>(),
                "(</?s>|<[|]|[|]>|[\\[\\]{}｜é` \n:=.]|name|your|insert|\u{200b}){0,30}",
            ],
            0..8,
        ),
        firsts in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let role = |user| if user { Role::User } else { Role::Assistant };
        let turns: Vec<Turn> = texts
            .into_iter()
            .zip(firsts)
            .map(|(content, user)| Turn { role: role(user), content })
            .collect();
        let failures = gate_failures(&turns);
        let places: Vec<u32> = failures.iter().map(|one| one.turn.unwrap_or(0)).collect();
        prop_assert!(places.is_sorted());
        for (index, failure) in failures.iter().enumerate() {
            prop_assert!(!failures[..index].contains(failure));
        }
    }

    #[test]
    fn plain_words_in_turn_pass(
        texts in proptest::collection::vec("\\p{Lu}\\p{Ll}{1,8}( \\p{Ll}{1,8}){0,9}[.?!]", 1..20),
    ) {
        let pairs: Vec<&str> = texts.iter().flat_map(|text| [text.as_str(), text]).collect();
        prop_assert_eq!(gate_failures(&turns(&pairs)), []);
    }
}
