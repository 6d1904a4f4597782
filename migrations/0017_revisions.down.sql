DROP FUNCTION public.store_revisions(jsonb);
DROP TABLE public.conversation_revisions;
