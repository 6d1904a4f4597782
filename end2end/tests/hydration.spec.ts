// A page is read at once; its code comes when somebody begins to use it, and what they did until then is taken over.
import type { Page } from "@playwright/test";
import { Stored } from "./support/accounts";
import { CODE, holdCode, idle, isHydrated } from "./support/code";
import { cutNetwork, expect, expectAt, hydrate, hydrated, test, visit } from "./support/fixtures";
import { tell } from "./support/notifications";
import { choice, noticed, numberField, rowsPerPage, saved, status, stopClock, switchOf } from "./support/settings";

/** The goal for what a browser with an empty cache loads before a page can be read and used, in bytes on the wire. */
const FIRST_LOAD = 150_000;

/** The goal for all that a browser with an empty cache is sent once a page is used, in bytes on the wire. */
const ONCE_USED = [
  ["/settings/display", 500_000],
  ["/settings/account", 500_000],
  ["/history", 620_000],
  ["/ai/model", 620_000],
  ["/database/overview", 620_000],
] as const;

interface Loaded {
  bytes: number;
  code: string[];
  /** Requests that are not answered yet; the stream of events, which never ends, is none of them. */
  open: Set<string>;
}

/** Counts what a page loads: bytes as they came over the wire, and addresses. */
async function weigh(page: Page): Promise<Loaded> {
  const loaded: Loaded = { bytes: 0, code: [], open: new Set() };
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ requestId, type }) => type !== "EventSource" && loaded.open.add(requestId));
  session.on("Network.loadingFailed", ({ requestId }) => loaded.open.delete(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    loaded.open.delete(requestId);
    loaded.bytes += encodedDataLength;
  });
  page.on("request", (request) => {
    if (CODE.test(request.url())) {
      loaded.code.push(request.url());
    }
  });
  return loaded;
}

/** Does what a page does by itself after it has loaded, and returns when the browser has nothing else to do. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  await idle(page);
}

for (const [address, most] of ONCE_USED) {
  test(`the first load of ${address} is at most 150 KB, once it is used ${most / 1000} KB`, async ({ page, account, guard }) => {
    void account;
    // Not for members; what they get in its place weighs about the same.
    guard.allowFailedRequest(/\/database\//, 403);
    const loaded = await weigh(page);
    await page.goto(address);
    await settled(page);
    expect(loaded.code, "no code before the page is used").toEqual([]);
    const first = loaded.bytes;
    expect(first).toBeGreaterThan(10_000);
    expect(first).toBeLessThanOrEqual(FIRST_LOAD);
    await hydrate(page);
    await settled(page);
    await expect.poll(() => [...loaded.open]).toEqual([]);
    expect(loaded.bytes).toBeLessThanOrEqual(most);
    const [read, used] = [first, loaded.bytes].map((bytes) => `${(bytes / 1000).toFixed(1)} KB`);
    console.log(`first load of ${address}: ${read} to read it, ${used} once it is used`);
  });
}

test("what is clicked, chosen and typed before the code is there follows, in order", { tag: "@phone" }, async ({ page, stored }) => {
  const release = await holdCode(page);
  await page.goto("/settings/display");
  await choice(page, "Theme", "Dark").click({ noWaitAfter: true });
  await rowsPerPage(page).selectOption("50");
  await switchOf(page, "Theme: this device only").evaluate((element) => (element as HTMLElement).click());
  await expect(page.locator("html[data-waiting]")).toBeAttached();
  expect(await isHydrated(page)).toBe(false);
  release();
  await hydrated(page);
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  await expect(switchOf(page, "Theme: this device only")).toBeChecked();
  await expect(rowsPerPage(page)).toHaveValue("50");
  await expect.poll(() => stored.preferences().then((own) => own.overrides)).toEqual({ rowsPerPage: 50, theme: "dark" });
  await expect(page.locator("html[data-waiting]")).not.toBeAttached();
});

test("a number that is being typed while the code comes keeps its text and caret", async ({ page, stored }) => {
  const release = await holdCode(page);
  await page.goto("/settings/quality");
  const field = numberField(page, "Auto-approval");
  await field.focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("9.");
  release();
  await hydrated(page);
  await page.keyboard.type("4");
  await expect(field).toHaveValue("9.4");
  await page.keyboard.press("Enter");
  await saved(page);
  expect(await stored.value("qualityThresholds.autoApproval")).toBe(9.4);
});

test("what is searched for before the code is there is found", async ({ page, account }) => {
  void account;
  const release = await holdCode(page);
  await page.goto("/settings/display");
  const search = page.getByRole("searchbox", { name: "Search settings" });
  await search.click();
  await page.keyboard.type("compress");
  release();
  await hydrated(page);
  await expect(search).toHaveValue("compress");
  await expect(search).toBeFocused();
  await expect(numberField(page, "Compression threshold")).toBeVisible();
});

test("a shortcut and a menu work from the first key and click on", async ({ page, account }) => {
  await page.goto("/settings/display");
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(list).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();

  await page.evaluate(() => localStorage.clear());
  await page.reload();
  expect(await isHydrated(page)).toBe(false);
  await page.getByRole("button", { name: `Account of ${account.name}` }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
});

test("an edit goes along with a link that is followed before the code is there", async ({ page, stored }) => {
  const release = await holdCode(page);
  await page.goto("/settings/display");
  await choice(page, "Theme", "Dark").click();
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Export" }).click();
  release();
  await expectAt(page, "/settings/export");
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await expect.poll(() => stored.value("theme")).toBe("dark");
});

test("a link is followed by the browser alone", async ({ page, account }) => {
  void account;
  await holdCode(page);
  await page.goto("/settings/display");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
});

test("signing in does not wait for code", async ({ page, account, context }) => {
  await context.clearCookies();
  await holdCode(page);
  await page.goto("/sign-in?next=/settings/quality");
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.keyboard.press("Enter");
  await expectAt(page, "/settings/quality");
  await expect(numberField(page, "Flagging")).toBeVisible();
});

test("pages that nobody has touched follow what happens elsewhere", async ({ page, context, stored, account }) => {
  await page.goto("/settings/display");
  const other = await context.newPage();
  await other.goto("/settings/display");
  await settled(other);
  expect([await isHydrated(page), await isHydrated(other)], "nothing has happened yet").toEqual([false, false]);
  await stored.patch({ theme: "dark" });
  for (const open of [page, other]) {
    await expect(open.locator("html")).toHaveAttribute("data-theme", "dark");
    await expect(choice(open, "Theme", "Dark")).toBeChecked();
  }

  const third = await context.newPage();
  await third.addInitScript(() => localStorage.removeItem("train.code"));
  await third.goto("/settings/display");
  await settled(third);
  expect(await isHydrated(third)).toBe(false);
  await third.bringToFront();
  tell(account.id, { title: "The budget of today is nearly spent" });
  await expect(third.getByText("The budget of today is nearly spent")).toBeVisible();
  await expect(third.getByRole("button", { name: "Notifications, 1 unread" })).toBeVisible();
});

test("a browser that has the code already does not wait for a sign", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await page.goto("/settings/quality");
  await hydrated(page);
});

test("edits that a closed tab left are saved without anybody touching the page", async ({ page, context, account, guard }) => {
  guard.allowFailedRequest(/api\/(user-preferences|events|auth\/me)/, /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)/);
  void account;
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await choice(page, "Table density", "Compact").click();
  await expect(status(page)).toHaveText("Queued (offline)");
  const dead = page.waitForEvent("crash");
  (await context.newCDPSession(page)).send("Page.crash").catch(() => {});
  await dead;
  await page.close();
  await context.setOffline(false);
  const next = await context.newPage();
  await next.addInitScript(() => localStorage.removeItem("train.code"));
  await next.goto("/settings/display");
  await expect.poll(() => new Stored(context.request).value("tableDensity")).toBe("compact");
});

test("code that cannot be had is said, and what was done is kept until it can", async ({ page, context, stored, guard }) => {
  guard.allowFailedRequest(/(pkg|api\/(events|auth\/me))/, /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)/);
  await page.goto("/settings/display");
  await settled(page);
  await cutNetwork(page);
  await choice(page, "Theme", "Dark").click();
  const note = page.getByRole("alert").filter({ hasText: "The server does not answer" });
  await expect(note).toBeVisible();
  await rowsPerPage(page).selectOption("10");
  await context.setOffline(false);
  await hydrated(page);
  await expect(note).toBeHidden();
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  await saved(page);
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 10 });
});

test("a server that does not answer is not asked again at every movement", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/pkg/, 503);
  let asked = 0;
  await page.route(/train\.[0-9a-f]+\.wasm$/, async (route) => {
    asked += 1;
    await route.fulfill({ status: 503, body: "" });
  });
  await stopClock(page);
  await page.goto("/settings/display");
  await choice(page, "Theme", "Dark").click();
  const note = page.getByRole("alert").filter({ hasText: "The server does not answer" });
  await expect(note).toBeVisible();
  const before = asked;
  for (let step = 0; step < 20; step += 1) {
    await page.mouse.move(10 * step, 5);
  }
  await noticed(page);
  expect(asked).toBe(before);
  await page.unroute(/train\.[0-9a-f]+\.wasm$/);
  await page.clock.runFor(5_000);
  await hydrated(page);
  await expect(note).toBeHidden();
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
});

test("a page of an earlier release is loaded anew with what was typed", async ({ page, stored, guard }) => {
  guard.allowFailedRequest(/pkg/, 404);
  await page.route(/train\.[0-9a-f]+\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }), { times: 1 });
  await page.goto("/settings/display");
  const anew = page.waitForEvent("load");
  await rowsPerPage(page).selectOption("50");
  await anew;
  await hydrated(page);
  await expect(rowsPerPage(page)).toHaveValue("50");
  await expect.poll(() => stored.value("rowsPerPage")).toBe(50);
});

test("issue 13, 3.1: a page whose code stays away says so, offers to reload, and its links work", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/pkg/, 404);
  await page.route(/train\.[0-9a-f]+\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto("/settings/display");
  await choice(page, "Theme", "Dark").click();
  const note = page.getByRole("alert").filter({ hasText: "Train was updated meanwhile" });
  await expect(note).toBeVisible();
  await rowsPerPage(page).selectOption("50");
  await choice(page, "Theme", "Dark").click();
  const anew = page.waitForEvent("load");
  await note.getByRole("button", { name: "Reload" }).click();
  await anew;
  await page.mouse.move(5, 5);
  await expect(note).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
});

test("issue 13, 3.1: links lead on while the server does not answer for the code", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/pkg/, 503);
  await page.route(/train\.[0-9a-f]+\.wasm$/, (route) => route.fulfill({ status: 503, body: "" }));
  await stopClock(page);
  await page.goto("/settings/display");
  await choice(page, "Theme", "Dark").click();
  await expect(page.getByRole("alert").filter({ hasText: "The server does not answer" })).toBeVisible();
  // What was done would be lost, so the browser asks.
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
});

test("code that the browser cannot run is not asked for again and again", async ({ page, account, guard }) => {
  void account;
  // The CompileError, which has no stack.
  guard.allow(/^page error: $/);
  let asked = 0;
  await page.route(/train\.[0-9a-f]+\.wasm$/, async (route) => {
    asked += 1;
    await route.fulfill({ status: 200, contentType: "application/wasm", body: "no code" });
  });
  await page.goto("/settings/display");
  await choice(page, "Theme", "Dark").click();
  const note = page.getByRole("alert").filter({ hasText: "This page has stopped working" });
  await expect(note).toBeVisible();
  await expect(note.getByRole("button", { name: "Reload" })).toBeVisible();
  expect(asked, "once, and once more in the page that was loaded anew").toBe(2);
});

test("a page whose code is gone is opened by the browser itself", async ({ page, account, guard }) => {
  void account;
  // As after a release: the address of the code in this page stands for nothing any more.
  guard.allowFailedRequest(/pkg\/history/, 404);
  guard.allow(/HTTP status code is not ok|load callback should succeed|unreachable/);
  await page.route(/\/history\.[0-9a-f]+\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }), { times: 1 });
  await visit(page, "/settings/display");
  const whole = page.waitForRequest((request) => request.isNavigationRequest() && request.url().endsWith("/history"));
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await whole;
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  await hydrate(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Settings" }).click();
  await expect(choice(page, "Theme", "System")).toBeChecked();
});
