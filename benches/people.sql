-- People for a load test, each with an API token; prints "id token" lines. Runs as the role that owns the tables.
set role train_owner;
with people as (
  insert into auth.users (email, password_hash, display_name, role)
  select format('bench-%s@example.com', number), '$argon2id$v=19$none', format('Bench %s', number), 'member'
    from generate_series(1, :people) number
  returning id
), limits as (
  -- Every gate is on, and none of them refuses.
  insert into ai_configurations (user_id, config_name, configuration)
  select id, 'Bench', '{"rateLimiting": {"requestsPerMinute": 100000, "burstAllowance": 10000, "concurrentRequests": 1000},
    "costBudget": {"dailyBudget": 1000000, "weeklyBudget": 1000000, "monthlyBudget": 1000000}}'
    from people
), tokens as (
  insert into auth.api_tokens (user_id, name, token_hash, last_four, scopes)
  select id, 'bench', sha256(convert_to('trn_' || md5(id::text) || md5('x' || id), 'UTF8')), right(md5('x' || id), 4),
         array['preferences:read', 'preferences:write', 'conversations:write', 'messages:write']
    from people
  returning user_id
)
select user_id || ' trn_' || md5(user_id::text) || md5('x' || user_id) from tokens;
