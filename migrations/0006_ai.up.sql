-- AI configuration in layers: what a person and an organization set, the organization's ceilings,
-- corrections to the catalog of models, and the encrypted keys. Only what somebody set is stored;
-- the program knows the defaults and the environment.

CREATE TABLE public.ai_configurations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid CONSTRAINT ai_configurations_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  organization_id uuid CONSTRAINT ai_configurations_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  config_name text NOT NULL CONSTRAINT ai_configurations_config_name_check
    CHECK (length(config_name) BETWEEN 1 AND 100),
  configuration jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT ai_configurations_configuration_check CHECK (jsonb_typeof(configuration) = 'object'),
  is_active boolean NOT NULL DEFAULT true,
  priority integer NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  created_by uuid CONSTRAINT ai_configurations_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ai_configurations_owner_check CHECK (num_nonnulls(user_id, organization_id) = 1),
  CONSTRAINT ai_configurations_user_name_key UNIQUE (user_id, config_name),
  CONSTRAINT ai_configurations_organization_name_key UNIQUE (organization_id, config_name),
  CONSTRAINT ai_configurations_secret_check CHECK (configuration::text NOT LIKE '%sk-ant-%')
);
CREATE INDEX ai_configurations_user_active_idx ON public.ai_configurations (user_id, priority DESC)
  WHERE is_active AND user_id IS NOT NULL;
CREATE INDEX ai_configurations_organization_active_idx
  ON public.ai_configurations (organization_id, priority DESC)
  WHERE is_active AND organization_id IS NOT NULL;
CREATE INDEX ai_configurations_configuration_idx ON public.ai_configurations
  USING gin (configuration jsonb_path_ops);
CREATE INDEX ai_configurations_created_by_idx ON public.ai_configurations (created_by);
COMMENT ON TABLE public.ai_configurations IS
  'Named configurations of a person or an organization. Of the active ones the one with the '
  'highest priority applies, then the newest, then the lowest id.';
COMMENT ON COLUMN public.ai_configurations.user_id IS 'Whose it is; null for an organization''s.';
COMMENT ON COLUMN public.ai_configurations.organization_id IS 'Whose it is; null for a person''s.';
COMMENT ON COLUMN public.ai_configurations.configuration IS
  'Sparse: only what was set, in the sections model, rateLimiting, retryStrategy, costBudget, '
  'apiKeys, timeouts. Budgets are numbers in US dollars. Never a key: those are in vault.secrets.';
COMMENT ON COLUMN public.ai_configurations.is_active IS 'Whether it counts at all.';
COMMENT ON COLUMN public.ai_configurations.priority IS 'The highest of the active ones applies.';
COMMENT ON COLUMN public.ai_configurations.version IS
  'Counted by trigger: one more with each change of name, configuration, activity or priority, '
  'whatever the statement says.';
COMMENT ON COLUMN public.ai_configurations.created_by IS
  'The caller, whatever the statement says; null when the account is gone or it was the system.';
COMMENT ON CONSTRAINT ai_configurations_secret_check ON public.ai_configurations IS
  'The last net under the program''s own checks: history keeps a value for ever, so a key must '
  'never become one.';

CREATE TABLE public.organization_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL CONSTRAINT organization_policies_organization_id_key UNIQUE
    CONSTRAINT organization_policies_organization_id_fkey
      REFERENCES public.organizations (id) ON DELETE CASCADE,
  ceilings jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT organization_policies_ceilings_check CHECK (jsonb_typeof(ceilings) = 'object'),
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.organization_policies IS
  'One row per organization, made with it: what no configuration of its people can exceed.';
COMMENT ON COLUMN public.organization_policies.ceilings IS
  'Sparse and flat: dailyBudget, weeklyBudget, monthlyBudget (US dollars), requestsPerMinute, '
  'concurrentRequests, burstAllowance, maxTokens, allowedModels (array of ids).';
COMMENT ON COLUMN public.organization_policies.version IS
  'Counted by trigger, like ai_configurations.version.';

CREATE TABLE public.model_overrides (
  model_id text PRIMARY KEY
    CONSTRAINT model_overrides_model_id_check CHECK (length(model_id) BETWEEN 1 AND 100),
  entry jsonb NOT NULL CONSTRAINT model_overrides_entry_check
    CHECK (jsonb_typeof(entry) = 'object'),
  updated_by uuid DEFAULT auth.uid() CONSTRAINT model_overrides_updated_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.model_overrides FOR EACH ROW
  EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.model_overrides IS
  'What administrators added to, or corrected in, the catalog of models that comes with the '
  'program.';
COMMENT ON COLUMN public.model_overrides.model_id IS 'As the provider names the model.';
COMMENT ON COLUMN public.model_overrides.entry IS
  'In the form of the catalog: merged over the entry of that id in the program, or the whole of a '
  'model that the program does not know.';
COMMENT ON COLUMN public.model_overrides.updated_by IS
  'Who set it last; null when the account is gone or it was the system.';
CREATE TRIGGER set_updated_by BEFORE INSERT OR UPDATE ON public.model_overrides
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_by();

CREATE TABLE vault.secrets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scope_type text NOT NULL CONSTRAINT secrets_scope_type_check
    CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT secrets_name_check CHECK (length(name) BETWEEN 1 AND 100),
  version bigint NOT NULL CONSTRAINT secrets_version_check CHECK (version >= 1),
  key_id text NOT NULL CONSTRAINT secrets_key_id_check CHECK (key_id ~ '^[0-9a-f]{8}$'),
  nonce bytea CONSTRAINT secrets_nonce_check CHECK (octet_length(nonce) = 24),
  ciphertext bytea CONSTRAINT secrets_ciphertext_check CHECK (octet_length(ciphertext) > 16),
  masked text NOT NULL CONSTRAINT secrets_masked_check CHECK (length(masked) <= 40),
  state text NOT NULL CONSTRAINT secrets_state_check
    CHECK (state IN ('primary', 'secondary', 'revoked')),
  grace_until timestamptz,
  revision bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid,
  CONSTRAINT secrets_version_key UNIQUE (scope_type, scope_id, name, version),
  CONSTRAINT secrets_wiped_check
    CHECK ((state = 'revoked') = (ciphertext IS NULL) AND (ciphertext IS NULL) = (nonce IS NULL)),
  CONSTRAINT secrets_grace_check CHECK (state <> 'secondary' OR grace_until IS NOT NULL)
);
CREATE UNIQUE INDEX secrets_primary_key ON vault.secrets (scope_type, scope_id, name)
  WHERE state = 'primary';
CREATE INDEX secrets_key_id_idx ON vault.secrets (key_id) WHERE ciphertext IS NOT NULL;
COMMENT ON TABLE vault.secrets IS
  'Keys of people and organizations, encrypted by the program with XChaCha20-Poly1305 under a '
  'master key that the database never sees.';
COMMENT ON COLUMN vault.secrets.scope_id IS
  'The account or the organization; no foreign key, because it is one of two tables. Triggers '
  'remove the keys of who is gone.';
COMMENT ON COLUMN vault.secrets.name IS 'What the key is for.';
COMMENT ON COLUMN vault.secrets.version IS
  'Counts the keys of one scope and name from 1; sealed into the ciphertext.';
COMMENT ON COLUMN vault.secrets.key_id IS
  'Which master key: the first 8 hexadecimal digits of its SHA-256.';
COMMENT ON COLUMN vault.secrets.nonce IS
  '24 random bytes; null as soon as the key is revoked.';
COMMENT ON COLUMN vault.secrets.ciphertext IS
  'With its tag. Null as soon as the key is revoked: what nobody may use need not exist.';
COMMENT ON COLUMN vault.secrets.masked IS 'How people see it, for example sk-ant-…a1b2.';
COMMENT ON COLUMN vault.secrets.state IS
  'primary: in use, at most one; secondary: the one before, in use until grace_until if the '
  'primary is refused; revoked: gone.';
COMMENT ON COLUMN vault.secrets.grace_until IS 'Until when a secondary key may be used.';
COMMENT ON COLUMN vault.secrets.revision IS
  'Counted by trigger: one more with each change of state; the version of its history.';
COMMENT ON COLUMN vault.secrets.created_by IS
  'The account that stored it, kept after the account is gone.';

-- Versions

CREATE FUNCTION public.count_ai_configuration_version() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  before record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.config_name, NEW.configuration, NEW.is_active, NEW.priority)
      IS DISTINCT FROM (OLD.config_name, OLD.configuration, OLD.is_active, OLD.priority)
    THEN
      NEW.version := OLD.version + 1;
      NEW.updated_at := now();
    ELSE
      NEW.version := OLD.version;
    END IF;
    RETURN NEW;
  END IF;
  -- A configuration that is restored after it was deleted keeps its id, and its history goes on.
  SELECT log.version, log.config_type, log.owner_user_id, log.owner_organization_id INTO before
    FROM public.configuration_audit_log AS log
    WHERE log.target_id = NEW.id ORDER BY log.version DESC LIMIT 1;
  IF FOUND AND (before.config_type, before.owner_user_id, before.owner_organization_id)
    IS DISTINCT FROM ('ai_config', NEW.user_id, NEW.organization_id)
  THEN
    RAISE EXCEPTION 'this id belongs to the history of somebody else'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.version := coalesce(before.version, 0) + 1;
  NEW.created_by := coalesce(auth.uid(), NEW.created_by);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION public.count_ai_configuration_version() IS
  'Nobody can skip, repeat or forge a version; a save that changes nothing leaves no trace. Runs '
  'as the owner to read the history of a restored row.';
CREATE TRIGGER count_version BEFORE INSERT OR UPDATE ON public.ai_configurations
  FOR EACH ROW EXECUTE FUNCTION public.count_ai_configuration_version();

CREATE FUNCTION vault.count_secret_revision() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.revision := 1;
  ELSIF OLD.state = 'revoked' AND NEW.state <> 'revoked' THEN
    RAISE EXCEPTION 'a revoked key stays revoked' USING ERRCODE = 'check_violation';
  ELSE
    NEW.revision := OLD.revision + (NEW.state <> OLD.state)::integer;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER count_revision BEFORE INSERT OR UPDATE ON vault.secrets
  FOR EACH ROW EXECUTE FUNCTION vault.count_secret_revision();

-- History

CREATE FUNCTION public.ai_configuration_value(stored public.ai_configurations) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT jsonb_build_object('configName', stored.config_name, 'isActive', stored.is_active,
    'priority', stored.priority, 'configuration', stored.configuration)
$$;
COMMENT ON FUNCTION public.ai_configuration_value(public.ai_configurations) IS
  'What history records of a configuration, enough to restore it.';

CREATE FUNCTION public.record_ai_configuration() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM public.record_change('ai_config', OLD.id, OLD.user_id, OLD.organization_id,
      'deleted', OLD.version + 1, public.ai_configuration_value(OLD), NULL);
  ELSIF TG_OP = 'INSERT' THEN
    PERFORM public.record_change('ai_config', NEW.id, NEW.user_id, NEW.organization_id,
      'created', NEW.version, NULL, public.ai_configuration_value(NEW));
  ELSE
    PERFORM public.record_change('ai_config', NEW.id, NEW.user_id, NEW.organization_id,
      CASE
        WHEN (OLD.config_name, OLD.configuration, OLD.priority)
          IS DISTINCT FROM (NEW.config_name, NEW.configuration, NEW.priority) THEN 'updated'
        WHEN NEW.is_active THEN 'activated'
        ELSE 'deactivated'
      END,
      NEW.version, public.ai_configuration_value(OLD), public.ai_configuration_value(NEW));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER record_insert AFTER INSERT ON public.ai_configurations
  FOR EACH ROW EXECUTE FUNCTION public.record_ai_configuration();
CREATE TRIGGER record_update AFTER UPDATE ON public.ai_configurations FOR EACH ROW
  WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION public.record_ai_configuration();
CREATE TRIGGER record_delete AFTER DELETE ON public.ai_configurations
  FOR EACH ROW EXECUTE FUNCTION public.record_ai_configuration();

-- Each key is a target of its own: its history is how its state changed. The key itself is never a
-- value.
CREATE FUNCTION vault.secret_value(secret vault.secrets) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT jsonb_build_object('masked', secret.masked, 'version', secret.version,
    'state', secret.state)
$$;

CREATE FUNCTION vault.record_secret() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  secret vault.secrets := coalesce(NEW, OLD);
  person uuid := CASE WHEN secret.scope_type = 'person' THEN secret.scope_id END;
  organization uuid := CASE WHEN secret.scope_type = 'organization' THEN secret.scope_id END;
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM public.record_change('api_key', OLD.id, person, organization,
      'deleted', OLD.revision + 1, vault.secret_value(OLD), NULL);
  ELSIF TG_OP = 'INSERT' THEN
    PERFORM public.record_change('api_key', NEW.id, person, organization,
      CASE WHEN NEW.version = 1 THEN 'created' ELSE 'rotated' END, NEW.revision,
      NULL, vault.secret_value(NEW));
  ELSE
    PERFORM public.record_change('api_key', NEW.id, person, organization,
      CASE WHEN NEW.state = 'revoked' THEN 'deactivated' ELSE 'updated' END, NEW.revision,
      vault.secret_value(OLD), vault.secret_value(NEW));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER record_insert AFTER INSERT ON vault.secrets FOR EACH ROW
  EXECUTE FUNCTION vault.record_secret();
-- A key encrypted anew under another master key is still the same key.
CREATE TRIGGER record_update AFTER UPDATE ON vault.secrets FOR EACH ROW
  WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION vault.record_secret();
CREATE TRIGGER record_delete AFTER DELETE ON vault.secrets FOR EACH ROW
  EXECUTE FUNCTION vault.record_secret();

CREATE VIEW public.ai_configuration_audit WITH (security_invoker = true) AS
  SELECT * FROM public.configuration_audit_log
    WHERE config_type IN ('ai_config', 'organization_policy', 'api_key');
COMMENT ON VIEW public.ai_configuration_audit IS
  'The history of AI configurations, ceilings and keys, as far as the reader may see history.';
GRANT SELECT ON public.ai_configuration_audit TO authenticated, service_role;

-- Rows that come and go with their owner

CALL public.keep_versions('public.organization_policies', 'ceilings', 'organization_policy',
  'public.organizations');

CREATE FUNCTION vault.forget_secrets() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM vault.secrets AS secret
    WHERE secret.scope_type = TG_ARGV[0] AND secret.scope_id = OLD.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_secrets AFTER DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION vault.forget_secrets('person');
CREATE TRIGGER forget_secrets AFTER DELETE ON public.organizations
  FOR EACH ROW EXECUTE FUNCTION vault.forget_secrets('organization');

CREATE FUNCTION public.notify_model_catalog_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM pg_notify('train_events', '{"type": "model-catalog-changed"}');
  RETURN NULL;
END
$$;
CREATE TRIGGER notify_model_catalog_changed AFTER INSERT OR UPDATE OR DELETE
  ON public.model_overrides
  FOR EACH STATEMENT EXECUTE FUNCTION public.notify_model_catalog_changed();

-- What applies

CREATE FUNCTION public.what_is_set(layer jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = ''
AS $$
BEGIN
  IF jsonb_typeof(layer) <> 'object' THEN
    RETURN layer;
  END IF;
  RETURN (SELECT coalesce(jsonb_object_agg(field.key, field.kept), '{}')
    FROM (SELECT key, public.what_is_set(value) AS kept FROM jsonb_each(layer)) AS field
    WHERE field.kept NOT IN ('null', '{}'));
END
$$;
COMMENT ON FUNCTION public.what_is_set(jsonb) IS
  'A layer without nulls and empty objects: they set nothing, and what is below applies.';
GRANT EXECUTE ON FUNCTION public.what_is_set(jsonb) TO authenticated, service_role;

CREATE FUNCTION public.merge_layers(lower jsonb, upper jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = ''
AS $$
BEGIN
  IF jsonb_typeof(lower) IS DISTINCT FROM 'object' OR jsonb_typeof(upper) IS DISTINCT FROM 'object'
  THEN
    RETURN coalesce(upper, lower);
  END IF;
  RETURN lower || (
    SELECT coalesce(jsonb_object_agg(key, public.merge_layers(lower -> key, value)), '{}')
    FROM jsonb_each(upper));
END
$$;
COMMENT ON FUNCTION public.merge_layers(jsonb, jsonb) IS
  'The upper layer over the lower, field by field at every depth. Arrays and scalars are leaves. '
  'Both as what_is_set leaves them.';
GRANT EXECUTE ON FUNCTION public.merge_layers(jsonb, jsonb) TO authenticated, service_role;

CREATE FUNCTION public.apply_ceilings(configuration jsonb, ceilings jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = ''
AS $$
DECLARE
  place text[];
  ceiling jsonb;
BEGIN
  FOREACH place SLICE 1 IN ARRAY ARRAY[
    ['costBudget', 'dailyBudget'], ['costBudget', 'weeklyBudget'], ['costBudget', 'monthlyBudget'],
    ['rateLimiting', 'requestsPerMinute'], ['rateLimiting', 'concurrentRequests'],
    ['rateLimiting', 'burstAllowance'], ['model', 'maxTokens']]
  LOOP
    ceiling := ceilings -> place[2];
    IF jsonb_typeof(ceiling) = 'number' AND jsonb_typeof(configuration #> place) = 'number' THEN
      IF (configuration #>> place)::numeric > (ceilings ->> place[2])::numeric THEN
        configuration := jsonb_set(configuration, place, ceiling);
      END IF;
    END IF;
  END LOOP;
  IF jsonb_typeof(ceilings -> 'allowedModels') = 'array'
    AND jsonb_typeof(configuration #> '{model,model}') = 'string'
    AND NOT ceilings -> 'allowedModels' @> (configuration #> '{model,model}')
  THEN
    configuration := configuration #- '{model,model}';
  END IF;
  -- A budget under a ceiling is one that nobody passes, so it blocks whatever the organization
  -- chose for its own.
  IF configuration #>> '{costBudget,enforcement}' = 'alert' AND EXISTS (
    SELECT FROM unnest(ARRAY['dailyBudget', 'weeklyBudget', 'monthlyBudget']) AS name
    WHERE jsonb_typeof(ceilings -> name) = 'number')
  THEN
    configuration := jsonb_set(configuration, '{costBudget,enforcement}', '"block"');
  END IF;
  RETURN public.what_is_set(configuration);
END
$$;
COMMENT ON FUNCTION public.apply_ceilings(jsonb, jsonb) IS
  'Lowers the values that are set and exceed their ceiling; takes away a model that is not '
  'allowed; budgets under a ceiling block. Adds nothing.';
GRANT EXECUTE ON FUNCTION public.apply_ceilings(jsonb, jsonb) TO authenticated, service_role;

CREATE FUNCTION public.get_effective_ai_config(user_id uuid) RETURNS jsonb
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  organization uuid;
  own jsonb;
  theirs jsonb;
  ceilings jsonb;
BEGIN
  -- The system has no claims. Whoever has claims, or the role of people, is a person and sees their
  -- own.
  IF get_effective_ai_config.user_id IS DISTINCT FROM auth.uid() AND NOT auth.is_admin()
    AND (auth.uid() IS NOT NULL OR current_setting('role') = 'authenticated')
  THEN
    RAISE EXCEPTION 'another person''s configuration is not shown'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT member.organization_id INTO organization
    FROM public.organization_members AS member
    WHERE member.user_id = get_effective_ai_config.user_id;
  SELECT stored.configuration INTO own FROM public.ai_configurations AS stored
    WHERE stored.user_id = get_effective_ai_config.user_id AND stored.is_active
    ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id LIMIT 1;
  SELECT stored.configuration INTO theirs FROM public.ai_configurations AS stored
    WHERE stored.organization_id = organization AND stored.is_active
    ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id LIMIT 1;
  -- A person tightens the organization's enforcement and never loosens it: what the organization
  -- has, or inherits, applies.
  IF organization IS NOT NULL AND own #>> '{costBudget,enforcement}' = 'alert' THEN
    own := own #- '{costBudget,enforcement}';
  END IF;
  SELECT policy.ceilings INTO ceilings FROM public.organization_policies AS policy
    WHERE policy.organization_id = organization;
  RETURN public.apply_ceilings(
    public.merge_layers(coalesce(public.what_is_set(theirs), '{}'),
      coalesce(public.what_is_set(own), '{}')),
    coalesce(ceilings, '{}'));
END
$$;
COMMENT ON FUNCTION public.get_effective_ai_config(uuid) IS
  'What the stored layers give for a person: the organization''s configuration, the person''s '
  'over it but for an enforcement that would loosen the organization''s, the organization''s '
  'ceilings. Without defaults and environment, which only the program knows.';
GRANT EXECUTE ON FUNCTION public.get_effective_ai_config(uuid) TO authenticated, service_role;

-- Row-level security

-- The owner of a configuration never changes: no grant for its column.
CALL public.protect('public.ai_configurations',
  'SELECT, INSERT, DELETE, UPDATE (config_name, configuration, is_active, priority, version)');
CALL public.protect('public.organization_policies', 'SELECT, UPDATE (ceilings, version)');
CALL public.protect('public.model_overrides', 'SELECT, INSERT, DELETE, UPDATE (entry, updated_by)');
-- Everything else of a key is written once. Keys are removed only with their owner.
CALL public.protect('vault.secrets',
  'SELECT, INSERT, UPDATE (key_id, nonce, ciphertext, state, grace_until)');

-- A configuration's times decide which of two applies. Its version and author are set by trigger,
-- whatever is said.
GRANT SELECT, DELETE, INSERT (id, user_id, organization_id, config_name, configuration, is_active,
  priority, version, created_by), UPDATE (config_name, configuration, is_active, priority, version)
  ON public.ai_configurations TO authenticated;
CREATE POLICY own_all ON public.ai_configurations TO authenticated
  USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY member_read ON public.ai_configurations FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
CREATE POLICY manager_write ON public.ai_configurations TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()))
  WITH CHECK (organization_id = (SELECT auth.administered_organization()));
-- As with preferences: an administrator sees what a person set, and sets for organizations, not for
-- people.
CREATE POLICY admin_read ON public.ai_configurations FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
CREATE POLICY admin_write ON public.ai_configurations TO authenticated
  USING (organization_id IS NOT NULL AND (SELECT auth.is_admin()))
  WITH CHECK (organization_id IS NOT NULL AND (SELECT auth.is_admin()));

GRANT SELECT, UPDATE (ceilings, version) ON public.organization_policies TO authenticated;
CREATE POLICY member_read ON public.organization_policies FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
CREATE POLICY manager_update ON public.organization_policies FOR UPDATE TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()))
  WITH CHECK (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.organization_policies FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
CREATE POLICY admin_update ON public.organization_policies FOR UPDATE TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));

-- An administrator corrects a model in their own name.
GRANT SELECT, INSERT (model_id, entry), DELETE, UPDATE (entry)
  ON public.model_overrides TO authenticated;
CREATE POLICY person_read ON public.model_overrides FOR SELECT TO authenticated
  USING ((SELECT auth.uid()) IS NOT NULL);
CREATE POLICY admin_write ON public.model_overrides TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));
