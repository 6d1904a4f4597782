-- Fills a workspace as years of work would: conversations :first to :last of :organization, spread over two years up to now, by 40
-- authors, with twelve turns each. Runs as the role that owns the tables. What takes long (turns, words) is made for 5000 variants.
-- Each row packs its turns itself, as one that is generated does.
set role train_owner;
create temporary table variant as
select index, turns, to_tsvector('english', (select string_agg(turn ->> 'content', ' ') from jsonb_array_elements(turns) as turn)) as words
from generate_series(0, 4999) as index
cross join lateral (
  select jsonb_agg(jsonb_build_object('role', case when turn % 2 = 0 then 'user' else 'assistant' end, 'tokens', 40, 'content',
      (select string_agg((array['account','balance','transfer','mortgage','savings','interest','monthly','customer','paper','branch','online',
        'payment','refund','limit','statement','letter','advice','family','holiday','house','question','answer','problem','minute','tomorrow',
        'please','thanks','honestly','maybe','certainly','number','contract','signature','delay','office','urgent','careful','simple','rate',
        'fee'])[1 + (hashint8extended(index * 1000 + turn * 40 + word, 7) & 2147483647) % 40]
        || case when word % 9 = 0 then ' word' || (hashint8extended(index * 1000 + turn * 40 + word, 8) & 2147483647) % 20000 else '' end, ' ')
       from generate_series(0, 24) as word)) order by turn) as turns
  from generate_series(0, 11) as turn
) as said;
analyze variant;

alter table conversations disable trigger user;
insert into conversations (id, organization_id, title, persona, emotion, topic, tier, status, categories, quality_score, turn_count,
  input_tokens, output_tokens, actual_cost_nano_usd, created_by, created_at, updated_at, turns, training_tokens, gate_failures, is_decided,
  archived_from)
select md5('conversation ' || number)::uuid, :'organization', 'Talk ' || number || ' of topic ' || topic, 'Persona ' || r1 % 200,
  (array['calm','anxious','angry','tired','hopeful','confused','sad','proud'])[1 + r2 % 8], 'Topic ' || topic,
  (array['template','scenario','edge_case'])[1 + r3 % 3], status, array['tag ' || r1 % 60, 'tag ' || r2 % 60], least(100, 30 + r1 % 75) / 10.0,
  12, 900, 2500, 30000000 + r2 % 20000000, people[1 + r3 % 40], at, at + make_interval(mins => (r2 % 20000)::integer), variant.turns || '[]', (400 + r1 % 900)::integer,
  case when r3 % 20 = 0 then '[{"rule": "ends_with_user"}]' else '[]' end::jsonb, status in ('approved', 'rejected'),
  case when status = 'archived' then 'generated' end
from generate_series(:first, :last) as number
cross join (select array_agg(id order by email) as people from auth.users where email like 'author-%') as authors
cross join lateral (select hashint8extended(number, 1) & 2147483647 as r1, hashint8extended(number, 2) & 2147483647 as r2,
  hashint8extended(number, 3) & 2147483647 as r3) as random
cross join lateral (select r1 % 1000 as topic, now() - (:last - number) * (interval '730 days' / :last) as at,
  (array['approved','approved','approved','approved','pending_review','needs_revision','rejected','generated','failed','archived'])[1 + r2 % 10]
    as status) as made
join variant on variant.index = r2 % 5000;
insert into conversation_search (conversation_id, created_at, search)
select conversation.id, conversation.created_at, setweight(to_tsvector('english', conversation.title), 'A') || variant.words
from conversations as conversation
join lateral (select (hashint8extended(split_part(conversation.title, ' ', 2)::bigint, 2) & 2147483647) % 5000 as index) as own on true
join variant on variant.index = own.index
where conversation.organization_id = :'organization' and not exists
  (select from conversation_search as known where known.conversation_id = conversation.id);
alter table conversations enable trigger user;
