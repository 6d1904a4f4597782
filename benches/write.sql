-- The ceiling for PATCH: the same two writes (the row, and its history by trigger) in one transaction.
\set number random(1, 64)
\set value random(1, 10000)
begin;
set local role authenticated;
select set_config('request.jwt.claims', json_build_object('sub', (array[:ids])[:number], 'role', 'authenticated')::text, true);
-- Without the announcement to other servers, which waits for the disk under a lock: the two plain writes are the ceiling.
select set_config('train.change', '{"announcedLater": true}', true);
update user_preferences set preferences = jsonb_build_object('exportPreferences', jsonb_build_object('autoCompressionThreshold', :value::integer))
 where user_id = ((array[:ids])[:number])::uuid;
commit;
