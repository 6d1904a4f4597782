-- Fills the history as years of work would: changes :first to :last of :last, spread over two years up to now, the last one the
-- newest. Two of five belong to one person (:me), the rest to 5000 people and 200 organizations. Runs as the role that owns the
-- tables and writes the log itself, past the triggers: the configurations that it tells of do not exist and the seals are sums
-- of nothing, so `train audit verify` would complain of every row.
set role train_owner;
-- What is changed, in as many ways as a person would tell apart. Everything that takes long is done for these.
create temporary table variant on commit preserve rows as
select index, kind, action, changes, jsonb_build_object('rowsPerPage', 50, 'tableDensity', 'compact')
    || coalesce(jsonb_build_object(changes->0->>'path', changes->0->'old'), '{}') as old_value,
  jsonb_build_object('rowsPerPage', 50, 'tableDensity', 'compact')
    || coalesce(jsonb_build_object(changes->0->>'path', changes->0->'new'), '{}') as new_value,
  -- Half of the changes of AI configurations are explained, few of those of preferences.
  case when kind <> 'user_preference' and random_2 % 2 = 0 or random_2 % 32 = 1
    then (array['too bright', 'as agreed in the meeting', 'cheaper', 'back to what it was', 'for the demonstration'])[1 + random_3 % 5]
      || ', ticket ' end as reason
from (
  select index, kind, action, random_2, random_3,
    (select jsonb_agg(jsonb_build_object('path', path, 'old', random_2 % 97, 'new', random_3 % 89) order by path)
       from (select distinct case
           when kind in ('user_preference', 'organization_preference_default') then preferences[1 + (random_3 + 7 * leaf) % 20]
           when kind = 'api_key' then 'masked'
           else case kind when 'ai_config' then 'configuration.' else '' end || fields[1 + (random_3 + 7 * leaf) % 8] end as path
         from generate_series(0, case when random_1 % 6 = 0 then random_2 % 5 else 0 end) as leaf) leaves) as changes
  from generate_series(0, 20010) as index
  cross join lateral (select hashint8extended(index, 1) & 2147483647 as random_1, hashint8extended(index, 2) & 2147483647 as random_2,
    hashint8extended(index, 3) & 2147483647 as random_3) as random
  cross join lateral (select case when random_1 % 100 < 80 then 'user_preference' when random_1 % 100 < 92 then 'ai_config'
      when random_1 % 100 < 96 then 'organization_preference_default' when random_1 % 100 < 98 then 'organization_policy' else 'api_key' end as kind,
    case when random_2 % 100 < 85 then 'updated' when random_2 % 100 < 92 then 'reset' when random_2 % 100 < 95 then 'rolled_back'
      when random_2 % 100 < 97 then 'imported' else 'created' end as action,
    '{theme,tableDensity,rowsPerPage,sidebarCollapsed,animations,notifications.email,notifications.toast,notifications.categories.errors,notifications.categories.costAlerts,defaultFilters.tier,defaultFilters.status,exportPreferences.format,exportPreferences.includeMetadata,exportPreferences.delimiter,qualityThresholds.autoApproval,qualityThresholds.flagging,qualityThresholds.minimumAcceptable,keyboardShortcuts.enabled,retryConfig.maxRetries,retryConfig.strategy}'::text[] as preferences,
    '{model.maxTokens,model.temperature,model.model,costBudget.dailyBudget,costBudget.monthlyBudget,rateLimiting.requestsPerMinute,retryStrategy.maxRetries,timeouts.generation}'::text[] as fields
  ) as word
) as made;
analyze variant;

insert into configuration_audit_log (id, sequence, config_type, target_id, owner_user_id, owner_organization_id, action, changed_by,
  changed_by_name, changed_at, changes, old_value, new_value, reason, client_ip, user_agent, source, mutation_id, version,
  previous_hash, hash)
select gen_random_uuid(), number, kind, md5(kind || owner || configuration)::uuid, case when not is_shared then owner end,
  case when is_shared then owner end, action,
  -- One of sixteen was made by somebody else.
  case when random_2 % 16 = 0 then md5('administrator ' || random_1 % 20)::uuid else owner end,
  case when random_2 % 16 = 0 then 'Administrator' else 'Bench 1' end,
  now() - (:last - number + 1) * (interval '730 days' / :last),
  -- What was changed in the first hundredth of the time, and never since.
  case when number <= :last / 100 and random_2 % 400 = 1 then '[{"path": "retryConfig.backoff", "new": 2}]' else changes end,
  old_value, new_value, reason || random_2 % 100000, '192.0.2.7',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  case action when 'rolled_back' then 'rollback' else 'page' end,
  case action when 'rolled_back' then null else gen_random_uuid() end, number,
  sha256(int8send(number)), sha256(int8send(number + 1))
from generate_series(:first, :last) as number
cross join lateral (select hashint8extended(number, 4) & 2147483647 as random_1, hashint8extended(number, 5) & 2147483647 as random_2) as random
join variant on variant.index = random_1 % 20011
cross join lateral (select kind in ('organization_preference_default', 'organization_policy') as is_shared,
  case kind when 'ai_config' then random_2 % 4 else 0 end as configuration) as about
cross join lateral (select case when is_shared then md5('organization ' || random_2 % 200)::uuid
  when number % 5 < 2 then :'me'::uuid else md5('person ' || random_2 % 5000)::uuid end as owner) as whose;
drop table variant;
select setval('configuration_audit_log_sequence_seq', :last);
