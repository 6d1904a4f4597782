//! Imports and what was found in their files.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    Line {
        table: "public.imports", row: "an import", condition: "file_name = 'a.jsonl'",
        insert: "(created_by, file_name, size_bytes) VALUES ('$own', 'b.jsonl', 5)",
        update: "origin = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.import_problems", row: "what is wrong with a file",
        condition: "number = 1",
        insert: "(import_id, number, line, message)
            VALUES ('00000000-0000-0000-0000-0000000000e1', 2, 1, 'Not JSON')",
        update: "message = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.import_chunks", row: "a piece of a file", condition: "start = 0",
        insert: "(import_id, start, bytes)
            VALUES ('00000000-0000-0000-0000-0000000000e1', 5, 'more')",
        update: "bytes = 'other'",
        rights: NOBODY,
    },
    Line {
        table: "public.import_rows", row: "a conversation of a file", condition: "position = 0",
        insert: "(import_id, position, line, content, rating, text_hash)
            VALUES ('00000000-0000-0000-0000-0000000000e1', 1, 2, '{}', '{}', sha256('b'))",
        update: "origin = 'other'",
        rights: NOBODY,
    },
];
