// Behaviour 6: leaving the page within the 300 ms loses nothing.
import { expect, test, visit } from "./support/fixtures";
import { choice, rowsPerPage, visitStopped } from "./support/settings";

test("an edit 50 ms before the tab is closed is there on reload", async ({ page, context, stored }) => {
  await visitStopped(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await page.clock.runFor(50);
  await page.close();
  await expect.poll(() => stored.value("theme")).toBe("dark");
  const again = await context.newPage();
  await visit(again, "/settings/display");
  await expect(choice(again, "Theme", "Dark")).toBeChecked();
  expect(await stored.history()).toHaveLength(1);
});

test("an edit 50 ms before going to another site is stored", async ({ page, stored }) => {
  await visitStopped(page, "/settings/display");
  await rowsPerPage(page).selectOption("50");
  await page.clock.runFor(50);
  await page.goto("about:blank");
  await expect.poll(() => stored.value("rowsPerPage")).toBe(50);
  expect(await stored.history()).toHaveLength(1);
});

test("an edit 50 ms before a reload shows at once after it", async ({ page, stored }) => {
  await visitStopped(page, "/settings/display");
  await choice(page, "Table density", "Compact").click();
  await page.clock.runFor(50);
  await page.reload();
  await expect(choice(page, "Table density", "Compact")).toBeChecked();
  await expect.poll(() => stored.value("tableDensity")).toBe("compact");
  expect(await stored.history()).toHaveLength(1);
});
