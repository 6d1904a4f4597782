//! The decisions of this visit that can be taken back, the newest first.

use crate::domain::reviews::UNDO_STEPS;
use std::cell::RefCell;
use uuid::Uuid;

thread_local! {
    /// Those of a visit that has ended, and whose they are. In memory: a reload forgets them.
    static BEFORE: RefCell<(Uuid, Steps)> = RefCell::default();
}

/// Keeps them until somebody comes back to the page.
pub fn remember(user: Uuid, steps: Steps) {
    // The server draws the page too, and has nothing to keep.
    if !steps.0.is_empty() {
        BEFORE.set((user, steps));
    }
}

/// Those of the visit before. What the server had not answered by then is not among them.
pub fn recall(user: Uuid) -> Steps {
    let (owner, mut steps) = BEFORE.take();
    steps.0.retain(|step| owner == user && step.review.is_some());
    steps
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its idempotency key.
    pub key: Uuid,
    pub conversation: Uuid,
    pub title: String,
    /// What was decided, as people read it: "Approved".
    pub decided: &'static str,
    pub comment: Option<String>,
    /// Somebody else is to decide.
    pub is_opinion: bool,
    /// Its entry in the history of the conversation; absent until the server has answered.
    pub review: Option<Uuid>,
    /// It is to be taken back as soon as the server has it.
    is_asked: bool,
}

impl Step {
    pub fn new(key: Uuid, conversation: Uuid, title: String, decided: &'static str) -> Self {
        Self {
            key,
            conversation,
            title,
            decided,
            comment: None,
            is_opinion: false,
            review: None,
            is_asked: false,
        }
    }
}

/// What pressing Undo does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// There is nothing to take back.
    Nothing,
    /// The server does not have the decision yet; its answer goes on with it.
    Later,
    Now(Step),
}

/// The last decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps(Vec<Step>);

impl Steps {
    pub fn last(&self) -> Option<&Step> {
        self.0.last()
    }

    /// Whether the newest one waits for the server to be taken back.
    pub fn is_waiting(&self) -> bool {
        self.last().is_some_and(|step| step.is_asked)
    }

    pub fn push(&mut self, step: Step) {
        self.0.push(step);
        if self.0.len() > UNDO_STEPS {
            self.0.remove(0);
        }
    }

    /// The server has a decision, under this entry of the history. Gives it back when it is to be
    /// undone now.
    pub fn settle(&mut self, key: Uuid, review: Option<Uuid>) -> Option<Step> {
        let place = self.0.iter().position(|step| step.key == key)?;
        self.0[place].review = review;
        match review {
            Some(_) if !self.0[place].is_asked => None,
            // Without an entry there is nothing that could be named.
            None => {
                self.0.remove(place);
                None
            }
            Some(_) => Some(self.0.remove(place)),
        }
    }

    /// A decision that did not come to be.
    pub fn forget(&mut self, key: Uuid) {
        self.0.retain(|step| step.key != key);
    }

    /// Takes the newest one off, or notes that it is wanted.
    pub fn undo(&mut self) -> Undo {
        match self.0.last_mut() {
            None => Undo::Nothing,
            Some(step) if step.review.is_none() => {
                step.is_asked = true;
                Undo::Later
            }
            Some(_) => self.0.pop().map_or(Undo::Nothing, Undo::Now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: u128) -> Step {
        let id = Uuid::from_u128(number);
        Step::new(id, id, format!("Number {number}"), "Approved")
    }

    #[test]
    fn the_newest_goes_first_and_only_so_many_are_kept() {
        let mut steps = Steps::default();
        assert_eq!(steps.undo(), Undo::Nothing);
        for number in 0..30 {
            steps.push(step(number));
            steps.settle(Uuid::from_u128(number), Some(Uuid::from_u128(number + 100)));
        }
        assert_eq!(steps.0.len(), UNDO_STEPS);
        let Undo::Now(newest) = steps.undo() else { panic!("{steps:?}") };
        assert_eq!(newest.review, Some(Uuid::from_u128(129)));
        assert_eq!(steps.last().map(|step| step.key), Some(Uuid::from_u128(28)));
    }

    #[test]
    fn what_the_server_does_not_have_is_undone_once_it_has() {
        let (mut steps, key, review) = (Steps::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        steps.push(step(1));
        assert_eq!(steps.undo(), Undo::Later);
        assert!(steps.is_waiting());
        let undone = steps.settle(key, Some(review)).unwrap();
        assert_eq!((undone.review, steps.last()), (Some(review), None));
    }

    #[test]
    fn coming_back_finds_what_the_server_has_and_nobody_elses() {
        let (user, mut steps) = (Uuid::from_u128(9), Steps::default());
        steps.push(step(1));
        steps.push(step(2));
        steps.settle(Uuid::from_u128(1), Some(Uuid::from_u128(3)));
        remember(user, steps.clone());
        assert_eq!(recall(Uuid::nil()), Steps::default());
        remember(user, steps);
        let recalled: Vec<_> = recall(user).0.iter().map(|step| step.key.as_u128()).collect();
        assert_eq!(recalled, [1]);
        assert_eq!(recall(user), Steps::default());
    }

    #[test]
    fn what_did_not_come_to_be_cannot_be_undone() {
        let mut steps = Steps::default();
        steps.push(step(1));
        steps.push(step(2));
        steps.forget(Uuid::from_u128(2));
        assert_eq!(steps.settle(Uuid::from_u128(1), None), None);
        assert_eq!(steps, Steps::default());
    }
}
