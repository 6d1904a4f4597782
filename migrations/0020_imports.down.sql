DROP FUNCTION public.said_hash(jsonb);
DROP TABLE public.import_problems, public.import_rows, public.import_chunks, public.imports;
