-- What was archived goes back to where it was read before.
INSERT INTO public.configuration_audit_log
  SELECT id, sequence, config_type, target_id, owner_user_id, owner_organization_id, action, changed_by, changed_by_name,
    changed_at, changes, old_value, new_value, reason, client_ip, user_agent, source, mutation_id, version, previous_hash, hash
  FROM public.configuration_audit_archive;
CREATE OR REPLACE FUNCTION public.verify_audit_chain()
  RETURNS TABLE (target_id uuid, version bigint, sequence bigint, id uuid, problem text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  WITH chained AS (
    SELECT entry.target_id, entry.version, entry.sequence, entry.id, entry.previous_hash, entry.hash,
      public.audit_hash(entry.previous_hash, entry.id, entry.sequence, entry.config_type, entry.target_id, entry.owner_user_id,
        entry.owner_organization_id, entry.action, entry.changed_by, entry.changed_by_name, entry.changed_at, entry.changes,
        entry.old_value, entry.new_value, entry.reason, entry.client_ip, entry.user_agent, entry.source, entry.mutation_id,
        entry.version) AS expected,
      lag(entry.hash) OVER target AS hash_before,
      lag(entry.version) OVER target AS version_before
    FROM public.configuration_audit_log AS entry
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
DROP FUNCTION public.archive_audit_log(interval, integer);
DROP TABLE public.configuration_audit_archive;
DROP VIEW public.ai_configuration_audit;
DROP INDEX public.configuration_audit_log_config_type_idx;
DROP INDEX public.configuration_audit_log_action_idx;
