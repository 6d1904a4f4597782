// One's preferences as a file: out, back in with a preview, and what is wrong with a bad one.
import { readFile } from "node:fs/promises";
import { expect, test, visit } from "./support/fixtures";
import { choice, saved } from "./support/settings";

test("what was exported is imported again, with a preview and undo", async ({ page, stored }) => {
  await stored.patch({ theme: "dark", defaultFilters: { qualityRange: [2.5, 9] }, keyboardShortcuts: { customBindings: { export: "none" } } });
  await visit(page, "/settings/account");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("train-preferences.json");
  const text = await readFile(await download.path(), "utf8");
  const original = (await stored.preferences()).overrides;
  expect(JSON.parse(text).overrides).toEqual(original);

  await stored.patch({ theme: "light", rowsPerPage: 10, defaultFilters: { qualityRange: null } });
  // The preview below is against what this page knows.
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await page.getByLabel("Import a file").setInputFiles({ name: "mine.json", mimeType: "application/json", buffer: Buffer.from(text) });
  const dialog = page.getByRole("dialog", { name: "Import these preferences?" });
  await expect(dialog.getByRole("listitem").filter({ hasText: /Theme.*Light.*Dark/ })).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: /Removed.*Rows per page.*10/ })).toBeVisible();
  await dialog.getByRole("button", { name: "Import" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual(original);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect((await stored.history())[0]?.action).toBe("imported");

  await page.getByRole("button", { name: "Undo" }).first().click();
  await saved(page);
  await expect.poll(async () => (await stored.preferences()).overrides).toMatchObject({ theme: "light", rowsPerPage: 10 });
});

for (const { what, text, says } of [
  { what: "no JSON", text: "{", says: /not JSON/ },
  { what: "another file", text: '{"name": "package"}', says: /not a file of Train preferences/ },
  { what: "a wrong value", text: '{"trainPreferences": 1, "overrides": {"theme": "pink", "rowsPerPage": 7}}', says: /Theme must be one of/ },
]) {
  test(`a file that cannot be imported says why: ${what}`, async ({ page, stored }) => {
    await visit(page, "/settings/account");
    await page.getByLabel("Import a file").setInputFiles({ name: "bad.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await expect(page.getByRole("alert").filter({ hasText: says })).toBeVisible();
    await expect(page.getByRole("dialog", { name: "Import these preferences?" })).toBeHidden();
    expect(await stored.history()).toEqual([]);
  });
}

test("issue 13, 3.3: a file in UTF-16 is imported, and one in an encoding that cannot be told apart says so", async ({ page, stored }) => {
  await visit(page, "/settings/account");
  const text = '{"trainPreferences": 1, "overrides": {"theme": "dark"}}';
  const choose = (buffer: Buffer) =>
    page.getByLabel("Import a file").setInputFiles({ name: "mine.json", mimeType: "application/json", buffer });
  await choose(Buffer.from(text.replace("dark", "d\xE4rk"), "latin1"));
  await expect(page.getByRole("alert").filter({ hasText: /neither UTF-8 nor UTF-16.*Windows-1252/ })).toBeVisible();
  await choose(Buffer.from(`\uFEFF${text}`, "utf16le"));
  const dialog = page.getByRole("dialog", { name: "Import these preferences?" });
  await dialog.getByRole("button", { name: "Import" }).click();
  await expect.poll(() => stored.value("theme")).toBe("dark");
});

test("the Undo of a reset takes back the reset and nothing that came after it", async ({ page, stored }) => {
  await stored.patch({ theme: "dark", rowsPerPage: 25 });
  await visit(page, "/settings/display");
  await page.getByRole("button", { name: "Reset section" }).first().click();
  await page.getByRole("dialog", { name: "Reset display?" }).getByRole("button", { name: "Reset section" }).click();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({});
  await choice(page, "Table density", "Compact").click();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({ tableDensity: "compact" });
  await page.getByRole("region", { name: "Messages" }).getByRole("button", { name: "Undo" }).click();
  // Twenty-five is also the default; it was chosen all the same.
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 25, tableDensity: "compact" });
});

test("resetting everything asks first, and can be taken back", async ({ page, stored }) => {
  await stored.patch({ theme: "dark", rowsPerPage: 10 });
  await visit(page, "/settings/account");
  await page.getByRole("button", { name: "Reset everything…" }).click();
  const dialog = page.getByRole("dialog", { name: "Reset everything?" });
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 10 });
  await page.getByRole("button", { name: "Reset everything…" }).click();
  await dialog.getByRole("button", { name: "Reset everything", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({});
  await page.getByRole("button", { name: "Undo" }).first().click();
  await expect.poll(async () => (await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 10 });
});
