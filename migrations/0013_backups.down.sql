-- The files stay where they are.
DROP TABLE public.database_backup_schedule;
DROP TABLE public.database_backups;
