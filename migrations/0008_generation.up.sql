-- Generation: the gates that every request passes (budget, rate, concurrency), and the ledger of
-- what it cost. The gates are functions here and not code in the server, because all server
-- processes share them: one statement decides and takes, on the database's clock.

-- Budgets

CREATE TABLE public.budget_spend (
  scope_type text NOT NULL CONSTRAINT budget_spend_scope_type_check
    CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  period text NOT NULL CONSTRAINT budget_spend_period_check
    CHECK (period IN ('day', 'week', 'month')),
  window_start timestamptz NOT NULL,
  settled_nano_usd bigint NOT NULL DEFAULT 0
    CONSTRAINT budget_spend_settled_check CHECK (settled_nano_usd >= 0),
  reserved_nano_usd bigint NOT NULL DEFAULT 0
    CONSTRAINT budget_spend_reserved_check CHECK (reserved_nano_usd >= 0),
  PRIMARY KEY (scope_type, scope_id, period, window_start)
);
CREATE INDEX budget_spend_window_start_idx ON public.budget_spend (window_start);
COMMENT ON TABLE public.budget_spend IS
  'What a person or an organization spent in one calendar window, in nano-dollars (10^-9 US '
  'dollars). The program computes the windows in the scope''s time zone.';
COMMENT ON COLUMN public.budget_spend.scope_id IS
  'The account or the organization; no foreign key, because it is one of two tables.';
COMMENT ON COLUMN public.budget_spend.window_start IS
  'When the day, week (from Monday) or month begins in the time zone of the scope.';
COMMENT ON COLUMN public.budget_spend.settled_nano_usd IS 'Of requests that ended: what they cost.';
COMMENT ON COLUMN public.budget_spend.reserved_nano_usd IS
  'Of requests in flight: the most they can cost.';

CREATE TABLE public.budget_reservations (
  request_id uuid PRIMARY KEY,
  amount_nano_usd bigint NOT NULL
    CONSTRAINT budget_reservations_amount_check CHECK (amount_nano_usd >= 0),
  actual_nano_usd bigint CONSTRAINT budget_reservations_actual_check CHECK (actual_nano_usd >= 0),
  state text NOT NULL CONSTRAINT budget_reservations_state_check
    CHECK (state IN ('held', 'expired', 'settled')),
  lines jsonb NOT NULL CONSTRAINT budget_reservations_lines_check
    CHECK (jsonb_typeof(lines) = 'array'),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT budget_reservations_settled_check
    CHECK (state <> 'settled' OR actual_nano_usd IS NOT NULL)
);
CREATE INDEX budget_reservations_expires_at_idx ON public.budget_reservations (expires_at)
  WHERE state = 'held';
CREATE INDEX budget_reservations_created_at_idx ON public.budget_reservations (created_at);
COMMENT ON TABLE public.budget_reservations IS
  'What each request set aside. Kept after it is settled, so that a repeated settlement bills '
  'nothing.';
COMMENT ON COLUMN public.budget_reservations.amount_nano_usd IS
  'What is set aside: the most that the next attempt can cost.';
COMMENT ON COLUMN public.budget_reservations.actual_nano_usd IS
  'What its attempts cost so far: in the windows already, beside the amount that is set aside for '
  'the next. Null: nothing yet.';
COMMENT ON COLUMN public.budget_reservations.state IS
  'held: counted as reserved; expired: given back, because nobody settled it in time; settled: '
  'its cost is known.';
COMMENT ON COLUMN public.budget_reservations.lines IS
  'The windows it counts against, as given to reserve_budget: array of {scopeType, scopeId, '
  'period, windowStart, limit, block, thresholds}.';
COMMENT ON COLUMN public.budget_reservations.expires_at IS
  'From then on the next reservation, whoever''s it is, gives it back.';

CREATE TABLE public.budget_alerts (
  scope_type text NOT NULL CONSTRAINT budget_alerts_scope_type_check
    CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  period text NOT NULL CONSTRAINT budget_alerts_period_check
    CHECK (period IN ('day', 'week', 'month')),
  window_start timestamptz NOT NULL,
  threshold double precision NOT NULL
    CONSTRAINT budget_alerts_threshold_check CHECK (threshold > 0 AND threshold <= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope_type, scope_id, period, window_start, threshold)
);
CREATE INDEX budget_alerts_window_start_idx ON public.budget_alerts (window_start);
COMMENT ON TABLE public.budget_alerts IS 'Which thresholds were told of, each once per window.';
COMMENT ON COLUMN public.budget_alerts.scope_id IS
  'As in budget_spend, like period and window_start.';
COMMENT ON COLUMN public.budget_alerts.threshold IS
  'Part of the budget, as written in costBudget.alertThresholds.';

-- Without settings of its own the planner takes it into the statement around it, which is planned
-- once per connection and not at each call. Every caller has an empty search path.
CREATE FUNCTION public.budget_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, period text,
    window_start timestamptz, limit_nano_usd bigint, block boolean)
  LANGUAGE sql STABLE
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid,
    given.line ->> 'period', (given.line ->> 'windowStart')::timestamptz,
    (given.line ->> 'limit')::bigint, coalesce((given.line ->> 'block')::boolean, true)
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;
COMMENT ON FUNCTION public.budget_lines(jsonb) IS
  'Reads [{scopeType, scopeId, period, windowStart, limit (nano-dollars, absent for none), block '
  '(absent: true)}]; each window once.';
GRANT EXECUTE ON FUNCTION public.budget_lines(jsonb) TO service_role;

-- Whoever changes spending locks reservations first and then windows, in the order of their key, in
-- one go: two requests can wait for each other, but never in a circle. Windows are made once and
-- removed long after they ended (forget_spending): looking first spares every other request the
-- attempt to make them again. Before any is locked, so that nobody waits for a new one while they
-- hold another.
CREATE FUNCTION public.lock_budget_windows(lines jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  IF EXISTS (SELECT FROM public.budget_lines(lines) AS line
    WHERE NOT EXISTS (SELECT FROM public.budget_spend AS spend
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (line.scope_type, line.scope_id, line.period, line.window_start)))
  THEN
    INSERT INTO public.budget_spend (scope_type, scope_id, period, window_start)
      SELECT DISTINCT line.scope_type, line.scope_id, line.period, line.window_start
      FROM public.budget_lines(lines) AS line
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
GRANT EXECUTE ON FUNCTION public.lock_budget_windows(jsonb) TO service_role;

CREATE FUNCTION public.budget_state(lines jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  SELECT coalesce(jsonb_agg(line.line || jsonb_build_object(
    'settled', coalesce(spend.settled_nano_usd, 0),
      'reserved', coalesce(spend.reserved_nano_usd, 0)) ORDER BY line.number), '[]')
  FROM public.budget_lines(lines) AS line LEFT JOIN public.budget_spend AS spend
    ON (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
     = (line.scope_type, line.scope_id, line.period, line.window_start)
$$;
COMMENT ON FUNCTION public.budget_state(jsonb) IS
  'The lines, each with what is settled and reserved in its window.';
GRANT EXECUTE ON FUNCTION public.budget_state(jsonb) TO service_role;

CREATE FUNCTION public.reserve_budget(
  request_id uuid, amount bigint, expires_in interval, lines jsonb
) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  -- Nobody reserves for longer: a later end was kept while the clock was ahead. Held against the
  -- clock, because others reserve while this one waits for them.
  longest constant interval := '1 hour';
  known text;
  expires timestamptz;
  own jsonb;
  late jsonb;
  refused record;
  state jsonb;
BEGIN
  IF amount < 0 THEN
    RAISE EXCEPTION 'reserve_budget: the amount must not be negative'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Before any window is locked, so that a repetition of a request waits here for the first and
  -- takes nothing.
  LOOP
    INSERT INTO public.budget_reservations AS held (request_id, amount_nano_usd, state, lines,
      expires_at)
      VALUES (reserve_budget.request_id, amount, 'held', lines, moment + expires_in)
      ON CONFLICT ON CONSTRAINT budget_reservations_pkey DO NOTHING;
    EXIT WHEN FOUND;
    SELECT held.state, held.expires_at INTO known, expires FROM public.budget_reservations AS held
      WHERE held.request_id = reserve_budget.request_id FOR UPDATE;
    -- Given back a moment ago: then this one is the first.
    CONTINUE WHEN NOT FOUND;
    -- One that expired is as good as given back: the server that held it is gone.
    IF known = 'held' AND expires > moment AND expires <= clock_timestamp() + longest THEN
      RETURN jsonb_build_object('admitted', true, 'repeated', true,
        'lines', public.budget_state(lines));
    ELSIF known = 'settled' THEN
      RETURN jsonb_build_object('admitted', false, 'reason', 'settled');
    ELSIF known = 'held' THEN
      SELECT jsonb_agg(line || jsonb_build_object('amount', held.amount_nano_usd)) INTO own
        FROM public.budget_reservations AS held, jsonb_array_elements(held.lines) AS line
        WHERE held.request_id = reserve_budget.request_id;
    END IF;
    UPDATE public.budget_reservations AS held
      SET amount_nano_usd = amount, state = 'held', lines = reserve_budget.lines,
        expires_at = moment + expires_in
      WHERE held.request_id = reserve_budget.request_id;
    EXIT;
  END LOOP;

  -- What requests hold that nobody ended in time: their server is gone. Those that another request
  -- is giving back or settling at this moment are passed over and count until it is done.
  WITH due AS (
    SELECT held.request_id FROM public.budget_reservations AS held
    WHERE held.state = 'held'
      AND (held.expires_at <= moment OR held.expires_at > clock_timestamp() + longest)
      AND held.request_id <> reserve_budget.request_id
    FOR UPDATE SKIP LOCKED
  ), expired AS (
    UPDATE public.budget_reservations AS held SET state = 'expired' FROM due
      WHERE held.request_id = due.request_id
    RETURNING held.amount_nano_usd, held.lines
  )
  SELECT jsonb_agg(line || jsonb_build_object('amount', expired.amount_nano_usd)) INTO late
    FROM expired, jsonb_array_elements(expired.lines) AS line;
  -- One's own with the others, so that all windows are locked in one go.
  late := coalesce(late || own, late, own);
  PERFORM public.lock_budget_windows(coalesce(reserve_budget.lines || late, reserve_budget.lines));
  IF late IS NOT NULL THEN
    UPDATE public.budget_spend AS spend
      SET reserved_nano_usd = spend.reserved_nano_usd - given_back.amount
      FROM (
        SELECT line.scope_type, line.scope_id, line.period, line.window_start,
          sum((line.line ->> 'amount')::bigint) AS amount
        FROM public.budget_lines(late) AS line GROUP BY 1, 2, 3, 4
      ) AS given_back
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (given_back.scope_type, given_back.scope_id, given_back.period,
             given_back.window_start);
  END IF;

  SELECT line.line, spend.settled_nano_usd, spend.reserved_nano_usd INTO refused
    FROM public.budget_lines(reserve_budget.lines) AS line JOIN public.budget_spend AS spend
      ON (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
       = (line.scope_type, line.scope_id, line.period, line.window_start)
    WHERE line.block
      AND spend.settled_nano_usd + spend.reserved_nano_usd + amount > line.limit_nano_usd
    ORDER BY line.number LIMIT 1;
  IF FOUND THEN
    DELETE FROM public.budget_reservations AS held
      WHERE held.request_id = reserve_budget.request_id;
    RETURN jsonb_build_object('admitted', false, 'reason', 'budget', 'line', refused.line,
      'settled', refused.settled_nano_usd, 'reserved', refused.reserved_nano_usd);
  END IF;
  WITH taken AS (
    UPDATE public.budget_spend AS spend SET reserved_nano_usd = spend.reserved_nano_usd + amount
      FROM public.budget_lines(reserve_budget.lines) AS line
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (line.scope_type, line.scope_id, line.period, line.window_start)
      RETURNING line.number, line.line || jsonb_build_object('settled', spend.settled_nano_usd,
        'reserved', spend.reserved_nano_usd) AS line
  )
  SELECT coalesce(jsonb_agg(taken.line ORDER BY taken.number), '[]') INTO state FROM taken;
  RETURN jsonb_build_object('admitted', true, 'repeated', false, 'lines', state);
END
$$;
COMMENT ON FUNCTION public.reserve_budget(uuid, bigint, interval, jsonb) IS
  'Sets an amount aside in every window of lines (see budget_lines), or in none. {admitted, '
  'repeated, lines with settled and reserved} or {admitted: false, reason: budget | settled, '
  'line, settled, reserved}. The same request_id takes once.';
GRANT EXECUTE ON FUNCTION public.reserve_budget(uuid, bigint, interval, jsonb) TO service_role;

CREATE FUNCTION public.settle_budget(request_id uuid, actual bigint) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  held public.budget_reservations;
  given_back bigint;
  state jsonb;
BEGIN
  IF actual < 0 THEN
    RAISE EXCEPTION 'settle_budget: the amount must not be negative'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT * INTO held FROM public.budget_reservations AS known
    WHERE known.request_id = settle_budget.request_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('settled', false);
  END IF;
  IF held.state = 'settled' THEN
    RETURN jsonb_build_object('settled', true, 'repeated', true, 'billed', 0,
      'lines', public.budget_state(held.lines));
  END IF;
  -- An expired one was given back already; the money is spent all the same.
  given_back := CASE WHEN held.state = 'held' THEN held.amount_nano_usd ELSE 0 END;
  PERFORM public.lock_budget_windows(held.lines);
  WITH paid AS (
    UPDATE public.budget_spend AS spend
      SET reserved_nano_usd = spend.reserved_nano_usd - given_back,
        settled_nano_usd = spend.settled_nano_usd + actual
      FROM public.budget_lines(held.lines) AS line
      WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
          = (line.scope_type, line.scope_id, line.period, line.window_start)
      RETURNING line.number, line.line || jsonb_build_object('settled', spend.settled_nano_usd,
        'reserved', spend.reserved_nano_usd) AS line
  )
  SELECT coalesce(jsonb_agg(paid.line ORDER BY paid.number), '[]') INTO state FROM paid;
  UPDATE public.budget_reservations AS known
    SET state = 'settled', actual_nano_usd = coalesce(known.actual_nano_usd, 0) + actual
    WHERE known.request_id = settle_budget.request_id;
  RETURN jsonb_build_object('settled', true, 'repeated', false,
    'billed', coalesce(held.actual_nano_usd, 0) + actual, 'lines', state);
END
$$;
COMMENT ON FUNCTION public.settle_budget(uuid, bigint) IS
  'Turns a reservation into what the request really cost since bill_attempts, exactly once. '
  '{settled, repeated, billed (in all), lines with limit, settled and reserved}: a threshold was '
  'passed when settled - billed was below it and settled is not. {settled: false}: no such '
  'reservation.';
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
  UPDATE public.budget_spend AS spend
    SET reserved_nano_usd = spend.reserved_nano_usd - held.amount_nano_usd
    FROM public.budget_lines(held.lines) AS line
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (line.scope_type, line.scope_id, line.period, line.window_start);
  DELETE FROM public.budget_reservations AS known
    WHERE known.request_id = release_budget.request_id;
  RETURN true;
END
$$;
COMMENT ON FUNCTION public.release_budget(uuid) IS
  'Gives a reservation back as if it had never been, for a request that was not sent; its id may '
  'be used again. False when there is none.';
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
GRANT EXECUTE ON FUNCTION public.note_budget_alert(text, uuid, text, timestamptz, double precision)
  TO service_role;

CREATE FUNCTION public.budget_headroom(lines jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = ''
AS $$
  WITH late AS (
    SELECT line.scope_type, line.scope_id, line.period, line.window_start,
      sum(held.amount_nano_usd)::bigint AS amount
    FROM public.budget_reservations AS held, public.budget_lines(held.lines) AS line
    WHERE held.state = 'held' AND public.is_due(held.expires_at, interval '1 hour')
    GROUP BY 1, 2, 3, 4
  ), state AS (
    SELECT line.number, line.line, line.limit_nano_usd,
      coalesce(spend.settled_nano_usd, 0) AS settled,
      coalesce(spend.reserved_nano_usd, 0) - coalesce(late.amount, 0) AS reserved
    FROM public.budget_lines(lines) AS line
      LEFT JOIN public.budget_spend AS spend USING (scope_type, scope_id, period, window_start)
      LEFT JOIN late USING (scope_type, scope_id, period, window_start)
  )
  SELECT coalesce(jsonb_agg(line || jsonb_build_object('settled', settled, 'reserved', reserved,
    'headroom', CASE WHEN limit_nano_usd IS NOT NULL
      THEN greatest(0, limit_nano_usd - settled - reserved) END) ORDER BY number), '[]') FROM state
$$;
COMMENT ON FUNCTION public.budget_headroom(jsonb) IS
  'The lines, each with settled, reserved and headroom (null without a limit) as a reservation '
  'would find them now. Takes nothing.';
GRANT EXECUTE ON FUNCTION public.budget_headroom(jsonb) TO service_role;

-- Rate: public.rate_limits, with scopes generation:person:… and generation:organization:…

CREATE FUNCTION public.rate_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope text, every interval, tolerance interval)
  LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
BEGIN
  IF EXISTS (SELECT FROM jsonb_array_elements(lines) AS given
    WHERE coalesce((given ->> 'requestsPerMinute')::integer < 1
      OR (given ->> 'burst')::integer < 0, true))
  THEN
    RAISE EXCEPTION 'a rate limit needs requestsPerMinute of at least 1 and burst of at least 0'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY SELECT given.number, given.line,
    'generation:' || (given.line ->> 'scopeType') || ':' || (given.line ->> 'scopeId'),
    make_interval(secs => 60.0 / (given.line ->> 'requestsPerMinute')::integer),
    make_interval(secs => 60.0 / (given.line ->> 'requestsPerMinute')::integer)
      * (given.line ->> 'burst')::integer
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number);
END
$$;
COMMENT ON FUNCTION public.rate_lines(jsonb) IS
  'Reads [{scopeType, scopeId, requestsPerMinute, burst}].';
GRANT EXECUTE ON FUNCTION public.rate_lines(jsonb) TO service_role;

-- Generic cell rate algorithm, ITU-T I.371 (virtual scheduling): with T = 60 s / requestsPerMinute,
-- tau = burst * T and TAT = theoretical_arrival, a request at t conforms when t >= TAT - tau; then
-- TAT becomes max(t, TAT) + T. From an idle state burst + 1 requests conform at once, then one
-- every T. A request has one or two lines: they are read once, and each limit by its key.
CREATE FUNCTION public.take_rate(lines jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
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
      INSERT INTO public.rate_limits AS held (scope, theoretical_arrival)
        VALUES (given.scope, '-infinity')
        ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE
          SET theoretical_arrival = held.theoretical_arrival;
    END IF;
  END LOOP;
  -- Only now: waiting for the locks took time.
  moment := coalesce(at, clock_timestamp());
  FOR given IN SELECT * FROM public.rate_lines(lines) AS line ORDER BY line.number LOOP
    SELECT held.theoretical_arrival INTO arrival FROM public.rate_limits AS held
      WHERE held.scope = given.scope;
    -- No request is taken farther ahead than the whole burst: a later time was kept while the clock
    -- was ahead.
    IF arrival > moment + given.tolerance + given.every THEN
      arrival := moment + given.tolerance + given.every;
      UPDATE public.rate_limits AS held SET theoretical_arrival = arrival
        WHERE held.scope = given.scope;
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
  UPDATE public.rate_limits AS held
    SET theoretical_arrival = greatest(moment, held.theoretical_arrival) + line.every
    FROM public.rate_lines(lines) AS line WHERE held.scope = line.scope;
  RETURN jsonb_build_object('admitted', true, 'retryAfterMs', 0);
END
$$;
COMMENT ON FUNCTION public.take_rate(jsonb, timestamptz) IS
  'Takes one request of every line''s limit, or of none. {admitted, retryAfterMs, line}: the line '
  'that makes wait longest. `at` replaces the clock in tests.';
GRANT EXECUTE ON FUNCTION public.take_rate(jsonb, timestamptz) TO service_role;

CREATE FUNCTION public.give_rate_back(lines jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM FROM public.rate_limits AS held
    WHERE held.scope IN (SELECT line.scope FROM public.rate_lines(lines) AS line)
    ORDER BY held.scope FOR UPDATE;
  -- One T earlier is where it would be without this request: a TAT in the past admits like none.
  UPDATE public.rate_limits AS held SET theoretical_arrival = held.theoretical_arrival - line.every
    FROM public.rate_lines(lines) AS line
    WHERE held.scope = line.scope AND held.theoretical_arrival > '-infinity';
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
      greatest(interval '0', CASE WHEN held.theoretical_arrival > '-infinity' THEN
        least(held.theoretical_arrival - coalesce(at, clock_timestamp()),
          line.tolerance + line.every) END) AS ahead
    FROM public.rate_lines(lines) AS line
      LEFT JOIN public.rate_limits AS held ON held.scope = line.scope
  )
  SELECT coalesce(jsonb_agg(line || jsonb_build_object(
    'headroom', greatest(0,
      floor(extract(epoch FROM tolerance - ahead) / extract(epoch FROM every)) + 1)::bigint,
    'retryAfterMs', greatest(0, ceil(extract(epoch FROM ahead - tolerance) * 1000))::bigint)
      ORDER BY number), '[]') FROM state
$$;
COMMENT ON FUNCTION public.rate_headroom(jsonb, timestamptz) IS
  'The lines, each with headroom (requests that would be admitted at once) and retryAfterMs. '
  'Takes nothing.';
GRANT EXECUTE ON FUNCTION public.rate_headroom(jsonb, timestamptz) TO service_role;

-- Concurrency

CREATE TABLE public.concurrency_leases (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scope_type text NOT NULL CONSTRAINT concurrency_leases_scope_type_check
    CHECK (scope_type IN ('person', 'organization')),
  scope_id uuid NOT NULL,
  request_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT concurrency_leases_request_key UNIQUE (request_id, scope_type, scope_id)
);
CREATE INDEX concurrency_leases_scope_idx ON public.concurrency_leases (scope_type, scope_id);
COMMENT ON TABLE public.concurrency_leases IS
  'One row per request in flight and scope that it counts against. A row past expires_at counts '
  'for nothing.';
COMMENT ON COLUMN public.concurrency_leases.scope_id IS
  'The account or the organization, as in budget_spend.';
COMMENT ON COLUMN public.concurrency_leases.expires_at IS 'Renewed while the request runs.';

CREATE FUNCTION public.lease_lines(lines jsonb)
  RETURNS TABLE (number bigint, line jsonb, scope_type text, scope_id uuid, most integer)
  LANGUAGE sql STABLE
AS $$
  SELECT given.number, given.line, given.line ->> 'scopeType', (given.line ->> 'scopeId')::uuid,
    (given.line ->> 'limit')::integer
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (line, number)
$$;
COMMENT ON FUNCTION public.lease_lines(jsonb) IS
  'Reads [{scopeType, scopeId, limit (absent for none)}].';
GRANT EXECUTE ON FUNCTION public.lease_lines(jsonb) TO service_role;

CREATE FUNCTION public.take_lease(request_id uuid, expires_in interval, lines jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  given record;
  moment timestamptz;
  refused record;
BEGIN
  -- There is no row to lock when nobody holds a lease. In one order, so that nobody waits in a
  -- circle.
  FOR given IN
    SELECT DISTINCT 'lease:' || line.scope_type || ':' || line.scope_id AS scope
      FROM public.lease_lines(lines) AS line ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(given.scope, 0));
  END LOOP;
  moment := clock_timestamp();
  SELECT line.line, taken.leases INTO refused
    FROM public.lease_lines(lines) AS line CROSS JOIN LATERAL (
      SELECT count(*) AS leases FROM public.concurrency_leases AS held
      WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id)
        AND held.request_id <> take_lease.request_id
        AND held.expires_at > moment
    ) AS taken
    WHERE taken.leases >= line.most ORDER BY line.number LIMIT 1;
  IF FOUND THEN
    -- Nobody takes one for longer: a later end was kept while the clock was ahead. Whoever still
    -- runs renews it.
    UPDATE public.concurrency_leases AS held SET expires_at = moment + expires_in
      FROM public.lease_lines(lines) AS line
      WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id)
        AND held.expires_at > moment + expires_in;
    RETURN jsonb_build_object('admitted', false, 'line', refused.line, 'held', refused.leases);
  END IF;
  DELETE FROM public.concurrency_leases AS held USING public.lease_lines(lines) AS line
    WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id)
      AND held.expires_at <= moment;
  INSERT INTO public.concurrency_leases AS held (scope_type, scope_id, request_id, expires_at)
    SELECT DISTINCT line.scope_type, line.scope_id, take_lease.request_id, moment + expires_in
    FROM public.lease_lines(lines) AS line
    ON CONFLICT ON CONSTRAINT concurrency_leases_request_key DO UPDATE
      SET expires_at = excluded.expires_at;
  RETURN jsonb_build_object('admitted', true);
END
$$;
COMMENT ON FUNCTION public.take_lease(uuid, interval, jsonb) IS
  'A lease in every line''s scope, or in none. {admitted} or {admitted: false, line, held}. The '
  'same request_id renews its own.';
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
COMMENT ON FUNCTION public.renew_lease(uuid, interval) IS
  'False when the request holds none any more.';
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
    'headroom', CASE WHEN line.most IS NOT NULL THEN greatest(0, line.most - taken.leases) END)
    ORDER BY line.number), '[]')
  FROM public.lease_lines(lines) AS line CROSS JOIN LATERAL (
    SELECT count(*) AS leases FROM public.concurrency_leases AS held
    WHERE (held.scope_type, held.scope_id) = (line.scope_type, line.scope_id)
      AND held.expires_at > clock_timestamp()
  ) AS taken
$$;
COMMENT ON FUNCTION public.lease_headroom(jsonb) IS
  'The lines, each with held and headroom (null without a limit). Takes nothing.';
GRANT EXECUTE ON FUNCTION public.lease_headroom(jsonb) TO service_role;

-- The ledger

CREATE TABLE public.generation_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id uuid NOT NULL,
  attempt integer NOT NULL CONSTRAINT generation_logs_attempt_check CHECK (attempt >= 1),
  model text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT generation_logs_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
  input_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_input_check CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_output_check CHECK (output_tokens >= 0),
  cache_write_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_cache_write_check CHECK (cache_write_tokens >= 0),
  cache_read_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_cache_read_check CHECK (cache_read_tokens >= 0),
  cost_nano_usd bigint NOT NULL CONSTRAINT generation_logs_cost_check CHECK (cost_nano_usd >= 0),
  estimated boolean NOT NULL DEFAULT false,
  price_version text NOT NULL,
  duration_ms bigint NOT NULL CONSTRAINT generation_logs_duration_check CHECK (duration_ms >= 0),
  status text NOT NULL CONSTRAINT generation_logs_status_check
    CHECK (status IN ('success', 'failed', 'rate_limited', 'timeout', 'cancelled')),
  error_code text,
  retry_number integer NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_retry_check CHECK (retry_number >= 0),
  conversation_id uuid,
  user_id uuid NOT NULL,
  organization_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT generation_logs_attempt_key UNIQUE (request_id, attempt)
);
CREATE INDEX generation_logs_user_idx ON public.generation_logs (user_id, created_at DESC);
CREATE INDEX generation_logs_organization_idx
  ON public.generation_logs (organization_id, created_at DESC)
  WHERE organization_id IS NOT NULL;
CREATE INDEX generation_logs_conversation_idx ON public.generation_logs (conversation_id)
  WHERE conversation_id IS NOT NULL;
CREATE INDEX generation_logs_created_at_idx ON public.generation_logs (created_at);
COMMENT ON TABLE public.generation_logs IS
  'The ledger: one row per attempt to call the model, append-only; forget_spending alone removes '
  'what is old. No foreign keys: what was spent stays spent when an account or a conversation '
  'goes.';
COMMENT ON COLUMN public.generation_logs.attempt IS
  'Counts the calls of one request from 1; a repeated row is refused, so nothing is billed twice.';
COMMENT ON COLUMN public.generation_logs.model IS 'The id that was asked for.';
COMMENT ON COLUMN public.generation_logs.parameters IS
  'What was sent to the model besides the text.';
COMMENT ON COLUMN public.generation_logs.input_tokens IS
  'Of the prompt, neither read from the cache nor written to it.';
COMMENT ON COLUMN public.generation_logs.cost_nano_usd IS 'Nano-dollars (10^-9 US dollars).';
COMMENT ON COLUMN public.generation_logs.estimated IS
  'Claude did not say what the attempt cost, as after a timeout: tokens and cost are ours, at '
  'least the prompt and what was seen of the answer.';
COMMENT ON COLUMN public.generation_logs.price_version IS
  'Which prices the cost was computed with.';
COMMENT ON COLUMN public.generation_logs.error_code IS 'Why it did not succeed.';
COMMENT ON COLUMN public.generation_logs.retry_number IS
  'How many retries came before; a second attempt with another key is none.';
COMMENT ON COLUMN public.generation_logs.conversation_id IS
  'The conversation that it was for, whether or not one was stored.';
COMMENT ON COLUMN public.generation_logs.user_id IS 'Who asked.';
COMMENT ON COLUMN public.generation_logs.organization_id IS
  'The organization that they belonged to.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.generation_logs
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_history_change();

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
    SELECT * FROM jsonb_to_recordset(attempts) AS attempt (request_id uuid, ordinal integer,
      attempt integer, model text, parameters jsonb, input_tokens bigint, output_tokens bigint,
      cache_write_tokens bigint, cache_read_tokens bigint, cost_nano_usd bigint, price_version text,
      duration_ms bigint, status text, error_code text, retry_number integer, conversation_id uuid,
      user_id uuid, organization_id uuid, estimated boolean)
  LOOP
    number := given.attempt;
    LOOP
      INSERT INTO public.generation_logs (request_id, attempt, model, parameters, input_tokens,
          output_tokens, cache_write_tokens, cache_read_tokens, cost_nano_usd, price_version,
          duration_ms, status, error_code, retry_number, conversation_id, user_id, organization_id,
          estimated)
        VALUES (given.request_id, number, given.model, given.parameters, given.input_tokens,
          given.output_tokens, given.cache_write_tokens, given.cache_read_tokens,
          given.cost_nano_usd, given.price_version, given.duration_ms, given.status,
          given.error_code, given.retry_number, given.conversation_id, given.user_id,
          given.organization_id, coalesce(given.estimated, false))
        ON CONFLICT ON CONSTRAINT generation_logs_attempt_key DO NOTHING;
      IF FOUND THEN
        cost := cost + given.cost_nano_usd;
        EXIT;
      END IF;
      -- Either this was told before and its answer was lost, or another server made the same
      -- request when this one was thought dead: then both calls were made, and both are billed.
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
  'Writes rows of generation_logs, given as an array of objects with its columns and ordinal '
  '(which call of this run it is, from 1); each once. Returns what the new ones cost.';
GRANT EXECUTE ON FUNCTION public.record_attempts(jsonb) TO service_role;

-- A generation is two statements: one passes all gates, one bills, settles, releases and stores.
-- Between them nothing is half done: what an attempt cost stands in the ledger and in the budgets
-- by the same commit.

CREATE FUNCTION public.admit_generation(
  request_id uuid, amount bigint, reserved_for interval, leased_for interval, budgets jsonb,
  rates jsonb, places jsonb
) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  earlier record;
  reserved jsonb;
  taken jsonb;
BEGIN
  -- Without waiting for the disk, and for this transaction only. A crash of the database itself can
  -- then forget the last moments of what was taken; nothing of it was billed, and
  -- finish_generation, which waits, bills without a reservation too.
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT coalesce(max(log.attempt), 0) AS attempts,
    coalesce(bool_or(log.status = 'success'), false) AS made INTO earlier
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
    -- Whoever waits for a free place asks again and again; that must not use up the rate of the
    -- requests that are sent.
    PERFORM public.give_rate_back(rates);
    PERFORM public.release_budget(request_id);
    RETURN taken || '{"refusedBy": "concurrency"}';
  END IF;
  RETURN jsonb_build_object('attempts', earlier.attempts, 'lines', reserved -> 'lines');
END
$$;
COMMENT ON FUNCTION
  public.admit_generation(uuid, bigint, interval, interval, jsonb, jsonb, jsonb) IS
  'Passes budget, rate and concurrency, in this order, or takes nothing. {attempts (of the same '
  'request before), lines} or {refusedBy: repeated | budget | rate | concurrency} with what that '
  'gate says.';
GRANT EXECUTE ON FUNCTION
  public.admit_generation(uuid, bigint, interval, interval, jsonb, jsonb, jsonb) TO service_role;

CREATE FUNCTION public.bill_attempts(request_id uuid, attempts jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  held public.budget_reservations;
  cost bigint;
  over record;
BEGIN
  SELECT * INTO held FROM public.budget_reservations AS known
    WHERE known.request_id = bill_attempts.request_id FOR UPDATE;
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
  UPDATE public.budget_reservations AS known
    SET actual_nano_usd = coalesce(known.actual_nano_usd, 0) + cost
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
  'Bills attempts that others may follow, beside what stays set aside for the next. {recorded}, '
  'and line, settled and reserved (by others) when the next would exceed a budget that blocks.';
GRANT EXECUTE ON FUNCTION public.bill_attempts(uuid, jsonb) TO service_role;

CREATE FUNCTION public.finish_generation(
  request_id uuid, attempts jsonb, budgets jsonb, conversation jsonb
) RETURNS jsonb
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
  thresholds jsonb := '[]';
BEGIN
  -- Before any budget is locked: it takes the longest, and others wait for budgets.
  IF conversation IS NOT NULL THEN
    stored := public.store_conversation(conversation);
  END IF;
  INSERT INTO public.budget_reservations AS known (request_id, amount_nano_usd, state, lines,
    expires_at)
    SELECT finish_generation.request_id, 0, 'expired', budgets, now()
    WHERE NOT EXISTS (SELECT FROM public.budget_reservations AS known
      WHERE known.request_id = finish_generation.request_id)
    ON CONFLICT ON CONSTRAINT budget_reservations_pkey DO NOTHING;
  PERFORM FROM public.budget_reservations AS known
    WHERE known.request_id = finish_generation.request_id FOR UPDATE;
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
      IF public.note_budget_alert(line ->> 'scopeType', (line ->> 'scopeId')::uuid,
        line ->> 'period', (line ->> 'windowStart')::timestamptz, share)
      THEN
        thresholds := thresholds || (line || jsonb_build_object('threshold', share));
      END IF;
    END LOOP;
  END LOOP;
  RETURN jsonb_build_object('conversation', stored, 'thresholds', thresholds);
END
$$;
COMMENT ON FUNCTION public.finish_generation(uuid, jsonb, jsonb, jsonb) IS
  'Ends a request, all of it or nothing: records attempts (see record_attempts), turns the '
  'reservation into what they cost, frees its places, notes thresholds and stores the '
  'conversation, if there is one. budgets: the lines of admit_generation, for a reservation that '
  'a crash of the database forgot. {conversation, thresholds: lines that were passed, each once}. '
  'Repeated, it bills nothing again.';
GRANT EXECUTE ON FUNCTION public.finish_generation(uuid, jsonb, jsonb, jsonb) TO service_role;

-- What is old goes: in pieces, so that nobody waits long for the rows of one.

CREATE FUNCTION public.forget_spending(keep interval, most integer) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  cutoff timestamptz := clock_timestamp() - keep;
  gone bigint;
  removed bigint;
BEGIN
  -- Whoever may call this must not be able to free a budget, to hide what was spent, or to have a
  -- request billed twice: the attempts of a request are what refuses its key (admit_generation,
  -- is_in_ledger of the server), for far longer than idempotency_keys remembers it.
  IF keep IS NULL OR cutoff > clock_timestamp() - interval '400 days' THEN
    RAISE EXCEPTION 'spending is kept for at least 400 days'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF most IS NULL OR most < 1 THEN
    RAISE EXCEPTION 'forget_spending: at least one row at a time'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Another server is at it.
  IF NOT pg_try_advisory_xact_lock(hashtextextended('train.forget_spending', 0)) THEN
    RETURN 0;
  END IF;
  DELETE FROM public.generation_logs AS log WHERE log.id IN (
    SELECT due.id FROM public.generation_logs AS due WHERE due.created_at < cutoff
      ORDER BY due.created_at LIMIT most);
  GET DIAGNOSTICS removed = ROW_COUNT;
  -- Not while a reservation counts in one: giving it back would find nothing to take it from.
  WITH due AS (
    SELECT spend.scope_type, spend.scope_id, spend.period, spend.window_start
      FROM public.budget_spend AS spend
      WHERE spend.window_start < cutoff AND spend.reserved_nano_usd = 0
      ORDER BY spend.window_start LIMIT most FOR UPDATE SKIP LOCKED
  )
  DELETE FROM public.budget_spend AS spend USING due
    WHERE (spend.scope_type, spend.scope_id, spend.period, spend.window_start)
        = (due.scope_type, due.scope_id, due.period, due.window_start);
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  WITH due AS (
    SELECT alert.scope_type, alert.scope_id, alert.period, alert.window_start, alert.threshold
      FROM public.budget_alerts AS alert
      WHERE alert.window_start < cutoff
      ORDER BY alert.window_start LIMIT most
  )
  DELETE FROM public.budget_alerts AS alert USING due
    WHERE (alert.scope_type, alert.scope_id, alert.period, alert.window_start, alert.threshold)
        = (due.scope_type, due.scope_id, due.period, due.window_start, due.threshold);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN removed + gone;
END
$$;
COMMENT ON FUNCTION public.forget_spending(interval, integer) IS
  'Removes attempts, windows of budgets and their alerts that are older than `keep`, at least 400 '
  'days: at most so many of each; answers how many. 0: none is left, or another server is at it.';
GRANT EXECUTE ON FUNCTION public.forget_spending(interval, integer) TO service_role;

-- What a request was

CREATE TABLE public.idempotency_keys (
  user_id uuid NOT NULL CONSTRAINT idempotency_keys_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  key uuid NOT NULL,
  digest bytea NOT NULL CONSTRAINT idempotency_keys_digest_check CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON public.idempotency_keys (created_at);
COMMENT ON TABLE public.idempotency_keys IS
  'What was asked under each Idempotency-Key, for 30 days.';
COMMENT ON COLUMN public.idempotency_keys.key IS 'As it was sent.';
COMMENT ON COLUMN public.idempotency_keys.digest IS
  'SHA-256 of method, path and body: the same key with another digest is refused.';

-- Row-level security

CALL public.protect('public.budget_spend', 'SELECT, INSERT, UPDATE');
CALL public.protect('public.budget_reservations', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.budget_alerts', 'SELECT, INSERT');
CALL public.protect('public.concurrency_leases', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.generation_logs');
CALL public.protect('public.idempotency_keys', 'SELECT, INSERT, DELETE');

GRANT SELECT ON public.budget_spend, public.budget_alerts TO authenticated;
CREATE POLICY own_read ON public.budget_spend FOR SELECT TO authenticated
  USING (scope_type = 'person' AND scope_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.budget_spend FOR SELECT TO authenticated
  USING (scope_type = 'organization' AND scope_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.budget_spend FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

CREATE POLICY own_read ON public.budget_alerts FOR SELECT TO authenticated
  USING (scope_type = 'person' AND scope_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.budget_alerts FOR SELECT TO authenticated
  USING (scope_type = 'organization' AND scope_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.budget_alerts FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

-- The ledger is written, never changed; what is old only forget_spending removes.
GRANT SELECT, INSERT ON public.generation_logs TO service_role;
GRANT SELECT ON public.generation_logs TO authenticated;
CREATE POLICY service_read ON public.generation_logs FOR SELECT TO service_role USING (true);
CREATE POLICY service_insert ON public.generation_logs FOR INSERT TO service_role WITH CHECK (true);
CREATE POLICY own_read ON public.generation_logs FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY organization_read ON public.generation_logs FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.generation_logs FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

GRANT SELECT, INSERT (user_id, key, digest) ON public.idempotency_keys TO authenticated;
CREATE POLICY own_read ON public.idempotency_keys FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_insert ON public.idempotency_keys FOR INSERT TO authenticated
  WITH CHECK (user_id = (SELECT auth.uid()));
