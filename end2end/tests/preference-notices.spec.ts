// What people are told, and by which way: changed in the settings in one tab, seen in another one and in the mail without a reload.
import type { BrowserContext } from "@playwright/test";
import { Stored, invite, signUp } from "./support/accounts";
import { Api } from "./support/api";
import { Claude } from "./support/claude";
import { expect, test } from "./support/fixtures";
import { MailServer } from "./support/mail";
import { runSql } from "./support/notifications";
import { KEY, TrainServer } from "./support/server";
import { Tabs } from "./support/tabs";

// Its own Claude, because it is told which keys to take, and its own server, which asks it and sends mail.
test.describe.configure({ mode: "serial" });

let claude: Claude;
let mail: MailServer;
let server: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  claude = await Claude.start();
  mail = await MailServer.start();
  server = await TrainServer.start({ claude: claude.url, smtp: mail.url() });
});

test.afterAll(async () => {
  await server?.stop();
  await mail?.stop();
  await claude?.stop();
});

test.beforeEach(async () => claude.clear());

/** Asks for a conversation; answers whether there is one. */
async function generate(context: BrowserContext): Promise<boolean> {
  const data = { tier: "template", persona: "A traveller", emotion: "calm", topic: "A late train", turns: 4 };
  const asked = await context.request.post(`${server.url}/api/conversations/generate`, { data, headers: { origin: server.url } });
  return asked.ok();
}

test("of what waits, what fails and what is to be known people are told while they want it", async ({ page, context, otherBrowser }) => {
  test.setTimeout(60_000);
  // The first account has an organization, and is the administrator, who is told more than others.
  const owner = await otherBrowser(undefined, server.url);
  await signUp(owner, server.url, "Team Owner");
  const { email } = await signUp(context, server.url);
  // What is generated waits for review, and nothing else is said of it.
  await new Stored(context.request, server.url).patch({
    qualityThresholds: { autoApproval: 10, flagging: 0, minimumAcceptable: 0 },
    notifications: { categories: { generationComplete: false } },
  });
  const api = new Api(context.request, server.url);
  let keys = 0;
  const events = [
    {
      name: "Approval required",
      path: "approvalRequired",
      says: /^A conversation waits for review: /,
      happens: async () => expect(await generate(context)).toBe(true),
    },
    {
      name: "Errors",
      path: "errors",
      says: "Claude refuses your API key",
      happens: async () => {
        // Of each key that is refused they are told once.
        keys += 1;
        const newPrimaryKey = `sk-ant-api03-refused-0123456789-000${keys}`;
        await api.post("/api/ai-configuration/rotate-key", { body: { newPrimaryKey, graceHours: 0 } });
        await claude.accept([KEY]);
        expect(await generate(context)).toBe(false);
      },
    },
    {
      name: "System alerts",
      path: "systemAlerts",
      says: /^You are invited to /,
      // The same invitation again is a new one.
      happens: async () => expect(await invite(owner, email, "member", server.url)).toBeTruthy(),
    },
  ];
  const tabs = await Tabs.open(page, context, "notifications", { url: server.url });
  for (const [index, { name, path, says, happens }] of events.entries()) {
    await tabs.turn(name, `notifications.categories.${path}`, false);
    await happens();
    await tabs.turn(name, `notifications.categories.${path}`, true);
    await happens();
    await expect(tabs.messages().getByText(says)).toBeVisible();
    await expect(tabs.bell(`${index + 1} unread`), `${name}: of the first one nobody was told`).toBeVisible();
  }
  await tabs.expectNoReload();
});

test("mail goes out when it is wanted: at once, or with what the day or the week brings", async ({ page, context }) => {
  const { id, email } = await signUp(context, server.url);
  // It is approved: nothing else has to be said about it.
  await new Stored(context.request, server.url).patch({ qualityThresholds: { autoApproval: 0, flagging: 0, minimumAcceptable: 0 } });
  const tabs = await Tabs.open(page, context, "notifications", { url: server.url });
  let made = 0;
  const tell = async () => {
    made += 1;
    expect(await generate(context)).toBe(true);
    await expect(tabs.bell(`${made} unread`)).toBeVisible();
  };
  const letters = () => mail.count(email, "Conversation ready: ");
  /** How many letters wait for the end of this day or week, where the person lives. */
  const waiting = (period: "day" | "week") =>
    Number(
      runSql(
        `SELECT count(*) FROM public.notification_outbox AS mail JOIN auth.users AS person ON person.id = mail.user_id
           WHERE person.id = '${id}' AND mail.state = 'queued' AND mail.digest_until AT TIME ZONE person.time_zone
             = date_trunc('${period}', now() AT TIME ZONE person.time_zone) + interval '1 ${period}'`,
        server.databaseUrl(),
      ),
    );
  await tell();
  await tabs.turn("E-mail", "notifications.email", true);
  await tell();
  await expect.poll(letters, "of the one before they were told on the page alone").toBe(1);
  await tabs.choose("E-mail frequency", "Daily digest", "notifications.frequency", "daily");
  await tell();
  await expect.poll(() => waiting("day")).toBe(1);
  await tabs.choose("E-mail frequency", "Weekly digest", "notifications.frequency", "weekly");
  await expect.poll(() => waiting("week")).toBe(1);
  expect(letters()).toBe(1);
  await tabs.choose("E-mail frequency", "Immediately", "notifications.frequency", "immediate");
  await expect.poll(letters).toBe(2);
  await tabs.expectNoReload();
});
