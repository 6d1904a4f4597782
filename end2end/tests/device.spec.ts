// Theme, density and sidebar can belong to one device only.
import { expect, test, visit } from "./support/fixtures";
import { choice, noticed, recordSaves, saved, switchOf } from "./support/settings";

test("a theme for this device only stays here and changes nothing elsewhere", async ({ page, account, stored, otherBrowser }) => {
  const sent = recordSaves(page);
  await visit(page, "/settings/display");
  await switchOf(page, "Theme: this device only").click();
  await choice(page, "Theme", "Dark").click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("#theme")).toContainText("This device only");
  await noticed(page);
  expect(sent).toEqual([]);
  expect(await stored.value("theme")).toBe("system");

  const other = await (await otherBrowser(account)).newPage();
  await visit(other, "/settings/display");
  await expect(other.locator("html")).toHaveAttribute("data-theme", "system");
  await choice(other, "Theme", "Light").click();
  await saved(other);
  await expect.poll(() => stored.value("theme")).toBe("light");

  // The server renders this device's page with its own theme.
  const answer = await page.request.get("/settings/display");
  expect(await answer.text()).toMatch(/<html[^>]* data-theme="dark"/);
  await visit(page, "/settings/display");
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  await expect(switchOf(page, "Theme: this device only")).toBeChecked();

  await switchOf(page, "Theme: this device only").click();
  await expect(choice(page, "Theme", "Light"), "back to the account's").toBeChecked();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("the sidebar collapses by its button, and stays so", async ({ page, stored }) => {
  await visit(page, "/settings/display");
  const toggle = page.getByRole("button", { name: "Sidebar", exact: true });
  await expect(toggle).toHaveAttribute("aria-expanded", "true");
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await expect(page.locator("html")).toHaveAttribute("data-sidebar", "collapsed");
  await saved(page);
  expect(await stored.value("sidebarCollapsed")).toBe(true);
  await expect(switchOf(page, "Collapse the sidebar")).toBeChecked();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" })).toBeVisible();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-sidebar", "collapsed");
});

test("animations off stops transitions, and the system's reduced motion wins over on", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  const duration = () => page.getByRole("link", { name: "History" }).first().evaluate((link) => getComputedStyle(link).transitionDuration);
  expect(await duration()).not.toMatch(/^0s(, 0s)*$/);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await duration()).toMatch(/^0s(, 0s)*$/);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await switchOf(page, "Animations").click();
  await expect(page.locator("html")).toHaveAttribute("data-animations", "off");
  expect(await duration()).toMatch(/^0s(, 0s)*$/);
});
