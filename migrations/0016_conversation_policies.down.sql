DROP FUNCTION public.conversations_past_retention(uuid, integer, text[]);
DROP TRIGGER make_conversation_policy ON public.organizations;
DROP FUNCTION public.verify_audit_chain();
DROP FUNCTION public.forget_history(uuid);
DROP TABLE public.conversation_policies;
DROP FUNCTION public.make_conversation_policy();
DROP FUNCTION public.record_conversation_policy();
DROP FUNCTION public.count_conversation_policy_version();
