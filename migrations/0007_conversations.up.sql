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
  review_history jsonb NOT NULL DEFAULT '[]'
    CONSTRAINT conversations_review_history_check CHECK (jsonb_typeof(review_history) = 'array'),
  is_demonstration boolean NOT NULL DEFAULT false,
  created_by uuid DEFAULT auth.uid() CONSTRAINT conversations_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_by uuid CONSTRAINT conversations_updated_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  approved_by uuid CONSTRAINT conversations_approved_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  approved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  turns jsonb NOT NULL DEFAULT '[]'
    CONSTRAINT conversations_turns_check CHECK (public.are_turns(turns))
);
CREATE INDEX conversations_pending_review_idx ON public.conversations (quality_score, id)
  WHERE status = 'pending_review';
CREATE INDEX conversations_created_by_idx ON public.conversations (created_by, created_at DESC, id);
CREATE INDEX conversations_organization_idx
  ON public.conversations (organization_id, created_at DESC, id);
CREATE INDEX conversations_updated_by_idx ON public.conversations (updated_by)
  WHERE updated_by IS NOT NULL;
CREATE INDEX conversations_approved_by_idx ON public.conversations (approved_by)
  WHERE approved_by IS NOT NULL;
CREATE INDEX conversations_created_at_idx ON public.conversations USING brin (created_at);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.conversations FOR EACH ROW
  EXECUTE FUNCTION public.set_updated_at();
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
COMMENT ON COLUMN public.conversations.review_history IS
  'Array of {action, by, at, comment}, oldest first.';
COMMENT ON COLUMN public.conversations.is_demonstration IS
  'Made by `train demo`, and removed with it.';
COMMENT ON COLUMN public.conversations.created_by IS 'The author; null when the account is gone.';
COMMENT ON COLUMN public.conversations.updated_by IS 'Who changed it last.';
COMMENT ON COLUMN public.conversations.approved_by IS 'Who approved it; null when its score did.';
COMMENT ON COLUMN public.conversations.turns IS
  'What was said, in order: array of {role, content, tokens (estimated)}.';

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
  'What is searched of each conversation. A new one comes in within a minute, an edited one with '
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
    || to_tsvector('pg_catalog.english', left((SELECT string_agg(turn ->> 'content', ' ')
      FROM jsonb_array_elements(conversation.turns) AS turn), 200000))
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
      parameters, error, created_by, approved_at, turns)
    SELECT given.id,
      (SELECT member.organization_id FROM public.organization_members AS member
        WHERE member.user_id = given.created_by AND member.organization_id = given.organization_id),
      given.title, given.persona, given.emotion, given.topic, given.intent, given.tone, given.tier,
      given.status, given.categories, given.quality_score, given.quality_metrics, given.turn_count,
      given.input_tokens, given.output_tokens, given.estimated_cost_nano_usd,
      given.actual_cost_nano_usd, given.generation_duration_ms, given.parameters, given.error,
      given.created_by, CASE WHEN given.status = 'approved' THEN now() END, given.turns
    FROM jsonb_to_recordset(conversations) AS given (id uuid, organization_id uuid, title text,
      persona text, emotion text, topic text, intent text, tone text, tier text, status text,
      categories text[], quality_score numeric(3,1), quality_metrics jsonb, turn_count integer,
      input_tokens bigint, output_tokens bigint, estimated_cost_nano_usd bigint,
      actual_cost_nano_usd bigint, generation_duration_ms bigint, parameters jsonb, error text,
      created_by uuid, turns jsonb)
    ON CONFLICT ON CONSTRAINT conversations_pkey DO NOTHING;
  RETURN (SELECT jsonb_object_agg(stored.id, jsonb_build_object('publicId', stored.public_id,
      'organizationId', stored.organization_id, 'qualityScore', stored.quality_score,
      'createdAt', stored.created_at, 'updatedAt', stored.updated_at,
      'approvedAt', stored.approved_at))
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

-- An author writes their own, in their own name, in their own organization; its owners and admins
-- review all of it. Nobody removes one but the service: people archive. Status, score and costs are
-- for the service alone to say: no grant for their columns. What was approved is what was read: it
-- does not change afterwards under the same approval.
GRANT SELECT, INSERT (organization_id, title, persona, emotion, topic, intent, tone, tier,
    categories, created_by, turns),
  UPDATE (title, persona, emotion, topic, intent, tone, tier, categories, turns)
  ON public.conversations TO authenticated;
CREATE POLICY own_read ON public.conversations FOR SELECT TO authenticated
  USING (created_by = (SELECT auth.uid()));
CREATE POLICY own_insert ON public.conversations FOR INSERT TO authenticated
  WITH CHECK (created_by = (SELECT auth.uid())
    AND (organization_id IS NULL OR organization_id = (SELECT auth.own_organization())));
CREATE POLICY own_update ON public.conversations FOR UPDATE TO authenticated
  USING (created_by = (SELECT auth.uid()) AND status <> 'approved')
  WITH CHECK (created_by = (SELECT auth.uid())
    AND (organization_id IS NULL OR organization_id = (SELECT auth.own_organization())));
CREATE POLICY member_read ON public.conversations FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
CREATE POLICY manager_update ON public.conversations FOR UPDATE TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()) AND status <> 'approved')
  WITH CHECK (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.conversations FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

-- Who sees a conversation may search it.
GRANT SELECT ON public.conversation_search TO authenticated;
CREATE POLICY conversation_read ON public.conversation_search FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
