-- Accounts, how they sign in, the organizations they belong to, and rate limits shared by all server processes.

CREATE TABLE auth.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL CONSTRAINT users_email_check CHECK (email LIKE '_%@_%' AND length(email) <= 254),
  password_hash text NOT NULL CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
  display_name text NOT NULL CONSTRAINT users_display_name_check CHECK (length(display_name) BETWEEN 1 AND 100),
  role text NOT NULL DEFAULT 'member' CONSTRAINT users_role_check CHECK (role IN ('admin', 'member')),
  time_zone text NOT NULL DEFAULT 'UTC',
  disabled_at timestamptz,
  password_changed_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
-- Two spellings of one address are one account: people do not remember how they wrote it.
CREATE UNIQUE INDEX users_email_key ON auth.users (lower(email));
CREATE TRIGGER set_updated_at BEFORE UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE auth.users IS 'One row per account.';
COMMENT ON COLUMN auth.users.email IS 'As the person wrote it; unique without regard to case.';
COMMENT ON COLUMN auth.users.password_hash IS 'argon2id in PHC form. The check keeps a plain password out, whatever the caller does.';
COMMENT ON COLUMN auth.users.role IS 'What the account may do in the whole installation; an organization has its own roles.';
COMMENT ON COLUMN auth.users.time_zone IS 'IANA name, for the days of budgets and the times shown.';
COMMENT ON COLUMN auth.users.disabled_at IS 'Since when the account may not sign in; null for an active one.';
COMMENT ON COLUMN auth.users.password_changed_at IS 'Sessions older than this were made with an earlier password.';

CREATE TABLE auth.sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE
    CONSTRAINT sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  last_seen timestamptz NOT NULL DEFAULT now(),
  ip inet,
  user_agent text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_user_id_idx ON auth.sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON auth.sessions (expires_at);
COMMENT ON TABLE auth.sessions IS 'One row per signed-in browser.';
COMMENT ON COLUMN auth.sessions.token_hash IS 'SHA-256 of the cookie: whoever reads this table cannot sign in with it.';
COMMENT ON COLUMN auth.sessions.last_seen IS 'Coarse: written at most every few minutes.';

CREATE TABLE auth.api_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL CONSTRAINT api_tokens_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT api_tokens_name_check CHECK (length(name) BETWEEN 1 AND 100),
  token_hash bytea NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE
    CONSTRAINT api_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
  last_four text NOT NULL CONSTRAINT api_tokens_last_four_check CHECK (length(last_four) = 4),
  scopes text[] NOT NULL CONSTRAINT api_tokens_scopes_check CHECK (cardinality(scopes) > 0),
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_tokens_user_id_idx ON auth.api_tokens (user_id);
COMMENT ON TABLE auth.api_tokens IS 'Tokens with which a script acts for its person.';
COMMENT ON COLUMN auth.api_tokens.token_hash IS 'SHA-256 of the whole token; the token itself is shown once and kept nowhere.';
COMMENT ON COLUMN auth.api_tokens.last_four IS 'The end of the token, so that a person can tell their tokens apart.';
COMMENT ON COLUMN auth.api_tokens.scopes IS 'What the token may be used for, for example preferences:read.';
COMMENT ON COLUMN auth.api_tokens.expires_at IS 'Null: does not expire by itself.';
COMMENT ON COLUMN auth.api_tokens.last_used_at IS 'Coarse: written at most every few minutes.';

CREATE TABLE public.organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CONSTRAINT organizations_name_check CHECK (length(name) BETWEEN 1 AND 100),
  time_zone text NOT NULL DEFAULT 'UTC',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.organizations FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.organizations IS 'A team that shares defaults, budgets and ceilings.';
COMMENT ON COLUMN public.organizations.time_zone IS 'IANA name; the calendar of its budgets.';

CREATE TABLE public.organization_members (
  organization_id uuid NOT NULL CONSTRAINT organization_members_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT organization_members_user_id_key UNIQUE
    CONSTRAINT organization_members_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'member'
    CONSTRAINT organization_members_role_check CHECK (role IN ('owner', 'admin', 'member')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, user_id)
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.organization_members
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.organization_members IS 'Who belongs where, and what they may do there.';
COMMENT ON COLUMN public.organization_members.user_id IS
  'Unique: a person belongs to at most one organization, so that it is always clear whose defaults apply.';

-- Not logged: after a crash everybody starts with an empty limit, which harms nobody, and taking one costs no disk flush.
CREATE UNLOGGED TABLE public.rate_limits (
  scope text PRIMARY KEY,
  theoretical_arrival timestamptz NOT NULL
);
COMMENT ON TABLE public.rate_limits IS 'State of the rate limiter, one row per limited thing. A row in the past is worth nothing and may be removed.';
COMMENT ON COLUMN public.rate_limits.scope IS 'What is limited, for example sign-in:address:192.0.2.7.';
COMMENT ON COLUMN public.rate_limits.theoretical_arrival IS 'When the next request would come if all so far had come evenly spaced.';

-- Generic cell rate algorithm, ITU-T I.371 (virtual scheduling): with T = `every` and TAT = theoretical_arrival, a request at t
-- conforms when max(t, TAT) + T - burst * T <= t; then TAT becomes max(t, TAT) + T. One statement decides and takes,
-- so parallel requests cannot take the same slot; only the database's clock is read, so the servers' need not agree.
CREATE FUNCTION public.take_rate_limit(scope text, every interval, burst integer) RETURNS integer
  LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
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
  SELECT held.theoretical_arrival + every - burst * every - clock_timestamp() INTO wait
    FROM public.rate_limits AS held WHERE held.scope = take_rate_limit.scope;
  RETURN greatest(1, ceil(extract(epoch FROM wait)))::integer;
END
$$;
COMMENT ON FUNCTION public.take_rate_limit(text, interval, integer) IS
  'Takes one request of a limit that admits one per `every`, up to `burst` at once. 0: go on. Otherwise the seconds to wait; nothing was taken.';
GRANT EXECUTE ON FUNCTION public.take_rate_limit(text, interval, integer) TO service_role;

-- Who is asking: answers for the caller only. They run as the owner because the policies below ask them: a policy
-- of organization_members that read organization_members itself would never end.

CREATE FUNCTION auth.is_admin() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT EXISTS (SELECT FROM auth.users WHERE id = auth.uid() AND role = 'admin' AND disabled_at IS NULL)
$$;
COMMENT ON FUNCTION auth.is_admin() IS 'Whether the caller is an administrator of the installation.';
GRANT EXECUTE ON FUNCTION auth.is_admin() TO authenticated, service_role;

CREATE FUNCTION auth.organization_role(organization uuid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT role FROM public.organization_members WHERE organization_id = organization AND user_id = auth.uid()
$$;
COMMENT ON FUNCTION auth.organization_role(uuid) IS 'What the caller is in an organization; null for a stranger.';
GRANT EXECUTE ON FUNCTION auth.organization_role(uuid) TO authenticated, service_role;

CREATE FUNCTION auth.administered_organization() RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT organization_id FROM public.organization_members WHERE user_id = auth.uid() AND role IN ('owner', 'admin')
$$;
COMMENT ON FUNCTION auth.administered_organization() IS
  'The organization that the caller owns or administers, if any. For policies of large tables: asked once, not per row.';
GRANT EXECUTE ON FUNCTION auth.administered_organization() TO authenticated, service_role;

CREATE FUNCTION public.organization_people(organization uuid)
  RETURNS TABLE (user_id uuid, email text, display_name text, role text, joined_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT member.user_id, person.email, person.display_name, member.role, member.created_at
  FROM public.organization_members AS member JOIN auth.users AS person ON person.id = member.user_id
  WHERE member.organization_id = organization
    AND (auth.organization_role(organization) IN ('owner', 'admin') OR auth.is_admin())
  ORDER BY lower(person.display_name), member.user_id
$$;
COMMENT ON FUNCTION public.organization_people(uuid) IS
  'The members by name and address, for the organization''s owners and admins and for administrators; empty for others.';
GRANT EXECUTE ON FUNCTION public.organization_people(uuid) TO authenticated;

-- Row-level security: nothing is allowed unless a policy says so, for the owner of the tables too.

ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.api_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.organization_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.rate_limits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON auth.users TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON auth.sessions TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON auth.api_tokens TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.organizations TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.organization_members TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.rate_limits TO train_owner USING (true) WITH CHECK (true);

CREATE POLICY service_all ON auth.users TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON auth.sessions TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON auth.api_tokens TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.organizations TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.organization_members TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.rate_limits TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.users, auth.sessions, auth.api_tokens TO service_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.organizations, public.organization_members, public.rate_limits TO service_role;

-- Accounts. Address, role, password and disabling go through the service, which asks for the password or an administrator.
GRANT SELECT (id, email, display_name, role, time_zone, disabled_at, password_changed_at, created_at, updated_at),
  UPDATE (display_name, time_zone) ON auth.users TO authenticated;
CREATE POLICY own_read ON auth.users FOR SELECT TO authenticated USING (id = (SELECT auth.uid()));
CREATE POLICY own_update ON auth.users FOR UPDATE TO authenticated
  USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));
CREATE POLICY admin_read ON auth.users FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

GRANT SELECT (id, user_id, expires_at, last_seen, ip, user_agent, created_at), DELETE ON auth.sessions TO authenticated;
CREATE POLICY own_read ON auth.sessions FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_delete ON auth.sessions FOR DELETE TO authenticated USING (user_id = (SELECT auth.uid()));

GRANT SELECT (id, user_id, name, last_four, scopes, expires_at, last_used_at, created_at), DELETE ON auth.api_tokens TO authenticated;
CREATE POLICY own_read ON auth.api_tokens FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_delete ON auth.api_tokens FOR DELETE TO authenticated USING (user_id = (SELECT auth.uid()));

-- Organizations: members read, owners and admins write, the installation's administrators do all of it.
GRANT SELECT, INSERT, DELETE, UPDATE (name, time_zone) ON public.organizations TO authenticated;
CREATE POLICY member_read ON public.organizations FOR SELECT TO authenticated USING (auth.organization_role(id) IS NOT NULL);
CREATE POLICY manager_update ON public.organizations FOR UPDATE TO authenticated
  USING (auth.organization_role(id) IN ('owner', 'admin')) WITH CHECK (auth.organization_role(id) IN ('owner', 'admin'));
CREATE POLICY owner_delete ON public.organizations FOR DELETE TO authenticated USING (auth.organization_role(id) = 'owner');
CREATE POLICY admin_all ON public.organizations TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));

-- An admin of an organization neither makes owners nor touches them: otherwise every admin would be an owner.
GRANT SELECT, INSERT, DELETE, UPDATE (role) ON public.organization_members TO authenticated;
CREATE POLICY member_read ON public.organization_members FOR SELECT TO authenticated
  USING (auth.organization_role(organization_id) IS NOT NULL);
CREATE POLICY owner_write ON public.organization_members TO authenticated
  USING (auth.organization_role(organization_id) = 'owner') WITH CHECK (auth.organization_role(organization_id) = 'owner');
CREATE POLICY manager_write ON public.organization_members TO authenticated
  USING (role <> 'owner' AND auth.organization_role(organization_id) = 'admin')
  WITH CHECK (role <> 'owner' AND auth.organization_role(organization_id) = 'admin');
CREATE POLICY own_leave ON public.organization_members FOR DELETE TO authenticated
  USING (role <> 'owner' AND user_id = (SELECT auth.uid()));
CREATE POLICY admin_all ON public.organization_members TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));

-- Told to every server process at commit, so that what they remember of a person is dropped everywhere at once.

CREATE FUNCTION public.notify_access_revoked() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM pg_notify('train_events',
    jsonb_build_object('type', 'access-revoked', 'userId', coalesce(to_jsonb(OLD) ->> 'user_id', to_jsonb(OLD) ->> 'id'))::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_access_revoked() IS 'A session or token is gone, or an account was disabled or changed its role or password.';
CREATE TRIGGER notify_access_revoked AFTER DELETE ON auth.sessions
  FOR EACH ROW EXECUTE FUNCTION public.notify_access_revoked();
CREATE TRIGGER notify_access_revoked AFTER DELETE ON auth.api_tokens
  FOR EACH ROW EXECUTE FUNCTION public.notify_access_revoked();
CREATE TRIGGER notify_access_revoked AFTER UPDATE ON auth.users FOR EACH ROW
  WHEN ((OLD.role, OLD.disabled_at, OLD.password_hash) IS DISTINCT FROM (NEW.role, NEW.disabled_at, NEW.password_hash))
  EXECUTE FUNCTION public.notify_access_revoked();
CREATE TRIGGER notify_access_removed AFTER DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.notify_access_revoked();

CREATE FUNCTION public.notify_membership_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM pg_notify('train_events',
    jsonb_build_object('type', 'membership-changed', 'userId', coalesce(NEW.user_id, OLD.user_id))::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_membership_changed() IS 'Other defaults apply to this person from now on.';
CREATE TRIGGER notify_membership_changed AFTER INSERT OR UPDATE OR DELETE ON public.organization_members
  FOR EACH ROW EXECUTE FUNCTION public.notify_membership_changed();
