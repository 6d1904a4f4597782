// Every button of the pages where an installation and an organization are managed does what it says: the server refuses
// nothing, the page reports nothing, and something comes of each press.
import type { BrowserContext, Page } from "@playwright/test";
import { invite, join, signUp } from "./support/accounts";
import { patchAi } from "./support/ai";
import { Api } from "./support/api";
import { type Place, Presser } from "./support/buttons";
import { Session, query } from "./support/database";
import { expect, hydrate, test } from "./support/fixtures";
import { MailServer } from "./support/mail";
import { runSql, tell } from "./support/notifications";
import { TrainServer } from "./support/server";
import { choice, numberField } from "./support/settings";

test.use({ actionTimeout: 10_000 });

/** With dead rows, and an index that a build left behind broken. */
const TABLE = "pressed_table";

let mail: MailServer;
let server: TrainServer;
let administrator: BrowserContext;
let administratorId: string;
let api: Api;
const sessions: Session[] = [];

// Once for each test: they change too much to share an installation, and have one each to run side by side.
test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  mail = await MailServer.start();
  server = await TrainServer.start({ smtp: mail.url() });
  administrator = await browser.newContext({ baseURL: server.url });
  api = new Api(administrator.request, server.url);
  const root = await signUp(administrator, server.url, "Root");
  administratorId = root.id;
  const colleague = await browser.newContext({ baseURL: server.url });
  await signUp(colleague, server.url, "Colleague");
  await join(administrator, colleague, "member", server.url);
  await colleague.close();
});

test.afterAll(async () => {
  sessions.forEach((session) => session.end());
  await administrator?.close();
  await server?.stop();
  await mail?.stop();
});

/** A letter that the mail server did not take. */
function parkMail(): void {
  const told = tell(administratorId, { title: "Not delivered" }, server.databaseUrl());
  runSql(
    `INSERT INTO public.notification_outbox (notification_id, user_id, state, attempts, last_error)
       VALUES ('${told}', '${administratorId}', 'parked', 1, 'The mail server refused it')`,
    server.databaseUrl(),
  );
}

async function press(places: Place[], context = administrator): Promise<void> {
  const complaints: string[] = [];
  const known = new Set<string>();
  for (const place of places) {
    const page = await context.newPage();
    // The browser's own dialog would wait for a person.
    await page.addInitScript(() => {
      window.print = () => document.querySelector("main")?.append("printed");
    });
    const presser = new Presser(page, place, known);
    await presser.all();
    complaints.push(...presser.complaints);
    await page.close();
  }
  expect(complaints).toEqual([]);
}

test("issue 13, 4.1: the database", async ({ guard }) => {
  test.setTimeout(240_000);
  guard.watch(administrator);
  const database = server.databaseUrl();
  await query(`create table public.${TABLE} (id int primary key, filler text) with (autovacuum_enabled = off)`, database);
  await query(`insert into public.${TABLE} select n, 'the same' from generate_series(1, 10000) n`, database);
  // Of two, one is left when the other was resolved.
  for (const index of ["broken", "broken_too"]) {
    await query(`create unique index concurrently ${TABLE}_${index} on public.${TABLE} (filler)`, database).catch(() => undefined);
  }
  const timeZone = "UTC";
  await api.post("/api/database/maintenance/schedules", {
    body: { operation: "analyze", scope: "dueTables", cron: "0 3 * * *", timeZone, windowMinutes: 60, enabled: true },
  });
  sessions.push(await Session.idleInTransaction(database), await Session.idleInTransaction(database));
  const row = (session: number) => (page: Page) =>
    page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: String(sessions[session]?.pid), exact: true }) }).first();
  const of = (tab: string, more: Partial<Place> = {}): Place => ({ address: `/database/${tab}`, ...more });
  await press([
    of("overview"),
    of("tables"),
    of("indexes"),
    of("queries"),
    of("connections", { row: { "Cancel…": row(0), "Terminate…": row(1) } }),
    of(`maintenance?operation=vacuum&schema=public&table=${TABLE}`, { alike: /^\w+\.\w+$/ }),
    of("report"),
    of("backups"),
  ]);
  await expect
    .poll(async () => (await api.get("/api/database/alerts", {})).alerts.length, { timeout: 90_000 })
    .toBeGreaterThan(1);
  await press([of("alerts")]);
});

test("issue 13, 4.1: AI configuration, a person's and an organization's", async ({ guard }) => {
  test.setTimeout(240_000);
  guard.watch(administrator);
  for (const scope of ["person", "organization"] as const) {
    await patchAi(administrator, { model: { temperature: 0.5 } }, { scope }, server.url);
    await api.post("/api/ai-configuration/rotate-key", { body: { scope, newPrimaryKey: `sk-ant-api03-${scope}-of-the-buttons-0001` } });
  }
  const fields: Record<string, [name: string, least: number] | undefined> = {
    model: ["Maximum tokens", 2000],
    limits: ["Requests per minute", 20],
    costs: ["Daily budget", 20],
    timeouts: ["Generation timeout", 50_000],
  };
  let edits = 0;
  const places = ["", "?scope=organization"].flatMap((scope) =>
    ["model", "limits", "costs", "keys", "timeouts", "effective", "usage"].map((tab): Place => {
      const [name, least = 0] = fields[tab] ?? [];
      const edit = async (page: Page) => {
        edits += 1;
        if (name !== undefined) {
          await numberField(page, name).fill(String(least + (edits % 40)));
        } else if (tab === "keys") {
          await choice(page, "Key rotation", edits % 2 === 0 ? "Every month" : "Every quarter").click();
        }
      };
      return { address: `/ai/${tab}${scope}`, edit, alike: /^Reset .* to default$/ };
    }),
  );
  await press(places);
});

test("issue 13, 4.1: the organization and the installation", async ({ browser, guard }) => {
  test.setTimeout(240_000);
  guard.watch(administrator);
  await invite(administrator, "invited@example.com", "member", server.url);
  const newcomer = await browser.newContext({ baseURL: server.url });
  await signUp(newcomer, server.url, "Newcomer");
  guard.watch(newcomer);
  const members: Place = { address: "/organization/members" };
  await press([members], newcomer);
  await newcomer.close();
  const edit = async (page: Page) => page.getByRole("switch", { name: "Animations", exact: true }).click();
  const park = async (page: Page) => {
    parkMail();
    await page.reload();
    await hydrate(page);
  };
  await press([{ address: "/organization/defaults", edit }, members, { address: "/admin/mail", edit: park }]);
  expect(mail.taken, "of tests and invitations").toContain("invited@example.com");
});
