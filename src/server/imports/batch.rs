//! What was found in a file, kept some at a time.

use super::lease::Lease;
use crate::{
    domain::{
        conversations::{TurnView, gate_failures},
        generation::{estimate::training_tokens, quality::assess},
        imports::{FileRow, Found, MOST_PROBLEMS, Problem},
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use serde_json::{Value, json};

/// Rows and problems that are written at once, at most, and how large rows are then together.
const MOST: usize = 500;
const LARGEST: usize = 4 << 20;

/// What was found and is not kept yet, and how much of everything there is.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: Vec<Value>,
    problems: Vec<Value>,
    size: usize,
    total: i32,
    valid: i32,
    untrainable: i32,
    problem_count: i32,
}

impl Batch {
    pub fn add(&mut self, found: Found) {
        match found {
            Found::Row(line, row) => self.add_row(line, *row),
            Found::Bad(problems) => {
                self.total += 1;
                for problem in problems {
                    self.add_problem(problem);
                }
            }
            Found::Note(problem) => self.add_problem(problem),
        }
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= MOST || self.problems.len() >= MOST || self.size >= LARGEST
    }

    fn add_row(&mut self, line: i32, row: FileRow) {
        let turns = &row.content.turns;
        let failures = gate_failures(turns);
        let metrics = assess(row.content.tier, turns, false);
        self.untrainable += i32::from(!failures.is_empty());
        let (mut said, mut tokens) = (Vec::with_capacity(turns.len()), 0_i32);
        for (number, turn) in (1..).zip(turns) {
            let own = training_tokens(&turn.content);
            tokens = tokens.saturating_add(own);
            self.size += turn.content.len();
            said.push(TurnView {
                number,
                role: turn.role,
                content: turn.content.clone(),
                tokens: Some(own.into()),
            });
        }
        let mut content = json!(row.content);
        content["turns"] = json!(said);
        self.rows.push(json!({
            "position": self.valid,
            "line": line,
            "content": content,
            "rating": {
                "metrics": metrics,
                "gateFailures": failures,
                "trainingTokens": tokens,
                "isDemonstration": row.is_demonstration,
            },
            "origin": row.origin,
            "license": row.license,
        }));
        self.total += 1;
        self.valid += 1;
    }

    /// All are counted, the first ones are kept.
    fn add_problem(&mut self, problem: Problem) {
        self.problem_count = self.problem_count.saturating_add(1);
        if self.problem_count <= MOST_PROBLEMS {
            self.problems.push(json!({
                "number": self.problem_count,
                "line": problem.line,
                // PostgreSQL's texts cannot hold the character zero.
                "message": problem.message.replace('\0', ""),
            }));
        }
    }

    /// Writes what is not kept yet, with the counts; the transaction's import is this server's.
    pub async fn write(
        &mut self,
        transaction: &mut Transaction,
        lease: &Lease,
    ) -> Result<(), ServiceError> {
        let (rows, problems) = (json!(self.rows), json!(self.problems));
        sqlx::query!(
            "INSERT INTO import_rows (import_id, position, line, content, rating, origin, license,
               text_hash)
             SELECT $1, given.position, given.line, given.content, given.rating,
               coalesce(nullif(given.origin, ''), whole.origin),
               coalesce(nullif(given.license, ''), whole.license),
               public.said_hash(given.content -> 'turns')
             FROM imports AS whole, jsonb_to_recordset($2) AS given (position integer,
               line integer, content jsonb, rating jsonb, origin text, license text)
             WHERE whole.id = $1",
            lease.import,
            rows
        )
        .execute(&mut **transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO import_problems (import_id, number, line, message)
             SELECT $1, given.number, given.line, given.message
             FROM jsonb_to_recordset($2) AS given (number integer, line integer, message text)",
            lease.import,
            problems
        )
        .execute(&mut **transaction)
        .await?;
        sqlx::query!(
            "UPDATE imports SET total = $2, valid = $3, untrainable = $4, problems = $5
             WHERE id = $1",
            lease.import,
            self.total,
            self.valid,
            self.untrainable,
            self.problem_count
        )
        .execute(&mut **transaction)
        .await?;
        (self.rows, self.problems, self.size) = (Vec::new(), Vec::new(), 0);
        Ok(())
    }
}
