-- What a request was, kept beside its idempotency key; and times that were kept while the clock was ahead, which must not lock
-- anybody out until the clock is there again.

CREATE TABLE public.idempotency_keys (
  user_id uuid NOT NULL CONSTRAINT idempotency_keys_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
  key uuid NOT NULL,
  digest bytea NOT NULL CONSTRAINT idempotency_keys_digest_check CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON public.idempotency_keys (created_at);
COMMENT ON TABLE public.idempotency_keys IS 'What was asked under each Idempotency-Key, for 30 days.';
COMMENT ON COLUMN public.idempotency_keys.digest IS 'SHA-256 of method, path and body: the same key with another digest is refused.';

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.idempotency_keys TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.idempotency_keys TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON public.idempotency_keys TO service_role;
GRANT SELECT, INSERT (user_id, key, digest) ON public.idempotency_keys TO authenticated;
CREATE POLICY own_read ON public.idempotency_keys FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_insert ON public.idempotency_keys FOR INSERT TO authenticated WITH CHECK (user_id = (SELECT auth.uid()));

-- By the clock and not by now(): a transaction that began before another one put something off
-- would take it for farther ahead than it can be.
CREATE FUNCTION public.is_due(at timestamptz, longest interval) RETURNS boolean
  LANGUAGE sql VOLATILE
AS $$
  SELECT at <= clock_timestamp() OR at > clock_timestamp() + longest
$$;
COMMENT ON FUNCTION public.is_due(timestamptz, interval) IS
  'Whether a time that is kept at most `longest` ahead has come. One farther ahead was kept while the clock was ahead, and has come too.';
GRANT EXECUTE ON FUNCTION public.is_due(timestamptz, interval) TO service_role;

CREATE OR REPLACE FUNCTION public.take_rate_limit(scope text, every interval, burst integer) RETURNS integer
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  moment timestamptz;
  arrival timestamptz;
  wait interval;
BEGIN
  IF every <= interval '0' OR burst < 1 THEN
    RAISE EXCEPTION 'take_rate_limit: every must be positive and burst at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO public.rate_limits AS held (scope, theoretical_arrival)
    VALUES (take_rate_limit.scope, clock_timestamp() + every)
    ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE
      SET theoretical_arrival = greatest(held.theoretical_arrival, clock_timestamp()) + every
      WHERE greatest(held.theoretical_arrival, clock_timestamp()) + every - burst * every <= clock_timestamp();
  IF FOUND THEN
    RETURN 0;
  END IF;
  SELECT held.theoretical_arrival INTO arrival
    FROM public.rate_limits AS held WHERE held.scope = take_rate_limit.scope FOR UPDATE;
  moment := clock_timestamp();
  -- No request is taken farther ahead than the whole burst: a later time was kept while the clock was ahead.
  IF arrival > moment + burst * every THEN
    arrival := moment + burst * every;
    UPDATE public.rate_limits AS held SET theoretical_arrival = arrival WHERE held.scope = take_rate_limit.scope;
  END IF;
  wait := arrival + every - burst * every - moment;
  RETURN greatest(1, ceil(extract(epoch FROM wait)))::integer;
END
$$;

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
    -- No request is taken farther ahead than the whole burst: a later time was kept while the clock was ahead.
    IF arrival > moment + given.tolerance + given.every THEN
      arrival := moment + given.tolerance + given.every;
      UPDATE public.rate_limits AS held SET theoretical_arrival = arrival WHERE held.scope = given.scope;
    END IF;
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

CREATE OR REPLACE FUNCTION public.rate_headroom(lines jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  WITH state AS (
    SELECT line.number, line.line, line.every, line.tolerance,
      greatest(interval '0', CASE WHEN held.theoretical_arrival > '-infinity'
        THEN least(held.theoretical_arrival - coalesce(at, clock_timestamp()), line.tolerance + line.every) END) AS ahead
    FROM public.rate_lines(lines) AS line LEFT JOIN public.rate_limits AS held ON held.scope = line.scope
  )
  SELECT coalesce(jsonb_agg(line || jsonb_build_object(
    'headroom', greatest(0, floor(extract(epoch FROM tolerance - ahead) / extract(epoch FROM every)) + 1)::bigint,
    'retryAfterMs', greatest(0, ceil(extract(epoch FROM ahead - tolerance) * 1000))::bigint) ORDER BY number), '[]') FROM state
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
    -- Nobody takes one for longer: a later end was kept while the clock was ahead. Whoever still runs renews it.
    UPDATE public.concurrency_leases AS held SET expires_at = moment + expires_in FROM public.lease_lines(lines) AS line
      WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id) AND held.expires_at > moment + expires_in;
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

CREATE OR REPLACE FUNCTION public.reserve_budget(request_id uuid, amount bigint, expires_in interval, lines jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  -- Nobody reserves for longer: a later end was kept while the clock was ahead.
  longest constant interval := '1 hour';
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
    IF known = 'held' AND expires > moment AND expires <= moment + longest THEN
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
    WHERE held.state = 'held' AND (held.expires_at <= moment OR held.expires_at > moment + longest)
      AND held.request_id <> reserve_budget.request_id
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

CREATE OR REPLACE FUNCTION public.budget_headroom(lines jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  WITH late AS (
    SELECT line.scope_type, line.scope_id, line.period, line.window_start, sum(held.amount_nano_usd)::bigint AS amount
    FROM public.budget_reservations AS held, public.budget_lines(held.lines) AS line
    WHERE held.state = 'held' AND public.is_due(held.expires_at, interval '1 hour')
    GROUP BY 1, 2, 3, 4
  ), state AS (
    SELECT line.number, line.line, line.limit_nano_usd, coalesce(spend.settled_nano_usd, 0) AS settled,
      coalesce(spend.reserved_nano_usd, 0) - coalesce(late.amount, 0) AS reserved
    FROM public.budget_lines(lines) AS line
      LEFT JOIN public.budget_spend AS spend USING (scope_type, scope_id, period, window_start)
      LEFT JOIN late USING (scope_type, scope_id, period, window_start)
  )
  SELECT coalesce(jsonb_agg(line || jsonb_build_object('settled', settled, 'reserved', reserved,
    'headroom', CASE WHEN limit_nano_usd IS NOT NULL THEN greatest(0, limit_nano_usd - settled - reserved) END) ORDER BY number), '[]') FROM state
$$;
