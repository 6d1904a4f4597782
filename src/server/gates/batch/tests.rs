use super::*;
use futures::future::join_all;
use std::{
    borrow::Cow,
    sync::{Arc, Mutex},
};
use tokio::sync::Semaphore;

/// Answers each number with its double, and remembers what was asked together. 13 is refused like a
/// value that a table cannot hold, at 57 the database shuts down, 99 is a fault of ours, -1 must be
/// asked alone.
#[derive(Default)]
struct Doubles {
    asked: Arc<Mutex<Vec<Vec<i64>>>>,
    /// When there is one, every statement takes a permit of it.
    turns: Option<Arc<Semaphore>>,
    /// How many statements lose their connection.
    broken: Mutex<u32>,
}

impl Statement for Doubles {
    type Request = i64;
    type Answer = i64;

    fn fits(&self, batch: &[&i64], request: &i64) -> bool {
        batch.is_empty() || (*request != -1 && !batch.contains(&&-1))
    }

    async fn ask(&self, batch: &[&i64]) -> Result<Vec<i64>, sqlx::Error> {
        self.asked.lock().unwrap().push(batch.iter().map(|number| **number).collect());
        if let Some(turns) = &self.turns {
            turns.acquire().await.unwrap().forget();
        }
        let mut broken = self.broken.lock().unwrap();
        if *broken > 0 {
            *broken -= 1;
            return Err(sqlx::Error::PoolTimedOut);
        }
        drop(broken);
        assert!(!batch.contains(&&99), "a fault of ours");
        if batch.contains(&&13) {
            return Err(sqlx::Error::Database(Box::new(Refused("23514"))));
        }
        if batch.contains(&&57) {
            return Err(sqlx::Error::Database(Box::new(Refused("57P01"))));
        }
        Ok(batch.iter().map(|number| **number * 2).collect())
    }
}

/// With its code.
#[derive(Debug)]
struct Refused(&'static str);

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl sqlx::error::DatabaseError for Refused {
    fn message(&self) -> &str {
        "refused"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

/// Asks for the first number alone, and for the others while that is being answered.
async fn ask(statement: Doubles, numbers: &[i64]) -> (Vec<Vec<i64>>, Vec<Option<i64>>) {
    let turns = Arc::new(Semaphore::new(0));
    let asked = Arc::clone(&statement.asked);
    let batches = Batches::start(Doubles { turns: Some(Arc::clone(&turns)), ..statement });
    let all = numbers.iter().map(|number| {
        let (batches, asked, number) = (batches.clone(), Arc::clone(&asked), *number);
        let (turns, last) = (Arc::clone(&turns), numbers.len() - 1);
        let place = numbers.iter().position(|known| *known == number);
        async move {
            while place > Some(0) && asked.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            let answer = batches.ask(number);
            if place == Some(last) {
                turns.add_permits(100);
            }
            answer.await.ok()
        }
    });
    let answers = join_all(all).await;
    let asked = asked.lock().unwrap().clone();
    (asked, answers)
}

#[tokio::test]
async fn what_waits_is_asked_together_in_order() {
    let (asked, answers) = ask(Doubles::default(), &[1, 2, 3, 4]).await;
    assert_eq!(answers, [Some(2), Some(4), Some(6), Some(8)]);
    assert_eq!(asked, [vec![1], vec![2, 3, 4]]);
}

#[tokio::test]
async fn what_does_not_fit_waits_for_the_next_and_a_batch_has_an_end() {
    let (asked, _) = ask(Doubles::default(), &[1, 2, -1, 3]).await;
    assert_eq!(asked, [vec![1], vec![2, 3], vec![-1]]);
    let many: Vec<i64> = (100..100 + 1 + LARGEST as i64 + 5).collect();
    let (asked, answers) = ask(Doubles::default(), &many).await;
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [1, LARGEST, 5]);
    assert!(answers.iter().all(Option::is_some));
}

#[tokio::test]
async fn one_that_is_refused_does_not_take_the_others_with_it() {
    let (asked, answers) = ask(Doubles::default(), &[1, 2, 13, 4]).await;
    assert_eq!(answers, [Some(2), Some(4), None, Some(8)]);
    assert_eq!(asked, [vec![1], vec![2, 13, 4], vec![2], vec![13], vec![4]]);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_a_second_loss_is_told_to_all() {
    let once = Doubles { broken: Mutex::new(1), ..Doubles::default() };
    assert_eq!(ask(once, &[1, 2, 3]).await.1, [Some(2), Some(4), Some(6)]);
    let thrice = Doubles { broken: Mutex::new(3), ..Doubles::default() };
    let (asked, answers) = ask(thrice, &[1, 2, 3]).await;
    assert_eq!(answers, [None, Some(4), Some(6)]);
    assert_eq!(asked, [vec![1], vec![1], vec![2, 3], vec![2, 3]]);
}

#[tokio::test]
async fn a_database_that_goes_is_asked_once_more_and_not_by_each_alone() {
    let (asked, answers) = ask(Doubles::default(), &[1, 2, 57, 4]).await;
    assert_eq!(answers, [Some(2), None, None, None]);
    assert_eq!(asked, [vec![1], vec![2, 57, 4], vec![2, 57, 4]]);
}

#[tokio::test]
async fn a_panic_is_an_error_and_not_the_end() {
    let (_, answers) = ask(Doubles::default(), &[99, 1, 2]).await;
    assert_eq!(answers, [None, Some(2), Some(4)]);
}
