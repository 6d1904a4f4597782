-- Fingerprints: by what conversations that are nearly the same find each other.

CREATE TABLE public.conversation_fingerprints (
  conversation_id uuid CONSTRAINT conversation_fingerprints_pkey PRIMARY KEY
    CONSTRAINT conversation_fingerprints_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  workspace_id uuid,
  created_at timestamptz NOT NULL,
  signature bytea CONSTRAINT conversation_fingerprints_signature_check
    CHECK (length(signature) = 512),
  bands bigint[] NOT NULL DEFAULT '{}',
  opening bigint,
  turns_hash bytea CONSTRAINT conversation_fingerprints_turns_hash_check
    CHECK (length(turns_hash) = 32)
);
CREATE INDEX conversation_fingerprints_created_at_idx
  ON public.conversation_fingerprints (created_at);
-- Without a list of what is still to be sorted in: every look-up would walk through it.
CREATE INDEX conversation_fingerprints_bands_idx
  ON public.conversation_fingerprints USING gin (bands) WITH (fastupdate = off);
CREATE INDEX conversation_fingerprints_opening_idx
  ON public.conversation_fingerprints (workspace_id, opening) WHERE workspace_id IS NOT NULL;
COMMENT ON TABLE public.conversation_fingerprints IS
  'What was found out about each conversation when it was examined. A new one is within seconds.';
COMMENT ON COLUMN public.conversation_fingerprints.workspace_id IS
  'Whose it is: only conversations of one workspace are compared. Null: it is archived or deleted, '
  'and compared with none.';
COMMENT ON COLUMN public.conversation_fingerprints.created_at IS
  'Of the conversation: those that are newer are still to come.';
COMMENT ON COLUMN public.conversation_fingerprints.signature IS
  'The MinHash of its words: 128 slots of 32 bits, the lowest byte first; null when it has none.';
COMMENT ON COLUMN public.conversation_fingerprints.bands IS
  'Hashes of 16 groups of slots: conversations that are alike share at least one.';
COMMENT ON COLUMN public.conversation_fingerprints.opening IS
  'A hash of the first eight words of the first answer; null when it has fewer.';
COMMENT ON COLUMN public.conversation_fingerprints.turns_hash IS
  'SHA-256 of who says what, without the space around it.';

CREATE TABLE public.near_duplicates (
  conversation_id uuid NOT NULL CONSTRAINT near_duplicates_conversation_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  other_id uuid NOT NULL CONSTRAINT near_duplicates_other_id_fkey
    REFERENCES public.conversations (id) ON DELETE CASCADE,
  similarity smallint NOT NULL
    CONSTRAINT near_duplicates_similarity_check CHECK (similarity BETWEEN 60 AND 100),
  CONSTRAINT near_duplicates_pkey PRIMARY KEY (conversation_id, other_id),
  CONSTRAINT near_duplicates_other_check CHECK (conversation_id <> other_id)
);
CREATE INDEX near_duplicates_other_id_idx ON public.near_duplicates (other_id);
COMMENT ON TABLE public.near_duplicates IS
  'Pairs of conversations of one workspace that are alike, each both ways. Of many copies each has '
  'the pairs with some of them.';
COMMENT ON COLUMN public.near_duplicates.similarity IS
  'How many of all sequences of five words both have, estimated, in percent.';

-- Only ever added to and removed from: who changes conversations waits for nobody.
CREATE TABLE public.examinations_due (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT examinations_due_pkey PRIMARY KEY,
  conversation_id uuid NOT NULL,
  is_edited boolean NOT NULL
);
CREATE INDEX examinations_due_conversation_id_idx ON public.examinations_due (conversation_id);
COMMENT ON TABLE public.examinations_due IS
  'Conversations whose marks are to be looked at again. A job does within seconds, and removes the '
  'row.';
COMMENT ON COLUMN public.examinations_due.conversation_id IS 'It may be gone meanwhile.';
COMMENT ON COLUMN public.examinations_due.is_edited IS
  'Whether its text has to be read again; otherwise it is only compared anew.';

CREATE FUNCTION public.examine_again() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.examinations_due (conversation_id, is_edited)
    VALUES (NEW.id, TG_ARGV[0] = 'edited');
  RETURN NULL;
END
$$;
CREATE TRIGGER examine_edited AFTER UPDATE OF turns ON public.conversations FOR EACH ROW
  WHEN (OLD.turns IS DISTINCT FROM NEW.turns) EXECUTE FUNCTION public.examine_again('edited');
-- Apart from the other: texts are not compared where none is written.
CREATE TRIGGER examine_moved
  AFTER UPDATE OF status, deleted_at, organization_id, created_by ON public.conversations
  FOR EACH ROW
  WHEN ((OLD.status = 'archived') <> (NEW.status = 'archived')
    OR OLD.workspace_id IS DISTINCT FROM NEW.workspace_id)
  EXECUTE FUNCTION public.examine_again('moved');

-- Before it is gone with its pairs: afterwards nobody knows who was alike.
CREATE FUNCTION public.examine_bereaved() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.examinations_due (conversation_id, is_edited)
    SELECT pair.conversation_id, false FROM public.near_duplicates AS pair
    WHERE pair.other_id = OLD.id;
  RETURN OLD;
END
$$;
CREATE TRIGGER examine_bereaved BEFORE DELETE ON public.conversations
  FOR EACH ROW EXECUTE FUNCTION public.examine_bereaved();

-- Row-level security

CALL public.protect('public.conversation_fingerprints', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.near_duplicates', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.examinations_due', 'SELECT, INSERT, UPDATE, DELETE');

-- Who sees both sees that they are alike. The rest is for the service alone.
GRANT SELECT ON public.near_duplicates TO authenticated;
CREATE POLICY conversation_read ON public.near_duplicates FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = conversation_id)
    AND EXISTS (SELECT FROM public.conversations AS whole WHERE whole.id = other_id));
