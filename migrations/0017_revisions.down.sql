DROP FUNCTION public.store_revisions(jsonb);
DROP TABLE public.revision_requests;
DROP TABLE public.conversation_revisions;
