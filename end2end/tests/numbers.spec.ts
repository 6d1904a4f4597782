// Numbers as people write them: with a comma or a point, in groups, by keys; never by a turn of the
// mouse wheel.
import type { Locator } from "@playwright/test";
import { aiConfiguration, nothingToSave, patchAi, saveBar, saveButton } from "./support/ai";
import { makeOrganization, serverUrl, signInAsAdministrator } from "./support/accounts";
import { Api } from "./support/api";
import { expect, test, visit } from "./support/fixtures";
import { choice, noticed, numberField, recordSaves, saved, slider } from "./support/settings";

/** A field that shows this number and says nothing against it. */
async function isSettled(field: Locator, value: string): Promise<void> {
  await expect(field).toHaveValue(value);
  await expect(field).not.toHaveAttribute("aria-invalid");
  await expect(field).not.toHaveAttribute("data-unread");
}

test("issue 13, 2.1: a decimal comma typed into the daily budget is a decimal comma", async ({ page, account, context }) => {
  void account;
  await visit(page, "/ai/costs");
  const budget = numberField(page, "Daily budget");
  await budget.fill("");
  await budget.pressSequentially("7,5");
  await expect(page.getByText("= $7.50")).toBeVisible();
  await saveButton(page).click();
  await expect(budget).toHaveValue("7.50");
  await expect(saveBar(page).getByText(/^Saved/)).toBeVisible();
  expect((await aiConfiguration(context)).effective.costBudget.dailyBudget).toBe(7.5);
});

test("a decimal comma in a threshold that saves itself is one too", async ({ page, stored }) => {
  await visit(page, "/settings/quality");
  const lowest = numberField(page, "Minimum acceptable");
  await lowest.fill("");
  await lowest.pressSequentially("0,5");
  await expect(page.getByText("= 0.5")).toBeVisible();
  await lowest.press("Enter");
  await saved(page);
  expect(await stored.value("qualityThresholds.minimumAcceptable")).toBe(0.5);
});

test("issue 13, 2.1: what can mean two numbers is asked about, and not saved before the answer", async ({ page, account, context }) => {
  void account;
  await visit(page, "/ai/costs");
  const budget = numberField(page, "Daily budget");
  await budget.fill("1,234");
  await budget.press("Tab");
  await expect(budget).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("1,234 can mean 1234 or 1.234.")).toBeVisible();
  await expect(saveButton(page)).toBeDisabled();
  await page.getByRole("button", { name: "$1.234", exact: true }).click();
  await expect(budget).toHaveValue("1.2340");
  await saveButton(page).click();
  await expect(saveBar(page).getByText(/^Saved/)).toBeVisible();
  expect((await aiConfiguration(context)).effective.costBudget.dailyBudget).toBe(1.234);
});

test("issue 13, 2.1: no number changes under the mouse wheel; the arrow keys step", async ({ page, stored }) => {
  await visit(page, "/settings/quality");
  const saves = recordSaves(page);
  for (const field of [numberField(page, "Flagging"), slider(page, "Flagging")]) {
    await field.focus();
    await field.hover();
    await page.mouse.wheel(0, 300);
    await page.mouse.wheel(0, -900);
  }
  await expect(numberField(page, "Flagging")).toHaveValue("6.0");
  await noticed(page);
  expect(saves).toEqual([]);
  await numberField(page, "Flagging").press("ArrowUp");
  await expect(numberField(page, "Flagging")).toHaveValue("6.1");
  await saved(page);
  expect(await stored.value("qualityThresholds.flagging")).toBe(6.1);
});

test("a form is not sent while a number in it could not be read", async ({ page, context }) => {
  await signInAsAdministrator(context);
  await visit(page, "/database/backups");
  const keep = numberField(page, "Keep");
  await keep.fill("1,5");
  let sent = 0;
  page.on("request", (request) => (sent += request.method() === "PUT" ? 1 : 0));
  await keep.press("Enter");
  await expect(page.getByText("Enter a whole number from 1 to 1,000.")).toBeVisible();
  await expect(keep).toBeFocused();
  await noticed(page);
  expect(sent).toBe(0);
});

test("issue 13, 2.1: a form that is emptied sends what it then shows", async ({ page, context, account }) => {
  void account;
  await new Api(context.request, serverUrl()).post("/api/ai-configuration/rotate-key", {
    body: { newPrimaryKey: "sk-ant-api03-from-the-browser-a1b2", scope: "person" },
  });
  await visit(page, "/ai/keys");
  const begin = page.getByRole("button", { name: "Rotate…" });
  const dialog = page.getByRole("dialog", { name: "Rotate the API key?" });
  const grace = dialog.getByRole("spinbutton", { name: "Grace" });
  for (const typed of ["0", "1,5"]) {
    await begin.click();
    await isSettled(grace, "24");
    await grace.fill(typed);
    await grace.press("Tab");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(dialog).toBeHidden();
  }
  await begin.click();
  await isSettled(grace, "24");
  await expect(dialog.getByText("Enter a whole number")).toHaveCount(0);
  await dialog.getByLabel("New key").fill("sk-ant-api03-from-the-browser-c3d4");
  const sent = page.waitForRequest((request) => request.url().endsWith("/rotate-key"));
  await dialog.getByRole("button", { name: "Rotate" }).click();
  expect((await sent).postDataJSON().graceHours).toBe(24);
});

test("a dialog that opens again has forgotten what could not be read", async ({ page, context, account }) => {
  void account;
  await patchAi(context, { rateLimiting: { requestsPerMinute: 40 } });
  await visit(page, "/ai/limits");
  const dialog = page.getByRole("dialog", { name: "Priority" });
  const priority = dialog.getByRole("spinbutton", { name: "Priority" });
  await page.getByRole("button", { name: "Priority… Default" }).click();
  await priority.fill("1,5");
  await priority.press("Tab");
  await expect(priority).toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Priority… Default" }).click();
  await isSettled(priority, "0");
  await dialog.getByRole("button", { name: "Review… Default" }).click();
  await expect(page.getByRole("dialog", { name: "Set the priority of “Default” to 0?" })).toBeVisible();
});

test("what is said of a number ends with its text, and is said again when that comes back", async ({ page, context, account }) => {
  void account;
  await patchAi(context, { costBudget: { dailyBudget: 6 } });
  await patchAi(context, { costBudget: { dailyBudget: 5 } }, { configName: "Night" });
  await visit(page, "/ai/costs");
  const configuration = page.getByRole("combobox", { name: "Configuration" });
  const budget = numberField(page, "Daily budget");
  await expect(configuration).toHaveValue("Night");
  await budget.fill("abc");
  await budget.press("Tab");
  await expect(budget).toHaveAttribute("aria-invalid", "true");
  await saveBar(page).getByRole("button", { name: "Discard" }).click();
  await isSettled(budget, "5.00");

  await budget.fill("1,234");
  await budget.press("Tab");
  const readings = page.getByText("Which one?");
  await expect(readings).toBeVisible();
  await configuration.selectOption("Default");
  await isSettled(budget, "6.00");
  await expect(readings).toHaveCount(0);
  await configuration.selectOption("Night");
  await expect(budget).toHaveValue("1,234");
  await page.getByRole("button", { name: "$1.234", exact: true }).click();
  await isSettled(budget, "1.2340");
});

test("nothing is saved beside a number that could not be read, nor the beginning of one", async ({ page, context, account }) => {
  void account;
  await patchAi(context, { model: { temperature: 0.5 } });
  await visit(page, "/ai/model");
  const temperature = numberField(page, "Temperature");
  await temperature.fill("");
  await temperature.pressSequentially("0.7x");
  await temperature.press("Tab");
  await expect(temperature).toHaveAttribute("aria-invalid", "true");
  await nothingToSave(page);
  await numberField(page, "Maximum tokens").fill("5000");
  await saveButton(page).click();
  await expect(temperature).toBeFocused();
  await temperature.fill("0.6");
  await saveButton(page).click();
  await expect(saveBar(page).getByText(/^Saved/)).toBeVisible();
  const { model } = (await aiConfiguration(context)).effective;
  expect([model.temperature, model.maxTokens]).toEqual([0.6, 5000]);
});

test("a number that could not be read goes with the edits that are discarded", async ({ page, context, account }) => {
  void account;
  await makeOrganization(context);
  await visit(page, "/organization/defaults");
  const [flagging, approval] = [numberField(page, "Flagging"), numberField(page, "Auto-approval")];
  const bar = page.getByRole("region", { name: "Changes of the defaults" });
  await flagging.fill("7");
  // One that was edited before, and one that was not.
  for (const field of [flagging, approval]) {
    await field.fill("abc");
    await field.press("Tab");
    await expect(field).toHaveAttribute("aria-invalid", "true");
  }
  await bar.getByRole("button", { name: "Discard" }).click();
  await isSettled(flagging, "6.0");
  await isSettled(approval, "8.0");
  await choice(page, "Table density", "Compact").click();
  await bar.getByRole("button", { name: "Review and save…" }).click();
  await expect(page.getByRole("dialog", { name: "Save these defaults?" })).toBeVisible();
});
