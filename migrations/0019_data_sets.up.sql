-- Data sets: versions of what trainers take, with parts that nothing moves between.

CREATE TABLE public.data_sets (
  id uuid CONSTRAINT data_sets_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid CONSTRAINT data_sets_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  created_by uuid DEFAULT auth.uid() CONSTRAINT data_sets_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT data_sets_name_check CHECK (length(name) BETWEEN 1 AND 80),
  description text NOT NULL DEFAULT ''
    CONSTRAINT data_sets_description_check CHECK (length(description) <= 2000),
  salt uuid NOT NULL DEFAULT gen_random_uuid(),
  versions_made integer NOT NULL DEFAULT 0
    CONSTRAINT data_sets_versions_made_check CHECK (versions_made >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- Whose names are compared: those of the organization, or of the author who has none.
  workspace_id uuid GENERATED ALWAYS AS (coalesce(organization_id, created_by)) STORED,
  CONSTRAINT data_sets_owner_check CHECK (num_nonnulls(created_by, organization_id) > 0)
);
CREATE UNIQUE INDEX data_sets_name_idx ON public.data_sets (workspace_id, lower(name));
CREATE INDEX data_sets_organization_id_idx ON public.data_sets (organization_id)
  WHERE organization_id IS NOT NULL;
CREATE INDEX data_sets_created_by_idx ON public.data_sets (created_by)
  WHERE created_by IS NOT NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.data_sets
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.data_sets IS 'What is trained with, under a name, in versions.';
COMMENT ON COLUMN public.data_sets.organization_id IS
  'Whose members have it; null: its author alone.';
COMMENT ON COLUMN public.data_sets.salt IS
  'With it the order is chosen in which new examples are divided into parts.';
COMMENT ON COLUMN public.data_sets.versions_made IS
  'How many versions there were: no number is given twice, also when a version was removed.';

CREATE TABLE public.data_set_versions (
  id uuid CONSTRAINT data_set_versions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  data_set_id uuid NOT NULL CONSTRAINT data_set_versions_data_set_id_fkey
    REFERENCES public.data_sets (id) ON DELETE CASCADE,
  number integer NOT NULL CONSTRAINT data_set_versions_number_check CHECK (number > 0),
  note text NOT NULL DEFAULT ''
    CONSTRAINT data_set_versions_note_check CHECK (length(note) <= 2000),
  selection_id uuid NOT NULL CONSTRAINT data_set_versions_selection_id_fkey
    REFERENCES public.selections (id),
  rules jsonb NOT NULL
    CONSTRAINT data_set_versions_rules_check CHECK (jsonb_typeof(rules) = 'object'),
  left_out jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT data_set_versions_left_out_check CHECK (jsonb_typeof(left_out) = 'object'),
  card jsonb NOT NULL CONSTRAINT data_set_versions_card_check CHECK (jsonb_typeof(card) = 'object'),
  names jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT data_set_versions_names_check CHECK (jsonb_typeof(names) = 'object'),
  created_by uuid DEFAULT auth.uid() CONSTRAINT data_set_versions_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT data_set_versions_number_key UNIQUE (data_set_id, number)
);
CREATE UNIQUE INDEX data_set_versions_selection_id_idx
  ON public.data_set_versions (selection_id);
CREATE INDEX data_set_versions_created_by_idx ON public.data_set_versions (created_by)
  WHERE created_by IS NOT NULL;
COMMENT ON TABLE public.data_set_versions IS
  'What a data set was at a moment. Nothing of it changes any more.';
COMMENT ON COLUMN public.data_set_versions.number IS 'From 1.';
COMMENT ON COLUMN public.data_set_versions.rules IS
  'What it was to have: {shares, include, tokenFit, minimumScore}. Its files are cut by the same '
  'rule.';
COMMENT ON COLUMN public.data_set_versions.left_out IS
  'How many that were chosen were left out: {word of LeftOut: count}.';
COMMENT ON COLUMN public.data_set_versions.card IS
  'What is known about it, counted when it was made.';
COMMENT ON COLUMN public.data_set_versions.names IS
  'How the data set and whoever made it were called then: {dataSet, author}. Its files say so '
  'whatever they are called now. The author goes with the account.';

CREATE TABLE public.data_set_members (
  data_set_id uuid NOT NULL CONSTRAINT data_set_members_data_set_id_fkey
    REFERENCES public.data_sets (id) ON DELETE CASCADE,
  conversation_id uuid NOT NULL,
  split text NOT NULL CONSTRAINT data_set_members_split_check
    CHECK (split IN ('train', 'validation', 'test')),
  since integer NOT NULL CONSTRAINT data_set_members_since_check CHECK (since > 0),
  texts bytea[] NOT NULL DEFAULT '{}',
  CONSTRAINT data_set_members_pkey PRIMARY KEY (data_set_id, conversation_id)
);
COMMENT ON TABLE public.data_set_members IS
  'In which part of a data set a conversation is. It stays there in all later versions.';
COMMENT ON COLUMN public.data_set_members.conversation_id IS
  'No foreign key: what was removed for good stays known by its texts.';
COMMENT ON COLUMN public.data_set_members.since IS 'The first version that had it.';
COMMENT ON COLUMN public.data_set_members.texts IS
  'What it said in the versions that had it, each text once: the MinHash of its words (512 bytes) '
  'or, without any, the SHA-256 (32 bytes). What is alike to one is in the same part, also when '
  'the conversation was edited or removed since.';

-- What an organization has stays there without its author; what was only theirs goes with them.
-- Before the account is gone: afterwards nobody knows what was theirs.
CREATE FUNCTION public.delete_data_sets() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.data_sets AS theirs
    WHERE theirs.created_by = OLD.id AND theirs.organization_id IS NULL;
  UPDATE public.data_set_versions SET names = names - 'author' WHERE created_by = OLD.id;
  RETURN OLD;
END
$$;
-- By its name before the trigger that removes conversations: what goes with a data set needs no
-- change of its own then.
CREATE TRIGGER delete_data_sets BEFORE DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.delete_data_sets();

-- Row-level security

CALL public.protect('public.data_sets', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.data_set_versions', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.data_set_members', 'SELECT, INSERT, UPDATE, DELETE');

GRANT SELECT ON public.data_sets, public.data_set_versions TO authenticated;
CREATE POLICY own_read ON public.data_sets FOR SELECT TO authenticated
  USING (organization_id IS NULL AND created_by = (SELECT auth.uid()));
CREATE POLICY member_read ON public.data_sets FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.own_organization()));
CREATE POLICY data_set_read ON public.data_set_versions FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.data_sets AS whole WHERE whole.id = data_set_id));
