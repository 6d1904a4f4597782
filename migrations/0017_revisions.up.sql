-- Revisions by Claude: what it proposes for a conversation, until a person accepts or drops it.

CREATE TABLE public.conversation_revisions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  conversation_id uuid NOT NULL CONSTRAINT conversation_revisions_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  request_id uuid NOT NULL CONSTRAINT conversation_revisions_request_id_key UNIQUE,
  state text NOT NULL DEFAULT 'open' CONSTRAINT conversation_revisions_state_check
    CHECK (state IN ('open', 'accepted', 'dropped')),
  instruction text NOT NULL CONSTRAINT conversation_revisions_instruction_check
    CHECK (length(instruction) BETWEEN 1 AND 4000),
  comment_id uuid CONSTRAINT conversation_revisions_comment_id_fkey
    REFERENCES public.conversation_comments (id) ON DELETE SET NULL,
  base_version integer NOT NULL
    CONSTRAINT conversation_revisions_base_version_check CHECK (base_version > 0),
  content jsonb NOT NULL
    CONSTRAINT conversation_revisions_content_check CHECK (jsonb_typeof(content) = 'object'),
  gate_failures jsonb NOT NULL DEFAULT '[]'
    CONSTRAINT conversation_revisions_gate_failures_check
    CHECK (jsonb_typeof(gate_failures) = 'array'),
  quality_score numeric(3,1)
    CONSTRAINT conversation_revisions_quality_score_check CHECK (quality_score BETWEEN 0 AND 10),
  model text NOT NULL,
  cost_nano_usd bigint NOT NULL
    CONSTRAINT conversation_revisions_cost_check CHECK (cost_nano_usd >= 0),
  created_by uuid CONSTRAINT conversation_revisions_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz,
  closed_by uuid CONSTRAINT conversation_revisions_closed_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  CONSTRAINT conversation_revisions_closed_check
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX conversation_revisions_conversation_id_idx
  ON public.conversation_revisions (conversation_id);
CREATE INDEX conversation_revisions_open_idx
  ON public.conversation_revisions (conversation_id, created_at, id) WHERE state = 'open';
CREATE INDEX conversation_revisions_closed_at_idx ON public.conversation_revisions (closed_at)
  WHERE closed_at IS NOT NULL;
CREATE INDEX conversation_revisions_comment_id_idx ON public.conversation_revisions (comment_id)
  WHERE comment_id IS NOT NULL;
CREATE INDEX conversation_revisions_created_by_idx ON public.conversation_revisions (created_by)
  WHERE created_by IS NOT NULL;
CREATE INDEX conversation_revisions_closed_by_idx ON public.conversation_revisions (closed_by)
  WHERE closed_by IS NOT NULL;
COMMENT ON TABLE public.conversation_revisions IS
  'What Claude proposes for conversations. It changes nothing until a person accepts it.';
COMMENT ON COLUMN public.conversation_revisions.request_id IS
  'As in generation_logs: the same request makes one proposal.';
COMMENT ON COLUMN public.conversation_revisions.instruction IS 'What Claude was asked to change.';
COMMENT ON COLUMN public.conversation_revisions.comment_id IS
  'The comment that became the instruction; accepting the proposal resolves it.';
COMMENT ON COLUMN public.conversation_revisions.base_version IS 'The version that Claude read.';
COMMENT ON COLUMN public.conversation_revisions.content IS 'As in conversation_versions.';
COMMENT ON COLUMN public.conversation_revisions.gate_failures IS 'As in conversations.';
COMMENT ON COLUMN public.conversation_revisions.quality_score IS 'As in conversations.';
COMMENT ON COLUMN public.conversation_revisions.model IS 'Which model wrote it.';
COMMENT ON COLUMN public.conversation_revisions.cost_nano_usd IS
  'What all attempts cost together, in nano-dollars.';
COMMENT ON COLUMN public.conversation_revisions.created_by IS
  'Who asked; null when the account is gone.';
COMMENT ON COLUMN public.conversation_revisions.closed_by IS 'Who accepted or dropped it.';

CREATE TABLE public.revision_requests (
  request_id uuid CONSTRAINT revision_requests_pkey PRIMARY KEY,
  conversation_id uuid NOT NULL CONSTRAINT revision_requests_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX revision_requests_conversation_id_idx
  ON public.revision_requests (conversation_id);
CREATE INDEX revision_requests_expires_at_idx ON public.revision_requests (expires_at);
COMMENT ON TABLE public.revision_requests IS
  'Which conversations Claude is being asked to revise at the moment: each of these requests has a '
  'place among the proposals that may wait.';
COMMENT ON COLUMN public.revision_requests.request_id IS 'As in conversation_revisions.';
COMMENT ON COLUMN public.revision_requests.expires_at IS
  'Then it counts for nothing: its server is gone.';

CREATE FUNCTION public.store_revisions(revisions jsonb) RETURNS void
  LANGUAGE sql SET search_path = '' SET lock_timeout = '100ms'
AS $$
  -- Whoever removes a conversation, an account or a comment at this moment is not waited for: all
  -- other ends would wait too. The server tries it again.
  -- Of a conversation, an account or a comment that went meanwhile nothing is left to refer to.
  INSERT INTO public.conversation_revisions (id, conversation_id, request_id, instruction,
      comment_id, base_version, content, gate_failures, quality_score, model, cost_nano_usd,
      created_by)
    SELECT given.id, whole.id, given.request_id, given.instruction, comment.id, given.base_version,
      given.content, given.gate_failures, given.quality_score, given.model, given.cost_nano_usd,
      person.id
    FROM jsonb_to_recordset(revisions) AS given (id uuid, conversation_id uuid, request_id uuid,
        instruction text, comment_id uuid, base_version integer, content jsonb,
        gate_failures jsonb, quality_score numeric(3,1), model text, cost_nano_usd bigint,
        created_by uuid)
      JOIN public.conversations AS whole ON whole.id = given.conversation_id
      LEFT JOIN public.conversation_comments AS comment
        ON comment.id = given.comment_id AND comment.conversation_id = whole.id
      LEFT JOIN auth.users AS person ON person.id = given.created_by
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION public.store_revisions(jsonb) IS
  'Stores what Claude proposes, given as an array of objects with the columns of '
  'conversation_revisions; each once. end_generations calls it.';
GRANT EXECUTE ON FUNCTION public.store_revisions(jsonb) TO service_role;

-- Row-level security

CALL public.protect('public.conversation_revisions', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.revision_requests', 'SELECT, INSERT, UPDATE, DELETE');

-- Who sees a conversation sees what is proposed for it. Nobody writes but the service: what is
-- proposed is paid for.
GRANT SELECT ON public.conversation_revisions TO authenticated;
CREATE POLICY conversation_read ON public.conversation_revisions FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
