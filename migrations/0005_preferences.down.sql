DROP TRIGGER make_organization_preference_defaults ON public.organizations;
DROP TRIGGER make_user_preferences ON auth.users;
DROP TABLE public.organization_preference_defaults;
DROP TABLE public.user_preferences;
DROP FUNCTION public.make_organization_preference_defaults();
DROP FUNCTION public.make_user_preferences();
DROP FUNCTION public.record_organization_preference_defaults();
DROP FUNCTION public.record_user_preferences();
DROP FUNCTION public.count_preferences_version();
