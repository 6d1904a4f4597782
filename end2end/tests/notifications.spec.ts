// The bell, its list and the page: live, marked everywhere, quiet when they are off; and what administrators see of mail.
import { Stored, secondServerUrl, signUp } from "./support/accounts";
import { faults } from "./support/axe";
import { cutNetwork, expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { runSql, tell } from "./support/notifications";
import { picture } from "./support/pictures";
import { TrainServer } from "./support/server";
import { saved, switchOf } from "./support/settings";

test("something new shows at once, on every device and through every server", { tag: "@phone" }, async ({ page, account, otherBrowser }) => {
  await visit(page, "/notifications");
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
  await expect(page.getByText("You're all caught up.")).toBeVisible();
  const other = await (await otherBrowser(account, secondServerUrl())).newPage();
  await visit(other, `${secondServerUrl()}/settings/display`);

  tell(account.id, { title: "Your daily budget is used to 80 %" });
  for (const there of [page, other]) {
    await expect(there.getByRole("button", { name: "Notifications, 1 unread" })).toBeVisible();
    await expect(there.getByRole("region", { name: "Messages" }).getByText("Your daily budget is used to 80 %")).toBeVisible();
  }
  await expect(page.getByRole("link", { name: "Your daily budget is used to 80 %" })).toBeVisible();

  await page.getByRole("button", { name: /^Mark as read ?: Your daily budget is used to 80 %$/ }).click();
  for (const there of [page, other]) {
    await expect(there.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
  }
});

test("the list behind the bell leads there and marks what was followed", async ({ page, account }) => {
  tell(account.id, { title: "A key was refused", category: "errors", severity: "error", link: "/ai/keys" });
  tell(account.id, { title: "Budget at 80 %" });
  await visit(page, "/settings/display");
  await page.getByRole("button", { name: "Notifications, 2 unread" }).click();
  const list = page.getByRole("region", { name: "Newest notifications" });
  await expect(list.getByRole("listitem").first()).toContainText("Budget at 80 %");
  await list.getByRole("link", { name: "A key was refused" }).click();
  await expectAt(page, "/ai/keys");
  await expect(list).toBeHidden();
  await page.getByRole("button", { name: "Notifications, 1 unread" }).click();
  await list.getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
  await list.getByRole("link", { name: "All notifications" }).click();
  await expect(page.getByRole("heading", { name: "Notifications", level: 1 })).toBeVisible();
});

test("a toast leads to what it is about, which is read then", async ({ page, account }) => {
  await visit(page, "/settings/display");
  tell(account.id, { title: "Claude refuses your API key", category: "errors", severity: "error", link: "/ai/keys" });
  const messages = page.getByRole("region", { name: "Messages" });
  await expect(messages.getByRole("alert")).toContainText("Claude refuses your API key");
  await messages.getByRole("link", { name: "Open" }).click();
  await expectAt(page, "/ai/keys");
  await expect(messages.getByText("Claude refuses your API key")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
});

test("the page has a filter and goes on by the preferred number of rows", async ({ page, account, stored }) => {
  await stored.patch({ rowsPerPage: 10 });
  for (let number = 1; number <= 12; number += 1) {
    tell(account.id, { title: `Number ${number}`, read: number % 2 === 0 });
  }
  await visit(page, "/notifications");
  const titles = page.getByRole("main").getByRole("listitem");
  await expect(titles).toHaveCount(10);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page).toHaveURL(/before=\d+/);
  await expect(titles).toHaveCount(2);
  await page.reload();
  await expect(titles).toHaveCount(2);
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(titles).toHaveCount(10);
  await page.getByRole("navigation", { name: "Which notifications" }).getByRole("link", { name: "Unread" }).click();
  await expect(titles).toHaveCount(6);
  await page.getByRole("main").getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByText("No unread notifications.")).toBeVisible();
});

test("with notifications off there is no bell, and no toast for who wants none", async ({ page, account, stored }) => {
  await stored.patch({ notifications: { inApp: false } });
  await visit(page, "/notifications");
  await expect(page.getByText("Notifications in Train are off")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Notifications,/ })).toHaveCount(0);
  await stored.patch({ notifications: { inApp: true } });
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
  tell(account.id, { title: "Told quietly", toast: false });
  await expect(page.getByRole("link", { name: "Told quietly" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Messages" }).getByText("Told quietly")).toHaveCount(0);
});

test("which event comes by which way is a table whose cells save themselves, and act", { tag: "@phone" }, async ({ page, account, stored }) => {
  void account;
  await visit(page, "/settings/notifications");
  const table = page.getByRole("table", { name: "Events" });
  await expect(table.getByRole("columnheader", { name: /^Toast/ })).toBeVisible();
  await expect(table.getByRole("columnheader", { name: /^Bell/ })).toBeVisible();
  await expect(table.getByRole("columnheader", { name: "E-mail Not set up" })).toBeVisible();
  const row = table.getByRole("row").filter({ has: switchOf(page, "Errors") });
  await expect(table.getByRole("switch"), "four events, and each by three ways").toHaveCount(16);

  // A cell shows what comes: nothing does by a channel that is off.
  const byMail = switchOf(page, "Errors by e-mail");
  await expect(byMail).toBeDisabled();
  await expect(byMail).not.toBeChecked();
  await switchOf(page, "E-mail").click();
  await expect(byMail).toBeEnabled();
  await expect(byMail).toBeChecked();

  const toasts = switchOf(page, "Errors as a toast");
  await toasts.focus();
  await page.keyboard.press("Space");
  await expect(toasts).not.toBeChecked();
  await page.keyboard.press("Tab");
  await expect(switchOf(page, "Errors in the bell"), "the next cell of the row").toBeFocused();
  await saved(page);
  await expect.poll(() => stored.value("notifications.events.errors")).toEqual({ toast: false, inApp: true, email: true });

  // An event that is off takes its cells with it, and gives them back as they were.
  await switchOf(page, "Errors").click();
  await expect(switchOf(page, "Errors in the bell")).toBeDisabled();
  await expect(switchOf(page, "Errors in the bell")).not.toBeChecked();
  await switchOf(page, "Errors").click();
  await expect(switchOf(page, "Errors in the bell")).toBeChecked();
  await expect(toasts).not.toBeChecked();
  await expect(switchOf(page, "System alerts as a toast"), "of other events nothing changed").toBeChecked();

  await page.reload();
  await hydrate(page);
  await expect(toasts).not.toBeChecked();
  await expect(row).toContainText("Modified");
  await row.getByRole("button", { name: "Reset Errors to default" }).click();
  await expect(toasts).toBeChecked();
  await saved(page);
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({ notifications: { email: true } });
});

test("what was missed comes by a toast only where its event does", async ({ page, context, account, stored, guard }) => {
  guard.allowFailedRequest(/api\//, /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)/);
  await stored.patch({ notifications: { events: { errors: { toast: false } } } });
  await visit(page, "/settings/display");
  await cutNetwork(page);
  tell(account.id, { title: "A key was refused", category: "errors", severity: "error", toast: false });
  tell(account.id, { title: "Budget at 80 %" });
  await context.setOffline(false);
  await expect(page.getByRole("button", { name: "Notifications, 2 unread" })).toBeVisible();
  const messages = page.getByRole("region", { name: "Messages" });
  await expect(messages.getByText("Budget at 80 %")).toBeVisible();
  await expect(messages.getByText("A key was refused")).toHaveCount(0);
});

test("at 320 px the table of events is whole", async ({ page, account }) => {
  void account;
  await page.setViewportSize({ width: 320, height: 640 });
  await visit(page, "/settings/notifications");
  for (const channel of ["as a toast", "in the bell", "by e-mail"]) {
    const cell = switchOf(page, `System alerts ${channel}`);
    await cell.scrollIntoViewIfNeeded();
    const box = await cell.boundingBox();
    expect.soft(box!.x, channel).toBeGreaterThanOrEqual(0);
    expect.soft(box!.x + box!.width, channel).toBeLessThanOrEqual(320);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});

test("a list that cannot be had says so, and comes on Retry", async ({ page, account, guard }) => {
  guard.allowFailedRequest(/api\/notifications/, 503);
  tell(account.id, { title: "Budget at 80 %" });
  await visit(page, "/settings/display");
  const broken = "**/api/notifications?limit=6";
  const body = { success: false, status: 503, code: "database_unavailable", error: "The database cannot be reached right now.", requestId: "x" };
  await page.route(broken, (route) => route.fulfill({ status: 503, json: body }));
  await page.getByRole("button", { name: "Notifications, 1 unread" }).click();
  const list = page.getByRole("region", { name: "Newest notifications" });
  await expect(list.getByRole("alert")).toHaveText("The database cannot be reached right now.");
  await page.unroute(broken);
  await list.getByRole("button", { name: "Retry" }).click();
  await expect(list.getByRole("link", { name: "Budget at 80 %" })).toBeVisible();
});

test.describe("administration", () => {
  let server: TrainServer;

  test.beforeAll(async () => {
    test.setTimeout(120_000);
    // Nothing listens there.
    server = await TrainServer.start({ smtp: "smtp://127.0.0.1:9?tls=none" });
  });

  test.afterAll(async () => server.stop());

  test("an administrator sees what is stuck, tries it again and tests; members do not get in", { tag: "@phone" }, async ({ browser, guard, contextOptions }, info) => {
    test.setTimeout(90_000);
    guard.allowFailedRequest(/admin/, 403);
    // The first account of the server is the administrator; of several tests on it the first one makes it.
    const context = await browser.newContext({ ...contextOptions, baseURL: server.url });
    const root = await signUp(context, server.url, "Root");
    runSql(`UPDATE auth.users SET role = 'admin' WHERE id = '${root.id}'`, server.databaseUrl());
    guard.watch(context);
    // Whoever wants no mail gets none, also when it is tried again.
    await new Stored(context.request, server.url).patch({ notifications: { email: true, frequency: "immediate" } });
    const told = tell(root.id, { title: "Not to be read by others" }, server.databaseUrl());
    runSql(
      `INSERT INTO public.notification_outbox (notification_id, user_id, state, attempts, last_error)
         VALUES ('${told}', '${root.id}', 'parked', 1, 'The mail server refused it: permanent error (550): no such mailbox')`,
      server.databaseUrl(),
    );
    const page = await context.newPage();
    await visit(page, "/admin/mail");
    await expect(page.getByText("smtp://127.0.0.1:9 (not encrypted)")).toBeVisible();
    const stuck = page.getByRole("region", { name: "Delivery list" });
    await expect(stuck).toContainText(root.email);
    await expect(stuck).toContainText("550");
    await expect(stuck).not.toContainText("Not to be read by others");
    for (const theme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await picture(page, `admin-${info.project.name}-${theme}`);
      expect(await faults(page), theme).toEqual([]);
    }
    await page.getByRole("button", { name: "Send me a test mail" }).click();
    await expect(page.getByText(/The mail server cannot be reached/).first()).toBeVisible();
    await stuck.getByRole("button", { name: `Retry mail to ${root.email}` }).click();
    // It is tried, fails again, and says why it did now.
    await expect(async () => {
      await page.reload();
      await expect(stuck).toContainText("cannot be reached", { timeout: 1000 });
    }).toPass();
    await context.close();

    const members = await browser.newContext({ ...contextOptions, baseURL: server.url });
    await signUp(members, server.url);
    guard.watch(members);
    const refused = await members.newPage();
    const answer = await refused.goto("/admin/mail");
    expect(answer?.status()).toBe(403);
    await expect(refused.getByText("This page is for administrators")).toBeVisible();
    await expect(refused.getByRole("link", { name: "Go home" })).toBeVisible();
    await expect(refused.getByRole("link", { name: "Administration" })).toHaveCount(0);
    await members.close();
  });
});
