DROP TRIGGER forget_saved_views ON auth.users;
DROP TABLE public.saved_views;
DROP FUNCTION public.forget_saved_views();
