// Keyboard shortcuts: what they do, how they are rebound, and when they keep quiet.
import type { Page } from "@playwright/test";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { noticed, numberField, recordSaves, saved, switchOf } from "./support/settings";

function recorder(page: Page, action: string) {
  return page.getByRole("button", { name: new RegExp(`^${action}: `) });
}

/** Puts focus where no control has it. */
async function rest(page: Page): Promise<void> {
  await page.getByRole("main").focus();
}

test("Ctrl+K opens the search, which finds pages and settings", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await rest(page);
  await page.keyboard.press("Control+K");
  const dialog = page.getByRole("dialog", { name: "Search" });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("density");
  await dialog.getByRole("link", { name: /Table density/ }).click();
  await expect(dialog).toBeHidden();
  await expectAt(page, "/settings/display#table-density");
  await page.keyboard.press("Control+K");
  await page.keyboard.type("no such thing");
  await expect(dialog).toContainText("No results for “no such thing”");
});

test("a shortcut is rebound, acts at once, and the old one no longer does", async ({ page, stored }) => {
  await visit(page, "/settings/shortcuts");
  await recorder(page, "Open search").click();
  await expect(recorder(page, "Open search")).toHaveText("Press keys…");
  await page.keyboard.press("Control+Shift+F");
  await expect(recorder(page, "Open search")).toHaveAccessibleName(/Ctrl\+Shift\+F/);
  await saved(page);
  expect(await stored.value("keyboardShortcuts.customBindings.openSearch")).toBe("Ctrl+Shift+F");
  await rest(page);
  await page.keyboard.press("Control+K");
  await noticed(page);
  await expect(page.getByRole("dialog", { name: "Search" })).toBeHidden();
  await page.keyboard.press("Control+Shift+F");
  await expect(page.getByRole("dialog", { name: "Search" })).toBeVisible();
});

/** A key of a layout that the test's keyboard does not have. */
async function press(page: Page, keys: Record<string, string | number | boolean>): Promise<void> {
  await page.evaluate((keys) => {
    const target = document.activeElement ?? document.body;
    target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...keys }));
  }, keys);
}

test("issue 13, 3.3: Ctrl+K works on a Cyrillic and a Greek layout, and on Dvorak it is where its K is", async ({ page, account }) => {
  void account;
  await page.goto("/settings/display");
  const dialog = page.getByRole("dialog", { name: "Search" });
  // The first one before the page's code is there.
  for (const key of ["л", "κ"]) {
    await press(page, { key, code: "KeyK", ctrlKey: true });
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  }
  await press(page, { key: "t", code: "KeyK", ctrlKey: true });
  await noticed(page);
  await expect(dialog).toBeHidden();
  await press(page, { key: "k", code: "KeyV", ctrlKey: true });
  await expect(dialog).toBeVisible();
});

test("a shortcut recorded on a Cyrillic layout is the one of the same key", async ({ page, stored }) => {
  await visit(page, "/settings/shortcuts");
  await recorder(page, "Open search").click();
  await press(page, { key: "О", code: "KeyJ", ctrlKey: true, shiftKey: true });
  await expect(recorder(page, "Open search")).toHaveAccessibleName(/Ctrl\+Shift\+J/);
  await saved(page);
  expect(await stored.value("keyboardShortcuts.customBindings.openSearch")).toBe("Ctrl+Shift+J");
});

test("issue 13, 3.3: the Enter that ends a composition opens no result of the search", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  await page.keyboard.press("Control+K");
  const dialog = page.getByRole("dialog", { name: "Search" });
  await dialog.getByRole("searchbox").fill("history");
  await expect(dialog.getByRole("link").first()).toBeVisible();
  // Safari has ended the composition by then: isComposing is false.
  await press(page, { key: "Enter", code: "Enter", keyCode: 229 });
  await noticed(page);
  await expect(dialog).toBeVisible();
  await expectAt(page, "/settings/display");
  await press(page, { key: "Enter", code: "Enter", keyCode: 13 });
  await expect(dialog).toBeHidden();
});

test("two strokes make one shortcut", async ({ page, stored }) => {
  await visit(page, "/settings/shortcuts");
  await recorder(page, "Go to History").click();
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await expect(recorder(page, "Go to History")).toHaveAccessibleName(/G H/);
  await saved(page);
  expect(await stored.value("keyboardShortcuts.customBindings.page2")).toBe("G H");
  await rest(page);
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await expectAt(page, "/history");
});

for (const { keys, says } of [
  { keys: ["Control+E"], says: /Ctrl\+E is already the shortcut for "Export"/ },
  { keys: ["Control+W"], says: /Ctrl\+W belongs to the browser/ },
  { keys: ["a", "b"], says: /A B and A \("Approve"\) start with the same keys/ },
]) {
  test(`a conflict is named before anything is saved: ${keys.join(" ")}`, async ({ page, account }) => {
    void account;
    const sent = recordSaves(page);
    await visit(page, "/settings/shortcuts");
    await recorder(page, "Open search").click();
    if (keys[0] === "Control+W") {
      // The browser itself would take this one.
      await recorder(page, "Open search").evaluate((element) =>
        element.dispatchEvent(new KeyboardEvent("keydown", { key: "w", ctrlKey: true, bubbles: true, cancelable: true })),
      );
    } else {
      for (const key of keys) {
        await page.keyboard.press(key);
      }
    }
    const row = page.locator("#open-search");
    await expect(row).toContainText(says);
    await noticed(page);
    expect(sent).toEqual([]);
    // Taking another one settles it.
    await recorder(page, "Open search").click();
    await page.keyboard.press("Control+J");
    await saved(page);
    await expect(row).not.toContainText(says);
    expect(sent.map((save) => save.body)).toEqual([{ keyboardShortcuts: { customBindings: { openSearch: "Ctrl+J" } } }]);
  });
}

test("Esc ends recording and changes nothing", async ({ page, account }) => {
  void account;
  const sent = recordSaves(page);
  await visit(page, "/settings/shortcuts");
  await recorder(page, "Open search").click();
  await page.keyboard.press("Escape");
  await expect(recorder(page, "Open search")).toHaveAccessibleName(/Ctrl\+K/);
  await expect(recorder(page, "Open search")).not.toHaveText("Press keys…");
  await noticed(page);
  expect(sent).toEqual([]);
});

test("a shortcut can be taken away, and reset", async ({ page, stored }) => {
  await visit(page, "/settings/shortcuts");
  const row = page.locator("#open-search");
  await row.getByRole("button", { name: "None for Open search" }).click();
  await expect(recorder(page, "Open search")).toHaveText("None");
  await saved(page);
  expect(await stored.value("keyboardShortcuts.customBindings.openSearch")).toBe("none");
  await rest(page);
  await page.keyboard.press("Control+K");
  await noticed(page);
  await expect(page.getByRole("dialog", { name: "Search" })).toBeHidden();
  await page.getByRole("button", { name: "Reset Open search to default" }).click();
  await expect(recorder(page, "Open search")).toHaveAccessibleName(/Ctrl\+K/);
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({});
  await rest(page);
  await page.keyboard.press("Control+K");
  await expect(page.getByRole("dialog", { name: "Search" })).toBeVisible();
});

test("? lists the shortcuts as they are bound", async ({ page, stored }) => {
  await stored.patch({ keyboardShortcuts: { customBindings: { openSearch: "Ctrl+J", page1: "none" } } });
  await visit(page, "/settings/display");
  await rest(page);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText(/Open search\s*Ctrl\s*J/);
  await expect(dialog).toContainText(/Go to Settings\s*None/);
  await expect(dialog).toContainText(/Export\s*Ctrl\s*E/);
  await expect(dialog.getByText("Generate all drafts"), "which acts on nothing yet").toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("shortcuts keep quiet while somebody types or a dialog is open", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/export");
  await page.getByRole("searchbox", { name: "Search settings" }).focus();
  await page.keyboard.press("2");
  await page.keyboard.press("?");
  await expect(page.getByRole("searchbox", { name: "Search settings" })).toHaveValue("2?");
  await noticed(page);
  await expect(page).toHaveURL((url) => url.pathname === "/settings/export");
  await page.getByRole("searchbox", { name: "Search settings" }).fill("");
  await numberField(page, "Compression threshold").focus();
  await page.keyboard.press("2");
  await expect(page).toHaveURL((url) => url.pathname === "/settings/export");
  await rest(page);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("2");
  await page.keyboard.press("Control+K");
  await noticed(page);
  await expect(page).toHaveURL((url) => url.pathname === "/settings/export");
  await expect(page.getByRole("dialog", { name: "Search" })).toBeHidden();
});

test("single keys go to pages, until they are switched off as a group", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/shortcuts");
  await rest(page);
  await page.keyboard.press("3");
  await expectAt(page, "/settings/notifications");
  await page.goBack();
  await expectAt(page, "/settings/shortcuts");
  await switchOf(page, "Single-key shortcuts").click();
  await saved(page);
  await rest(page);
  await page.keyboard.press("3");
  await page.keyboard.press("?");
  await noticed(page);
  await expectAt(page, "/settings/shortcuts");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeHidden();
  await page.keyboard.press("Control+K");
  await expect(page.getByRole("dialog", { name: "Search" })).toBeVisible();
});

test("all of them can be switched off", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/shortcuts");
  await switchOf(page, "Keyboard shortcuts").click();
  await saved(page);
  await rest(page);
  await page.keyboard.press("Control+K");
  await page.keyboard.press("?");
  await noticed(page);
  await expect(page.getByRole("dialog", { name: "Search" })).toBeHidden();
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeHidden();
});

test("on a Mac the keys have their names there", async ({ page, account }) => {
  void account;
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "platform", { get: () => "MacIntel" }));
  await visit(page, "/settings/display");
  await rest(page);
  await page.keyboard.press("Meta+K");
  await expect(page.getByRole("dialog", { name: "Search" })).toBeVisible();
  await page.keyboard.press("Escape");
  await rest(page);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toContainText("⌘");
});
