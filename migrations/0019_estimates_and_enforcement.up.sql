-- What attempts may have cost although nobody counted it, limits of an organization that its people cannot loosen, tries of a backup,
-- and a question that tells whether the database can write.

-- Estimated costs

ALTER TABLE public.generation_logs ADD COLUMN estimated boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN public.generation_logs.estimated IS
  'Claude did not say what the attempt cost, as after a timeout: tokens and cost are ours, at least the prompt and what was seen of the answer.';

CREATE OR REPLACE FUNCTION public.record_attempts(attempts jsonb) RETURNS bigint
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  given record;
  known bigint;
  number integer;
  cost bigint := 0;
BEGIN
  FOR given IN
    SELECT * FROM jsonb_to_recordset(attempts) AS attempt (request_id uuid, ordinal integer, attempt integer, model text,
      parameters jsonb, input_tokens bigint, output_tokens bigint, cache_write_tokens bigint, cache_read_tokens bigint,
      cost_nano_usd bigint, price_version text, duration_ms bigint, status text, error_code text, retry_number integer,
      conversation_id uuid, user_id uuid, organization_id uuid, estimated boolean)
  LOOP
    number := given.attempt;
    LOOP
      INSERT INTO public.generation_logs (request_id, attempt, model, parameters, input_tokens, output_tokens,
          cache_write_tokens, cache_read_tokens, cost_nano_usd, price_version, duration_ms, status, error_code, retry_number,
          conversation_id, user_id, organization_id, estimated)
        VALUES (given.request_id, number, given.model, given.parameters, given.input_tokens, given.output_tokens,
          given.cache_write_tokens, given.cache_read_tokens, given.cost_nano_usd, given.price_version, given.duration_ms,
          given.status, given.error_code, given.retry_number, given.conversation_id, given.user_id, given.organization_id,
          coalesce(given.estimated, false))
        ON CONFLICT ON CONSTRAINT generation_logs_attempt_key DO NOTHING;
      IF FOUND THEN
        cost := cost + given.cost_nano_usd;
        EXIT;
      END IF;
      -- Either this was told before and its answer was lost, or another server made the same request when this one was
      -- thought dead: then both calls were made, and both are billed.
      SELECT count(*) INTO known FROM public.generation_logs AS log
        WHERE log.request_id = given.request_id AND log.conversation_id = given.conversation_id;
      EXIT WHEN known >= given.ordinal;
      number := number + 1;
    END LOOP;
  END LOOP;
  RETURN cost;
END
$$;

-- Enforcement

CREATE OR REPLACE FUNCTION public.apply_ceilings(configuration jsonb, ceilings jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = ''
AS $$
DECLARE
  place text[];
  ceiling jsonb;
BEGIN
  FOREACH place SLICE 1 IN ARRAY ARRAY[
    ['costBudget', 'dailyBudget'], ['costBudget', 'weeklyBudget'], ['costBudget', 'monthlyBudget'],
    ['rateLimiting', 'requestsPerMinute'], ['rateLimiting', 'concurrentRequests'], ['rateLimiting', 'burstAllowance'],
    ['model', 'maxTokens']]
  LOOP
    ceiling := ceilings -> place[2];
    IF jsonb_typeof(ceiling) = 'number' AND jsonb_typeof(configuration #> place) = 'number' THEN
      IF (configuration #>> place)::numeric > (ceilings ->> place[2])::numeric THEN
        configuration := jsonb_set(configuration, place, ceiling);
      END IF;
    END IF;
  END LOOP;
  IF jsonb_typeof(ceilings -> 'allowedModels') = 'array' AND jsonb_typeof(configuration #> '{model,model}') = 'string'
    AND NOT ceilings -> 'allowedModels' @> (configuration #> '{model,model}')
  THEN
    configuration := configuration #- '{model,model}';
  END IF;
  -- A budget under a ceiling is one that nobody passes, so it blocks whatever the organization chose for its own.
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
  'Lowers the values that are set and exceed their ceiling; takes away a model that is not allowed; budgets under a ceiling block. Adds nothing.';

CREATE OR REPLACE FUNCTION public.get_effective_ai_config(user_id uuid) RETURNS jsonb
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  organization uuid;
  own jsonb;
  theirs jsonb;
  ceilings jsonb;
BEGIN
  -- The system has no claims. Whoever has claims, or the role of people, is a person and sees their own.
  IF get_effective_ai_config.user_id IS DISTINCT FROM auth.uid() AND NOT auth.is_admin()
    AND (auth.uid() IS NOT NULL OR current_setting('role') = 'authenticated')
  THEN
    RAISE EXCEPTION 'another person''s configuration is not shown' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT member.organization_id INTO organization
    FROM public.organization_members AS member WHERE member.user_id = get_effective_ai_config.user_id;
  SELECT stored.configuration INTO own FROM public.ai_configurations AS stored
    WHERE stored.user_id = get_effective_ai_config.user_id AND stored.is_active
    ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id LIMIT 1;
  SELECT stored.configuration INTO theirs FROM public.ai_configurations AS stored
    WHERE stored.organization_id = organization AND stored.is_active
    ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id LIMIT 1;
  -- A person tightens the organization's enforcement and never loosens it: what the organization has, or inherits, applies.
  IF organization IS NOT NULL AND own #>> '{costBudget,enforcement}' = 'alert' THEN
    own := own #- '{costBudget,enforcement}';
  END IF;
  SELECT policy.ceilings INTO ceilings FROM public.organization_policies AS policy WHERE policy.organization_id = organization;
  RETURN public.apply_ceilings(
    public.merge_layers(coalesce(public.what_is_set(theirs), '{}'), coalesce(public.what_is_set(own), '{}')),
    coalesce(ceilings, '{}'));
END
$$;
COMMENT ON FUNCTION public.get_effective_ai_config(uuid) IS
  'What the stored layers give for a person: the organization''s configuration, the person''s over it but for an enforcement that would loosen the organization''s, the organization''s ceilings. Without defaults and environment, which only the program knows.';

-- Backups

ALTER TABLE public.database_backups ADD COLUMN attempts integer NOT NULL DEFAULT 1
  CONSTRAINT database_backups_attempts_check CHECK (attempts >= 1);
COMMENT ON COLUMN public.database_backups.attempts IS
  'How often pg_dump was run for it: once more after each failure that may pass, within bounds.';
COMMENT ON COLUMN public.database_backups.error_message IS
  'Why it failed; while it runs, why the attempt before the present one failed.';

-- Readiness

CREATE FUNCTION public.can_write() RETURNS boolean
  LANGUAGE sql VOLATILE SET search_path = ''
AS $$
  SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN false
    ELSE pg_export_snapshot() IS NOT NULL END
$$;
COMMENT ON FUNCTION public.can_write() IS
  'Whether the database takes changes: false when it is read-only, an error (53100) when its disk is full. A snapshot is exported, which writes a file of some bytes that goes with the transaction: nothing else asks the disk and leaves no rows, files or transaction numbers behind. Inside a transaction only.';
GRANT EXECUTE ON FUNCTION public.can_write() TO service_role;
