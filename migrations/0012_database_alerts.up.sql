-- Alerts about the database itself: what is or was wrong, who knows of it, and what is still to be told.

CREATE TABLE public.database_alerts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CONSTRAINT database_alerts_kind_check CHECK (kind ~ '^[a-z_]{1,40}$'),
  subject text NOT NULL CONSTRAINT database_alerts_subject_check CHECK (length(subject) BETWEEN 1 AND 300),
  severity text NOT NULL CONSTRAINT database_alerts_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
  state text NOT NULL CONSTRAINT database_alerts_state_check
    CHECK (state IN ('pending', 'open', 'acknowledged', 'resolved')),
  payload jsonb NOT NULL CONSTRAINT database_alerts_payload_check CHECK (jsonb_typeof(payload) = 'object'),
  value double precision NOT NULL,
  pending_since timestamptz,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(),
  clean_looks integer NOT NULL DEFAULT 0 CONSTRAINT database_alerts_clean_looks_check CHECK (clean_looks >= 0),
  acknowledged_by uuid CONSTRAINT database_alerts_acknowledged_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  acknowledged_at timestamptz,
  resolved_by uuid CONSTRAINT database_alerts_resolved_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  resolved_at timestamptz,
  quiet boolean NOT NULL DEFAULT false,
  muted_until timestamptz,
  webhook_due_at timestamptz,
  webhook_attempts integer NOT NULL DEFAULT 0 CONSTRAINT database_alerts_webhook_attempts_check CHECK (webhook_attempts >= 0),
  webhook_sent_at timestamptz,
  CONSTRAINT database_alerts_resolved_check CHECK ((state = 'resolved') = (resolved_at IS NOT NULL)),
  CONSTRAINT database_alerts_pending_check CHECK (state <> 'pending' OR pending_since IS NOT NULL),
  CONSTRAINT database_alerts_quiet_check CHECK (NOT quiet OR state = 'resolved')
);
-- One for each subject, however many servers look: whatever is not over.
CREATE UNIQUE INDEX database_alerts_standing_key ON public.database_alerts (kind, subject) WHERE state <> 'resolved';
CREATE INDEX database_alerts_resolved_at_idx ON public.database_alerts (resolved_at) WHERE state = 'resolved';
CREATE INDEX database_alerts_quiet_idx ON public.database_alerts (kind, subject) WHERE quiet;
CREATE INDEX database_alerts_webhook_due_at_idx ON public.database_alerts (webhook_due_at) WHERE webhook_due_at IS NOT NULL;
CREATE INDEX database_alerts_acknowledged_by_idx ON public.database_alerts (acknowledged_by);
CREATE INDEX database_alerts_resolved_by_idx ON public.database_alerts (resolved_by);
COMMENT ON TABLE public.database_alerts IS 'What is or was wrong with the database, one row for each time that a subject was in trouble.';
COMMENT ON COLUMN public.database_alerts.state IS 'pending: seen, but not for long enough; open; acknowledged: somebody knows; resolved: over, by itself or by hand.';
COMMENT ON COLUMN public.database_alerts.payload IS '{object, cause, effect, remedy, action}: what people read.';
COMMENT ON COLUMN public.database_alerts.value IS 'The number that was compared with the thresholds, in the unit of its rule.';
COMMENT ON COLUMN public.database_alerts.pending_since IS 'Since when it, or a higher severity than the one told, has been waiting to last long enough.';
COMMENT ON COLUMN public.database_alerts.clean_looks IS 'How often in a row it was looked for and not found.';
COMMENT ON COLUMN public.database_alerts.quiet IS 'Resolved by hand while it was still so: not raised again before it was gone, or is worse.';
COMMENT ON COLUMN public.database_alerts.webhook_due_at IS 'When the webhook is to be told (again); null: there is nothing to tell.';

CREATE TABLE public.database_alert_rules (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT database_alert_rules_id_check CHECK (id),
  overrides jsonb NOT NULL DEFAULT '{}' CONSTRAINT database_alert_rules_overrides_check CHECK (jsonb_typeof(overrides) = 'object'),
  webhook text CONSTRAINT database_alert_rules_webhook_check CHECK (webhook ~ '^https?://' AND length(webhook) <= 2000),
  version bigint NOT NULL DEFAULT 1,
  updated_by uuid CONSTRAINT database_alert_rules_updated_by_fkey REFERENCES auth.users (id) ON DELETE SET NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  checked_at timestamptz,
  unchecked jsonb NOT NULL DEFAULT '[]' CONSTRAINT database_alert_rules_unchecked_check CHECK (jsonb_typeof(unchecked) = 'array'),
  gauges jsonb NOT NULL DEFAULT '{}' CONSTRAINT database_alert_rules_gauges_check CHECK (jsonb_typeof(gauges) = 'object')
);
COMMENT ON TABLE public.database_alert_rules IS 'When alerts are raised and where they are told, and the last look: one row.';
COMMENT ON COLUMN public.database_alert_rules.overrides IS 'Only what differs from the rules of the program: {kind: {enabled, info, warning, critical, forSeconds}}.';
COMMENT ON COLUMN public.database_alert_rules.webhook IS 'May hold a secret: only the service reads it.';
COMMENT ON COLUMN public.database_alert_rules.checked_at IS 'When all rules were looked at the last time, by whichever server.';
COMMENT ON COLUMN public.database_alert_rules.unchecked IS 'What could not be looked at then, a sentence each.';
COMMENT ON COLUMN public.database_alert_rules.gauges IS 'Numbers of that look, for /metrics.';

ALTER TABLE public.database_alerts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.database_alert_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON public.database_alerts TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON public.database_alert_rules TO train_owner USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.database_alerts TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.database_alert_rules TO service_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.database_alerts TO service_role;
GRANT SELECT, UPDATE ON public.database_alert_rules TO service_role;
GRANT SELECT ON public.database_alerts TO authenticated;
CREATE POLICY admin_read ON public.database_alerts FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

INSERT INTO public.database_alert_rules DEFAULT VALUES;
