//! What a declaration comes to.

use super::*;

#[derive(Default, Serialize, Deserialize, IntoParams)]
pub struct Asked {
    text: Option<String>,
    limit: u8,
}

operations! { "Tests";
    /// Looks something up.
    ///
    /// With more to say.
    Look = GET "/api/things/{id}/parts/{part}", at (Uuid, Uuid), query Asked => Done,
        about "What is there", refuses { 409: "Not now" };

    /// Makes something.
    Make = POST "/api/things/{model}", at String, body Done, largest 2 * USUAL_BODY,
        headers IfMatch IdempotencyKey => 201 Done, or 200 "text/csv" "With `Accept: text/csv`";

    /// Sends something.
    Send = GET "/api/things" => Raw, content "text/csv";
}

#[test]
fn an_address_has_its_parts_and_its_query_encoded() {
    let (id, part) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let asked = Asked { text: Some("a&b=c d/é".into()), limit: 5 };
    let address = address::<Look>(&(id, part), &asked);
    let expected = format!("/api/things/{id}/parts/{part}?limit=5&text=a%26b%3Dc%20d%2F%C3%A9");
    assert_eq!(address, expected);
    let none = Asked { text: None, limit: 0 };
    assert!(super::address::<Look>(&(id, part), &none).ends_with("?limit=0"));
    let model = super::address::<Make>(&"claude/5?".to_owned(), &Nothing {});
    assert_eq!(model, "/api/things/claude%2F5%3F");
}

#[test]
fn a_declaration_says_what_it_has() {
    assert_eq!((Look::METHOD, Look::STATUS, Look::HAS_QUERY), (Method::Get, 200, true));
    assert_eq!([Look::HAS_BODY, Make::HAS_BODY, Make::HAS_QUERY], [false, true, false]);
    assert_eq!([Send::LARGEST_BODY, Make::LARGEST_BODY], [USUAL_BODY, 2 * USUAL_BODY]);
    assert_eq!(Look::REFUSALS, [(409, "Not now")]);
    assert_eq!(Look::SUMMARY, [" Looks something up.", "", " With more to say."]);
    assert_eq!(Make::HEADERS, [Header::IfMatch, Header::IdempotencyKey]);
    assert_eq!((Make::STATUS, Make::OTHER.unwrap().content), (201, "text/csv"));
    assert_eq!((Look::STATUS, Look::OTHER, Look::ABOUT), (200, None, "What is there"));
    assert_eq!([Look::CONTENT, Send::CONTENT], [JSON, "text/csv"]);
}

#[test]
fn what_names_nothing_is_no_part_of_a_path() {
    assert_eq!(<(Uuid, Uuid)>::read(&["a", "b"]), None);
    assert_eq!(i32::read(&["12"]), Some(12));
    assert_eq!(<()>::read(&["x"]), None);
}
