use super::*;
use proptest::prelude::*;

fn say(role: Role, content: &str) -> Turn {
    Turn { role, content: content.into() }
}

/// What is found in an answer, with the text itself.
fn found(text: &str) -> Vec<(FindingKind, String)> {
    let part = |finding: Finding| {
        let (from, to) = (finding.from as usize, finding.to as usize);
        (finding.kind, text.chars().skip(from).take(to - from).collect())
    };
    findings(&[say(Role::Assistant, text)]).into_iter().map(part).collect()
}

fn assert_found(kind: FindingKind, texts: &[(&str, &str)]) {
    for (text, expected) in texts {
        assert_eq!(found(text), [(kind, (*expected).to_owned())], "{text}");
    }
}

fn assert_nothing(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn places_are_counted_in_characters_from_turn_to_turn() {
    let turns = [
        say(Role::User, "Ünï 🙂 an@example.com, bo@example.org"),
        say(Role::Assistant, "é +49 30 1234567"),
    ];
    let place = |kind, turn, from, to| Finding { kind, turn, from, to };
    assert_eq!(
        findings(&turns),
        [
            place(FindingKind::Email, 1, 6, 20),
            place(FindingKind::Email, 1, 22, 36),
            place(FindingKind::Phone, 2, 2, 16),
        ]
    );
    assert_eq!(findings(&[]), []);
}

#[test]
fn refusals_are_those_of_the_assistant() {
    assert_found(
        FindingKind::Refusal,
        &[
            ("Sorry, I can't help with that.", "I can't help with that"),
            ("I can’t assist with that", "I can’t assist with that"),
            ("I’M UNABLE TO HELP WITH it", "I’M UNABLE TO HELP WITH"),
            ("i cannot\ngenerate this", "i cannot\ngenerate"),
        ],
    );
    assert_eq!(findings(&[say(Role::User, "I can't help with that.")]), []);
    assert_nothing(&[
        "I can help with that.",
        "Hawaii can't help with that",
        "I can't help with thatching",
        "I  can't help laughing",
        "I can't",
    ]);
}

#[test]
fn boilerplate_is_found_whoever_says_it() {
    assert_found(
        FindingKind::Boilerplate,
        &[
            ("As an AI language model, yes", "As an AI language model"),
            ("Well, as an AI, no", "as an AI,"),
            ("I hope this helps!", "I hope this helps"),
            ("Hope this helps", "Hope this helps"),
        ],
    );
    assert_eq!(findings(&[say(Role::User, "I hope this helps")]).len(), 1);
    assert_nothing(&["As an aide, I know", "I hope this helped", "was a language model", ""]);
}

#[test]
fn addresses_of_people_are_no_handles_and_no_files() {
    assert_found(
        FindingKind::Email,
        &[
            ("Write to ann.o+x@mail.example.co.uk.", "ann.o+x@mail.example.co.uk"),
            ("<a@b.de>", "a@b.de"),
            ("(A_B@EXAMPLE.COM)", "A_B@EXAMPLE.COM"),
            ("mail: x@example.com: thanks", "x@example.com"),
            ("写信到 a@example.com。", "a@example.com"),
        ],
    );
    assert_nothing(&[
        "@ann and ann@ and @",
        "user@localhost",
        "git@github.com:train/train",
        "https://ann@example.com/",
        "logo@2x.png",
        "lodash@4.17.21",
        "a@b..com",
        "a@-b.com",
        "a.@b.com",
        ".a@b.com",
        "a@b.c",
        "a@@b.com@",
        "äa@",
    ]);
    let long = format!("{}@example.com", "a".repeat(65));
    assert_nothing(&[&long]);
}

#[test]
fn telephone_numbers_are_international_or_of_a_usual_form() {
    assert_found(
        FindingKind::Phone,
        &[
            ("Call +49 30 1234567.", "+49 30 1234567"),
            ("+15551234567", "+15551234567"),
            ("+1 (555) 123-4567", "+1 (555) 123-4567"),
            ("+49 (0)30 123456, please", "+49 (0)30 123456"),
            (
                "+33\u{a0}1\u{a0}23\u{a0}45\u{a0}67\u{a0}89",
                "+33\u{a0}1\u{a0}23\u{a0}45\u{a0}67\u{a0}89",
            ),
            ("at 555-234-4567", "555-234-4567"),
            ("(555) 234-4567", "(555) 234-4567"),
            ("(555-234-4567)", "555-234-4567"),
            ("1-800-555-0199", "1-800-555-0199"),
            ("1 (800) 555-0199", "1 (800) 555-0199"),
            ("555.234.4567", "555.234.4567"),
            ("030 1234567", "030 1234567"),
            ("(030) 1234567", "(030) 1234567"),
            ("0171/123 45 67", "0171/123 45 67"),
            ("01 23 45 67 89", "01 23 45 67 89"),
            ("020 7946 0958", "020 7946 0958"),
            ("0044 20 7946 0958", "0044 20 7946 0958"),
        ],
    );
}

#[test]
fn dates_versions_prices_and_numbers_are_no_telephones() {
    assert_nothing(&[
        "2024-01-15 10:30",
        "01.02.2024 10:30",
        "01/02/2024",
        "01.02.24 09.30",
        "2024-01-15T10:30:00",
        "1.20.300",
        "version 0.10.20.30",
        "192.168.100.200",
        "$555 234 4567",
        "€ 030 1234567",
        "1 234 567 890",
        "1,234,567,890",
        "+100.000.000",
        "+12%",
        "+5 years, C++11",
        "+1234567",
        "1234567890",
        "0123456789",
        "order 5552344567",
        "#555-234-4567",
        "155-234-4567",
        "555-123-45678",
        "12 555-234-4567",
        "a555-234-4567",
        "555-234-4567x",
        "+",
        "(",
        "+(",
        "ISBN 0-306-40615-2",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
    ]);
}

#[test]
fn accounts_and_cards_have_the_right_check_digits() {
    assert_found(
        FindingKind::Iban,
        &[
            ("IBAN DE89 3704 0044 0532 0130 00.", "DE89 3704 0044 0532 0130 00"),
            ("de89370400440532013000", "de89370400440532013000"),
            ("GB82WEST12345698765432", "GB82WEST12345698765432"),
            ("FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 606"),
        ],
    );
    assert_found(
        FindingKind::Card,
        &[
            ("Card 4111 1111 1111 1111, thanks", "4111 1111 1111 1111"),
            ("5555555555554444", "5555555555554444"),
            ("4111-1111-1111-1111", "4111-1111-1111-1111"),
            ("3782 822463 10005", "3782 822463 10005"),
            ("4111 1111 1111 1111 12/27", "4111 1111 1111 1111"),
        ],
    );
    assert_nothing(&[
        "DE88 3704 0044 0532 0130 00",
        "DE89 3704 0044 0532 0130 0",
        "DE89 3704 0044 0532 0130 001",
        "DE89  3704 0044 0532 0130 00",
        "XDE89370400440532013000",
        "DEar all, GB and FR",
        "DEé",
        "4111 1111 1111 1112",
        "4111 1111-1111 1111",
        "0.4111111111111111",
        "4111111111111111.5",
        "a4111111111111111",
        "1700000000000",
        "4444444444444444",
        "0000000000000000",
        "9780306406157",
    ]);
}

#[test]
fn keys_and_tokens_are_found_and_masks_are_not() {
    let tail = "a1B2".repeat(10);
    let secrets = [
        format!("sk-ant-api03-{tail}"),
        format!("sk-proj-{tail}"),
        format!("trn_{tail}"),
        format!("ghp_{}", &tail[..36]),
        format!("github_pat_{tail}"),
        format!("xoxb-{tail}"),
        format!("AIza{}", &tail[..35]),
        format!("AKIA{}", "A1B2".repeat(4)),
        format!("eyJ{tail}.eyJ{tail}.{tail}"),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{tail}\n-----END RSA PRIVATE KEY-----"),
        format!("-----BEGIN {}", "PRIVATE KEY-----"),
    ];
    for secret in &secrets {
        let expected = [(FindingKind::Secret, secret.clone())];
        assert_eq!(found(secret), expected);
        assert_eq!(found(&format!("é key=\"{secret}\" x")), expected);
    }
    let both = format!("{}\n{}", secrets[10], secrets[9]);
    let both: Vec<String> = found(&both).into_iter().map(|(_, text)| text).collect();
    assert_eq!(both, [secrets[10].clone(), secrets[9].clone()]);
    assert_nothing(&[
        "sk-ant-…a1b2",
        "sk-loading-spinner-animation-wrapper",
        "a task-0123456789-0123456789-0123456789",
        "AKIAAAAAAAAAAAAAAAA",
        "AKIA and ghp_ and eyJ",
        "eyJhbGciOiJIUzI1NiJ9 alone",
        "eyJhbGciOiJIUzI1NiJ9.eyJ.x",
        "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
        "-----BEGIN é",
    ]);
    assert_nothing(&[&format!("AKIA{}", "a1b2".repeat(4)), &format!("ghp_{}", &tail[..35])]);
}

#[test]
fn the_opening_is_that_of_the_first_answer() {
    let with = |text| same_opening(&[say(Role::User, "x"), say(Role::Assistant, text)]);
    let key = "i am sorry to hear that ann let";
    assert_eq!(with("I am SORRY to hear that, Ann! Let us").as_deref(), Some(key));
    assert_eq!(with("**I am sorry** to hear that: Ann — let me").as_deref(), Some(key));
    assert_eq!(with("I am sorry"), None);
    assert_eq!(same_opening(&[say(Role::User, "one two three four five six seven eight")]), None);
}

#[test]
fn an_opening_is_shown_as_it_was_written_and_stored_as_a_number() {
    let answer = |text: &str| [say(Role::User, "x"), say(Role::Assistant, text)];
    let turns = answer("\n Thank you — for reaching OUT! I understand, how it is.");
    assert_eq!(opening_text(&turns), Some("Thank you — for reaching OUT! I understand, how"));
    assert_eq!(opening_text(&answer("Thank you")), None);
    assert_eq!(opening_text(&[]), None);
    // Stored: when this fails, all conversations have to be examined anew.
    assert_eq!(opening_key(&turns), Some(-8_546_361_194_888_289_446));
    assert_eq!(opening_key(&answer("Thank you")), None);
}

#[test]
fn an_opening_is_common_beyond_one_in_twenty() {
    for (count, total, expected) in
        [(19, 19, false), (1, 20, false), (2, 20, true), (5, 100, false), (6, 100, true)]
    {
        assert_eq!(is_common_opening(count, total), expected, "{count} of {total}");
    }
}

#[test]
fn kinds_are_told_once_in_their_order() {
    let turns = [say(Role::User, "+49 30 1234567, an@example.com, bo@example.com")];
    let found = findings(&turns);
    assert_eq!(found.len(), 3);
    assert_eq!(kinds_of(&found), [FindingKind::Email, FindingKind::Phone]);
    assert_eq!(kinds_of(&[]), []);
}

proptest! {
    #[test]
    fn findings_lie_within_their_turns_and_do_not_overlap(
        texts in proptest::collection::vec(
            prop_oneof![
                any::<String>(),
                "([0-9]{1,5}|[+(). @/é-]|a@b|DE89|sk-|eyJ|-----BEGIN |PRIVATE KEY-----){0,30}",
            ],
            0..4,
        ),
    ) {
        let turns: Vec<Turn> = texts.iter().map(|text| say(Role::Assistant, text)).collect();
        let mut before = (1, 0);
        for finding in findings(&turns) {
            prop_assert!(before <= (finding.turn, finding.from));
            prop_assert!(finding.from < finding.to);
            let length = texts[finding.turn as usize - 1].chars().count();
            prop_assert!(finding.to as usize <= length);
            before = (finding.turn, finding.to);
        }
    }
}
