DROP FUNCTION public.take_rate_limit(text, interval, integer);
DROP TABLE public.rate_limits;
DROP FUNCTION public.is_due(timestamptz, interval);
DROP FUNCTION public.set_updated_by();
DROP FUNCTION public.set_updated_at();
DROP PROCEDURE public.protect(regclass, text);
DROP FUNCTION auth.role();
DROP FUNCTION auth.uid();
DO $$
BEGIN
  IF (SELECT pg_has_role(current_user, nspowner, 'USAGE') FROM pg_namespace
    WHERE nspname = 'public')
  THEN
    REVOKE USAGE ON SCHEMA public FROM authenticated, service_role;
  END IF;
END
$$;
DROP SCHEMA vault;
DROP SCHEMA auth;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
