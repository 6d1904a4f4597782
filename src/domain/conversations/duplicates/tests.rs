use super::*;
use crate::domain::conversations::Role;
use std::collections::HashSet;

fn turns(texts: &[&str]) -> Vec<Turn> {
    let roles = [Role::User, Role::Assistant].into_iter().cycle();
    texts.iter().zip(roles).map(|(text, role)| Turn { role, content: (*text).into() }).collect()
}

fn signature(text: &str) -> Signature {
    Signature::of(&turns(&[text])).unwrap()
}

/// Two texts that have this many words at their beginning in common and as many of their own.
fn pair(seed: usize, shared: usize, own: usize) -> [Vec<String>; 2] {
    ["a", "b"].map(|side| {
        let words = (0..shared).map(|word| format!("{seed}c{word}"));
        words.chain((0..own).map(|word| format!("{seed}{side}{word}"))).collect()
    })
}

/// The share of all shingles that both have, counted.
fn jaccard(texts: &[Vec<String>; 2]) -> f64 {
    let [one, other] = texts.each_ref().map(|words| words.windows(5).collect::<HashSet<_>>());
    one.intersection(&other).count() as f64 / one.union(&other).count() as f64
}

#[test]
fn the_estimate_is_within_four_standard_errors_and_alike_ones_share_a_band() {
    // With how many of 40 pairs may meet in a band: none, some, or nearly all.
    for (shared, own, meet) in [
        (204, 25, 34..=40),
        (104, 11, 34..=40),
        (24, 4, 20..=34),
        (104, 60, 0..=5),
        (104, 100, 0..=1),
        (104, 300, 0..=0),
        (54, 200, 0..=0),
    ] {
        let mut met = 0;
        for seed in 0..40 {
            let texts = pair(seed, shared, own);
            let exact = jaccard(&texts);
            let [one, other] = texts.map(|words| signature(&words.join(" ")));
            let error = (exact * (1.0 - exact) / 128.0).sqrt();
            let off = (one.similarity(&other) - exact).abs();
            assert!(off <= 4.0 * error, "{seed} {shared} {own}: {off} from {exact}");
            let mut bands = one.bands().into_iter().zip(other.bands());
            met += usize::from(bands.any(|(one, other)| one == other));
        }
        assert!(meet.contains(&met), "{shared} {own}: {met}");
    }
}

/// Two thousand pairs, their Jaccard from 0.3 to 1, against exact counts.
#[test]
fn nearly_all_near_duplicates_are_marked_and_nearly_all_marks_are_right() {
    let (mut same, mut marked, mut called_same, mut rightly) = (0, 0, 0, 0);
    for seed in 0..2000_usize {
        let (length, share) = (80 + seed * 7 % 220, 0.3 + 0.7 * (seed % 1000) as f64 / 1000.0);
        // So many of both that this share of all is in both.
        let shared = (2.0 * length as f64 * share / (1.0 + share)) as usize;
        let texts = pair(seed, shared + SHINGLE - 1, length - shared);
        let is_same = jaccard(&texts) >= 0.8;
        let [one, other] = texts.map(|words| signature(&words.join(" ")));
        let others = other.bands();
        let meet = one.bands().iter().any(|band| others.contains(band));
        let mark = likeness(f64::from(one.percent(&other)) / 100.0).filter(|_| meet);
        same += usize::from(is_same);
        marked += usize::from(is_same && mark.is_some());
        called_same += usize::from(mark == Some(Likeness::NearlyTheSame));
        rightly += usize::from(is_same && mark == Some(Likeness::NearlyTheSame));
    }
    assert!(marked * 100 >= same * 95, "{marked} of {same}");
    assert!(rightly * 10 >= called_same * 9, "{rightly} of {called_same}");
}

#[test]
fn percents_are_rounded_down_and_keep_the_bounds() {
    let one = Signature([0; SLOTS]);
    for equal in 0..=SLOTS {
        let mut other = Signature([1; SLOTS]);
        other.0[..equal].fill(0);
        let percent = one.percent(&other);
        assert_eq!(usize::from(percent), equal * 100 / SLOTS);
        let told = likeness(f64::from(percent) / 100.0);
        assert_eq!(told, likeness(one.similarity(&other)), "{equal}");
    }
}

#[test]
fn case_punctuation_and_who_speaks_do_not_matter() {
    let text = "How do I reset my router? Hold the button for ten seconds.";
    let one = signature(text);
    for other in [
        signature(&text.to_uppercase()),
        signature("how do i reset my router — hold: the\nbutton for **ten** seconds"),
        Signature::of(&turns(&["How do I reset my router?", "Hold the button for ten seconds."]))
            .unwrap(),
    ] {
        assert_eq!(one.similarity(&other), 1.0);
        assert_eq!(one, other);
        assert_eq!(one.bands(), other.bands());
    }
    assert_eq!(one.similarity(&signature("Entirely other words about some distant city")), 0.0);
    assert_ne!(signature("a b c d e f"), signature("f e d c b a"));
}

#[test]
fn few_words_are_one_shingle_and_no_words_have_no_signature() {
    assert_eq!(signature("Hello, you"), signature("hello YOU!"));
    assert_eq!(signature("hello you").similarity(&signature("hello")), 0.0);
    assert_eq!(signature("Привет, 世界").similarity(&signature("привет 世界")), 1.0);
    for texts in [&[][..], &[""], &["…", " \0🙂 -- "]] {
        assert_eq!(Signature::of(&turns(texts)), None);
    }
}

#[test]
fn what_is_written_without_spaces_is_compared_letter_by_letter() {
    for (one, other) in [
        (
            "我想知道怎么重新设置我的路由器\
             因为它今天早上突然不能上网了请你帮帮我谢谢",
            "我想知道怎么重新设置我的路由器\
             因为它今天早上突然不能上网了请你帮帮我多谢",
        ),
        (
            "ルーターをリセットするには\
             どうすればよいですか昨日からインターネットに接続できません",
            "ルーターをリセットするには\
             どうすればよいですか昨日からインターネットに接続できない",
        ),
        (
            "ฉันจะรีเซ็ตเราเตอร์ของฉันได้อย่างไรเพราะเช้านี้มันใช้อินเทอร์เน็ตไม่ได้เลยค่ะ",
            "ฉันจะรีเซ็ตเราเตอร์ของฉันได้อย่างไรเพราะเช้านี้มันใช้อินเทอร์เน็ตไม่ได้เลยครับ",
        ),
    ] {
        let (one, other) = (signature(one), signature(other));
        assert!(one != other && one.is_alike(&other), "{}", one.similarity(&other));
    }
    let units_of = |text| words_of(text).flat_map(units).collect::<Vec<_>>();
    assert_eq!(units_of("用GPT4を, naïve 한국어"), ["用", "GPT4", "を", "naïve", "한국어"]);
}

/// Signatures are stored: when this fails, all of them have to be made anew.
#[test]
fn a_signature_stays_what_it_is() {
    let one = signature("How do I reset my router? Hold the button for ten seconds.");
    assert_eq!(one.0[..4], [0x121c_ec8e, 0x0be4_ca18, 0x27c6_5dde, 0x0b5e_d628]);
    assert_eq!(one.0[127], 0x0899_d283);
    let bands = one.bands();
    assert_eq!(bands[..2], [-2_979_830_450_903_541_694, -8_896_625_979_031_902_505]);
    assert_eq!(bands[15], 8_374_807_813_200_772_992);
    assert_eq!(signature("hello").0[..2], [0x5b16_9626, 0xf8d9_7140]);
}

#[test]
fn bytes_are_read_back() {
    let one = signature("How do I reset my router?");
    let bytes = one.to_bytes();
    assert_eq!(bytes.len(), 512);
    assert_eq!(Signature::from_bytes(&bytes), Some(one));
    for length in [0, 1, 508, 511] {
        assert_eq!(Signature::from_bytes(&bytes[..length]), None);
    }
    assert_eq!(Signature::from_bytes(&[bytes.as_slice(), &[0; 4]].concat()), None);
}

#[test]
fn likeness_begins_at_its_bounds() {
    for (similarity, expected) in [
        (1.0, Some(Likeness::NearlyTheSame)),
        (0.8, Some(Likeness::NearlyTheSame)),
        (0.799, Some(Likeness::Related)),
        (0.6, Some(Likeness::Related)),
        (0.599, None),
        (0.0, None),
    ] {
        assert_eq!(likeness(similarity), expected, "{similarity}");
    }
}
