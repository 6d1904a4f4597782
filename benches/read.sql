-- The ceiling for GET: the same row under the same row-level security, as one person of many.
\set number random(1, 64)
begin;
set local role authenticated;
select set_config('request.jwt.claims', json_build_object('sub', (array[:ids])[:number], 'role', 'authenticated')::text, true);
select preferences, version, updated_at from user_preferences where user_id = ((array[:ids])[:number])::uuid;
commit;
