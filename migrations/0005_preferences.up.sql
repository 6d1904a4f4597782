-- What each person chose, and what each organization chose for its members. Only choices are
-- stored: what applies where nobody chose is decided in one place, the program, so that the
-- database can never disagree with it.

CREATE TABLE public.user_preferences (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL CONSTRAINT user_preferences_user_id_key UNIQUE
    CONSTRAINT user_preferences_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
  preferences jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT user_preferences_preferences_check CHECK (jsonb_typeof(preferences) = 'object'),
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_preferences_preferences_idx ON public.user_preferences
  USING gin (preferences jsonb_path_ops);
CREATE INDEX user_preferences_created_at_idx ON public.user_preferences (created_at DESC);
COMMENT ON TABLE public.user_preferences IS 'One row per account, made with the account.';
COMMENT ON COLUMN public.user_preferences.preferences IS
  'Sparse: only what the person chose. A choice equal to the default is still a choice; an absent '
  'key is inherited.';
COMMENT ON COLUMN public.user_preferences.version IS
  'Counted by trigger: one more with each change of preferences, whatever the statement says. A '
  'save names the version it was based on.';

CREATE TABLE public.organization_preference_defaults (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL
    CONSTRAINT organization_preference_defaults_organization_id_key UNIQUE
    CONSTRAINT organization_preference_defaults_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  preferences jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT organization_preference_defaults_preferences_check
      CHECK (jsonb_typeof(preferences) = 'object'),
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.organization_preference_defaults IS
  'One row per organization, made with it: what applies to members who did not choose for '
  'themselves.';
COMMENT ON COLUMN public.organization_preference_defaults.preferences IS
  'Sparse, like user_preferences.preferences.';
COMMENT ON COLUMN public.organization_preference_defaults.version IS
  'Counted by trigger, like user_preferences.version.';

CALL public.keep_versions('public.user_preferences', 'preferences', 'user_preference',
  'auth.users');
CALL public.keep_versions('public.organization_preference_defaults', 'preferences',
  'organization_preference_default', 'public.organizations');

-- Row-level security

CALL public.protect('public.user_preferences');
CALL public.protect('public.organization_preference_defaults');

GRANT SELECT, UPDATE (preferences, version)
  ON public.user_preferences, public.organization_preference_defaults
  TO authenticated, service_role;
CREATE POLICY service_read ON public.user_preferences FOR SELECT TO service_role USING (true);
CREATE POLICY service_update ON public.user_preferences FOR UPDATE TO service_role
  USING (true) WITH CHECK (true);
CREATE POLICY own_read ON public.user_preferences FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_update ON public.user_preferences FOR UPDATE TO authenticated
  USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
-- An administrator sees what a person set, to help them; choosing for them is not an
-- administrator's business.
CREATE POLICY admin_read ON public.user_preferences FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));

CREATE POLICY service_read ON public.organization_preference_defaults FOR SELECT TO service_role
  USING (true);
CREATE POLICY service_update ON public.organization_preference_defaults FOR UPDATE TO service_role
  USING (true) WITH CHECK (true);
CREATE POLICY member_read ON public.organization_preference_defaults FOR SELECT TO authenticated
  USING (auth.organization_role(organization_id) IS NOT NULL);
CREATE POLICY manager_update ON public.organization_preference_defaults FOR UPDATE TO authenticated
  USING (auth.organization_role(organization_id) IN ('owner', 'admin'))
  WITH CHECK (auth.organization_role(organization_id) IN ('owner', 'admin'));
CREATE POLICY admin_read ON public.organization_preference_defaults FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
CREATE POLICY admin_update ON public.organization_preference_defaults FOR UPDATE TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));
