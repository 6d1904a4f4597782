DROP TRIGGER make_organization_preference_defaults ON public.organizations;
DROP TRIGGER make_user_preferences ON auth.users;
DROP TABLE public.organization_preference_defaults;
DROP TABLE public.user_preferences;
