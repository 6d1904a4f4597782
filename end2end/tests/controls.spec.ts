// A control of the browser shows its change at once, whether or not the page's code is there; the change follows once it is.
import type { Locator, Page } from "@playwright/test";
import { holdCode, isHydrated } from "./support/code";
import { cutNetwork, expect, hydrated, test } from "./support/fixtures";
import { choice, numberField, recordSaves, saved, slider, switchOf } from "./support/settings";
import { damageUnseen, withoutCode } from "./support/strangers";

const tier = (page: Page, name: string) => page.getByRole("group", { name: "Tiers" }).getByRole("checkbox", { name });

/** Looks at a control in the moment before each picture is drawn; returns how often it was not checked then. */
async function watchChecked(control: Locator): Promise<() => Promise<number>> {
  await control.evaluate((input: HTMLInputElement) => {
    const seen = ((window as any).seenUnchecked = { times: 0 });
    // Sizes are observed behind everything else that is done for the same picture.
    const probe = document.body.appendChild(document.createElement("div"));
    probe.style.cssText = "position: fixed; inset: 0 auto auto 0; width: 1px; height: 1px; visibility: hidden";
    const resize = () => (probe.style.width = probe.style.width === "1px" ? "2px" : "1px");
    new ResizeObserver(() => {
      seen.times += input.checked ? 0 : 1;
      requestAnimationFrame(resize);
    }).observe(probe);
  });
  return () => control.page().evaluate(() => (window as any).seenUnchecked.times);
}

test("a switch moves before the code is there, never moves back, and is stored", { tag: "@phone" }, async ({ page, stored }) => {
  const release = await holdCode(page);
  const sent = recordSaves(page);
  await page.goto("/settings/notifications");
  await switchOf(page, "E-mail").click();
  await expect(switchOf(page, "E-mail")).toBeChecked();
  const timesBack = await watchChecked(switchOf(page, "E-mail"));
  expect(await isHydrated(page)).toBe(false);
  release();
  await hydrated(page);
  await saved(page);
  await expect(switchOf(page, "E-mail")).toBeChecked();
  expect(await timesBack()).toBe(0);
  expect(await stored.value("notifications.email")).toBe(true);
  expect(sent.map((save) => save.body), "once").toEqual([{ notifications: { email: true } }]);
});

test("a switch that was touched twice before the code is there is as it was, and nothing is sent", async ({ page, stored }) => {
  const release = await holdCode(page);
  const sent = recordSaves(page);
  await page.goto("/settings/notifications");
  await switchOf(page, "E-mail").dblclick();
  await expect(switchOf(page, "E-mail")).not.toBeChecked();
  await switchOf(page, "Toasts").click();
  await expect(switchOf(page, "Toasts")).not.toBeChecked();
  release();
  await hydrated(page);
  await saved(page);
  await expect(switchOf(page, "E-mail")).not.toBeChecked();
  expect(sent.map((save) => save.body)).toEqual([{ notifications: { toast: false } }]);
  expect(await stored.history()).toHaveLength(1);
});

test("a switch and a choice work by the keyboard before the code is there", async ({ page, stored }) => {
  const release = await holdCode(page);
  await page.goto("/settings/display");
  await switchOf(page, "Animations").press("Space");
  await expect(switchOf(page, "Animations")).not.toBeChecked();
  await choice(page, "Table density", "Comfortable").press("ArrowRight");
  await expect(choice(page, "Table density", "Spacious")).toBeChecked();
  await choice(page, "Theme", "Dark").click();
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  expect(await isHydrated(page)).toBe(false);
  release();
  await hydrated(page);
  await saved(page);
  const { overrides } = await stored.preferences();
  expect(overrides).toEqual({ enableAnimations: false, tableDensity: "spacious", theme: "dark" });
});

test("a box of a set and a list show their change before the code is there", async ({ page, stored }) => {
  await stored.patch({ defaultFilters: { tier: ["template", "scenario"] } });
  const release = await holdCode(page);
  await page.goto("/settings/filters");
  await tier(page, "Edge case").click();
  await tier(page, "Template").click();
  await expect(tier(page, "Edge case")).toBeChecked();
  await expect(tier(page, "Template")).not.toBeChecked();
  expect(await isHydrated(page)).toBe(false);
  release();
  await hydrated(page);
  await saved(page);
  expect(await stored.value("defaultFilters.tier")).toEqual(["scenario", "edge_case"]);
});

test("a slider moves before the code is there, and its number follows", async ({ page, stored }) => {
  const release = await holdCode(page);
  await page.goto("/settings/quality");
  await slider(page, "Auto-approval").focus();
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press("ArrowRight");
  }
  await expect(slider(page, "Auto-approval")).toHaveValue("8.3");
  release();
  await hydrated(page);
  await expect(numberField(page, "Auto-approval")).toHaveValue("8.3");
  await expect(slider(page, "Auto-approval")).toHaveValue("8.3");
  await expect.poll(() => stored.value("qualityThresholds.autoApproval")).toBe(8.3);
});

test("of two controls of one value the one that was changed last counts", async ({ page, stored }) => {
  const release = await holdCode(page);
  await page.goto("/settings/quality");
  await slider(page, "Auto-approval").fill("8.3");
  await numberField(page, "Auto-approval").fill("9");
  await slider(page, "Auto-approval").fill("8.6");
  release();
  await hydrated(page);
  await expect(numberField(page, "Auto-approval")).toHaveValue("8.6");
  await expect.poll(() => stored.value("qualityThresholds.autoApproval")).toBe(8.6);
});

test("a switch that cannot be stored keeps its place, and the page says that it is not saved yet", async ({ page, context, stored, guard }) => {
  guard.allowFailedRequest(/(pkg|api\/(events|auth\/me))/, /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)/);
  await page.goto("/settings/notifications");
  await page.waitForLoadState("load");
  await cutNetwork(page);
  await switchOf(page, "E-mail").click();
  const note = page.getByRole("alert").filter({ hasText: "What you did is not saved yet" });
  await expect(note).toBeVisible();
  await expect(switchOf(page, "E-mail")).toBeChecked();
  await context.setOffline(false);
  await hydrated(page);
  await expect(note).toBeHidden();
  await expect(switchOf(page, "E-mail")).toBeChecked();
  await saved(page);
  expect(await stored.value("notifications.email")).toBe(true);
});

test("a page that cannot be hydrated is loaded anew with what was chosen, in order", async ({ page, stored, guard }) => {
  guard.allow(/panicked|unreachable|hydration error|RuntimeError/);
  await stored.patch({ defaultFilters: { tier: ["template", "scenario"] } });
  await withoutCode(page);
  const release = await holdCode(page);
  const sent = recordSaves(page);
  await page.goto("/settings/filters");
  await damageUnseen(page);
  await tier(page, "Edge case").click();
  await tier(page, "Scenario").click();
  const anew = page.waitForEvent("framenavigated");
  release();
  await anew;
  await hydrated(page);
  await expect(tier(page, "Edge case")).toBeChecked();
  await expect(tier(page, "Scenario")).not.toBeChecked();
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ defaultFilters: { tier: ["template", "edge_case"] } }]);
  expect(await stored.value("defaultFilters.tier")).toEqual(["template", "edge_case"]);
  await expect(page.locator(".hydration-note")).toHaveCount(0);
});

test("a page that can never be hydrated leaves a switch where it was put", async ({ page, stored, guard }) => {
  guard.allow(/panicked|unreachable|hydration error|RuntimeError/);
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
  await page.goto("/settings/notifications");
  await switchOf(page, "E-mail").click();
  await expect(page.getByRole("alert").filter({ hasText: "This page has stopped working" })).toBeVisible();
  await expect(switchOf(page, "E-mail")).toBeChecked();
  expect(await stored.value("notifications.email")).toBe(false);
});
