DROP FUNCTION public.store_conversations(jsonb);
DROP TRIGGER forget_conversations ON auth.users;
DROP FUNCTION public.forget_conversations();
DROP TRIGGER index_again ON public.conversations;
DROP FUNCTION public.index_again();
DROP FUNCTION public.search_conversations(text, integer);
DROP FUNCTION public.index_conversations(integer);
DROP FUNCTION public.search_of(public.conversations);
DROP FUNCTION
  public.status_by_thresholds(integer, boolean, smallint, smallint, smallint);
DROP TABLE public.comment_drafts;
DROP TABLE public.conversation_comments;
DROP TABLE public.conversation_versions;
DROP TABLE public.conversation_search;
DROP TABLE public.conversations;
DROP FUNCTION public.refuse_turns();
DROP FUNCTION public.are_turns(jsonb);
