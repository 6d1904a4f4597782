-- Maintenance: a queue that outlives browsers and servers, its log, and what is done regularly.

CREATE TABLE public.maintenance_schedules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  operation_type text NOT NULL CONSTRAINT maintenance_schedules_operation_type_check
    CHECK (operation_type IN ('vacuum', 'vacuum_analyze', 'analyze')),
  scope text NOT NULL CONSTRAINT maintenance_schedules_scope_check CHECK (scope IN ('table', 'due_tables', 'database')),
  schema_name text,
  table_name text,
  cron text NOT NULL,
  time_zone text NOT NULL,
  window_minutes integer NOT NULL CONSTRAINT maintenance_schedules_window_check CHECK (window_minutes BETWEEN 1 AND 1440),
  enabled boolean NOT NULL DEFAULT true,
  next_run timestamptz,
  last_run timestamptz,
  created_by uuid,
  created_by_name text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT maintenance_schedules_table_check
    CHECK ((scope = 'table') = (schema_name IS NOT NULL) AND (scope = 'table') = (table_name IS NOT NULL))
);
CREATE INDEX maintenance_schedules_next_run_idx ON public.maintenance_schedules (next_run) WHERE enabled;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.maintenance_schedules
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.maintenance_schedules IS 'Routine ANALYZE and VACUUM. Whichever server comes first queues what is due and sets the next time.';
COMMENT ON COLUMN public.maintenance_schedules.scope IS
  'table: the named one; due_tables: those for which it is due by the server''s own formula at that moment; database: all of it.';
COMMENT ON COLUMN public.maintenance_schedules.cron IS 'minute hour day-of-month month day-of-week, in the time zone.';
COMMENT ON COLUMN public.maintenance_schedules.window_minutes IS 'A run that is late by more is left out.';
COMMENT ON COLUMN public.maintenance_schedules.next_run IS 'Null when it is off, or when the times never come.';

CREATE TABLE public.maintenance_operations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  operation_type text NOT NULL CONSTRAINT maintenance_operations_operation_type_check CHECK (operation_type IN
    ('vacuum', 'vacuum_analyze', 'vacuum_full', 'analyze', 'reindex', 'repack', 'drop_invalid_index')),
  schema_name text,
  table_name text,
  index_name text,
  status text NOT NULL DEFAULT 'queued' CONSTRAINT maintenance_operations_status_check
    CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled', 'skipped')),
  options jsonb NOT NULL DEFAULT '{}',
  statements text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  not_before timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  completed_at timestamptz,
  duration_ms bigint,
  initiated_by uuid,
  initiated_by_name text,
  schedule_id uuid,
  backend_pid integer,
  backend_start timestamptz,
  progress jsonb,
  before jsonb,
  after jsonb,
  evidence jsonb,
  outcome text,
  sentence text,
  leftover_index text,
  error_message text,
  cancel_requested boolean NOT NULL DEFAULT false,
  lease_owner uuid,
  lease_until timestamptz,
  CONSTRAINT maintenance_operations_target_check CHECK ((schema_name IS NULL) = (table_name IS NULL)
    AND (index_name IS NULL OR table_name IS NOT NULL)),
  CONSTRAINT maintenance_operations_lease_check CHECK ((status = 'running') = (lease_until IS NOT NULL)),
  CONSTRAINT maintenance_operations_over_check
    CHECK ((status IN ('queued', 'running')) = (completed_at IS NULL))
);
-- One table has one operation that waits or runs, and so has the whole database.
CREATE UNIQUE INDEX maintenance_operations_open_key
  ON public.maintenance_operations (coalesce(schema_name, ''), coalesce(table_name, ''))
  WHERE status IN ('queued', 'running');
CREATE INDEX maintenance_operations_created_at_idx ON public.maintenance_operations (created_at DESC, id);
CREATE INDEX maintenance_operations_table_idx ON public.maintenance_operations (schema_name, table_name, created_at DESC);
CREATE INDEX maintenance_operations_failed_idx ON public.maintenance_operations (completed_at DESC) WHERE status = 'failed';
COMMENT ON TABLE public.maintenance_operations IS
  'The queue and the log of maintenance. Each runs on a connection of its own outside of any transaction; this row says how it stands.';
COMMENT ON COLUMN public.maintenance_operations.table_name IS 'Of an index the table that it belongs to; null, with schema_name, for the whole database.';
COMMENT ON COLUMN public.maintenance_operations.statements IS 'What runs, word for word.';
COMMENT ON COLUMN public.maintenance_operations.not_before IS 'A later try, when the table was busy.';
COMMENT ON COLUMN public.maintenance_operations.initiated_by IS 'Kept after the account is gone; null for a schedule.';
COMMENT ON COLUMN public.maintenance_operations.backend_start IS 'With backend_pid names the one session that runs it, also after its server is gone.';
COMMENT ON COLUMN public.maintenance_operations.evidence IS
  'Counters and file numbers from before: what proves afterwards that it was done.';
COMMENT ON COLUMN public.maintenance_operations.lease_until IS
  'Its server renews this while it runs. Once it has passed, another server finds out what became of it.';

ALTER TABLE public.maintenance_operations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.maintenance_schedules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.maintenance_operations TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.maintenance_schedules TO train_owner USING (true) WITH CHECK (true);
GRANT SELECT ON public.maintenance_operations, public.maintenance_schedules TO authenticated, service_role;
CREATE POLICY service_read ON public.maintenance_operations FOR SELECT TO service_role USING (true);
CREATE POLICY service_read ON public.maintenance_schedules FOR SELECT TO service_role USING (true);
CREATE POLICY admin_read ON public.maintenance_operations FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));
CREATE POLICY admin_read ON public.maintenance_schedules FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));
