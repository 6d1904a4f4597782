-- The three roles that the schema belongs to and is used through, and the membership of the role that signs in.
-- Run by the server at start, and by scripts/dev-database, as a role that may create roles; may run any number of times.
-- Roles belong to the whole cluster, so this cannot be a migration of one database.
-- The setting train.login names the role that signs in; without it, it is the one that runs this.
DO $roles$
DECLARE
  login text := coalesce(nullif(current_setting('train.login', true), ''), session_user);
  wanted text;
  -- From 16 on a membership says by itself what it allows; before, NOINHERIT on the login role says it.
  modern boolean := current_setting('server_version_num')::int >= 160000;
  how text := CASE WHEN modern THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['train_owner', 'authenticated', 'service_role'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOCREATEDB NOCREATEROLE', wanted);
      END IF;
    EXCEPTION
      -- Another server of the same cluster made it in the same moment.
      WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT pg_has_role(login, wanted, CASE WHEN modern THEN 'SET' ELSE 'MEMBER' END) THEN
      EXECUTE format('GRANT %I TO %I%s', wanted, login, how);
    END IF;
  END LOOP;
END
$roles$;
