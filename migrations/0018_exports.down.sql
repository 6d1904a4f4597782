DROP TRIGGER forget_frozen_name ON auth.users;
DROP TRIGGER forget_frozen ON public.conversations;
DROP TABLE public.export_chunks, public.exports, public.selection_items, public.selections;
DROP FUNCTION public.remove_selection_items();
DROP FUNCTION public.forget_frozen();
DROP FUNCTION public.forget_frozen_name();
