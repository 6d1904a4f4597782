-- Every page of history in the time of the first one, however long the history: for each filter an index in the order of pages.
-- What nearly every change is (an update, of preferences, by whoever they belong to) needs none and is left out, so that a usual
-- save does not write more.

-- What a person did elsewhere stands in their own list too; without this, looking for it walks through all that they did at home.
-- Both columns go the same way, unlike in the other indexes: pages ask for a range of both, which no other index has in order.
CREATE INDEX configuration_audit_log_elsewhere_idx ON public.configuration_audit_log (changed_by, sequence)
  WHERE owner_user_id IS DISTINCT FROM changed_by;
CREATE INDEX configuration_audit_log_owner_user_action_idx ON public.configuration_audit_log (owner_user_id, action, sequence DESC)
  WHERE owner_user_id IS NOT NULL AND action <> 'updated';
CREATE INDEX configuration_audit_log_owner_user_type_idx ON public.configuration_audit_log (owner_user_id, config_type, sequence DESC)
  WHERE owner_user_id IS NOT NULL AND config_type <> 'user_preference';
CREATE INDEX configuration_audit_log_owner_user_actor_idx ON public.configuration_audit_log (owner_user_id, changed_by, sequence DESC)
  WHERE owner_user_id IS NOT NULL AND owner_user_id IS DISTINCT FROM changed_by;
CREATE INDEX configuration_audit_log_organization_action_idx
  ON public.configuration_audit_log (owner_organization_id, action, sequence DESC) WHERE owner_organization_id IS NOT NULL;
CREATE INDEX configuration_audit_log_organization_type_idx
  ON public.configuration_audit_log (owner_organization_id, config_type, sequence DESC) WHERE owner_organization_id IS NOT NULL;
CREATE INDEX configuration_audit_log_organization_actor_idx
  ON public.configuration_audit_log (owner_organization_id, changed_by, sequence DESC) WHERE owner_organization_id IS NOT NULL;
CREATE INDEX configuration_audit_log_target_idx ON public.configuration_audit_log (target_id, sequence DESC);

-- The history of one setting. A change has several, so they stand in a table of their own.
CREATE TABLE public.configuration_audit_paths (
  owner_id uuid NOT NULL,
  path text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL
);
COMMENT ON TABLE public.configuration_audit_paths IS
  'Which settings the changes of the history are about, to find them by. Follows configuration_audit_log, from which it can be made anew.';
COMMENT ON COLUMN public.configuration_audit_paths.owner_id IS 'The person or the organization whose configuration it is.';
COMMENT ON COLUMN public.configuration_audit_paths.path IS 'A changed setting, or a group that it is in.';
COMMENT ON COLUMN public.configuration_audit_paths.sequence IS 'The change, by its place in configuration_audit_log.';

-- Without a SET clause, so that PostgreSQL puts it into the statement that asks. A group comes once for each setting in it.
CREATE FUNCTION public.changed_paths(changes jsonb) RETURNS SETOF text
  LANGUAGE sql IMMUTABLE
AS $$
  SELECT array_to_string(parts[1:depth], '.')
    FROM jsonb_array_elements(changes) AS change
      CROSS JOIN LATERAL (SELECT string_to_array(change ->> 'path', '.') AS parts) AS whole
      CROSS JOIN LATERAL unnest(parts) WITH ORDINALITY AS part (name, depth)
$$;
COMMENT ON FUNCTION public.changed_paths(jsonb) IS 'The settings that a change is about, and the groups that they are in.';

INSERT INTO public.configuration_audit_paths (owner_id, path, sequence)
  SELECT DISTINCT coalesce(log.owner_user_id, log.owner_organization_id), path COLLATE "C", log.sequence
    FROM public.configuration_audit_log AS log CROSS JOIN LATERAL public.changed_paths(log.changes) AS path
    WHERE coalesce(log.owner_user_id, log.owner_organization_id) IS NOT NULL;
-- After the rows: with a long history it takes a fraction of the time.
ALTER TABLE public.configuration_audit_paths
  ADD CONSTRAINT configuration_audit_paths_pkey PRIMARY KEY (owner_id, path, sequence);

CREATE FUNCTION public.note_changed_paths() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.configuration_audit_paths (owner_id, path, sequence)
    SELECT coalesce(NEW.owner_user_id, NEW.owner_organization_id), path, NEW.sequence FROM public.changed_paths(NEW.changes) AS path
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_paths AFTER INSERT ON public.configuration_audit_log FOR EACH ROW
  WHEN (coalesce(NEW.owner_user_id, NEW.owner_organization_id) IS NOT NULL) EXECUTE FUNCTION public.note_changed_paths();

CREATE FUNCTION public.forget_changed_paths() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.configuration_audit_paths AS known USING (
    SELECT coalesce(gone.owner_user_id, gone.owner_organization_id) AS owner_id, path, gone.sequence
      FROM gone CROSS JOIN LATERAL public.changed_paths(gone.changes) AS path
  ) AS of_gone
  WHERE known.owner_id = of_gone.owner_id AND known.path = of_gone.path AND known.sequence = of_gone.sequence;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_paths AFTER DELETE ON public.configuration_audit_log REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION public.forget_changed_paths();

ALTER TABLE public.configuration_audit_paths ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.configuration_audit_paths TO train_owner USING (true) WITH CHECK (true);
GRANT SELECT ON public.configuration_audit_paths TO authenticated, service_role;
CREATE POLICY service_read ON public.configuration_audit_paths FOR SELECT TO service_role USING (true);
CREATE POLICY own_read ON public.configuration_audit_paths FOR SELECT TO authenticated USING (owner_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.configuration_audit_paths FOR SELECT TO authenticated
  USING (owner_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.configuration_audit_paths FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));
