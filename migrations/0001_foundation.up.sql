-- What every later step stands on. The roles train_owner (owns all of this), authenticated (a
-- person's request, row-level security applies) and service_role (system work) are made before by
-- the server: roles belong to the cluster, not to a database.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA auth;
COMMENT ON SCHEMA auth IS
  'Accounts, sessions, API tokens, and the functions that say who is asking.';
GRANT USAGE ON SCHEMA auth TO authenticated, service_role;

CREATE SCHEMA vault;
COMMENT ON SCHEMA vault IS 'Encrypted secrets. No access for the role authenticated.';
GRANT USAGE ON SCHEMA vault TO service_role;

-- The schema public is owned by the owner of the database, who may be somebody else in an external
-- installation; PostgreSQL's own defaults (use for all, create for none) are then enough.
DO $$
BEGIN
  IF (SELECT pg_has_role(current_user, nspowner, 'USAGE') FROM pg_namespace
    WHERE nspname = 'public')
  THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO authenticated, service_role;
  END IF;
END
$$;

-- Who is asking

CREATE FUNCTION auth.uid() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid;
COMMENT ON FUNCTION auth.uid() IS
  'The account that is asking, from the claims set for this transaction; null when nobody is.';
GRANT EXECUTE ON FUNCTION auth.uid() TO authenticated, service_role;

CREATE FUNCTION auth.role() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role', '');
COMMENT ON FUNCTION auth.role() IS
  'The database role named by the claims set for this transaction; null without claims.';
GRANT EXECUTE ON FUNCTION auth.role() TO authenticated, service_role;

-- What tables have in common

-- Nothing is allowed unless a policy says so, for the owner of a table too. What people may do is
-- said beside each table.
CREATE PROCEDURE public.protect(relation regclass, service_rights text DEFAULT NULL)
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
  EXECUTE format('CREATE POLICY owner_all ON %s TO train_owner USING (true) WITH CHECK (true)',
    relation);
  IF service_rights IS NOT NULL THEN
    EXECUTE format('CREATE POLICY service_all ON %s TO service_role USING (true) WITH CHECK (true)',
      relation);
    EXECUTE format('GRANT %s ON %s TO service_role', service_rights, relation);
  END IF;
END
$$;
COMMENT ON PROCEDURE public.protect(regclass, text) IS
  'For the steps of the schema: puts a table under row-level security, with all rows for its '
  'owner and, when rights are named, all rows and these rights for the system.';

CREATE FUNCTION public.set_updated_at() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION public.set_updated_at() IS
  'BEFORE UPDATE trigger of every table that has updated_at.';

CREATE FUNCTION public.set_updated_by() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  NEW.updated_by := coalesce(auth.uid(), NEW.updated_by);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION public.set_updated_by() IS
  'Whoever has claims is who changed it, whatever the statement says.';

-- By the clock and not by now(): a transaction that began before another one put something off
-- would take it for farther ahead than it can be.
CREATE FUNCTION public.is_due(at timestamptz, longest interval) RETURNS boolean
  LANGUAGE sql VOLATILE
AS $$
  SELECT at <= clock_timestamp() OR at > clock_timestamp() + longest
$$;
COMMENT ON FUNCTION public.is_due(timestamptz, interval) IS
  'Whether a time that is kept at most `longest` ahead has come. One farther ahead was kept while '
  'the clock was ahead, and has come too.';
GRANT EXECUTE ON FUNCTION public.is_due(timestamptz, interval) TO service_role;

-- Rate limits, shared by all server processes

-- Not logged: after a crash everybody starts with an empty limit, which harms nobody, and taking
-- one costs no disk flush.
CREATE UNLOGGED TABLE public.rate_limits (
  scope text PRIMARY KEY,
  theoretical_arrival timestamptz NOT NULL
);
COMMENT ON TABLE public.rate_limits IS
  'State of the rate limiter, one row per limited thing. A row in the past is worth nothing and '
  'may be removed.';
COMMENT ON COLUMN public.rate_limits.scope IS
  'What is limited, for example sign-in:address:192.0.2.7.';
COMMENT ON COLUMN public.rate_limits.theoretical_arrival IS
  'When the next request would come if all so far had come evenly spaced.';

CALL public.protect('public.rate_limits', 'SELECT, INSERT, UPDATE, DELETE');

-- Generic cell rate algorithm, ITU-T I.371 (virtual scheduling): with T = `every` and TAT =
-- theoretical_arrival, a request at t conforms when max(t, TAT) + T - burst * T <= t; then TAT
-- becomes max(t, TAT) + T. One statement decides and takes, so parallel requests cannot take the
-- same slot; only the database's clock is read, so the servers' need not agree.
CREATE FUNCTION public.take_rate_limit(scope text, every interval, burst integer) RETURNS integer
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  moment timestamptz;
  arrival timestamptz;
  wait interval;
BEGIN
  IF every <= interval '0' OR burst < 1 THEN
    RAISE EXCEPTION 'take_rate_limit: every must be positive and burst at least 1'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO public.rate_limits AS held (scope, theoretical_arrival)
    VALUES (take_rate_limit.scope, clock_timestamp() + every)
    ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE
      SET theoretical_arrival = greatest(held.theoretical_arrival, clock_timestamp()) + every
      WHERE greatest(held.theoretical_arrival, clock_timestamp()) + every - burst * every
        <= clock_timestamp();
  IF FOUND THEN
    RETURN 0;
  END IF;
  SELECT held.theoretical_arrival INTO arrival
    FROM public.rate_limits AS held WHERE held.scope = take_rate_limit.scope FOR UPDATE;
  moment := clock_timestamp();
  -- No request is taken farther ahead than the whole burst: a later time was kept while the clock
  -- was ahead.
  IF arrival > moment + burst * every THEN
    arrival := moment + burst * every;
    UPDATE public.rate_limits AS held SET theoretical_arrival = arrival
      WHERE held.scope = take_rate_limit.scope;
  END IF;
  wait := arrival + every - burst * every - moment;
  RETURN greatest(1, ceil(extract(epoch FROM wait)))::integer;
END
$$;
COMMENT ON FUNCTION public.take_rate_limit(text, interval, integer) IS
  'Takes one request of a limit that admits one per `every`, up to `burst` at once. 0: go on. '
  'Otherwise the seconds to wait; nothing was taken.';
GRANT EXECUTE ON FUNCTION public.take_rate_limit(text, interval, integer) TO service_role;
