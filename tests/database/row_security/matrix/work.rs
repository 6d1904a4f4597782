//! Conversations and the work on them.

use super::{Line, NOBODY};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    Line {
        table: "public.saved_views", row: "a person's view", condition: "name = 'Own'",
        insert: "(created_by, name, query) VALUES ('$own', 'New', '')",
        update: "name = 'Other'",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.saved_views", row: "a view of an organization",
        condition: "name = 'Shared'",
        insert: "(created_by, organization_id, name, query) VALUES ('$own', '$org', 'New', '')",
        update: "name = 'Other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.conversations", row: "a private conversation",
        condition: "title = 'Private'",
        insert: "(tier, created_by) VALUES ('template', '$own')",
        update: "topic = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.conversations", row: "an organization's conversation",
        condition: "title = 'Shared'",
        insert: "(tier, created_by, organization_id) VALUES ('template', '$own', '$org')",
        update: "topic = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_versions", row: "a version of a private conversation",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000a'",
        insert: "(conversation_id, version, content)
            VALUES ('00000000-0000-0000-0000-00000000000a', 9, '{}')",
        update: "content = '{\"a\": 1}'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_comments", row: "a comment about an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, text) VALUES ('00000000-0000-0000-0000-00000000000b', 'a')",
        update: "text = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.comment_drafts", row: "what somebody began to say",
        condition: "user_id = '$own'",
        insert: "(user_id, conversation_id, turn, text)
            VALUES ('$own', '00000000-0000-0000-0000-00000000000b', 7, 'a')",
        update: "text = 'other'",
        rights: ["siud", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.conversation_revisions", row: "a proposal for an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, request_id, instruction, base_version, content, model,
              cost_nano_usd)
            VALUES ('00000000-0000-0000-0000-00000000000b', gen_random_uuid(), 'a', 1, '{}', 'm',
              5)",
        update: "instruction = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.bulk_jobs", row: "a job that was prepared",
        condition: "state = 'prepared'",
        insert: "(created_by, action) VALUES ('$own', '{\"kind\": \"archive\"}')",
        update: "total = 9",
        rights: ["s---", "----", "----", "----", "----", "----", "----"],
    },
    Line {
        table: "public.bulk_jobs", row: "a job of an organization's that is done",
        condition: "state = 'done'",
        insert: "(created_by, organization_id, action, state)
            VALUES ('$own', '$org', '{\"kind\": \"archive\"}', 'done')",
        update: "total = 9",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "----"],
    },
    Line {
        table: "public.revision_requests", row: "a revision that is being written",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "VALUES (gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', now())",
        update: "expires_at = now()",
        rights: NOBODY,
    },
    Line {
        table: "public.bulk_job_items", row: "a conversation of a job",
        condition: "state = 'waiting'",
        insert: "(job_id, position, conversation_id)
            SELECT id, 1, '00000000-0000-0000-0000-00000000000a' FROM bulk_jobs",
        update: "state = 'kept'",
        rights: NOBODY,
    },
    Line {
        table: "public.conversation_reviews", row: "a decision about an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, action, status, status_before, version)
            VALUES ('00000000-0000-0000-0000-00000000000b', 'decided', 'rejected', 'draft', 1)",
        update: "comment = 'forged'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.review_claims", row: "a claim of an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, reviewer_id, expires_at)
            VALUES ('00000000-0000-0000-0000-00000000000a', '$own', now())",
        update: "expires_at = now()",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_search", row: "what is searched of a private conversation",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000a'",
        insert: "(conversation_id, created_at, search)
            VALUES ('00000000-0000-0000-0000-00000000000a', now(), 'a')",
        update: "search = 'other'",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_search", row: "what is searched of an organization's",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, created_at, search)
            VALUES ('00000000-0000-0000-0000-00000000000b', now(), 'a')",
        update: "search = 'other'",
        rights: ["s---", "s---", "s---", "s---", "----", "----", "s---"],
    },
    Line {
        table: "public.conversation_fingerprints", row: "the fingerprint of a conversation",
        condition: "conversation_id = '00000000-0000-0000-0000-00000000000b'",
        insert: "(conversation_id, created_at)
            VALUES ('00000000-0000-0000-0000-00000000000a', now())",
        update: "opening = 1",
        rights: NOBODY,
    },
    Line {
        table: "public.near_duplicates", row: "a pair of a private and a shared conversation",
        condition: "similarity = 77",
        insert: "(conversation_id, other_id, similarity)
            VALUES ('00000000-0000-0000-0000-00000000000b',
            '00000000-0000-0000-0000-00000000000a', 60)",
        update: "similarity = 60",
        rights: ["s---", "----", "----", "----", "----", "----", "s---"],
    },
    Line {
        table: "public.examinations_due", row: "a note that a conversation is to be examined",
        condition: "is_edited",
        insert: "(conversation_id, is_edited)
            VALUES ('00000000-0000-0000-0000-00000000000a', true)",
        update: "is_edited = false",
        rights: NOBODY,
    },
];
