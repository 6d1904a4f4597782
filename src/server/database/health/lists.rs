//! What a list consists of, remembered for the time of its tier: finding it goes through the whole
//! catalog, its rows are read anew.

use crate::domain::database::Panel;
use chrono::{DateTime, Utc};
use std::{
    sync::{Arc, Mutex as Guard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How old a list may be that is sorted and filtered by names, sizes, rows and use.
const CATALOG_AGE: Duration = Duration::from_secs(300);
/// How old one may be that goes by bloat, which needs the statistics of every column.
const BLOAT_AGE: Duration = Duration::from_secs(3600);
/// Questions whose answers are remembered, the last ones asked.
const REMEMBERED: usize = 32;

/// The objects of one page of a list in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List {
    pub oids: Vec<i64>,
    /// All that fit the filter.
    pub total: i64,
    pub as_of: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Answer(Mutex<Option<(Instant, List)>>);

/// Answers to the last few questions. Those who ask the same at the same time share one reading.
#[derive(Debug, Default)]
pub(super) struct Lists(Guard<Vec<(String, Arc<Answer>)>>);

/// How old the answer to a question may be. `question`: its condition and order.
pub(super) fn age(question: &str, fresh: bool) -> Duration {
    match (fresh, question.contains("bloat")) {
        (true, _) => Duration::ZERO,
        (false, true) => BLOAT_AGE,
        (false, false) => CATALOG_AGE,
    }
}

/// The place of a size among those shown with it.
pub(super) fn largest_first(size: &Panel<i64>, reverse: bool) -> i64 {
    let bytes = size.value().copied().unwrap_or_default();
    if reverse { bytes } else { -bytes }
}

impl Lists {
    /// What was read at most `age` ago, or else what is read now. Where a name was `searched` an
    /// empty list is not remembered: what is looked for may be made in the next moment, and is then
    /// to be found.
    ///
    /// # Errors
    /// Those of `read`, which are not remembered either.
    pub(super) async fn get(
        &self,
        question: String,
        age: Duration,
        searched: bool,
        read: impl Future<Output = Result<List, sqlx::Error>>,
    ) -> Result<List, sqlx::Error> {
        let asked = Instant::now();
        let answer = self.answer(question);
        let mut cached = answer.0.lock().await;
        if let Some((started, list)) = &*cached
            && *started + age >= asked
        {
            return Ok(list.clone());
        }
        let started = Instant::now();
        let list = read.await?;
        *cached = (!searched || !list.oids.is_empty()).then(|| (started, list.clone()));
        Ok(list)
    }

    /// Something was changed. A reading that is in flight is not remembered either.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The place of an answer, which is now the last one asked for.
    fn answer(&self, question: String) -> Arc<Answer> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = answers.iter().position(|(asked, _)| *asked == question);
        let (question, answer) = match place {
            Some(place) => answers.remove(place),
            None => (question, Arc::default()),
        };
        answers.push((question, Arc::clone(&answer)));
        if answers.len() > REMEMBERED {
            answers.remove(0);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(lists: &Lists, question: &str, age: Duration, oid: i64) -> i64 {
        let read = async { Ok(List { oids: vec![oid], total: 1, as_of: Utc::now() }) };
        lists.get(question.into(), age, true, read).await.unwrap().oids[0]
    }

    #[tokio::test]
    async fn an_answer_is_remembered_until_it_is_asked_for_anew_or_something_changed() {
        let lists = Lists::default();
        let hour = Duration::from_secs(3600);
        assert_eq!(ask(&lists, "a", hour, 1).await, 1);
        assert_eq!(ask(&lists, "a", hour, 2).await, 1);
        assert_eq!(ask(&lists, "b", hour, 3).await, 3);
        assert_eq!(ask(&lists, "a", Duration::ZERO, 4).await, 4);
        assert_eq!(ask(&lists, "a", hour, 5).await, 4);
        lists.forget();
        assert_eq!(ask(&lists, "a", hour, 6).await, 6);
    }

    #[tokio::test]
    async fn only_the_last_questions_are_remembered() {
        let lists = Lists::default();
        let hour = Duration::from_secs(3600);
        for question in 0..REMEMBERED {
            ask(&lists, &question.to_string(), hour, 1).await;
        }
        ask(&lists, "0", hour, 2).await;
        ask(&lists, "one more", hour, 2).await;
        assert_eq!(ask(&lists, "0", hour, 3).await, 1);
        assert_eq!(ask(&lists, "1", hour, 3).await, 3);
    }

    #[tokio::test]
    async fn failures_and_empty_lists_are_read_again() {
        let lists = Lists::default();
        let hour = Duration::from_secs(3600);
        let failed =
            lists.get("a".into(), hour, true, async { Err(sqlx::Error::RowNotFound) }).await;
        assert!(failed.is_err());
        let none = List { oids: Vec::new(), total: 0, as_of: Utc::now() };
        let empty = lists.get("a".into(), hour, true, async { Ok(none.clone()) });
        assert_eq!(empty.await.unwrap().total, 0);
        assert_eq!(ask(&lists, "a", hour, 1).await, 1);
        assert_eq!(
            lists.get("b".into(), hour, false, async { Ok(none.clone()) }).await.unwrap(),
            none
        );
        let again = lists.get("b".into(), hour, false, async { Err(sqlx::Error::RowNotFound) });
        assert_eq!(again.await.unwrap(), none);
        assert!(age("bloat_pages DESC", false) > age("pages DESC", false));
        assert_eq!(age("bloat_pages DESC", true), Duration::ZERO);
    }
}
