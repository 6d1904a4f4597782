-- Nobody becomes a member without having said yes: owners and admins invite an address, and whoever
-- it belongs to accepts.

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

-- The mail with the link goes the way of all mail, to an address that may have no account.
ALTER TABLE public.notification_outbox
  ALTER COLUMN notification_id DROP NOT NULL,
  ALTER COLUMN user_id DROP NOT NULL,
  ADD COLUMN invitation_id uuid CONSTRAINT notification_outbox_invitation_id_key UNIQUE
    CONSTRAINT notification_outbox_invitation_id_fkey
    REFERENCES public.invitations (id) ON DELETE CASCADE,
  ADD CONSTRAINT notification_outbox_subject_check
    CHECK (num_nonnulls(notification_id, invitation_id) = 1
    AND (notification_id IS NULL) = (user_id IS NULL));
COMMENT ON TABLE public.notification_outbox IS
  'Mail on its way: one row for each notification that goes to its person by mail, and for each '
  'invitation that goes to its address.';
COMMENT ON COLUMN public.notification_outbox.invitation_id IS
  'What it carries instead of a notification: an invitation, to whoever has the address.';

-- Row-level security. Invitations are written, and shown to whom they are for, by the service,
-- which asks who may. Consent has no other door: nobody, administrators included, puts a row into
-- organization_members themselves.

REVOKE INSERT ON public.organization_members FROM authenticated;

ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.invitations TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.invitations TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.invitations TO service_role;
GRANT SELECT (id, organization_id, address, role, state, invited_by, invited_at, expires_at,
  ended_at, needs_link, created_at, updated_at) ON public.invitations TO authenticated;
CREATE POLICY manager_read ON public.invitations FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()));
CREATE POLICY admin_read ON public.invitations FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
