// Behaviour 2: editing goes on while a save is slow; the later value wins, whatever order the answers come in.
import { expect, test, visit } from "./support/fixtures";
import { at } from "./support/accounts";
import { choice, holdNextSave, isSave, numberField, recordSaves, saved, status } from "./support/settings";

test("an edit made while a save is in flight wins over it", async ({ page, stored }) => {
  const sent = recordSaves(page);
  const held = await holdNextSave(page);
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await held.arrived;
  await expect(status(page)).toHaveText("Saving…");
  await choice(page, "Theme", "Light").click();
  held.release();
  await expect.poll(() => sent.length).toBe(2);
  await saved(page);
  await expect(choice(page, "Theme", "Light")).toBeChecked();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  expect(await stored.value("theme")).toBe("light");
  expect(sent.map((save) => save.body)).toEqual([{ theme: "dark" }, { theme: "light" }]);
});

test("the earlier answer never shows its value over a later edit", async ({ page, account }) => {
  void account;
  const held = await holdNextSave(page);
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await held.arrived;
  await choice(page, "Theme", "Light").click();
  // From now on every value that the page shows is written down.
  await page.evaluate(() => {
    const shown: string[] = [];
    new MutationObserver(() => shown.push(document.documentElement.dataset.theme ?? "")).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    Object.assign(window, { shown });
  });
  const answered = page.waitForResponse((response) => isSave(response.request()));
  held.release();
  await answered;
  await saved(page);
  const shown = await page.evaluate(() => (window as unknown as { shown: string[] }).shown);
  expect(shown).not.toContain("dark");
});

test("an older reading that arrives late is passed over", async ({ page, stored }) => {
  // The answer to the first reading is made before the second change, and delivered after it.
  let deliver = () => {};
  const gate = new Promise<void>((resolve) => (deliver = resolve));
  let read = () => {};
  const firstRead = new Promise<void>((resolve) => (read = resolve));
  let readings = 0;
  await page.route("**/api/user-preferences", async (route) => {
    readings += 1;
    if (readings > 1) {
      return route.continue();
    }
    const response = await route.fetch();
    read();
    await gate;
    await route.fulfill({ response });
  });
  await visit(page, "/settings/display");
  await stored.patch({ tableDensity: "compact" });
  await firstRead;
  await stored.patch({ tableDensity: "spacious" });
  await expect(choice(page, "Table density", "Spacious")).toBeChecked();
  const late = page.waitForResponse((response) => response.url().endsWith("/api/user-preferences"));
  deliver();
  await (await late).finished();
  // Something that the page does after the late answer has been looked at.
  await stored.patch({ rowsPerPage: 100 });
  await expect(page.getByRole("combobox", { name: "Rows per page" })).toHaveValue("100");
  await expect(choice(page, "Table density", "Spacious")).toBeChecked();
});

test("the caret stays where it is when the answer comes", async ({ page, stored }) => {
  const held = await holdNextSave(page);
  await visit(page, "/settings/export");
  const field = numberField(page, "Compression threshold");
  await field.fill("15");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type("2");
  await held.arrived;
  const answered = page.waitForResponse((response) => isSave(response.request()));
  held.release();
  await answered;
  await saved(page);
  await page.keyboard.type("3");
  await expect(field).toHaveValue("1235");
  await expect.poll(async () => at((await stored.preferences()).preferences, "exportPreferences.autoCompressionThreshold")).toBe(1235);
});
