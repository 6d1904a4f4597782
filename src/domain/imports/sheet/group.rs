//! The lines of one conversation.

use super::{
    super::{
        Found, ImportFormat, MAX_ROW, Problem,
        about::{KEYS, about},
        row::{CUT, NOT_UTF_8, TOO_LARGE},
        turns::{MOST_TOLD, more, role},
    },
    Columns,
};
use crate::domain::{conversations::Turn, csv::unguarded};
use serde_json::{Map, Value};

/// More turns than any conversation has are not kept: that there are too many is told all the same.
const MOST_TURNS: usize = 1000;

/// What came of a conversation so far.
#[derive(Debug)]
pub(super) struct Group {
    pub id: Vec<u8>,
    line: i32,
    /// Where its last line begins.
    last: i32,
    count: usize,
    size: usize,
    turns: Vec<Turn>,
    metadata: Map<String, Value>,
    problems: Vec<Problem>,
    /// How many problems are not told one by one.
    more: usize,
}

impl Group {
    pub fn new(id: Vec<u8>, line: i32) -> Self {
        Self {
            id,
            line,
            last: line,
            count: 0,
            size: 0,
            turns: Vec::new(),
            metadata: Map::new(),
            problems: Vec::new(),
            more: 0,
        }
    }

    /// Something is wrong with the whole.
    pub fn note(&mut self, sentence: &str) {
        self.problems.push(Problem::new(self.line, sentence));
    }

    /// The file ends within its last line.
    pub fn cut(&mut self) {
        self.problems.push(Problem::new(self.last, CUT));
    }

    fn wrong(&mut self, line: i32, sentence: String) {
        match self.problems.len() < MOST_TOLD {
            true => self.problems.push(Problem::new(line, sentence)),
            false => self.more += 1,
        }
    }

    pub fn add(&mut self, columns: &Columns, cells: &[Vec<u8>], line: i32) {
        self.count += 1;
        self.last = line;
        // What is said of the whole stands in each line again, and counts once.
        let is_own = |index: usize| index == columns.role || index == columns.content;
        let counted = cells.iter().enumerate().filter(|(at, _)| self.count == 1 || is_own(*at));
        self.size += counted.map(|(_, cell)| cell.len()).sum::<usize>();
        if self.size > MAX_ROW {
            (self.turns, self.metadata) = (Vec::new(), Map::new());
            return;
        }
        if cells.len() != columns.names.len() {
            let (has, header) = (cells.len(), columns.names.len());
            let sentence = format!("This line has {has} cells, and the header has {header}.");
            return self.wrong(line, sentence);
        }
        let texts = cells.iter().map(|cell| std::str::from_utf8(cell));
        let Ok(texts) = texts.collect::<Result<Vec<_>, _>>() else {
            return self.wrong(line, NOT_UTF_8.into());
        };
        if self.count == 1 {
            let named = columns.names.iter().zip(&texts);
            self.metadata = named
                .filter(|(name, _)| KEYS.contains(&name.as_str()))
                .map(|(name, text)| (name.clone(), Value::from(unguarded(text))))
                .collect();
        }
        let number = self.count;
        if let Some(turn) = columns.turn
            && unguarded(texts[turn]).trim().parse() != Ok(number)
        {
            self.wrong(line, format!("Turn {number} is missing here, or out of order."));
        }
        let content = unguarded(texts[columns.content]);
        match role(unguarded(texts[columns.role]), number, || content.trim().is_empty()) {
            Ok(Some(role)) if self.turns.len() < MOST_TURNS => {
                self.turns.push(Turn { role, content: content.to_owned() });
            }
            Ok(_) => {}
            Err(sentence) => self.wrong(line, sentence),
        }
    }

    pub fn read(mut self) -> Found {
        if self.size > MAX_ROW {
            (self.problems, self.more) = (Vec::new(), 0);
            self.note(TOO_LARGE);
        }
        if self.more > 0 {
            self.problems.push(Problem::new(self.line, more(self.more)));
        }
        if !self.problems.is_empty() {
            return Found::Bad(self.problems);
        }
        match about(ImportFormat::Csv, &self.metadata, self.turns) {
            Ok(row) => Found::Row(self.line, Box::new(row)),
            Err(sentences) => {
                let problem = |sentence| Problem::new(self.line, sentence);
                Found::Bad(sentences.into_iter().map(problem).collect())
            }
        }
    }
}
