-- The servers that answer from memory, so that whoever changes something can wait until all of them
-- know of it.

CREATE TABLE public.servers (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE public.servers IS
  'Server processes that answer from memory, one row each, renewed twice a second. A change is '
  'acknowledged when each of them has heard of it or its lease has ended.';
COMMENT ON COLUMN public.servers.id IS 'Chosen by the process at its start.';
COMMENT ON COLUMN public.servers.lease_until IS
  'Until when the process answers from memory without renewing this.';

CALL public.protect('public.servers', 'SELECT, INSERT, UPDATE, DELETE');
