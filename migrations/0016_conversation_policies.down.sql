DROP FUNCTION public.conversations_past_retention(uuid, integer, text[]);
DROP TRIGGER make_conversation_policies ON public.organizations;
DROP FUNCTION public.verify_audit_chain();
DROP FUNCTION public.forget_history(uuid);
DROP TABLE public.conversation_policies;
