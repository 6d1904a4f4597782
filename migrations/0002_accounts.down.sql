-- Tables before the functions that their triggers and policies call: these go with them.
DROP TABLE auth.installation;
DROP TABLE auth.account_mails;
DROP TABLE auth.passkey_ceremonies;
DROP TABLE auth.passkeys;
DROP TABLE auth.pending_sign_ins;
DROP TABLE auth.recovery_codes;
DROP TABLE auth.second_factors;
DROP TABLE auth.api_tokens;
DROP TABLE auth.sessions;
DROP TABLE auth.users;
DROP FUNCTION auth.end_account_links();
DROP FUNCTION public.notify_access_revoked();
DROP FUNCTION auth.last_seen(uuid);
DROP FUNCTION auth.is_admin();
