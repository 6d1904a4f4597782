use super::*;
use crate::domain::{
    conversations::{Role, Tier, gate_failures},
    exports::{ExportOptions, FileWriter, JsonlKind, Record, fixtures},
    preferences::values::ExportFormat,
};
use proptest::prelude::*;

/// What is found in a file that comes in pieces of this size.
fn read_by(bytes: &[u8], size: usize) -> Result<(Option<ImportFormat>, Vec<Found>), String> {
    let mut reader = FileReader::default();
    let mut found = Vec::new();
    for piece in bytes.chunks(size) {
        reader.push(piece, &mut found)?;
    }
    let format = reader.end(&mut found)?;
    Ok((format, found))
}

fn read(text: impl AsRef<[u8]>) -> (Option<ImportFormat>, Vec<Found>) {
    read_by(text.as_ref(), 7).unwrap()
}

fn rows(found: Vec<Found>) -> Vec<FileRow> {
    let row = |one| match one {
        Found::Row(_, row) => *row,
        other => panic!("{other:?}"),
    };
    found.into_iter().map(row).collect()
}

/// The rows that are fine by their lines, and every problem.
fn told(text: impl AsRef<[u8]>) -> (Vec<i32>, Vec<(i32, String)>) {
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    for one in read(text).1 {
        match one {
            Found::Row(line, _) => lines.push(line),
            Found::Bad(own) => {
                problems.extend(own.into_iter().map(|own| (own.line, own.message)));
            }
            Found::Note(own) => problems.push((own.line, own.message)),
        }
    }
    (lines, problems)
}

/// The one problem of a file of one row.
fn problem(text: impl AsRef<[u8]>) -> String {
    let (lines, mut problems) = told(text);
    assert_eq!((lines, problems.len()), (Vec::new(), 1), "{problems:?}");
    problems.remove(0).1
}

fn said(row: &FileRow) -> Vec<(Role, &str)> {
    row.content.turns.iter().map(|turn| (turn.role, turn.content.as_str())).collect()
}

const OPENAI: &str =
    r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;
const SHAREGPT: &str =
    r#"{"conversations":[{"from":"Human","value":"Hi"},{"from":"GPT","value":"Hello"}]}"#;
const ALPACA: &str = r#"{"instruction":"Hi","input":"","output":"Hello","system":"","history":[]}"#;
const PAIR: &str = r#"{"prompt":"Hi","completion":"Hello"}"#;
const HI: [(Role, &str); 2] = [(Role::User, "Hi"), (Role::Assistant, "Hello")];

#[test]
fn every_shape_is_read_alone_and_in_an_array() {
    for (row, format) in [
        (OPENAI, ImportFormat::Openai),
        (SHAREGPT, ImportFormat::Sharegpt),
        (ALPACA, ImportFormat::Alpaca),
        (PAIR, ImportFormat::PromptCompletion),
    ] {
        let mark = "\u{feff}";
        for text in [row.to_owned(), format!("{mark}\r\n{row}\r\n\r\n{row}\r\n")] {
            let (found, rows_found) = read(&text);
            assert_eq!(found, Some(format), "{text}");
            for own in rows(rows_found) {
                assert_eq!((own.format, said(&own)), (format, HI.to_vec()), "{text}");
                assert_eq!((own.content.title.as_str(), own.content.tier), ("Hi", Tier::Template));
            }
        }
        for text in [format!("[{row}]"), format!("{mark} [\n{row},\n{row}\n]\n"), format!("[{row}")]
        {
            assert_eq!(read(&text).0, Some(ImportFormat::Json), "{text}");
        }
    }
    let turns = r#"{"prompt":[{"role":"user","content":"Hi"}],
        "completion":[{"role":"Bot","content":"Hello"}]}"#;
    assert_eq!(said(&rows(read(turns.replace('\n', " ")).1)[0]), HI);
    let longer = r#"{"instruction":"And","input":"x","output":"y","history":[["Hi","Hello"]]}"#;
    let rows = rows(read(longer).1);
    assert_eq!(said(&rows[0])[..2], HI);
    assert_eq!(said(&rows[0])[2], (Role::User, "And\nx"));
}

#[test]
fn what_is_said_about_a_conversation_is_read_back_and_the_rest_is_not() {
    let row = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}],"weight":0},
        {"role":"assistant","content":"Hello"}],"metadata":{"title":" T ","tier":"EDGE_CASE",
        "tags":"a; b; a","persona":null,"topic":5,"origin":"o","license":"MIT","status":"approved",
        "quality_score":10.0,"is_decided":true}}"#;
    let rows = rows(read(row.replace('\n', " ")).1);
    let content = &rows[0].content;
    assert_eq!((content.title.as_str(), content.tier), ("T", Tier::EdgeCase));
    assert_eq!((content.categories.join(","), content.topic.as_str()), ("a,b".into(), ""));
    assert_eq!((rows[0].origin.as_str(), rows[0].license.as_str()), ("o", "MIT"));
}

#[test]
fn each_bad_row_is_told_with_its_line_and_the_others_are_read() {
    let text = format!(
        "{OPENAI}\n\
         {{\"messages\":[{{\"role\":\"narrator\",\"content\":\"x\"}},\
         {{\"role\":\"user\",\"content\":null}}]}}\n\
         \n\
         not json\n\
         [1]\n\
         {{\"text\":\"x\"}}\n\
         {SHAREGPT}\n\
         {}",
        &OPENAI[..40]
    );
    let (lines, problems) = told(&text);
    assert_eq!(lines, [1, 7]);
    let numbers: Vec<i32> = problems.iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, [2, 2, 4, 5, 6, 7, 8], "{problems:#?}");
    assert_eq!(problems[0].1, "Turn 1 has an unknown role, “narrator”.");
    assert_eq!(problems[1].1, "Turn 2 has no text.");
    assert!(problems[5].1.contains("mixed"), "{problems:#?}");
    assert_eq!(problems[6].1, row::CUT);
}

#[test]
fn what_conversations_here_have_not_is_refused_in_words() {
    let with = |turn: &str| format!(r#"{{"messages":[{turn}]}}"#);
    for (row, words) in [
        (with(r#"{"role":"system","content":"Be kind"}"#), "system message"),
        (with(r#"{"role":"tool","content":"42"}"#), "tool"),
        (with(r#"{"content":"x"}"#), "no role"),
        (with(r#"{"role":"user","content":[{"type":"image_url"}]}"#), "something else than text"),
        (with(r#""x""#), "no object"),
        (with(""), "no turns"),
        (with(r#"{"role":"user","content":"a\u0000b"}"#), "character zero"),
        (with(r#"{"role":"user","content":"\ud83d"}"#), "surrogate"),
        (r#"{"instruction":"x","output":"y","system":"Be kind"}"#.into(), "system prompt"),
        (r#"{"instruction":"x","output":null}"#.into(), "none of the shapes"),
        (r#"{"instruction":"x","output":"y","history":[["x"]]}"#.into(), "pairs"),
        (r#"{"messages":"x"}"#.into(), "no list"),
        (r#"{"prompt":"x","completion":"y","metadata":{"tier":"gold"}}"#.into(), "gold"),
        (
            format!(
                r#"{{"prompt":"x","completion":"y","metadata":{{"title":"{}"}}}}"#,
                "x".repeat(301)
            ),
            "at most 300",
        ),
        (
            format!(
                r#"{{"prompt":"x","completion":"y","metadata":{{"license":"{}"}}}}"#,
                "x".repeat(201)
            ),
            "licence",
        ),
        (with(&vec![r#"{"role":"user","content":"x"}"#; 401].join(",")), "at most 400"),
        (format!("{{\"a\":[{}1]}}", "1,".repeat(30_000)), "too many parts"),
        (format!("{}{}", "{\"a\":".repeat(300), "}".repeat(300)), "not JSON"),
    ] {
        let told = problem(&row);
        assert!(told.contains(words), "{words}: {told}");
    }
    // A system message that says nothing is none, and an empty turn is for the gate to refuse.
    let empty = r#"{"messages":[{"role":"system","content":" "},{"role":"user","content":""},
        {"role":"model","content":"x"}]}"#;
    let rows = rows(read(empty.replace('\n', " ")).1);
    assert_eq!(said(&rows[0]), [(Role::User, ""), (Role::Assistant, "x")]);
    assert!(!gate_failures(&rows[0].content.turns).is_empty());
}

#[test]
fn a_huge_row_is_passed_over_and_the_next_one_is_read() {
    let huge = format!(r#"{{"prompt":"{}","completion":"y"}}"#, "x".repeat(10 << 20));
    let lines = format!("{PAIR}\n{huge}\n{PAIR}\n");
    let array = format!("[{PAIR},\n{huge},\n{PAIR}]");
    let sheet = format!(
        "id,turn,role,content\na,1,user,Hi\nb,1,user,\"{}\"\nc,1,user,Hi\nc,2,assistant,Yes\n",
        "x".repeat(10 << 20)
    );
    for text in [lines, array, sheet] {
        let (_, found) = read_by(text.as_bytes(), 64 * 1024).unwrap();
        assert_eq!(found.len(), 3);
        assert!(matches!(&found[1], Found::Bad(own) if own[0].message == row::TOO_LARGE));
        assert!(matches!(&found[2], Found::Row(..)), "{:?}", found[2]);
    }
}

#[test]
fn a_file_that_is_something_else_says_what_it_is() {
    let utf_16: Vec<u8> = OPENAI.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &utf_16].concat();
    for (bytes, word) in [
        (utf_16.as_slice(), "UTF-16"),
        (marked.as_slice(), "UTF-16"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"{\n  \"messages\": []\n}", "several lines"),
        (b"name,age\nx,3\n", "none of those"),
        (b"", "no conversation"),
        (b" \n\n", "no conversation"),
        (b"[ ]", "no conversation"),
    ] {
        let told = read_by(bytes, 3).unwrap_err();
        assert!(told.contains(word), "{word}: {told}");
    }
    let latin = b"{\"prompt\":\"caf\xe9\",\"completion\":\"x\"}";
    assert_eq!(problem(latin), row::NOT_UTF_8);
    // The first row may be the broken one.
    assert_eq!(told(format!("oops\n{PAIR}\n")).0, [2]);
}

#[test]
fn an_array_that_is_cut_off_or_goes_on_says_so() {
    let (lines, problems) = told(format!("[{PAIR},\n{}", &PAIR[..9]));
    assert_eq!((lines, problems), (vec![1], vec![(2, row::CUT.to_owned())]));
    let (lines, problems) = told(format!("[{PAIR},\n{PAIR}\n"));
    assert_eq!((lines, problems.len(), problems[0].0), (vec![1, 2], 1, 3));
    let (lines, problems) = told(format!("[{PAIR}]\n{PAIR}\n"));
    assert_eq!((lines, problems.len(), problems[0].0), (vec![1], 1, 2));
    let strings = r#"[{"prompt":"a]},[{\"","completion":"\\"},{"prompt":"x","completion":"y"}]"#;
    assert_eq!(told(strings), (vec![1, 1], Vec::new()));
}

#[test]
fn a_table_is_read_by_its_columns() {
    let table = "\u{feff}Role;ID;content;title;extra\r\nuser;1;\"a;\r\n\"\"b\"\"\";'=T;x\r\n\
        Assistant;1;'=1;ignored;\r\n\r\nuser;2;x;;\r\nassistant;2;y;;";
    let (format, found) = read(table);
    assert_eq!(format, Some(ImportFormat::Csv));
    let rows = rows(found);
    assert_eq!(said(&rows[0]), [(Role::User, "a;\r\n\"b\""), (Role::Assistant, "=1")]);
    assert_eq!((rows[0].content.title.as_str(), rows[1].content.title.as_str()), ("=T", ""));
    let bad = "id,turn,role,content\na,1,user,x\na,3,assistant,y\nb,1,user,x\na,1,user,x\n\
        ,1,user,x\nc,1,user\nd,1,narrator,x\ne,1,user,\"cut";
    let (lines, problems) = told(bad);
    assert_eq!(lines, [4]);
    let numbers: Vec<i32> = problems.iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, [3, 5, 6, 7, 8, 9], "{problems:#?}");
    assert_eq!(problems[5].1, row::CUT);
}

fn exported(options: &ExportOptions, records: &[Record]) -> String {
    let mut writer = FileWriter::new(options, false);
    let mut text = String::new();
    writer.begin(&mut text);
    for record in records {
        writer.push(&mut text, record).unwrap();
    }
    writer.end(&mut text);
    text
}

fn hostile() -> impl Strategy<Value = String> {
    let begin =
        proptest::sample::select(vec!["m", "=", "'=", "''", "\"", "{", "[", "-1", "\\", "🙂"]);
    let middle = "(\\PC|\r\n|\n|\t|\"|,|;|'|\u{2028}|\u{b}|\u{85}){0,20}";
    (begin, middle).prop_map(|(begin, middle)| format!("{begin}{middle}z"))
}

fn line() -> impl Strategy<Value = String> {
    "[a-z=';,\"\\\\]{0,8}[a-zé字]"
}

fn talk() -> impl Strategy<Value = Record> {
    (proptest::collection::vec((hostile(), hostile()), 1..4), line(), line()).prop_map(
        |(pairs, title, persona)| {
            let texts: Vec<&str> =
                pairs.iter().flat_map(|(asked, said)| [asked.as_str(), said.as_str()]).collect();
            let mut record = fixtures::record(&texts);
            (record.content.title, record.content.persona) = (title, persona);
            record.content.categories = vec!["one".into(), "two;three".into()];
            record
        },
    )
}

proptest! {
    #[test]
    fn what_was_exported_comes_back_equal(
        mut records in proptest::collection::vec(talk(), 1..4), size in 1_usize..200,
    ) {
        for (record, number) in records.iter_mut().zip(1..) {
            record.facts.public_id = format!("trn-{number}");
        }
        let lines = JsonlKind::ALL.iter().map(|kind| (ExportFormat::Jsonl, *kind));
        let others = [ExportFormat::Json, ExportFormat::Csv].map(|own| (own, JsonlKind::Openai));
        for (format, kind) in lines.chain(others) {
            let options = ExportOptions { format, kind, ..fixtures::options() };
            let text = exported(&options, &records);
            let found = rows(read_by(text.as_bytes(), size).unwrap().1);
            prop_assert_eq!(found.len(), records.len());
            // Alpaca may begin with another one.
            for record in &records {
                let same = found.iter().any(|row| row.content == record.content
                    && row.origin == record.facts.origin && row.license == record.facts.license);
                prop_assert!(same, "{:?}: {}\n{:#?}", format, text, found);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1_usize..50,
    ) {
        for begin in [&b""[..], b"{", b"[", b"id,turn,role,content\n", b"[{\"prompt\":\""] {
            let _ = read_by(&[begin, &bytes].concat(), size);
        }
    }
}
