// Numbers as people write them: with a comma or a point, in groups, by keys; never by a turn of the
// mouse wheel.
import { aiConfiguration, saveBar, saveButton } from "./support/ai";
import { signInAsAdministrator } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";
import { noticed, numberField, recordSaves, saved, slider } from "./support/settings";

test("a decimal comma typed into the daily budget is a decimal comma", async ({ page, account, context }) => {
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

test("what can mean two numbers is asked about, and not saved before the answer", async ({ page, account, context }) => {
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

test("no number changes under the mouse wheel; the arrow keys step", async ({ page, stored }) => {
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
  await expect(page.getByText("Enter a whole number from 1 to 1000.")).toBeVisible();
  await expect(keep).toBeFocused();
  await noticed(page);
  expect(sent).toBe(0);
});
