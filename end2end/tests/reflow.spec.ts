// Behaviour 10: narrow windows, forced colours, reduced motion. What holds for every page is in accessibility.spec.ts.
import { makeOrganization } from "./support/accounts";
import { expect, test } from "./support/fixtures";
import { type Place, goTo, placesOf } from "./support/pages";
import { choice, saved, switchOf } from "./support/settings";

const DISPLAY: Place = { name: "settings-display", address: "/settings/display", as: "member" };

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
