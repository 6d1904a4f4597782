DROP FUNCTION public.audit_anchor_now();
DROP FUNCTION public.audit_anchor(bigint, bigint, bigint);
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
COMMENT ON FUNCTION public.verify_audit_chain() IS 'What of the history was tampered with; no rows when nothing. Reads the whole log.';
DROP FUNCTION public.forget_history(uuid);
DROP TRIGGER register_chain ON public.configuration_audit_log;
DROP FUNCTION public.register_audit_chain();
DROP FUNCTION public.administrative_action_hash(public.administrative_actions);
DROP FUNCTION public.audit_chain_hash(public.configuration_audit_chains);
DROP TABLE public.administrative_actions;
DROP TABLE public.configuration_audit_chains;
DROP TABLE public.audit_heads;
DROP FUNCTION public.seal_administrative_action();
DROP FUNCTION public.seal_audit_chain();

DROP TRIGGER set_updated_by ON public.model_overrides;
DROP FUNCTION public.set_updated_by();
REVOKE INSERT (model_id, entry), UPDATE (entry) ON public.model_overrides FROM authenticated;
-- Of both, so that they stand in the order of step 5.
REVOKE UPDATE (entry, updated_by) ON public.model_overrides FROM service_role;
GRANT INSERT, UPDATE (entry, updated_by) ON public.model_overrides TO authenticated, service_role;
REVOKE INSERT (name, time_zone) ON public.organizations FROM authenticated;
GRANT INSERT ON public.organizations TO authenticated;
REVOKE INSERT (id, user_id, organization_id, config_name, configuration, is_active, priority, version, created_by)
  ON public.ai_configurations FROM authenticated;
GRANT INSERT ON public.ai_configurations TO authenticated;
REVOKE INSERT (conversation_id, number, role, content), UPDATE (role, content)
  ON public.conversation_turns FROM authenticated;
GRANT INSERT, UPDATE (role, content, tokens) ON public.conversation_turns TO authenticated;
ALTER POLICY conversation_write ON public.conversation_turns
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id
    AND (whole.created_by = (SELECT auth.uid()) OR whole.organization_id = (SELECT auth.administered_organization()))))
  WITH CHECK (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id
    AND (whole.created_by = (SELECT auth.uid()) OR whole.organization_id = (SELECT auth.administered_organization()))));
ALTER POLICY manager_update ON public.conversations
  USING (organization_id = (SELECT auth.administered_organization()));
ALTER POLICY own_update ON public.conversations
  USING (created_by = (SELECT auth.uid()));
REVOKE INSERT (organization_id, title, persona, emotion, topic, intent, tone, tier, categories, created_by),
  UPDATE (title, persona, emotion, topic, intent, tone, tier, categories)
  ON public.conversations FROM authenticated;
GRANT INSERT, UPDATE ON public.conversations TO authenticated;
