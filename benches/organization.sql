-- Puts all people of people.sql into one organization, whose gates are on as well, and refuse nothing either.
set role train_owner;
insert into organizations (name) values ('Bench');
insert into organization_members (organization_id, user_id)
  select organizations.id, users.id from organizations, auth.users where users.email like 'bench-%';
insert into ai_configurations (organization_id, config_name, configuration)
  select id, 'Bench', '{"rateLimiting": {"requestsPerMinute": 100000, "burstAllowance": 10000, "concurrentRequests": 1000},
    "costBudget": {"dailyBudget": 1000000, "weeklyBudget": 1000000, "monthlyBudget": 1000000}}' from organizations;
-- The row is there already, made by a trigger. With ceilings its budgets refuse instead of only warning.
update organization_policies set ceilings = '{"requestsPerMinute": 100000, "burstAllowance": 10000, "concurrentRequests": 1000,
  "dailyBudget": 1000000, "weeklyBudget": 1000000, "monthlyBudget": 1000000}';
