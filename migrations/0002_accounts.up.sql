-- Accounts, how they sign in, and what tells one installation from another.

CREATE TABLE auth.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL CONSTRAINT users_email_check
    CHECK (email LIKE '_%@_%' AND length(email) <= 254),
  email_since timestamptz NOT NULL DEFAULT now(),
  password_hash text NOT NULL
    CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
  display_name text NOT NULL
    CONSTRAINT users_display_name_check CHECK (length(display_name) BETWEEN 1 AND 100),
  role text NOT NULL DEFAULT 'member'
    CONSTRAINT users_role_check CHECK (role IN ('admin', 'member')),
  time_zone text NOT NULL DEFAULT 'UTC',
  disabled_at timestamptz,
  password_changed_at timestamptz NOT NULL DEFAULT now(),
  one_time_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
-- Two spellings of one address are one account: people do not remember how they wrote it.
CREATE UNIQUE INDEX users_email_key ON auth.users (lower(email));
-- Whoever tells all administrators something must not read everybody's account.
CREATE INDEX users_admin_idx ON auth.users (id) WHERE role = 'admin';
-- The list of all people goes by name.
CREATE INDEX users_display_name_idx ON auth.users (lower(display_name), id);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON auth.users FOR EACH ROW
  EXECUTE FUNCTION public.set_updated_at();
COMMENT ON TABLE auth.users IS 'One row per account.';
COMMENT ON COLUMN auth.users.email IS 'As the person wrote it; unique without regard to case.';
COMMENT ON COLUMN auth.users.email_since IS
  'When the account was made or got this address. What was sent to the address before concerns '
  'whoever had it then.';
COMMENT ON COLUMN auth.users.password_hash IS
  'argon2id in PHC form. The check keeps a plain password out, whatever the caller does.';
COMMENT ON COLUMN auth.users.display_name IS 'How others see the person.';
COMMENT ON COLUMN auth.users.role IS
  'What the account may do in the whole installation; an organization has its own roles.';
COMMENT ON COLUMN auth.users.time_zone IS 'IANA name, for the days of budgets and the times shown.';
COMMENT ON COLUMN auth.users.disabled_at IS
  'Since when the account may not sign in; null for an active one.';
COMMENT ON COLUMN auth.users.password_changed_at IS
  'Sessions older than this were made with an earlier password.';
COMMENT ON COLUMN auth.users.one_time_until IS
  'The password was made by an administrator: it signs in until then, together with one that the '
  'person chooses. Null: the password is their own.';

CREATE TABLE auth.sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE
    CONSTRAINT sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  last_seen timestamptz NOT NULL DEFAULT now(),
  ip inet,
  user_agent text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_user_id_idx ON auth.sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON auth.sessions (expires_at);
COMMENT ON TABLE auth.sessions IS 'One row per signed-in browser.';
COMMENT ON COLUMN auth.sessions.token_hash IS
  'SHA-256 of the cookie: whoever reads this table cannot sign in with it.';
COMMENT ON COLUMN auth.sessions.expires_at IS 'When it ends if it is not used.';
COMMENT ON COLUMN auth.sessions.last_seen IS 'Coarse: written at most every few minutes.';
COMMENT ON COLUMN auth.sessions.ip IS 'The address that it was made or last prolonged from.';
COMMENT ON COLUMN auth.sessions.user_agent IS 'What the browser calls itself, shortened.';

CREATE TABLE auth.api_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL CONSTRAINT api_tokens_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT api_tokens_name_check CHECK (length(name) BETWEEN 1 AND 100),
  token_hash bytea NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE
    CONSTRAINT api_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
  last_four text NOT NULL CONSTRAINT api_tokens_last_four_check CHECK (length(last_four) = 4),
  scopes text[] NOT NULL CONSTRAINT api_tokens_scopes_check CHECK (cardinality(scopes) > 0),
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_tokens_user_id_idx ON auth.api_tokens (user_id);
COMMENT ON TABLE auth.api_tokens IS 'Tokens with which a script acts for its person.';
COMMENT ON COLUMN auth.api_tokens.name IS 'In the words of its person.';
COMMENT ON COLUMN auth.api_tokens.token_hash IS
  'SHA-256 of the whole token; the token itself is shown once and kept nowhere.';
COMMENT ON COLUMN auth.api_tokens.last_four IS
  'The end of the token, so that a person can tell their tokens apart.';
COMMENT ON COLUMN auth.api_tokens.scopes IS
  'What the token may be used for, for example preferences:read.';
COMMENT ON COLUMN auth.api_tokens.expires_at IS 'Null: does not expire by itself.';
COMMENT ON COLUMN auth.api_tokens.last_used_at IS 'Coarse: written at most every few minutes.';

-- What an account is sent by mail whatever its person prefers for notifications: links that prove a
-- mailbox, and notices to an address that is given up. A letter whose address nobody has an account
-- of is written like any other and never sent, so that asking for a link takes the same work
-- whoever asks.
CREATE TABLE auth.account_mails (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid CONSTRAINT account_mails_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  kind text NOT NULL CONSTRAINT account_mails_kind_check CHECK (kind IN
    ('password_reset', 'email_confirmation', 'email_change_asked', 'email_changed')),
  address text NOT NULL CONSTRAINT account_mails_address_check
    CHECK (address LIKE '_%@_%' AND length(address) <= 254),
  other_address text,
  token_digests bytea[] NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_mails_account_check CHECK (user_id IS NOT NULL OR kind = 'password_reset')
);
CREATE INDEX account_mails_user_id_idx ON auth.account_mails (user_id, kind)
  WHERE user_id IS NOT NULL;
-- One change of address waits at a time.
CREATE UNIQUE INDEX account_mails_email_confirmation_key ON auth.account_mails (user_id)
  WHERE kind = 'email_confirmation' AND ended_at IS NULL;
CREATE INDEX account_mails_token_digests_idx ON auth.account_mails USING gin (token_digests);
CREATE INDEX account_mails_expires_at_idx ON auth.account_mails (expires_at);
COMMENT ON TABLE auth.account_mails IS
  'Letters about accounts: links for a forgotten password and a new e-mail address, and notices '
  'to the address that is given up. Their way is in notification_outbox.';
COMMENT ON COLUMN auth.account_mails.user_id IS
  'Whose account; null when nobody had the address for which a link was asked.';
COMMENT ON COLUMN auth.account_mails.kind IS
  'password_reset and email_confirmation carry a link, the others tell something.';
COMMENT ON COLUMN auth.account_mails.address IS
  'Where it goes; of email_confirmation the address that the account gets.';
COMMENT ON COLUMN auth.account_mails.other_address IS
  'Of email_change_asked and email_changed: the address that the account is to get, or has got.';
COMMENT ON COLUMN auth.account_mails.token_digests IS
  'SHA-256 of the tokens in the links that were mailed, one for each attempt to send it. The '
  'tokens themselves are kept nowhere.';
COMMENT ON COLUMN auth.account_mails.expires_at IS
  'Until when its link holds, or a notice is worth sending.';
COMMENT ON COLUMN auth.account_mails.ended_at IS
  'When its link was used or given up; null while it holds.';

-- A link that was mailed before must not undo a change of the password, whoever made it and in
-- whatever way; and somebody who changes it because another person knows it must not lose the
-- account to an address that this person asked for. What an account had begun before it was
-- disabled is worth nothing when it is enabled again.
CREATE FUNCTION auth.end_account_links() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  UPDATE auth.account_mails SET ended_at = clock_timestamp()
    WHERE user_id = NEW.id AND kind IN ('password_reset', 'email_confirmation')
      AND ended_at IS NULL;
  DELETE FROM auth.pending_sign_ins WHERE user_id = NEW.id;
  DELETE FROM auth.passkey_ceremonies WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION auth.end_account_links() IS
  'Ends the links, the sign-ins that wait for their second step, and the passkeys that are being '
  'added, of an account that was disabled or whose password or e-mail address was changed.';
CREATE TRIGGER end_account_links AFTER UPDATE ON auth.users FOR EACH ROW
  WHEN ((OLD.password_changed_at, OLD.email) IS DISTINCT FROM (NEW.password_changed_at, NEW.email)
    OR (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL))
  EXECUTE FUNCTION auth.end_account_links();

-- The second step of signing in, for those who want one.
CREATE TABLE auth.second_factors (
  user_id uuid PRIMARY KEY CONSTRAINT second_factors_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  key_id text NOT NULL CONSTRAINT second_factors_key_id_check CHECK (key_id ~ '^[0-9a-f]{8}$'),
  nonce bytea NOT NULL CONSTRAINT second_factors_nonce_check CHECK (octet_length(nonce) = 24),
  ciphertext bytea NOT NULL
    CONSTRAINT second_factors_ciphertext_check CHECK (octet_length(ciphertext) > 16),
  last_step bigint NOT NULL DEFAULT 0,
  confirmed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX second_factors_key_id_idx ON auth.second_factors (key_id);
COMMENT ON TABLE auth.second_factors IS
  'The authenticator app of an account: one row for each that has two-step verification.';
COMMENT ON COLUMN auth.second_factors.key_id IS
  'The master key that the secret is sealed under, as in vault.secrets.';
COMMENT ON COLUMN auth.second_factors.nonce IS 'Random, new whenever the secret is sealed.';
COMMENT ON COLUMN auth.second_factors.ciphertext IS
  'The secret shared with the app, sealed with the account as associated data.';
COMMENT ON COLUMN auth.second_factors.last_step IS
  'The 30 seconds since 1970 of the last code that was taken: it and earlier ones are used up.';
COMMENT ON COLUMN auth.second_factors.confirmed_at IS
  'Since when signing in asks for a code; null while it is being set up.';

CREATE TABLE auth.recovery_codes (
  user_id uuid NOT NULL CONSTRAINT recovery_codes_user_id_fkey
    REFERENCES auth.second_factors (user_id) ON DELETE CASCADE,
  code_hash bytea NOT NULL
    CONSTRAINT recovery_codes_code_hash_check CHECK (octet_length(code_hash) = 32),
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE auth.recovery_codes IS
  'Codes for who is without their authenticator app; each works once.';
COMMENT ON COLUMN auth.recovery_codes.code_hash IS
  'SHA-256 of account and code. A code has 120 random bits, so that nobody can try them all.';
COMMENT ON COLUMN auth.recovery_codes.used_at IS 'Null: it still works.';

CREATE TABLE auth.pending_sign_ins (
  token_hash bytea PRIMARY KEY
    CONSTRAINT pending_sign_ins_token_hash_check CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL CONSTRAINT pending_sign_ins_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  password_hash text
    CONSTRAINT pending_sign_ins_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pending_sign_ins_user_id_idx ON auth.pending_sign_ins (user_id);
CREATE INDEX pending_sign_ins_expires_at_idx ON auth.pending_sign_ins (expires_at);
COMMENT ON TABLE auth.pending_sign_ins IS
  'Browsers that gave the right password and are asked for the second step.';
COMMENT ON COLUMN auth.pending_sign_ins.token_hash IS
  'SHA-256 of the cookie, as of a session: whoever reads this table cannot go on with it.';
COMMENT ON COLUMN auth.pending_sign_ins.password_hash IS
  'Of a sign-in with a one-time password: the one that its person chose, as in auth.users. It '
  'stands once the second step is done; until then the one-time password is not used up.';
COMMENT ON COLUMN auth.pending_sign_ins.expires_at IS 'Minutes after the password.';

-- Signing in without a password.
CREATE TABLE auth.passkeys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL CONSTRAINT passkeys_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT passkeys_name_check CHECK (length(name) BETWEEN 1 AND 100),
  credential_id bytea NOT NULL CONSTRAINT passkeys_credential_id_key UNIQUE,
  credential jsonb NOT NULL,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX passkeys_user_id_idx ON auth.passkeys (user_id);
COMMENT ON TABLE auth.passkeys IS 'What devices and password managers sign in with.';
COMMENT ON COLUMN auth.passkeys.name IS 'In the words of its person.';
COMMENT ON COLUMN auth.passkeys.credential_id IS 'How its device knows it.';
COMMENT ON COLUMN auth.passkeys.credential IS
  'Its public key, and what its device said of itself and counts; the private key stays there.';
COMMENT ON COLUMN auth.passkeys.last_used_at IS 'When it signed in last; null: never.';

CREATE TABLE auth.passkey_ceremonies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid CONSTRAINT passkey_ceremonies_user_id_fkey
    REFERENCES auth.users (id) ON DELETE CASCADE,
  state jsonb NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX passkey_ceremonies_user_id_idx ON auth.passkey_ceremonies (user_id);
CREATE INDEX passkey_ceremonies_expires_at_idx ON auth.passkey_ceremonies (expires_at);
COMMENT ON TABLE auth.passkey_ceremonies IS
  'Challenges that browsers were given, to add a passkey or to sign in with one.';
COMMENT ON COLUMN auth.passkey_ceremonies.user_id IS
  'Who adds a passkey; null for somebody who signs in and is not known yet.';
COMMENT ON COLUMN auth.passkey_ceremonies.state IS 'The challenge, and what was asked for.';

-- Browsers share the cookies of a host between all its ports, so the names of cookies carry
-- something of the installation. The row is made by the first server that asks, not by this step:
-- databases that are copied from one template are different installations.
CREATE TABLE auth.installation (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT installation_id_check CHECK (id),
  identifier uuid NOT NULL DEFAULT gen_random_uuid(),
  sign_up text NOT NULL DEFAULT 'open'
    CONSTRAINT installation_sign_up_check CHECK (sign_up IN ('open', 'closed')),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE auth.installation IS
  'This installation, whichever of its servers is asked: one row.';
COMMENT ON COLUMN auth.installation.identifier IS
  'No secret. Its first eight digits end the names of the cookies.';
COMMENT ON COLUMN auth.installation.sign_up IS
  'Who may make an account: open, anybody; closed, only who was invited. The variable '
  'TRAIN_SIGN_UP, where it is set, comes before it.';

-- As the owner, because the policies of auth.users itself ask it.
CREATE FUNCTION auth.is_admin() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT EXISTS (SELECT FROM auth.users
    WHERE id = auth.uid() AND role = 'admin' AND disabled_at IS NULL)
$$;
COMMENT ON FUNCTION auth.is_admin() IS
  'Whether the caller is an administrator of the installation.';
GRANT EXECUTE ON FUNCTION auth.is_admin() TO authenticated, service_role;

-- From where and with what somebody signed in is theirs to know; when they were here last,
-- administrators may.
CREATE FUNCTION auth.last_seen(person uuid) RETURNS timestamptz
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT greatest(
    (SELECT max(session.last_seen) FROM auth.sessions AS session WHERE session.user_id = person),
    (SELECT max(token.last_used_at) FROM auth.api_tokens AS token WHERE token.user_id = person))
  WHERE auth.is_admin()
$$;
COMMENT ON FUNCTION auth.last_seen(uuid) IS
  'When a session or a token of the account was used last, to a few minutes, for administrators; '
  'null for others, and when there is none.';
GRANT EXECUTE ON FUNCTION auth.last_seen(uuid) TO authenticated;

-- Row-level security

CALL public.protect('auth.users', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.sessions', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.api_tokens', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.account_mails', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.second_factors', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.recovery_codes', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.pending_sign_ins', 'SELECT, INSERT, DELETE');
CALL public.protect('auth.passkeys', 'SELECT, INSERT, UPDATE, DELETE');
CALL public.protect('auth.passkey_ceremonies', 'SELECT, INSERT, DELETE');
CALL public.protect('auth.installation', 'SELECT, INSERT');

-- What the installation lets people do is for its administrators to decide.
GRANT SELECT (id, sign_up), UPDATE (sign_up) ON auth.installation TO authenticated;
CREATE POLICY admin_read ON auth.installation FOR SELECT TO authenticated
  USING ((SELECT auth.is_admin()));
CREATE POLICY admin_update ON auth.installation FOR UPDATE TO authenticated
  USING ((SELECT auth.is_admin())) WITH CHECK ((SELECT auth.is_admin()));

-- Address, role, password and disabling go through the service, which asks for the password or an
-- administrator.
GRANT SELECT (id, email, email_since, display_name, role, time_zone, disabled_at,
  password_changed_at, one_time_until, created_at, updated_at), UPDATE (display_name, time_zone)
  ON auth.users TO authenticated;
CREATE POLICY own_read ON auth.users FOR SELECT TO authenticated USING (id = (SELECT auth.uid()));
CREATE POLICY own_update ON auth.users FOR UPDATE TO authenticated
  USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));
CREATE POLICY admin_read ON auth.users FOR SELECT TO authenticated USING ((SELECT auth.is_admin()));

GRANT SELECT (id, user_id, expires_at, last_seen, ip, user_agent, created_at), DELETE
  ON auth.sessions TO authenticated;
CREATE POLICY own_read ON auth.sessions FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_delete ON auth.sessions FOR DELETE TO authenticated
  USING (user_id = (SELECT auth.uid()));

GRANT SELECT (id, user_id, name, last_four, scopes, expires_at, last_used_at, created_at), DELETE
  ON auth.api_tokens TO authenticated;
CREATE POLICY own_read ON auth.api_tokens FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_delete ON auth.api_tokens FOR DELETE TO authenticated
  USING (user_id = (SELECT auth.uid()));

GRANT SELECT (id, user_id, kind, address, expires_at, ended_at, created_at)
  ON auth.account_mails TO authenticated;
CREATE POLICY own_read ON auth.account_mails FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

-- Setting up and turning off ask for password and code, so only the service does them.
GRANT SELECT (user_id, confirmed_at, created_at) ON auth.second_factors TO authenticated;
CREATE POLICY own_read ON auth.second_factors FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
GRANT SELECT (user_id, used_at, created_at) ON auth.recovery_codes TO authenticated;
CREATE POLICY own_read ON auth.recovery_codes FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));

GRANT SELECT (id, user_id, name, last_used_at, created_at), UPDATE (name)
  ON auth.passkeys TO authenticated;
CREATE POLICY own_read ON auth.passkeys FOR SELECT TO authenticated
  USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_update ON auth.passkeys FOR UPDATE TO authenticated
  USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));

-- Told to every server process at commit, so that what they remember of a person is dropped
-- everywhere at once.
CREATE FUNCTION public.notify_access_revoked() RETURNS trigger
  LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM pg_notify('train_events',
    jsonb_build_object('type', 'access-revoked',
      'userId', coalesce(to_jsonb(OLD) ->> 'user_id', to_jsonb(OLD) ->> 'id'))::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_access_revoked() IS
  'A session or token is gone, or an account was disabled or changed its role, password or e-mail '
  'address.';
CREATE TRIGGER notify_access_revoked AFTER DELETE ON auth.sessions
  FOR EACH ROW EXECUTE FUNCTION public.notify_access_revoked();
CREATE TRIGGER notify_access_revoked AFTER DELETE ON auth.api_tokens
  FOR EACH ROW EXECUTE FUNCTION public.notify_access_revoked();
CREATE TRIGGER notify_access_revoked AFTER UPDATE ON auth.users FOR EACH ROW
  WHEN ((OLD.role, OLD.disabled_at, OLD.password_hash, OLD.email)
    IS DISTINCT FROM (NEW.role, NEW.disabled_at, NEW.password_hash, NEW.email))
  EXECUTE FUNCTION public.notify_access_revoked();
CREATE TRIGGER notify_access_removed AFTER DELETE ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.notify_access_revoked();
