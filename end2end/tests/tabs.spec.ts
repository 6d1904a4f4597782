// Behaviour 3: several tabs, browsers and server processes show the same; a collision is asked about, never lost.
import type { BrowserContext, Page } from "@playwright/test";
import { Stored, secondServerUrl, signUp } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";
import { choice, deafen, numberField, rowsPerPage, saved, status, switchOf, visitStopped } from "./support/settings";

async function secondTab(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await visit(page, address);
  return page;
}

test("another tab follows without a reload", async ({ page, context, account }) => {
  void account;
  await visit(page, "/settings/display");
  const other = await secondTab(context, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await saved(page);
  await expect(choice(other, "Theme", "Dark")).toBeChecked();
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("another tab follows by the channel between tabs alone", async ({ page, context, account }) => {
  void account;
  // No push from the server: what arrives came from the other tab.
  await context.route("**/api/events*", () => {});
  await visit(page, "/settings/display");
  const other = await secondTab(context, "/settings/display");
  await choice(page, "Table density", "Compact").click();
  await saved(page);
  await expect(choice(other, "Table density", "Compact")).toBeChecked();
});

test("two tabs change different settings at the same moment: both are kept and both show both", async ({ page, context, stored }) => {
  await visit(page, "/settings/display");
  const other = await secondTab(context, "/settings/display");
  await Promise.all([choice(page, "Theme", "Dark").click(), rowsPerPage(other).selectOption("100")]);
  await Promise.all([saved(page), saved(other)]);
  for (const tab of [page, other]) {
    await expect(choice(tab, "Theme", "Dark")).toBeChecked();
    await expect(rowsPerPage(tab)).toHaveValue("100");
  }
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 100 });
});

for (const { keep, ends } of [{ keep: "mine", ends: "light" }, { keep: "theirs", ends: "dark" }]) {
  test(`the same setting from a stale version is asked about: ${keep}`, async ({ page, stored, guard }) => {
    guard.allowFailedRequest(/api\/user-preferences/, 409);
    await deafen(page);
    await visit(page, "/settings/display");
    await stored.patch({ theme: "dark" });
    await choice(page, "Theme", "Light").click();
    const question = page.getByRole("status").filter({ hasText: "was changed elsewhere" });
    await expect(question).toContainText("Theme");
    await expect(question).toContainText("Dark");
    await expect(question).toContainText("Light");
    expect(await stored.value("theme"), "nothing is overwritten before the answer").toBe("dark");
    await expect(page.getByText("Your answer is needed"), "the bar and the section ask for it").toHaveCount(2);
    await page.getByRole("button", { name: keep === "mine" ? "Keep mine: Light" : "Keep theirs: Dark" }).click();
    await expect(question).toBeHidden();
    await expect(choice(page, "Theme", ends === "dark" ? "Dark" : "Light")).toBeChecked();
    await expect.poll(() => stored.value("theme")).toBe(ends);
    await expect(status(page), "nothing is open any more").not.toContainText(/Not saved|answer/);
  });
}

test("an open question outlives its tab and is asked on any page", async ({ page, context, stored, guard }) => {
  guard.allowFailedRequest(/api\/user-preferences/, 409);
  await deafen(page);
  await visit(page, "/settings/display");
  await stored.patch({ theme: "dark" });
  await choice(page, "Theme", "Light").click();
  await expect(page.getByRole("status").filter({ hasText: "was changed elsewhere" })).toBeVisible();
  await page.close();
  const next = await context.newPage();
  // Nobody has to touch the page: it knows that something was left.
  await next.goto("/history");
  await next.getByRole("button", { name: "Keep mine: Light" }).click();
  await expect.poll(() => stored.value("theme")).toBe("light");
  await expect(next.getByRole("status").filter({ hasText: "was changed elsewhere" })).toBeHidden();
});

test("a tab of somebody who has signed out changes nothing of whoever has signed in", async ({ page, context, account, guard }) => {
  guard.allowFailedRequest(/api\//, 401);
  void account;
  await visit(page, "/settings/display");
  await context.clearCookies();
  await signUp(context);
  await choice(page, "Theme", "Dark").click();
  await expect(page.getByRole("alertdialog", { name: "Somebody else is signed in now" })).toBeVisible();
  expect((await new Stored(context.request).preferences()).overrides).toEqual({});
});

test("a stale save of another setting is merged without asking", async ({ page, stored }) => {
  await deafen(page);
  await visit(page, "/settings/display");
  await stored.patch({ theme: "dark" });
  await rowsPerPage(page).selectOption("10");
  await saved(page);
  await expect(choice(page, "Theme", "Dark"), "the answer brings the other change along").toBeChecked();
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 10 });
});

test("a field being typed in is not overwritten, and the difference is asked about", async ({ page, stored }) => {
  await visitStopped(page, "/settings/export");
  const field = numberField(page, "Compression threshold");
  await field.fill("77");
  // Meanwhile, elsewhere; the other setting shows when the news has arrived here.
  await stored.patch({ exportPreferences: { autoCompressionThreshold: 500, includeTimestamps: false } });
  await expect(switchOf(page, "Include timestamps")).not.toBeChecked();
  await expect(field).toHaveValue("77");
  await expect(field).toBeFocused();
  await page.clock.runFor(300);
  await expect(status(page)).toContainText("Your answer is needed");
  expect(await stored.value("exportPreferences.autoCompressionThreshold"), "nothing is overwritten").toBe(500);
  await page.getByRole("button", { name: "Keep mine: 77" }).click();
  await saved(page);
  await expect(field).toHaveValue("77");
  expect(await stored.value("exportPreferences.autoCompressionThreshold")).toBe(77);
});

test("another browser follows by server push", async ({ page, account, otherBrowser }) => {
  const other = await (await otherBrowser(account)).newPage();
  await visit(other, "/settings/display");
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await saved(page);
  await expect(choice(other, "Theme", "Dark")).toBeChecked();
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a browser on another server process follows, and back", async ({ page, account, otherBrowser }) => {
  const elsewhere = await otherBrowser(account, secondServerUrl());
  const other = await elsewhere.newPage();
  await visit(other, "/settings/display");
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await saved(page);
  await expect(choice(other, "Theme", "Dark")).toBeChecked();
  await rowsPerPage(other).selectOption("50");
  await saved(other);
  await expect(rowsPerPage(page)).toHaveValue("50");
  const there = await new Stored(elsewhere.request, secondServerUrl()).preferences();
  expect(there.overrides).toEqual({ theme: "dark", rowsPerPage: 50 });
});

test("a change made after the page was drawn and before it listened is not missed", async ({ page, stored }) => {
  let listen = () => {};
  const gate = new Promise<void>((resolve) => (listen = resolve));
  await page.route("**/api/events*", async (route) => {
    await gate;
    await route.continue();
  });
  await visit(page, "/settings/display");
  await stored.patch({ theme: "dark" });
  await expect(choice(page, "Theme", "System")).toBeChecked();
  listen();
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
});

test("a change by a script shows in an open page", async ({ page, stored }) => {
  await visit(page, "/settings/notifications");
  await stored.patch({ notifications: { email: true, frequency: "weekly" } });
  await expect(switchOf(page, "E-mail")).toBeChecked();
  await expect(choice(page, "E-mail frequency", "Weekly digest")).toBeChecked();
});
