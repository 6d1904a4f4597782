// What the code of a page costs: few requests and not more bytes than they are known to take.
import type { Page } from "@playwright/test";
import { idle } from "./support/code";
import { expect, hydrate, test, visit } from "./support/fixtures";

/** What is asked for of the code, how often, and what of it came over the wire. */
class Code {
  readonly asked: string[] = [];
  readonly fetched = new Map<string, number>();

  static async watch(page: Page): Promise<Code> {
    const code = new Code();
    const addresses = new Map<string, string>();
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    session.on("Network.requestWillBeSent", ({ requestId, request }) => {
      const file = /\/pkg\/(.*)\.[0-9a-f]+\.(js|wasm)$/.exec(request.url);
      if (file !== null) {
        addresses.set(requestId, `${file[1]}.${file[2]}`);
        code.asked.push(`${file[1]}.${file[2]}`);
      }
    });
    session.on("Network.requestServedFromCache", ({ requestId }) => addresses.delete(requestId));
    session.on("Network.responseReceived", ({ requestId, response }) => response.fromDiskCache && addresses.delete(requestId));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const file = addresses.get(requestId);
      if (file !== undefined) {
        code.fetched.set(file, encodedDataLength);
      }
    });
    return code;
  }

  bytes(): number {
    return [...this.fetched.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}

for (const [address, most] of [
  ["/", 465_000],
  ["/settings/display", 465_000],
  ["/database/overview", 592_000],
] as const) {
  test(`the code of ${address} is at most 5 requests and ${most / 1000} KB`, async ({ page, account, guard }) => {
    void account;
    // Not for members, but its code comes all the same.
    guard.allowFailedRequest(/\/database\//, 403);
    const code = await Code.watch(page);
    await page.goto(address);
    await hydrate(page);
    await idle(page);
    const own = `${address.split("/")[1] || "home"}.wasm`;
    expect([...code.fetched.keys()], "shared code, the page's own, and the script").toEqual(
      expect.arrayContaining(["train.js", "train.wasm", own]),
    );
    // Whatever is asked for a second time, as the script is by what it loads, comes from the cache.
    expect(code.fetched.size, code.asked.join(", ")).toBeLessThanOrEqual(5);
    expect(code.bytes()).toBeGreaterThan(100_000);
    expect(code.bytes()).toBeLessThanOrEqual(most);
    console.log(`the code of ${address}: ${(code.bytes() / 1000).toFixed(1)} KB in ${code.fetched.size} files`);
  });
}

test("the dialogs of the account are fetched when the first one is opened", async ({ page, account }) => {
  void account;
  const code = await Code.watch(page);
  await page.goto("/settings/account");
  await hydrate(page);
  await idle(page);
  expect(code.asked).toContain("settings_account.wasm");
  expect(code.asked).not.toContain("settings_dialogs.wasm");
  const before = code.asked.length;
  await page.getByRole("button", { name: "Delete my account…" }).click();
  await expect(page.getByRole("dialog", { name: "Delete your account?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New token…" }).click();
  await expect(page.getByRole("dialog", { name: "New API token" })).toBeVisible();
  expect(code.asked.slice(before)).toEqual(["settings_dialogs.wasm"]);
});

test("another page costs its own files only", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  const code = await Code.watch(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Generate" }).click();
  await expect(page.getByRole("heading", { name: "Generate", level: 1 })).toBeVisible();
  // What several pages share beside the first ones comes once.
  expect([...code.asked].sort()).toEqual(["generate.wasm", "shared.wasm"]);
  expect(code.fetched.get("generate.wasm")).toBeLessThanOrEqual(55_000);
  expect(code.fetched.get("shared.wasm")).toBeLessThanOrEqual(75_000);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  expect(code.asked.slice(2)).toEqual(["history.wasm"]);
  expect(code.fetched.get("history.wasm")).toBeLessThanOrEqual(80_000);
});

test.describe("a page that is in use", () => {
  test.use({ readsAhead: true });

  test("fetches the code of the pages it links to, and those then come from the browser", async ({ page, account }) => {
    void account;
    const code = await Code.watch(page);
    await page.goto("/settings/display");
    await page.waitForLoadState("load");
    await idle(page);
    expect(code.asked, "nothing for somebody who only reads").toEqual([]);
    await hydrate(page);
    await page.waitForFunction(() => localStorage.getItem("train.prefetched") !== null);
    expect(code.asked).toContain("history.wasm");
    const before = [...code.fetched.keys()];
    expect(before).toContain("history.wasm");

    code.fetched.clear();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
    await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
    expect([...code.fetched.keys()]).toEqual([]);

    const asked = code.asked.length;
    await visit(page, "/settings/display");
    await idle(page);
    const again = code.asked.slice(asked);
    expect(again, "once for a release").not.toContain("history.wasm");
  });
});
