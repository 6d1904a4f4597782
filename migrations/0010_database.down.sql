DROP FUNCTION public.can_write();
DROP TABLE public.database_backup_schedule;
DROP TABLE public.database_backups;
DROP TABLE public.maintenance_operations;
DROP TABLE public.maintenance_schedules;
DROP TABLE public.database_alert_rules;
DROP TABLE public.database_alerts;
DROP TABLE public.database_snapshots;
