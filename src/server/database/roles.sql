-- The three roles that the schema belongs to and is used through, and their membership for whoever signs in.
-- Run by the server at start (and by scripts/dev-database) as a role that may create roles; may run any number of times.
-- Roles belong to the whole cluster, so this cannot be a migration of one database.
DO $roles$
DECLARE
  wanted text;
  -- From 16 on a membership says by itself what it allows; before, NOINHERIT on the login role says it.
  how text := CASE WHEN current_setting('server_version_num')::int >= 160000
                   THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['train_owner', 'authenticated', 'service_role'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
      END IF;
    EXCEPTION
      -- Another server of the same cluster made it in the same moment.
      WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT pg_has_role(session_user, wanted, 'MEMBER')
       OR (current_setting('server_version_num')::int >= 160000 AND NOT pg_has_role(session_user, wanted, 'SET')) THEN
      EXECUTE format('GRANT %I TO %I%s', wanted, session_user, how);
    END IF;
  END LOOP;
END
$roles$;
