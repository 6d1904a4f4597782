-- What tells this installation apart from others on the same host: browsers share the cookies of a
-- host between all its ports, so the names of cookies carry something of it. The row is made by the
-- first server that asks, not by this step: databases that are copied from one template are
-- different installations.

CREATE TABLE auth.installation (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT installation_id_check CHECK (id),
  identifier uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE auth.installation IS
  'This installation, whichever of its servers is asked: one row.';
COMMENT ON COLUMN auth.installation.identifier IS
  'No secret. Its first eight digits end the names of the cookies.';

ALTER TABLE auth.installation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON auth.installation TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY service_all ON auth.installation TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON auth.installation TO service_role;
