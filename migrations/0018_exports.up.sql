-- Exports: which conversations, frozen; how they are written; and the files for a day.

CREATE TABLE public.selections (
  id uuid CONSTRAINT selections_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  query text,
  total integer NOT NULL CONSTRAINT selections_total_check CHECK (total >= 0),
  people jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT selections_people_check CHECK (jsonb_typeof(people) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.selections IS
  'Conversations as they were at a moment: of an export, or of a version of a data set.';
COMMENT ON COLUMN public.selections.query IS
  'The filters that they were chosen by, as an address has them; null: one by one.';
COMMENT ON COLUMN public.selections.total IS 'How many there are.';
COMMENT ON COLUMN public.selections.people IS
  'How the people that facts name were called then: {id: name}. An account that is deleted is '
  'taken out.';

CREATE TABLE public.selection_items (
  selection_id uuid NOT NULL,
  position integer NOT NULL CONSTRAINT selection_items_position_check CHECK (position >= 0),
  conversation_id uuid NOT NULL,
  version integer NOT NULL,
  content_hash bytea
    CONSTRAINT selection_items_content_hash_check CHECK (length(content_hash) = 32),
  split text CONSTRAINT selection_items_split_check
    CHECK (split IN ('train', 'validation', 'test')),
  facts jsonb NOT NULL
    CONSTRAINT selection_items_facts_check CHECK (jsonb_typeof(facts) = 'object'),
  CONSTRAINT selection_items_pkey PRIMARY KEY (selection_id, position)
);
-- Of versions only: of an export nobody asks for one conversation, and keeping it in order takes a
-- fifth of the time until its file begins.
CREATE UNIQUE INDEX selection_items_conversation_idx
  ON public.selection_items (conversation_id, selection_id) WHERE split IS NOT NULL;
COMMENT ON TABLE public.selection_items IS
  'The conversations of each selection. What was said in them stands in conversations or, once '
  'they were edited, in conversation_versions.';
COMMENT ON COLUMN public.selection_items.selection_id IS
  'No foreign key, which would be looked up for each row: a trigger removes those of a selection.';
COMMENT ON COLUMN public.selection_items.position IS 'From 0: the order in which files have them.';
COMMENT ON COLUMN public.selection_items.conversation_id IS
  'No foreign key: it may be removed for good, and the selection then says that it lacks it.';
COMMENT ON COLUMN public.selection_items.version IS 'Of its content.';
COMMENT ON COLUMN public.selection_items.content_hash IS
  'SHA-256 of its content, by which versions are compared; null in an export, which nobody '
  'compares.';
COMMENT ON COLUMN public.selection_items.split IS
  'Which part of a data set it is in; null: there are no parts.';
COMMENT ON COLUMN public.selection_items.facts IS
  'What files say about it besides its content, as it was then: status, score, times, who approved '
  'it. People stand there by their ids.';

CREATE FUNCTION public.remove_selection_items() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM public.selection_items AS item USING removed WHERE item.selection_id = removed.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER remove_selection_items AFTER DELETE ON public.selections
  REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION public.remove_selection_items();

-- What people said about a conversation goes with it, also where a version lists it. Of exports it
-- goes with the file, within a day.
CREATE FUNCTION public.forget_frozen() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE public.selection_items AS item
    SET facts = item.facts - ARRAY['author', 'approvedBy', 'approvals']
    FROM removed WHERE item.conversation_id = removed.id AND item.split IS NOT NULL
      AND EXISTS (SELECT FROM public.data_set_versions AS version
        WHERE version.selection_id = item.selection_id);
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_frozen AFTER DELETE ON public.conversations
  REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION public.forget_frozen();

-- Files are written without the name of somebody whose account is gone.
CREATE FUNCTION public.forget_frozen_name() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE public.selections SET people = people - OLD.id::text WHERE people ? OLD.id::text;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_frozen_name AFTER DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.forget_frozen_name();

CREATE TABLE public.exports (
  id uuid CONSTRAINT exports_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  created_by uuid CONSTRAINT exports_created_by_fkey
    REFERENCES auth.users (id) ON DELETE SET NULL,
  organization_id uuid CONSTRAINT exports_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  selection_id uuid CONSTRAINT exports_selection_id_fkey
    REFERENCES public.selections (id) ON DELETE SET NULL,
  version_id uuid,
  query text,
  options jsonb NOT NULL CONSTRAINT exports_options_check CHECK (jsonb_typeof(options) = 'object'),
  bundled jsonb CONSTRAINT exports_bundled_check CHECK (jsonb_typeof(bundled) = 'object'),
  file_name text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CONSTRAINT exports_state_check
    CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')),
  total integer NOT NULL CONSTRAINT exports_total_check CHECK (total >= 0),
  written integer NOT NULL DEFAULT 0 CONSTRAINT exports_written_check CHECK (written >= 0),
  left_out jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT exports_left_out_check CHECK (jsonb_typeof(left_out) = 'object'),
  warnings jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT exports_warnings_check CHECK (jsonb_typeof(warnings) = 'object'),
  size_bytes bigint CONSTRAINT exports_size_bytes_check CHECK (size_bytes >= 0),
  sha256 text CONSTRAINT exports_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  error text,
  lease_id uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CONSTRAINT exports_done_check
    CHECK (state NOT IN ('done', 'expired') OR (size_bytes IS NOT NULL AND sha256 IS NOT NULL))
);
CREATE INDEX exports_created_by_idx ON public.exports (created_by, created_at)
  WHERE created_by IS NOT NULL;
CREATE INDEX exports_organization_id_idx ON public.exports (organization_id, created_at)
  WHERE organization_id IS NOT NULL;
CREATE INDEX exports_selection_id_idx ON public.exports (selection_id)
  WHERE selection_id IS NOT NULL;
CREATE INDEX exports_version_id_idx ON public.exports (version_id) WHERE version_id IS NOT NULL;
CREATE INDEX exports_open_idx ON public.exports (created_at)
  WHERE state IN ('queued', 'running');
CREATE INDEX exports_created_at_idx ON public.exports (created_at);
COMMENT ON TABLE public.exports IS
  'The export log: who took which conversations out, how many were left out and why, and the '
  'checksum of the file.';
COMMENT ON COLUMN public.exports.selection_id IS
  'What it writes; null once that is gone with the file.';
COMMENT ON COLUMN public.exports.version_id IS
  'The version of a data set that it writes; no foreign key: the log outlives it.';
COMMENT ON COLUMN public.exports.query IS
  'The filters, as an address has them; null: conversations one by one, or a version.';
COMMENT ON COLUMN public.exports.options IS 'Format, contents, compression and rules.';
COMMENT ON COLUMN public.exports.bundled IS
  'What the documents of a bundle say of people and of the version, as it was when it was begun: '
  '{authorName, version}; null: no bundle, or it is over.';
COMMENT ON COLUMN public.exports.total IS 'How many conversations were frozen for it.';
COMMENT ON COLUMN public.exports.written IS 'How many of them are in the file so far.';
COMMENT ON COLUMN public.exports.left_out IS
  'How many were left out: {word of LeftOut: count}. Those that are found while it is written are '
  'added at its end.';
COMMENT ON COLUMN public.exports.warnings IS
  'What content checks warn of: {word of FindingKind: how many conversations}.';
COMMENT ON COLUMN public.exports.sha256 IS 'Of the whole file.';
COMMENT ON COLUMN public.exports.error IS 'Why it failed, for people.';

CREATE TABLE public.export_chunks (
  export_id uuid NOT NULL CONSTRAINT export_chunks_export_id_fkey
    REFERENCES public.exports (id) ON DELETE CASCADE,
  start bigint NOT NULL CONSTRAINT export_chunks_start_check CHECK (start >= 0),
  size integer NOT NULL CONSTRAINT export_chunks_size_check CHECK (size > 0),
  bytes bytea NOT NULL,
  CONSTRAINT export_chunks_pkey PRIMARY KEY (export_id, start)
);
-- They are packed already.
ALTER TABLE public.export_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE public.export_chunks IS
  'Files in pieces, for 24 hours: any server can send any part of one.';
COMMENT ON COLUMN public.export_chunks.start IS 'Where it begins in the file.';
COMMENT ON COLUMN public.export_chunks.size IS 'How many bytes of the file it has.';
COMMENT ON COLUMN public.export_chunks.bytes IS 'Those bytes, packed with gzip.';

-- Row-level security

CALL public.protect('public.selections', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.selection_items', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.exports', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.export_chunks', 'SELECT, INSERT, UPDATE, DELETE');

-- Who manages an organization sees what its members took out. The files are their own.
GRANT SELECT ON public.exports TO authenticated;
CREATE POLICY own_read ON public.exports FOR SELECT TO authenticated
  USING (created_by = (SELECT auth.uid()));
CREATE POLICY manager_read ON public.exports FOR SELECT TO authenticated
  USING (organization_id = (SELECT auth.administered_organization()));
