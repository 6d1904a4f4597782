// Behaviour 9: everything by keyboard, names that stay, one polite status.
import type { Page } from "@playwright/test";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { choice, numberField, saved, slider, status, switchOf } from "./support/settings";

/** What has focus, as assistive technology names it. */
function focused(page: Page) {
  return page.locator(":focus");
}

test("the first stop skips to the content", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await page.keyboard.press("Tab");
  await expect(focused(page)).toHaveText("Skip to content");
  await expect(focused(page)).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("the display settings are changed with the keyboard alone", async ({ page, stored }) => {
  await visit(page, "/settings/display");
  await page.getByRole("main").focus();
  await tabTo(page, "Theme");
  await page.keyboard.press("ArrowRight");
  await expect(choice(page, "Theme", "Light")).toBeChecked();
  await tabTo(page, "Rows per page");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "Animations");
  await page.keyboard.press("Space");
  await expect(switchOf(page, "Animations")).not.toBeChecked();
  await expect
    .poll(async () => (await stored.preferences()).overrides)
    .toEqual({ theme: "light", rowsPerPage: 50, enableAnimations: false });
});

test("every stop of the Tab key is named, visible and has a ring", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/quality");
  const seen = new Set<string>();
  for (let stop = 0; stop < 80; stop += 1) {
    await page.keyboard.press("Tab");
    const state = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) {
        return null;
      }
      const box = element.getBoundingClientRect();
      const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return {
        html: element.outerHTML.slice(0, 160),
        // A slider's ring is around its thumb, which no script can see; it has a test of its own.
        ring: element.matches("[type=range]") || [element, element.parentElement ?? element].some((part) => getComputedStyle(part).outlineStyle !== "none"),
        inside: box.bottom > 0 && box.top < innerHeight,
        covered: above !== null && !element.contains(above) && !above.contains(element) && element.closest("label") !== above.closest("label"),
      };
    });
    if (state === null) {
      break;
    }
    expect.soft(state.ring, `a focus ring on ${state.html}`).toBe(true);
    expect.soft(state.inside, `in sight: ${state.html}`).toBe(true);
    expect.soft(state.covered, `not covered: ${state.html}`).toBe(false);
    await expect.soft(focused(page), state.html).toHaveAccessibleName(/\S/);
    seen.add(state.html);
  }
  expect(seen.size).toBeGreaterThan(20);
});

test("a slider shows by a ring that it has focus", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/quality");
  const control = slider(page, "Auto-approval");
  await numberField(page, "Flagging").focus();
  const before = await control.screenshot({ animations: "disabled" });
  await control.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  expect(before.equals(await control.screenshot({ animations: "disabled" }))).toBe(false);
});

test("tabs of settings: arrows move, Enter opens", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  const tabs = page.getByRole("navigation", { name: "Sections" });
  await tabs.getByRole("link", { name: "Display" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(tabs.getByRole("link", { name: "Notifications" })).toBeFocused();
  await page.keyboard.press("End");
  await expect(tabs.getByRole("link", { name: "Account" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(tabs.getByRole("link", { name: "Display" })).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expectAt(page, "/settings/notifications");
  await expect(tabs.getByRole("link", { name: "Notifications" })).toHaveAttribute("aria-current", "page");
  await expect(tabs.getByRole("link", { name: "Notifications" })).toBeFocused();
});

test("dialogs take focus, keep it, and give it back", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await visit(page, "/settings/display");
  const opener = page.getByRole("button", { name: "Reset section" }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Reset display?" });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  for (let stop = 0; stop < 5; stop += 1) {
    await page.keyboard.press("Tab");
    expect(
      await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null),
      "focus stays in the dialog",
    ).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();

  const search = page.getByRole("button", { name: /^Search/ });
  await search.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Search" }).getByRole("searchbox")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(search).toBeFocused();
});

test("the palette opens its first result by Enter, and arrows go along the others", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search" });
  const field = dialog.getByRole("searchbox");
  await expect(field).toBeFocused();
  await field.fill("organization");
  await expect(dialog.getByRole("status")).toHaveText("6 results");
  await page.keyboard.press("ArrowDown");
  await expect(dialog.getByRole("link").first()).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(field).toBeFocused();
  await page.keyboard.press("Enter");
  await expectAt(page, "/organization/members");
  await expect(dialog).toBeHidden();
});

test("the search finds other words and actions, stands still, and closes by one Esc", async ({ page, stored }) => {
  await visit(page, "/settings/display");
  await page.getByRole("main").focus();
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search" });
  const field = dialog.getByRole("searchbox");
  const top = () => dialog.evaluate((element) => element.getBoundingClientRect().top);
  await expect(dialog.getByRole("link").first()).toBeVisible();
  const before = await top();
  for (const [words, result] of [
    ["timezone", /^Time zone\s*Settings › Account$/],
    ["temperature", /^Temperature\s*AI configuration › Model$/],
    ["retry", /^Maximum retries\s*AI configuration › Retries$/],
    ["new token", /^New token\s*Action$/],
  ] as const) {
    await field.fill(words);
    await expect(dialog.getByRole("link", { name: result })).toBeVisible();
    expect(await top()).toBe(before);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.keyboard.press("Control+k");
  await expect(field).toHaveValue("");
  await field.fill("toggle theme");
  await expect(dialog.getByRole("button", { name: /^Toggle theme/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await saved(page);
  expect(await stored.value("theme"), "the browser is light").toBe("dark");

  await page.keyboard.press("Control+k");
  await field.fill("log out");
  await dialog.getByRole("button", { name: /^Sign out/ }).click();
  await expect(page).toHaveURL(/\/sign-in/);
});

test("the user menu opens, is walked through and closes by keyboard", async ({ page, account }) => {
  await visit(page, "/settings/display");
  const opener = page.getByRole("button", { name: `Account of ${account.name}` });
  await opener.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Settings" }).last()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Sign out" })).toBeHidden();
  await expect(opener).toBeFocused();
});

test("a switch keeps its name whatever its state", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/notifications");
  for (const control of await page.getByRole("switch", { disabled: false }).all()) {
    const name = await control.getAttribute("aria-labelledby");
    const before = await control.evaluate((element) => (element as HTMLInputElement).labels?.[0]?.textContent);
    const wasChecked = await control.isChecked();
    await control.focus();
    await page.keyboard.press("Space");
    await expect(control).toBeChecked({ checked: !wasChecked });
    expect(await control.getAttribute("aria-labelledby")).toBe(name);
    expect(await control.evaluate((element) => (element as HTMLInputElement).labels?.[0]?.textContent)).toBe(before);
    await page.keyboard.press("Space");
  }
});

test("one polite status per save", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await saved(page);
  const telling = page.locator("[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]").filter({ hasText: "Saved" });
  await expect(telling).toHaveCount(1);
  await expect(status(page)).toHaveAttribute("role", "status");
});

test("a slider moves by arrows and tells its value", async ({ page, stored }) => {
  await visit(page, "/settings/quality");
  const control = slider(page, "Auto-approval");
  await control.focus();
  await page.keyboard.press("ArrowRight");
  await expect(control).toHaveValue("8.1");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(control).toHaveValue("7.9");
  await saved(page);
  expect(await stored.value("qualityThresholds.autoApproval")).toBe(7.9);
});

/** Presses Tab until the control with this name has focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press("Tab");
    const label = await page.evaluate(() => {
      const element = document.activeElement;
      const named = element?.closest("[role=radiogroup]") ?? element;
      const ids = named?.getAttribute("aria-labelledby");
      const label = ids ? document.getElementById(ids) : (element as HTMLInputElement | null)?.labels?.[0];
      return label?.textContent?.trim();
    });
    if (label === name) {
      return;
    }
  }
  throw new Error(`The Tab key never reached ${name}.`);
}
