// Behaviour 10: narrow windows, high zoom, large text, forced colours, reduced motion; targets large enough.
import type { Page } from "@playwright/test";
import { makeOrganization } from "./support/accounts";
import { expect, test } from "./support/fixtures";
import { type Place, allowRefusals, arriveAs, goTo, placesOf } from "./support/pages";
import { choice, saved, switchOf } from "./support/settings";

const DISPLAY: Place = { name: "settings-display", address: "/settings/display", as: "member" };

/** How far the page scrolls sideways, in CSS pixels. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Visible text that is cut off without a way to reach it. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wrong: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("main *, header *, dialog[open] *")) {
      const box = element.getBoundingClientRect();
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      // Tables scroll by themselves, and lines of tabs and filters where they do not fit.
      const line = element.closest(".tab-links, .history-filters");
      const scrolls = element.closest("[role=region]") ?? (line !== null && getComputedStyle(line).overflowX === "auto");
      const hidden = box.width <= 1 || box.height <= 1 || getComputedStyle(element).visibility === "hidden" || scrolls;
      if (own && !hidden && (box.right > width + 1 || box.left < -1)) {
        wrong.push(element.outerHTML.slice(0, 120));
      }
    }
    return wrong;
  });
}

const NARROW = [
  // What is left of 1280 × 1024 at 400 %. First, because what is opened on a page is harder to reach there.
  { name: "400 % zoom", width: 320, height: 256 },
  { name: "320 px wide", width: 320, height: 640 },
];

for (const visitor of ["stranger", "newcomer", "member", "administrator"] as const) {
  test(`320 px wide and at 400 % zoom: nothing scrolls sideways and nothing is cut off for a ${visitor}`, async ({ page, context, guard }) => {
    test.setTimeout(90_000);
    allowRefusals(guard);
    await arriveAs(visitor, context);
    for (const place of placesOf(visitor)) {
      await page.setViewportSize({ width: 320, height: 256 });
      await goTo(page, place);
      for (const { name, width, height } of NARROW) {
        await page.setViewportSize({ width, height });
        expect.soft(await sideways(page), `${place.name}, ${name}`).toBe(0);
        expect.soft(await cutOff(page), `${place.name}, ${name}`).toEqual([]);
      }
    }
  });
}

test("on a phone the content begins soon, below one line of tabs with the current one in sight", async ({ page, context, account }) => {
  void account;
  await makeOrganization(context);
  await page.setViewportSize({ width: 375, height: 812 });
  for (const address of ["/settings/account", "/ai/gateway", "/organization/members", "/notifications?unread=true"]) {
    await goTo(page, { ...DISPLAY, address });
    const tabs = page.locator(".tab-links");
    await expect(tabs, address).toBeVisible();
    const [box, tab] = await Promise.all([tabs.boundingBox(), tabs.getByRole("link").first().boundingBox()]);
    expect.soft(box!.y + box!.height, address).toBeLessThan(250);
    expect.soft(box!.height, `${address}: one line`).toBeLessThan(2 * tab!.height);
    await expect.soft(tabs.locator("[aria-current]"), address).toBeInViewport({ ratio: 1 });
  }
});

test("200 % text: nothing scrolls sideways and nothing is cut off", async ({ page, context, guard }) => {
  test.setTimeout(90_000);
  allowRefusals(guard);
  // The person's own font size in the browser's settings; sizes in rem follow it.
  await page.addInitScript(() => document.addEventListener("readystatechange", () => (document.documentElement.style.fontSize = "200%")));
  await arriveAs("member", context);
  for (const place of placesOf("member")) {
    await goTo(page, place);
    expect.soft(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe("32px");
    expect.soft(await sideways(page), place.name).toBe(0);
    expect.soft(await cutOff(page), place.name).toEqual([]);
  }
});

test("at 320 px settings are usable: menu, a change, a dialog", async ({ page, stored }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  await stored.patch({ rowsPerPage: 10 });
  await goTo(page, { ...DISPLAY, address: "/history" });
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Settings" }).click();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await choice(page, "Theme", "Dark").click();
  await saved(page);
  await page.getByRole("button", { name: "Reset section" }).click();
  const dialog = page.getByRole("dialog", { name: "Reset display?" });
  await dialog.getByRole("button", { name: "Reset section" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({});
});

test("every target is at least 24 px in both directions", { tag: "@phone" }, async ({ page, context, guard }) => {
  test.setTimeout(90_000);
  allowRefusals(guard);
  await arriveAs("member", context);
  for (const place of placesOf("member")) {
    await goTo(page, place);
    const small = await page.evaluate(() => {
      const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [tabindex='0']";
      const found: string[] = [];
      for (const element of document.querySelectorAll<HTMLElement>(targets)) {
        if (!element.checkVisibility({ visibilityProperty: true }) || element.closest("[inert]")) {
          continue;
        }
        // What a label adds belongs to the target. Links within a sentence are exempt (WCAG 2.5.8).
        const boxes = [element, ...(element as HTMLInputElement).labels ?? []].map((part) => part.getBoundingClientRect());
        const width = Math.max(...boxes.map((box) => box.width));
        const height = Math.max(...boxes.map((box) => box.height));
        const inSentence = element.matches("a") && getComputedStyle(element).display === "inline";
        const outOfSight = element.getBoundingClientRect().bottom < 0;
        if (!inSentence && !outOfSight && (width < 23.9 || height < 23.9)) {
          found.push(`${Math.round(width)}×${Math.round(height)} ${element.outerHTML.slice(0, 120)}`);
        }
      }
      return found;
    });
    expect.soft(small, place.name).toEqual([]);
  }
});

test("forced colours: states can still be told apart", async ({ page, account }) => {
  void account;
  await page.emulateMedia({ forcedColors: "active" });
  await goTo(page, { ...DISPLAY, address: "/settings/notifications" });
  const control = switchOf(page, "E-mail");
  const off = await control.screenshot();
  await control.focus();
  await page.keyboard.press("Space");
  await expect(control).toBeChecked();
  await page.getByRole("main").focus();
  expect(off.equals(await control.screenshot()), "on and off look different").toBe(false);
  const chosen = choice(page, "E-mail frequency", "Immediately").locator("..");
  const other = choice(page, "E-mail frequency", "Daily digest").locator("..");
  const look = (part: typeof chosen) =>
    part.evaluate((element) => {
      const { backgroundColor, outlineStyle, borderColor, color } = getComputedStyle(element);
      return { backgroundColor, outlineStyle, borderColor, color };
    });
  expect(await look(chosen)).not.toEqual(await look(other));
});

test("reduced motion: nothing moves", async ({ page, stored }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await stored.patch({ enableAnimations: true });
  await goTo(page, placesOf("member").find((place) => place.name === "search-dialog") ?? DISPLAY);
  const moving = await page.evaluate(() =>
    document
      .getAnimations()
      .filter((animation) => animation.playState === "running" && Number(animation.effect?.getComputedTiming().activeDuration) > 1)
      // The time that a toast stays is measured by an animation that shows nothing.
      .map((animation) => (animation as CSSAnimation).animationName ?? (animation as CSSTransition).transitionProperty)
      .filter((name) => name !== "toast-life"),
  );
  expect(moving).toEqual([]);
});
