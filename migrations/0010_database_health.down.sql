DROP TABLE public.database_snapshots;
