DROP TABLE public.maintenance_operations;
DROP TABLE public.maintenance_schedules;
