DROP TABLE public.notification_outbox;
DROP TABLE public.notifications;
DROP INDEX auth.users_admin_idx;
