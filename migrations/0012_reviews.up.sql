-- Reviews: what people decided about conversations, and who is looking at which one.

CREATE TABLE public.conversation_reviews (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY
    CONSTRAINT conversation_reviews_sequence_key UNIQUE,
  conversation_id uuid NOT NULL CONSTRAINT conversation_reviews_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  action text NOT NULL CONSTRAINT conversation_reviews_action_check
    CHECK (action IN ('decided', 'opinion', 'undone', 'edited', 'rated', 'archived', 'restored')),
  status text NOT NULL CONSTRAINT conversation_reviews_status_check
    CHECK (status IN ('draft', 'generated', 'pending_review', 'approved', 'rejected',
      'needs_revision', 'none', 'failed', 'archived')),
  status_before text NOT NULL CONSTRAINT conversation_reviews_status_before_check
    CHECK (status_before IN ('draft', 'generated', 'pending_review', 'approved', 'rejected',
      'needs_revision', 'none', 'failed', 'archived')),
  was_decided boolean NOT NULL DEFAULT false,
  version integer NOT NULL CONSTRAINT conversation_reviews_version_check CHECK (version > 0),
  comment text CONSTRAINT conversation_reviews_comment_check
    CHECK (length(comment) BETWEEN 1 AND 4000),
  reviewer_id uuid CONSTRAINT conversation_reviews_reviewer_id_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  undoes_id uuid CONSTRAINT conversation_reviews_undoes_id_key UNIQUE
    CONSTRAINT conversation_reviews_undoes_id_fkey
    REFERENCES public.conversation_reviews (id) ON DELETE CASCADE,
  CONSTRAINT conversation_reviews_undone_check
    CHECK ((action = 'undone') = (undoes_id IS NOT NULL))
);
CREATE INDEX conversation_reviews_conversation_id_idx
  ON public.conversation_reviews (conversation_id, sequence);
CREATE INDEX conversation_reviews_reviewer_id_idx
  ON public.conversation_reviews (reviewer_id, created_at) WHERE reviewer_id IS NOT NULL;
COMMENT ON TABLE public.conversation_reviews IS
  'Everything that changed the status of a conversation after it was made, one row each.';
COMMENT ON COLUMN public.conversation_reviews.sequence IS 'Their order.';
COMMENT ON COLUMN public.conversation_reviews.action IS
  'decided: a person decided; opinion: a person judged and left the decision to another; undone: '
  'the decision of undoes_id was taken back; edited: the content changed; rated: thresholds '
  'changed it; archived, restored: out of the lists and back.';
COMMENT ON COLUMN public.conversation_reviews.status IS
  'Which status it has from here on; of an opinion, the one that was judged right.';
COMMENT ON COLUMN public.conversation_reviews.status_before IS 'Which one it had.';
COMMENT ON COLUMN public.conversation_reviews.was_decided IS
  'Whether a person had decided that one.';
COMMENT ON COLUMN public.conversation_reviews.version IS 'The version of the content it is about.';
COMMENT ON COLUMN public.conversation_reviews.reviewer_id IS
  'Who did it; null when the account is gone.';
COMMENT ON COLUMN public.conversation_reviews.undoes_id IS 'What it took back; each once.';

CREATE TABLE public.review_claims (
  conversation_id uuid CONSTRAINT review_claims_pkey PRIMARY KEY
    CONSTRAINT review_claims_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  reviewer_id uuid NOT NULL CONSTRAINT review_claims_reviewer_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX review_claims_reviewer_id_idx ON public.review_claims (reviewer_id);
CREATE INDEX review_claims_expires_at_idx ON public.review_claims (expires_at);
COMMENT ON TABLE public.review_claims IS
  'Who is reviewing which conversation: a lease, renewed while the page is open. One that has '
  'ended is anybody''s.';
COMMENT ON COLUMN public.review_claims.expires_at IS 'When it ends, unless it is renewed.';

-- Row-level security

CALL public.protect('public.conversation_reviews', 'SELECT, INSERT');
CALL public.protect('public.review_claims', 'SELECT, INSERT, UPDATE, DELETE');

-- Who sees a conversation sees what was decided about it, and who is at it.
GRANT SELECT ON public.conversation_reviews, public.review_claims TO authenticated;
CREATE POLICY conversation_read ON public.conversation_reviews FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
CREATE POLICY conversation_read ON public.review_claims FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
