-- Generation: the gates that every request passes (budget, pace, places), and the ledger of what it
-- cost. The gates are functions here and not code in the server, because all server processes share
-- them: one statement decides and takes, on the database's clock, for all requests of a server that
-- wait at that moment.

-- Budgets

CREATE TABLE public.budget_spend (
  scope_id uuid CONSTRAINT budget_spend_pkey PRIMARY KEY,
  scope_type text NOT NULL CONSTRAINT budget_spend_scope_type_check
    CHECK (scope_type IN ('person', 'organization')),
  day_start timestamptz NOT NULL DEFAULT 'epoch',
  day_end timestamptz NOT NULL DEFAULT 'epoch',
  day_nano_usd bigint NOT NULL DEFAULT 0,
  week_start timestamptz NOT NULL DEFAULT 'epoch',
  week_end timestamptz NOT NULL DEFAULT 'epoch',
  week_nano_usd bigint NOT NULL DEFAULT 0,
  month_start timestamptz NOT NULL DEFAULT 'epoch',
  month_end timestamptz NOT NULL DEFAULT 'epoch',
  month_nano_usd bigint NOT NULL DEFAULT 0,
  CONSTRAINT budget_spend_amounts_check
    CHECK (least(day_nano_usd, week_nano_usd, month_nano_usd) >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE public.budget_spend IS
  'What a person or an organization spent in its present calendar day, week and month, in '
  'nano-dollars (10^-9 US dollars): of each window, the sum of the ledger from its start. A window '
  'that has begun runs to its end, whatever the time zone becomes; one whose end has passed is '
  'replaced with the next cost.';
COMMENT ON COLUMN public.budget_spend.scope_id IS
  'The account or the organization; no foreign key, because it is one of two tables.';
COMMENT ON COLUMN public.budget_spend.day_start IS
  'Of the day in the time zone that the scope had when it began.';
COMMENT ON COLUMN public.budget_spend.week_start IS 'A Monday, likewise.';
COMMENT ON COLUMN public.budget_spend.month_start IS 'The first of the month, likewise.';

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
COMMENT ON TABLE public.budget_alerts IS
  'Which thresholds people were notified of, each once per window, or again after the budget was '
  'raised beyond it.';
COMMENT ON COLUMN public.budget_alerts.scope_id IS 'As in budget_spend.';
COMMENT ON COLUMN public.budget_alerts.window_start IS 'As in budget_spend, of the period.';
COMMENT ON COLUMN public.budget_alerts.threshold IS
  'Part of the budget, as written in costBudget.alertThresholds.';

-- What requests in flight hold

-- Not logged: after a crash of the database everybody starts with an even pace, which harms nobody.
CREATE UNLOGGED TABLE public.generation_pace (
  scope_id uuid CONSTRAINT generation_pace_pkey PRIMARY KEY,
  theoretical_arrival timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 50);
COMMENT ON TABLE public.generation_pace IS
  'One row per person and organization that generates: its pace, and the lock under which its '
  'requests are admitted. A row in the past is worth nothing and may be removed.';
COMMENT ON COLUMN public.generation_pace.theoretical_arrival IS
  'When the next request would come if all so far had come evenly spaced.';

CREATE TABLE public.generation_holds (
  request_id uuid CONSTRAINT generation_holds_pkey PRIMARY KEY,
  run_id uuid NOT NULL,
  server_id uuid NOT NULL,
  person_id uuid NOT NULL,
  organization_id uuid,
  amount_nano_usd bigint NOT NULL
    CONSTRAINT generation_holds_amount_check CHECK (amount_nano_usd >= 0),
  expires_at timestamptz NOT NULL
);
CREATE INDEX generation_holds_person_idx ON public.generation_holds (person_id);
CREATE INDEX generation_holds_organization_idx ON public.generation_holds (organization_id)
  WHERE organization_id IS NOT NULL;
COMMENT ON TABLE public.generation_holds IS
  'What each request in flight holds: a place among those of its person and organization, and the '
  'most that its next attempt can cost. Nothing but these rows says what is reserved. A row past '
  'expires_at counts for nothing.';
COMMENT ON COLUMN public.generation_holds.run_id IS
  'This try of the request: another one takes over when it has expired.';
COMMENT ON COLUMN public.generation_holds.server_id IS
  'Who makes it, as in servers. Without a sign of life of that one its place is free.';

-- The ledger

CREATE TABLE public.generation_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id uuid NOT NULL,
  run_id uuid,
  attempt integer NOT NULL CONSTRAINT generation_logs_attempt_check CHECK (attempt >= 1),
  model text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT generation_logs_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
  input_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_input_check CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL DEFAULT 0
    CONSTRAINT generation_logs_output_check CHECK (output_tokens >= 0),
  thinking_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT generation_logs_thinking_check
    CHECK (thinking_tokens >= 0 AND thinking_tokens <= output_tokens),
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
  client text CONSTRAINT generation_logs_client_check CHECK (length(client) <= 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT generation_logs_attempt_key UNIQUE (request_id, attempt)
);
CREATE INDEX generation_logs_user_idx ON public.generation_logs (user_id, created_at DESC);
CREATE INDEX generation_logs_organization_idx
  ON public.generation_logs (organization_id, created_at DESC)
  WHERE organization_id IS NOT NULL;
CREATE INDEX generation_logs_created_at_idx ON public.generation_logs USING brin (created_at);
COMMENT ON TABLE public.generation_logs IS
  'The ledger: one row per attempt to call the model, append-only; forget_spending alone removes '
  'what is old. No foreign keys: what was spent stays spent when an account or a conversation '
  'goes.';
COMMENT ON COLUMN public.generation_logs.attempt IS
  'Counts the calls of one request from 1; a repeated row is refused, so nothing is billed twice.';
COMMENT ON COLUMN public.generation_logs.run_id IS
  'Which sending of the request made the call, as in generation_holds.';
COMMENT ON COLUMN public.generation_logs.model IS 'The id that was asked for.';
COMMENT ON COLUMN public.generation_logs.parameters IS
  'What was sent to the model besides the text.';
COMMENT ON COLUMN public.generation_logs.input_tokens IS
  'Of the prompt, neither read from the cache nor written to it.';
COMMENT ON COLUMN public.generation_logs.thinking_tokens IS
  'The part of the output that the model thought before it answered.';
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
  'The conversation that it was for, whether or not one was stored; null for a request of the '
  'gateway.';
COMMENT ON COLUMN public.generation_logs.user_id IS 'Who asked.';
COMMENT ON COLUMN public.generation_logs.organization_id IS
  'The organization that they belonged to.';
COMMENT ON COLUMN public.generation_logs.client IS
  'The name of the token by which a program asked; null from the application itself.';
COMMENT ON COLUMN public.generation_logs.created_at IS
  'When it was billed: the moment that decides in which windows of the budgets it counts.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.generation_logs
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_history_change();

-- What the functions below know of a scope. They read scopes as an array of {id, kind (person or
-- organization), requests_per_minute, burst, places, budgets (of day, week and month, in
-- nano-dollars), blocks (else a budget only warns), thresholds, calendar}, each id once; requests
-- name their scopes by their number in it, from 1. calendar: of each period where its window starts
-- and ends and where the next one ends, in the time zone that the scope has now.
CREATE TYPE public.gate_scope AS (
  number integer,
  id uuid,
  kind text,
  step interval,
  tolerance interval,
  places integer,
  budgets bigint[],
  blocks boolean,
  thresholds double precision[],
  starts timestamptz[],
  ends timestamptz[],
  settled bigint[]
);
COMMENT ON TYPE public.gate_scope IS
  'A person or an organization at the gates: its limits, and its windows (day, week, month) with '
  'what is settled in them.';

CREATE FUNCTION public.spent_since(kind text, id uuid, since timestamptz) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
BEGIN
  IF kind = 'organization' THEN
    RETURN (SELECT coalesce(sum(log.cost_nano_usd), 0) FROM public.generation_logs AS log
      WHERE log.organization_id = spent_since.id AND log.created_at >= since);
  END IF;
  RETURN (SELECT coalesce(sum(log.cost_nano_usd), 0) FROM public.generation_logs AS log
    WHERE log.user_id = spent_since.id AND log.created_at >= since);
END
$$;
COMMENT ON FUNCTION public.spent_since(text, uuid, timestamptz) IS
  'What the ledger says that a person or an organization spent from a moment on.';
GRANT EXECUTE ON FUNCTION public.spent_since(text, uuid, timestamptz) TO service_role;

-- Every cost is added to the window that holds its moment, so a window that has ended before the
-- next one starts leaves nothing to count. It does not where the time zone changed meanwhile: then
-- the ledger says what was spent in the part that both have in common, and nobody gets a new budget
-- by moving.
CREATE FUNCTION public.budget_window(kind text, id uuid, calendar timestamptz[], period integer,
  at timestamptz, INOUT window_start timestamptz, INOUT window_end timestamptz,
  INOUT settled bigint)
  LANGUAGE plpgsql STABLE
AS $$
DECLARE
  kept_until timestamptz := window_end;
BEGIN
  -- One that starts later was kept while the clock was ahead.
  IF window_start <= at AND at < window_end THEN
    RETURN;
  END IF;
  window_start := calendar[period * 3 - 2];
  window_end := calendar[period * 3 - 1];
  IF window_end <= at THEN
    window_start := window_end;
    window_end := calendar[period * 3];
  END IF;
  window_start := least(window_start, at);
  settled := 0;
  IF kept_until > window_start THEN
    settled := public.spent_since(kind, id, window_start);
  END IF;
END
$$;
COMMENT ON FUNCTION
  public.budget_window(text, uuid, timestamptz[], integer, timestamptz, timestamptz, timestamptz,
    bigint) IS
  'The window of a period (1 day, 2 week, 3 month) at a moment, with what is settled in it: the '
  'one that is kept, or the next when that has ended.';
GRANT EXECUTE ON FUNCTION
  public.budget_window(text, uuid, timestamptz[], integer, timestamptz, timestamptz, timestamptz,
    bigint) TO service_role;

CREATE FUNCTION public.gate_scopes(scopes jsonb, at timestamptz) RETURNS SETOF public.gate_scope
  LANGUAGE sql STABLE
AS $$
  SELECT given.number::integer, given.id, given.kind,
    make_interval(secs => 60.0 / given.requests_per_minute),
    make_interval(secs => 60.0 / given.requests_per_minute) * given.burst,
    given.places, given.budgets, given.blocks, given.thresholds,
    ARRAY[day.window_start, week.window_start, month.window_start],
    ARRAY[day.window_end, week.window_end, month.window_end],
    ARRAY[day.settled, week.settled, month.settled]
  FROM ROWS FROM (jsonb_to_recordset(scopes) AS (id uuid, kind text, requests_per_minute integer,
      burst integer, places integer, budgets bigint[], blocks boolean,
      thresholds double precision[], calendar timestamptz[])) WITH ORDINALITY
    AS given (id, kind, requests_per_minute, burst, places, budgets, blocks, thresholds, calendar,
      number)
    LEFT JOIN public.budget_spend AS spend ON spend.scope_id = given.id
    CROSS JOIN LATERAL public.budget_window(given.kind, given.id, given.calendar, 1, at,
      spend.day_start, spend.day_end, spend.day_nano_usd) AS day
    CROSS JOIN LATERAL public.budget_window(given.kind, given.id, given.calendar, 2, at,
      spend.week_start, spend.week_end, spend.week_nano_usd) AS week
    CROSS JOIN LATERAL public.budget_window(given.kind, given.id, given.calendar, 3, at,
      spend.month_start, spend.month_end, spend.month_nano_usd) AS month
$$;
COMMENT ON FUNCTION public.gate_scopes(jsonb, timestamptz) IS
  'Scopes as they are given to the gates, with their windows at a moment.';
GRANT EXECUTE ON FUNCTION public.gate_scopes(jsonb, timestamptz) TO service_role;

CREATE FUNCTION public.live_servers(asking uuid) RETURNS uuid[]
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  -- A lease is two seconds long: half a minute after its last renewal the server is gone, or so
  -- slow that others need not wait for it.
  RETURN (SELECT array_append(array_agg(server.id), asking) FROM public.servers AS server
    WHERE NOT public.is_due(server.lease_until + interval '28 seconds', interval '1 minute'));
END
$$;
COMMENT ON FUNCTION public.live_servers(uuid) IS
  'Servers that gave a sign of life within the last half minute, and the one that asks.';
GRANT EXECUTE ON FUNCTION public.live_servers(uuid) TO service_role;

-- Nothing is held for longer than an hour: a later end was kept while the clock was ahead. Without
-- settings of its own the planner takes it into the statement around it.
CREATE FUNCTION public.held(kind text, id uuid, live uuid[], at timestamptz)
  RETURNS TABLE (amount bigint, places integer)
  LANGUAGE sql STABLE
AS $$
  SELECT coalesce(sum(hold.amount_nano_usd), 0)::bigint,
    (count(*) FILTER (WHERE hold.server_id = ANY (live)))::integer
  FROM (
      SELECT one.amount_nano_usd, one.server_id, one.expires_at
        FROM public.generation_holds AS one
        WHERE kind = 'person' AND one.person_id = held.id
      UNION ALL
      SELECT one.amount_nano_usd, one.server_id, one.expires_at
        FROM public.generation_holds AS one
        WHERE kind = 'organization' AND one.organization_id = held.id
    ) AS hold
  WHERE hold.expires_at > at AND hold.expires_at <= at + interval '1 hour'
$$;
COMMENT ON FUNCTION public.held(text, uuid, uuid[], timestamptz) IS
  'What the requests in flight of a person or an organization hold: money in nano-dollars, and '
  'places. Money is held until a request has ended or expired, a place only while its server '
  'lives.';
GRANT EXECUTE ON FUNCTION public.held(text, uuid, uuid[], timestamptz) TO service_role;

CREATE FUNCTION public.budget_state(scope integer, period integer, state public.gate_scope,
  settled bigint, reserved bigint) RETURNS jsonb
  LANGUAGE sql IMMUTABLE
AS $$
  SELECT jsonb_build_object('scope', scope, 'period', period - 1, 'windowStart',
    (state).starts[period], 'windowEnd', (state).ends[period], 'settled', settled, 'reserved',
    reserved)
$$;
COMMENT ON FUNCTION public.budget_state(integer, integer, public.gate_scope, bigint, bigint) IS
  'What an answer says of a budget: scope as given, period from 0.';
GRANT EXECUTE ON FUNCTION
  public.budget_state(integer, integer, public.gate_scope, bigint, bigint) TO service_role;

-- Budget, pace (the generic cell rate algorithm, ITU-T I.371, virtual scheduling: with T = 60 s /
-- requests_per_minute, tau = burst * T and TAT = theoretical_arrival, a request at t conforms when
-- t >= TAT - tau; then TAT becomes max(t, TAT) + T; from an idle state burst + 1 requests conform
-- at once, then one every T) and places, for the person and the organization.
--
-- Its plans are kept by each connection, however small the tables were when it made them: all that
-- it reads is a few rows by their keys.
--
-- Locks: rows of generation_pace in the order of their ids, nothing else. What is held and spent is
-- read afterwards in one snapshot, so it is as of the last admission; an end can only make room.
CREATE FUNCTION public.admit_generations(server uuid, scopes jsonb, requests jsonb,
  at timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = '' SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
    SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  ids uuid[];
  locked bigint;
  moment timestamptz;
  live uuid[];
  states public.gate_scope[];
  -- By the number of the scope, and those of budgets by their period too. Apart, because the fields
  -- of a row in an array cost ten times as much to look at.
  steps interval[];
  tolerances interval[];
  limits integer[];
  blocks boolean[];
  budgets bigint[];
  settled bigint[];
  arrivals timestamptz[];
  amounts bigint[];
  places integer[];
  given record;
  chosen integer[];
  number integer;
  wait interval;
  longest interval;
  refusal jsonb;
  exceeded jsonb[];
  answers jsonb[] := '{}';
  admitted uuid[] := '{}';
  runs uuid[] := '{}';
  people uuid[] := '{}';
  organizations uuid[] := '{}';
  costs bigint[] := '{}';
  ends timestamptz[] := '{}';
BEGIN
  -- Without waiting for the disk, and for this transaction only. A crash of the database itself can
  -- then forget the last moments of what was taken; nothing of it was billed, and end_generations,
  -- which waits, bills without a hold too.
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT array_agg(scope.id ORDER BY scope.id) INTO ids
    FROM jsonb_to_recordset(scopes) AS scope (id uuid);
  LOOP
    -- Before any is locked, so that nobody waits for a new one while they hold another.
    INSERT INTO public.generation_pace (scope_id)
      SELECT missing.id FROM unnest(ids) AS missing (id)
      WHERE NOT EXISTS (SELECT FROM public.generation_pace AS pace
        WHERE pace.scope_id = missing.id)
      ORDER BY missing.id
      ON CONFLICT DO NOTHING;
    PERFORM FROM public.generation_pace AS pace WHERE pace.scope_id = ANY (ids)
      ORDER BY pace.scope_id FOR UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    -- Otherwise one was tidied away in between.
    EXIT WHEN locked = coalesce(cardinality(ids), 0);
  END LOOP;
  -- Only now: waiting for the locks took time.
  moment := coalesce(at, clock_timestamp());
  live := public.live_servers(server);
  SELECT array_agg(state.scope ORDER BY (state.scope).number),
      array_agg((state.scope).step ORDER BY (state.scope).number),
      array_agg((state.scope).tolerance ORDER BY (state.scope).number),
      array_agg((state.scope).places ORDER BY (state.scope).number),
      array_agg((state.scope).blocks ORDER BY (state.scope).number),
      array_agg((state.scope).budgets ORDER BY (state.scope).number),
      array_agg((state.scope).settled ORDER BY (state.scope).number),
      array_agg(pace.theoretical_arrival ORDER BY (state.scope).number),
      array_agg(held.amount ORDER BY (state.scope).number),
      array_agg(held.places ORDER BY (state.scope).number)
    INTO states, steps, tolerances, limits, blocks, budgets, settled, arrivals, amounts, places
    FROM (SELECT scope FROM public.gate_scopes(scopes, moment) AS scope) AS state
      JOIN public.generation_pace AS pace ON pace.scope_id = (state.scope).id
      CROSS JOIN LATERAL public.held((state.scope).kind, (state.scope).id, live, moment) AS held;

  FOR given IN
    SELECT request.*, coalesce(log.attempts, 0) AS attempts, coalesce(log.made, false) AS made,
        hold.run_id AS holder, hold.expires_at AS expires
      FROM ROWS FROM (jsonb_to_recordset(requests) AS (id uuid, run uuid, amount bigint,
          lifetime_ms bigint, person integer, organization integer)) WITH ORDINALITY
        AS request (id, run, amount, lifetime_ms, person, organization, number)
      LEFT JOIN LATERAL (
        SELECT max(known.attempt) AS attempts, bool_or(known.status = 'success') AS made
          FROM public.generation_logs AS known WHERE known.request_id = request.id) AS log ON true
      LEFT JOIN public.generation_holds AS hold ON hold.request_id = request.id
      ORDER BY request.number
  LOOP
    -- Its answer was lost on the way: what it took is its own.
    IF given.holder = given.run AND NOT given.id = ANY (admitted) THEN
      answers := answers || jsonb_build_object('attempts', given.attempts);
      CONTINUE;
    END IF;
    -- It has ended when the ledger knows it and nobody holds anything for it. One that expired is
    -- as good as given back: the server that held it is gone.
    IF given.made OR given.id = ANY (admitted) OR (given.holder IS NULL AND given.attempts > 0)
      OR (given.expires > moment AND given.expires <= moment + interval '1 hour')
    THEN
      answers := answers || '{"refusedBy": "repeated"}'::jsonb;
      CONTINUE;
    END IF;
    IF given.holder IS NOT NULL THEN
      -- It is ending at this very moment: no admission waits for that.
      PERFORM FROM public.generation_holds AS hold WHERE hold.request_id = given.id
        FOR UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        answers := answers || '{"refusedBy": "repeated"}'::jsonb;
        CONTINUE;
      END IF;
    END IF;
    chosen := array_remove(ARRAY[given.person, given.organization], NULL);
    refusal := NULL;
    exceeded := '{}';
    <<asked>>
    FOR scope IN 1 .. cardinality(chosen) LOOP
      number := chosen[scope];
      FOR period IN 1 .. 3 LOOP
        CONTINUE WHEN settled[number][period] + amounts[number] + given.amount
          <= budgets[number][period];
        IF blocks[number] THEN
          refusal := public.budget_state(scope - 1, period, states[number],
            settled[number][period], amounts[number]) || '{"refusedBy": "budget"}';
          EXIT asked;
        END IF;
        exceeded := exceeded || public.budget_state(scope - 1, period, states[number],
          settled[number][period], amounts[number] + given.amount);
      END LOOP;
    END LOOP;
    IF refusal IS NULL THEN
      longest := interval '0';
      FOR scope IN 1 .. cardinality(chosen) LOOP
        number := chosen[scope];
        -- No request is taken farther ahead than the whole burst: a later time was kept while the
        -- clock was ahead.
        arrivals[number] := least(arrivals[number],
          moment + tolerances[number] + steps[number]);
        wait := arrivals[number] - tolerances[number] - moment;
        IF wait > longest THEN
          longest := wait;
          refusal := jsonb_build_object('refusedBy', 'pace', 'scope', scope - 1, 'retryAfterMs',
            ceil(extract(epoch FROM wait) * 1000)::bigint);
        END IF;
      END LOOP;
    END IF;
    IF refusal IS NULL THEN
      FOR scope IN 1 .. cardinality(chosen) LOOP
        number := chosen[scope];
        IF places[number] >= limits[number] THEN
          refusal := jsonb_build_object('refusedBy', 'places', 'scope', scope - 1);
          EXIT;
        END IF;
      END LOOP;
    END IF;
    IF refusal IS NOT NULL THEN
      answers := answers || refusal;
      CONTINUE;
    END IF;
    FOREACH number IN ARRAY chosen LOOP
      arrivals[number] := greatest(moment, arrivals[number]) + steps[number];
      amounts[number] := amounts[number] + given.amount;
      places[number] := places[number] + 1;
    END LOOP;
    admitted := admitted || given.id;
    runs := runs || given.run;
    people := people || states[given.person].id;
    organizations := array_append(organizations,
      CASE WHEN given.organization IS NOT NULL THEN states[given.organization].id END);
    costs := costs || given.amount;
    ends := ends || moment + given.lifetime_ms * interval '1 millisecond';
    answers := answers
      || jsonb_build_object('attempts', given.attempts, 'exceeded', to_jsonb(exceeded));
  END LOOP;

  UPDATE public.generation_pace AS pace SET theoretical_arrival = later.arrival
    FROM unnest(states, arrivals) AS later (number, id, kind, step, tolerance, places, budgets,
      blocks, thresholds, starts, ends, settled, arrival)
    WHERE pace.scope_id = later.id AND pace.theoretical_arrival <> later.arrival;
  IF cardinality(admitted) > 0 THEN
    INSERT INTO public.generation_holds (request_id, run_id, server_id, person_id, organization_id,
        amount_nano_usd, expires_at)
      SELECT taken.request, taken.run, server, taken.person, taken.organization, taken.amount,
        taken.until
      FROM unnest(admitted, runs, people, organizations, costs, ends)
        AS taken (request, run, person, organization, amount, until)
      ON CONFLICT ON CONSTRAINT generation_holds_pkey DO UPDATE
        SET run_id = excluded.run_id, server_id = excluded.server_id,
          person_id = excluded.person_id, organization_id = excluded.organization_id,
          amount_nano_usd = excluded.amount_nano_usd, expires_at = excluded.expires_at;
  END IF;
  RETURN to_jsonb(answers);
END
$$;
COMMENT ON FUNCTION public.admit_generations(uuid, jsonb, jsonb, timestamptz) IS
  'Each request, in the order given, passes budget, pace and places or takes nothing. requests: '
  'array of {id, run, amount (nano-dollars), lifetime_ms, person, organization (numbers of scopes, '
  'or absent)}. Answers, in their order: {attempts (of the same request before), exceeded (budgets '
  'that only warn)} or {refusedBy: repeated | budget | pace | places} with scope (0 the person, 1 '
  'the organization) and what the gate says. The same run is admitted once and answered again. '
  '`at` replaces the clock in tests.';
GRANT EXECUTE ON FUNCTION public.admit_generations(uuid, jsonb, jsonb, timestamptz)
  TO service_role;

CREATE FUNCTION public.gates_headroom(asking uuid, scopes jsonb, at timestamptz DEFAULT NULL)
  RETURNS jsonb
  LANGUAGE sql VOLATILE SET search_path = ''
AS $$
  WITH now AS (SELECT coalesce(at, clock_timestamp()) AS moment,
    public.live_servers(asking) AS live)
  SELECT coalesce(jsonb_agg(jsonb_build_object('amount', held.amount, 'places', held.places,
      'windowStarts', to_jsonb((state.scope).starts), 'windowEnds', to_jsonb((state.scope).ends),
      'settled', to_jsonb((state.scope).settled),
      'requests', greatest(0, floor(extract(epoch FROM (state.scope).tolerance - pace.ahead)
        / extract(epoch FROM (state.scope).step)) + 1)::bigint,
      'retryAfterMs', greatest(0,
        ceil(extract(epoch FROM pace.ahead - (state.scope).tolerance) * 1000))::bigint)
    ORDER BY (state.scope).number), '[]')
  FROM now CROSS JOIN LATERAL (
      SELECT scope FROM public.gate_scopes(scopes, now.moment) AS scope) AS state
    CROSS JOIN LATERAL public.held((state.scope).kind, (state.scope).id, now.live, now.moment)
      AS held
    CROSS JOIN LATERAL (
      SELECT greatest(interval '0', least(coalesce((
        SELECT kept.theoretical_arrival FROM public.generation_pace AS kept
          WHERE kept.scope_id = (state.scope).id), 'epoch') - now.moment,
        (state.scope).tolerance + (state.scope).step)) AS ahead) AS pace
$$;
COMMENT ON FUNCTION public.gates_headroom(uuid, jsonb, timestamptz) IS
  'What the gates would find now, for each scope: windows with what is settled, what is held '
  '(amount, places), how many requests would be admitted at once by pace and how long the next '
  'would wait. Takes nothing.';
GRANT EXECUTE ON FUNCTION public.gates_headroom(uuid, jsonb, timestamptz) TO service_role;

-- A generation is two statements: one admits, one bills, gives back and stores. Between them
-- nothing is half done: what an attempt cost stands in the ledger and in the budgets by the same
-- commit.

CREATE FUNCTION public.record_attempts(attempts jsonb, at timestamptz,
  OUT scope_ids uuid[], OUT costs bigint[])
  LANGUAGE plpgsql SET search_path = '' SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
    SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  given record;
  known bigint;
  number integer;
  place integer;
BEGIN
  -- Nobody else can add to the same requests: whoever does has locked what their people spent.
  IF NOT EXISTS (SELECT FROM public.generation_logs AS log
    JOIN jsonb_to_recordset(attempts) AS attempt (request_id uuid, attempt integer)
      USING (request_id, attempt))
  THEN
    WITH added AS (
      INSERT INTO public.generation_logs (request_id, attempt, model, parameters, input_tokens,
          output_tokens, thinking_tokens, cache_write_tokens, cache_read_tokens, cost_nano_usd,
          price_version, duration_ms, status, error_code, retry_number, conversation_id, user_id,
          organization_id, client, estimated, run_id, created_at)
        SELECT attempt.request_id, attempt.attempt, attempt.model, attempt.parameters,
          attempt.input_tokens, attempt.output_tokens, attempt.thinking_tokens,
          attempt.cache_write_tokens, attempt.cache_read_tokens, attempt.cost_nano_usd,
          attempt.price_version, attempt.duration_ms, attempt.status, attempt.error_code,
          attempt.retry_number, attempt.conversation_id, attempt.user_id, attempt.organization_id,
          attempt.client, attempt.estimated, attempt.run_id, at
        FROM jsonb_to_recordset(attempts) AS attempt (request_id uuid, attempt integer, model text,
          parameters jsonb, input_tokens bigint, output_tokens bigint, thinking_tokens bigint,
          cache_write_tokens bigint, cache_read_tokens bigint, cost_nano_usd bigint,
          price_version text, duration_ms bigint, status text, error_code text,
          retry_number integer, conversation_id uuid, user_id uuid, organization_id uuid,
          client text, estimated boolean, run_id uuid)
        RETURNING user_id, organization_id, cost_nano_usd
    ), sums AS (
      SELECT cost.id, sum(cost.nano_usd)::bigint AS nano_usd FROM (
          SELECT added.user_id AS id, added.cost_nano_usd AS nano_usd FROM added
          UNION ALL
          SELECT added.organization_id, added.cost_nano_usd FROM added
            WHERE added.organization_id IS NOT NULL
        ) AS cost GROUP BY cost.id
    )
    SELECT array_agg(sums.id), array_agg(sums.nano_usd) INTO scope_ids, costs FROM sums;
    RETURN;
  END IF;
  FOR given IN
    SELECT * FROM jsonb_to_recordset(attempts) AS attempt (request_id uuid, ordinal integer,
      attempt integer, model text, parameters jsonb, input_tokens bigint, output_tokens bigint,
      thinking_tokens bigint, cache_write_tokens bigint, cache_read_tokens bigint,
      cost_nano_usd bigint, price_version text, duration_ms bigint, status text, error_code text,
      retry_number integer, conversation_id uuid, user_id uuid, organization_id uuid, client text,
      estimated boolean, run_id uuid)
  LOOP
    number := given.attempt;
    LOOP
      INSERT INTO public.generation_logs (request_id, attempt, model, parameters, input_tokens,
          output_tokens, thinking_tokens, cache_write_tokens, cache_read_tokens, cost_nano_usd,
          price_version, duration_ms, status, error_code, retry_number, conversation_id, user_id,
          organization_id, client, estimated, run_id, created_at)
        VALUES (given.request_id, number, given.model, given.parameters, given.input_tokens,
          given.output_tokens, given.thinking_tokens, given.cache_write_tokens,
          given.cache_read_tokens, given.cost_nano_usd, given.price_version, given.duration_ms,
          given.status,
          given.error_code, given.retry_number, given.conversation_id, given.user_id,
          given.organization_id, given.client, given.estimated, given.run_id, at)
        ON CONFLICT ON CONSTRAINT generation_logs_attempt_key DO NOTHING;
      IF FOUND THEN
        scope_ids := scope_ids || given.user_id || given.organization_id;
        costs := costs || given.cost_nano_usd || given.cost_nano_usd;
        EXIT;
      END IF;
      -- Either this was sent before and its answer was lost, or another server made the same
      -- request when this one was thought dead: then both calls were made, and both are billed.
      SELECT count(*) INTO known FROM public.generation_logs AS log
        WHERE log.request_id = given.request_id
          AND log.run_id IS NOT DISTINCT FROM given.run_id;
      EXIT WHEN known >= given.ordinal;
      number := number + 1;
    END LOOP;
  END LOOP;
END
$$;
COMMENT ON FUNCTION public.record_attempts(jsonb, timestamptz) IS
  'Writes rows of generation_logs, given as an array of objects with its columns and ordinal '
  '(which call of this run it is, from 1); each once. Answers what the new ones cost, by person '
  'and organization.';
GRANT EXECUTE ON FUNCTION public.record_attempts(jsonb, timestamptz) TO service_role;

-- Locks: rows of budget_spend in the order of their ids, and after them the rows of its own
-- requests. Conversations come first: they take the longest, and others wait for budgets. The end
-- waits for the disk; no admission waits for it.
CREATE FUNCTION public.end_generations(scopes jsonb, ended jsonb, attempts jsonb,
  conversations jsonb, at timestamptz DEFAULT NULL, revisions jsonb DEFAULT '[]') RETURNS jsonb
  LANGUAGE plpgsql SET search_path = '' SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
    SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  moment timestamptz;
  ids uuid[];
  stored jsonb;
  states public.gate_scope[];
  billed record;
  live uuid[];
  given record;
  own record;
  reserved record;
  state jsonb;
  answers jsonb := '[]';
  passed jsonb;
BEGIN
  IF conversations <> '[]' THEN
    stored := public.store_conversations(conversations);
  END IF;
  IF revisions <> '[]' THEN
    PERFORM public.store_revisions(revisions);
  END IF;
  INSERT INTO public.budget_spend (scope_id, scope_type)
    SELECT missing.id, missing.kind
    FROM jsonb_to_recordset(scopes) AS missing (id uuid, kind text)
    WHERE NOT EXISTS (SELECT FROM public.budget_spend AS spend WHERE spend.scope_id = missing.id)
    ORDER BY missing.id
    ON CONFLICT DO NOTHING;
  SELECT array_agg(scope.id) INTO ids FROM jsonb_to_recordset(scopes) AS scope (id uuid);
  PERFORM FROM public.budget_spend AS spend WHERE spend.scope_id = ANY (ids)
    ORDER BY spend.scope_id FOR UPDATE;
  -- Only now: what is billed at a moment counts in the windows of that moment.
  moment := coalesce(at, clock_timestamp());
  SELECT array_agg(scope ORDER BY scope.number) INTO states
    FROM public.gate_scopes(scopes, moment) AS scope;
  billed := public.record_attempts(attempts, moment);
  DELETE FROM public.generation_holds AS hold
    USING jsonb_to_recordset(ended) AS request (id uuid, run uuid, final boolean)
    WHERE request.final AND hold.request_id = request.id AND hold.run_id = request.run;

  WITH cost AS (
    SELECT sums.id, sum(sums.nano_usd)::bigint AS nano_usd
      FROM unnest(billed.scope_ids, billed.costs) AS sums (id, nano_usd) GROUP BY sums.id
  ), spent AS (
    UPDATE public.budget_spend AS spend
      SET day_start = scope.starts[1], day_end = scope.ends[1],
        day_nano_usd = scope.settled[1] + cost.nano_usd,
        week_start = scope.starts[2], week_end = scope.ends[2],
        week_nano_usd = scope.settled[2] + cost.nano_usd,
        month_start = scope.starts[3], month_end = scope.ends[3],
        month_nano_usd = scope.settled[3] + cost.nano_usd
      FROM unnest(states) AS scope JOIN cost ON cost.id = scope.id
      WHERE spend.scope_id = scope.id AND cost.nano_usd > 0
      RETURNING scope.number, scope.kind, scope.id, scope.budgets, scope.thresholds, scope.starts,
        scope.ends, scope.settled, cost.nano_usd
  ), crossed AS (
    SELECT spent.*, period.period, share.threshold
      FROM spent CROSS JOIN generate_series(1, 3) AS period (period)
        CROSS JOIN LATERAL unnest(spent.thresholds) AS share (threshold)
      WHERE spent.budgets[period.period] > 0
        AND spent.settled[period.period] < spent.budgets[period.period] * share.threshold
        AND spent.settled[period.period] + spent.nano_usd
          >= spent.budgets[period.period] * share.threshold
  ), noted AS (
    INSERT INTO public.budget_alerts (scope_type, scope_id, period, window_start, threshold)
      SELECT crossed.kind, crossed.id, (ARRAY['day', 'week', 'month'])[crossed.period],
        crossed.starts[crossed.period], crossed.threshold
      FROM crossed
      ON CONFLICT DO NOTHING
      RETURNING scope_id, period, threshold
  )
  SELECT jsonb_agg(jsonb_build_object('id', crossed.id, 'period', crossed.period - 1,
      'windowStart', crossed.starts[crossed.period], 'windowEnd', crossed.ends[crossed.period],
      'settled', crossed.settled[crossed.period] + crossed.nano_usd, 'reserved', 0,
      'threshold', crossed.threshold) ORDER BY crossed.number, crossed.period, crossed.threshold)
    INTO passed
    FROM crossed JOIN noted ON noted.scope_id = crossed.id AND noted.threshold = crossed.threshold
      AND noted.period = (ARRAY['day', 'week', 'month'])[crossed.period]
    -- Those that this statement notes are not there yet. Whoever was told of a higher one knows.
    WHERE NOT EXISTS (SELECT FROM public.budget_alerts AS higher
      WHERE higher.scope_type = crossed.kind AND higher.scope_id = crossed.id
        AND higher.period = noted.period
        AND higher.window_start = crossed.starts[crossed.period]
        AND higher.threshold > crossed.threshold);

  -- What is set aside is for one attempt; the one that is billed now is beside it.
  IF ended @> '[{"final": false}]' THEN
    live := public.live_servers(NULL);
    SELECT array_agg(scope ORDER BY scope.number) INTO states
      FROM public.gate_scopes(scopes, moment) AS scope;
    FOR given IN
      SELECT request.*, coalesce(hold.amount_nano_usd, 0) AS amount,
          hold.request_id IS NOT NULL AS held
        FROM ROWS FROM (jsonb_to_recordset(ended) AS (id uuid, run uuid, final boolean,
            person integer, organization integer)) WITH ORDINALITY
          AS request (id, run, final, person, organization, number)
        LEFT JOIN public.generation_holds AS hold
          ON hold.request_id = request.id AND hold.run_id = request.run
        ORDER BY request.number
    LOOP
      state := jsonb_build_object('held', given.held);
      <<budgets>>
      FOR scope IN 1 .. 2 LOOP
        CONTINUE WHEN given.final OR (ARRAY[given.person, given.organization])[scope] IS NULL;
        FOR own IN SELECT * FROM unnest(states) AS whole
          WHERE whole.number = (ARRAY[given.person, given.organization])[scope] AND whole.blocks
        LOOP
          SELECT * INTO reserved FROM public.held(own.kind, own.id, live, moment);
          FOR period IN 1 .. 3 LOOP
            IF own.settled[period] + reserved.amount > own.budgets[period] THEN
              state := state || jsonb_build_object('over', public.budget_state(scope - 1, period,
                states[own.number], own.settled[period], reserved.amount - given.amount));
              EXIT budgets;
            END IF;
          END LOOP;
        END LOOP;
      END LOOP;
      answers := answers || state;
    END LOOP;
  END IF;
  RETURN jsonb_build_object('conversations', stored, 'thresholds', passed, 'requests', answers);
END
$$;
COMMENT ON FUNCTION public.end_generations(jsonb, jsonb, jsonb, jsonb, timestamptz, jsonb) IS
  'Ends requests, all of it or nothing: records attempts (see record_attempts), adds what they '
  'cost to the budgets, gives back what was held, notes thresholds and stores conversations and '
  'revisions. '
  'ended: array of {id, run, final, person, organization}; one that is not final goes on with what '
  'it holds. Answers {conversations (what the database decided, by id), thresholds (that were '
  'passed, each once per window, and none after a higher one), requests (when one goes on: in '
  'their order {held, over: a budget that its next attempt would exceed})}. Repeated, it bills '
  'nothing again. `at` replaces the clock in tests.';
GRANT EXECUTE ON FUNCTION public.end_generations(jsonb, jsonb, jsonb, jsonb, timestamptz, jsonb)
  TO service_role;

-- What is spent stays when a budget changes, so it may be above a threshold now, or below one
-- again: that one can be passed another time. Runs as the owner, because nobody else removes notes;
-- it removes only what the present window contradicts.
--
-- Locks: rows of budget_spend in the order of their ids, as end_generations does: nothing is billed
-- to these budgets meanwhile.
CREATE FUNCTION public.note_thresholds(scopes jsonb, at timestamptz DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  ids uuid[];
  moment timestamptz;
  states public.gate_scope[];
  passed jsonb;
BEGIN
  SELECT array_agg(scope.id) INTO ids FROM jsonb_to_recordset(scopes) AS scope (id uuid);
  PERFORM FROM public.budget_spend AS spend WHERE spend.scope_id = ANY (ids)
    ORDER BY spend.scope_id FOR UPDATE;
  moment := coalesce(at, clock_timestamp());
  SELECT array_agg(scope ORDER BY scope.number) INTO states
    FROM public.gate_scopes(scopes, moment) AS scope;
  DELETE FROM public.budget_alerts AS alert
    USING unnest(states) AS scope CROSS JOIN generate_series(1, 3) AS period (period)
    WHERE alert.scope_type = scope.kind AND alert.scope_id = scope.id
      AND alert.period = (ARRAY['day', 'week', 'month'])[period.period]
      AND alert.window_start = scope.starts[period.period]
      AND scope.settled[period.period] < scope.budgets[period.period] * alert.threshold;

  WITH reached AS (
    SELECT scope.number, scope.kind, scope.id, period.period,
        (ARRAY['day', 'week', 'month'])[period.period] AS word,
        scope.starts[period.period] AS window_start, scope.settled[period.period] AS settled,
        share.threshold
      FROM unnest(states) AS scope CROSS JOIN generate_series(1, 3) AS period (period)
        CROSS JOIN LATERAL unnest(scope.thresholds) AS share (threshold)
      WHERE scope.budgets[period.period] > 0
        AND scope.settled[period.period] >= scope.budgets[period.period] * share.threshold
  ), noted AS (
    INSERT INTO public.budget_alerts (scope_type, scope_id, period, window_start, threshold)
      SELECT reached.kind, reached.id, reached.word, reached.window_start, reached.threshold
      FROM reached
      ON CONFLICT DO NOTHING
      RETURNING scope_type, scope_id, period, threshold
  ), highest AS (
    SELECT DISTINCT ON (reached.number, reached.period) reached.*
      FROM reached JOIN noted ON noted.scope_type = reached.kind AND noted.scope_id = reached.id
        AND noted.period = reached.word AND noted.threshold = reached.threshold
      ORDER BY reached.number, reached.period, reached.threshold DESC
  )
  SELECT jsonb_agg(public.budget_state(highest.number - 1, highest.period,
      states[highest.number], highest.settled, 0)
      || jsonb_build_object('threshold', highest.threshold)
      ORDER BY highest.number, highest.period)
    INTO passed
    FROM highest
    -- Those that this statement notes are not there yet.
    WHERE NOT EXISTS (SELECT FROM public.budget_alerts AS higher
      WHERE higher.scope_type = highest.kind AND higher.scope_id = highest.id
        AND higher.period = highest.word AND higher.window_start = highest.window_start
        AND higher.threshold > highest.threshold);
  RETURN coalesce(passed, '[]');
END
$$;
COMMENT ON FUNCTION public.note_thresholds(jsonb, timestamptz) IS
  'After a change of budgets: notes the thresholds that these scopes are above in their present '
  'windows, and removes the notes of those that they are not above any more. Answers of each '
  'budget the highest that was not noted yet, unless a higher one was: {scope, period, '
  'windowStart, windowEnd, settled, reserved, threshold}. `at` replaces the clock in tests.';
GRANT EXECUTE ON FUNCTION public.note_thresholds(jsonb, timestamptz) TO service_role;

CREATE FUNCTION public.tidy_holds(most integer) RETURNS bigint
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  holds bigint;
  paces bigint;
BEGIN
  DELETE FROM public.generation_holds AS hold WHERE hold.request_id IN (
    SELECT due.request_id FROM public.generation_holds AS due
      WHERE public.is_due(due.expires_at + interval '1 day', interval '26 hours')
      LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS holds = ROW_COUNT;
  -- A day is longer than any burst lasts.
  DELETE FROM public.generation_pace AS pace WHERE pace.scope_id IN (
    SELECT idle.scope_id FROM public.generation_pace AS idle
      WHERE idle.theoretical_arrival < clock_timestamp() - interval '1 day'
      LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS paces = ROW_COUNT;
  RETURN greatest(holds, paces);
END
$$;
COMMENT ON FUNCTION public.tidy_holds(integer) IS
  'Removes what crashed servers held, a day after it expired, and paces without an effect for a '
  'day: at most so many of each. Answers how many of the larger. Until then an expired hold tells '
  'that its request did not end, and may be sent again.';
GRANT EXECUTE ON FUNCTION public.tidy_holds(integer) TO service_role;

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
      ORDER BY due.id LIMIT most);
  GET DIAGNOSTICS removed = ROW_COUNT;
  DELETE FROM public.budget_spend AS spend WHERE spend.scope_id IN (
    SELECT due.scope_id FROM public.budget_spend AS due WHERE due.month_end < cutoff
      LIMIT most FOR UPDATE SKIP LOCKED);
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
  'Removes attempts, alerts of budgets, and the budgets of those who spent nothing, that are older '
  'than `keep`, at least 400 days: at most so many of each; answers how many. 0: none is left, or '
  'another server is at it.';
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
CALL public.protect('public.budget_alerts', 'SELECT, INSERT');
CALL public.protect('public.generation_pace', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.generation_holds', 'SELECT, INSERT, UPDATE, DELETE');
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
