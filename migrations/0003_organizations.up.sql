-- Organizations, who belongs to them, and invitations. Nobody becomes a member without having said
-- yes: owners and admins invite an address, and whoever it belongs to accepts.

CREATE TABLE public.organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CONSTRAINT organizations_name_check CHECK (length(name) BETWEEN 1 AND 100),
  time_zone text NOT NULL DEFAULT 'UTC',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.organizations FOR EACH ROW
  EXECUTE FUNCTION public.set_updated_at();
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
  'Unique: a person belongs to at most one organization, so that it is always clear whose '
  'defaults apply.';
COMMENT ON COLUMN public.organization_members.role IS 'What they may do in the organization.';

CREATE TABLE public.invitations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL CONSTRAINT invitations_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  address text NOT NULL CONSTRAINT invitations_address_check
    CHECK (address LIKE '_%@_%' AND length(address) <= 254),
  role text NOT NULL DEFAULT 'member'
    CONSTRAINT invitations_role_check CHECK (role IN ('owner', 'admin', 'member')),
  state text NOT NULL DEFAULT 'pending' CONSTRAINT invitations_state_check
    CHECK (state IN ('pending', 'accepted', 'declined', 'withdrawn', 'expired')),
  invited_by uuid CONSTRAINT invitations_invited_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  invited_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
  ended_at timestamptz,
  needs_link boolean NOT NULL DEFAULT false,
  token_digests bytea[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT invitations_ended_check CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX invitations_pending_key ON public.invitations (organization_id, lower(address))
  WHERE state = 'pending';
CREATE INDEX invitations_address_idx ON public.invitations (lower(address)) WHERE state = 'pending';
CREATE INDEX invitations_invited_by_idx ON public.invitations (invited_by)
  WHERE invited_by IS NOT NULL;
CREATE INDEX invitations_expires_at_idx ON public.invitations (expires_at) WHERE state = 'pending';
CREATE INDEX invitations_ended_at_idx ON public.invitations (ended_at) WHERE ended_at IS NOT NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.invitations
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.invitations IS
  'Invitations to organizations. A membership is made by accepting one; before that nothing is '
  'shared and nothing applies.';
COMMENT ON COLUMN public.invitations.address IS
  'Who is invited: whoever has, or will have, the account of this address. At most one pending '
  'invitation per organization and address.';
COMMENT ON COLUMN public.invitations.role IS 'What they will be in the organization.';
COMMENT ON COLUMN public.invitations.state IS
  'pending ends as one of the others. A pending one whose expires_at is past is worth nothing, '
  'whether or not the sweep has called it expired.';
COMMENT ON COLUMN public.invitations.invited_by IS
  'Whose right it rests on: the invitation is withdrawn with the membership or the role that '
  'allowed it.';
COMMENT ON COLUMN public.invitations.invited_at IS 'When it was made, or renewed last.';
COMMENT ON COLUMN public.invitations.expires_at IS 'Counts from invited_at.';
COMMENT ON COLUMN public.invitations.ended_at IS
  'When it was accepted, declined, withdrawn or found expired.';
COMMENT ON COLUMN public.invitations.needs_link IS
  'A link was mailed to the address. An account made after the invitation finds and accepts it '
  'only by that link: signing up proves nothing of an address.';
COMMENT ON COLUMN public.invitations.token_digests IS
  'SHA-256 of the tokens in the links that were mailed, one for each attempt to send it. The '
  'tokens themselves are kept nowhere.';

-- Whoever loses the right to invite, by whatever way, leaves no invitations behind that rest on it.
CREATE FUNCTION public.withdraw_invitations() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE public.invitations AS theirs SET state = 'withdrawn', ended_at = now()
    WHERE theirs.organization_id = OLD.organization_id AND theirs.invited_by = OLD.user_id
      AND theirs.state = 'pending' AND (TG_OP = 'DELETE' OR NEW.role = 'member'
        OR (NEW.role = 'admin' AND theirs.role = 'owner'));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.withdraw_invitations() IS
  'Ends the pending invitations of a member who may no longer make them.';
CREATE TRIGGER withdraw_invitations AFTER UPDATE OF role OR DELETE ON public.organization_members
  FOR EACH ROW EXECUTE FUNCTION public.withdraw_invitations();

-- What the caller is: these answer for the caller only. They run as the owner because the policies
-- below ask them: a policy of organization_members that read organization_members itself would
-- never end.

CREATE FUNCTION auth.organization_role(organization uuid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT role FROM public.organization_members
    WHERE organization_id = organization AND user_id = auth.uid()
$$;
COMMENT ON FUNCTION auth.organization_role(uuid) IS
  'What the caller is in an organization; null for a stranger.';
GRANT EXECUTE ON FUNCTION auth.organization_role(uuid) TO authenticated, service_role;

-- For policies of tables with many rows: asked once per statement, not once per row.
CREATE FUNCTION auth.own_organization() RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT organization_id FROM public.organization_members WHERE user_id = auth.uid()
$$;
COMMENT ON FUNCTION auth.own_organization() IS
  'The organization that the caller belongs to, in whatever role; null for none.';
GRANT EXECUTE ON FUNCTION auth.own_organization() TO authenticated, service_role;

CREATE FUNCTION auth.administered_organization() RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT organization_id FROM public.organization_members
    WHERE user_id = auth.uid() AND role IN ('owner', 'admin')
$$;
COMMENT ON FUNCTION auth.administered_organization() IS
  'The organization that the caller owns or administers, if any. For policies of large tables: '
  'asked once, not per row.';
GRANT EXECUTE ON FUNCTION auth.administered_organization() TO authenticated, service_role;

CREATE FUNCTION public.colleague_name(person uuid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT known.display_name FROM auth.users AS known
  WHERE known.id = person AND (person = auth.uid() OR auth.is_admin() OR EXISTS (
    SELECT FROM public.organization_members AS member
    WHERE member.user_id = person AND member.organization_id = auth.own_organization()))
$$;
COMMENT ON FUNCTION public.colleague_name(uuid) IS
  'What somebody is called, for the members of their organization and for administrators; null '
  'for others.';
GRANT EXECUTE ON FUNCTION public.colleague_name(uuid) TO authenticated, service_role;

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
  'The members by name and address, for the organization''s owners and admins and for '
  'administrators; empty for others.';
GRANT EXECUTE ON FUNCTION public.organization_people(uuid) TO authenticated;

-- Row-level security

CALL public.protect('public.organizations', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.organization_members', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.invitations', 'SELECT, INSERT, UPDATE, DELETE');

-- Members read, owners and admins write, the installation's administrators do all of it.
GRANT SELECT, INSERT (name, time_zone), DELETE, UPDATE (name, time_zone)
  ON public.organizations TO authenticated;
CREATE POLICY member_read ON public.organizations FOR SELECT TO authenticated
  USING (auth.organization_role(id) IS NOT NULL);
CREATE POLICY manager_update ON public.organizations FOR UPDATE TO authenticated
  USING (auth.organization_role(id) IN ('owner', 'admin'))
  WITH CHECK (auth.organization_role(id) IN ('owner', 'admin'));
CREATE POLICY owner_delete ON public.organizations FOR DELETE TO authenticated
  USING (auth.organization_role(id) = 'owner');
CREATE POLICY admin_all ON public.organizations TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));

-- An admin of an organization neither makes owners nor touches them: otherwise every admin would be
-- an owner. Consent has no other door than an invitation: nobody, administrators included, puts a
-- row in here themselves.
GRANT SELECT, DELETE, UPDATE (role) ON public.organization_members TO authenticated;
CREATE POLICY member_read ON public.organization_members FOR SELECT TO authenticated
  USING (auth.organization_role(organization_id) IS NOT NULL);
CREATE POLICY owner_write ON public.organization_members TO authenticated
  USING (auth.organization_role(organization_id) = 'owner')
  WITH CHECK (auth.organization_role(organization_id) = 'owner');
CREATE POLICY manager_write ON public.organization_members TO authenticated
  USING (role <> 'owner' AND auth.organization_role(organization_id) = 'admin')
  WITH CHECK (role <> 'owner' AND auth.organization_role(organization_id) = 'admin');
CREATE POLICY own_leave ON public.organization_members FOR DELETE TO authenticated
  USING (role <> 'owner' AND user_id = (SELECT auth.uid()));
CREATE POLICY admin_all ON public.organization_members TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));

-- Invitations are written, and shown to whom they are for, by the service, which asks who may.
GRANT SELECT (id, organization_id, address, role, state, invited_by, invited_at, expires_at,
  ended_at, needs_link, created_at, updated_at) ON public.invitations TO authenticated;
CREATE POLICY manager_read ON public.invitations FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.invitations FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

-- Told to every server process at commit, like the end of an access.
CREATE FUNCTION public.notify_membership_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM pg_notify('train_events',
    jsonb_build_object('type', 'membership-changed',
      'userId', coalesce(NEW.user_id, OLD.user_id))::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_membership_changed() IS
  'Other defaults apply to this person from now on.';
CREATE TRIGGER notify_membership_changed AFTER INSERT OR UPDATE OR DELETE
  ON public.organization_members
  FOR EACH ROW EXECUTE FUNCTION public.notify_membership_changed();
