-- Tables before the functions that their policies ask; a table's triggers and policies go with it.
DROP POLICY member_read ON public.organizations;
DROP POLICY manager_update ON public.organizations;
DROP POLICY owner_delete ON public.organizations;
DROP POLICY admin_all ON public.organizations;
DROP POLICY admin_read ON auth.users;
DROP FUNCTION public.organization_people(uuid);
DROP TABLE public.rate_limits;
DROP FUNCTION public.take_rate_limit(text, interval, integer);
DROP TABLE public.organization_members;
DROP FUNCTION auth.administered_organization();
DROP FUNCTION auth.organization_role(uuid);
DROP FUNCTION auth.is_admin();
DROP TABLE public.organizations;
DROP TABLE auth.api_tokens;
DROP TABLE auth.sessions;
DROP TABLE auth.users;
DROP FUNCTION public.notify_membership_changed();
DROP FUNCTION public.notify_access_revoked();
