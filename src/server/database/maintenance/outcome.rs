//! What came of it, judged by what changed and not by PostgreSQL's "success", which it also says
//! when it skipped the table.

use super::{holders, measure, measure::Evidence, queue::Ending, subject::Subject};
use crate::{
    domain::{
        database::{Measurement, OperationKind, OperationStatus as Status, Outcome},
        quantity::bytes,
    },
    server::{database::health::HealthService, postgres::Pool},
};

/// How things were.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub measurement: Option<Measurement>,
    pub evidence: Evidence,
}

/// Judges a statement that PostgreSQL reported as done, or whose session ended unobserved
/// (`observed` is false).
pub(super) async fn verify(
    pool: &Pool,
    health: &HealthService,
    subject: &Subject,
    before: &Before,
    observed: bool,
) -> Result<Ending, sqlx::Error> {
    let now = measure::evidence(pool, subject).await?;
    let mut after = measure::measure(pool, health, subject).await?;
    let counts_anew =
        now.vacuums > before.evidence.vacuums || now.analyzes > before.evidence.analyzes;
    if matches!(subject.operation, OperationKind::VacuumFull | OperationKind::Repack)
        && !counts_anew
    {
        // A rewrite alone leaves the count of before, which is no longer true.
        after.dead_rows = None;
    }
    let holder =
        holders::oldest(pool).await?.filter(|holder| holder.lingers).map(|holder| holder.text);
    let holder = holder.or_else(|| before.evidence.holder.clone());
    let mut ending = judge(subject, before, &now, &after, holder, observed);
    ending.after = Some(after);
    Ok(ending)
}

fn judge(
    subject: &Subject,
    before: &Before,
    now: &Evidence,
    after: &Measurement,
    holder: Option<String>,
    observed: bool,
) -> Ending {
    let was = &before.evidence;
    let vacuumed = now.vacuums > was.vacuums;
    let analyzed = now.analyzes > was.analyzes;
    // A reset in between, or a server that does not count, proves nothing either way.
    let uncounted = !now.counted || now.vacuums < was.vacuums || now.analyzes < was.analyzes;
    let done = match subject.operation {
        OperationKind::Vacuum => vacuumed,
        OperationKind::VacuumAnalyze => vacuumed && analyzed,
        OperationKind::Analyze => analyzed,
        OperationKind::VacuumFull | OperationKind::Repack | OperationKind::Reindex => {
            subject.relation.is_none() || rewritten(subject, was, now)
        }
        OperationKind::DropInvalidIndex => true,
    };
    let counted_kind = matches!(
        subject.operation,
        OperationKind::Vacuum | OperationKind::VacuumAnalyze | OperationKind::Analyze
    );
    if !(done || counted_kind && uncounted && observed) {
        return undone(subject, observed);
    }
    if !observed && subject.relation.is_none() {
        let sentence = "The server that began it ended, PostgreSQL went on by itself, and nobody \
            saw whether it did everything. Do it again.";
        return Ending::new(Status::Failed, Some(Outcome::Interrupted), sentence);
    }
    let ending = match subject.operation {
        OperationKind::Vacuum
        | OperationKind::VacuumAnalyze
        | OperationKind::VacuumFull
        | OperationKind::Repack => {
            let ending = dead_rows(before.measurement.as_ref(), after, holder);
            // Where nothing is counted, PostgreSQL's word is all there is: it did both.
            let believed = uncounted && subject.operation == OperationKind::VacuumAnalyze;
            if analyzed || believed { and_analyzed(ending) } else { ending }
        }
        OperationKind::Analyze => effective(ANALYZED),
        OperationKind::Reindex => {
            effective(freed(before.measurement.as_ref(), after).unwrap_or_else(|| {
                "The indexes are built anew; they are not smaller than before.".to_owned()
            }))
        }
        OperationKind::DropInvalidIndex => effective("The leftover index is gone."),
    };
    if observed {
        ending
    } else {
        let sentence = format!(
            "The server that began it ended; PostgreSQL finished it by itself. {}",
            ending.sentence
        );
        Ending { sentence, ..ending }
    }
}

const ANALYZED: &str = "The planner's statistics are fresh.";

/// Analyzing is a work of its own: it was done even where no row had to go.
fn and_analyzed(ending: Ending) -> Ending {
    let outcome = match ending.outcome {
        Some(Outcome::NothingToDo) => Some(Outcome::Effective),
        outcome => outcome,
    };
    Ending { outcome, sentence: format!("{} {ANALYZED}", ending.sentence), ..ending }
}

fn effective(sentence: impl Into<String>) -> Ending {
    Ending::new(Status::Completed, Some(Outcome::Effective), sentence)
}

/// Nothing shows that it was done.
fn undone(subject: &Subject, observed: bool) -> Ending {
    if let Some(refusal) = subject.refusal() {
        return Ending::new(
            Status::Skipped,
            Some(Outcome::NotOwner),
            format!("Skipped: not the owner. {refusal}"),
        );
    }
    if observed {
        let sentence = "PostgreSQL reported success, but nothing shows that it did anything: it \
            skipped the table.";
        return Ending::new(Status::Skipped, Some(Outcome::NothingToDo), sentence);
    }
    let sentence = "The server that ran it ended, and it did not come to its end. Its table is \
        free; do it again.";
    Ending::new(Status::Failed, Some(Outcome::Interrupted), sentence)
}

/// Every file that should be new is: of the index that is meant, of all indexes, or of the table.
fn rewritten(subject: &Subject, was: &Evidence, now: &Evidence) -> bool {
    let table =
        subject.relation.as_ref().map(|relation| relation.table.to_string()).unwrap_or_default();
    let meant = |name: &str| match (subject.operation, &subject.relation) {
        (OperationKind::Reindex, Some(relation)) => match &relation.index {
            Some((index, _)) => *name == index.to_string(),
            None => {
                name != table
                    && !was.invalid.iter().any(|invalid| name.ends_with(&format!(".{invalid}")))
            }
        },
        // A partitioned table has no file of its own; its partitions are among the files.
        _ => name == table || !was.files.contains_key(&table),
    };
    was.files
        .iter()
        .filter(|(name, _)| meant(name))
        .all(|(name, file)| now.files.get(name) != Some(file))
}

fn dead_rows(before: Option<&Measurement>, after: &Measurement, holder: Option<String>) -> Ending {
    let had = before.and_then(|before| before.dead_rows).unwrap_or_default();
    let left = after.dead_rows.unwrap_or_default();
    let who = || match &holder {
        Some(holder) => format!("{holder} holds them"),
        None => "a transaction that has ended since may still have seen them".to_owned(),
    };
    let freed = freed(before, after);
    if left > 0 && left >= had {
        let sentence =
            format!("Removed nothing: {left} dead rows stay, {}. End that and do it again.", who());
        return Ending::new(Status::Completed, Some(Outcome::RemovedNothing), sentence);
    }
    if left > 0 {
        let sentence =
            format!("Removed {} of {had} dead rows; {left} stay, {}.", had - left, who());
        return Ending::new(Status::Completed, Some(Outcome::RemovedPart), sentence);
    }
    match (had, freed) {
        (0, None) => Ending::new(
            Status::Completed,
            Some(Outcome::NothingToDo),
            "There were no dead rows to remove.",
        ),
        (0, Some(freed)) => effective(freed),
        (had, None) => effective(format!("{had} dead rows are gone; their space is used again.")),
        (had, Some(freed)) => effective(format!("{freed} {had} dead rows are gone.")),
    }
}

/// "Freed 12.0 MiB.", when it did.
fn freed(before: Option<&Measurement>, after: &Measurement) -> Option<String> {
    let (was, is) = (before?.size_bytes.value()?, after.size_bytes.value()?);
    (is < was).then(|| format!("Freed {}.", bytes(was - is)))
}

/// Of a statement that ended with an error: the invalid index that it left behind, if it is of the
/// kind that does.
pub(super) async fn leftover(
    pool: &Pool,
    subject: &Subject,
    before: &Evidence,
) -> Result<Option<String>, sqlx::Error> {
    if subject.operation != OperationKind::Reindex || subject.relation.is_none() {
        return Ok(None);
    }
    let invalid = measure::invalid_indexes(pool, subject).await?;
    Ok(invalid.into_iter().find(|name| !before.invalid.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::database::{Panel, Unavailable};

    fn measured() -> Measurement {
        let unknown = || Unavailable { reason: String::new(), fix: None };
        Measurement {
            size_bytes: Panel::Unavailable { unavailable: unknown() },
            live_rows: Some(10),
            dead_rows: Some(0),
            bloat: Panel::Unavailable { unavailable: unknown() },
        }
    }

    fn evidence(counts: i64) -> Evidence {
        Evidence { counted: true, vacuums: counts, analyzes: counts, ..Evidence::default() }
    }

    /// `pg_stat_reset()` between the two looks: the counts begin anew.
    #[test]
    fn issue_13_4_3_what_is_not_counted_was_analyzed_when_postgresql_says_so() {
        let before = Before { measurement: Some(measured()), evidence: evidence(5) };
        let ended = |operation, now: Evidence, observed| {
            let subject = Subject::of_database(operation);
            judge(&subject, &before, &now, &measured(), None, observed)
        };
        let both = OperationKind::VacuumAnalyze;
        for now in [evidence(1), Evidence { counted: false, ..evidence(5) }] {
            let done = ended(both, now.clone(), true);
            assert_eq!(done.outcome, Some(Outcome::Effective), "{}", done.sentence);
            assert!(done.sentence.ends_with(ANALYZED), "{}", done.sentence);
            let vacuumed = ended(OperationKind::Vacuum, now.clone(), true);
            assert_eq!(vacuumed.outcome, Some(Outcome::NothingToDo));
            assert_eq!(ended(both, now, false).status, Status::Failed);
        }
        assert_eq!(ended(both, evidence(5), true).status, Status::Skipped, "both were counted");
    }
}
