//! Exports, and what they froze.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    Line {
        table: "public.selections", row: "what was frozen",
        condition: "id = '00000000-0000-0000-0000-0000000000d3'",
        insert: "(total) VALUES (1)",
        update: "total = 2",
        rights: NOBODY,
    },
    Line {
        table: "public.selection_items", row: "a conversation as it was",
        condition: "position = 0",
        insert: "(selection_id, position, conversation_id, version, facts)
            VALUES ('00000000-0000-0000-0000-0000000000d3', 1,
              '00000000-0000-0000-0000-00000000000a', 1, '{}')",
        update: "version = 2",
        rights: NOBODY,
    },
    Line {
        table: "public.exports", row: "an export of one's own",
        condition: "file_name = 'own.jsonl'",
        insert: "(created_by, options, file_name, total) VALUES ('$own', '{}', 'new.jsonl', 1)",
        update: "file_name = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.exports", row: "an export of a member's",
        condition: "file_name = 'shared.jsonl'",
        insert: "(created_by, organization_id, options, file_name, total)
            VALUES ('$own', '$org', '{}', 'new.jsonl', 1)",
        update: "file_name = 'other'",
        rights: ["s---", "----", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.export_chunks", row: "a piece of a file", condition: "start = 0",
        insert: "(export_id, start, size, bytes)
            VALUES ('00000000-0000-0000-0000-0000000000e2', 1, 1, '\\x00')",
        update: "size = 2",
        rights: NOBODY,
    },
];
