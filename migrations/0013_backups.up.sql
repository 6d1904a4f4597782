-- Backups that were made, and when they are made by themselves. The files are the server's business; this tells what became of each.

CREATE TABLE public.database_backups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL DEFAULT 'running'
    CONSTRAINT database_backups_state_check CHECK (state IN ('running', 'verified', 'failed', 'removed')),
  file_name text NOT NULL CONSTRAINT database_backups_file_name_key UNIQUE
    CONSTRAINT database_backups_file_name_check CHECK (file_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz,
  size_bytes bigint NOT NULL DEFAULT 0 CONSTRAINT database_backups_size_bytes_check CHECK (size_bytes >= 0),
  database_bytes bigint,
  checksum text CONSTRAINT database_backups_checksum_check CHECK (checksum ~ '^[0-9a-f]{64}$'),
  entries bigint,
  server_version text,
  initiated_by uuid CONSTRAINT database_backups_initiated_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  initiated_by_name text,
  scheduled boolean NOT NULL DEFAULT false,
  error_message text,
  CONSTRAINT database_backups_completed_check CHECK ((state = 'running') = (completed_at IS NULL)),
  CONSTRAINT database_backups_verified_check CHECK (state <> 'verified' OR (checksum IS NOT NULL AND entries IS NOT NULL))
);
-- The one that runs: of all servers only one makes a backup at a time.
CREATE UNIQUE INDEX database_backups_running_key ON public.database_backups (state) WHERE state = 'running';
CREATE INDEX database_backups_started_at_idx ON public.database_backups (started_at DESC);
CREATE INDEX database_backups_initiated_by_idx ON public.database_backups (initiated_by);
COMMENT ON TABLE public.database_backups IS 'Backups of this database by pg_dump, one row each, kept after its file is gone.';
COMMENT ON COLUMN public.database_backups.state IS 'running; verified: written, and its table of contents read back; failed; removed: its file is gone.';
COMMENT ON COLUMN public.database_backups.size_bytes IS 'Written so far while it runs.';
COMMENT ON COLUMN public.database_backups.database_bytes IS 'Size of the database when it began.';
COMMENT ON COLUMN public.database_backups.checksum IS 'SHA-256 of the file.';
COMMENT ON COLUMN public.database_backups.entries IS 'Entries of its table of contents.';

CREATE TABLE public.database_backup_schedule (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT database_backup_schedule_id_check CHECK (id),
  enabled boolean NOT NULL DEFAULT false,
  cron text NOT NULL DEFAULT '0 3 * * *',
  time_zone text NOT NULL DEFAULT 'UTC',
  keep bigint NOT NULL DEFAULT 7 CONSTRAINT database_backup_schedule_keep_check CHECK (keep BETWEEN 1 AND 1000),
  next_run timestamptz,
  updated_by uuid CONSTRAINT database_backup_schedule_updated_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT database_backup_schedule_next_run_check CHECK (enabled OR next_run IS NULL)
);
CREATE INDEX database_backup_schedule_updated_by_idx ON public.database_backup_schedule (updated_by);
COMMENT ON TABLE public.database_backup_schedule IS 'When backups are made by themselves and how many are kept: one row.';
COMMENT ON COLUMN public.database_backup_schedule.cron IS 'Five fields: minute, hour, day of month, month, day of week; in the time zone.';
COMMENT ON COLUMN public.database_backup_schedule.keep IS 'How many verified ones stay; older ones go after the next was verified.';

ALTER TABLE public.database_backups ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.database_backup_schedule ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.database_backups TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.database_backup_schedule TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.database_backups TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.database_backup_schedule TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON public.database_backups TO service_role;
GRANT SELECT, UPDATE ON public.database_backup_schedule TO service_role;

INSERT INTO public.database_backup_schedule DEFAULT VALUES;
