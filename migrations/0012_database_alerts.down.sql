DROP TABLE public.database_alert_rules;
DROP TABLE public.database_alerts;
