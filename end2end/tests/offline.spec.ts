// Behaviour 5: edits made offline wait in the browser, are sent once, and belong to one account only.
import type { BrowserContext, Page } from "@playwright/test";
import { Stored, signIn, signUp } from "./support/accounts";
import { cutNetwork, expect, test, visit } from "./support/fixtures";
import type { Guard } from "./support/guard";
import { choice, isSave, recordSaves, rowsPerPage, saved, status } from "./support/settings";

/** What the browser logs while it has no network, or when a request was cut by losing it. */
function allowOffline(guard: Guard): void {
  guard.allowFailedRequest(/api\/(user-preferences|events|auth\/me)/, /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)/);
}

/** Ends a page's process, as when the browser is killed or the machine is switched off. */
async function die(page: Page, context: BrowserContext): Promise<void> {
  const dead = page.waitForEvent("crash");
  const session = await context.newCDPSession(page);
  // The process that should answer is gone.
  session.send("Page.crash").catch(() => {});
  await dead;
  await page.close();
}

test("offline edits are queued and make one save when the network is back", async ({ page, context, stored, guard }) => {
  allowOffline(guard);
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await choice(page, "Theme", "Dark").click();
  await expect(status(page)).toHaveText("Queued (offline)");
  await choice(page, "Theme", "Light").click();
  await choice(page, "Theme", "Dark").click();
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  const answered: number[] = [];
  page.on("response", (response) => {
    if (isSave(response.request())) {
      answered.push(response.status());
    }
  });
  await context.setOffline(false);
  await saved(page);
  expect(answered).toEqual([200]);
  expect(await stored.value("theme")).toBe("dark");
  expect(await stored.history()).toHaveLength(1);
});

test("what was changed elsewhere meanwhile shows when the network is back", async ({ page, context, stored, guard }) => {
  allowOffline(guard);
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await stored.patch({ theme: "dark" });
  await context.setOffline(false);
  await expect(choice(page, "Theme", "Dark")).toBeChecked({ timeout: 15_000 });
});

test("an offline edit survives closing the tab and is applied once", async ({ page, context, stored, guard }) => {
  allowOffline(guard);
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await choice(page, "Table density", "Spacious").click();
  await expect(status(page)).toHaveText("Queued (offline)");
  // A tab that is closed in an orderly way sends its edits once more; by then this network is back. One that dies cannot.
  await die(page, context);
  await context.setOffline(false);
  expect(await stored.value("tableDensity")).toBe("comfortable");

  const again = await context.newPage();
  await visit(again, "/settings/notifications");
  await expect.poll(() => stored.value("tableDensity")).toBe("spacious");
  await visit(again, "/settings/display");
  await expect(choice(again, "Table density", "Spacious")).toBeChecked();
  expect(await stored.history()).toHaveLength(1);
});

test("an offline edit in a tab that was closed is applied once", async ({ page, context, stored, guard }) => {
  allowOffline(guard);
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await choice(page, "Table density", "Spacious").click();
  await expect(status(page)).toHaveText("Queued (offline)");
  await page.close();
  await context.setOffline(false);
  const again = await context.newPage();
  await visit(again, "/settings/display");
  await expect(choice(again, "Table density", "Spacious")).toBeChecked();
  await expect.poll(() => stored.value("tableDensity")).toBe("spacious");
  expect(await stored.history()).toHaveLength(1);
});

test("an edit closed within the 300 ms while offline is not lost either", async ({ page, context, stored, guard }) => {
  allowOffline(guard);
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await rowsPerPage(page).selectOption("10");
  await page.close();
  await context.setOffline(false);
  const again = await context.newPage();
  await visit(again, "/settings/display");
  await expect(rowsPerPage(again)).toHaveValue("10");
  await expect.poll(() => stored.value("rowsPerPage")).toBe(10);
  expect(await stored.history()).toHaveLength(1);
});

test("what one account left is never sent as another", async ({ page, context, account, guard }) => {
  allowOffline(guard);
  await visit(page, "/settings/display");
  await cutNetwork(page);
  await choice(page, "Theme", "Dark").click();
  await expect(status(page)).toHaveText("Queued (offline)");
  await die(page, context);
  await context.setOffline(false);

  await context.clearCookies();
  await signUp(context);
  const stranger = await context.newPage();
  const sent = recordSaves(stranger);
  await visit(stranger, "/settings/display");
  await choice(stranger, "Table density", "Compact").click();
  await saved(stranger);
  await expect(choice(stranger, "Theme", "System")).toBeChecked();
  expect(sent.map((save) => save.body)).toEqual([{ tableDensity: "compact" }]);
  const theirs = new Stored(context.request);
  expect((await theirs.preferences()).overrides).toEqual({ tableDensity: "compact" });
  await stranger.close();

  await context.clearCookies();
  await signIn(context, account);
  const back = await context.newPage();
  await visit(back, "/settings/display");
  const mine = new Stored(context.request);
  await expect.poll(() => mine.value("theme")).toBe("dark");
  await expect(choice(back, "Theme", "Dark")).toBeChecked();
  expect((await mine.preferences()).overrides).toEqual({ theme: "dark" });
  expect(await mine.history()).toHaveLength(1);
});
