-- What the database did, remembered: counters as they stood, so that any two of one history can be subtracted.

CREATE TABLE public.database_snapshots (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT database_snapshots_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT database_snapshots_kind_check CHECK (kind IN ('overview', 'tables', 'queries')),
  tier text NOT NULL CONSTRAINT database_snapshots_tier_check CHECK (tier IN ('raw', 'hourly', 'daily')),
  taken_at timestamptz NOT NULL DEFAULT now(),
  payload jsonb NOT NULL CONSTRAINT database_snapshots_payload_check CHECK (jsonb_typeof(payload) = 'object')
);
COMMENT ON TABLE public.database_snapshots IS
  'Counters of PostgreSQL as they stood. Raw ones are kept for 7 days, the first of each hour for 90 days, the first of each day for 2 years.';
COMMENT ON COLUMN public.database_snapshots.payload IS
  'Counters, and the times that tell which history they belong to: those of one history only may be subtracted.';
CREATE INDEX database_snapshots_kind_tier_taken_at_idx ON public.database_snapshots (kind, tier, taken_at DESC);

-- Only the connections for operations, which work as the owner, read and write it.
ALTER TABLE public.database_snapshots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.database_snapshots TO train_owner USING (true) WITH CHECK (true);
