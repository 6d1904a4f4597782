//! Data sets and their versions.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    Line {
        table: "public.data_sets", row: "a data set of one's own", condition: "name = 'Own'",
        insert: "(created_by, name) VALUES ('$own', 'New')",
        update: "name = 'Other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.data_sets", row: "a data set of an organization",
        condition: "name = 'Shared'",
        insert: "(created_by, organization_id, name) VALUES ('$own', '$org', 'New')",
        update: "name = 'Other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.data_set_versions", row: "a version of one's own",
        condition: "data_set_id = '00000000-0000-0000-0000-0000000000d1'",
        insert: "(data_set_id, number, selection_id, rules, card)
            VALUES ('00000000-0000-0000-0000-0000000000d1', 2,
              '00000000-0000-0000-0000-0000000000d3', '{}', '{}')",
        update: "note = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.data_set_versions", row: "a version of an organization's",
        condition: "data_set_id = '00000000-0000-0000-0000-0000000000d2'",
        insert: "(data_set_id, number, selection_id, rules, card)
            VALUES ('00000000-0000-0000-0000-0000000000d2', 2,
              '00000000-0000-0000-0000-0000000000d4', '{}', '{}')",
        update: "note = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.data_set_members", row: "in which part a conversation is",
        condition: "since = 1",
        insert: "(data_set_id, conversation_id, split, since)
            VALUES ('00000000-0000-0000-0000-0000000000d2',
              '00000000-0000-0000-0000-00000000000a', 'test', 1)",
        update: "split = 'test'",
        rights: NOBODY,
    },
];
