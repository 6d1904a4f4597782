// What the installation of the pictures holds: a team that has been at work for some weeks. People do by the HTTP interface what they
// did; only the days before today, which nobody can wait for, are written into the database.
import { type APIRequestContext, expect, request } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { Api, type Schema } from "../tests/support/api";
import type { Claude } from "../tests/support/claude";
import { tell } from "../tests/support/notifications";
import type { TrainServer } from "../tests/support/server";

const PASSWORD = "a quiet green meadow";
const DAYS = 24;

type Session = Awaited<ReturnType<APIRequestContext["storageState"]>>;

interface Someone {
  id: string;
  email: string;
  api: Api;
  context: APIRequestContext;
}

type Subject = [tier: Schema<"Tier">, persona: string, emotion: string, topic: string];

const SUBJECTS: Subject[] = [
  ["template", "First-time home buyer", "anxious", "Fixed or variable mortgage rate"],
  ["template", "Small business owner", "hopeful", "Credit line for a second shop"],
  ["scenario", "Retired teacher", "careful", "Moving savings out of a single account"],
  ["template", "Student abroad", "confused", "Fees of a card in another country"],
  ["edge_case", "Heir of a closed account", "grieving", "Documents for an estate in two countries"],
  ["scenario", "New parent", "tired", "Saving for a child with little left over"],
  ["template", "Freelance designer", "irritated", "A payment that was returned twice"],
  ["scenario", "Couple before divorce", "tense", "Separating a joint mortgage"],
  ["edge_case", "Victim of a phone scam", "ashamed", "Blocking transfers that are on their way"],
  ["template", "Long-time customer", "calm", "Comparing two savings plans"],
];

/** Fills a new installation; answers the session of its administrator, who looks at the pages. */
export async function fill(server: TrainServer, claude: Claude, key: string): Promise<Session> {
  // Who comes first is the administrator, and owns an organization.
  const nora = await arrive(server, "Nora Lindqvist");
  const { organizations } = await nora.api.get("/api/organizations", {});
  const organization = organizations[0]?.id ?? "";
  await nora.api.patch("/api/organizations/{id}", { path: { id: organization }, body: { name: "Harbour Bank assistants" } });
  const team = [nora, ...(await gather(server, nora, organization))];

  await nora.api.post("/api/ai-configuration/rotate-key", { body: { newPrimaryKey: key, scope: "organization", reason: "Key of the team" } });
  await nora.api.patch("/api/ai-configuration", {
    body: { configName: "Default", scope: "organization", updates: { costBudget: { dailyBudget: 15, weeklyBudget: 75, monthlyBudget: 300 }, rateLimiting: { burstAllowance: 50 } } },
  });
  await nora.api.patch("/api/ai-configuration", {
    body: { configName: "Default", updates: { costBudget: { dailyBudget: 5, weeklyBudget: 25, monthlyBudget: 80 }, rateLimiting: { requestsPerMinute: 40 } } },
  });
  pastSpending(server, organization, team);
  await converse(team, claude);
  reckon(server);
  await prefer(nora, organization);
  await takeOut(nora, server);
  await nora.api.post("/api/tokens", { body: { name: "Nightly import", scopes: ["messages:write", "conversations:read"] } });
  tell(nora.id, { title: "Your daily budget is used to 75 %", text: "It begins anew at midnight." }, server.databaseUrl());
  tell(nora.id, { title: "10 conversations were generated", category: "generation_complete", severity: "success", link: "/conversations", read: true }, server.databaseUrl());
  await backUp(nora, server);
  await pastOfTheDatabase(server);
  return nora.context.storageState();
}

async function arrive(server: TrainServer, name: string): Promise<Someone> {
  const context = await request.newContext();
  const api = new Api(context, server.url);
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@harbour.example`;
  const { user } = await api.post("/api/auth/sign-up", { body: { email, password: PASSWORD, displayName: name } });
  return { id: user.id, email, api, context };
}

/** The others of the team, and those who were asked to come. */
async function gather(server: TrainServer, owner: Someone, organization: string): Promise<Someone[]> {
  const invite = (email: string, role: Schema<"OrganizationRole">) =>
    owner.api.post("/api/organizations/{id}/invitations", { path: { id: organization }, body: { email, role } });
  const others: Someone[] = [];
  for (const [name, role] of [["Ravi Menon", "admin"], ["Mei Tanaka", "member"], ["Tomas Novak", "member"]] as const) {
    const other = await arrive(server, name);
    const { invitation } = await invite(other.email, role);
    await other.api.post("/api/invitations/{id}/accept", { path: { id: invitation.id }, body: {} });
    others.push(other);
  }
  await invite("elena.rossi@harbour.example", "member");
  await invite("sam.okafor@harbour.example", "member");
  return others;
}

/** Conversations of everybody, one of which needed a second attempt. The owner takes scores as they come; the others want to see what is below 9.8. */
async function converse(team: Someone[], claude: Claude): Promise<void> {
  for (const someone of team.slice(1)) {
    await someone.api.patch("/api/user-preferences", { body: { qualityThresholds: { autoApproval: 9.8 } } });
  }
  for (const round of [0, 1, 2]) {
    for (const [index, [tier, persona, emotion, topic]] of SUBJECTS.entries()) {
      const someone = team[(index + round) % team.length]!;
      if (round === 0 && index === 3) {
        await claude.script([{ kind: "status", status: 529 }]);
      }
      // Each persona in other moods, so that the coverage has full cells and empty ones.
      const mood = round === 0 ? emotion : SUBJECTS[(index * 3 + round) % SUBJECTS.length]![2];
      await someone.api.post("/api/conversations/generate", { body: { tier, persona, emotion: mood, topic, turns: 6 + 2 * ((index + round) % 4) } });
    }
  }
}

/** Changes of settings, as they stand in the history. The theme stays that of the system: each picture has its own. */
async function prefer(owner: Someone, organization: string): Promise<void> {
  const patch = (body: Schema<"PreferencePatch">) => owner.api.patch("/api/user-preferences", { body });
  await patch({ rowsPerPage: 50 });
  await patch({ qualityThresholds: { autoApproval: 8.5, flagging: 6.5 } });
  await patch({ notifications: { email: true, frequency: "daily" } });
  await patch({ notifications: { events: { generationComplete: { toast: false, email: false }, approvalRequired: { email: false } } } });
  await owner.api.patch("/api/organizations/{id}/preference-defaults", { path: { id: organization }, body: { tableDensity: "comfortable", exportPreferences: { defaultFormat: "jsonl" } } });
}

/** Files that were taken out, and a data set with a version. */
async function takeOut(owner: Someone, server: TrainServer): Promise<void> {
  await owner.api.post("/api/exports", { body: { query: "", options: { format: "jsonl" } } });
  await owner.api.post("/api/exports", { body: { query: "tier=scenario", options: { format: "csv" } } });
  const { dataSet } = await owner.api.post("/api/data-sets", { body: { name: "Answers about accounts", description: "What the assistants learn from." } });
  await until("near duplicates are known and a version is frozen", async () => {
    const address = `${server.url}/api/data-sets/${dataSet.id}/versions`;
    const answer = await owner.context.post(address, { data: { query: "", note: "The first one", rules: {} }, headers: { origin: server.url } });
    return answer.ok();
  });
  await until("the files are written", async () => (await owner.api.get("/api/exports", {})).exports.every(({ state }) => state === "done"));
}

/** A backup that was made, and the word when the next ones are. */
async function backUp(owner: Someone, server: TrainServer): Promise<void> {
  const schedule = { enabled: true, cron: "0 3 * * *", timeZone: "UTC", keep: 14 };
  const answer = await owner.context.put(`${server.url}/api/database/backups/schedule`, { data: schedule, headers: { origin: server.url } });
  expect(answer.ok(), await answer.text()).toBe(true);
  await owner.api.post("/api/database/backups", {});
  await until("a backup is verified", async () => (await owner.api.get("/api/database/backups", {})).backups.some(({ state }) => state === "verified"));
}

/** What was spent on the days before, and this morning: less at the weekend, most by the one who has most to do. */
function pastSpending(server: TrainServer, organization: string, team: Someone[]): void {
  const people = team.map(({ id }) => `'${id}'::uuid`).join(", ");
  asSuperuser(
    server,
    `insert into public.generation_logs (request_id, attempt, model, input_tokens, output_tokens, cost_nano_usd, price_version, duration_ms,
       status, user_id, organization_id, client, created_at)
     select gen_random_uuid(), 1, model, input, output,
       (input * 3000 + output * 15000) * case model when 'claude-opus-4-6' then 5 else 3 end / 3, 'past', 4000 + output * 3, 'success',
       person, '${organization}', case when nth % 3 = 0 then 'Nightly import' end, at
     from (
       select person, nth, 900 + (nth * 137 + day * 59) % 1500 as input, 1200 + (nth * 211 + day * 97) % 2600 as output,
         case when (nth + day) % 7 = 0 then 'claude-opus-4-6' else 'claude-sonnet-4-6' end as model,
         date_trunc('day', now()) - day * interval '1 day' + interval '6 hours' + nth * interval '11 minutes' + place * interval '3 minutes' as at,
         case when extract(isodow from now() - day * interval '1 day') > 5 then 8 else 50 - 9 * place + (day * 13) % 23 end as most
       from unnest(array[${people}]) with ordinality as people (person, place), generate_series(0, ${DAYS}) as day, generate_series(1, 70) as nth
     ) as made
     where nth <= most and at < now() - interval '5 minutes'
     order by at`,
  );
}

/** The budgets are used as far as the ledger says. */
function reckon(server: TrainServer): void {
  asSuperuser(
    server,
    `update public.budget_spend as spend set
       day_nano_usd = public.spent_since(scope_type, scope_id, day_start),
       week_nano_usd = public.spent_since(scope_type, scope_id, week_start),
       month_nano_usd = public.spent_since(scope_type, scope_id, month_start)
     where day_start is not null`,
  );
}

/** The database was watched before, while it grew. */
async function pastOfTheDatabase(server: TrainServer): Promise<void> {
  const known = "select count(*) > 0 from public.database_snapshots where kind = 'overview'";
  await until("the database was looked at", async () => asSuperuser(server, known) === "t");
  asSuperuser(
    server,
    `insert into public.database_snapshots (kind, tier, taken_at, payload)
     select 'overview', 'raw', now() - back * interval '15 minutes',
       jsonb_set(payload, '{size}', to_jsonb((payload->>'size')::int8 - back * 24576 - (back * back) % 60000))
     from (select payload from public.database_snapshots where kind = 'overview' order by taken_at desc limit 1) as newest,
       generate_series(1, 110) as back`,
  );
}

/** Waits for what a server does by itself. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 150_000; !(await holds()); ) {
    if (Date.now() > deadline) {
      throw new Error(`It took too long until ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Answers the first value. */
function asSuperuser(server: TrainServer, statement: string): string {
  const database = server.databaseUrl().replace("//train@", "//postgres@");
  return execFileSync("psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement], { encoding: "utf8" }).trim();
}
