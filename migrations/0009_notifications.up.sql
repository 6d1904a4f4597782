-- Notifications: what people are told, each thing once, and the mail that carries it to those who
-- want it by mail. What somebody wants is decided when it is told (server/notifications.rs): the
-- defaults are known to the program alone.

CREATE TABLE public.notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  user_id uuid NOT NULL CONSTRAINT notifications_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  category text NOT NULL CONSTRAINT notifications_category_check
    CHECK (category IN ('generation_complete', 'approval_required', 'errors', 'system_alerts')),
  severity text NOT NULL CONSTRAINT notifications_severity_check
    CHECK (severity IN ('info', 'success', 'warning', 'error')),
  title text NOT NULL CONSTRAINT notifications_title_check CHECK (length(title) BETWEEN 1 AND 200),
  text text NOT NULL DEFAULT '' CONSTRAINT notifications_text_check CHECK (length(text) <= 2000),
  link text CONSTRAINT notifications_link_check
    CHECK (link ~ '^/([^/\\[:space:]]|$)' AND length(link) <= 512),
  dedupe_key text NOT NULL CONSTRAINT notifications_dedupe_key_check
    CHECK (length(dedupe_key) BETWEEN 1 AND 500),
  in_app boolean NOT NULL,
  read_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT notifications_user_id_dedupe_key_key UNIQUE (user_id, dedupe_key)
);
CREATE INDEX notifications_user_id_sequence_idx ON public.notifications (user_id, sequence DESC)
  WHERE in_app;
CREATE INDEX notifications_unread_idx ON public.notifications (user_id, sequence DESC)
  WHERE in_app AND read_at IS NULL;
CREATE INDEX notifications_created_at_idx ON public.notifications (created_at);
COMMENT ON TABLE public.notifications IS
  'One row for each thing that a person was told, by whichever ways they wanted it.';
COMMENT ON COLUMN public.notifications.sequence IS
  'The order of a person''s list, and the cursor of its pages.';
COMMENT ON COLUMN public.notifications.user_id IS 'Who is told.';
COMMENT ON COLUMN public.notifications.category IS
  'What the person can switch off: notifications.categories of their preferences.';
COMMENT ON COLUMN public.notifications.severity IS 'How it is shown.';
COMMENT ON COLUMN public.notifications.link IS
  'A path of this site where something can be done about it.';
COMMENT ON COLUMN public.notifications.dedupe_key IS
  'What it is about, and which window: the same key tells the same person once, for as long as '
  'the row is kept.';
COMMENT ON COLUMN public.notifications.in_app IS
  'Whether the person wanted it in the notification centre. Otherwise the row only remembers that '
  'they were told, by toast or mail.';
COMMENT ON COLUMN public.notifications.read_at IS 'Null: not read.';

CREATE TABLE public.notification_outbox (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notification_id uuid CONSTRAINT notification_outbox_notification_id_key UNIQUE
    CONSTRAINT notification_outbox_notification_id_fkey
      REFERENCES public.notifications (id) ON DELETE CASCADE,
  user_id uuid CONSTRAINT notification_outbox_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  invitation_id uuid CONSTRAINT notification_outbox_invitation_id_key UNIQUE
    CONSTRAINT notification_outbox_invitation_id_fkey
      REFERENCES public.invitations (id) ON DELETE CASCADE,
  account_mail_id uuid CONSTRAINT notification_outbox_account_mail_id_key UNIQUE
    CONSTRAINT notification_outbox_account_mail_id_fkey
      REFERENCES auth.account_mails (id) ON DELETE CASCADE,
  state text NOT NULL DEFAULT 'queued' CONSTRAINT notification_outbox_state_check
    CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'parked')),
  attempts integer NOT NULL DEFAULT 0
    CONSTRAINT notification_outbox_attempts_check CHECK (attempts >= 0),
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  digest_until timestamptz,
  mail_id uuid,
  lease_id uuid,
  last_error text,
  sent_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT notification_outbox_subject_check
    CHECK (num_nonnulls(notification_id, invitation_id, account_mail_id) = 1
      AND (notification_id IS NULL) = (user_id IS NULL)),
  CONSTRAINT notification_outbox_lease_check CHECK ((state = 'sending') = (lease_id IS NOT NULL)),
  CONSTRAINT notification_outbox_sent_check CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX notification_outbox_due_idx ON public.notification_outbox (next_attempt_at)
  WHERE state IN ('queued', 'failed', 'sending');
CREATE INDEX notification_outbox_user_id_idx
  ON public.notification_outbox (user_id, next_attempt_at)
  WHERE state IN ('queued', 'failed', 'sending');
CREATE INDEX notification_outbox_state_idx ON public.notification_outbox (state, updated_at DESC);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.notification_outbox
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE public.notification_outbox IS
  'Mail on its way: one row for each notification that goes to its person by mail, for each '
  'invitation that goes to its address, and for each letter about an account.';
COMMENT ON COLUMN public.notification_outbox.notification_id IS 'What is mailed.';
COMMENT ON COLUMN public.notification_outbox.user_id IS
  'To whom; null for an invitation and for a letter about an account.';
COMMENT ON COLUMN public.notification_outbox.invitation_id IS
  'What it carries instead of a notification: an invitation, to whoever has the address.';
COMMENT ON COLUMN public.notification_outbox.account_mail_id IS
  'What it carries instead of a notification: a letter about an account.';
COMMENT ON COLUMN public.notification_outbox.state IS
  'queued: waits for its time; sending: a server is at it; sent: the mail server took it; failed: '
  'is tried again; parked: given up, until an administrator tries it again.';
COMMENT ON COLUMN public.notification_outbox.attempts IS 'How often it was tried.';
COMMENT ON COLUMN public.notification_outbox.next_attempt_at IS
  'When it is looked at next. While it is being sent: when the lease ends, after which another '
  'server takes it over.';
COMMENT ON COLUMN public.notification_outbox.digest_until IS
  'The end of the day or week with which it is sent; null: at once.';
COMMENT ON COLUMN public.notification_outbox.mail_id IS
  'The mail that carries it, alone or with others. Kept over retries: the mail''s Message-ID is '
  'made of it, so that a mail sent twice is known as one.';
COMMENT ON COLUMN public.notification_outbox.lease_id IS
  'Of whoever is sending it: only they may say what became of it.';
COMMENT ON COLUMN public.notification_outbox.last_error IS
  'Why the last attempt failed, for administrators.';

-- Row-level security

CALL public.protect('public.notifications', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('public.notification_outbox', 'SELECT, INSERT, UPDATE, DELETE');

-- A person reads what they were told and marks it. Nobody tells themselves or others anything,
-- administrators included.
GRANT SELECT, UPDATE (read_at) ON public.notifications TO authenticated;
CREATE POLICY own_read ON public.notifications FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_update ON public.notifications FOR UPDATE TO authenticated
  USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));

-- Whether mail gets through is an administrator's business; what it says is not.
GRANT SELECT ON public.notification_outbox TO authenticated;
CREATE POLICY admin_read ON public.notification_outbox FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
