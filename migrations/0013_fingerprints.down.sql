DROP TRIGGER examine_bereaved ON public.conversations;
DROP TRIGGER examine_moved ON public.conversations;
DROP TRIGGER examine_edited ON public.conversations;
DROP FUNCTION public.examine_bereaved();
DROP FUNCTION public.examine_again();
DROP TABLE public.examinations_due;
DROP TABLE public.near_duplicates;
DROP TABLE public.conversation_fingerprints;
