-- History grows for ever and is read by many filters: indexes for what is rare, a view for operators, and retention, which
-- archives before it removes.

-- Pages go backwards by sequence and soon find what is common. What is rare would make them read everything.
CREATE INDEX configuration_audit_log_action_idx ON public.configuration_audit_log (action, sequence DESC)
  WHERE action <> 'updated';
CREATE INDEX configuration_audit_log_config_type_idx ON public.configuration_audit_log (config_type, sequence DESC)
  WHERE config_type <> 'user_preference';

CREATE VIEW public.ai_configuration_audit WITH (security_invoker = true) AS
  SELECT * FROM public.configuration_audit_log WHERE config_type IN ('ai_config', 'organization_policy', 'api_key');
COMMENT ON VIEW public.ai_configuration_audit IS 'The history of AI configurations, ceilings and keys, as far as the reader may see history.';
GRANT SELECT ON public.ai_configuration_audit TO authenticated, service_role;

-- Retention

CREATE TABLE public.configuration_audit_archive (
  LIKE public.configuration_audit_log INCLUDING COMMENTS,
  archived_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT configuration_audit_archive_pkey PRIMARY KEY (id),
  CONSTRAINT configuration_audit_archive_version_key UNIQUE (target_id, version)
);
COMMENT ON TABLE public.configuration_audit_archive IS
  'Changes that are older than history is kept, exactly as they were written: chains begin here. For operators, not for pages.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.configuration_audit_archive
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_history_change();

CREATE FUNCTION public.archive_audit_log(keep interval, most integer) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  cutoff timestamptz := clock_timestamp() - keep;
  moved bigint;
BEGIN
  -- Whoever may call this must not be able to put recent history out of sight.
  IF keep IS NULL OR cutoff > clock_timestamp() - interval '30 days' THEN
    RAISE EXCEPTION 'history is kept for at least 30 days' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- One at a time, whichever server it is.
  PERFORM pg_advisory_xact_lock(hashtextextended('train.archive_audit_log', 0));
  WITH due AS (
    SELECT log.id FROM public.configuration_audit_log AS log
    WHERE log.changed_at < cutoff
      -- The next change is chained to the newest one, which therefore stays, however old.
      AND EXISTS (SELECT FROM public.configuration_audit_log AS newer
        WHERE newer.target_id = log.target_id AND newer.version > log.version)
      -- A clock that was set back must not tear a hole: only the beginning of a chain goes.
      AND NOT EXISTS (SELECT FROM public.configuration_audit_log AS earlier
        WHERE earlier.target_id = log.target_id AND earlier.version < log.version AND earlier.changed_at >= cutoff)
    ORDER BY log.sequence LIMIT most
  ), gone AS (
    DELETE FROM public.configuration_audit_log AS log USING due WHERE log.id = due.id RETURNING log.*
  )
  INSERT INTO public.configuration_audit_archive SELECT gone.* FROM gone;
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END
$$;
COMMENT ON FUNCTION public.archive_audit_log(interval, integer) IS
  'Moves at most so many changes that are older than `keep`, at least 30 days, into the archive; answers how many. The only way out of the history.';
GRANT EXECUTE ON FUNCTION public.archive_audit_log(interval, integer) TO service_role;

ALTER TABLE public.configuration_audit_archive ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.configuration_audit_archive TO train_owner USING (true) WITH CHECK (true);
GRANT SELECT ON public.configuration_audit_archive TO authenticated, service_role;
CREATE POLICY service_read ON public.configuration_audit_archive FOR SELECT TO service_role USING (true);
CREATE POLICY admin_read ON public.configuration_audit_archive FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

-- As in step 5, over the archive and the log as one chain.
CREATE OR REPLACE FUNCTION public.verify_audit_chain()
  RETURNS TABLE (target_id uuid, version bigint, sequence bigint, id uuid, problem text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  WITH written AS (
    SELECT log.* FROM public.configuration_audit_log AS log
    UNION ALL
    SELECT archived.id, archived.sequence, archived.config_type, archived.target_id, archived.owner_user_id,
      archived.owner_organization_id, archived.action, archived.changed_by, archived.changed_by_name, archived.changed_at,
      archived.changes, archived.old_value, archived.new_value, archived.reason, archived.client_ip, archived.user_agent,
      archived.source, archived.mutation_id, archived.version, archived.previous_hash, archived.hash
    FROM public.configuration_audit_archive AS archived
  ), chained AS (
    SELECT entry.target_id, entry.version, entry.sequence, entry.id, entry.previous_hash, entry.hash,
      public.audit_hash(entry.previous_hash, entry.id, entry.sequence, entry.config_type, entry.target_id, entry.owner_user_id,
        entry.owner_organization_id, entry.action, entry.changed_by, entry.changed_by_name, entry.changed_at, entry.changes,
        entry.old_value, entry.new_value, entry.reason, entry.client_ip, entry.user_agent, entry.source, entry.mutation_id,
        entry.version) AS expected,
      lag(entry.hash) OVER target AS hash_before,
      lag(entry.version) OVER target AS version_before
    FROM written AS entry
    WINDOW target AS (PARTITION BY entry.target_id ORDER BY entry.version)
  ), present AS (
    -- `begun`: it must have a history. What an account or organization starts with, empty, has none.
    SELECT id AS target_id, version, preferences AS value, version > 1 OR preferences <> '{}' AS begun
      FROM public.user_preferences
    UNION ALL SELECT id, version, preferences, version > 1 OR preferences <> '{}' FROM public.organization_preference_defaults
    UNION ALL SELECT id, version, ceilings, version > 1 OR ceilings <> '{}' FROM public.organization_policies
    UNION ALL SELECT id, version, public.ai_configuration_value(stored), true
      FROM public.ai_configurations AS stored
    UNION ALL SELECT id, revision, vault.secret_value(secret), true FROM vault.secrets AS secret
  )
  SELECT target_id, version, sequence, id, 'the row was altered after it was written' FROM chained WHERE hash <> expected
  UNION ALL
  SELECT target_id, version, sequence, id, 'a row before this one is missing or was altered' FROM chained
    WHERE previous_hash IS DISTINCT FROM hash_before OR version <> coalesce(version_before, version - 1) + 1
  UNION ALL
  -- Cutting off a chain's end, or changing a value past its trigger, leaves the chain whole but not in step with the value.
  SELECT present.target_id, present.version, last.sequence, last.id, 'the present value is not the one that history ends with'
    FROM present LEFT JOIN LATERAL (
      SELECT log.sequence, log.id, log.version, log.new_value FROM public.configuration_audit_log AS log
      WHERE log.target_id = present.target_id ORDER BY log.version DESC LIMIT 1
    ) AS last ON true
    WHERE (present.begun OR last.version IS NOT NULL)
      AND (last.version, last.new_value) IS DISTINCT FROM (present.version, present.value)
$$;
