-- What an organization decides about its conversations: what is archived when nobody changes it any
-- more, what becomes of what content checks find, how long a conversation should be. Only what
-- somebody set is stored; the program knows the defaults.

CREATE TABLE public.conversation_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL CONSTRAINT conversation_policies_organization_id_key UNIQUE
    CONSTRAINT conversation_policies_organization_id_fkey
      REFERENCES public.organizations (id) ON DELETE CASCADE,
  policy jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT conversation_policies_policy_check CHECK (jsonb_typeof(policy) = 'object'),
  version bigint NOT NULL DEFAULT 1,
  archived_untold bigint NOT NULL DEFAULT 0
    CONSTRAINT conversation_policies_archived_untold_check CHECK (archived_untold >= 0),
  told_on date,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.conversation_policies IS
  'One row per organization, made with it: what it decides about its conversations.';
COMMENT ON COLUMN public.conversation_policies.policy IS
  'Sparse: retention {enabled, archiveAfterDays, statuses}, checks {kind: mark, warn, mask}, '
  'tokenTarget.';
COMMENT ON COLUMN public.conversation_policies.version IS
  'Counted by trigger, like ai_configurations.version.';
COMMENT ON COLUMN public.conversation_policies.archived_untold IS
  'How many conversations retention archived that its managers have not been told of yet.';
COMMENT ON COLUMN public.conversation_policies.told_on IS
  'The day (UTC) on which they were told last; once a day is enough.';

CALL public.keep_versions('public.conversation_policies', 'policy', 'conversation_policy',
  'public.organizations');

-- The two that read every table whose changes are recorded: the last of these is made here.

CREATE FUNCTION public.forget_history(target uuid) RETURNS bigint
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  kind text;
  archived bigint;
  removed bigint;
BEGIN
  SELECT known.config_type INTO kind FROM public.configuration_audit_chains AS known
    WHERE known.target_id = target ORDER BY known.number LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nothing with this id ever had a history' USING ERRCODE = 'no_data_found';
  END IF;
  IF EXISTS (SELECT FROM public.user_preferences WHERE id = target
    UNION ALL SELECT FROM public.organization_preference_defaults WHERE id = target
    UNION ALL SELECT FROM public.organization_policies WHERE id = target
    UNION ALL SELECT FROM public.conversation_policies WHERE id = target
    UNION ALL SELECT FROM public.ai_configurations WHERE id = target
    UNION ALL SELECT FROM vault.secrets WHERE id = target)
  THEN
    RAISE EXCEPTION 'what still exists keeps its history' USING ERRCODE = 'object_in_use';
  END IF;
  DELETE FROM public.configuration_audit_archive AS entry WHERE entry.target_id = target;
  GET DIAGNOSTICS archived = ROW_COUNT;
  DELETE FROM public.configuration_audit_log AS entry WHERE entry.target_id = target;
  GET DIAGNOSTICS removed = ROW_COUNT;
  INSERT INTO public.configuration_audit_chains (target_id, config_type, event)
    VALUES (target, kind, 'forgotten');
  RETURN archived + removed;
END
$$;
COMMENT ON FUNCTION public.forget_history(uuid) IS
  'For the owner of the tables: removes the whole history of a target that is gone, and notes '
  'that it did. Answers how many changes.';

CREATE FUNCTION public.verify_audit_chain()
  RETURNS TABLE (target_id uuid, version bigint, sequence bigint, id uuid, problem text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  WITH written AS (
    SELECT log.* FROM public.configuration_audit_log AS log
    UNION ALL
    SELECT archived.id, archived.sequence, archived.config_type, archived.target_id,
      archived.owner_user_id, archived.owner_organization_id, archived.action, archived.changed_by,
      archived.changed_by_name, archived.changed_at, archived.changes, archived.old_value,
      archived.new_value, archived.reason, archived.client_ip, archived.user_agent, archived.source,
      archived.mutation_id, archived.version, archived.previous_hash, archived.hash
    FROM public.configuration_audit_archive AS archived
  ), chained AS (
    SELECT entry.target_id, entry.version, entry.sequence, entry.id, entry.previous_hash,
      entry.hash,
      public.audit_hash(entry.previous_hash, entry.id, entry.sequence, entry.config_type,
        entry.target_id, entry.owner_user_id, entry.owner_organization_id, entry.action,
        entry.changed_by, entry.changed_by_name, entry.changed_at, entry.changes, entry.old_value,
        entry.new_value, entry.reason, entry.client_ip, entry.user_agent, entry.source,
        entry.mutation_id, entry.version) AS expected,
      lag(entry.hash) OVER target AS hash_before,
      lag(entry.version) OVER target AS version_before,
      lead(entry.version) OVER target IS NULL AS is_last,
      entry.action
    FROM written AS entry
    WINDOW target AS (PARTITION BY entry.target_id ORDER BY entry.version)
  ), present AS (
    -- `begun`: it must have a history. What an account or organization starts with, empty, has
    -- none.
    SELECT id AS target_id, version, preferences AS value,
      version > 1 OR preferences <> '{}' AS begun
      FROM public.user_preferences
    UNION ALL SELECT id, version, preferences, version > 1 OR preferences <> '{}'
      FROM public.organization_preference_defaults
    UNION ALL SELECT id, version, ceilings, version > 1 OR ceilings <> '{}'
      FROM public.organization_policies
    UNION ALL SELECT id, version, policy, version > 1 OR policy <> '{}'
      FROM public.conversation_policies
    UNION ALL SELECT id, version, public.ai_configuration_value(stored), true
      FROM public.ai_configurations AS stored
    UNION ALL SELECT id, revision, vault.secret_value(secret), true FROM vault.secrets AS secret
  ), ends AS (
    -- Of each target: its last change, and what is known of it beside the log.
    SELECT last.target_id, last.version, last.sequence, last.id, last.action FROM chained AS last
      WHERE last.is_last
  ), registers AS (
    SELECT 'configuration_audit_chains' AS register, entry.number, entry.target_id,
      entry.previous_hash, entry.hash, public.audit_chain_hash(entry) AS expected
      FROM public.configuration_audit_chains AS entry
    UNION ALL SELECT 'administrative_actions', entry.number, entry.subject_id, entry.previous_hash,
      entry.hash, public.administrative_action_hash(entry)
      FROM public.administrative_actions AS entry
  ), entered AS (
    SELECT entry.*, lag(entry.hash) OVER register AS hash_before,
      lag(entry.number) OVER register AS number_before
      FROM registers AS entry WINDOW register AS (PARTITION BY entry.register ORDER BY entry.number)
  )
  SELECT target_id, version, sequence, id, 'the row was altered after it was written' FROM chained
    WHERE hash <> expected
  UNION ALL
  SELECT target_id, version, sequence, id, 'a row before this one is missing or was altered'
    FROM chained
    WHERE previous_hash IS DISTINCT FROM hash_before
      OR version <> coalesce(version_before, version - 1) + 1
  UNION ALL
  -- Cutting off a chain's end, or changing a value past its trigger, leaves the chain whole but not
  -- in step with the value.
  SELECT present.target_id, present.version, last.sequence, last.id,
    'the present value is not the one that history ends with'
    FROM present LEFT JOIN LATERAL (
      SELECT log.sequence, log.id, log.version, log.new_value
        FROM public.configuration_audit_log AS log
        WHERE log.target_id = present.target_id ORDER BY log.version DESC LIMIT 1
    ) AS last ON true
    WHERE (present.begun OR last.version IS NOT NULL)
      AND (last.version, last.new_value) IS DISTINCT FROM (present.version, present.value)
  UNION ALL
  -- What is gone has to say so: its value can no longer show that the end of its chain is missing.
  SELECT ends.target_id, ends.version, ends.sequence, ends.id,
    'its target is gone, and its history does not end with that'
    FROM ends WHERE ends.action <> 'deleted'
      AND NOT EXISTS (SELECT FROM present WHERE present.target_id = ends.target_id)
  UNION ALL
  SELECT known.target_id, NULL, NULL, NULL, 'the whole history of this target was removed'
    FROM public.configuration_audit_chains AS known
    WHERE known.event = 'begun'
      AND NOT EXISTS (SELECT FROM ends WHERE ends.target_id = known.target_id)
      AND NOT EXISTS (SELECT FROM present
        WHERE present.target_id = known.target_id AND present.begun)
      AND NOT EXISTS (SELECT FROM public.configuration_audit_chains AS later
        WHERE later.target_id = known.target_id AND later.event = 'forgotten')
  UNION ALL
  SELECT ends.target_id, NULL, ends.sequence, ends.id, 'its history was never registered'
    FROM ends
    WHERE NOT EXISTS (SELECT FROM public.configuration_audit_chains AS known
      WHERE known.target_id = ends.target_id)
  UNION ALL
  SELECT target_id, NULL, number, NULL, register || ': the entry was altered after it was written'
    FROM entered WHERE hash <> expected
  UNION ALL
  SELECT target_id, NULL, number, NULL,
    register || ': an entry before this one is missing or was altered'
    FROM entered
    WHERE previous_hash IS DISTINCT FROM hash_before OR number <> coalesce(number_before, 0) + 1
  UNION ALL
  SELECT NULL, NULL, head.entries, NULL, known.register || ': the last entries are missing'
    FROM (VALUES ('configuration_audit_chains'), ('administrative_actions')) AS known (register)
      LEFT JOIN public.audit_heads AS head ON head.register = known.register
      LEFT JOIN LATERAL (SELECT entry.number, entry.hash FROM entered AS entry
        WHERE entry.register = known.register ORDER BY entry.number DESC LIMIT 1) AS last ON true
    WHERE (head.entries, head.hash) IS DISTINCT FROM (coalesce(last.number, 0), last.hash)
$$;
COMMENT ON FUNCTION public.verify_audit_chain() IS
  'What of the history and of the registers was tampered with; no rows when nothing. Reads the '
  'whole log.';
GRANT EXECUTE ON FUNCTION public.verify_audit_chain() TO service_role;

-- Retention

-- The one place that says what is archived, for counting it and for doing it. Without a SET clause,
-- so that PostgreSQL puts it into the statement that asks.
CREATE FUNCTION public.conversations_past_retention(organization uuid, days integer,
  statuses text[]) RETURNS TABLE (id uuid)
  LANGUAGE sql STABLE
AS $$
  SELECT whole.id FROM public.conversations AS whole
    WHERE whole.workspace_id = organization
      AND whole.updated_at < now() - make_interval(days => days)
      AND whole.status = ANY (statuses) AND whole.status <> 'archived'
      AND NOT EXISTS (SELECT FROM public.review_claims AS claim
        WHERE claim.conversation_id = whole.id AND claim.expires_at > clock_timestamp())
$$;
COMMENT ON FUNCTION public.conversations_past_retention(uuid, integer, text[]) IS
  'The conversations of an organization that have one of these statuses, did not change for so '
  'many days, and are reviewed by nobody at this moment.';
GRANT EXECUTE ON FUNCTION public.conversations_past_retention(uuid, integer, text[])
  TO service_role;

-- Row-level security

CALL public.protect('public.conversation_policies',
  'SELECT, UPDATE (policy, version, archived_untold, told_on)');

-- Members read, owners and admins change.
GRANT SELECT, UPDATE (policy, version) ON public.conversation_policies TO authenticated;
CREATE POLICY member_read ON public.conversation_policies FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
CREATE POLICY manager_update ON public.conversation_policies FOR UPDATE TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()))
  WITH CHECK (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.conversation_policies FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
CREATE POLICY admin_update ON public.conversation_policies FOR UPDATE TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));
