-- Who may write which column; a register of the chains of history, so that one that was removed is
-- missed; and a lasting record of what operators do by command.

-- Columns. Granting a row whole lets a person write what only the service may say: that a
-- conversation was approved, by whom, what it cost.

REVOKE INSERT, UPDATE ON public.conversations FROM authenticated;
GRANT INSERT (organization_id, title, persona, emotion, topic, intent, tone, tier, categories, created_by),
  UPDATE (title, persona, emotion, topic, intent, tone, tier, categories)
  ON public.conversations TO authenticated;
-- What was approved is what was read: it does not change afterwards under the same approval.
ALTER POLICY own_update ON public.conversations
  USING (created_by = (SELECT auth.uid()) AND status <> 'approved')
  WITH CHECK (created_by = (SELECT auth.uid())
    AND (organization_id IS NULL OR organization_id = (SELECT auth.own_organization())));
ALTER POLICY manager_update ON public.conversations
  USING (organization_id = (SELECT auth.administered_organization()) AND status <> 'approved');
ALTER POLICY conversation_write ON public.conversation_turns
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id
    AND whole.status <> 'approved'
    AND (whole.created_by = (SELECT auth.uid()) OR whole.organization_id = (SELECT auth.administered_organization()))))
  WITH CHECK (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id
    AND whole.status <> 'approved'
    AND (whole.created_by = (SELECT auth.uid()) OR whole.organization_id = (SELECT auth.administered_organization()))));

REVOKE INSERT, UPDATE ON public.conversation_turns FROM authenticated;
GRANT INSERT (conversation_id, number, role, content), UPDATE (role, content)
  ON public.conversation_turns TO authenticated;

-- A configuration's times decide which of two applies. Its version and author are set by trigger, whatever is said.
REVOKE INSERT ON public.ai_configurations FROM authenticated;
GRANT INSERT (id, user_id, organization_id, config_name, configuration, is_active, priority, version, created_by)
  ON public.ai_configurations TO authenticated;

REVOKE INSERT ON public.organizations FROM authenticated;
GRANT INSERT (name, time_zone) ON public.organizations TO authenticated;

-- An administrator corrects a model in their own name.
REVOKE INSERT, UPDATE ON public.model_overrides FROM authenticated;
GRANT INSERT (model_id, entry), UPDATE (entry) ON public.model_overrides TO authenticated;
CREATE FUNCTION public.set_updated_by() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  NEW.updated_by := coalesce(auth.uid(), NEW.updated_by);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION public.set_updated_by() IS 'Whoever has claims is who changed it, whatever the statement says.';
CREATE TRIGGER set_updated_by BEFORE INSERT OR UPDATE ON public.model_overrides
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_by();

-- Registers: lists without gaps, chained by hash, whose length and last hash stand once more in a
-- place of their own, so that neither the middle nor the end can be taken out unseen.

CREATE TABLE public.audit_heads (
  register text PRIMARY KEY CONSTRAINT audit_heads_register_check
    CHECK (register IN ('configuration_audit_chains', 'administrative_actions')),
  entries bigint NOT NULL DEFAULT 0,
  hash bytea
);
COMMENT ON TABLE public.audit_heads IS 'How long each register is, and the hash of its last entry. Its row is locked while one is added.';
COMMENT ON COLUMN public.audit_heads.hash IS 'Null while the register is empty.';
INSERT INTO public.audit_heads (register) VALUES ('configuration_audit_chains'), ('administrative_actions');

CREATE TABLE public.configuration_audit_chains (
  number bigint PRIMARY KEY,
  target_id uuid NOT NULL,
  config_type text NOT NULL,
  event text NOT NULL CONSTRAINT configuration_audit_chains_event_check CHECK (event IN ('begun', 'forgotten')),
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  previous_hash bytea,
  hash bytea NOT NULL
);
CREATE INDEX configuration_audit_chains_target_idx ON public.configuration_audit_chains (target_id);
COMMENT ON TABLE public.configuration_audit_chains IS
  'Every target that ever had a history: a chain that was removed as a whole, after its target was, is missed here.';
COMMENT ON COLUMN public.configuration_audit_chains.number IS 'Counts from 1 without gaps.';
COMMENT ON COLUMN public.configuration_audit_chains.event IS
  'begun: the first change of a target was written; forgotten: the owner removed its whole history on purpose.';
COMMENT ON COLUMN public.configuration_audit_chains.previous_hash IS 'hash of the entry before; null for the first.';
COMMENT ON COLUMN public.configuration_audit_chains.hash IS 'SHA-256 over previous_hash and all other columns.';

CREATE TABLE public.administrative_actions (
  number bigint PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  command text NOT NULL CONSTRAINT administrative_actions_command_check CHECK (length(command) BETWEEN 1 AND 100),
  subject_id uuid,
  subject text,
  details jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT administrative_actions_details_check CHECK (jsonb_typeof(details) = 'object'),
  operator text NOT NULL,
  host text NOT NULL,
  database_user text NOT NULL DEFAULT session_user,
  previous_hash bytea,
  hash bytea NOT NULL
);
COMMENT ON TABLE public.administrative_actions IS
  'What operators did by command, append-only: written in the transaction of what was done.';
COMMENT ON COLUMN public.administrative_actions.number IS 'Counts from 1 without gaps.';
COMMENT ON COLUMN public.administrative_actions.command IS 'For example admin promote.';
COMMENT ON COLUMN public.administrative_actions.subject_id IS 'The account that it was done to; kept after it is gone.';
COMMENT ON COLUMN public.administrative_actions.subject IS 'Their e-mail address at the time, or what else the command was about.';
COMMENT ON COLUMN public.administrative_actions.details IS 'What else it was told; never a password or key.';
COMMENT ON COLUMN public.administrative_actions.operator IS
  'Who ran it, as the operating system knows them; with the one who used sudo.';
COMMENT ON COLUMN public.administrative_actions.host IS 'The name of the machine that it ran on.';
COMMENT ON COLUMN public.administrative_actions.database_user IS 'As whom it signed in to the database.';
COMMENT ON COLUMN public.administrative_actions.previous_hash IS 'hash of the entry before; null for the first.';
COMMENT ON COLUMN public.administrative_actions.hash IS 'SHA-256 over previous_hash and all other columns.';

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.configuration_audit_chains
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_history_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.administrative_actions
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_history_change();

-- Times as numbers: no setting of a session changes what is hashed.
CREATE FUNCTION public.audit_chain_hash(entry public.configuration_audit_chains) RETURNS bytea
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT sha256(coalesce(entry.previous_hash, '') || convert_to(json_build_array(entry.number, entry.target_id,
    entry.config_type, entry.event, extract(epoch FROM entry.noted_at))::text, 'UTF8'))
$$;
CREATE FUNCTION public.administrative_action_hash(entry public.administrative_actions) RETURNS bytea
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT sha256(coalesce(entry.previous_hash, '') || convert_to(json_build_array(entry.number,
    extract(epoch FROM entry.done_at), entry.command, entry.subject_id, entry.subject, entry.details, entry.operator,
    entry.host, entry.database_user)::text, 'UTF8'))
$$;

-- Both fill what seals an entry, whatever the statement says.
CREATE FUNCTION public.seal_audit_chain() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE public.audit_heads AS head SET entries = head.entries + 1 WHERE head.register = TG_TABLE_NAME
    RETURNING head.entries, head.hash INTO NEW.number, NEW.previous_hash;
  NEW.noted_at := clock_timestamp();
  NEW.hash := public.audit_chain_hash(NEW);
  UPDATE public.audit_heads AS head SET hash = NEW.hash WHERE head.register = TG_TABLE_NAME;
  RETURN NEW;
END
$$;
CREATE TRIGGER seal BEFORE INSERT ON public.configuration_audit_chains
  FOR EACH ROW EXECUTE FUNCTION public.seal_audit_chain();
CREATE FUNCTION public.seal_administrative_action() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE public.audit_heads AS head SET entries = head.entries + 1 WHERE head.register = TG_TABLE_NAME
    RETURNING head.entries, head.hash INTO NEW.number, NEW.previous_hash;
  NEW.done_at := clock_timestamp();
  NEW.database_user := session_user;
  NEW.hash := public.administrative_action_hash(NEW);
  UPDATE public.audit_heads AS head SET hash = NEW.hash WHERE head.register = TG_TABLE_NAME;
  RETURN NEW;
END
$$;
CREATE TRIGGER seal BEFORE INSERT ON public.administrative_actions
  FOR EACH ROW EXECUTE FUNCTION public.seal_administrative_action();

-- What has a history already. Before the trigger: these have been begun long ago.
INSERT INTO public.configuration_audit_chains (target_id, config_type, event)
  SELECT first.target_id, first.config_type, 'begun' FROM (
    SELECT DISTINCT ON (written.target_id) written.target_id, written.config_type, written.sequence FROM (
      SELECT target_id, config_type, sequence, version FROM public.configuration_audit_log
      UNION ALL SELECT target_id, config_type, sequence, version FROM public.configuration_audit_archive
    ) AS written ORDER BY written.target_id, written.version
  ) AS first ORDER BY first.sequence;

CREATE FUNCTION public.register_audit_chain() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.configuration_audit_chains AS known WHERE known.target_id = NEW.target_id) THEN
    INSERT INTO public.configuration_audit_chains (target_id, config_type, event)
      VALUES (NEW.target_id, NEW.config_type, 'begun');
  END IF;
  RETURN NULL;
END
$$;
-- At the end of the transaction, so that the register's lock is held for a moment only, and always last.
CREATE CONSTRAINT TRIGGER register_chain AFTER INSERT ON public.configuration_audit_log
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.previous_hash IS NULL)
  EXECUTE FUNCTION public.register_audit_chain();

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
    UNION ALL SELECT FROM public.ai_configurations WHERE id = target
    UNION ALL SELECT FROM vault.secrets WHERE id = target)
  THEN
    RAISE EXCEPTION 'what still exists keeps its history' USING ERRCODE = 'object_in_use';
  END IF;
  DELETE FROM public.configuration_audit_archive AS entry WHERE entry.target_id = target;
  GET DIAGNOSTICS archived = ROW_COUNT;
  DELETE FROM public.configuration_audit_log AS entry WHERE entry.target_id = target;
  GET DIAGNOSTICS removed = ROW_COUNT;
  INSERT INTO public.configuration_audit_chains (target_id, config_type, event) VALUES (target, kind, 'forgotten');
  RETURN archived + removed;
END
$$;
COMMENT ON FUNCTION public.forget_history(uuid) IS
  'For the owner of the tables: removes the whole history of a target that is gone, and notes that it did. Answers how many changes.';

-- As in step 7; and what is missing as a whole.
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
      lag(entry.version) OVER target AS version_before,
      lead(entry.version) OVER target IS NULL AS is_last,
      entry.action
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
  ), ends AS (
    -- Of each target: its last change, and what is known of it beside the log.
    SELECT last.target_id, last.version, last.sequence, last.id, last.action FROM chained AS last WHERE last.is_last
  ), registers AS (
    SELECT 'configuration_audit_chains' AS register, entry.number, entry.target_id, entry.previous_hash, entry.hash,
      public.audit_chain_hash(entry) AS expected FROM public.configuration_audit_chains AS entry
    UNION ALL SELECT 'administrative_actions', entry.number, entry.subject_id, entry.previous_hash, entry.hash,
      public.administrative_action_hash(entry) FROM public.administrative_actions AS entry
  ), entered AS (
    SELECT entry.*, lag(entry.hash) OVER register AS hash_before, lag(entry.number) OVER register AS number_before
      FROM registers AS entry WINDOW register AS (PARTITION BY entry.register ORDER BY entry.number)
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
  UNION ALL
  -- What is gone has to say so: its value can no longer show that the end of its chain is missing.
  SELECT ends.target_id, ends.version, ends.sequence, ends.id, 'its target is gone, and its history does not end with that'
    FROM ends WHERE ends.action <> 'deleted'
      AND NOT EXISTS (SELECT FROM present WHERE present.target_id = ends.target_id)
  UNION ALL
  SELECT known.target_id, NULL, NULL, NULL, 'the whole history of this target was removed'
    FROM public.configuration_audit_chains AS known
    WHERE known.event = 'begun'
      AND NOT EXISTS (SELECT FROM ends WHERE ends.target_id = known.target_id)
      AND NOT EXISTS (SELECT FROM present WHERE present.target_id = known.target_id AND present.begun)
      AND NOT EXISTS (SELECT FROM public.configuration_audit_chains AS later
        WHERE later.target_id = known.target_id AND later.event = 'forgotten')
  UNION ALL
  SELECT ends.target_id, NULL, ends.sequence, ends.id, 'its history was never registered'
    FROM ends WHERE NOT EXISTS (SELECT FROM public.configuration_audit_chains AS known WHERE known.target_id = ends.target_id)
  UNION ALL
  SELECT target_id, NULL, number, NULL, register || ': the entry was altered after it was written'
    FROM entered WHERE hash <> expected
  UNION ALL
  SELECT target_id, NULL, number, NULL, register || ': an entry before this one is missing or was altered'
    FROM entered WHERE previous_hash IS DISTINCT FROM hash_before OR number <> coalesce(number_before, 0) + 1
  UNION ALL
  SELECT NULL, NULL, head.entries, NULL, known.register || ': the last entries are missing'
    FROM (VALUES ('configuration_audit_chains'), ('administrative_actions')) AS known (register)
      LEFT JOIN public.audit_heads AS head ON head.register = known.register
      LEFT JOIN LATERAL (SELECT entry.number, entry.hash FROM entered AS entry
        WHERE entry.register = known.register ORDER BY entry.number DESC LIMIT 1) AS last ON true
    WHERE (head.entries, head.hash) IS DISTINCT FROM (coalesce(last.number, 0), last.hash)
$$;
COMMENT ON FUNCTION public.verify_audit_chain() IS
  'What of the history and of the registers was tampered with; no rows when nothing. Reads the whole log.';

-- Anchors. Whoever may rewrite everything in here cannot rewrite what somebody noted elsewhere.

CREATE FUNCTION public.audit_anchor(upto bigint, chains bigint, actions bigint) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  WITH written AS (
    SELECT log.sequence, log.hash FROM public.configuration_audit_log AS log WHERE log.sequence <= upto
    UNION ALL SELECT archived.sequence, archived.hash FROM public.configuration_audit_archive AS archived
      WHERE archived.sequence <= upto
  ), block AS (
    -- In pieces: one text of all hashes of a long history would not fit.
    SELECT written.sequence / 4096 AS place, sha256(string_agg(written.hash, '' ORDER BY written.sequence)) AS hash
      FROM written GROUP BY 1
  )
  SELECT encode(sha256(coalesce((SELECT string_agg(block.hash, '' ORDER BY block.place) FROM block), '')
    || coalesce((SELECT entry.hash FROM public.configuration_audit_chains AS entry WHERE entry.number = chains), '')
    || coalesce((SELECT entry.hash FROM public.administrative_actions AS entry WHERE entry.number = actions), '')), 'hex')
$$;
COMMENT ON FUNCTION public.audit_anchor(bigint, bigint, bigint) IS
  'One hash over the history up to a place in it and over the registers up to theirs: the same for ever, unless somebody altered something.';
GRANT EXECUTE ON FUNCTION public.audit_anchor(bigint, bigint, bigint) TO service_role;

CREATE FUNCTION public.audit_anchor_now() RETURNS TABLE (upto bigint, chains bigint, actions bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  -- Numbers are drawn before their rows are committed: whoever is writing ends first, so that none below comes later.
  LOCK TABLE public.configuration_audit_log IN SHARE MODE;
  RETURN QUERY SELECT coalesce((SELECT max(log.sequence) FROM public.configuration_audit_log AS log), 0),
    (SELECT head.entries FROM public.audit_heads AS head WHERE head.register = 'configuration_audit_chains'),
    (SELECT head.entries FROM public.audit_heads AS head WHERE head.register = 'administrative_actions');
END
$$;
COMMENT ON FUNCTION public.audit_anchor_now() IS
  'The places that an anchor of this moment covers. Waits for changes that are being written; its transaction should end at once.';
GRANT EXECUTE ON FUNCTION public.audit_anchor_now() TO service_role;

ALTER TABLE public.audit_heads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.configuration_audit_chains ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.administrative_actions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.audit_heads TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.configuration_audit_chains TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.administrative_actions TO train_owner USING (true) WITH CHECK (true);
GRANT SELECT ON public.configuration_audit_chains TO service_role;
CREATE POLICY service_read ON public.configuration_audit_chains FOR SELECT TO service_role USING (true);
-- Commands write it, as the system; nobody changes it.
GRANT SELECT, INSERT (command, subject_id, subject, details, operator, host) ON public.administrative_actions TO service_role;
CREATE POLICY service_read ON public.administrative_actions FOR SELECT TO service_role USING (true);
CREATE POLICY service_insert ON public.administrative_actions FOR INSERT TO service_role WITH CHECK (true);
GRANT SELECT ON public.administrative_actions TO authenticated;
CREATE POLICY admin_read ON public.administrative_actions FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));
