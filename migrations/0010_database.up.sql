-- The database itself: what it did, what is wrong with it, its maintenance and its backups.

-- Snapshots of what it did: counters as they stood, so that any two of one history can be
-- subtracted.
CREATE TABLE public.database_snapshots (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT database_snapshots_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT database_snapshots_kind_check
    CHECK (kind IN ('overview', 'tables', 'queries')),
  tier text NOT NULL CONSTRAINT database_snapshots_tier_check
    CHECK (tier IN ('raw', 'hourly', 'daily')),
  taken_at timestamptz NOT NULL DEFAULT now(),
  payload jsonb NOT NULL CONSTRAINT database_snapshots_payload_check
    CHECK (jsonb_typeof(payload) = 'object')
);
CREATE INDEX database_snapshots_kind_tier_taken_at_idx
  ON public.database_snapshots (kind, tier, taken_at DESC);
COMMENT ON TABLE public.database_snapshots IS
  'Counters of PostgreSQL as they stood. Raw ones are kept for 7 days, the first of each hour for '
  '90 days, the first of each day for 2 years.';
COMMENT ON COLUMN public.database_snapshots.kind IS
  'Which counters: of the whole database, of its tables, of its statements.';
COMMENT ON COLUMN public.database_snapshots.tier IS 'How long it is kept.';
COMMENT ON COLUMN public.database_snapshots.payload IS
  'Counters, and the times that tell which history they belong to: those of one history only may '
  'be subtracted.';

-- Only the connections for operations, which work as the owner, read and write it.
CALL public.protect('public.database_snapshots');

-- Alerts: what is or was wrong, who knows of it, and what is still to be told

CREATE TABLE public.database_alerts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CONSTRAINT database_alerts_kind_check CHECK (kind ~ '^[a-z_]{1,40}$'),
  subject text NOT NULL CONSTRAINT database_alerts_subject_check
    CHECK (length(subject) BETWEEN 1 AND 300),
  severity text NOT NULL CONSTRAINT database_alerts_severity_check
    CHECK (severity IN ('info', 'warning', 'critical')),
  state text NOT NULL CONSTRAINT database_alerts_state_check
    CHECK (state IN ('pending', 'open', 'acknowledged', 'resolved')),
  payload jsonb NOT NULL CONSTRAINT database_alerts_payload_check
    CHECK (jsonb_typeof(payload) = 'object'),
  value double precision NOT NULL,
  pending_since timestamptz,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(),
  clean_looks integer NOT NULL DEFAULT 0
    CONSTRAINT database_alerts_clean_looks_check CHECK (clean_looks >= 0),
  acknowledged_by uuid CONSTRAINT database_alerts_acknowledged_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  acknowledged_at timestamptz,
  resolved_by uuid CONSTRAINT database_alerts_resolved_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  resolved_at timestamptz,
  quiet boolean NOT NULL DEFAULT false,
  muted_until timestamptz,
  webhook_due_at timestamptz,
  webhook_attempts integer NOT NULL DEFAULT 0 CONSTRAINT database_alerts_webhook_attempts_check
    CHECK (webhook_attempts >= 0),
  webhook_sent_at timestamptz,
  CONSTRAINT database_alerts_resolved_check
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL)),
  CONSTRAINT database_alerts_pending_check CHECK (state <> 'pending' OR pending_since IS NOT NULL),
  CONSTRAINT database_alerts_quiet_check CHECK (NOT quiet OR state = 'resolved')
);
-- One for each subject, however many servers look: whatever is not over.
CREATE UNIQUE INDEX database_alerts_standing_key ON public.database_alerts (kind, subject)
  WHERE state <> 'resolved';
CREATE INDEX database_alerts_resolved_at_idx ON public.database_alerts (resolved_at)
  WHERE state = 'resolved';
CREATE INDEX database_alerts_quiet_idx ON public.database_alerts (kind, subject) WHERE quiet;
CREATE INDEX database_alerts_webhook_due_at_idx ON public.database_alerts (webhook_due_at)
  WHERE webhook_due_at IS NOT NULL;
CREATE INDEX database_alerts_acknowledged_by_idx ON public.database_alerts (acknowledged_by);
CREATE INDEX database_alerts_resolved_by_idx ON public.database_alerts (resolved_by);
COMMENT ON TABLE public.database_alerts IS
  'What is or was wrong with the database, one row for each time that a subject was in trouble.';
COMMENT ON COLUMN public.database_alerts.kind IS 'What is wrong: the name of the rule.';
COMMENT ON COLUMN public.database_alerts.subject IS
  'What it is about, for example a table or a session.';
COMMENT ON COLUMN public.database_alerts.state IS
  'pending: seen, but not for long enough; open; acknowledged: somebody knows; resolved: over, by '
  'itself or by hand.';
COMMENT ON COLUMN public.database_alerts.payload IS
  '{object, cause, effect, remedy, action}: what people read.';
COMMENT ON COLUMN public.database_alerts.value IS
  'The number that was compared with the thresholds, in the unit of its rule.';
COMMENT ON COLUMN public.database_alerts.pending_since IS
  'Since when it, or a higher severity than the one told, has been waiting to last long enough.';
COMMENT ON COLUMN public.database_alerts.clean_looks IS
  'How often in a row it was looked for and not found.';
COMMENT ON COLUMN public.database_alerts.resolved_by IS
  'Null when it resolved itself or the account is gone.';
COMMENT ON COLUMN public.database_alerts.quiet IS
  'Resolved by hand while it was still so: not raised again before it was gone, or is worse.';
COMMENT ON COLUMN public.database_alerts.muted_until IS
  'Nobody is told before; holds for later rows of the same subject too.';
COMMENT ON COLUMN public.database_alerts.webhook_due_at IS
  'When the webhook is to be told (again); null: there is nothing to tell.';
COMMENT ON COLUMN public.database_alerts.webhook_attempts IS 'Of the present telling.';
COMMENT ON COLUMN public.database_alerts.webhook_sent_at IS 'When the webhook took it last.';

CREATE TABLE public.database_alert_rules (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT database_alert_rules_id_check CHECK (id),
  overrides jsonb NOT NULL DEFAULT '{}' CONSTRAINT database_alert_rules_overrides_check
    CHECK (jsonb_typeof(overrides) = 'object'),
  webhook text CONSTRAINT database_alert_rules_webhook_check
    CHECK (webhook ~ '^https?://' AND length(webhook) <= 2000),
  version bigint NOT NULL DEFAULT 1,
  updated_by uuid CONSTRAINT database_alert_rules_updated_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  checked_at timestamptz,
  unchecked jsonb NOT NULL DEFAULT '[]' CONSTRAINT database_alert_rules_unchecked_check
    CHECK (jsonb_typeof(unchecked) = 'array'),
  gauges jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT database_alert_rules_gauges_check CHECK (jsonb_typeof(gauges) = 'object')
);
COMMENT ON TABLE public.database_alert_rules IS
  'When alerts are raised and where they are told, and the last look: one row.';
COMMENT ON COLUMN public.database_alert_rules.overrides IS
  'Only what differs from the rules of the program: {kind: {enabled, info, warning, critical, '
  'forSeconds}}.';
COMMENT ON COLUMN public.database_alert_rules.webhook IS
  'May hold a secret: only the service reads it.';
COMMENT ON COLUMN public.database_alert_rules.version IS
  'Counts the changes by people. A save names the version it was based on.';
COMMENT ON COLUMN public.database_alert_rules.checked_at IS
  'When all rules were looked at the last time, by whichever server.';
COMMENT ON COLUMN public.database_alert_rules.unchecked IS
  'What could not be looked at then, a sentence each.';
COMMENT ON COLUMN public.database_alert_rules.gauges IS 'Numbers of that look, for /metrics.';

INSERT INTO public.database_alert_rules DEFAULT VALUES;

CALL public.protect('public.database_alerts', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.database_alert_rules', 'SELECT, UPDATE');
GRANT SELECT ON public.database_alerts TO authenticated;
CREATE POLICY admin_read ON public.database_alerts FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

-- Maintenance: a queue that outlives browsers and servers, its log, and what is done regularly

CREATE TABLE public.maintenance_schedules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  operation_type text NOT NULL CONSTRAINT maintenance_schedules_operation_type_check
    CHECK (operation_type IN ('vacuum', 'vacuum_analyze', 'analyze')),
  scope text NOT NULL CONSTRAINT maintenance_schedules_scope_check
    CHECK (scope IN ('table', 'due_tables', 'database')),
  schema_name text,
  table_name text,
  cron text NOT NULL,
  time_zone text NOT NULL,
  window_minutes integer NOT NULL
    CONSTRAINT maintenance_schedules_window_check CHECK (window_minutes BETWEEN 1 AND 1440),
  enabled boolean NOT NULL DEFAULT true,
  next_run timestamptz,
  last_run timestamptz,
  created_by uuid,
  created_by_name text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT maintenance_schedules_table_check
    CHECK ((scope = 'table') = (schema_name IS NOT NULL)
      AND (scope = 'table') = (table_name IS NOT NULL))
);
CREATE INDEX maintenance_schedules_next_run_idx ON public.maintenance_schedules (next_run)
  WHERE enabled;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.maintenance_schedules
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.maintenance_schedules IS
  'Routine ANALYZE and VACUUM. Whichever server comes first queues what is due and sets the next '
  'time.';
COMMENT ON COLUMN public.maintenance_schedules.scope IS
  'table: the named one; due_tables: those for which it is due by the server''s own formula at '
  'that moment; database: all of it.';
COMMENT ON COLUMN public.maintenance_schedules.table_name IS
  'With schema_name: the named table of that scope.';
COMMENT ON COLUMN public.maintenance_schedules.cron IS
  'minute hour day-of-month month day-of-week, in the time zone.';
COMMENT ON COLUMN public.maintenance_schedules.window_minutes IS
  'A run that is late by more is left out.';
COMMENT ON COLUMN public.maintenance_schedules.next_run IS
  'Null when it is off, or when the times never come.';
COMMENT ON COLUMN public.maintenance_schedules.created_by IS 'Kept after the account is gone.';
COMMENT ON COLUMN public.maintenance_schedules.created_by_name IS 'Their display name at the time.';

CREATE TABLE public.maintenance_operations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  operation_type text NOT NULL CONSTRAINT maintenance_operations_operation_type_check
    CHECK (operation_type IN ('vacuum', 'vacuum_analyze', 'vacuum_full', 'analyze', 'reindex',
      'repack', 'drop_invalid_index')),
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
  CONSTRAINT maintenance_operations_target_check
    CHECK ((schema_name IS NULL) = (table_name IS NULL)
      AND (index_name IS NULL OR table_name IS NOT NULL)),
  CONSTRAINT maintenance_operations_lease_check
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
  CONSTRAINT maintenance_operations_over_check
    CHECK ((status IN ('queued', 'running')) = (completed_at IS NULL))
);
-- One table has one operation that waits or runs, and so has the whole database.
CREATE UNIQUE INDEX maintenance_operations_open_key
  ON public.maintenance_operations (coalesce(schema_name, ''), coalesce(table_name, ''))
  WHERE status IN ('queued', 'running');
CREATE INDEX maintenance_operations_created_at_idx
  ON public.maintenance_operations (created_at DESC, id);
CREATE INDEX maintenance_operations_table_idx
  ON public.maintenance_operations (schema_name, table_name, created_at DESC);
CREATE INDEX maintenance_operations_failed_idx ON public.maintenance_operations (completed_at DESC)
  WHERE status = 'failed';
COMMENT ON TABLE public.maintenance_operations IS
  'The queue and the log of maintenance. Each runs on a connection of its own outside of any '
  'transaction; this row says how it stands.';
COMMENT ON COLUMN public.maintenance_operations.table_name IS
  'Of an index the table that it belongs to; null, with schema_name, for the whole database.';
COMMENT ON COLUMN public.maintenance_operations.index_name IS 'When one index is meant.';
COMMENT ON COLUMN public.maintenance_operations.options IS 'What was asked for, and why.';
COMMENT ON COLUMN public.maintenance_operations.statements IS 'What runs, word for word.';
COMMENT ON COLUMN public.maintenance_operations.not_before IS
  'A later try, when the table was busy.';
COMMENT ON COLUMN public.maintenance_operations.initiated_by IS
  'Kept after the account is gone; null for a schedule.';
COMMENT ON COLUMN public.maintenance_operations.initiated_by_name IS
  'Their display name at the time.';
COMMENT ON COLUMN public.maintenance_operations.schedule_id IS
  'The schedule that queued it; kept after that is gone.';
COMMENT ON COLUMN public.maintenance_operations.backend_start IS
  'With backend_pid names the one session that runs it, also after its server is gone.';
COMMENT ON COLUMN public.maintenance_operations.progress IS 'While it runs: {phase, share, text}.';
COMMENT ON COLUMN public.maintenance_operations.before IS 'Size, live and dead rows when it began.';
COMMENT ON COLUMN public.maintenance_operations.after IS 'The same when it ended.';
COMMENT ON COLUMN public.maintenance_operations.evidence IS
  'Counters and file numbers from before: what proves afterwards that it was done.';
COMMENT ON COLUMN public.maintenance_operations.outcome IS 'What came of it, for programs.';
COMMENT ON COLUMN public.maintenance_operations.sentence IS 'What came of it, for people.';
COMMENT ON COLUMN public.maintenance_operations.leftover_index IS
  'An invalid index, in the same schema, that is left behind.';
COMMENT ON COLUMN public.maintenance_operations.error_message IS 'What PostgreSQL said.';
COMMENT ON COLUMN public.maintenance_operations.cancel_requested IS 'Somebody wants it to stop.';
COMMENT ON COLUMN public.maintenance_operations.lease_owner IS 'The server that runs it.';
COMMENT ON COLUMN public.maintenance_operations.lease_until IS
  'Its server renews this while it runs. Once it has passed, another server finds out what became '
  'of it.';

CALL public.protect('public.maintenance_schedules');
CALL public.protect('public.maintenance_operations');
GRANT SELECT ON public.maintenance_schedules, public.maintenance_operations
  TO authenticated, service_role;
CREATE POLICY service_read ON public.maintenance_schedules FOR SELECT TO service_role USING (true);
CREATE POLICY admin_read ON public.maintenance_schedules FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

CREATE POLICY service_read ON public.maintenance_operations FOR SELECT TO service_role USING (true);
CREATE POLICY admin_read ON public.maintenance_operations FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

-- Backups that were made, and when they are made by themselves. The files are the server's
-- business; this tells what became of each.

CREATE TABLE public.database_backups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL DEFAULT 'running'
    CONSTRAINT database_backups_state_check
      CHECK (state IN ('running', 'verified', 'failed', 'removed')),
  file_name text NOT NULL CONSTRAINT database_backups_file_name_key UNIQUE
    CONSTRAINT database_backups_file_name_check
      CHECK (file_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz,
  size_bytes bigint NOT NULL DEFAULT 0
    CONSTRAINT database_backups_size_bytes_check CHECK (size_bytes >= 0),
  database_bytes bigint,
  checksum text CONSTRAINT database_backups_checksum_check CHECK (checksum ~ '^[0-9a-f]{64}$'),
  entries bigint,
  server_version text,
  initiated_by uuid CONSTRAINT database_backups_initiated_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  initiated_by_name text,
  scheduled boolean NOT NULL DEFAULT false,
  attempts integer NOT NULL DEFAULT 1
    CONSTRAINT database_backups_attempts_check CHECK (attempts >= 1),
  error_message text,
  CONSTRAINT database_backups_completed_check CHECK ((state = 'running') = (completed_at IS NULL)),
  CONSTRAINT database_backups_verified_check
    CHECK (state <> 'verified' OR (checksum IS NOT NULL AND entries IS NOT NULL))
);
-- The one that runs: of all servers only one makes a backup at a time.
CREATE UNIQUE INDEX database_backups_running_key ON public.database_backups (state)
  WHERE state = 'running';
CREATE INDEX database_backups_started_at_idx ON public.database_backups (started_at DESC);
CREATE INDEX database_backups_initiated_by_idx ON public.database_backups (initiated_by);
COMMENT ON TABLE public.database_backups IS
  'Backups of this database by pg_dump, one row each, kept for 400 days and as long as its file.';
COMMENT ON COLUMN public.database_backups.state IS
  'running; verified: written, and its table of contents read back; failed; removed: its file is '
  'gone.';
COMMENT ON COLUMN public.database_backups.file_name IS
  'In the directory for backups of the server.';
COMMENT ON COLUMN public.database_backups.size_bytes IS 'Written so far while it runs.';
COMMENT ON COLUMN public.database_backups.database_bytes IS 'Size of the database when it began.';
COMMENT ON COLUMN public.database_backups.checksum IS 'SHA-256 of the file.';
COMMENT ON COLUMN public.database_backups.entries IS 'Entries of its table of contents.';
COMMENT ON COLUMN public.database_backups.server_version IS 'Of PostgreSQL.';
COMMENT ON COLUMN public.database_backups.initiated_by IS
  'Null for the schedule and for commands, and when the account is gone.';
COMMENT ON COLUMN public.database_backups.initiated_by_name IS 'Their display name at the time.';
COMMENT ON COLUMN public.database_backups.scheduled IS 'Begun by the schedule.';
COMMENT ON COLUMN public.database_backups.attempts IS
  'How often pg_dump was run for it: once more after each failure that may pass, within bounds.';
COMMENT ON COLUMN public.database_backups.error_message IS
  'Why it failed; while it runs, why the attempt before the present one failed.';

CREATE TABLE public.database_backup_schedule (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT database_backup_schedule_id_check CHECK (id),
  enabled boolean NOT NULL DEFAULT false,
  cron text NOT NULL DEFAULT '0 3 * * *',
  time_zone text NOT NULL DEFAULT 'UTC',
  keep bigint NOT NULL DEFAULT 7 CONSTRAINT database_backup_schedule_keep_check
    CHECK (keep BETWEEN 1 AND 1000),
  next_run timestamptz,
  updated_by uuid CONSTRAINT database_backup_schedule_updated_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT database_backup_schedule_next_run_check CHECK (enabled OR next_run IS NULL)
);
CREATE INDEX database_backup_schedule_updated_by_idx
  ON public.database_backup_schedule (updated_by);
COMMENT ON TABLE public.database_backup_schedule IS
  'When backups are made by themselves and how many are kept: one row.';
COMMENT ON COLUMN public.database_backup_schedule.cron IS
  'Five fields: minute, hour, day of month, month, day of week; in the time zone.';
COMMENT ON COLUMN public.database_backup_schedule.keep IS
  'How many verified ones stay; older ones go after the next was verified.';
COMMENT ON COLUMN public.database_backup_schedule.next_run IS 'Null while it is off.';

INSERT INTO public.database_backup_schedule DEFAULT VALUES;

CALL public.protect('public.database_backups', 'SELECT, INSERT, UPDATE');
CALL public.protect('public.database_backup_schedule', 'SELECT, UPDATE');

-- What is over goes after 400 days, like resolved alerts: the report of the same month a year ago
-- still has it.

CREATE FUNCTION public.forget_operations(most integer) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  cutoff timestamptz := clock_timestamp() - interval '400 days';
  gone bigint;
  removed bigint;
BEGIN
  IF most IS NULL OR most < 1 THEN
    RAISE EXCEPTION 'forget_operations: at least one row at a time'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Another server is at it.
  IF NOT pg_try_advisory_xact_lock(hashtextextended('train.forget_operations', 0)) THEN
    RETURN 0;
  END IF;
  -- What waits or runs has not ended.
  DELETE FROM public.maintenance_operations AS operation WHERE operation.id IN (
    SELECT due.id FROM public.maintenance_operations AS due WHERE due.completed_at < cutoff
      ORDER BY due.completed_at LIMIT most);
  GET DIAGNOSTICS removed = ROW_COUNT;
  -- A row whose file is there stays: it has the checksum.
  DELETE FROM public.database_backups AS backup WHERE backup.id IN (
    SELECT due.id FROM public.database_backups AS due
      WHERE due.state IN ('failed', 'removed') AND due.completed_at < cutoff
      ORDER BY due.completed_at LIMIT most);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN removed + gone;
END
$$;
COMMENT ON FUNCTION public.forget_operations(integer) IS
  'Removes maintenance that ended, and backups without a file that were made, more than 400 days '
  'ago: at most so many of each; answers how many. 0: none is left, or another server is at it.';
GRANT EXECUTE ON FUNCTION public.forget_operations(integer) TO service_role;

-- Readiness

CREATE FUNCTION public.can_write() RETURNS boolean
  LANGUAGE sql VOLATILE SET search_path = ''
AS $$
  SELECT CASE
    WHEN pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN false
    ELSE pg_export_snapshot() IS NOT NULL
  END
$$;
COMMENT ON FUNCTION public.can_write() IS
  'Whether the database takes changes: false when it is read-only, an error (53100) when its disk '
  'is full. A snapshot is exported, which writes a file of some bytes that goes with the '
  'transaction: nothing else asks the disk and leaves no rows, files or transaction numbers '
  'behind. Inside a transaction only.';
GRANT EXECUTE ON FUNCTION public.can_write() TO service_role;
