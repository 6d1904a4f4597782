-- Saved views: filters and order of the table of conversations under a name.

CREATE TABLE public.saved_views (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  created_by uuid DEFAULT auth.uid() CONSTRAINT saved_views_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  organization_id uuid CONSTRAINT saved_views_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT saved_views_name_check CHECK (length(name) BETWEEN 1 AND 80),
  query text NOT NULL CONSTRAINT saved_views_query_check CHECK (length(query) <= 4000),
  columns text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT saved_views_owner_check CHECK (num_nonnulls(created_by, organization_id) > 0)
);
CREATE UNIQUE INDEX saved_views_own_name_idx ON public.saved_views (created_by, lower(name))
  WHERE organization_id IS NULL;
CREATE UNIQUE INDEX saved_views_shared_name_idx ON public.saved_views (organization_id, lower(name))
  WHERE organization_id IS NOT NULL;
CREATE INDEX saved_views_created_by_idx ON public.saved_views (created_by);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.saved_views FOR EACH ROW
  EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.saved_views IS
  'Filters and order of the table of conversations under a name, own or shared.';
COMMENT ON COLUMN public.saved_views.created_by IS
  'The author; null when the account is gone and the view is an organization''s.';
COMMENT ON COLUMN public.saved_views.organization_id IS
  'Whose members have it too; null: only who made it.';
COMMENT ON COLUMN public.saved_views.query IS 'As an address has it: status=approved&sort=score.';
COMMENT ON COLUMN public.saved_views.columns IS
  'Which columns it shows; null: those that each person chose.';

-- What an organization shares stays there without its author; what was only theirs goes with them.
-- Before the account is gone: afterwards nobody knows what was theirs.
CREATE FUNCTION public.forget_saved_views() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.saved_views AS theirs
    WHERE theirs.created_by = OLD.id AND theirs.organization_id IS NULL;
  RETURN OLD;
END
$$;
CREATE TRIGGER forget_saved_views BEFORE DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.forget_saved_views();

-- Row-level security

CALL public.protect('public.saved_views', 'SELECT, INSERT, UPDATE, DELETE');
GRANT SELECT ON public.saved_views TO authenticated;
CREATE POLICY own_read ON public.saved_views FOR SELECT TO authenticated
  USING (organization_id IS NULL AND created_by = (SELECT auth.uid()));
CREATE POLICY member_read ON public.saved_views FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
