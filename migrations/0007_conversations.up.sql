-- Training conversations, and what was said in them.

CREATE FUNCTION public.are_turns(turns jsonb) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  IF jsonb_typeof(turns) <> 'array' THEN
    RETURN false;
  END IF;
  RETURN NOT EXISTS (SELECT FROM jsonb_array_elements(turns) AS turn
    WHERE (turn ->> 'role' IN ('user', 'assistant')
      AND jsonb_typeof(turn -> 'content') = 'string') IS NOT TRUE);
END
$$;
COMMENT ON FUNCTION public.are_turns(jsonb) IS
  'Whether something is an array of {role (user or assistant), content (text)}.';
GRANT EXECUTE ON FUNCTION public.are_turns(jsonb) TO service_role, authenticated;

CREATE TABLE public.conversations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  public_id text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 12)
    CONSTRAINT conversations_public_id_key UNIQUE
    CONSTRAINT conversations_public_id_check CHECK (public_id ~ '^[A-Za-z0-9_-]{4,40}$'),
  organization_id uuid CONSTRAINT conversations_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE SET NULL,
  title text NOT NULL DEFAULT '' CONSTRAINT conversations_title_check CHECK (length(title) <= 300),
  persona text NOT NULL DEFAULT '',
  emotion text NOT NULL DEFAULT '',
  topic text NOT NULL DEFAULT '',
  intent text NOT NULL DEFAULT '',
  tone text NOT NULL DEFAULT '',
  tier text NOT NULL CONSTRAINT conversations_tier_check
    CHECK (tier IN ('template', 'scenario', 'edge_case')),
  status text NOT NULL DEFAULT 'draft' CONSTRAINT conversations_status_check
    CHECK (status IN ('draft', 'generated', 'pending_review', 'approved', 'rejected',
      'needs_revision', 'none', 'failed', 'archived')),
  categories text[] NOT NULL DEFAULT '{}',
  quality_score numeric(3,1)
    CONSTRAINT conversations_quality_score_check CHECK (quality_score BETWEEN 0 AND 10),
  quality_metrics jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT conversations_quality_metrics_check CHECK (jsonb_typeof(quality_metrics) = 'object'),
  turn_count integer NOT NULL DEFAULT 0
    CONSTRAINT conversations_turn_count_check CHECK (turn_count >= 0),
  input_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT conversations_input_tokens_check CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT conversations_output_tokens_check CHECK (output_tokens >= 0),
  estimated_cost_nano_usd bigint
    CONSTRAINT conversations_estimated_cost_check CHECK (estimated_cost_nano_usd >= 0),
  actual_cost_nano_usd bigint
    CONSTRAINT conversations_actual_cost_check CHECK (actual_cost_nano_usd >= 0),
  generation_duration_ms bigint
    CONSTRAINT conversations_duration_check CHECK (generation_duration_ms >= 0),
  parameters jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT conversations_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
  error text,
  is_demonstration boolean NOT NULL DEFAULT false,
  origin text NOT NULL DEFAULT ''
    CONSTRAINT conversations_origin_check CHECK (length(origin) <= 500),
  license text NOT NULL DEFAULT ''
    CONSTRAINT conversations_license_check CHECK (length(license) <= 200),
  import_id uuid,
  created_by uuid DEFAULT auth.uid() CONSTRAINT conversations_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_by uuid CONSTRAINT conversations_updated_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  approved_by uuid CONSTRAINT conversations_approved_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  approved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  turns jsonb NOT NULL DEFAULT '[]',
  version integer NOT NULL DEFAULT 1 CONSTRAINT conversations_version_check CHECK (version > 0),
  training_tokens integer NOT NULL DEFAULT 0
    CONSTRAINT conversations_training_tokens_check CHECK (training_tokens >= 0),
  gate_failures jsonb NOT NULL DEFAULT '[{"rule": "too_few_turns"}]'
    CONSTRAINT conversations_gate_failures_check CHECK (jsonb_typeof(gate_failures) = 'array'),
  is_trainable boolean NOT NULL GENERATED ALWAYS AS (gate_failures = '[]') STORED,
  is_decided boolean NOT NULL DEFAULT false,
  archived_from text CONSTRAINT conversations_archived_from_check
    CHECK ((archived_from IS NOT NULL) = (status = 'archived')),
  deleted_at timestamptz CONSTRAINT conversations_deleted_at_check
    CHECK (deleted_at IS NULL OR status = 'archived'),
  likeness text CONSTRAINT conversations_likeness_check
    CHECK (likeness IN ('nearly_the_same', 'related')),
  finding_kinds text[] NOT NULL DEFAULT '{}',
  is_flagged boolean NOT NULL GENERATED ALWAYS AS (finding_kinds <> '{}') STORED,
  -- Where lists begin: one index finds what belongs together, and orders by this and then by id.
  workspace_id uuid GENERATED ALWAYS AS
    (CASE WHEN deleted_at IS NULL THEN coalesce(organization_id, created_by) END) STORED,
  score_tenths smallint NOT NULL
    GENERATED ALWAYS AS (coalesce((quality_score * 10)::smallint, -1)) STORED,
  -- The machine never lets through what no trainer takes, whichever way it comes.
  CONSTRAINT conversations_machine_approval_check
    CHECK (status <> 'approved' OR gate_failures = '[]' OR is_decided)
-- What was said stands apart unless it is short: each change of a status writes the row again, and
-- lists read it.
) WITH (toast_tuple_target = 1024);
CREATE INDEX conversations_workspace_created_idx
  ON public.conversations (workspace_id, created_at, id);
CREATE INDEX conversations_workspace_updated_idx
  ON public.conversations (workspace_id, updated_at, id);
CREATE INDEX conversations_workspace_score_idx
  ON public.conversations (workspace_id, score_tenths, id);
CREATE INDEX conversations_workspace_turns_idx
  ON public.conversations (workspace_id, turn_count, id);
CREATE INDEX conversations_workspace_tokens_idx
  ON public.conversations (workspace_id, training_tokens, id);
-- What has many values, of which most are rare: walking a list for one of them takes seconds.
CREATE INDEX conversations_workspace_persona_idx
  ON public.conversations (workspace_id, persona, created_at, id);
CREATE INDEX conversations_workspace_topic_idx
  ON public.conversations (workspace_id, topic, created_at, id);
CREATE INDEX conversations_untrainable_idx
  ON public.conversations (workspace_id, created_at, id) WHERE NOT is_trainable;
CREATE INDEX conversations_likeness_idx
  ON public.conversations (workspace_id, created_at, id) WHERE likeness IS NOT NULL;
CREATE INDEX conversations_flagged_idx
  ON public.conversations (workspace_id, created_at, id) WHERE is_flagged;
CREATE INDEX conversations_deleted_at_idx ON public.conversations (deleted_at)
  WHERE deleted_at IS NOT NULL;
CREATE INDEX conversations_demonstration_idx ON public.conversations (workspace_id)
  WHERE is_demonstration;
CREATE INDEX conversations_pending_review_idx
  ON public.conversations (workspace_id, score_tenths, id) WHERE status = 'pending_review';
CREATE INDEX conversations_created_by_idx ON public.conversations (created_by, created_at DESC, id);
CREATE INDEX conversations_organization_idx ON public.conversations (organization_id)
  WHERE organization_id IS NOT NULL;
CREATE INDEX conversations_updated_by_idx ON public.conversations (updated_by)
  WHERE updated_by IS NOT NULL;
CREATE INDEX conversations_approved_by_idx ON public.conversations (approved_by)
  WHERE approved_by IS NOT NULL;
CREATE INDEX conversations_created_at_idx ON public.conversations USING brin (created_at);
-- What is found out about a conversation afterwards is no change of it.
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.conversations FOR EACH ROW
  WHEN ((OLD.likeness, OLD.finding_kinds) IS NOT DISTINCT FROM (NEW.likeness, NEW.finding_kinds))
  EXECUTE FUNCTION public.set_updated_at();

-- A check of the table would read the turns again with each change of a status.
CREATE FUNCTION public.refuse_turns() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION 'turns are an array of {role (user or assistant), content (text)}'
    USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
      CONSTRAINT = 'conversations_turns_check';
END
$$;
CREATE TRIGGER check_turns BEFORE INSERT OR UPDATE OF turns ON public.conversations FOR EACH ROW
  WHEN (public.are_turns(NEW.turns) IS NOT TRUE) EXECUTE FUNCTION public.refuse_turns();
COMMENT ON TABLE public.conversations IS
  'Training conversations, from the draft to the approved one.';
COMMENT ON COLUMN public.conversations.public_id IS 'Short name for addresses and exports.';
COMMENT ON COLUMN public.conversations.organization_id IS
  'Whose members read it; null: only its author.';
COMMENT ON COLUMN public.conversations.status IS 'Where it stands between draft and approval.';
COMMENT ON COLUMN public.conversations.quality_score IS
  'From 0 to 10; null when there is nothing to score.';
COMMENT ON COLUMN public.conversations.quality_metrics IS 'What quality_score was computed from.';
COMMENT ON COLUMN public.conversations.input_tokens IS
  'Of all attempts, whether read from a cache or not.';
COMMENT ON COLUMN public.conversations.output_tokens IS 'Of all attempts.';
COMMENT ON COLUMN public.conversations.estimated_cost_nano_usd IS
  'The most that it was thought to cost, in nano-dollars.';
COMMENT ON COLUMN public.conversations.actual_cost_nano_usd IS
  'What all attempts cost together, in nano-dollars.';
COMMENT ON COLUMN public.conversations.parameters IS
  'What generation was asked for: number of turns, instructions, model settings.';
COMMENT ON COLUMN public.conversations.error IS 'Why generation failed, for people.';
COMMENT ON COLUMN public.conversations.is_demonstration IS
  'Made by `train demo`, and removed with it.';
COMMENT ON COLUMN public.conversations.origin IS
  'Where it was imported from, in words; empty: it was made here.';
COMMENT ON COLUMN public.conversations.license IS 'Under which terms an imported one may be used.';
COMMENT ON COLUMN public.conversations.import_id IS
  'The import that it came with; no foreign key: it outlives that.';
COMMENT ON COLUMN public.conversations.created_by IS 'The author; null when the account is gone.';
COMMENT ON COLUMN public.conversations.updated_by IS 'Who changed it last.';
COMMENT ON COLUMN public.conversations.approved_by IS 'Who approved it; null when its score did.';
COMMENT ON COLUMN public.conversations.turns IS
  'What was said, in order: array of {role, content, tokens (estimated)}.';
COMMENT ON COLUMN public.conversations.version IS
  'Of its content: each edit adds one. Saves say which version they were made from.';
COMMENT ON COLUMN public.conversations.training_tokens IS
  'Of the text that a trainer gets, estimated.';
COMMENT ON COLUMN public.conversations.gate_failures IS
  'Why no trainer takes it: array of {rule, turn (from 1, where it is about one)}.';
COMMENT ON COLUMN public.conversations.is_trainable IS 'Whether trainers take it.';
COMMENT ON COLUMN public.conversations.is_decided IS
  'A person decided the status; thresholds leave it alone.';
COMMENT ON COLUMN public.conversations.archived_from IS 'Which status it returns to.';
COMMENT ON COLUMN public.conversations.deleted_at IS
  'Nobody sees it from then on; it is kept for a while, so that deleting can be undone.';
COMMENT ON COLUMN public.conversations.likeness IS
  'How alike the most similar other one of its workspace is that is not archived; null: none is, '
  'or nobody has looked yet.';
COMMENT ON COLUMN public.conversations.finding_kinds IS
  'What content checks found in it: words of FindingKind, each once, in their order.';
COMMENT ON COLUMN public.conversations.is_flagged IS 'Whether they found something.';
COMMENT ON COLUMN public.conversations.workspace_id IS
  'Whose lists it is in: those of its organization, or of its author who has none; null when it is '
  'deleted.';
COMMENT ON COLUMN public.conversations.score_tenths IS
  'quality_score in tenths, -1 for none: comparing whole numbers is allowed before row-level '
  'security has looked, so an index can be used.';

CREATE FUNCTION public.status_by_thresholds(score_tenths integer, is_trainable boolean,
  auto_approval smallint, flagging smallint, minimum_acceptable smallint) RETURNS text
  LANGUAGE sql IMMUTABLE
AS $$
  SELECT CASE
    WHEN score_tenths >= auto_approval AND is_trainable THEN 'approved'
    WHEN score_tenths >= flagging THEN 'pending_review'
    WHEN score_tenths >= minimum_acceptable THEN 'needs_revision'
    ELSE 'rejected' END
$$;
COMMENT ON FUNCTION public.status_by_thresholds(integer, boolean, smallint, smallint, smallint) IS
  'The status that thresholds give, all in tenths. The program has the same rule for what it '
  'generates; a test holds both to each other.';
GRANT EXECUTE
  ON FUNCTION public.status_by_thresholds(integer, boolean, smallint, smallint, smallint)
  TO service_role;

CREATE TABLE public.conversation_versions (
  conversation_id uuid NOT NULL CONSTRAINT conversation_versions_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  version integer NOT NULL,
  content jsonb NOT NULL
    CONSTRAINT conversation_versions_content_check CHECK (jsonb_typeof(content) = 'object'),
  reason text CONSTRAINT conversation_versions_reason_check CHECK (length(reason) <= 500),
  restored_from integer,
  edited_by uuid CONSTRAINT conversation_versions_edited_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  edited_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT conversation_versions_pkey PRIMARY KEY (conversation_id, version)
);
CREATE INDEX conversation_versions_edited_by_idx ON public.conversation_versions (edited_by)
  WHERE edited_by IS NOT NULL;
COMMENT ON TABLE public.conversation_versions IS
  'Every version of a conversation that was edited, the first and the present one included. '
  'Nothing of one that never was.';
COMMENT ON COLUMN public.conversation_versions.content IS
  'What people edit: {title, persona, emotion, topic, intent, tone, tier, categories, turns}.';
COMMENT ON COLUMN public.conversation_versions.reason IS 'Why, in the editor''s words.';
COMMENT ON COLUMN public.conversation_versions.restored_from IS
  'The version whose content it brought back.';
COMMENT ON COLUMN public.conversation_versions.edited_by IS
  'Who saved it; of the first, the author.';

CREATE TABLE public.conversation_comments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  conversation_id uuid NOT NULL CONSTRAINT conversation_comments_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  turn integer CONSTRAINT conversation_comments_turn_check CHECK (turn > 0),
  anchor text,
  text text NOT NULL CONSTRAINT conversation_comments_text_check
    CHECK (length(text) BETWEEN 1 AND 4000),
  mentions uuid[] NOT NULL DEFAULT '{}',
  author_id uuid CONSTRAINT conversation_comments_author_id_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  edited_at timestamptz,
  resolved_at timestamptz,
  resolved_by uuid CONSTRAINT conversation_comments_resolved_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  CONSTRAINT conversation_comments_anchor_check CHECK ((turn IS NULL) = (anchor IS NULL))
);
CREATE INDEX conversation_comments_conversation_id_idx
  ON public.conversation_comments (conversation_id, created_at, id);
CREATE INDEX conversation_comments_author_id_idx ON public.conversation_comments (author_id)
  WHERE author_id IS NOT NULL;
CREATE INDEX conversation_comments_resolved_by_idx ON public.conversation_comments (resolved_by)
  WHERE resolved_by IS NOT NULL;
COMMENT ON TABLE public.conversation_comments IS
  'What people say about a conversation, or about one of its turns.';
COMMENT ON COLUMN public.conversation_comments.turn IS
  'The turn that it is about, from 1; null: the whole conversation.';
COMMENT ON COLUMN public.conversation_comments.anchor IS
  'md5 of that turn when it was commented on: another now means that the comment is outdated.';
COMMENT ON COLUMN public.conversation_comments.mentions IS 'Who was notified of it.';
COMMENT ON COLUMN public.conversation_comments.resolved_at IS 'Null: open.';

CREATE TABLE public.comment_drafts (
  user_id uuid NOT NULL CONSTRAINT comment_drafts_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  conversation_id uuid NOT NULL CONSTRAINT comment_drafts_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  turn integer NOT NULL CONSTRAINT comment_drafts_turn_check CHECK (turn >= 0),
  text text NOT NULL CONSTRAINT comment_drafts_text_check CHECK (length(text) BETWEEN 1 AND 4000),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT comment_drafts_pkey PRIMARY KEY (user_id, conversation_id, turn)
);
CREATE INDEX comment_drafts_conversation_id_idx ON public.comment_drafts (conversation_id);
CREATE INDEX comment_drafts_updated_at_idx ON public.comment_drafts (updated_at);
COMMENT ON TABLE public.comment_drafts IS
  'Comments that somebody began and did not post yet, so that they are there on every device.';
COMMENT ON COLUMN public.comment_drafts.turn IS 'From 1; 0: about the whole conversation.';

-- Apart from the conversation: what is searched is made afterwards, for many at once, and nobody
-- who generates waits for it.
CREATE TABLE public.conversation_search (
  conversation_id uuid CONSTRAINT conversation_search_pkey PRIMARY KEY
    CONSTRAINT conversation_search_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  search tsvector NOT NULL
);
CREATE INDEX conversation_search_created_at_idx ON public.conversation_search (created_at);
CREATE INDEX conversation_search_idx ON public.conversation_search USING gin (search);
COMMENT ON TABLE public.conversation_search IS
  'What is searched of each conversation. A new one comes in within seconds, an edited one with '
  'its edit.';
COMMENT ON COLUMN public.conversation_search.created_at IS
  'Of the conversation: those that are newer are still to come.';
COMMENT ON COLUMN public.conversation_search.search IS
  'The title counts most, then the topic, then who speaks and how, then what is said: its first '
  '200 000 characters, because a text search vector holds at most a megabyte.';

CREATE FUNCTION public.search_of(conversation public.conversations) RETURNS tsvector
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT setweight(to_tsvector('pg_catalog.english', conversation.title), 'A')
    || setweight(to_tsvector('pg_catalog.english', conversation.topic), 'B')
    || setweight(to_tsvector('pg_catalog.english', concat_ws(' ', conversation.persona,
      conversation.emotion, conversation.intent, conversation.tone)), 'C')
    -- One without turns, as one that failed, is found by the rest.
    || coalesce(to_tsvector('pg_catalog.english', left((SELECT string_agg(turn ->> 'content', ' ')
      FROM jsonb_array_elements(conversation.turns) AS turn), 200000)), '')
$$;
COMMENT ON FUNCTION public.search_of(public.conversations) IS
  'What conversation_search keeps of a conversation.';
GRANT EXECUTE ON FUNCTION public.search_of(public.conversations) TO service_role;

CREATE FUNCTION public.index_conversations(most integer) RETURNS bigint
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  -- Who stored one may have begun a while before it could be seen.
  since timestamptz := coalesce((SELECT max(known.created_at) FROM public.conversation_search
    AS known), '-infinity') - interval '10 minutes';
  added bigint;
BEGIN
  INSERT INTO public.conversation_search (conversation_id, created_at, search)
    SELECT conversation.id, conversation.created_at, coalesce(public.search_of(conversation), '')
    FROM public.conversations AS conversation
    WHERE conversation.created_at >= since
      AND NOT EXISTS (SELECT FROM public.conversation_search AS known
        WHERE known.conversation_id = conversation.id)
    ORDER BY conversation.created_at LIMIT most
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN added;
END
$$;
COMMENT ON FUNCTION public.index_conversations(integer) IS
  'Makes up to so many of the oldest conversations that are not yet searched searchable. Answers '
  'how many.';
GRANT EXECUTE ON FUNCTION public.index_conversations(integer) TO service_role;

-- As the owner: row-level security would look at each conversation before the index of words, whose
-- operator may tell what it saw.
CREATE FUNCTION public.search_conversations(words text, most integer) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' SET client_min_messages = warning
AS $$
  SELECT known.conversation_id
  FROM public.conversation_search AS known
  JOIN public.conversations AS whole ON whole.id = known.conversation_id
  WHERE known.search @@ websearch_to_tsquery('pg_catalog.english', words)
    AND whole.workspace_id IN ((SELECT auth.uid()), (SELECT auth.own_organization()))
  LIMIT most
$$;
COMMENT ON FUNCTION public.search_conversations(text, integer) IS
  'The conversations that have these words, among the caller''s own that belong to no organization '
  'and those of their organization; in no order, at most so many, null: all.';
GRANT EXECUTE ON FUNCTION public.search_conversations(text, integer)
  TO authenticated, service_role;

CREATE FUNCTION public.index_again() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE public.conversation_search AS known SET search = coalesce(public.search_of(NEW), '')
    WHERE known.conversation_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER index_again
  AFTER UPDATE OF title, topic, persona, emotion, intent, tone, turns ON public.conversations
  FOR EACH ROW EXECUTE FUNCTION public.index_again();

-- What belongs to an organization stays there without its author; what was only theirs goes with
-- them. Before the account is gone: afterwards nobody knows what was theirs.
CREATE FUNCTION public.forget_conversations() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.conversations AS theirs
    WHERE theirs.created_by = OLD.id AND theirs.organization_id IS NULL;
  RETURN OLD;
END
$$;
CREATE TRIGGER forget_conversations BEFORE DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.forget_conversations();

CREATE FUNCTION public.store_conversations(conversations jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = '' SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  ids uuid[];
BEGIN
  SELECT array_agg((given ->> 'id')::uuid) INTO ids
    FROM jsonb_array_elements(conversations) AS given;
  -- Whoever left the organization meanwhile keeps what they made; the organization does not get it.
  INSERT INTO public.conversations (id, organization_id, title, persona, emotion, topic, intent,
      tone, tier, status, categories, quality_score, quality_metrics, turn_count, input_tokens,
      output_tokens, estimated_cost_nano_usd, actual_cost_nano_usd, generation_duration_ms,
      parameters, error, created_by, approved_at, turns, training_tokens, gate_failures)
    SELECT given.id,
      (SELECT member.organization_id FROM public.organization_members AS member
        WHERE member.user_id = given.created_by AND member.organization_id = given.organization_id),
      given.title, given.persona, given.emotion, given.topic, given.intent, given.tone, given.tier,
      given.status, given.categories, given.quality_score, given.quality_metrics, given.turn_count,
      given.input_tokens, given.output_tokens, given.estimated_cost_nano_usd,
      given.actual_cost_nano_usd, given.generation_duration_ms, given.parameters, given.error,
      given.created_by, CASE WHEN given.status = 'approved' THEN now() END, given.turns,
      given.training_tokens, given.gate_failures
    FROM jsonb_to_recordset(conversations) AS given (id uuid, organization_id uuid, title text,
      persona text, emotion text, topic text, intent text, tone text, tier text, status text,
      categories text[], quality_score numeric(3,1), quality_metrics jsonb, turn_count integer,
      input_tokens bigint, output_tokens bigint, estimated_cost_nano_usd bigint,
      actual_cost_nano_usd bigint, generation_duration_ms bigint, parameters jsonb, error text,
      created_by uuid, turns jsonb, training_tokens integer, gate_failures jsonb)
    ON CONFLICT ON CONSTRAINT conversations_pkey DO NOTHING;
  RETURN (SELECT jsonb_object_agg(stored.id, jsonb_build_object('publicId', stored.public_id,
      'organizationId', stored.organization_id, 'authorName', (SELECT author.display_name
        FROM auth.users AS author WHERE author.id = stored.created_by),
      'qualityScore', stored.quality_score, 'createdAt', stored.created_at,
      'updatedAt', stored.updated_at, 'approvedAt', stored.approved_at))
    FROM public.conversations AS stored WHERE stored.id = ANY (ids));
END
$$;
COMMENT ON FUNCTION public.store_conversations(jsonb) IS
  'Stores generated conversations, given as an array of objects with the columns of conversations; '
  'each once. Returns what the database decided about them, by id.';
GRANT EXECUTE ON FUNCTION public.store_conversations(jsonb) TO service_role;

-- Row-level security

CALL public.protect('public.conversations', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.conversation_search', 'SELECT, INSERT, UPDATE, DELETE');

CALL public.protect('public.conversation_versions', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.conversation_comments', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.comment_drafts', 'SELECT, INSERT, UPDATE, DELETE');

-- An author reads their own, members those of their organization. Nobody writes but the service:
-- with each change of the content come another score, gate and version, and with each decision an
-- entry in the history of reviews, which a row of its own right could leave out.
GRANT SELECT ON public.conversations TO authenticated;
CREATE POLICY own_read ON public.conversations FOR SELECT TO authenticated
  USING (created_by = (SELECT auth.uid()) AND deleted_at IS NULL);
CREATE POLICY member_read ON public.conversations FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()) AND deleted_at IS NULL);
CREATE POLICY admin_read ON public.conversations FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()) AND deleted_at IS NULL);

-- Who sees a conversation may search it.
GRANT SELECT ON public.conversation_search TO authenticated;
CREATE POLICY conversation_read ON public.conversation_search FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));

GRANT SELECT ON public.conversation_versions, public.conversation_comments TO authenticated;
CREATE POLICY conversation_read ON public.conversation_versions FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
CREATE POLICY conversation_read ON public.conversation_comments FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));

-- What somebody has not said yet is theirs alone, and only of what they may read.
GRANT SELECT, INSERT (user_id, conversation_id, turn, text), UPDATE (text, updated_at), DELETE
  ON public.comment_drafts TO authenticated;
CREATE POLICY own_read ON public.comment_drafts FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_insert ON public.comment_drafts FOR INSERT TO authenticated
  WITH CHECK (user_id = (SELECT auth.uid())
    AND EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
CREATE POLICY own_update ON public.comment_drafts FOR UPDATE TO authenticated
  USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY own_delete ON public.comment_drafts FOR DELETE TO authenticated
  USING (user_id = (SELECT auth.uid()));
