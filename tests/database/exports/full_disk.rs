//! A disk that fills, readers that stop: what was begun is whole or nothing, and says why.

use super::{Team, all, jsonl, request, state, taken_over::bundle};
use crate::support::run;
use futures::{StreamExt as _, TryStreamExt as _};
use train::{
    api::data_sets::{DataSetRequest, DataSetVersionRequest},
    domain::exports::ExportState,
    server::{foundation::error::ServiceError, postgres::Database},
};

impl Team {
    /// From now on the database stores no such row: as on a disk that is full.
    async fn fill_up(&self, name: &str, event: &str, condition: &str) {
        let mut owner = self.test.role("train_owner").await;
        let function = format!(
            "CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF {condition} THEN
                 RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';
               END IF;
               RETURN NEW;
             END $$"
        );
        run(&mut owner, &function).await;
        let trigger = format!(
            "CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION public.{name}()"
        );
        run(&mut owner, &trigger).await;
    }

    /// There is room again.
    async fn make_room(&self, name: &str) {
        let mut owner = self.test.role("train_owner").await;
        run(&mut owner, &format!("DROP FUNCTION public.{name}() CASCADE")).await;
    }
}

const THIRD: &str =
    "(SELECT count(*) FROM public.export_chunks WHERE export_id = NEW.export_id) = 2";

#[track_caller]
fn assert_full<T: std::fmt::Debug>(result: Result<T, ServiceError>) {
    let Err(ServiceError::Database(error)) = &result else { panic!("{result:?}") };
    let code = error.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("53100"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_while_a_file_is_written_ends_it_with_one_sentence() {
    let team = Team::new().await;
    team.fill_words(2000).await;
    team.fill_up("no_room", "INSERT ON public.export_chunks", THIRD).await;
    for options in [jsonl(), bundle()] {
        let id = team.create(team.ann, all(options)).await.id;
        let reader = {
            let (service, person) = (team.exports().clone(), request(team.ann));
            tokio::spawn(async move {
                let file = service.download(&person, id).await.unwrap();
                service.follow(&file).try_collect::<Vec<_>>().await
            })
        };
        let export = team.written(team.ann, id).await;
        assert_eq!((export.state, export.can_download), (ExportState::Failed, false));
        assert_eq!(
            export.error.as_deref(),
            Some(
                "The disk of the database is full, so the file could not be stored. Your \
                 administrator has to make room; then export again."
            )
        );
        assert!(reader.await.unwrap().is_err(), "whoever fetches it does not take it for whole");
        assert_eq!((export.size_bytes, export.sha256), (None, None));
        assert_eq!(team.number("SELECT count(*) FROM export_chunks").await, 0);
        let kept = "SELECT count(*) FROM exports WHERE num_nonnulls(selection_id, bundled) > 0";
        assert_eq!(team.number(kept).await, 0);
        match team.exports().download(&request(team.ann), id).await {
            Err(ServiceError::Refused { message, .. }) => assert!(message.contains("disk")),
            other => panic!("{other:?}"),
        }
    }
    team.change("UPDATE selections SET created_at = now() - interval '2 hours'").await;
    assert_eq!(team.state.data_sets.tidy().await.unwrap(), 2, "what was frozen for them goes");
    team.make_room("no_room").await;
    assert_eq!(team.export(team.ann, all(jsonl())).await.0.written, 2000);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_not_even_the_failure_can_be_stored_it_is_written_once_there_is_room() {
    let team = Team::new().await;
    team.fill_words(2000).await;
    let (_, whole) = team.export(team.ann, all(jsonl())).await;
    team.fill_up("no_room", "INSERT ON public.export_chunks", THIRD).await;
    team.fill_up("stuck", "UPDATE ON public.exports", "NEW.state = 'failed'").await;
    let id = team.create(team.ann, all(jsonl())).await.id;
    assert_full(team.exports().run_next().await);
    assert!(!team.exports().run_next().await.unwrap(), "not again and again");
    team.make_room("no_room").await;
    team.make_room("stuck").await;
    team.change("UPDATE exports SET lease_until = now() - interval '1 second'").await;
    let export = team.written(team.ann, id).await;
    assert_eq!(export.state, ExportState::Done, "{:?}", export.error);
    assert!(team.file(team.ann, id).await == whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_while_conversations_are_frozen_leaves_nothing_of_them() {
    let team = Team::new().await;
    team.fill_words(1500).await;
    // On a busy machine it takes longer than a version waits for it.
    team.state.conversations.examine().await.unwrap();
    let sets = &team.state.data_sets;
    let wanted = DataSetRequest { name: "Answers".into(), description: String::new() };
    let set = sets.create(&request(team.ann), wanted).await.unwrap().id;
    let everything =
        || DataSetVersionRequest { query: Some(String::new()), ..DataSetVersionRequest::default() };
    let nothing = "SELECT (SELECT count(*) FROM selections)
        + (SELECT count(*) FROM selection_items) + (SELECT count(*) FROM exports)
        + (SELECT count(*) FROM data_set_versions) + (SELECT count(*) FROM data_set_members)
        + (SELECT sum(versions_made) FROM data_sets)";
    // In the middle, and with the last row of all.
    for (event, condition) in [
        ("INSERT ON public.selection_items", "NEW.position = 1400"),
        ("INSERT ON public.data_set_versions", "true"),
        ("INSERT ON public.data_set_members", "true"),
    ] {
        team.fill_up("no_room", event, condition).await;
        assert_full(sets.create_version(&request(team.ann), set, everything(), None).await);
        assert_eq!(team.number(nothing).await, 0, "{event}");
        team.make_room("no_room").await;
    }
    for (event, condition) in [
        ("INSERT ON public.selection_items", "NEW.position = 1400"),
        ("INSERT ON public.exports", "true"),
    ] {
        team.fill_up("no_room", event, condition).await;
        assert_full(team.exports().create(&request(team.ann), all(jsonl()), None).await);
        assert_eq!(team.number(nothing).await, 0, "{event}");
        team.make_room("no_room").await;
    }
    let version = sets.create_version(&request(team.ann), set, everything(), None).await.unwrap();
    assert_eq!((version.summary.number, version.summary.sizes.total()), (1, 1500));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_stop_hold_nothing_and_the_file_is_written_all_the_same() {
    let team = Team::new().await;
    team.fill_words(2000).await;
    let few = Database::connect(team.test.options(), 2).await.unwrap();
    let service = state(&few).exports.clone();
    let id = team.create(team.ann, all(jsonl())).await.id;
    let mut stopped = Vec::new();
    for _ in 0..20 {
        let file = service.download(&request(team.ann), id).await.unwrap();
        stopped.push(Box::pin(service.follow(&file)));
    }
    // Each has taken a piece and takes no more of them, while the file is written and afterwards.
    let (ended, first) = tokio::join!(service.run_next(), async {
        let mut taken = Vec::new();
        for reader in &mut stopped {
            taken.push(reader.next().await.unwrap().unwrap());
        }
        taken
    });
    assert!(ended.unwrap());
    let export = team.written(team.ann, id).await;
    assert_eq!((export.state, export.written), (ExportState::Done, 2000));
    let whole = team.file(team.ann, id).await;
    assert!(first.iter().all(|piece| whole.starts_with(piece)));
    stopped.truncate(3);
    // Whoever goes on gets the rest, and whoever is late finds that it is gone.
    let late = stopped.pop().unwrap();
    for reader in stopped {
        let rest: Vec<_> = reader.try_collect().await.unwrap();
        assert!(rest.concat() == whole[first[0].len()..]);
    }
    team.exports().stop(&request(team.ann), id).await.unwrap();
    assert!(late.try_collect::<Vec<_>>().await.is_err());
}
