-- Bulk jobs: one change of many conversations, and taking it back.

CREATE TABLE public.bulk_jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  created_by uuid CONSTRAINT bulk_jobs_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  organization_id uuid CONSTRAINT bulk_jobs_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  action jsonb NOT NULL CONSTRAINT bulk_jobs_action_check CHECK (jsonb_typeof(action) = 'object'),
  query text,
  state text NOT NULL DEFAULT 'prepared' CONSTRAINT bulk_jobs_state_check
    CHECK (state IN ('prepared', 'queued', 'running', 'cancelled', 'done', 'failed',
      'undoing', 'undone')),
  total integer NOT NULL DEFAULT 0 CONSTRAINT bulk_jobs_total_check CHECK (total >= 0),
  changed integer NOT NULL DEFAULT 0 CONSTRAINT bulk_jobs_changed_check CHECK (changed >= 0),
  skipped jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT bulk_jobs_skipped_check CHECK (jsonb_typeof(skipped) = 'object'),
  failed integer NOT NULL DEFAULT 0 CONSTRAINT bulk_jobs_failed_check CHECK (failed >= 0),
  restored integer NOT NULL DEFAULT 0 CONSTRAINT bulk_jobs_restored_check CHECK (restored >= 0),
  kept integer NOT NULL DEFAULT 0 CONSTRAINT bulk_jobs_kept_check CHECK (kept >= 0),
  error text,
  worst_case_nano_usd bigint
    CONSTRAINT bulk_jobs_worst_case_check CHECK (worst_case_nano_usd >= 0),
  lease_id uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  undone_at timestamptz,
  undone_by uuid CONSTRAINT bulk_jobs_undone_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL
);
CREATE INDEX bulk_jobs_created_by_idx ON public.bulk_jobs (created_by, created_at)
  WHERE created_by IS NOT NULL;
CREATE INDEX bulk_jobs_organization_id_idx ON public.bulk_jobs (organization_id, created_at)
  WHERE organization_id IS NOT NULL;
CREATE INDEX bulk_jobs_undone_by_idx ON public.bulk_jobs (undone_by) WHERE undone_by IS NOT NULL;
CREATE INDEX bulk_jobs_open_idx ON public.bulk_jobs (created_at)
  WHERE state IN ('queued', 'running', 'undoing');
CREATE INDEX bulk_jobs_created_at_idx ON public.bulk_jobs (created_at);
COMMENT ON TABLE public.bulk_jobs IS
  'One change of many conversations: frozen when it is prepared, done by whichever server has the '
  'lease, and undone as a whole.';
COMMENT ON COLUMN public.bulk_jobs.action IS 'What is done: {kind, …}.';
COMMENT ON COLUMN public.bulk_jobs.query IS
  'The filters that it was prepared from, as an address has them; null: conversations one by one.';
COMMENT ON COLUMN public.bulk_jobs.total IS 'How many conversations it has.';
COMMENT ON COLUMN public.bulk_jobs.changed IS
  'How many it changed so far; of a prepared one, how many it will.';
COMMENT ON COLUMN public.bulk_jobs.skipped IS
  'How many it left alone so far, or will: {word of SkipReason: count}.';
COMMENT ON COLUMN public.bulk_jobs.restored IS 'How many undoing brought back so far.';
COMMENT ON COLUMN public.bulk_jobs.kept IS
  'How many undoing left alone: somebody changed them since.';
COMMENT ON COLUMN public.bulk_jobs.error IS 'Why it failed, for people.';
COMMENT ON COLUMN public.bulk_jobs.worst_case_nano_usd IS
  'Of what asks Claude: the most that it can cost, in nano-dollars, as it was shown.';
COMMENT ON COLUMN public.bulk_jobs.lease_until IS
  'Then another server may go on. Without a lease_id: the job rests until then.';

CREATE TABLE public.bulk_job_items (
  job_id uuid NOT NULL CONSTRAINT bulk_job_items_job_id_fkey
    REFERENCES public.bulk_jobs (id) ON DELETE CASCADE,
  position integer NOT NULL CONSTRAINT bulk_job_items_position_check CHECK (position >= 0),
  conversation_id uuid NOT NULL CONSTRAINT bulk_job_items_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT bulk_job_items_state_check
    CHECK (state IN ('waiting', 'changed', 'skipped', 'failed', 'restored', 'kept')),
  reason text,
  before jsonb,
  tries smallint NOT NULL DEFAULT 0
    CONSTRAINT bulk_job_items_tries_check CHECK (tries >= 0),
  sending smallint NOT NULL DEFAULT 0
    CONSTRAINT bulk_job_items_sending_check CHECK (sending >= 0),
  CONSTRAINT bulk_job_items_pkey PRIMARY KEY (job_id, position)
-- Room for what each row gets when it is worked on. No index has what changes then.
) WITH (fillfactor = 20);
CREATE INDEX bulk_job_items_conversation_id_idx ON public.bulk_job_items (conversation_id);
COMMENT ON TABLE public.bulk_job_items IS 'The conversations of each bulk job.';
COMMENT ON COLUMN public.bulk_job_items.position IS
  'From 0: the order in which they are worked on, which is that in which they were made. So what '
  'is changed together stands together.';
COMMENT ON COLUMN public.bulk_job_items.reason IS 'Why it was skipped: a word of SkipReason.';
COMMENT ON COLUMN public.bulk_job_items.before IS
  'What the change replaced, to bring it back, and what stood after it, to see whether somebody '
  'changed it since.';
COMMENT ON COLUMN public.bulk_job_items.tries IS
  'How often Claude was asked in vain; those that were asked least come first.';
COMMENT ON COLUMN public.bulk_job_items.sending IS
  'Under which key Claude is asked next: each sending that has ended is followed by another.';

-- Row-level security

CALL public.protect('public.bulk_jobs', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.bulk_job_items', 'SELECT, INSERT, UPDATE, DELETE');

-- Members see what was done to the conversations of their organization, and by whom.
GRANT SELECT ON public.bulk_jobs TO authenticated;
CREATE POLICY own_read ON public.bulk_jobs FOR SELECT TO authenticated
  USING (created_by = (SELECT auth.uid()));
CREATE POLICY member_read ON public.bulk_jobs FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()) AND state <> 'prepared');
