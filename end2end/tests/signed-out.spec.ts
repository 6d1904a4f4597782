// The end of a session, however it comes, shows in all tabs of the browser: what they showed is
// covered, and they ask for nothing more.
import type { BrowserContext, Page } from "@playwright/test";
import { type Account, Stored, serverUrl, signUp } from "./support/accounts";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { choice, noticed, recordSaves, saved, stopClock, visitStopped } from "./support/settings";

/** What covers a page. */
function cover(page: Page) {
  return page.getByRole("alertdialog");
}

async function expectCovered(page: Page, title: string): Promise<void> {
  await expect(cover(page)).toHaveAccessibleName(title, { timeout: 15_000 });
  await expect(page.locator("body")).toBeHidden();
}

/** Counts what a page asks of the server. */
function asks(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/")) {
      asked.push(pathname);
    }
  });
  return asked;
}

async function signOut(page: Page, account: Account): Promise<void> {
  await page.getByRole("button", { name: account.name }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
}

async function signInAgain(page: Page, { email, password }: Account): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function tab(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await visit(page, address);
  return page;
}

test("issue 13, 3.3: signing out in one tab covers the others, which ask for nothing more and come back when the same person signs in", async ({ page, context, account, guard }) => {
  guard.allowFailedRequest(/api\//, 401);
  const other = await context.newPage();
  await visitStopped(other, "/settings/display?from=here#table-density");
  // As it was delivered, without its code.
  const unused = await context.newPage();
  await unused.addInitScript(() => localStorage.removeItem("train.code"));
  await unused.goto("/history");
  await visit(page, "/settings/display");
  await signOut(page, account);
  await expectCovered(other, "You are signed out");
  await expectCovered(unused, "You are signed out");
  expect(await unused.evaluate(() => "hydrated" in document.documentElement.dataset), "without its code").toBe(false);
  await expect(cover(other).getByRole("link", { name: "Sign in again" })).toHaveAttribute(
    "href",
    "/sign-in?next=%2Fsettings%2Fdisplay%3Ffrom%3Dhere%23table-density",
  );

  const asked = asks(other);
  await other.clock.runFor(10 * 60_000);
  await noticed(other);
  expect(asked, "nothing goes on asking").toEqual([]);

  await signInAgain(page, account);
  await expect(page).not.toHaveURL(/\/sign-in/);
  for (const covered of [other, unused]) {
    await expect(cover(covered)).toBeHidden();
    await expect(covered.locator("body")).toBeVisible();
  }
  // It receives events again.
  await new Stored(context.request).patch({ theme: "dark" });
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("what was edited and not saved when the session ended is saved once the same person is back, at the same address", async ({ page, context, account, guard }) => {
  guard.allowFailedRequest(/api\//, 401);
  await visit(page, "/settings/display");
  const other = await context.newPage();
  await visitStopped(other, "/settings/export");
  const saves = recordSaves(other);
  await other.getByRole("switch", { name: "Include timestamps", exact: true }).click();
  await signOut(page, account);
  await expectCovered(other, "You are signed out");
  await cover(other).getByRole("link", { name: "Sign in again" }).click();
  await other.clock.resume();
  await signInAgain(other, account);
  await expectAt(other, "/settings/export");
  await expect.poll(() => new Stored(context.request).preferences().then((own) => own.overrides)).not.toEqual({});
  expect(saves.length).toBeGreaterThan(0);
});

test("somebody else signing in covers the tabs of whoever was signed in before", async ({ page, context, account, guard }) => {
  guard.allowFailedRequest(/api\//, 401);
  void account;
  await visit(page, "/settings/display");
  await context.clearCookies();
  await signUp(context);
  const other = await tab(context, "/settings/account");
  await expectCovered(page, "Somebody else is signed in now");
  await cover(page).getByRole("button", { name: "Reload the page" }).click();
  await expect(page.getByRole("main")).toBeVisible();
  await expect(cover(other), "whose tab it is").toBeHidden();
});

test("a session that is ended from elsewhere covers every tab by itself", async ({ page, context, account, otherBrowser, guard }) => {
  guard.allowFailedRequest(/api\//, 401);
  await visit(page, "/settings/display");
  const other = await tab(context, "/history");
  const elsewhere = await otherBrowser(account);
  const url = serverUrl();
  const answer = await elsewhere.request.post(`${url}/api/auth/sessions/sign-out-everywhere`, { headers: { origin: url } });
  expect(answer.status()).toBe(200);
  await expectCovered(page, "You are signed out");
  await expectCovered(other, "You are signed out");
});

test("a page that comes back from the browser's cache shows nothing of an account that has signed out meanwhile", async ({ page, context, account, guard }) => {
  guard.allowFailedRequest(/api\//, 401);
  void account;
  await visit(page, "/settings/display");
  await context.clearCookies();
  let answer = () => {};
  const gate = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/auth/me", async (route) => {
    await gate;
    await route.continue();
  });
  // Chromium keeps no page that belongs to somebody; this is what Safari does with one.
  await page.evaluate(() => {
    localStorage.setItem("train.account", "");
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await expect(page.locator("body"), "before the server has answered").toBeHidden();
  answer();
  await expectCovered(page, "You are signed out");
});

test("a page that comes back is shown again when nothing has changed", async ({ page, account, stored }) => {
  void account;
  await visit(page, "/settings/display");
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await stored.patch({ theme: "dark" });
  await expect(page.locator("html"), "it receives events again").toHaveAttribute("data-theme", "dark");
  await expect(page.locator("body")).toBeVisible();
  await choice(page, "Theme", "Light").click();
  await saved(page);
});

test("a page whose stream is refused for another reason is not covered", async ({ page, account, guard }) => {
  guard.allowFailedRequest(/api\/events/, 503);
  void account;
  await stopClock(page);
  await page.route("**/api/events*", (route) => route.fulfill({ status: 503 }));
  const checked = page.waitForResponse("**/api/auth/me");
  await visit(page, "/settings/display");
  await checked;
  await noticed(page);
  await expect(cover(page)).toBeHidden();
  await expect(page.locator("body")).toBeVisible();
});
