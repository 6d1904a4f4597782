use super::*;
use proptest::prelude::*;

const ANY: NumberRule = NumberRule::within(f64::NEG_INFINITY, f64::INFINITY);
const WHOLE: NumberRule = NumberRule::whole(0.0, 10_000_000.0);
const SCORE: NumberRule = NumberRule::within(0.0, 10.0);
const BUDGET: NumberRule = NumberRule::within(0.0, 100_000_000.0).with_sign(Sign::Dollars);

fn text(rule: NumberRule, typed: &str) -> String {
    rule.read(typed).unwrap_or_else(|error| panic!("{typed}: {error:?}")).to_string()
}

fn two(rule: NumberRule, typed: &str) -> [String; 2] {
    match rule.read(typed) {
        Err(NumberError::Ambiguous { readings, .. }) => readings.map(|it| it.to_string()),
        other => panic!("{typed}: {other:?}"),
    }
}

#[test]
fn tells_at_once_what_more_digits_cannot_mend() {
    let delay = NumberRule::whole(1000.0, 60_000.0);
    for typed in ["70000", "70,000", "-1", "999999"] {
        assert!(delay.is_beyond(typed), "{typed}");
    }
    for typed in ["", "7", "700", "60000", "6,", "-", "much", "1.5"] {
        assert!(!delay.is_beyond(typed), "{typed}");
    }
    let signed = NumberRule::whole(-1000.0, 1000.0);
    assert!(signed.is_beyond("-1001") && !signed.is_beyond("-7"));
    assert!(BUDGET.is_beyond("$100,000,001.50") && SCORE.is_beyond("11"));
}

#[test]
fn issue_13_2_1_a_decimal_comma_is_a_decimal_mark() {
    for (typed, number) in [
        ("7,5", "7.5"),
        ("7.5", "7.5"),
        ("0,5", "0.5"),
        (",5", "0.5"),
        ("0,500", "0.5"),
        ("12,34", "12.34"),
        ("1,2345", "1.2345"),
        ("1234,567", "1234.567"),
        ("007,50", "7.5"),
        ("-0,0", "0"),
        ("7", "7"),
    ] {
        assert_eq!(text(ANY, typed), number, "{typed}");
    }
}

#[test]
fn issue_13_2_1_groups_are_read_where_they_can_mean_nothing_else() {
    for (typed, number) in [
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("1’234,567", "1234.567"),
        // Which kind of space stands there is a matter of the keyboard.
        ("1\u{a0}234\u{202f}567", "1234567"),
        ("1\u{202f}234\u{202f}567,25", "1234567.25"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("12,34,567", "1234567"),
        ("1,00,000.50", "100000.5"),
    ] {
        assert_eq!(text(ANY, typed), number, "{typed}");
    }
    for typed in ["12,34,5", "1 23", "1,2,3", "1 234 56", "1'234,567,8", "1,234 567", "1 2'345"] {
        assert!(matches!(ANY.read(typed), Err(NumberError::Refused(_))), "{typed}");
    }
}

#[test]
fn issue_13_2_1_what_can_mean_two_numbers_is_asked_about_where_both_are_allowed() {
    for typed in ["1,234", "1.234", "12,345", "123.456"] {
        let [grouped, decimal] = two(BUDGET, typed);
        assert_eq!(grouped, typed.replace([',', '.'], ""));
        assert_eq!(decimal, typed.replace(',', "."));
    }
    assert_eq!(two(ANY, "-1,234"), ["-1234", "-1.234"]);
    // Of a score only one of the two is allowed, and of a whole number as well.
    assert_eq!(text(SCORE, "1,234"), "1.234");
    assert_eq!(text(WHOLE, "8,000"), "8000");
    assert_eq!(text(WHOLE, "8.000"), "8000");
    assert_eq!(text(WHOLE, "25.0"), "25");
    // Not even because the number of that many thousands would be too large.
    let hours = NumberRule::whole(0.0, 168.0);
    assert!(matches!(hours.read("1.000"), Err(NumberError::Refused(_))));
    let sentence = BUDGET.read("1,234").unwrap_err().sentence(BUDGET);
    assert_eq!(sentence, "1,234 can mean 1234 or 1.234. Choose one, or write 1234 or 1.2340.");
}

#[test]
fn digits_and_signs_of_other_scripts_are_read() {
    for (typed, number) in [
        ("٧٫٥", "7.5"),
        ("۱٬۲۳۴٫۵", "1234.5"),
        ("７．５", "7.5"),
        ("७.५", "7.5"),
        ("−7,5", "-7.5"),
        ("\u{200e}-7.5\u{200e}", "-7.5"),
        ("+7.5", "7.5"),
    ] {
        assert_eq!(text(ANY, typed), number, "{typed}");
    }
}

#[test]
fn a_unit_is_read_where_it_is_the_field_s_own() {
    for typed in ["$7.50", "7,50 $", "US$ 7.5", "7.5 usd", "$ 7.5"] {
        assert_eq!(text(BUDGET, typed), "7.5", "{typed}");
    }
    assert_eq!(text(ANY.with_sign(Sign::Percent), "50 %"), "50");
    assert_eq!(text(ANY.with_sign(Sign::Dollars), "-$5"), "-5");
    for (rule, typed, word) in [
        (BUDGET, "7,50 €", "US dollars"),
        (BUDGET, "£7", "US dollars"),
        (BUDGET, "7 EUR", "US dollars"),
        (SCORE, "$7", "digits"),
        (SCORE, "1e0", "exponent"),
        (SCORE, "seven", "digits"),
        (SCORE, "NaN", "digits"),
        (SCORE, "inf", "digits"),
        (SCORE, "-", "digits"),
        (SCORE, "3–5", "digits"),
        (SCORE, "五", "digits"),
        (SCORE, "7,", "mark"),
        (SCORE, "11", "from 0 to 10"),
        (SCORE, "-1", "from 0 to 10"),
        (WHOLE, "7,5", "whole number from 0"),
        (NumberRule::whole(0.0, 60_000.0), "70000", "from 0 to 60,000."),
        (NumberRule::within(-1_000.5, 2_000.0), "9999", "from -1,000.5 to 2,000."),
        (ANY, "12345678901234567", "15 digits"),
        (ANY, "0.1234567890123456", "15 digits"),
    ] {
        match rule.read(typed) {
            Err(NumberError::Refused(sentence)) => {
                assert!(sentence.contains(word), "{typed}: {sentence}");
            }
            other => panic!("{typed}: {other:?}"),
        }
    }
    assert_eq!(SCORE.read(" \u{a0} "), Err(NumberError::Empty));
}

/// A number of up to 15 digits, of which some are decimals.
fn number() -> impl Strategy<Value = (i64, usize)> {
    (-999_999_999_999_999_i64..=999_999_999_999_999, 0_usize..10)
}

/// Digits in groups of three, before a fraction.
fn written(units: i64, decimals: usize, group: &str, mark: &str) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push_str(group);
        }
        grouped.push(digit);
    }
    let mark = if decimals == 0 { "" } else { mark };
    format!("{sign}{grouped}{mark}{fraction}")
}

proptest! {
    #[test]
    fn what_is_shown_reads_as_the_same_number((units, decimals) in number()) {
        let exact = written(units, decimals, "", ".");
        let canonical = match ANY.read(&exact) {
            Err(NumberError::Ambiguous { readings: [_, decimal], .. }) => decimal,
            other => other.unwrap(),
        };
        let shown = canonical.spelled();
        prop_assert_eq!(ANY.read(&shown), Ok(canonical.clone()));
        prop_assert_eq!(canonical.to_f64(), exact.parse::<f64>().unwrap());
    }

    /// Whatever marks it is written with: it is that number, or somebody is asked, or it is
    /// refused; never ten or a thousand times as much.
    #[test]
    fn no_mark_multiplies_or_divides(
        (units, decimals) in number(),
        (group, mark) in prop::sample::select(vec![
            ("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."),
            ("\u{202f}", ","), ("’", ","),
        ]),
    ) {
        let typed = written(units, decimals, group, mark);
        let meant = written(units, decimals, "", ".").parse::<f64>().unwrap();
        match ANY.read(&typed) {
            Ok(number) => prop_assert_eq!(number.to_f64(), meant, "{}", typed),
            Err(NumberError::Ambiguous { readings, .. }) => {
                prop_assert!(readings.iter().any(|it| it.to_f64() == meant), "{}", typed);
            }
            Err(error) => prop_assert!(false, "{}: {:?}", typed, error),
        }
    }

    #[test]
    fn never_panics_on_any_text(typed in "\\PC{0,20}|[-+0-9.,' $%eE\u{a0}٧٫]{0,20}") {
        for rule in [ANY, WHOLE, SCORE, BUDGET] {
            if let Ok(number) = rule.read(&typed) {
                prop_assert_eq!(rule.read(&number.spelled()), Ok(number));
            }
        }
    }
}
