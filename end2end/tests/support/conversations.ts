// Conversations that are there without having been generated.
import { runSql } from "./notifications";

export interface StoredConversation {
  title: string;
  tier?: "template" | "scenario" | "edge_case";
  status?: string;
  /** 0–10. */
  score?: number;
  /** Why no trainer takes it. */
  failures?: { rule: string; turn?: number }[];
}

const TURNS = [
  { number: 1, role: "user", content: "My card was charged twice for the same ticket.", tokens: 16 },
  { number: 2, role: "assistant", content: "I am sorry about that. Which day was it, and how much?", tokens: 18 },
  { number: 3, role: "user", content: "Yesterday, 42 euros, and I need the money back this week.", tokens: 18 },
  { number: 4, role: "assistant", content: "The second charge is only reserved; it goes back by tomorrow evening.", tokens: 21 },
];

/** Stores them for a person, in their organization if they have one; they can be searched at once. */
export function store(userId: string, conversations: StoredConversation[], databaseUrl?: string): void {
  const word = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const rows = conversations.map(({ title, tier = "template", status = "generated", score = 7, failures = [] }) =>
    [word(title), word(tier), word(status), score, word(JSON.stringify(failures)), status === "approved"].join(", "),
  );
  runSql(
    `INSERT INTO public.conversations (organization_id, title, persona, emotion, topic, tier, status, quality_score, quality_metrics,
       turn_count, training_tokens, gate_failures, is_decided, archived_from, created_by, turns)
     SELECT (SELECT organization_id FROM public.organization_members WHERE user_id = '${userId}'), title, 'Traveller', 'annoyed',
       'A double charge', tier, status, score, jsonb_build_object('score', score, 'turns', score, 'length', score, 'structure',
       score, 'confidence', score), 4, 73, failures::jsonb, decided,
       CASE WHEN status = 'archived' THEN 'generated' END, '${userId}', ${word(JSON.stringify(TURNS))}::jsonb
     FROM (VALUES (${rows.join("), (")})) AS given (title, tier, status, score, failures, decided);
     SELECT public.index_conversations(5000)`,
    databaseUrl,
  );
}
