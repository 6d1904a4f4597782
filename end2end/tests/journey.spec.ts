// The main job from end to end: sign up, change things, see them act and follow, find them in history, take them back.
import { Stored } from "./support/accounts";
import { expect, hydrate, test, visit } from "./support/fixtures";
import { somebody } from "./support/accounts";
import { choice, numberField, rowsPerPage, saved } from "./support/settings";

test("from sign-up to undo", async ({ page, context, otherBrowser }) => {
  test.setTimeout(60_000);
  const person = somebody("Journey Person");
  await visit(page, "/sign-up");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(person.name);
  await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await visit(page, "/settings/display");

  const otherTab = await context.newPage();
  await visit(otherTab, "/settings/display");
  const device = await (await otherBrowser({ ...person, id: "" })).newPage();
  await visit(device, "/settings/display");

  await test.step("theme, density and rows act here and there", async () => {
    await choice(page, "Theme", "Dark").click();
    await choice(page, "Table density", "Compact").click();
    await rowsPerPage(page).selectOption("50");
    await saved(page);
    for (const other of [page, otherTab, device]) {
      await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
      await expect(other.locator("html")).toHaveAttribute("data-density", "compact");
      await expect(rowsPerPage(other)).toHaveValue("50");
    }
  });

  const sections = page.getByRole("navigation", { name: "Sections" });
  await test.step("thresholds", async () => {
    await sections.getByRole("link", { name: "Quality thresholds" }).click();
    await numberField(page, "Auto-approval").fill("9");
    await numberField(page, "Flagging").fill("7");
    await page.keyboard.press("Enter");
    await expect.poll(() => new Stored(context.request).value("qualityThresholds")).toEqual({
      autoApproval: 9,
      flagging: 7,
      minimumAcceptable: 4,
    });
  });

  await test.step("a shortcut", async () => {
    await sections.getByRole("link", { name: "Keyboard shortcuts" }).click();
    await page.getByRole("button", { name: /^Open search: / }).click();
    await page.keyboard.press("Control+J");
    await expect(page.getByRole("button", { name: /^Open search: Ctrl\+J/ })).toBeVisible();
    await saved(page);
    await otherTab.bringToFront();
    await expect(async () => {
      // The news takes a moment to arrive, and nothing in this tab shows it but that the keys act.
      await otherTab.getByRole("main").focus();
      await otherTab.keyboard.press("Control+J");
      await expect(otherTab.getByRole("dialog", { name: "Search" })).toBeVisible({ timeout: 200 });
    }).toPass();
    await otherTab.close();
    await page.bringToFront();
  });

  await test.step("everything is there after a reload", async () => {
    await page.reload();
    await hydrate(page);
    await expect(page.getByRole("button", { name: /^Open search: Ctrl\+J/ })).toBeVisible();
    await sections.getByRole("link", { name: "Display" }).click();
    await expect(choice(page, "Theme", "Dark")).toBeChecked();
    await expect(choice(page, "Table density", "Compact")).toBeChecked();
    await expect(rowsPerPage(page)).toHaveValue("50");
    await sections.getByRole("link", { name: "Quality thresholds" }).click();
    await expect(numberField(page, "Auto-approval")).toHaveValue("9.0");
  });

  await test.step("history shows each", async () => {
    await visit(page, "/history");
    const list = page.getByRole("main").getByRole("list").first();
    for (const line of [/Theme.*Dark/, /Table density.*Compact/, /Rows per page.*50/, /Auto-approval.*9\.0/, /Flagging.*7\.0/, /Open search.*Ctrl\+J/]) {
      await expect(list.getByRole("listitem").filter({ hasText: line }).first()).toBeVisible();
    }
  });

  await test.step("reset of a section, with a preview, and undo", async () => {
    await visit(page, "/settings/display");
    await page.getByRole("button", { name: "Reset section" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Reset display?" });
    for (const line of [/Theme.*Dark.*System/, /Table density.*Compact.*Comfortable/, /Rows per page.*50.*25/]) {
      await expect(dialog.getByRole("listitem").filter({ hasText: line })).toBeVisible();
    }
    await dialog.getByRole("button", { name: "Reset section" }).click();
    await expect(dialog).toBeHidden();
    await expect(choice(page, "Theme", "System")).toBeChecked();
    await expect(rowsPerPage(page)).toHaveValue("25");
    await expect(choice(device, "Theme", "System")).toBeChecked();
    const after = await new Stored(context.request).preferences();
    expect(Object.keys(after.overrides).sort()).toEqual(["keyboardShortcuts", "qualityThresholds"]);

    await page.getByRole("button", { name: "Undo" }).first().click();
    await expect(choice(page, "Theme", "Dark")).toBeChecked();
    await expect(rowsPerPage(page)).toHaveValue("50");
    await saved(page);
    await expect(choice(device, "Theme", "Dark")).toBeChecked();
  });
});
