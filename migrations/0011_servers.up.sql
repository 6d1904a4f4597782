-- The servers of this database: who answers from memory, and who does what is done regularly.

CREATE TABLE public.servers (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL,
  name text,
  address text,
  version text
) WITH (fillfactor = 50);
COMMENT ON TABLE public.servers IS
  'Server processes that answer from memory, one row each, renewed twice a second. A change is '
  'acknowledged when each of them has heard of it or its lease has ended.';
COMMENT ON COLUMN public.servers.id IS 'Chosen by the process at its start.';
COMMENT ON COLUMN public.servers.lease_until IS
  'Until when the process answers from memory without renewing this.';
COMMENT ON COLUMN public.servers.name IS 'Its machine and the number of the process.';
COMMENT ON COLUMN public.servers.address IS
  'Where it listens; null for a process that serves nobody.';
COMMENT ON COLUMN public.servers.version IS 'Of the program.';

CALL public.protect('public.servers', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE public.periodic_jobs (
  name text CONSTRAINT periodic_jobs_pkey PRIMARY KEY
    CONSTRAINT periodic_jobs_name_check CHECK (name ~ '^[a-z_]{1,40}$'),
  period interval NOT NULL CONSTRAINT periodic_jobs_period_check CHECK (period > interval '0'),
  next_due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_started_at timestamptz,
  last_finished_at timestamptz,
  duration_ms bigint CONSTRAINT periodic_jobs_duration_check CHECK (duration_ms >= 0),
  error text,
  runs bigint NOT NULL DEFAULT 0,
  failures_in_a_row integer NOT NULL DEFAULT 0,
  server text,
  lease_id uuid,
  lease_until timestamptz,
  CONSTRAINT periodic_jobs_lease_check CHECK ((lease_id IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 50);
COMMENT ON TABLE public.periodic_jobs IS
  'What the servers do regularly, one row each. Of all servers one runs a job that is due: the one '
  'that takes its lease.';
COMMENT ON COLUMN public.periodic_jobs.name IS 'As the program knows it.';
COMMENT ON COLUMN public.periodic_jobs.period IS
  'From the start of a run to the next one. Written by each server when it starts.';
COMMENT ON COLUMN public.periodic_jobs.next_due_at IS
  'When it is to run next. At most one period ahead: one that lies farther was kept while the '
  'clock was ahead, and has come.';
COMMENT ON COLUMN public.periodic_jobs.duration_ms IS 'Of the last run that ended.';
COMMENT ON COLUMN public.periodic_jobs.error IS 'Why the last run failed; null when it succeeded.';
COMMENT ON COLUMN public.periodic_jobs.runs IS 'How many began.';
COMMENT ON COLUMN public.periodic_jobs.failures_in_a_row IS 'Since the last success.';
COMMENT ON COLUMN public.periodic_jobs.server IS
  'Machine and process that run it, or ran it last.';
COMMENT ON COLUMN public.periodic_jobs.lease_id IS 'The run at hand; null between two runs.';
COMMENT ON COLUMN public.periodic_jobs.lease_until IS
  'The run is over for the others when its server has not renewed this in time.';

CALL public.protect('public.periodic_jobs', 'SELECT, INSERT, UPDATE, DELETE');
