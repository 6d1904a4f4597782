-- History keeps the rows that tell of these tables.
DROP TRIGGER forget_secrets ON auth.users;
DROP TRIGGER forget_secrets ON public.organizations;
DROP TRIGGER make_organization_policy ON public.organizations;
DROP FUNCTION public.get_effective_ai_config(uuid);
DROP FUNCTION public.apply_ceilings(jsonb, jsonb);
DROP FUNCTION public.merge_layers(jsonb, jsonb);
DROP FUNCTION public.what_is_set(jsonb);
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
    SELECT id AS target_id, version, preferences FROM public.user_preferences
    UNION ALL SELECT id, version, preferences FROM public.organization_preference_defaults
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
    WHERE (present.version > 1 OR present.preferences <> '{}' OR last.version IS NOT NULL)
      AND (last.version, last.new_value) IS DISTINCT FROM (present.version, present.preferences)
$$;
CREATE OR REPLACE FUNCTION public.record_change(
  config_type text, target_id uuid, owner_user_id uuid, owner_organization_id uuid, usual_action text, version bigint,
  old_value jsonb, new_value jsonb
) RETURNS void
  LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  given jsonb := nullif(current_setting('train.change', true), '')::jsonb;
  -- Whoever has claims is the actor, whatever the setting says: a person cannot act in somebody else's name.
  actor uuid := coalesce(auth.uid(), CASE WHEN current_setting('role') <> 'authenticated' THEN (given ->> 'actor')::uuid END);
  -- Deleting is a fact; for the rest the caller knows better what it meant.
  done text := CASE WHEN usual_action = 'deleted' THEN usual_action ELSE coalesce(given ->> 'action', usual_action) END;
  came_from text := coalesce(given ->> 'source', 'system');
  written record;
  event jsonb;
  payload text;
BEGIN
  WITH RECURSIVE node (path, old, new) AS (
    SELECT key, old_value -> key, new_value -> key
    FROM jsonb_object_keys(coalesce(old_value, '{}') || coalesce(new_value, '{}')) AS key
    WHERE (old_value -> key) IS DISTINCT FROM (new_value -> key)
    UNION ALL
    SELECT path || '.' || key, old -> key, new -> key
    FROM node, jsonb_object_keys(CASE WHEN jsonb_typeof(old) = 'object' THEN old ELSE '{}' END
      || CASE WHEN jsonb_typeof(new) = 'object' THEN new ELSE '{}' END) AS key
    WHERE (jsonb_typeof(old) = 'object' OR jsonb_typeof(new) = 'object') AND (old -> key) IS DISTINCT FROM (new -> key)
  ), leaf AS (
    -- An object with fields is a branch, an empty one a leaf like any other value.
    SELECT path,
      CASE WHEN jsonb_typeof(old) <> 'object' OR old = '{}' THEN jsonb_build_object('old', old) ELSE '{}' END
      || CASE WHEN jsonb_typeof(new) <> 'object' OR new = '{}' THEN jsonb_build_object('new', new) ELSE '{}' END AS values
    FROM node
  ), entry AS (
    SELECT gen_random_uuid() AS id, nextval('public.configuration_audit_log_sequence_seq') AS sequence,
      clock_timestamp() AS changed_at,
      coalesce((SELECT jsonb_agg(jsonb_build_object('path', path) || values ORDER BY path COLLATE "C")
        FROM leaf WHERE values <> '{}'), '[]') AS changes,
      -- Who deletes their own account is already gone here; history remembers the name.
      coalesce((SELECT display_name FROM auth.users AS person WHERE person.id = actor),
        (SELECT log.changed_by_name FROM public.configuration_audit_log AS log
          WHERE log.changed_by = actor ORDER BY log.sequence DESC LIMIT 1)) AS changed_by_name,
      -- The lock on the changed row is held, so the change before this one is committed or our own.
      (SELECT log.hash FROM public.configuration_audit_log AS log
        WHERE log.target_id = record_change.target_id ORDER BY log.version DESC LIMIT 1) AS previous_hash,
      given ->> 'reason' AS reason, (given ->> 'ip')::inet AS client_ip, given ->> 'userAgent' AS user_agent,
      (given ->> 'mutationId')::uuid AS mutation_id
    OFFSET 0 -- Each of these is computed once, not where it is used.
  )
  INSERT INTO public.configuration_audit_log (id, sequence, config_type, target_id, owner_user_id, owner_organization_id,
    action, changed_by, changed_by_name, changed_at, changes, old_value, new_value, reason, client_ip, user_agent, source,
    mutation_id, version, previous_hash, hash)
  SELECT id, sequence, config_type, target_id, owner_user_id, owner_organization_id, done, actor, changed_by_name,
    changed_at, changes, old_value, new_value, reason, client_ip, user_agent, came_from, mutation_id, version, previous_hash,
    public.audit_hash(previous_hash, id, sequence, config_type, target_id, owner_user_id, owner_organization_id, done, actor,
      changed_by_name, changed_at, changes, old_value, new_value, reason, client_ip, user_agent, came_from, mutation_id, version)
  FROM entry
  RETURNING mutation_id, changes INTO written;

  -- A notification makes commits wait for each other, disk flush included, so a server that saves much says that it will
  -- tell the others itself, once for many commits.
  IF (given ->> 'announcedLater')::boolean IS TRUE THEN
    RETURN;
  END IF;
  event := CASE config_type
    WHEN 'user_preference' THEN jsonb_build_object('type', 'preferences-changed', 'userId', owner_user_id)
    WHEN 'organization_preference_default' THEN
      jsonb_build_object('type', 'organization-defaults-changed', 'organizationId', owner_organization_id)
  END || jsonb_build_object('version', version, 'mutationId', written.mutation_id);
  payload := (event || jsonb_build_object('paths', jsonb_path_query_array(written.changes, '$[*].path')))::text;
  -- A notification holds less than 8000 bytes. Without paths the listener takes everything as changed.
  IF octet_length(payload) >= 7900 THEN
    payload := event::text;
  END IF;
  IF payload IS NOT NULL THEN
    PERFORM pg_notify('train_events', payload);
  END IF;
END
$$;
DROP FUNCTION public.ai_configuration_value(public.ai_configurations);
DROP FUNCTION vault.secret_value(vault.secrets);
DROP TABLE vault.secrets;
DROP TABLE public.model_overrides;
DROP TABLE public.organization_policies;
DROP TABLE public.ai_configurations;
DROP FUNCTION vault.record_secret();
DROP FUNCTION vault.forget_secrets();
DROP FUNCTION vault.count_secret_revision();
DROP FUNCTION public.notify_model_catalog_changed();
DROP FUNCTION public.record_organization_policy();
DROP FUNCTION public.record_ai_configuration();
DROP FUNCTION public.make_organization_policy();
DROP FUNCTION public.count_organization_policy_version();
DROP FUNCTION public.count_ai_configuration_version();
DROP FUNCTION auth.own_organization();
