DROP FUNCTION public.store_conversation(jsonb);
DROP TRIGGER forget_conversations ON auth.users;
DROP FUNCTION public.forget_conversations();
DROP TABLE public.conversation_turns;
DROP TABLE public.conversations;
