-- What every later step stands on. The roles train_owner (owns all of this), authenticated (a person's request, row-level
-- security applies) and service_role (system work) are made before by the server: roles belong to the cluster, not to a database.

-- A function is executable by everybody unless said otherwise. Here: by nobody unless granted.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA auth;
COMMENT ON SCHEMA auth IS 'Accounts, sessions, API tokens, and the functions that say who is asking.';
GRANT USAGE ON SCHEMA auth TO authenticated, service_role;

CREATE SCHEMA vault;
COMMENT ON SCHEMA vault IS 'Encrypted secrets. No access for the role authenticated.';
GRANT USAGE ON SCHEMA vault TO service_role;

-- The schema public is owned by the owner of the database, who may be somebody else in an external installation;
-- PostgreSQL's own defaults (use for all, create for none) are then enough.
DO $$
BEGIN
  IF (SELECT pg_has_role(current_user, nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO authenticated, service_role;
  END IF;
END
$$;

CREATE FUNCTION auth.uid() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid;
COMMENT ON FUNCTION auth.uid() IS 'The account that is asking, from the claims set for this transaction; null when nobody is.';
GRANT EXECUTE ON FUNCTION auth.uid() TO authenticated, service_role;

CREATE FUNCTION auth.role() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role', '');
COMMENT ON FUNCTION auth.role() IS 'The database role named by the claims set for this transaction; null without claims.';
GRANT EXECUTE ON FUNCTION auth.role() TO authenticated, service_role;

CREATE FUNCTION public.set_updated_at() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION public.set_updated_at() IS 'BEFORE UPDATE trigger of every table that has updated_at.';
