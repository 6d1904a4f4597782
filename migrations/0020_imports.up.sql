-- Imports: files of conversations, looked at line by line before anything is made of them.

CREATE TABLE public.imports (
  id uuid CONSTRAINT imports_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  created_by uuid NOT NULL CONSTRAINT imports_created_by_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  organization_id uuid CONSTRAINT imports_organization_id_fkey
    REFERENCES public.organizations (id) ON DELETE CASCADE,
  file_name text NOT NULL
    CONSTRAINT imports_file_name_check CHECK (length(file_name) BETWEEN 1 AND 255),
  size_bytes bigint NOT NULL CONSTRAINT imports_size_bytes_check CHECK (size_bytes > 0),
  received_bytes bigint NOT NULL DEFAULT 0 CONSTRAINT imports_received_bytes_check
    CHECK (received_bytes BETWEEN 0 AND size_bytes),
  origin text NOT NULL DEFAULT '',
  license text NOT NULL DEFAULT '',
  format text,
  state text NOT NULL DEFAULT 'uploading' CONSTRAINT imports_state_check
    CHECK (state IN ('uploading', 'checking', 'checked', 'importing', 'done', 'failed',
      'cancelled')),
  total integer NOT NULL DEFAULT 0 CONSTRAINT imports_total_check CHECK (total >= 0),
  valid integer NOT NULL DEFAULT 0 CONSTRAINT imports_valid_check CHECK (valid >= 0),
  untrainable integer NOT NULL DEFAULT 0
    CONSTRAINT imports_untrainable_check CHECK (untrainable >= 0),
  duplicates integer NOT NULL DEFAULT 0
    CONSTRAINT imports_duplicates_check CHECK (duplicates >= 0),
  problems integer NOT NULL DEFAULT 0 CONSTRAINT imports_problems_check CHECK (problems >= 0),
  imported integer NOT NULL DEFAULT 0 CONSTRAINT imports_imported_check CHECK (imported >= 0),
  takes_duplicates boolean NOT NULL DEFAULT false,
  error text,
  lease_id uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX imports_created_by_idx ON public.imports (created_by, created_at);
CREATE INDEX imports_organization_id_idx ON public.imports (organization_id, created_at)
  WHERE organization_id IS NOT NULL;
CREATE INDEX imports_open_idx ON public.imports (created_at)
  WHERE state IN ('checking', 'importing');
CREATE INDEX imports_created_at_idx ON public.imports (created_at);
COMMENT ON TABLE public.imports IS
  'Files that conversations are made of: first looked at and then, when somebody says so, all at '
  'once.';
COMMENT ON COLUMN public.imports.origin IS 'Where the conversations come from, in words.';
COMMENT ON COLUMN public.imports.license IS 'Under which terms they may be used.';
COMMENT ON COLUMN public.imports.format IS
  'What the file turned out to be: a word of ImportFormat.';
COMMENT ON COLUMN public.imports.total IS
  'How many conversations the file has, as far as it was read.';
COMMENT ON COLUMN public.imports.valid IS 'How many of them can be imported.';
COMMENT ON COLUMN public.imports.untrainable IS
  'How many of those no trainer takes: they are imported and wait for a person.';
COMMENT ON COLUMN public.imports.duplicates IS
  'How many of those are word for word here already, or twice in the file.';
COMMENT ON COLUMN public.imports.problems IS 'How many problems were found.';
COMMENT ON COLUMN public.imports.takes_duplicates IS 'Whether those are imported as well.';
COMMENT ON COLUMN public.imports.error IS 'Why it failed, for people.';

CREATE TABLE public.import_chunks (
  import_id uuid NOT NULL CONSTRAINT import_chunks_import_id_fkey
    REFERENCES public.imports (id) ON DELETE CASCADE,
  start bigint NOT NULL CONSTRAINT import_chunks_start_check CHECK (start >= 0),
  bytes bytea NOT NULL,
  CONSTRAINT import_chunks_pkey PRIMARY KEY (import_id, start)
);
COMMENT ON TABLE public.import_chunks IS 'The files in pieces, until they were read.';
COMMENT ON COLUMN public.import_chunks.start IS 'Where it begins in the file.';

CREATE TABLE public.import_rows (
  import_id uuid NOT NULL CONSTRAINT import_rows_import_id_fkey
    REFERENCES public.imports (id) ON DELETE CASCADE,
  position integer NOT NULL,
  line integer NOT NULL,
  content jsonb NOT NULL
    CONSTRAINT import_rows_content_check CHECK (jsonb_typeof(content) = 'object'),
  rating jsonb NOT NULL CONSTRAINT import_rows_rating_check CHECK (jsonb_typeof(rating) = 'object'),
  origin text NOT NULL DEFAULT '',
  license text NOT NULL DEFAULT '',
  text_hash bytea NOT NULL,
  is_duplicate boolean NOT NULL DEFAULT false,
  CONSTRAINT import_rows_pkey PRIMARY KEY (import_id, position)
);
COMMENT ON TABLE public.import_rows IS
  'The conversations of a file that was looked at, until they are imported.';
COMMENT ON COLUMN public.import_rows.position IS 'From 0, in the order of the file.';
COMMENT ON COLUMN public.import_rows.line IS 'Where it begins in the file, from 1.';
COMMENT ON COLUMN public.import_rows.content IS
  'As in conversation_versions, its turns as in conversations.';
COMMENT ON COLUMN public.import_rows.rating IS
  'What was found out about it: {metrics, gateFailures, trainingTokens}.';
COMMENT ON COLUMN public.import_rows.origin IS 'The row''s own, or that of the import.';
COMMENT ON COLUMN public.import_rows.text_hash IS 'What said_hash makes of its turns.';
COMMENT ON COLUMN public.import_rows.is_duplicate IS
  'It is word for word here already, or earlier in the file.';

CREATE FUNCTION public.said_hash(turns jsonb) RETURNS bytea
  LANGUAGE sql STABLE
AS $$
  SELECT sha256(convert_to(coalesce(jsonb_agg(jsonb_build_array(turn ->> 'role',
      btrim(turn ->> 'content', E' \t\n\u000b\u000c\r\u001c\u001d\u001e\u001f\u0085\u00a0'
        '\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f'
        '\u205f\u3000')) ORDER BY number), '[]')::text, 'UTF8'))
  FROM jsonb_array_elements(turns) WITH ORDINALITY AS said (turn, number)
$$;
COMMENT ON FUNCTION public.said_hash(jsonb) IS
  'SHA-256 of who says what in turns, whatever else is kept of them, and without the space around '
  'it: exports take that off.';
GRANT EXECUTE ON FUNCTION public.said_hash(jsonb) TO service_role;

CREATE TABLE public.import_problems (
  import_id uuid NOT NULL CONSTRAINT import_problems_import_id_fkey
    REFERENCES public.imports (id) ON DELETE CASCADE,
  number integer NOT NULL CONSTRAINT import_problems_number_check CHECK (number > 0),
  line integer NOT NULL,
  message text NOT NULL,
  CONSTRAINT import_problems_pkey PRIMARY KEY (import_id, number)
);
COMMENT ON TABLE public.import_problems IS
  'What is wrong with a file, line by line. Of very many only the first are kept.';
COMMENT ON COLUMN public.import_problems.line IS 'From 1.';
COMMENT ON COLUMN public.import_problems.message IS 'For people.';

-- Row-level security

CALL public.protect('public.imports', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.import_chunks', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.import_rows', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.import_problems', 'SELECT, INSERT, UPDATE, DELETE');

GRANT SELECT ON public.imports, public.import_problems TO authenticated;
CREATE POLICY own_read ON public.imports FOR SELECT TO authenticated
  USING (created_by = (SELECT auth.uid()));
CREATE POLICY import_read ON public.import_problems FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.imports AS whole WHERE whole.id = import_id));
