// Behaviour 1: edits save themselves 300 ms after the last one, all of them in one request.
import { expect, test } from "./support/fixtures";
import { choice, noticed, numberField, recordSaves, rowsPerPage, saved, slider, status, switchOf, visitStopped } from "./support/settings";

test("an edit is unsent at 299 ms and sent at 300 ms", async ({ page, account, stored }) => {
  void account;
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await page.clock.runFor(299);
  await noticed(page);
  expect(sent).toEqual([]);
  await page.clock.runFor(1);
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ theme: "dark" }]);
  expect(await stored.value("theme")).toBe("dark");
});

test("each edit starts the 300 ms anew", async ({ page, account }) => {
  void account;
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await page.clock.runFor(200);
  await choice(page, "Theme", "Light").click();
  await page.clock.runFor(299);
  await noticed(page);
  expect(sent).toEqual([]);
  await page.clock.runFor(1);
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ theme: "light" }]);
});

test("ten edits of one field make one request with the last value, and one row of history", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/display");
  for (let edit = 0; edit < 10; edit += 1) {
    await choice(page, "Table density", edit % 2 === 0 ? "Spacious" : "Compact").click();
    await page.clock.runFor(25);
  }
  await page.clock.runFor(300);
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ tableDensity: "compact" }]);
  const history = await stored.history();
  expect(history).toHaveLength(1);
  expect(history[0]?.changes).toEqual([expect.objectContaining({ path: "tableDensity", new: "compact" })]);
});

test("a slider moved by ten presses of an arrow key makes one request", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/quality");
  await slider(page, "Auto-approval").focus();
  for (let press = 0; press < 10; press += 1) {
    await page.keyboard.press("ArrowRight");
    await page.clock.runFor(25);
  }
  await page.clock.runFor(300);
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ qualityThresholds: { autoApproval: 9 } }]);
  expect(await stored.history()).toHaveLength(1);
});

test("three fields edited within the time are all saved, by one request", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await page.clock.runFor(100);
  await rowsPerPage(page).selectOption("50");
  await page.clock.runFor(100);
  await switchOf(page, "Animations").click();
  await page.clock.runFor(300);
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ theme: "dark", rowsPerPage: 50, enableAnimations: false }]);
  const { overrides } = await stored.preferences();
  expect(overrides).toEqual({ theme: "dark", rowsPerPage: 50, enableAnimations: false });
  expect(await stored.history()).toHaveLength(1);
});

test("what is not stored yet is never called saved", async ({ page, stored }) => {
  await visitStopped(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await expect(status(page)).toHaveText("Saving…");
  await page.clock.runFor(300);
  await saved(page);
  await choice(page, "Theme", "Light").click();
  await expect(choice(page, "Theme", "Light")).toBeChecked();
  await expect(status(page)).toHaveText("Saving…");
  await page.clock.runFor(300);
  await saved(page);
  expect(await stored.value("theme")).toBe("light");
});

test("on and off again within the time sends nothing", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/notifications");
  await switchOf(page, "E-mail").click();
  await expect(switchOf(page, "E-mail")).toBeChecked();
  await page.clock.runFor(100);
  await switchOf(page, "E-mail").click();
  await expect(switchOf(page, "E-mail")).not.toBeChecked();
  await page.clock.runFor(5_000);
  await noticed(page);
  expect(sent).toEqual([]);
  await expect(status(page)).toHaveText("");
  expect(await stored.history()).toEqual([]);
});

test("a number saves at once when it is finished by Enter or by leaving the field", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/export");
  await numberField(page, "Compression threshold").fill("50");
  await page.keyboard.press("Enter");
  await saved(page);
  expect(sent.map((save) => save.body)).toEqual([{ exportPreferences: { autoCompressionThreshold: 50 } }]);
  await numberField(page, "Compression threshold").fill("75");
  await page.keyboard.press("Tab");
  await expect.poll(() => sent.length).toBe(2);
  await saved(page);
  expect(await stored.value("exportPreferences.autoCompressionThreshold")).toBe(75);
});

test("a number that is not allowed is told in place and never sent", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/export");
  const field = numberField(page, "Compression threshold");
  await field.fill("0");
  await page.keyboard.press("Tab");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/from 1 to 10,000/);
  await page.clock.runFor(5_000);
  await noticed(page);
  expect(sent).toEqual([]);
  await field.fill("20");
  await page.keyboard.press("Tab");
  await saved(page);
  await expect(field).not.toHaveAttribute("aria-invalid", "true");
  expect(await stored.value("exportPreferences.autoCompressionThreshold")).toBe(20);
});

for (const { address, setting, typed, path } of [
  { address: "/settings/export", setting: "Compression threshold", typed: "1,5", path: "exportPreferences.autoCompressionThreshold" },
  { address: "/settings/export", setting: "Compression threshold", typed: "99999", path: "exportPreferences.autoCompressionThreshold" },
  { address: "/settings/quality", setting: "Auto-approval", typed: "99999999", path: "qualityThresholds.autoApproval" },
]) {
  test(`of ${typed}, which is no value of ${setting}, no beginning is stored`, async ({ page, stored }) => {
    const sent = recordSaves(page);
    const before = await stored.value(path);
    await visitStopped(page, address);
    const field = numberField(page, setting);
    await field.fill("");
    await field.pressSequentially(typed);
    await field.press("Tab");
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await page.clock.runFor(5_000);
    await noticed(page);
    expect(sent).toEqual([]);
    await expect(status(page)).toHaveText("");
    await expect(field).toHaveValue(typed);
    expect(await stored.value(path)).toBe(before);
  });
}

test("the beginning of a text that was stored during a pause is taken back when the whole is no number", async ({ page, stored }) => {
  const sent = recordSaves(page);
  const before = await stored.value("exportPreferences.autoCompressionThreshold");
  await visitStopped(page, "/settings/export");
  const field = numberField(page, "Compression threshold");
  await field.fill("");
  await field.pressSequentially("1");
  await page.clock.runFor(300);
  await saved(page);
  await field.pressSequentially(",5");
  await field.press("Tab");
  await page.clock.runFor(300);
  await expect.poll(() => sent.length).toBe(2);
  await expect(status(page)).toHaveText("");
  await expect(field).toHaveValue("1,5");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  expect(await stored.value("exportPreferences.autoCompressionThreshold")).toBe(before);
});

test("a set of choices that is emptied is told to need one, and is not sent", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/filters");
  await choice(page, "Tiers", "Only these").click();
  const tiers = page.getByRole("group", { name: "Tiers" });
  for (const tier of ["Template", "Scenario", "Edge case"]) {
    await tiers.getByRole("checkbox", { name: tier }).uncheck();
  }
  await expect(page.locator("#tier")).toContainText(/must be/);
  await page.clock.runFor(1_000);
  await noticed(page);
  expect(sent).toEqual([]);
  await tiers.getByRole("checkbox", { name: "Scenario" }).check();
  await page.clock.runFor(300);
  await saved(page);
  expect(await stored.value("defaultFilters.tier")).toEqual(["scenario"]);
});

test("a value that breaks a rule with another waits, and goes with its repair in one request", async ({ page, stored }) => {
  const sent = recordSaves(page);
  await visitStopped(page, "/settings/quality");
  const flagging = numberField(page, "Flagging");
  await flagging.fill("8.5");
  await expect(flagging).toHaveAccessibleDescription(/at most|must/);
  await page.clock.runFor(1_000);
  await noticed(page);
  expect(sent).toEqual([]);
  await numberField(page, "Auto-approval").fill("9");
  await page.clock.runFor(300);
  await saved(page);
  expect(await stored.value("qualityThresholds")).toEqual({ autoApproval: 9, flagging: 8.5, minimumAcceptable: 4 });
  expect(await stored.history()).toHaveLength(1);
});
