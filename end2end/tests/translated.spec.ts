// Other people's software in the page: before its code comes, and while it is in use (issue 13, 3.1 and 3.2).
import type { Page } from "@playwright/test";
import { signInAsAdministrator } from "./support/accounts";
import { expect, expectAt, hydrate, hydrated, test } from "./support/fixtures";
import { allowRefusals, arriveAs, placesOf } from "./support/pages";
import { choice, numberField, saved, switchOf } from "./support/settings";
import { damageUnseen, extend, managePasswords, translate, untranslated, withoutCode } from "./support/strangers";

const PANIC = /panicked|unreachable|hydration error|RuntimeError/;

const threshold = (page: Page) => numberField(page, "Auto-approval");

/** Presses a button of the frame, which only does something where hydration found it. */
async function isUsable(page: Page): Promise<void> {
  // Pages that mailed links lead to have no frame, and are held by what was asserted before.
  if (new URL(page.url()).pathname === "/confirm-email") {
    return;
  }
  const root = page.locator("html");
  const before = await root.getAttribute("data-sidebar");
  await page.locator("button.sidebar-toggle").click();
  await expect(root).not.toHaveAttribute("data-sidebar", before ?? "");
}

for (const visitor of ["member", "administrator"] as const) {
  test(`issue 13, 3.1: every page of a ${visitor} can be used when others changed it before its code came`, async ({ page, context, guard }) => {
    test.setTimeout(120_000);
    allowRefusals(guard);
    await arriveAs(visitor, context);
    await withoutCode(page);
    const addresses = new Set(placesOf(visitor).map((place) => place.address));
    for (const address of addresses) {
      await page.goto(address, { waitUntil: "domcontentloaded" });
      await managePasswords(page);
      await extend(page);
      await translate(page);
      await hydrate(page);
      await expect(page.locator(".hydration-note"), address).toHaveCount(0);
      expect(await page.locator("main font").count(), `${address} is still translated`).toBeGreaterThan(0);
      expect(await page.locator("main com-manager-icon").count(), address).toBe(await page.locator("main [data-manager]").count());
      await isUsable(page);
    }
  });
}

test("issue 13, 3.1: a page whose headings were translated before its code came stores what is typed", async ({ page, stored }) => {
  await withoutCode(page);
  await page.goto("/settings/quality");
  await page.evaluate(() =>
    document.querySelectorAll("main h2").forEach((heading) => {
      const font = document.createElement("font");
      font.textContent = heading.textContent;
      heading.firstChild!.replaceWith(font);
    }),
  );
  await page.mouse.move(5, 5);
  await threshold(page).fill("9.4");
  await page.keyboard.press("Enter");
  await hydrated(page);
  await expect.poll(() => stored.value("qualityThresholds.autoApproval")).toBe(9.4);
  await expect(page.locator("main h2 font").first()).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
});

test("issue 13, 3.1: a password manager's signs are no matter for signing in", async ({ page, account, context }) => {
  await context.clearCookies();
  await withoutCode(page);
  await page.goto("/sign-in?next=/settings/quality");
  await managePasswords(page);
  await extend(page);
  const password = page.locator("input[type=password]");
  await page.locator("input[type=email]").fill(account.email);
  await password.focus();
  await hydrate(page);
  await expect(password, "where the person was").toBeFocused();
  await page.keyboard.type(account.password);
  await page.keyboard.press("Enter");
  await expectAt(page, "/settings/quality");
});

test("issue 13, 3.1: a page that cannot be hydrated is loaded anew, with what was typed", async ({ page, stored, guard }) => {
  guard.allow(PANIC);
  await withoutCode(page);
  await page.goto("/settings/quality");
  await damageUnseen(page);
  const anew = page.waitForEvent("framenavigated");
  await threshold(page).fill("9.4");
  await anew;
  await hydrated(page);
  await expect(threshold(page)).toHaveValue("9.4");
  await threshold(page).press("Enter");
  await saved(page);
  expect(await stored.value("qualityThresholds.autoApproval")).toBe(9.4);
  await expect(page.locator(".hydration-note")).toHaveCount(0);
});

test("issue 13, 3.1: a page that can never be hydrated says so, and its links work", async ({ page, account, guard }) => {
  void account;
  guard.allow(PANIC);
  await withoutCode(page);
  await page.addInitScript(() => {
    window.MutationObserver = class {
      observe() {}
      disconnect() {}
      takeRecords() {
        return [];
      }
    } as unknown as typeof MutationObserver;
    const harm = () => document.querySelectorAll("main h1, main h2").forEach((heading) => heading.replaceChildren());
    document.addEventListener("DOMContentLoaded", harm);
  });
  await page.goto("/settings/quality");
  await page.mouse.move(5, 5);
  const note = page.getByRole("alert").filter({ hasText: "This page has stopped working" });
  await page.mouse.move(9, 9);
  await expect(note).toBeVisible();
  await expect(note.getByRole("button", { name: "Reload" })).toBeVisible();
  const whole = page.waitForRequest((request) => request.isNavigationRequest() && request.url().endsWith("/history"));
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await whole;
});

test("a page that stops working while it is used says so, and its links work", async ({ page, account, guard }) => {
  void account;
  guard.allow(PANIC);
  await page.goto("/settings/display");
  await hydrate(page);
  await page.evaluate(() => window.dispatchEvent(new CustomEvent("train-broken")));
  const note = page.getByRole("alert").filter({ hasText: "This page has stopped working" });
  await expect(note).toBeVisible();
  const whole = page.waitForRequest((request) => request.isNavigationRequest() && request.url().endsWith("/history"));
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await whole;
});

/** What the rows of the settings say, what they are for, and how many were found. */
function settingsRows(page: Page): Promise<string[][]> {
  return page.evaluate(() => {
    const text = (from: ParentNode, selector: string) => from.querySelector(selector)?.textContent ?? "";
    const rows = [...document.querySelectorAll("main .field-row")].map((row) => [row.id, text(row, ".field-label"), text(row, ".field-hint")]);
    return [[text(document, "main .found")], ...rows];
  });
}

test("issue 13, 3.2: translated while it is used, every setting stands beside its own control", async ({ page, context, stored }) => {
  const plain = await context.newPage();
  for (const one of [page, plain]) {
    await one.goto("/settings/display");
    await hydrate(one);
  }
  await translate(page);
  const search = (one: Page) => one.locator("input[type=search]").first();
  for (const words of ["theme", "toast", "rows", "e", "sidebar", "quality", ""]) {
    for (const one of [page, plain]) {
      await search(one).fill(words);
    }
    const expected = settingsRows(plain);
    await expect
      .poll(async () => (await settingsRows(page)).map((row) => row.map(untranslated)), { message: `searched for “${words}”` })
      .toEqual(await expected);
  }
  await choice(plain, "Theme", "Dark").click();
  await saved(plain);
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark" });
  await search(page).fill("theme");
  const row = page.locator("#theme");
  await expect(row.locator("font").first()).toBeVisible();
  await row.getByRole("switch").click();
  await expect(switchOf(plain, "Theme: this device only")).toBeAttached();
});

/** The rows of a list of the database that say something else than what their links and buttons act on. */
function mixedUp(page: Page): Promise<string[]> {
  return page.locator("main tbody tr.database-line").evaluateAll((rows) => {
    const plain = (text: string | null | undefined) => (text ?? "").replace(/[«»]/g, "").trim();
    return rows.flatMap((row) => {
      const header = row.querySelector("th")?.getAttribute("aria-labelledby") ?? "";
      const name = plain(document.getElementById(header)?.textContent);
      const links = [...row.querySelectorAll<HTMLAnchorElement>("a[href*='operation=']")];
      const acts = links.map((link) => {
        const asked = new URL(link.href).searchParams;
        return `${asked.get("schema")}.${asked.get("table") ?? asked.get("index")}`;
      });
      const told = [...row.querySelectorAll(".row-menu > button [translate=no]")].map((hidden) => plain(hidden.textContent));
      const wrong = name === "" || told.length !== 1 || [...acts, ...told].some((word) => word !== name);
      return wrong ? [`${name}: ${acts.join(", ")} | ${told.join(", ")}`] : [];
    });
  });
}

for (const tab of ["tables", "indexes"]) {
  test(`issue 13, 3.2: translated while it is sorted, searched and read again, every row of /database/${tab} acts on what it says`, async ({ page, context }) => {
    await signInAsAdministrator(context);
    await page.goto(`/database/${tab}`);
    await hydrate(page);
    await translate(page);
    const rows = page.locator("main tbody tr");
    await expect(rows.first()).toBeVisible();
    const first = async () => untranslated((await rows.first().locator("th").first().textContent()) ?? "");
    for (const column of ["Size", tab === "tables" ? "Table" : "Index"]) {
      for (let press = 0; press < 2; press += 1) {
        const before = page.url();
        const heading = page.locator("main thead a").filter({ hasText: column }).first();
        // It leads elsewhere once the page has taken in where it is.
        await expect.poll(() => heading.evaluate((link: HTMLAnchorElement) => link.href)).not.toBe(before);
        await heading.click();
        await expect.poll(() => page.url()).not.toBe(before);
        await expect.poll(() => mixedUp(page)).toEqual([]);
      }
    }
    await page.locator("main button").filter({ hasText: "Refresh" }).first().click();
    await expect.poll(() => mixedUp(page)).toEqual([]);
    expect(await first()).not.toBe("");
    expect(await page.locator("main tbody font").count()).toBeGreaterThan(0);
  });
}
