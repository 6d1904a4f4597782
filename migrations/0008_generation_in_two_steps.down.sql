DROP FUNCTION public.finish_generation(uuid, jsonb, jsonb, jsonb);
DROP FUNCTION public.store_conversation(jsonb);
DROP FUNCTION public.bill_attempts(uuid, jsonb);
DROP FUNCTION public.record_attempts(jsonb);
DROP FUNCTION public.admit_generation(uuid, bigint, interval, interval, jsonb, jsonb, jsonb);

CREATE OR REPLACE FUNCTION public.budget_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, period text, window_start timestamptz,
    limit_nano_usd bigint, block boolean)
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid, given.line ->> 'period',
    (given.line ->> 'windowStart')::timestamptz, (given.line ->> 'limit')::bigint,
    coalesce((given.line ->> 'block')::boolean, true)
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;

CREATE OR REPLACE FUNCTION public.lease_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, most integer)
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid, (given.line ->> 'limit')::integer
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;

CREATE OR REPLACE FUNCTION public.lock_budget_windows(lines jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.budget_spend (scope_type, scope_id, period, window_start)
    SELECT DISTINCT line.scope_type, line.scope_id, line.period, line.window_start FROM public.budget_lines(lines) AS line
    ORDER BY 1, 2, 3, 4
    ON CONFLICT DO NOTHING;
  PERFORM FROM public.budget_spend AS spend
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start) IN
      (SELECT line.scope_type, line.scope_id, line.period, line.window_start FROM public.budget_lines(lines) AS line)
    ORDER BY spend.scope_type, spend.scope_id, spend.period, spend.window_start
    FOR UPDATE;
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
  SELECT coalesce(jsonb_agg(line || jsonb_build_object('amount', expired.amount_nano_usd)), '[]') INTO late
    FROM expired, jsonb_array_elements(expired.lines) AS line;
  -- One's own with the others, so that all windows are locked in one go.
  late := late || coalesce(own, '[]');
  PERFORM public.lock_budget_windows(reserve_budget.lines || late);
  UPDATE public.budget_spend AS spend SET reserved_nano_usd = spend.reserved_nano_usd - given_back.amount
    FROM (
      SELECT line.scope_type, line.scope_id, line.period, line.window_start, sum((line.line ->> 'amount')::bigint) AS amount
      FROM public.budget_lines(late) AS line GROUP BY 1, 2, 3, 4
    ) AS given_back
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (given_back.scope_type, given_back.scope_id, given_back.period, given_back.window_start);

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
  UPDATE public.budget_spend AS spend SET reserved_nano_usd = spend.reserved_nano_usd + amount
    FROM public.budget_lines(reserve_budget.lines) AS line
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (line.scope_type, line.scope_id, line.period, line.window_start);
  RETURN jsonb_build_object('admitted', true, 'repeated', false, 'lines', public.budget_state(reserve_budget.lines));
END
$$;

CREATE OR REPLACE FUNCTION public.settle_budget(request_id uuid, actual bigint) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  held public.budget_reservations;
  given_back bigint;
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
  UPDATE public.budget_spend AS spend
    SET reserved_nano_usd = spend.reserved_nano_usd - given_back, settled_nano_usd = spend.settled_nano_usd + actual
    FROM public.budget_lines(held.lines) AS line
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (line.scope_type, line.scope_id, line.period, line.window_start);
  UPDATE public.budget_reservations AS known SET state = 'settled', actual_nano_usd = actual
    WHERE known.request_id = settle_budget.request_id;
  RETURN jsonb_build_object('settled', true, 'repeated', false, 'billed', actual, 'lines', public.budget_state(held.lines));
END
$$;
COMMENT ON FUNCTION public.settle_budget(uuid, bigint) IS
  'Turns a reservation into what the request really cost, exactly once. {settled, repeated, billed, lines with limit, settled and reserved}: a threshold was passed when settled - billed was below it and settled is not. {settled: false}: no such reservation.';

CREATE OR REPLACE FUNCTION public.take_rate(lines jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  moment timestamptz;
  refused record;
BEGIN
  INSERT INTO public.rate_limits (scope, theoretical_arrival)
    SELECT line.scope, '-infinity' FROM public.rate_lines(lines) AS line ORDER BY 1
    ON CONFLICT ON CONSTRAINT rate_limits_pkey DO NOTHING;
  -- In one order, so that two requests never wait for each other in a circle.
  PERFORM FROM public.rate_limits AS held
    WHERE held.scope IN (SELECT line.scope FROM public.rate_lines(lines) AS line) ORDER BY held.scope FOR UPDATE;
  -- Only now: waiting for the locks took time.
  moment := coalesce(at, clock_timestamp());
  SELECT line.line, held.theoretical_arrival - line.tolerance - moment AS wait INTO refused
    FROM public.rate_lines(lines) AS line JOIN public.rate_limits AS held ON held.scope = line.scope
    WHERE held.theoretical_arrival > '-infinity' AND moment < held.theoretical_arrival - line.tolerance
    ORDER BY wait DESC, line.number LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('admitted', false, 'line', refused.line,
      'retryAfterMs', ceil(extract(epoch FROM refused.wait) * 1000)::bigint);
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
  scope text;
  moment timestamptz;
  refused record;
BEGIN
  -- There is no row to lock when nobody holds a lease. In one order, so that nobody waits in a circle.
  FOR scope IN
    SELECT DISTINCT 'lease:' || line.scope_type || ':' || line.scope_id FROM public.lease_lines(lines) AS line ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(scope, 0));
  END LOOP;
  moment := clock_timestamp();
  DELETE FROM public.concurrency_leases AS held USING public.lease_lines(lines) AS line
    WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id) AND held.expires_at <= moment;
  SELECT line.line, taken.leases INTO refused
    FROM public.lease_lines(lines) AS line CROSS JOIN LATERAL (
      SELECT count(*) AS leases FROM public.concurrency_leases AS held
      WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id) AND held.request_id <> take_lease.request_id
    ) AS taken
    WHERE taken.leases >= line.most ORDER BY line.number LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('admitted', false, 'line', refused.line, 'held', refused.leases);
  END IF;
  INSERT INTO public.concurrency_leases AS held (scope_type, scope_id, request_id, expires_at)
    SELECT DISTINCT line.scope_type, line.scope_id, take_lease.request_id, moment + expires_in
    FROM public.lease_lines(lines) AS line
    ON CONFLICT ON CONSTRAINT concurrency_leases_request_key DO UPDATE SET expires_at = excluded.expires_at;
  RETURN jsonb_build_object('admitted', true);
END
$$;

UPDATE public.budget_reservations SET actual_nano_usd = NULL WHERE state <> 'settled';
ALTER TABLE public.budget_reservations DROP CONSTRAINT budget_reservations_settled_check,
  ADD CONSTRAINT budget_reservations_settled_check CHECK ((state = 'settled') = (actual_nano_usd IS NOT NULL));
COMMENT ON COLUMN public.budget_reservations.actual_nano_usd IS NULL;
COMMENT ON COLUMN public.budget_reservations.lines IS 'The windows it counts against, as given to reserve_budget: array of {scopeType, scopeId, period, windowStart, limit, block}.';
