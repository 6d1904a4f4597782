// Without TLS, from another host: browsers have no Web Locks there, and six connections to a
// server. One stream serves all tabs.
import type { BrowserContext, Page } from "@playwright/test";
import { serverUrl } from "./support/accounts";
import { expect, hydrate, test } from "./support/fixtures";
import { choice, saved } from "./support/settings";

// An origin that is no secure context: neither https nor localhost.
const HOST = "train.test";

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
  },
});

/** The same server by a name that browsers do not trust. */
async function insecure(context: BrowserContext): Promise<string> {
  const url = new URL(serverUrl());
  const cookies = await context.cookies(url.origin);
  await context.addCookies(cookies.map(({ name, value }) => ({ name, value, domain: HOST, path: "/" })));
  url.hostname = HOST;
  return url.origin;
}

/** Which pages have a stream of events, as the browser's network sees it. */
function streams(pages: Page[]): Set<Page> {
  const open = new Set<Page>();
  for (const page of pages) {
    const isStream = (request: { url(): string }) => new URL(request.url()).pathname === "/api/events";
    page.on("request", (request) => isStream(request) && open.add(page));
    page.on("requestfinished", (request) => isStream(request) && open.delete(page));
    page.on("requestfailed", (request) => isStream(request) && open.delete(page));
    page.on("close", () => open.delete(page));
    page.on("crash", () => open.delete(page));
  }
  return open;
}

async function eightTabs(context: BrowserContext): Promise<{ tabs: Page[]; open: Set<Page> }> {
  const origin = await insecure(context);
  const tabs = await Promise.all(Array.from({ length: 8 }, () => context.newPage()));
  const open = streams(tabs);
  for (const tab of tabs) {
    await tab.goto(`${origin}/settings/display`);
  }
  expect(await tabs[0]!.evaluate(() => [isSecureContext, "locks" in navigator])).toEqual([false, false]);
  return { tabs, open };
}

async function allShow(tabs: Page[], theme: string): Promise<void> {
  await Promise.all(tabs.map((tab) => expect(tab.locator("html")).toHaveAttribute("data-theme", theme, { timeout: 30_000 })));
}

test("issue 13, 3.3: without TLS eight tabs load, all receive what happens, and another leads when the leading one is closed", async ({ context, stored }) => {
  test.slow();
  const { tabs, open } = await eightTabs(context);
  await expect.poll(() => open.size).toBe(1);
  await stored.patch({ theme: "dark" });
  await allShow(tabs, "dark");
  expect(open.size, "one stream for all of them").toBe(1);

  // Closed in order: it says so.
  const first = [...open][0]!;
  await first.close();
  const rest = tabs.filter((tab) => tab !== first);
  await expect.poll(() => open.size).toBe(1);
  await stored.patch({ theme: "light" });
  await allShow(rest, "light");

  // What one tab saves, the others show.
  await hydrate(rest[0]!);
  await choice(rest[0]!, "Table density", "Compact").click();
  await saved(rest[0]!);
  await expect(rest[1]!.locator("html")).toHaveAttribute("data-density", "compact");
});

test("without TLS a tab that dies while it leads is replaced", async ({ context, stored }) => {
  test.slow();
  const { tabs, open } = await eightTabs(context);
  await expect.poll(() => open.size).toBe(1);
  const leading = [...open][0]!;
  const crashed = leading.waitForEvent("crash");
  await leading.goto("chrome://crash").catch(() => {});
  await crashed;
  const rest = tabs.filter((tab) => tab !== leading);
  // Somebody looks at another one, which asks who leads.
  await rest[0]!.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect.poll(() => open.size, { timeout: 30_000 }).toBe(1);
  await stored.patch({ theme: "dark" });
  await allShow(rest, "dark");
});

test("without TLS unsaved edits of a closed tab are saved by the next one at once", async ({ context, stored }) => {
  const origin = await insecure(context);
  const tab = await context.newPage();
  // Never answered, and within the page: what it sends while it is left goes past what stands
  // outside of it.
  await tab.addInitScript(() => {
    const call = window.fetch;
    window.fetch = (input, init) => {
      const request = new Request(input, init);
      return request.method === "PATCH" ? new Promise(() => {}) : call(request);
    };
  });
  await tab.goto(`${origin}/settings/display`);
  await hydrate(tab);
  await choice(tab, "Theme", "Dark").click();
  await expect(tab.getByRole("banner").getByRole("status")).toContainText(/Queued|Saving/);
  await tab.goto("about:blank");
  expect((await stored.preferences()).overrides).toEqual({});
  const next = await context.newPage();
  await next.goto(`${origin}/settings/display`);
  await expect.poll(() => stored.value("theme")).toBe("dark");
});
