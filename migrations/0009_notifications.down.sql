DROP TABLE public.notification_outbox;
DROP TABLE public.notifications;
