// Addresses: tabs, deep links, back and forward, strangers, and search over settings.
import type { Page } from "@playwright/test";
import { serverUrl, signInAsAdministrator } from "./support/accounts";
import { holdCode, waitingLine } from "./support/code";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { choice, numberField, rowsPerPage, saved, switchOf } from "./support/settings";

test("every tab has an address that reload, back and forward keep", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  const tabs = page.getByRole("navigation", { name: "Sections" });
  await tabs.getByRole("link", { name: "Export" }).click();
  await expectAt(page, "/settings/export");
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await expect(page).toHaveTitle("Export – Settings – Train");
  await tabs.getByRole("link", { name: "Quality thresholds" }).click();
  await expect(numberField(page, "Flagging")).toBeVisible();
  await page.goBack();
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await page.goBack();
  await expect(rowsPerPage(page)).toBeVisible();
  await page.goForward();
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await expect(tabs.getByRole("link", { name: "Export" })).toHaveAttribute("aria-current", "page");
  await page.reload();
  await expect(numberField(page, "Compression threshold")).toBeVisible();
});

test("an edit goes with a change of tab and of page", async ({ page, stored }) => {
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Notifications" }).click();
  await switchOf(page, "E-mail").click();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  await saved(page);
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark", notifications: { email: true } });
  await expect(page.getByRole("main").getByRole("listitem").filter({ hasText: "Theme" }).first()).toBeVisible();
});

test("an unknown tab leads to the first", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/nonsense");
  await expectAt(page, "/settings/display");
  await expect(choice(page, "Theme", "System")).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Display" })).toHaveAttribute("aria-current", "page");
});

test("an address that is nearly one of a page leads there", async ({ page, account }) => {
  void account;
  for (const [address, place] of [
    ["/settings", "/settings/display"],
    ["/settings/export/?search=format", "/settings/export?search=format"],
    ["/history/", "/history"],
    ["/ai", "/ai/model"],
    ["/organization", "/organization/members"],
    ["/organization/nonsense", "/organization/members"],
    ["/datasets/nonsense", "/datasets"],
  ] as const) {
    const answer = await page.goto(address);
    expect(answer?.status(), address).toBe(200);
    const { pathname, search } = new URL(page.url());
    expect(pathname + search).toBe(place);
  }
});

test("such an address is put right inside of the application too, and Back skips none", async ({ page, account }) => {
  void account;
  await visit(page, "/history");
  await page.evaluate(() => {
    const link = Object.assign(document.createElement("a"), { href: "/organization/" });
    document.body.append(link);
    link.click();
    link.remove();
  });
  await expectAt(page, "/organization/members");
  await expect(page.getByRole("heading", { name: "Organization", level: 1 })).toBeVisible();
  await page.goBack();
  await expectAt(page, "/history");
});

test("the title of the window is never empty, nor another page's", async ({ page, account }) => {
  void account;
  await page.addInitScript(() => {
    const own = Object.getOwnPropertyDescriptor(Document.prototype, "title")!;
    const titles: string[] = [];
    Object.assign(window, { titles });
    Object.defineProperty(Document.prototype, "title", {
      ...own,
      set(title: string) {
        titles.push(title);
        own.set!.call(this, title);
      },
    });
  });
  await visit(page, "/settings/display");
  await expect(page).toHaveTitle("Display – Settings – Train");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page).toHaveTitle("History – Train");
  const titles: string[] = await page.evaluate(() => (window as any).titles);
  expect(new Set(titles)).toEqual(new Set(["Display – Settings – Train", "History – Train"]));
});

test("a page that takes long to come shows that it is on its way", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  const release = await holdCode(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.locator("html[data-waiting]")).toBeAttached();
  await expect.poll(() => waitingLine(page)).toBe("visible");
  release();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  await expect(page.locator("html[data-waiting]")).not.toBeAttached();
  await expect.poll(() => waitingLine(page)).toBe("none");
});

test("the focus goes along to the page that was opened, and back", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeFocused();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeFocused();
});

/** Scrolls, and lets the page notice. */
async function scrollTo(page: Page, place: number): Promise<void> {
  await page.evaluate(
    (place) =>
      new Promise((resolve) => {
        window.scrollTo(0, place);
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }),
    place,
  );
}

test("Back finds the place again, once what stood there has come", async ({ page, context }) => {
  await signInAsAdministrator(context);
  await page.setViewportSize({ width: 1000, height: 400 });
  await visit(page, "/database/overview");
  const place = () => page.evaluate(() => Math.round(scrollY));
  await page.getByRole("main").focus();
  await scrollTo(page, 700);
  // To another page, and to another tab of the same.
  await page.keyboard.press("2");
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  await expect.poll(place).toBe(0);
  await page.goBack();
  await expect.poll(place).toBe(700);
  await page.getByRole("navigation", { name: "Database" }).getByRole("link", { name: "Alerts" }).evaluate((link) => (link as HTMLElement).click());
  await expectAt(page, "/database/alerts");
  await expect.poll(place).toBe(0);
  await page.goBack();
  await expect.poll(place).toBe(700);
});

test("an unknown page says so, with status 404 and a way on", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/no\/such\/page/, 404);
  const answer = await page.goto("/no/such/page");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await page.getByRole("link", { name: "Go home" }).click();
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
});

test("a link to one setting brings it into view", async ({ page, account }) => {
  void account;
  await page.setViewportSize({ width: 1000, height: 400 });
  await visit(page, "/settings/shortcuts#page5");
  await expect(page.getByRole("button", { name: /^Go to Account: / })).toBeInViewport();
});

test("a setting leads to its own history", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await stored.patch({ rowsPerPage: 100 });
  await visit(page, "/settings/display");
  await page.getByRole("button", { name: "More for Theme" }).click();
  await page.getByRole("link", { name: "History of Theme" }).click();
  await expectAt(page, "/history?path=theme");
  // The figures below the timeline name every setting.
  const entries = page.locator(".timeline").getByRole("listitem");
  await expect(entries.filter({ hasText: "Theme" }).first()).toBeVisible();
  await expect(entries.filter({ hasText: "Rows per page" })).toHaveCount(0);
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(entries.filter({ hasText: "Rows per page" }).first()).toBeVisible();
});

test("the link and the id of a setting are copied from its menu, which says so", async ({ page, context, account }) => {
  void account;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await visit(page, "/settings/display?search=density");
  const menu = page.locator("#table-density-menu");
  await expect(menu).toBeHidden();
  await page.getByRole("button", { name: "More for Table density" }).click();
  await menu.getByRole("link", { name: "Copy link" }).click();
  await expect(menu.getByRole("status")).toHaveText("Copied.");
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  expect(await copied()).toBe(new URL("/settings/display#table-density", page.url()).href);
  await expectAt(page, "/settings/display?search=density", "it is only copied");
  await menu.getByRole("button", { name: "Copy ID" }).click();
  await expect.poll(copied).toBe("tableDensity");
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
});

test("history pages by the chosen number of rows", async ({ page, stored }) => {
  await stored.patch({ rowsPerPage: 10 });
  for (let change = 0; change < 12; change += 1) {
    await stored.patch({ sidebarCollapsed: change % 2 === 0 });
  }
  await visit(page, "/history");
  const entries = page.getByRole("main").getByRole("time").or(page.locator("main time"));
  await expect(entries).toHaveCount(10);
  await page.getByRole("link", { name: "Older", exact: true }).click();
  await expect(page).toHaveURL(/before=\d+/);
  await expect(page.getByRole("main")).toContainText("Rows per page");
  await page.goBack();
  await expect(entries).toHaveCount(10);
});

test("search finds settings of every section, and Only modified those that are", async ({ page, stored }) => {
  await stored.patch({ notifications: { email: true } });
  await visit(page, "/settings/display");
  await page.getByRole("searchbox", { name: "Search settings" }).fill("compress");
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await expect(page.getByText("2 settings")).toBeVisible();
  const section = page.getByRole("region", { name: "Export" });
  await expect(section.getByRole("spinbutton"), "under its section").toHaveCount(1);
  await expect(section.locator("mark").first()).toHaveText("Compress");
  await numberField(page, "Compression threshold").fill("10");
  await page.keyboard.press("Enter");
  await saved(page);
  await page.getByRole("searchbox", { name: "Search settings" }).fill("");
  await switchOf(page, "Only modified").click();
  await expect(page.getByText("2 settings")).toBeVisible();
  await expect(switchOf(page, "E-mail")).toBeVisible();
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search settings" }).fill("zzz");
  await expect(page.getByRole("heading", { name: "No modified setting matches “zzz”" })).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(rowsPerPage(page)).toBeVisible();
});

test("a search in settings stands in the address, and a link ends it", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await page.getByRole("searchbox", { name: "Search settings" }).fill("compress");
  await expectAt(page, "/settings/display?search=compress");
  await switchOf(page, "Only modified").click();
  await expectAt(page, "/settings/display?search=compress&changed=yes");
  await page.reload();
  await expect(page.getByRole("heading", { name: "No modified setting matches “compress”" }), "the server draws it too").toBeVisible();
  await hydrate(page);
  await switchOf(page, "Only modified").click();
  await expect(numberField(page, "Compression threshold")).toBeVisible();
  await page.getByRole("button", { name: /^Account of / }).click();
  await page.getByRole("link", { name: "Account", exact: true }).click();
  await expectAt(page, "/settings/account");
  await expect(page.getByRole("searchbox", { name: "Search settings" })).toHaveValue("");
  await expect(page.getByRole("button", { name: "Reset everything…" })).toBeVisible();
});

test("a modified setting is marked and can be reset by itself", async ({ page, stored }) => {
  await stored.patch({ theme: "dark", rowsPerPage: 10 });
  await visit(page, "/settings/display");
  const row = page.locator("#theme");
  await expect(row).toContainText("Modified");
  await expect(row).toContainText("Default: System");
  await page.getByRole("button", { name: "Reset Theme to default" }).click();
  await expect(choice(page, "Theme", "System")).toBeChecked();
  await expect(page.getByRole("button", { name: "Reset Theme to default" })).toBeHidden();
  await saved(page);
  expect((await stored.preferences()).overrides).toEqual({ rowsPerPage: 10 });
});

test("undo in the top bar takes the last save back", async ({ page, stored }) => {
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await saved(page);
  await page.getByRole("banner").getByRole("button", { name: "Undo" }).click();
  await expect(choice(page, "Theme", "System")).toBeChecked();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({});
});

test("a stranger is asked to sign in and then brought where they wanted to go", async ({ page, account, context }) => {
  await context.clearCookies();
  await visit(page, "/settings/quality");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectAt(page, "/settings/quality");
  await expect(numberField(page, "Flagging")).toBeVisible();
});

test("a wrong password is told at once and the e-mail address stays", async ({ page, account, context, guard }) => {
  guard.allowFailedRequest(/api\/fn\/sign-in/, 401);
  await context.clearCookies();
  await visit(page, "/sign-in");
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /password/i })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue(account.email);
  await expectAt(page, "/sign-in");
});

test("signing out ends the session here and in the other tab's next step", async ({ page, account, context, guard }) => {
  guard.allowFailedRequest(/api\/(events|user-preferences|auth\/me)/, 401);
  await visit(page, "/settings/display");
  await page.getByRole("button", { name: `Account of ${account.name}` }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goBack();
  await page.reload();
  await expect(page, "the page behind is not shown to whoever comes next").toHaveURL(/\/sign-in/);
  void context;
});

test("an address that looks like another site's stays here", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/evil/, 404);
  await page.goto(`${serverUrl()}//evil.example/`);
  await hydrate(page);
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(new URL(serverUrl()).origin);
});

test("code of the palette that is gone leaves no dead page", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/frame_palette/, 404);
  guard.allow(/HTTP status code is not ok|load callback should succeed|unreachable/);
  await page.route(/\/frame_palette\.[0-9a-f]+\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }), { times: 1 });
  // With an anchor, going to the same address would only scroll.
  await visit(page, "/settings/display#theme");
  const anew = page.waitForRequest((request) => request.isNavigationRequest());
  await page.keyboard.press("Control+k");
  await anew;
  await hydrate(page);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Search" }).getByRole("searchbox")).toBeFocused();
});
