-- Generation: the gates that every request passes (budget, rate, concurrency), the ledger of what it cost, and the
-- conversations that it makes. The gates are functions here and not code in the server, because all server processes share
-- them: one statement decides and takes, on the database's clock.

-- Budgets

CREATE TABLE public.budget_spend (
  scope_type text NOT NULL CONSTRAINT budget_spend_scope_type_check CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  period text NOT NULL CONSTRAINT budget_spend_period_check CHECK (period IN ('day', 'week', 'month')),
  window_start timestamptz NOT NULL,
  settled_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT budget_spend_settled_check CHECK (settled_nano_usd >= 0),
  reserved_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT budget_spend_reserved_check CHECK (reserved_nano_usd >= 0),
  PRIMARY KEY (scope_type, scope_id, period, window_start)
);
COMMENT ON TABLE public.budget_spend IS
  'What a person or an organization spent in one calendar window, in nano-dollars (10^-9 US dollars). The program computes the windows in the scope''s time zone.';
COMMENT ON COLUMN public.budget_spend.settled_nano_usd IS 'Of requests that ended: what they cost.';
COMMENT ON COLUMN public.budget_spend.reserved_nano_usd IS 'Of requests under way: the most they can cost.';

CREATE TABLE public.budget_reservations (
  request_id uuid PRIMARY KEY,
  amount_nano_usd bigint NOT NULL CONSTRAINT budget_reservations_amount_check CHECK (amount_nano_usd >= 0),
  actual_nano_usd bigint CONSTRAINT budget_reservations_actual_check CHECK (actual_nano_usd >= 0),
  state text NOT NULL CONSTRAINT budget_reservations_state_check CHECK (state IN ('held', 'expired', 'settled')),
  lines jsonb NOT NULL CONSTRAINT budget_reservations_lines_check CHECK (jsonb_typeof(lines) = 'array'),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT budget_reservations_settled_check CHECK ((state = 'settled') = (actual_nano_usd IS NOT NULL))
);
CREATE INDEX budget_reservations_expires_at_idx ON public.budget_reservations (expires_at) WHERE state = 'held';
CREATE INDEX budget_reservations_created_at_idx ON public.budget_reservations (created_at);
COMMENT ON TABLE public.budget_reservations IS 'What each request set aside. Kept after it is settled, so that a repeated settlement bills nothing.';
COMMENT ON COLUMN public.budget_reservations.state IS
  'held: counted as reserved; expired: given back, because nobody settled it in time; settled: its cost is known.';
COMMENT ON COLUMN public.budget_reservations.lines IS 'The windows it counts against, as given to reserve_budget: array of {scopeType, scopeId, period, windowStart, limit, block}.';

CREATE TABLE public.budget_alerts (
  scope_type text NOT NULL CONSTRAINT budget_alerts_scope_type_check CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  period text NOT NULL CONSTRAINT budget_alerts_period_check CHECK (period IN ('day', 'week', 'month')),
  window_start timestamptz NOT NULL,
  threshold double precision NOT NULL CONSTRAINT budget_alerts_threshold_check CHECK (threshold > 0 AND threshold <= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope_type, scope_id, period, window_start, threshold)
);
COMMENT ON TABLE public.budget_alerts IS 'Which thresholds were told of, each once per window.';
COMMENT ON COLUMN public.budget_alerts.threshold IS 'Part of the budget, as written in costBudget.alertThresholds.';

CREATE FUNCTION public.budget_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, period text, window_start timestamptz,
    limit_nano_usd bigint, block boolean)
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid, given.line ->> 'period',
    (given.line ->> 'windowStart')::timestamptz, (given.line ->> 'limit')::bigint,
    coalesce((given.line ->> 'block')::boolean, true)
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;
COMMENT ON FUNCTION public.budget_lines(jsonb) IS
  'Reads [{scopeType, scopeId, period, windowStart, limit (nano-dollars, absent for none), block (absent: true)}]; each window once.';
GRANT EXECUTE ON FUNCTION public.budget_lines(jsonb) TO service_role;

-- Whoever changes spending locks reservations first and then windows, in the order of their key, in one go: two requests
-- can wait for each other, but never in a circle.
CREATE FUNCTION public.lock_budget_windows(lines jsonb) RETURNS void
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
GRANT EXECUTE ON FUNCTION public.lock_budget_windows(jsonb) TO service_role;

CREATE FUNCTION public.budget_state(lines jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT coalesce(jsonb_agg(line.line || jsonb_build_object(
    'settled', coalesce(spend.settled_nano_usd, 0), 'reserved', coalesce(spend.reserved_nano_usd, 0)) ORDER BY line.number), '[]')
  FROM public.budget_lines(lines) AS line LEFT JOIN public.budget_spend AS spend
    ON (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
     = (line.scope_type, line.scope_id, line.period, line.window_start)
$$;
COMMENT ON FUNCTION public.budget_state(jsonb) IS 'The lines, each with what is settled and reserved in its window.';
GRANT EXECUTE ON FUNCTION public.budget_state(jsonb) TO service_role;

CREATE FUNCTION public.reserve_budget(request_id uuid, amount bigint, expires_in interval, lines jsonb) RETURNS jsonb
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
COMMENT ON FUNCTION public.reserve_budget(uuid, bigint, interval, jsonb) IS
  'Sets an amount aside in every window of lines (see budget_lines), or in none. {admitted, repeated, lines with settled and reserved} or {admitted: false, reason: budget | settled, line, settled, reserved}. The same request_id takes once.';
GRANT EXECUTE ON FUNCTION public.reserve_budget(uuid, bigint, interval, jsonb) TO service_role;

CREATE FUNCTION public.settle_budget(request_id uuid, actual bigint) RETURNS jsonb
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
GRANT EXECUTE ON FUNCTION public.settle_budget(uuid, bigint) TO service_role;

CREATE FUNCTION public.release_budget(request_id uuid) RETURNS boolean
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  held public.budget_reservations;
BEGIN
  SELECT * INTO held FROM public.budget_reservations AS known
    WHERE known.request_id = release_budget.request_id AND known.state = 'held' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM public.lock_budget_windows(held.lines);
  UPDATE public.budget_spend AS spend SET reserved_nano_usd = spend.reserved_nano_usd - held.amount_nano_usd
    FROM public.budget_lines(held.lines) AS line
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (line.scope_type, line.scope_id, line.period, line.window_start);
  DELETE FROM public.budget_reservations AS known WHERE known.request_id = release_budget.request_id;
  RETURN true;
END
$$;
COMMENT ON FUNCTION public.release_budget(uuid) IS
  'Gives a reservation back as if it had never been, for a request that was not sent; its id may be used again. False when there is none.';
GRANT EXECUTE ON FUNCTION public.release_budget(uuid) TO service_role;

CREATE FUNCTION public.note_budget_alert(
  scope_type text, scope_id uuid, period text, window_start timestamptz, threshold double precision
) RETURNS boolean
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.budget_alerts (scope_type, scope_id, period, window_start, threshold)
    VALUES (note_budget_alert.scope_type, note_budget_alert.scope_id, note_budget_alert.period,
      note_budget_alert.window_start, note_budget_alert.threshold)
    ON CONFLICT ON CONSTRAINT budget_alerts_pkey DO NOTHING;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION public.note_budget_alert(text, uuid, text, timestamptz, double precision) IS
  'True for the one who notes it first and so has to tell people.';
GRANT EXECUTE ON FUNCTION public.note_budget_alert(text, uuid, text, timestamptz, double precision) TO service_role;

CREATE FUNCTION public.budget_headroom(lines jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  WITH late AS (
    SELECT line.scope_type, line.scope_id, line.period, line.window_start, sum(held.amount_nano_usd)::bigint AS amount
    FROM public.budget_reservations AS held, public.budget_lines(held.lines) AS line
    WHERE held.state = 'held' AND held.expires_at <= clock_timestamp()
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
COMMENT ON FUNCTION public.budget_headroom(jsonb) IS
  'The lines, each with settled, reserved and headroom (null without a limit) as a reservation would find them now. Takes nothing.';
GRANT EXECUTE ON FUNCTION public.budget_headroom(jsonb) TO service_role;

-- Rate: public.rate_limits of step 2, with scopes generation:person:… and generation:organization:…

CREATE FUNCTION public.rate_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope text, every interval, tolerance interval)
  LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
BEGIN
  IF EXISTS (SELECT FROM jsonb_array_elements(lines) AS given
    WHERE coalesce((given ->> 'requestsPerMinute')::integer < 1 OR (given ->> 'burst')::integer < 0, true))
  THEN
    RAISE EXCEPTION 'a rate limit needs requestsPerMinute of at least 1 and burst of at least 0'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY SELECT given.number, given.line, 'generation:' || (given.line ->> 'scopeType') || ':' || (given.line ->> 'scopeId'),
    make_interval(secs => 60.0 / (given.line ->> 'requestsPerMinute')::integer),
    make_interval(secs => 60.0 / (given.line ->> 'requestsPerMinute')::integer) * (given.line ->> 'burst')::integer
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number);
END
$$;
COMMENT ON FUNCTION public.rate_lines(jsonb) IS 'Reads [{scopeType, scopeId, requestsPerMinute, burst}].';
GRANT EXECUTE ON FUNCTION public.rate_lines(jsonb) TO service_role;

-- Generic cell rate algorithm, ITU-T I.371 (virtual scheduling): with T = 60 s / requestsPerMinute, tau = burst * T and TAT =
-- theoretical_arrival, a request at t conforms when t >= TAT - tau; then TAT becomes max(t, TAT) + T. From an idle state
-- burst + 1 requests conform at once, then one every T.
CREATE FUNCTION public.take_rate(lines jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
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
COMMENT ON FUNCTION public.take_rate(jsonb, timestamptz) IS
  'Takes one request of every line''s limit, or of none. {admitted, retryAfterMs, line}: the line that makes wait longest. `at` replaces the clock in tests.';
GRANT EXECUTE ON FUNCTION public.take_rate(jsonb, timestamptz) TO service_role;

CREATE FUNCTION public.give_rate_back(lines jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM FROM public.rate_limits AS held
    WHERE held.scope IN (SELECT line.scope FROM public.rate_lines(lines) AS line) ORDER BY held.scope FOR UPDATE;
  -- One T earlier is where it would be without this request: a TAT in the past admits like none.
  UPDATE public.rate_limits AS held SET theoretical_arrival = held.theoretical_arrival - line.every
    FROM public.rate_lines(lines) AS line WHERE held.scope = line.scope AND held.theoretical_arrival > '-infinity';
END
$$;
COMMENT ON FUNCTION public.give_rate_back(jsonb) IS
  'Undoes one take_rate with the same lines, for a request that another limit then refused.';
GRANT EXECUTE ON FUNCTION public.give_rate_back(jsonb) TO service_role;

CREATE FUNCTION public.rate_headroom(lines jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  WITH state AS (
    SELECT line.number, line.line, line.every, line.tolerance,
      greatest(interval '0', CASE WHEN held.theoretical_arrival > '-infinity'
        THEN held.theoretical_arrival - coalesce(at, clock_timestamp()) END) AS ahead
    FROM public.rate_lines(lines) AS line LEFT JOIN public.rate_limits AS held ON held.scope = line.scope
  )
  SELECT coalesce(jsonb_agg(line || jsonb_build_object(
    'headroom', greatest(0, floor(extract(epoch FROM tolerance - ahead) / extract(epoch FROM every)) + 1)::bigint,
    'retryAfterMs', greatest(0, ceil(extract(epoch FROM ahead - tolerance) * 1000))::bigint) ORDER BY number), '[]') FROM state
$$;
COMMENT ON FUNCTION public.rate_headroom(jsonb, timestamptz) IS
  'The lines, each with headroom (requests that would be admitted at once) and retryAfterMs. Takes nothing.';
GRANT EXECUTE ON FUNCTION public.rate_headroom(jsonb, timestamptz) TO service_role;

-- Concurrency

CREATE TABLE public.concurrency_leases (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scope_type text NOT NULL CONSTRAINT concurrency_leases_scope_type_check CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  request_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT concurrency_leases_request_key UNIQUE (request_id, scope_type, scope_id)
);
CREATE INDEX concurrency_leases_scope_idx ON public.concurrency_leases (scope_type, scope_id);
COMMENT ON TABLE public.concurrency_leases IS 'One row per request under way and scope that it counts against. A row past expires_at counts for nothing.';

CREATE FUNCTION public.lease_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, most integer)
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid, (given.line ->> 'limit')::integer
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;
COMMENT ON FUNCTION public.lease_lines(jsonb) IS 'Reads [{scopeType, scopeId, limit (absent for none)}].';
GRANT EXECUTE ON FUNCTION public.lease_lines(jsonb) TO service_role;

CREATE FUNCTION public.take_lease(request_id uuid, expires_in interval, lines jsonb) RETURNS jsonb
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
COMMENT ON FUNCTION public.take_lease(uuid, interval, jsonb) IS
  'A lease in every line''s scope, or in none. {admitted} or {admitted: false, line, held}. The same request_id renews its own.';
GRANT EXECUTE ON FUNCTION public.take_lease(uuid, interval, jsonb) TO service_role;

CREATE FUNCTION public.renew_lease(request_id uuid, expires_in interval) RETURNS boolean
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  -- Not an expired one: somebody else may have its place.
  UPDATE public.concurrency_leases AS held SET expires_at = clock_timestamp() + expires_in
    WHERE held.request_id = renew_lease.request_id AND held.expires_at > clock_timestamp();
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION public.renew_lease(uuid, interval) IS 'False when the request holds none any more.';
GRANT EXECUTE ON FUNCTION public.renew_lease(uuid, interval) TO service_role;

CREATE FUNCTION public.release_lease(request_id uuid) RETURNS boolean
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.concurrency_leases AS held WHERE held.request_id = release_lease.request_id;
  RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION public.release_lease(uuid) TO service_role;

CREATE FUNCTION public.lease_headroom(lines jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT coalesce(jsonb_agg(line.line || jsonb_build_object('held', taken.leases,
    'headroom', CASE WHEN line.most IS NOT NULL THEN greatest(0, line.most - taken.leases) END) ORDER BY line.number), '[]')
  FROM public.lease_lines(lines) AS line CROSS JOIN LATERAL (
    SELECT count(*) AS leases FROM public.concurrency_leases AS held
    WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id) AND held.expires_at > clock_timestamp()
  ) AS taken
$$;
COMMENT ON FUNCTION public.lease_headroom(jsonb) IS 'The lines, each with held and headroom (null without a limit). Takes nothing.';
GRANT EXECUTE ON FUNCTION public.lease_headroom(jsonb) TO service_role;

-- The ledger

CREATE TABLE public.generation_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id uuid NOT NULL,
  attempt integer NOT NULL CONSTRAINT generation_logs_attempt_check CHECK (attempt >= 1),
  model text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}' CONSTRAINT generation_logs_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
  input_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT generation_logs_input_check CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT generation_logs_output_check CHECK (output_tokens >= 0),
  cache_write_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT generation_logs_cache_write_check CHECK (cache_write_tokens >= 0),
  cache_read_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT generation_logs_cache_read_check CHECK (cache_read_tokens >= 0),
  cost_nano_usd bigint NOT NULL CONSTRAINT generation_logs_cost_check CHECK (cost_nano_usd >= 0),
  price_version text NOT NULL,
  duration_ms bigint NOT NULL CONSTRAINT generation_logs_duration_check CHECK (duration_ms >= 0),
  status text NOT NULL CONSTRAINT generation_logs_status_check
    CHECK (status IN ('success', 'failed', 'rate_limited', 'timeout', 'cancelled')),
  error_code text,
  retry_number integer NOT NULL DEFAULT 0 CONSTRAINT generation_logs_retry_check CHECK (retry_number >= 0),
  conversation_id uuid,
  user_id uuid NOT NULL,
  organization_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT generation_logs_attempt_key UNIQUE (request_id, attempt)
);
CREATE INDEX generation_logs_user_idx ON public.generation_logs (user_id, created_at DESC);
CREATE INDEX generation_logs_organization_idx ON public.generation_logs (organization_id, created_at DESC)
  WHERE organization_id IS NOT NULL;
CREATE INDEX generation_logs_conversation_idx ON public.generation_logs (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX generation_logs_created_at_idx ON public.generation_logs (created_at);
COMMENT ON TABLE public.generation_logs IS
  'The ledger: one row per attempt to call the model, append-only. No foreign keys: what was spent stays spent when an account or a conversation goes.';
COMMENT ON COLUMN public.generation_logs.attempt IS 'Counts the calls of one request from 1; a repeated row is refused, so nothing is billed twice.';
COMMENT ON COLUMN public.generation_logs.parameters IS 'What was sent to the model besides the text.';
COMMENT ON COLUMN public.generation_logs.cost_nano_usd IS 'Nano-dollars (10^-9 US dollars).';
COMMENT ON COLUMN public.generation_logs.price_version IS 'Which prices the cost was computed with.';
COMMENT ON COLUMN public.generation_logs.retry_number IS 'How many retries came before; a second attempt with another key is none.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.generation_logs
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_history_change();

-- Conversations

CREATE TABLE public.conversations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  public_id text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 12)
    CONSTRAINT conversations_public_id_key UNIQUE
    CONSTRAINT conversations_public_id_check CHECK (public_id ~ '^[A-Za-z0-9_-]{4,40}$'),
  organization_id uuid CONSTRAINT conversations_organization_id_fkey REFERENCES public.organizations (id) ON DELETE SET NULL,
  title text NOT NULL DEFAULT '' CONSTRAINT conversations_title_check CHECK (length(title) <= 300),
  persona text NOT NULL DEFAULT '',
  emotion text NOT NULL DEFAULT '',
  topic text NOT NULL DEFAULT '',
  intent text NOT NULL DEFAULT '',
  tone text NOT NULL DEFAULT '',
  tier text NOT NULL CONSTRAINT conversations_tier_check CHECK (tier IN ('template', 'scenario', 'edge_case')),
  status text NOT NULL DEFAULT 'draft' CONSTRAINT conversations_status_check CHECK (status IN ('draft', 'generated',
    'pending_review', 'approved', 'rejected', 'needs_revision', 'none', 'failed', 'archived')),
  categories text[] NOT NULL DEFAULT '{}',
  quality_score numeric(3,1) CONSTRAINT conversations_quality_score_check CHECK (quality_score BETWEEN 0 AND 10),
  quality_metrics jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT conversations_quality_metrics_check CHECK (jsonb_typeof(quality_metrics) = 'object'),
  turn_count integer NOT NULL DEFAULT 0 CONSTRAINT conversations_turn_count_check CHECK (turn_count >= 0),
  input_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT conversations_input_tokens_check CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT conversations_output_tokens_check CHECK (output_tokens >= 0),
  estimated_cost_nano_usd bigint CONSTRAINT conversations_estimated_cost_check CHECK (estimated_cost_nano_usd >= 0),
  actual_cost_nano_usd bigint CONSTRAINT conversations_actual_cost_check CHECK (actual_cost_nano_usd >= 0),
  generation_duration_ms bigint CONSTRAINT conversations_duration_check CHECK (generation_duration_ms >= 0),
  parameters jsonb NOT NULL DEFAULT '{}' CONSTRAINT conversations_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
  error text,
  review_history jsonb NOT NULL DEFAULT '[]'
    CONSTRAINT conversations_review_history_check CHECK (jsonb_typeof(review_history) = 'array'),
  is_demonstration boolean NOT NULL DEFAULT false,
  created_by uuid DEFAULT auth.uid() CONSTRAINT conversations_created_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_by uuid CONSTRAINT conversations_updated_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  approved_by uuid CONSTRAINT conversations_approved_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  approved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', topic), 'B')
    || to_tsvector('english', persona || ' ' || emotion || ' ' || intent || ' ' || tone)) STORED
);
CREATE INDEX conversations_status_quality_idx ON public.conversations (status, quality_score);
CREATE INDEX conversations_tier_status_idx ON public.conversations (tier, status, created_at DESC);
CREATE INDEX conversations_pending_review_idx ON public.conversations (quality_score, id) WHERE status = 'pending_review';
CREATE INDEX conversations_created_by_idx ON public.conversations (created_by, created_at DESC, id);
CREATE INDEX conversations_organization_idx ON public.conversations (organization_id, created_at DESC, id);
CREATE INDEX conversations_updated_by_idx ON public.conversations (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX conversations_approved_by_idx ON public.conversations (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX conversations_categories_idx ON public.conversations USING gin (categories);
CREATE INDEX conversations_search_idx ON public.conversations USING gin (search);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.conversations FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.conversations IS 'Training conversations, from the draft to the approved one.';
COMMENT ON COLUMN public.conversations.public_id IS 'Short name for addresses and exports.';
COMMENT ON COLUMN public.conversations.organization_id IS 'Whose members read it; null: only its author.';
COMMENT ON COLUMN public.conversations.quality_metrics IS 'What quality_score was computed from.';
COMMENT ON COLUMN public.conversations.parameters IS 'What generation was asked for: number of turns, instructions, model settings.';
COMMENT ON COLUMN public.conversations.error IS 'Why generation failed, for people.';
COMMENT ON COLUMN public.conversations.review_history IS 'Array of {action, by, at, comment}, oldest first.';
COMMENT ON COLUMN public.conversations.is_demonstration IS 'Made by `train demo`, and removed with it.';

CREATE TABLE public.conversation_turns (
  conversation_id uuid NOT NULL CONSTRAINT conversation_turns_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  number integer NOT NULL CONSTRAINT conversation_turns_number_check CHECK (number >= 1),
  role text NOT NULL CONSTRAINT conversation_turns_role_check CHECK (role IN ('user', 'assistant')),
  content text NOT NULL,
  tokens integer NOT NULL DEFAULT 0 CONSTRAINT conversation_turns_tokens_check CHECK (tokens >= 0),
  search tsvector GENERATED ALWAYS AS (to_tsvector('english', left(content, 100000))) STORED,
  PRIMARY KEY (conversation_id, number)
);
CREATE INDEX conversation_turns_search_idx ON public.conversation_turns USING gin (search);
COMMENT ON TABLE public.conversation_turns IS 'What was said in a conversation, in order.';
COMMENT ON COLUMN public.conversation_turns.search IS 'Of the first 100 000 characters: a text search vector holds at most a megabyte.';

-- What belongs to an organization stays there without its author; what was only theirs goes with them. Before the account
-- is gone: afterwards nobody knows what was theirs.
CREATE FUNCTION public.forget_conversations() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.conversations AS theirs WHERE theirs.created_by = OLD.id AND theirs.organization_id IS NULL;
  RETURN OLD;
END
$$;
CREATE TRIGGER forget_conversations BEFORE DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.forget_conversations();

-- Row-level security

ALTER TABLE public.budget_spend ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.budget_reservations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.budget_alerts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.concurrency_leases ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.generation_logs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_turns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON public.budget_spend TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.budget_reservations TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.budget_alerts TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.concurrency_leases TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.generation_logs TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.conversations TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.conversation_turns TO train_owner USING (true) WITH CHECK (true);

CREATE POLICY service_all ON public.budget_spend TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.budget_reservations TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.budget_alerts TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.concurrency_leases TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.conversations TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.conversation_turns TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON public.budget_spend TO service_role;
GRANT SELECT, INSERT ON public.budget_alerts TO service_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.budget_reservations, public.concurrency_leases, public.conversations,
  public.conversation_turns TO service_role;

-- The ledger is written, never changed.
GRANT SELECT, INSERT ON public.generation_logs TO service_role;
CREATE POLICY service_read ON public.generation_logs FOR SELECT TO service_role USING (true);
CREATE POLICY service_insert ON public.generation_logs FOR INSERT TO service_role WITH CHECK (true);
GRANT SELECT ON public.generation_logs TO authenticated;
CREATE POLICY own_read ON public.generation_logs FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.generation_logs FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.generation_logs FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

GRANT SELECT ON public.budget_spend, public.budget_alerts TO authenticated;
CREATE POLICY own_read ON public.budget_spend FOR SELECT TO authenticated
  USING (scope_type = 'person' AND scope_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.budget_spend FOR SELECT TO authenticated
  USING (scope_type = 'organization' AND scope_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.budget_spend FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));
CREATE POLICY own_read ON public.budget_alerts FOR SELECT TO authenticated
  USING (scope_type = 'person' AND scope_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.budget_alerts FOR SELECT TO authenticated
  USING (scope_type = 'organization' AND scope_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.budget_alerts FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

-- An author writes their own, in their own name, in their own organization; its owners and admins review all of it.
-- Nobody removes one but the service: people archive.
GRANT SELECT, INSERT, UPDATE ON public.conversations TO authenticated;
CREATE POLICY own_read ON public.conversations FOR SELECT TO authenticated USING (created_by = (SELECT auth.uid()));
CREATE POLICY own_insert ON public.conversations FOR INSERT TO authenticated WITH CHECK (created_by = (SELECT auth.uid())
  AND (organization_id IS NULL OR organization_id = (SELECT auth.own_organization())));
CREATE POLICY own_update ON public.conversations FOR UPDATE TO authenticated USING (created_by = (SELECT auth.uid()))
  WITH CHECK (created_by = (SELECT auth.uid())
    AND (organization_id IS NULL OR organization_id = (SELECT auth.own_organization())));
CREATE POLICY member_read ON public.conversations FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
CREATE POLICY manager_update ON public.conversations FOR UPDATE TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()))
  WITH CHECK (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.conversations FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

-- Who sees a conversation sees its turns; who may change it may change them.
GRANT SELECT, INSERT, UPDATE (role, content, tokens), DELETE ON public.conversation_turns TO authenticated;
CREATE POLICY conversation_read ON public.conversation_turns FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id));
CREATE POLICY conversation_write ON public.conversation_turns TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id
    AND (whole.created_by = (SELECT auth.uid()) OR whole.organization_id = (SELECT auth.administered_organization()))))
  WITH CHECK (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id
    AND (whole.created_by = (SELECT auth.uid()) OR whole.organization_id = (SELECT auth.administered_organization()))));
