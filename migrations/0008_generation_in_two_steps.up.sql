-- A generation in two statements: one passes all gates, one bills, settles, lets go and stores. Between them nothing is
-- half done: what an attempt cost stands in the ledger and in the budgets by the same commit.

-- Attempts before the last are billed while the reservation is held for the next.
ALTER TABLE public.budget_reservations DROP CONSTRAINT budget_reservations_settled_check,
  ADD CONSTRAINT budget_reservations_settled_check CHECK (state <> 'settled' OR actual_nano_usd IS NOT NULL);
COMMENT ON COLUMN public.budget_reservations.actual_nano_usd IS
  'What its attempts cost so far: in the windows already, beside the amount that is set aside for the next. Null: nothing yet.';
COMMENT ON COLUMN public.budget_reservations.lines IS
  'The windows it counts against, as given to reserve_budget: array of {scopeType, scopeId, period, windowStart, limit, block, thresholds}.';

-- Without settings of its own the planner takes it into the statement around it, which is planned once per connection and
-- not at each call. Every caller has an empty search path.
CREATE OR REPLACE FUNCTION public.budget_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, period text, window_start timestamptz,
    limit_nano_usd bigint, block boolean)
  LANGUAGE sql STABLE
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid, given.line ->> 'period',
    (given.line ->> 'windowStart')::timestamptz, (given.line ->> 'limit')::bigint,
    coalesce((given.line ->> 'block')::boolean, true)
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;

CREATE OR REPLACE FUNCTION public.lease_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, most integer)
  LANGUAGE sql STABLE
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid, (given.line ->> 'limit')::integer
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;

-- Windows are made once and never removed: looking first spares every other request the attempt to make them again. Before
-- any is locked, so that nobody waits for a new one while they hold another.
CREATE OR REPLACE FUNCTION public.lock_budget_windows(lines jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  IF EXISTS (SELECT FROM public.budget_lines(lines) AS line WHERE NOT EXISTS (SELECT FROM public.budget_spend AS spend
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (line.scope_type, line.scope_id, line.period, line.window_start)))
  THEN
    INSERT INTO public.budget_spend (scope_type, scope_id, period, window_start)
      SELECT DISTINCT line.scope_type, line.scope_id, line.period, line.window_start FROM public.budget_lines(lines) AS line
      ORDER BY 1, 2, 3, 4
      ON CONFLICT DO NOTHING;
  END IF;
  PERFORM FROM public.budget_lines(lines) AS line JOIN public.budget_spend AS spend
      ON (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
       = (line.scope_type, line.scope_id, line.period, line.window_start)
    ORDER BY spend.scope_type, spend.scope_id, spend.period, spend.window_start
    FOR UPDATE OF spend;
END
$$;

CREATE OR REPLACE FUNCTION public.reserve_budget(request_id uuid, amount bigint, expires_in interval, lines jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  known text;
  expires timestamptz;
  own jsonb;
  late jsonb;
  refused record;
  state jsonb;
BEGIN
  IF amount < 0 THEN
    RAISE EXCEPTION 'reserve_budget: the amount must not be negative' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Before any window is locked, so that a repetition of a request waits here for the first and takes nothing.
  LOOP
    INSERT INTO public.budget_reservations AS held (request_id, amount_nano_usd, state, lines, expires_at)
      VALUES (reserve_budget.request_id, amount, 'held', lines, moment + expires_in)
      ON CONFLICT ON CONSTRAINT budget_reservations_pkey DO NOTHING;
    EXIT WHEN FOUND;
    SELECT held.state, held.expires_at INTO known, expires FROM public.budget_reservations AS held
      WHERE held.request_id = reserve_budget.request_id FOR UPDATE;
    -- Given back a moment ago: then this one is the first.
    CONTINUE WHEN NOT FOUND;
    -- One that expired is as good as given back: the server that held it is gone.
    IF known = 'held' AND expires > moment THEN
      RETURN jsonb_build_object('admitted', true, 'repeated', true, 'lines', public.budget_state(lines));
    ELSIF known = 'settled' THEN
      RETURN jsonb_build_object('admitted', false, 'reason', 'settled');
    ELSIF known = 'held' THEN
      SELECT jsonb_agg(line || jsonb_build_object('amount', held.amount_nano_usd)) INTO own
        FROM public.budget_reservations AS held, jsonb_array_elements(held.lines) AS line
        WHERE held.request_id = reserve_budget.request_id;
    END IF;
    UPDATE public.budget_reservations AS held
      SET amount_nano_usd = amount, state = 'held', lines = reserve_budget.lines, expires_at = moment + expires_in
      WHERE held.request_id = reserve_budget.request_id;
    EXIT;
  END LOOP;

  -- What requests hold that nobody ended in time: their server is gone. Those that another request is giving back or
  -- settling at this moment are passed over and count until it is done.
  WITH due AS (
    SELECT held.request_id FROM public.budget_reservations AS held
    WHERE held.state = 'held' AND held.expires_at <= moment AND held.request_id <> reserve_budget.request_id
    FOR UPDATE SKIP LOCKED
  ), expired AS (
    UPDATE public.budget_reservations AS held SET state = 'expired' FROM due WHERE held.request_id = due.request_id
    RETURNING held.amount_nano_usd, held.lines
  )
  SELECT jsonb_agg(line || jsonb_build_object('amount', expired.amount_nano_usd)) INTO late
    FROM expired, jsonb_array_elements(expired.lines) AS line;
  -- One's own with the others, so that all windows are locked in one go.
  late := coalesce(late || own, late, own);
  PERFORM public.lock_budget_windows(coalesce(reserve_budget.lines || late, reserve_budget.lines));
  IF late IS NOT NULL THEN
    UPDATE public.budget_spend AS spend SET reserved_nano_usd = spend.reserved_nano_usd - given_back.amount
      FROM (
        SELECT line.scope_type, line.scope_id, line.period, line.window_start, sum((line.line ->> 'amount')::bigint) AS amount
        FROM public.budget_lines(late) AS line GROUP BY 1, 2, 3, 4
      ) AS given_back
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (given_back.scope_type, given_back.scope_id, given_back.period, given_back.window_start);
  END IF;

  SELECT line.line, spend.settled_nano_usd, spend.reserved_nano_usd INTO refused
    FROM public.budget_lines(reserve_budget.lines) AS line JOIN public.budget_spend AS spend
      ON (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
       = (line.scope_type, line.scope_id, line.period, line.window_start)
    WHERE line.block AND spend.settled_nano_usd + spend.reserved_nano_usd + amount > line.limit_nano_usd
    ORDER BY line.number LIMIT 1;
  IF FOUND THEN
    DELETE FROM public.budget_reservations AS held WHERE held.request_id = reserve_budget.request_id;
    RETURN jsonb_build_object('admitted', false, 'reason', 'budget', 'line', refused.line,
      'settled', refused.settled_nano_usd, 'reserved', refused.reserved_nano_usd);
  END IF;
  WITH taken AS (
    UPDATE public.budget_spend AS spend SET reserved_nano_usd = spend.reserved_nano_usd + amount
      FROM public.budget_lines(reserve_budget.lines) AS line
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (line.scope_type, line.scope_id, line.period, line.window_start)
      RETURNING line.number, line.line || jsonb_build_object('settled', spend.settled_nano_usd, 'reserved', spend.reserved_nano_usd) AS line
  )
  SELECT coalesce(jsonb_agg(taken.line ORDER BY taken.number), '[]') INTO state FROM taken;
  RETURN jsonb_build_object('admitted', true, 'repeated', false, 'lines', state);
END
$$;

CREATE OR REPLACE FUNCTION public.settle_budget(request_id uuid, actual bigint) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  held public.budget_reservations;
  given_back bigint;
  state jsonb;
BEGIN
  IF actual < 0 THEN
    RAISE EXCEPTION 'settle_budget: the amount must not be negative' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT * INTO held FROM public.budget_reservations AS known
    WHERE known.request_id = settle_budget.request_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('settled', false);
  END IF;
  IF held.state = 'settled' THEN
    RETURN jsonb_build_object('settled', true, 'repeated', true, 'billed', 0, 'lines', public.budget_state(held.lines));
  END IF;
  -- An expired one was given back already; the money is spent all the same.
  given_back := CASE WHEN held.state = 'held' THEN held.amount_nano_usd ELSE 0 END;
  PERFORM public.lock_budget_windows(held.lines);
  WITH paid AS (
    UPDATE public.budget_spend AS spend
      SET reserved_nano_usd = spend.reserved_nano_usd - given_back, settled_nano_usd = spend.settled_nano_usd + actual
      FROM public.budget_lines(held.lines) AS line
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (line.scope_type, line.scope_id, line.period, line.window_start)
      RETURNING line.number, line.line || jsonb_build_object('settled', spend.settled_nano_usd, 'reserved', spend.reserved_nano_usd) AS line
  )
  SELECT coalesce(jsonb_agg(paid.line ORDER BY paid.number), '[]') INTO state FROM paid;
  UPDATE public.budget_reservations AS known SET state = 'settled', actual_nano_usd = coalesce(known.actual_nano_usd, 0) + actual
    WHERE known.request_id = settle_budget.request_id;
  RETURN jsonb_build_object('settled', true, 'repeated', false, 'billed', coalesce(held.actual_nano_usd, 0) + actual, 'lines', state);
END
$$;
COMMENT ON FUNCTION public.settle_budget(uuid, bigint) IS
  'Turns a reservation into what the request really cost since bill_attempts, exactly once. {settled, repeated, billed (in all), lines with limit, settled and reserved}: a threshold was passed when settled - billed was below it and settled is not. {settled: false}: no such reservation.';

-- See 0006_generation.up.sql for the rule. A request has one or two lines: they are read once, and each limit by its key.
CREATE OR REPLACE FUNCTION public.take_rate(lines jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  given record;
  moment timestamptz;
  arrival timestamptz;
  wait interval;
  longest interval := interval '0';
  refused jsonb;
BEGIN
  -- In one order, so that two requests never wait for each other in a circle.
  FOR given IN SELECT line.scope FROM public.rate_lines(lines) AS line ORDER BY 1 LOOP
    PERFORM FROM public.rate_limits AS held WHERE held.scope = given.scope FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO public.rate_limits AS held (scope, theoretical_arrival) VALUES (given.scope, '-infinity')
        ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE SET theoretical_arrival = held.theoretical_arrival;
    END IF;
  END LOOP;
  -- Only now: waiting for the locks took time.
  moment := coalesce(at, clock_timestamp());
  FOR given IN SELECT * FROM public.rate_lines(lines) AS line ORDER BY line.number LOOP
    SELECT held.theoretical_arrival INTO arrival FROM public.rate_limits AS held WHERE held.scope = given.scope;
    IF arrival > '-infinity' THEN
      wait := arrival - given.tolerance - moment;
      IF wait > longest THEN
        longest := wait;
        refused := given.line;
      END IF;
    END IF;
  END LOOP;
  IF refused IS NOT NULL THEN
    RETURN jsonb_build_object('admitted', false, 'line', refused,
      'retryAfterMs', ceil(extract(epoch FROM longest) * 1000)::bigint);
  END IF;
  UPDATE public.rate_limits AS held SET theoretical_arrival = greatest(moment, held.theoretical_arrival) + line.every
    FROM public.rate_lines(lines) AS line WHERE held.scope = line.scope;
  RETURN jsonb_build_object('admitted', true, 'retryAfterMs', 0);
END
$$;

CREATE OR REPLACE FUNCTION public.take_lease(request_id uuid, expires_in interval, lines jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  given record;
  moment timestamptz;
  refused record;
BEGIN
  -- There is no row to lock when nobody holds a lease. In one order, so that nobody waits in a circle.
  FOR given IN
    SELECT DISTINCT 'lease:' || line.scope_type || ':' || line.scope_id AS scope FROM public.lease_lines(lines) AS line ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(given.scope, 0));
  END LOOP;
  moment := clock_timestamp();
  SELECT line.line, taken.leases INTO refused
    FROM public.lease_lines(lines) AS line CROSS JOIN LATERAL (
      SELECT count(*) AS leases FROM public.concurrency_leases AS held
      WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id) AND held.request_id <> take_lease.request_id
        AND held.expires_at > moment
    ) AS taken
    WHERE taken.leases >= line.most ORDER BY line.number LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('admitted', false, 'line', refused.line, 'held', refused.leases);
  END IF;
  DELETE FROM public.concurrency_leases AS held USING public.lease_lines(lines) AS line
    WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id) AND held.expires_at <= moment;
  INSERT INTO public.concurrency_leases AS held (scope_type, scope_id, request_id, expires_at)
    SELECT DISTINCT line.scope_type, line.scope_id, take_lease.request_id, moment + expires_in
    FROM public.lease_lines(lines) AS line
    ON CONFLICT ON CONSTRAINT concurrency_leases_request_key DO UPDATE SET expires_at = excluded.expires_at;
  RETURN jsonb_build_object('admitted', true);
END
$$;

-- The first step

CREATE FUNCTION public.admit_generation(
  request_id uuid, amount bigint, reserved_for interval, leased_for interval, budgets jsonb, rates jsonb, places jsonb
) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  earlier record;
  reserved jsonb;
  taken jsonb;
BEGIN
  -- Without waiting for the disk, and for this transaction only. A crash of the database itself can then forget the last
  -- moments of what was taken; nothing of it was billed, and finish_generation, which waits, bills without a reservation too.
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT coalesce(max(log.attempt), 0) AS attempts, coalesce(bool_or(log.status = 'success'), false) AS made INTO earlier
    FROM public.generation_logs AS log WHERE log.request_id = admit_generation.request_id;
  IF earlier.made THEN
    RETURN jsonb_build_object('refusedBy', 'repeated');
  END IF;
  reserved := public.reserve_budget(request_id, amount, reserved_for, budgets);
  IF (reserved ->> 'repeated')::boolean OR reserved ->> 'reason' = 'settled' THEN
    RETURN jsonb_build_object('refusedBy', 'repeated');
  ELSIF NOT (reserved ->> 'admitted')::boolean THEN
    RETURN reserved || '{"refusedBy": "budget"}';
  END IF;
  taken := public.take_rate(rates);
  IF NOT (taken ->> 'admitted')::boolean THEN
    PERFORM public.release_budget(request_id);
    RETURN taken || '{"refusedBy": "rate"}';
  END IF;
  taken := public.take_lease(request_id, leased_for, places);
  IF NOT (taken ->> 'admitted')::boolean THEN
    -- Whoever waits for a free place asks again and again; that must not use up the rate of the requests that are sent.
    PERFORM public.give_rate_back(rates);
    PERFORM public.release_budget(request_id);
    RETURN taken || '{"refusedBy": "concurrency"}';
  END IF;
  RETURN jsonb_build_object('attempts', earlier.attempts, 'lines', reserved -> 'lines');
END
$$;
COMMENT ON FUNCTION public.admit_generation(uuid, bigint, interval, interval, jsonb, jsonb, jsonb) IS
  'Passes budget, rate and concurrency, in this order, or takes nothing. {attempts (of the same request before), lines} or {refusedBy: repeated | budget | rate | concurrency} with what that gate says.';
GRANT EXECUTE ON FUNCTION public.admit_generation(uuid, bigint, interval, interval, jsonb, jsonb, jsonb) TO service_role;

-- The ledger

CREATE FUNCTION public.record_attempts(attempts jsonb) RETURNS bigint
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
      conversation_id uuid, user_id uuid, organization_id uuid)
  LOOP
    number := given.attempt;
    LOOP
      INSERT INTO public.generation_logs (request_id, attempt, model, parameters, input_tokens, output_tokens,
          cache_write_tokens, cache_read_tokens, cost_nano_usd, price_version, duration_ms, status, error_code, retry_number,
          conversation_id, user_id, organization_id)
        VALUES (given.request_id, number, given.model, given.parameters, given.input_tokens, given.output_tokens,
          given.cache_write_tokens, given.cache_read_tokens, given.cost_nano_usd, given.price_version, given.duration_ms,
          given.status, given.error_code, given.retry_number, given.conversation_id, given.user_id, given.organization_id)
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
COMMENT ON FUNCTION public.record_attempts(jsonb) IS
  'Writes rows of generation_logs, given as an array of objects with its columns and ordinal (which call of this run it is, from 1); each once. Returns what the new ones cost.';
GRANT EXECUTE ON FUNCTION public.record_attempts(jsonb) TO service_role;

CREATE FUNCTION public.bill_attempts(request_id uuid, attempts jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  held public.budget_reservations;
  cost bigint;
  over record;
BEGIN
  SELECT * INTO held FROM public.budget_reservations AS known WHERE known.request_id = bill_attempts.request_id FOR UPDATE;
  IF NOT FOUND THEN
    -- Forgotten with a crash of the database: finish_generation records and bills it in one.
    RETURN jsonb_build_object('recorded', false);
  END IF;
  cost := public.record_attempts(attempts);
  IF cost = 0 THEN
    RETURN jsonb_build_object('recorded', true);
  END IF;
  PERFORM public.lock_budget_windows(held.lines);
  UPDATE public.budget_spend AS spend SET settled_nano_usd = spend.settled_nano_usd + cost
    FROM public.budget_lines(held.lines) AS line
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (line.scope_type, line.scope_id, line.period, line.window_start);
  UPDATE public.budget_reservations AS known SET actual_nano_usd = coalesce(known.actual_nano_usd, 0) + cost
    WHERE known.request_id = bill_attempts.request_id;
  -- What is set aside is for one attempt; the one that is billed now is beside it.
  SELECT line.line, spend.settled_nano_usd, spend.reserved_nano_usd INTO over
    FROM public.budget_lines(held.lines) AS line JOIN public.budget_spend AS spend
      ON (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
       = (line.scope_type, line.scope_id, line.period, line.window_start)
    WHERE line.block AND spend.settled_nano_usd + spend.reserved_nano_usd > line.limit_nano_usd
    ORDER BY line.number LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('recorded', true, 'line', over.line, 'settled', over.settled_nano_usd,
      'reserved', over.reserved_nano_usd - held.amount_nano_usd);
  END IF;
  RETURN jsonb_build_object('recorded', true);
END
$$;
COMMENT ON FUNCTION public.bill_attempts(uuid, jsonb) IS
  'Bills attempts that others may follow, beside what stays set aside for the next. {recorded}, and line, settled and reserved (by others) when the next would exceed a budget that blocks.';
GRANT EXECUTE ON FUNCTION public.bill_attempts(uuid, jsonb) TO service_role;

-- The second step

CREATE FUNCTION public.store_conversation(conversation jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  decided jsonb;
BEGIN
  -- Whoever left the organization meanwhile keeps what they made; the organization does not get it.
  INSERT INTO public.conversations (id, organization_id, title, persona, emotion, topic, intent, tone, tier, status,
      categories, quality_score, quality_metrics, turn_count, input_tokens, output_tokens, estimated_cost_nano_usd,
      actual_cost_nano_usd, generation_duration_ms, parameters, error, created_by, approved_at)
    SELECT given.id,
      (SELECT member.organization_id FROM public.organization_members AS member
        WHERE member.user_id = given.created_by AND member.organization_id = given.organization_id),
      given.title, given.persona, given.emotion, given.topic, given.intent, given.tone, given.tier, given.status,
      given.categories, given.quality_score, given.quality_metrics, given.turn_count, given.input_tokens,
      given.output_tokens, given.estimated_cost_nano_usd, given.actual_cost_nano_usd, given.generation_duration_ms,
      given.parameters, given.error, given.created_by, CASE WHEN given.status = 'approved' THEN now() END
    FROM jsonb_to_record(conversation) AS given (id uuid, organization_id uuid, title text, persona text, emotion text,
      topic text, intent text, tone text, tier text, status text, categories text[], quality_score numeric(3,1),
      quality_metrics jsonb, turn_count integer, input_tokens bigint, output_tokens bigint, estimated_cost_nano_usd bigint,
      actual_cost_nano_usd bigint, generation_duration_ms bigint, parameters jsonb, error text, created_by uuid)
    ON CONFLICT ON CONSTRAINT conversations_pkey DO NOTHING;
  IF FOUND THEN
    INSERT INTO public.conversation_turns (conversation_id, number, role, content, tokens)
      SELECT (conversation ->> 'id')::uuid, turn.number, turn.value ->> 'role', turn.value ->> 'content',
        (turn.value ->> 'tokens')::integer
      FROM jsonb_array_elements(conversation -> 'turns') WITH ORDINALITY AS turn (value, number);
  END IF;
  SELECT jsonb_build_object('publicId', stored.public_id, 'organizationId', stored.organization_id,
      'qualityScore', stored.quality_score, 'createdAt', stored.created_at, 'updatedAt', stored.updated_at,
      'approvedAt', stored.approved_at)
    INTO decided FROM public.conversations AS stored WHERE stored.id = (conversation ->> 'id')::uuid;
  RETURN decided;
END
$$;
COMMENT ON FUNCTION public.store_conversation(jsonb) IS
  'Stores a generated conversation, given as an object with the columns of conversations and turns, an array of {role, content, tokens}; once. Returns what the database decided about it.';
GRANT EXECUTE ON FUNCTION public.store_conversation(jsonb) TO service_role;

CREATE FUNCTION public.finish_generation(request_id uuid, attempts jsonb, budgets jsonb, conversation jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  stored jsonb;
  cost bigint;
  settled jsonb;
  line jsonb;
  before bigint;
  after bigint;
  share double precision;
  mark double precision;
  told jsonb := '[]';
BEGIN
  -- Before any budget is locked: it takes the longest, and others wait for budgets.
  IF conversation IS NOT NULL THEN
    stored := public.store_conversation(conversation);
  END IF;
  INSERT INTO public.budget_reservations AS known (request_id, amount_nano_usd, state, lines, expires_at)
    SELECT finish_generation.request_id, 0, 'expired', budgets, now()
    WHERE NOT EXISTS (SELECT FROM public.budget_reservations AS known WHERE known.request_id = finish_generation.request_id)
    ON CONFLICT ON CONSTRAINT budget_reservations_pkey DO NOTHING;
  PERFORM FROM public.budget_reservations AS known WHERE known.request_id = finish_generation.request_id FOR UPDATE;
  cost := public.record_attempts(attempts);
  settled := public.settle_budget(request_id, cost);
  IF (settled ->> 'repeated')::boolean AND cost > 0 THEN
    -- Another server has ended the same request, when this one was thought dead.
    PERFORM public.lock_budget_windows(budgets);
    UPDATE public.budget_spend AS spend SET settled_nano_usd = spend.settled_nano_usd + cost
      FROM public.budget_lines(budgets) AS counted
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (counted.scope_type, counted.scope_id, counted.period, counted.window_start);
    UPDATE public.budget_reservations AS known SET actual_nano_usd = known.actual_nano_usd + cost
      WHERE known.request_id = finish_generation.request_id;
  END IF;
  PERFORM public.release_lease(request_id);
  -- In simple expressions: a statement would cost more than all of them.
  FOR place IN 0 .. jsonb_array_length(settled -> 'lines') - 1 LOOP
    line := settled -> 'lines' -> place;
    after := (line ->> 'settled')::bigint;
    before := after - (settled ->> 'billed')::bigint;
    CONTINUE WHEN coalesce((line ->> 'limit')::bigint, 0) <= 0;
    FOR number IN 0 .. coalesce(jsonb_array_length(line -> 'thresholds'), 0) - 1 LOOP
      share := (line -> 'thresholds' ->> number)::double precision;
      mark := (line ->> 'limit')::bigint * share;
      CONTINUE WHEN after < mark OR before >= mark;
      IF public.note_budget_alert(line ->> 'scopeType', (line ->> 'scopeId')::uuid, line ->> 'period',
        (line ->> 'windowStart')::timestamptz, share)
      THEN
        told := told || (line || jsonb_build_object('threshold', share));
      END IF;
    END LOOP;
  END LOOP;
  RETURN jsonb_build_object('conversation', stored, 'told', told);
END
$$;
COMMENT ON FUNCTION public.finish_generation(uuid, jsonb, jsonb, jsonb) IS
  'Ends a request, all of it or nothing: records attempts (see record_attempts), turns the reservation into what they cost, frees its places, notes thresholds and stores the conversation, if there is one. budgets: the lines of admit_generation, for a reservation that a crash of the database forgot. {conversation, told: lines with threshold, each told once}. Repeated, it bills nothing again.';
GRANT EXECUTE ON FUNCTION public.finish_generation(uuid, jsonb, jsonb, jsonb) TO service_role;
