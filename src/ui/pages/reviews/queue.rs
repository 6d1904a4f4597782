//! The conversations at hand: the one that is shown, what was fetched beforehand, and where one can
//! go back to. It decides and touches nothing.

use crate::{
    api::reviews::{ClaimRequest, Queue},
    domain::reviews::ReviewItem,
};
use std::collections::VecDeque;
use uuid::Uuid;

/// The one that is shown and the one behind it.
const AHEAD: usize = 2;
/// How many that were skipped one can go back to.
const BACK: usize = 20;
/// How many the server is told to leave out.
const NAMED: usize = 200;
/// How many claims one request can name.
const CLAIMS: usize = 10;

/// What one reviewer has at hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewQueue {
    /// The first one is shown.
    items: VecDeque<ReviewItem>,
    /// The last one was skipped last.
    passed: Vec<ReviewItem>,
    skipped: Vec<Uuid>,
    /// Decided here, whether the server knows it already or not.
    decided: Vec<Uuid>,
}

impl ReviewQueue {
    /// An empty one, to which none of these comes: they are decided, and the server may not know
    /// it yet.
    pub fn without(decided: Vec<Uuid>) -> Self {
        Self { decided, ..Self::default() }
    }

    pub fn current(&self) -> Option<&ReviewItem> {
        self.items.front()
    }

    /// Whether there should be more at hand.
    pub fn is_short(&self) -> bool {
        self.items.len() < AHEAD
    }

    pub fn has_skipped(&self) -> bool {
        !self.skipped.is_empty()
    }

    pub fn can_go_back(&self) -> bool {
        !self.passed.is_empty()
    }

    /// What is held by claims, the one that is shown first.
    pub fn claimed(&self) -> Vec<Uuid> {
        self.items.iter().take(CLAIMS).map(|item| item.conversation.id).collect()
    }

    /// What to ask the server for.
    pub fn request(&self, queue: Queue, query: Option<String>) -> ClaimRequest {
        let skip = self.decided.iter().chain(&self.skipped).rev().take(NAMED);
        ClaimRequest { queue, query, skip: skip.copied().collect(), count: Some(AHEAD as u8) }
    }

    /// Adds what was claimed. The answer may be older than what happened here meanwhile.
    pub fn take_in(&mut self, items: Vec<ReviewItem>) {
        for item in items {
            let id = item.conversation.id;
            let is_over = self.skipped.contains(&id) || self.decided.contains(&id);
            if !is_over && !self.holds(id) {
                self.items.push_back(item);
            }
        }
    }

    /// The one that is shown is decided about: the next one follows.
    pub fn decide(&mut self) -> Option<ReviewItem> {
        let item = self.items.pop_front()?;
        self.decided.push(item.conversation.id);
        Some(item)
    }

    /// Passes the one that is shown over. Says which it was.
    pub fn skip(&mut self) -> Option<Uuid> {
        let item = self.items.pop_front()?;
        let id = item.conversation.id;
        self.skipped.push(id);
        self.passed.push(item);
        if self.passed.len() > BACK {
            self.passed.remove(0);
        }
        Some(id)
    }

    /// Shows the one that was skipped last. Says whether there is one.
    pub fn go_back(&mut self) -> bool {
        let Some(item) = self.passed.pop() else { return false };
        self.show(item);
        true
    }

    /// Shows one, before all others: it was brought back.
    pub fn show(&mut self, item: ReviewItem) {
        let id = item.conversation.id;
        self.lose(id);
        self.forget(id);
        self.skipped.retain(|own| *own != id);
        self.passed.retain(|own| own.conversation.id != id);
        self.items.push_front(item);
    }

    /// Somebody else has it.
    pub fn lose(&mut self, id: Uuid) {
        self.items.retain(|item| item.conversation.id != id);
    }

    /// It was not decided here after all: it may come again.
    pub fn forget(&mut self, id: Uuid) {
        self.decided.retain(|own| *own != id);
    }

    /// What was skipped may come again.
    pub fn forget_skipped(&mut self) {
        self.skipped.clear();
        self.passed.clear();
    }

    fn holds(&self, id: Uuid) -> bool {
        self.items.iter().any(|item| item.conversation.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversations::{ConversationView, Status, Tier};
    use chrono::DateTime;

    fn item(number: u128) -> ReviewItem {
        let conversation = ConversationView {
            id: Uuid::from_u128(number),
            public_id: format!("c-{number}"),
            title: format!("Number {number}"),
            persona: String::new(),
            emotion: String::new(),
            topic: String::new(),
            intent: None,
            tone: None,
            tier: Tier::Template,
            status: Status::PendingReview,
            categories: Vec::new(),
            quality_score: None,
            quality_metrics: None,
            turn_count: 0,
            tokens: Default::default(),
            estimated_cost: None,
            actual_cost: None,
            generation_duration_ms: None,
            parameters: serde_json::Value::Null,
            error: None,
            review_history: Vec::new(),
            turns: Vec::new(),
            version: 1,
            training_tokens: 0,
            gate_failures: Vec::new(),
            is_decided: false,
            open_revisions: 0,
            findings: Vec::new(),
            likeness: None,
            is_demonstration: false,
            is_imported: false,
            origin: String::new(),
            license: String::new(),
            created_by: None,
            author_name: None,
            approved_by: None,
            organization_id: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            approved_at: None,
        };
        ReviewItem { conversation, claimed_until: DateTime::UNIX_EPOCH }
    }

    fn holding(numbers: &[u128]) -> ReviewQueue {
        let mut queue = ReviewQueue::default();
        queue.take_in(numbers.iter().copied().map(item).collect());
        queue
    }

    fn claimed(queue: &ReviewQueue) -> Vec<u128> {
        queue.claimed().iter().map(Uuid::as_u128).collect()
    }

    fn left_out(queue: &ReviewQueue) -> Vec<u128> {
        let request = queue.request(Queue::Waiting, None);
        request.skip.iter().map(Uuid::as_u128).collect()
    }

    #[test]
    fn the_next_one_is_there_at_once() {
        let mut queue = holding(&[1, 2]);
        assert!(!queue.is_short());
        assert_eq!(queue.decide().map(|item| item.conversation.id.as_u128()), Some(1));
        assert_eq!((claimed(&queue), queue.is_short()), (vec![2], true));
        assert_eq!(left_out(&queue), [1]);
    }

    #[test]
    fn an_answer_that_comes_late_brings_nothing_back() {
        let mut queue = holding(&[1, 2, 3]);
        queue.decide();
        queue.skip();
        queue.take_in([1, 2, 3, 4].map(item).into());
        assert_eq!(claimed(&queue), [3, 4]);
    }

    #[test]
    fn what_is_being_decided_is_left_out_from_the_beginning() {
        let mut queue = ReviewQueue::without(vec![Uuid::from_u128(1)]);
        queue.take_in([1, 2].map(item).into());
        assert_eq!((claimed(&queue), left_out(&queue)), (vec![2], vec![1]));
        queue.forget(Uuid::from_u128(1));
        assert!(left_out(&queue).is_empty());
    }

    #[test]
    fn going_back_undoes_skipping_step_by_step() {
        let mut queue = holding(&[1, 2, 3]);
        queue.skip();
        queue.skip();
        assert_eq!((claimed(&queue), left_out(&queue)), (vec![3], vec![2, 1]));
        assert!(queue.go_back());
        assert_eq!((claimed(&queue), left_out(&queue)), (vec![2, 3], vec![1]));
        assert!(queue.go_back() && !queue.go_back());
        assert_eq!((claimed(&queue), queue.has_skipped()), (vec![1, 2, 3], false));
        for _ in 0..2 * BACK {
            queue.take_in(vec![item(100 + queue.skipped.len() as u128)]);
            queue.skip();
        }
        assert_eq!(queue.passed.len(), BACK);
    }

    #[test]
    fn what_is_brought_back_is_shown_once_and_can_be_decided_again() {
        let mut queue = holding(&[1, 2]);
        queue.decide();
        queue.show(item(1));
        assert_eq!((claimed(&queue), left_out(&queue)), (vec![1, 2], vec![]));
        queue.show(item(2));
        assert_eq!(claimed(&queue), [2, 1]);
        queue.lose(Uuid::from_u128(2));
        assert_eq!(claimed(&queue), [1]);
    }

    #[test]
    fn what_was_skipped_comes_again_when_asked_for() {
        let mut queue = holding(&[1]);
        queue.skip();
        queue.take_in(vec![item(1)]);
        assert!(claimed(&queue).is_empty());
        queue.forget_skipped();
        queue.take_in(vec![item(1)]);
        assert_eq!((claimed(&queue), queue.can_go_back()), (vec![1], false));
    }
}
