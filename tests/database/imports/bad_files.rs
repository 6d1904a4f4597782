//! Files that are not what they should be, all the way: nothing half is imported, and what is wrong
//! is told.

use super::{World, request, row, rows};
use sqlx::Executor as _;
use train::{
    domain::imports::{ImportRequest, ImportState, ImportView},
    server::foundation::error::ServiceError,
};

impl World {
    /// Sent and looked at, whatever bytes it has.
    async fn looked_at(&self, bytes: &[u8]) -> ImportView {
        let id = self.create(self.ann, bytes.len()).await.unwrap().id;
        let mut start = 0;
        for piece in bytes.chunks(1 << 20) {
            let sent = self.imports.upload(&request(self.ann), id, start, piece.to_vec()).await;
            start = sent.unwrap().received_bytes;
        }
        self.work(self.ann, id).await
    }

    /// Each line with what is wrong in it.
    async fn problems(&self, import: &ImportView) -> Vec<(i32, String)> {
        let told = self.imports.problems(&request(self.ann), import.id, None).await.unwrap();
        told.into_iter().map(|own| (own.line, own.message)).collect()
    }

    /// From now on the database stores no such row: as on a disk that is full.
    async fn fill_up(&self, table: &str, event: &str) {
        self.owner(
            "CREATE OR REPLACE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$",
        )
        .await;
        self.owner(&format!(
            "CREATE TRIGGER no_room BEFORE {event} ON public.{table}
             FOR EACH ROW EXECUTE FUNCTION public.full()"
        ))
        .await;
    }

    async fn make_room(&self) {
        self.owner("DROP FUNCTION public.full() CASCADE").await;
    }
}

fn utf_16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_fails_with_words_and_leaves_nothing() {
    let world = World::new().await;
    let text = rows(3);
    for (bytes, word) in [
        (utf_16(&format!("\u{feff}{text}"), u16::to_le_bytes), "UTF-16"),
        (utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes), "UTF-16"),
        (utf_16(&text, u16::to_le_bytes), "UTF-16"),
        (utf_16(&text, u16::to_be_bytes), "UTF-16"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00".to_vec(), "gzip"),
        (b"PK\x03\x04\x14\x00".to_vec(), "zip"),
        (b"name,age\r\nx,3\r\n".to_vec(), "none of those"),
        (b"\r\n \r\n".to_vec(), "no conversation"),
        (b"[]".to_vec(), "no conversation"),
    ] {
        let failed = world.looked_at(&bytes).await;
        assert_eq!(failed.state, ImportState::Failed, "{word}");
        let why = failed.error.unwrap();
        assert!(why.contains(word) && why.ends_with('.'), "{word}: {why}");
        assert_eq!((world.stored().await, world.left().await), (0, 0), "{word}");
        let started = world.imports.start(&request(world.ann), failed.id, true).await;
        super::assert_unready(started);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_rows_is_told_by_line_and_the_others_come_in() {
    let world = World::new().await;
    let huge = format!("{{\"prompt\":\"{}\",\"completion\":\"y\"}}\n", "x".repeat(10 << 20));
    let latin = b"{\"prompt\":\"caf\xe9\",\"completion\":\"x\"}\n".as_slice();
    let roles = "{\"messages\":[{\"role\":\"narrator\",\"content\":\"x\"}]}\n";
    let other = "{\"conversations\":[{\"from\":\"human\",\"value\":\"Who?\"},\
        {\"from\":\"gpt\",\"value\":\"Me\"}]}\n";
    let cut = row(7);
    for (number, (middle, said, stays)) in [
        (latin, "UTF-8", false),
        (huge.as_bytes(), "8 MiB", false),
        (roles.as_bytes(), "narrator", false),
        (other.as_bytes(), "mixed", true),
        (&cut.as_bytes()[..25], "cut off", false),
    ]
    .into_iter()
    .enumerate()
    {
        // A mark and another end of the line, and two rows around the one that is odd.
        let first = format!("\u{feff}{}", row(number * 10 + 10)).replace('\n', "\r\n");
        let others = [row(number * 10 + 11), row(number * 10 + 12)];
        let is_last = said == "cut off";
        let all = match is_last {
            true => [first.as_bytes(), others[0].as_bytes(), others[1].as_bytes(), middle],
            false => [first.as_bytes(), others[0].as_bytes(), middle, others[1].as_bytes()],
        };
        let bytes = all.concat();
        let checked = world.looked_at(&bytes).await;
        let problems = world.problems(&checked).await;
        assert_eq!(checked.state, ImportState::Checked, "{said}: {checked:?}");
        assert_eq!(problems.len(), 1, "{said}: {problems:?}");
        assert!(problems[0].1.contains(said), "{said}: {problems:?}");
        assert_eq!(problems[0].0, if is_last { 4 } else { 3 }, "{said}");
        let (valid, before) = (3 + i64::from(stays), world.stored().await);
        assert_eq!(checked.valid, valid, "{said}");
        let done = world.start(world.ann, checked.id, false).await;
        assert_eq!((done.state, done.imported), (ImportState::Done, valid), "{said}");
        assert_eq!((world.stored().await, world.left().await), (before + valid, 0), "{said}");
    }
    // Neither the mark nor the ends of lines are part of what is said.
    let odd = r"SELECT count(*) FROM conversations WHERE turns::text ~ '(\\r|\ufeff)'";
    assert_eq!(world.number(odd).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_is_told_at_each_step_and_nothing_half_is_left() {
    let world = World::new().await;
    let (ann, file) = (request(world.ann), rows(40));
    // While it is sent: nothing is lost, and the same piece comes again.
    let id = world.create(world.ann, file.len()).await.unwrap().id;
    world.fill_up("import_chunks", "INSERT").await;
    let refused = world.imports.upload(&ann, id, 0, file.clone().into_bytes()).await;
    assert!(matches!(refused, Err(ServiceError::Database(_))), "{refused:?}");
    let stands = world.read(world.ann, id).await;
    assert_eq!((stands.state, stands.received_bytes), (ImportState::Uploading, 0));
    world.make_room().await;
    // While it is checked.
    world.fill_up("import_rows", "INSERT").await;
    world.imports.upload(&ann, id, 0, file.clone().into_bytes()).await.unwrap();
    let failed = world.work(world.ann, id).await;
    assert_eq!(failed.state, ImportState::Failed);
    assert_eq!(
        failed.error.as_deref(),
        Some(
            "The disk of the database is full. Nothing was imported. Your administrator has to \
             make room; then send the file again."
        )
    );
    assert_eq!((world.stored().await, world.left().await), (0, 0));
    world.make_room().await;
    // While it is stored: with the last thing that is.
    for (table, event) in
        [("conversations", "INSERT"), ("notifications", "INSERT"), ("import_rows", "DELETE")]
    {
        let checked = world.checked(world.ann, &file).await;
        assert_eq!((checked.valid, checked.duplicates), (40, 0), "{table}");
        world.fill_up(table, event).await;
        world.imports.start(&ann, checked.id, false).await.unwrap();
        let worked = world.imports.run_next().await;
        assert_eq!(world.stored().await, 0, "{table}");
        if table == "conversations" {
            worked.unwrap();
            world.make_room().await;
            let failed = world.read(world.ann, checked.id).await;
            assert_eq!(failed.state, ImportState::Failed);
            assert_eq!(world.left().await, 0);
            continue;
        }
        // Not even the failure could be stored: it is done once there is room.
        assert!(matches!(worked, Err(ServiceError::Database(_))), "{table}: {worked:?}");
        assert_eq!(world.read(world.ann, checked.id).await.state, ImportState::Importing);
        world.make_room().await;
        world.change("UPDATE imports SET lease_until = now() - interval '1 second'").await;
        let done = world.work(world.ann, checked.id).await;
        assert_eq!((done.state, done.imported, world.stored().await), (ImportState::Done, 40, 40));
        world.test.database.pool().execute("DELETE FROM conversations").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_became_shorter_or_never_came_imports_nothing() {
    let world = World::new().await;
    let (ann, file) = (request(world.ann), rows(5));
    let wanted = ImportRequest {
        file_name: "talks.jsonl".into(),
        size_bytes: i64::try_from(file.len()).unwrap(),
        origin: String::new(),
        license: String::new(),
    };
    let id = world.imports.create(&ann, wanted, None).await.unwrap().id;
    let half = file.as_bytes()[..file.len() / 2].to_vec();
    world.imports.upload(&ann, id, 0, half).await.unwrap();
    assert!(!world.imports.run_next().await.unwrap());
    super::assert_unready(world.imports.start(&ann, id, true).await);
    world.imports.stop(&ann, id).await.unwrap();
    assert_eq!((world.stored().await, world.left().await), (0, 0));
}
