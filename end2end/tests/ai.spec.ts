// AI configuration: nothing changes before it is saved, what costs money is asked about, and generation obeys it.
import { join, makeOrganization, serverUrl, signInAsAdministrator, signUp } from "./support/accounts";
import { aiConfiguration, nothingToSave, patchAi, saveBar, saveButton } from "./support/ai";
import { expect, test, visit } from "./support/fixtures";
import { choice, deafen, numberField, slider } from "./support/settings";

test("a draft is saved only on Save, stands beside what applies, and survives a look at other pages", async ({ page, context, account }) => {
  void account;
  await visit(page, "/ai/limits");
  await nothingToSave(page);
  await expect(saveButton(page)).toHaveCount(0);
  await numberField(page, "Requests per minute").fill("40");
  await expect(saveBar(page)).toContainText("1 change is not saved.");
  await expect(page.locator("#rate-limiting-requests-per-minute")).toContainText("Applies now: 50 requests");
  const tabs = page.getByRole("navigation", { name: "AI configuration" });
  await tabs.getByRole("link", { name: "Timeouts" }).click();
  await expect(saveBar(page)).toContainText("1 change is not saved.");
  expect((await aiConfiguration(context)).userConfigurations).toEqual([]);
  const frame = page.getByRole("navigation", { name: "Main" });
  await frame.getByRole("link", { name: "Generate" }).click();
  await expect(page.getByRole("heading", { name: "Generate", level: 1 })).toBeVisible();
  await frame.getByRole("link", { name: "AI configuration" }).click();
  await expect(saveBar(page), "another page loses nothing").toContainText("1 change is not saved.");
  await saveButton(page).click();
  await expect(saveBar(page)).toContainText("Saved.");
  await expect(saveBar(page), "the button that had focus has nothing left to do").toBeFocused();
  const stored = await aiConfiguration(context);
  expect(stored.userConfigurations).toMatchObject([
    { configName: "Default", configuration: { rateLimiting: { requestsPerMinute: 40 } }, isActive: true },
  ]);
  await page.reload();
  await tabs.getByRole("link", { name: "Rate limits & retries" }).click();
  await expect(numberField(page, "Requests per minute")).toHaveValue("40");
  await expect(page.locator("#rate-limiting-requests-per-minute")).toContainText("Modified");
});

test("what breaks a rule is told at its field and cannot be saved", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/costs");
  await numberField(page, "Daily budget").fill("900");
  await expect(page.getByText("Daily budget ($900.00) must be at most the weekly budget ($500.00).")).toBeVisible();
  await expect(saveButton(page)).toHaveAttribute("aria-disabled", "true");
  await expect(saveBar(page)).toContainText("Some values are not allowed yet");
  await saveBar(page).getByRole("button", { name: "Discard" }).click();
  await expect(numberField(page, "Daily budget")).toHaveValue("100.00");
  await nothingToSave(page);
  await page.getByRole("textbox", { name: "Alert thresholds" }).fill("90, 50");
  await expect(page.getByText("Enter 1 to 10 rising whole percentages, such as 50, 75, 90.")).toBeVisible();
});

test("a decimal comma in a threshold is no second threshold, and what was understood is shown", async ({ page, context, account }) => {
  void account;
  await visit(page, "/ai/costs");
  const thresholds = page.getByRole("textbox", { name: "Alert thresholds" });
  await thresholds.fill("2,5 50 90");
  await expect(page.getByText("“2,5” can be one percentage or two.")).toBeVisible();
  await expect(saveButton(page)).toBeDisabled();
  await thresholds.fill("2,5; 50; 90");
  await expect(page.getByText("= 2.5 %, 50 %, 90 %")).toBeVisible();
  await expect(page.getByText("Enter 1 to 10 rising whole percentages")).toBeVisible();
  await thresholds.fill("2;50 90");
  await expect(page.getByText("= 2 %, 50 %, 90 %")).toBeVisible();
  await thresholds.press("Tab");
  await expect(thresholds).toHaveValue("2, 50, 90");
  await expect(page.getByText("= 2 %")).toHaveCount(0);
  await saveButton(page).click();
  await expect(saveBar(page).getByText(/^Saved/)).toBeVisible();
  expect((await aiConfiguration(context)).effective.costBudget.alertThresholds).toEqual([0.02, 0.5, 0.9]);
});

test("more money is confirmed, with the difference and a reason", async ({ page, context, account }) => {
  void account;
  await visit(page, "/ai/costs");
  await numberField(page, "Daily budget").fill("250");
  await choice(page, "Enforcement", "Only warn").click();
  await saveButton(page).click();
  const dialog = page.getByRole("dialog", { name: "Save these changes?" });
  await expect(dialog.getByRole("listitem").filter({ hasText: /Daily budget.*\$100\.00.*\$250\.00/ })).toBeVisible();
  await expect(dialog).toContainText("Requests go on when a budget is used up.");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await aiConfiguration(context)).userConfigurations).toEqual([]);
  await expect(saveBar(page)).toContainText("2 changes are not saved.");
  await saveButton(page).click();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("More drafts this week");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(saveBar(page)).toContainText("Saved.");
  expect((await aiConfiguration(context)).effective.costBudget).toMatchObject({ dailyBudget: 250, enforcement: "alert" });
  await page.getByRole("link", { name: "History", exact: true }).last().click();
  await expect(page.getByRole("main").getByRole("listitem").filter({ hasText: "More drafts this week" }).first()).toBeVisible();
});

test("a number that is too large is told of while it is typed", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/limits");
  const delay = numberField(page, "Base delay");
  await delay.fill("");
  await delay.pressSequentially("70000");
  await expect(delay).toBeFocused();
  await expect(delay).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("Enter a whole number from 0 to 60,000.")).toBeVisible();
  await expect(saveButton(page)).toHaveAttribute("aria-disabled", "true");
  await delay.press("Backspace");
  await expect(delay).not.toHaveAttribute("aria-invalid");
  await expect(saveButton(page)).toBeEnabled();
});

test("a ceiling that cannot be is told of while it is typed", async ({ page, context, account }) => {
  void account;
  await makeOrganization(context);
  await visit(page, "/ai/costs?scope=organization");
  const ceilings = page.getByRole("region", { name: "Ceilings" });
  const field = (name: string) => ceilings.getByRole("spinbutton", { name });
  await field("Weekly budget (USD)").fill("20");
  await field("Daily budget (USD)").fill("50");
  const why = ceilings.getByText("The ceiling of the daily budget must be at most that of the weekly budget.");
  await expect(why).toBeVisible();
  await expect(field("Daily budget (USD)")).toHaveAttribute("aria-invalid", "true");
  await field("Weekly budget (USD)").fill("200");
  await expect(why).toHaveCount(0);
  await ceilings.getByRole("button", { name: "Save ceilings" }).click();
  await expect(ceilings).toContainText("Saved. Applies to every member at once.");
});

test("what is not saved shows its effect before it is", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/effective");
  const values = page.locator("#ai-effective");
  await expect(values.getByRole("heading", { name: "Effective configuration" })).toBeVisible();
  const tabs = page.getByRole("navigation", { name: "AI configuration" });
  await tabs.getByRole("link", { name: "Rate limits & retries" }).click();
  await numberField(page, "Requests per minute").fill("40");
  await tabs.getByRole("link", { name: "Effective" }).click();
  await expect(values.getByRole("heading", { name: "After saving" })).toBeVisible();
  await expect(values.getByRole("row", { name: /Requests per minute/ })).toContainText(/40 requests\s*Now: 50 requests/);
  await saveButton(page).click();
  await expect(values.getByRole("heading", { name: "Effective configuration" })).toBeVisible();
  await expect(values.getByRole("row", { name: /Requests per minute/ })).toContainText("Person");
});

test("sampling follows the model", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/model");
  await expect(slider(page, "Temperature")).toBeEnabled();
  await slider(page, "Temperature").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#model-top-p")).toContainText("takes temperature or top P, not both");
  await expect(page.getByRole("button", { name: "Set Top P" })).toBeDisabled();
  await saveBar(page).getByRole("button", { name: "Discard" }).click();
  await page.getByRole("combobox", { name: "Model", exact: true }).selectOption("claude-sonnet-5-5");
  await expect(page.locator("#model-temperature")).toContainText("takes neither temperature nor top P");
  await expect(page.getByRole("button", { name: "Set Temperature" })).toBeDisabled();
});

test("an effort that the model does not take is refused beside it", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/model");
  const effort = page.locator("#model-effort");
  const model = page.getByRole("combobox", { name: "Model", exact: true });
  await effort.getByRole("radio", { name: "Extra high" }).check();
  await expect(effort).toContainText("takes the efforts low, medium, high and max. Choose one of them.");
  await expect(saveButton(page)).toBeDisabled();
  await model.selectOption("claude-opus-5");
  await expect(effort).not.toContainText("Choose one of them");
  await saveBar(page).getByRole("button", { name: "Discard" }).click();
  // Nobody chose one: the lowest applies to a model that thinks, and none is sent to one that takes none.
  await model.selectOption("claude-opus-5-5");
  await expect(effort.getByRole("radio", { name: "Low" })).toBeChecked();
  await expect(page.locator("#model-model")).toContainText("Always thinks before it answers");
  await model.selectOption("claude-haiku-4-5");
  await expect(effort).toContainText("takes no effort");
  await expect(effort.getByRole("radio", { name: "Low" })).toBeDisabled();
});

test("a model that retires is told of, with a way out in one click", async ({ page, context, account, browser }) => {
  void account;
  // An administrator learns of another day than the program knows of, so that this holds whatever day it is.
  const administrator = await browser.newContext();
  await signInAsAdministrator(administrator);
  const retires = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  const corrected = await administrator.request.patch(`${serverUrl()}/api/ai-configuration/models/claude-sonnet-4-5-20250929`, {
    data: { entry: { retires, replacement: "claude-sonnet-4-6" } },
    headers: { origin: serverUrl() },
  });
  expect(corrected.status(), await corrected.text()).toBe(200);
  await administrator.close();
  await visit(page, "/ai/model");
  const models = page.getByRole("combobox", { name: "Model", exact: true });
  await expect(models.getByRole("option", { name: /Claude Sonnet 4\.5 .* · retires \d+ \w+ \d+/ })).toHaveCount(1);
  await models.selectOption("claude-sonnet-4-5-20250929");
  await expect(page.locator("#model-model"), "before it is saved").toContainText("Claude Sonnet 4.5 retires in");
  await saveButton(page).click();
  const question = page.getByRole("dialog", { name: "Save these changes?" });
  await expect(question).toContainText("Claude Sonnet 4.5 retires in");
  await expect(question).not.toContainText("other prices");
  await question.getByRole("button", { name: "Save" }).click();
  await expect(question).toBeHidden();
  await expect(page.getByRole("status").filter({ hasText: /Claude Sonnet 4\.5 retires in (9|10|11) days/ })).toBeVisible();
  await page.getByRole("button", { name: "Switch to Claude Sonnet 4.6" }).click();
  await page.getByRole("dialog", { name: "Save these changes?" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Switch to Claude Sonnet 4.6" })).toBeHidden();
  expect((await aiConfiguration(context)).effective.model.model).toBe("claude-sonnet-4-6");
});

test("somebody else's save is not overwritten", async ({ page, context, account, guard }) => {
  void account;
  guard.allowFailedRequest(/api\/ai-configuration/, 409);
  // Otherwise it would know before it saves.
  await deafen(page);
  await patchAi(context, { timeouts: { connectionTimeout: 5000 } });
  await visit(page, "/ai/timeouts");
  await numberField(page, "Total timeout").fill("200000");
  await patchAi(context, { timeouts: { connectionTimeout: 6000 } });
  await saveButton(page).click();
  await expect(saveBar(page)).toContainText("This configuration was changed on another device");
  await expect(numberField(page, "Connection timeout")).toHaveValue("6000");
  await expect(numberField(page, "Total timeout")).toHaveValue("200000");
  await saveButton(page).click();
  await expect(saveBar(page)).toContainText("Saved.");
  expect((await aiConfiguration(context)).effective.timeouts).toMatchObject({ connectionTimeout: 6000, totalRequestTimeout: 200_000 });
});

test("an open page follows what is changed elsewhere, and keeps what is typed", async ({ page, context, account }) => {
  void account;
  await visit(page, "/ai/timeouts");
  await patchAi(context, { timeouts: { connectionTimeout: 5000 } });
  await expect(numberField(page, "Connection timeout")).toHaveValue("5000");
  await nothingToSave(page);
  await numberField(page, "Total timeout").fill("200000");
  // Another tab, which may not be the one that listens to the server.
  const other = await context.newPage();
  await visit(other, "/ai/timeouts");
  await patchAi(context, { timeouts: { connectionTimeout: 6000 } });
  await expect(saveBar(page)).toContainText("Changed elsewhere.");
  await expect(numberField(page, "Connection timeout")).toHaveValue("6000");
  await expect(numberField(page, "Total timeout")).toHaveValue("200000");
  await expect(numberField(other, "Connection timeout")).toHaveValue("6000");
  await saveButton(page).click();
  await expect(saveBar(page)).toContainText("Saved.");
  await expect(saveBar(page)).not.toContainText("Changed elsewhere.");
  await expect(numberField(other, "Total timeout")).toHaveValue("200000");
  expect((await aiConfiguration(context)).effective.timeouts).toMatchObject({ connectionTimeout: 6000, totalRequestTimeout: 200_000 });
});

test("several configurations: made, ordered, switched off, deleted", async ({ page, context, account }) => {
  void account;
  await patchAi(context, { rateLimiting: { requestsPerMinute: 40 } });
  await visit(page, "/ai/limits");
  await page.getByRole("button", { name: "New…" }).click();
  const naming = page.getByRole("dialog", { name: "New configuration" });
  await naming.getByRole("textbox", { name: "Name" }).fill("Night");
  await naming.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("Not saved yet")).toBeVisible();
  await numberField(page, "Requests per minute").fill("90");
  await saveButton(page).click();
  const more = page.getByRole("dialog", { name: "Save these changes?" });
  await expect(more).toContainText("More requests can be sent per minute.");
  await more.getByRole("button", { name: "Save" }).click();
  await expect(saveBar(page)).toContainText("Saved.");
  await page.getByRole("button", { name: "Priority… Night", exact: true }).click();
  const priority = page.getByRole("dialog", { name: "Priority" });
  await priority.getByRole("spinbutton", { name: "Priority" }).fill("5");
  await priority.getByRole("button", { name: "Review… Night", exact: true }).click();
  await page.getByRole("dialog", { name: "Set the priority of “Night” to 5?" }).getByRole("button", { name: "Change Night", exact: true }).click();
  await expect(saveBar(page)).toContainText("Priority changed.");
  await page.getByRole("button", { name: "Deactivate… Night", exact: true }).click();
  const off = page.getByRole("dialog", { name: "Deactivate “Night”?" });
  await expect(off.getByRole("listitem").filter({ hasText: /Requests per minute.*90.*40/ })).toBeVisible();
  await off.getByRole("button", { name: "Deactivate Night", exact: true }).click();
  await expect(page.getByText("Inactive", { exact: true })).toBeVisible();
  expect((await aiConfiguration(context)).effective.rateLimiting.requestsPerMinute).toBe(40);
  await page.getByRole("button", { name: "Delete… Night", exact: true }).click();
  await page.getByRole("dialog", { name: "Delete “Night”?" }).getByRole("button", { name: "Delete Night", exact: true }).click();
  await expect(page.getByRole("combobox", { name: "Configuration" })).toHaveValue("Default");
  expect((await aiConfiguration(context)).userConfigurations).toHaveLength(1);
});

test("an organization's ceiling holds what its members set", async ({ page, context, account, otherBrowser }) => {
  void account;
  await makeOrganization(context);
  await visit(page, "/ai/costs?scope=organization");
  const ceilings = page.getByRole("region", { name: "Ceilings" });
  await ceilings.getByRole("spinbutton", { name: "Daily budget (USD)" }).fill("600");
  await ceilings.getByRole("spinbutton", { name: "Weekly budget (USD)" }).fill("500");
  await ceilings.getByRole("button", { name: "Save ceilings" }).click();
  await expect(ceilings.getByText(/must be at most that of the weekly budget/)).toBeVisible();
  await ceilings.getByRole("spinbutton", { name: "Daily budget (USD)" }).fill("20");
  await ceilings.getByRole("button", { name: "Save ceilings" }).click();
  await expect(ceilings).toContainText("Saved.");

  const elsewhere = await otherBrowser();
  await signUp(elsewhere, undefined, "Second Person");
  await join(context, elsewhere);
  const theirs = await elsewhere.newPage();
  await visit(theirs, "/ai/costs");
  await expect(theirs.locator("#cost-budget-daily-budget")).toContainText("Held at $20.00");
  await expect(theirs.getByRole("radiogroup", { name: "For", exact: true }), "only who manages it chooses the organization").toHaveCount(0);
  await theirs.getByRole("navigation", { name: "AI configuration" }).getByRole("link", { name: "Effective" }).click();
  await expect(theirs.getByRole("row", { name: /Daily budget/ })).toContainText("$100.00 was set by the built-in default");
});

test("a key goes in and never comes back", async ({ page, context, account }) => {
  void account;
  const key = "sk-ant-api03-from-the-browser-c3d4";
  await visit(page, "/ai/keys");
  await expect(page.getByText("No key stored here")).toBeVisible();
  await page.getByRole("button", { name: "Add key…" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an API key" });
  await dialog.getByRole("button", { name: "Save key" }).click();
  await expect(dialog.getByText("The API key is empty.")).toBeVisible();
  const field = dialog.getByLabel("New key");
  await expect(field).toHaveAttribute("type", "password");
  await expect(field).toHaveAttribute("autocomplete", "off");
  await field.fill(key);
  await expect(dialog.getByText("The API key is empty."), "an edit ends what was said of the field").toBeHidden();
  await dialog.getByRole("button", { name: "Test key" }).click();
  await expect(dialog.getByText("Key is valid.")).toBeVisible();
  await dialog.getByRole("button", { name: "Save key" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("code").filter({ hasText: "sk-ant-…c3d4" })).toBeVisible();
  await expect(page.locator("#new-key")).toHaveValue("");
  expect(await page.content()).not.toContain(key);
  expect(JSON.stringify(await aiConfiguration(context))).not.toContain(key);

  await page.getByRole("button", { name: "Test", exact: true }).click();
  const status = page.locator("#ai-keys .card-status");
  await expect(status).toContainText("Key is valid.");
  await page.getByRole("button", { name: "Rotate…" }).click();
  const rotate = page.getByRole("dialog", { name: "Rotate the API key?" });
  await rotate.getByLabel("New key").fill("sk-ant-api03-from-the-browser-e5f6");
  await rotate.getByRole("button", { name: "Rotate" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "sk-ant-…e5f6" })).toContainText("In use");
  const before = page.getByRole("listitem").filter({ hasText: "sk-ant-…c3d4" });
  // Which of the two depends on when the page's clock last ticked.
  await expect(before).toContainText(/Grace period ends in (1 day|23 hours)\./);
  await expect(status, "it was about the key before").toHaveText("");
  await before.getByRole("button", { name: /Revoke…/ }).click();
  await page.getByRole("dialog", { name: "Revoke sk-ant-…c3d4?" }).getByRole("button", { name: "Revoke" }).click();
  await expect(before).toHaveCount(0);
});

test("the delays of the retries are drawn as they are being set, and told in a table", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/limits");
  const delays = page.getByRole("region", { name: "Delays", exact: true });
  await expect(delays).toContainText("3 retries");
  await numberField(page, "Maximum retries").fill("2");
  await expect(delays).toContainText("2 retries");
  await delays.getByText("As a table").click();
  await expect(delays.getByRole("row")).toHaveCount(3);
});

test("a simulation tells every gate's verdict", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/effective");
  await page.getByRole("button", { name: "Simulate" }).click();
  const card = page.getByRole("region", { name: "Simulate" });
  await expect(card).toContainText("Would be sent to");
  for (const gate of ["Configuration.", "Model.", "API key.", "Budget.", "Rate.", "Concurrency."]) {
    await expect(card.getByRole("listitem").filter({ hasText: gate })).toContainText("Passes");
  }
});

test("every tab has an address, and an unknown one falls back", async ({ page, account }) => {
  void account;
  for (const [address, heading] of [
    ["/ai/nonsense", "Model"],
    ["/ai", "Model"],
    ["/ai/gateway", "For programs"],
    ["/ai/usage", "Usage log"],
  ] as const) {
    await visit(page, address);
    await expect(page.getByRole("heading", { name: heading, level: 2 })).toBeVisible();
  }
  await expect(page.getByText("Each attempt will appear here")).toBeVisible();
  await expect(page).toHaveTitle("Usage log – AI configuration – Train");
});

test("the lines for a program name this installation, and one click copies them", async ({ page, context, account }) => {
  void account;
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: serverUrl() });
  await visit(page, "/ai/gateway");
  const lines = page.getByRole("region", { name: "Lines for Python" });
  await expect(lines).toContainText(`base_url="${serverUrl()}"`);
  await page.getByRole("button", { name: "Copy the lines for Python" }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await lines.textContent());
  await expect(page.getByText("Requests made with an API token will appear here")).toBeVisible();
});
