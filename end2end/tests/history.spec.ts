// History as a person works with it: finding a change, taking it back, taking several back, and taking it all away as a file.
import { serverUrl } from "./support/accounts";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { choice, rowsPerPage } from "./support/settings";

test("a change is looked at, rolled back, undone, and an open settings tab follows", async ({ page, context, stored }) => {
  await stored.patch({ tableDensity: "compact" });
  const settings = await context.newPage();
  await visit(settings, "/settings/display");
  await expect(choice(settings, "Table density", "Compact")).toBeChecked();

  await visit(page, "/history?path=tableDensity");
  await page.getByRole("button", { name: "Roll back…" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll back this change?" });
  // From what stands now to what comes back.
  await expect(dialog.getByRole("listitem").filter({ hasText: /Table density.*Compact/ })).toBeVisible();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("Too narrow");
  await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Reason: Too narrow")).toBeVisible();
  await expect(choice(settings, "Table density", "Comfortable")).toBeChecked();
  expect(await stored.value("tableDensity")).toBe("comfortable");

  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(choice(settings, "Table density", "Compact")).toBeChecked();
  const sources = (await stored.history()).map((change) => change.source);
  expect(sources.slice(0, 2)).toEqual(["rollback", "rollback"]);
});

test("a change made meanwhile stops the rollback and is shown first", async ({ page, stored, guard }) => {
  await stored.patch({ rowsPerPage: 50 });
  await visit(page, "/history?path=rowsPerPage");
  await page.getByRole("button", { name: "Roll back…" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll back this change?" });
  await expect(dialog.getByRole("listitem").filter({ hasText: /Rows per page.*50/ })).toBeVisible();
  await stored.patch({ rowsPerPage: 10 });
  guard.allowFailedRequest(/api\/config\/rollback/, 409);
  await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(dialog.getByRole("alert").filter({ hasText: "changed in the meantime" })).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: /Rows per page.*10/ })).toBeVisible();
  expect(await stored.value("rowsPerPage")).toBe(10);

  await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(dialog).toBeHidden();
  expect(await stored.value("rowsPerPage")).toBe(25);
});

test("several changes are taken back together; what was not chosen stays", async ({ page, stored }) => {
  await stored.patch({ tableDensity: "compact" });
  await stored.patch({ rowsPerPage: 50 });
  await stored.patch({ theme: "dark" });
  await visit(page, "/history?configType=user_preference");
  await page.getByRole("button", { name: "Select changes" }).click();
  for (const path of ["tableDensity", "rowsPerPage"]) {
    const change = (await stored.history()).find((one) => one.changes.some((field) => field.path === path));
    // The address of an entry is the id of its change.
    await page.locator(`[id="${change?.id}"]`).getByRole("checkbox").check();
  }
  const bar = page.getByRole("region", { name: "Selected changes" });
  await expect(bar.getByRole("status")).toHaveText("2 changes selected");
  await bar.getByRole("button", { name: "Roll back selected…" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll back 2 changes?" });
  for (const line of [/Table density.*Compact/, /Rows per page.*50/]) {
    await expect(dialog.getByRole("listitem").filter({ hasText: line })).toBeVisible();
  }
  await expect(dialog.getByRole("listitem").filter({ hasText: "Theme" })).toHaveCount(0);
  await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(bar).toBeHidden();
  const { overrides } = await stored.preferences();
  expect(overrides).toEqual({ theme: "dark" });

  await visit(page, "/settings/display");
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  await expect(rowsPerPage(page)).toHaveValue("25");
});

test("filters stand in the address, outlive a reload, and go with the file", async ({ page, stored }) => {
  await stored.patch({ tableDensity: "compact" });
  await stored.patch({ theme: "dark" });
  await visit(page, "/history");
  const list = page.getByRole("main").getByRole("list").first();
  await page.getByRole("combobox", { name: "Action" }).selectOption("Changed");
  await expect(page).toHaveURL(/[?&]action=updated/);
  const text = page.getByRole("textbox", { name: "Reason or setting" });
  await text.fill("density");
  await text.press("Enter");
  await expect(page).toHaveURL(/[?&]text=density/);
  await expect(list).toContainText("Table density");
  await expect(list).not.toContainText("Theme");

  await page.reload();
  await hydrate(page);
  await expect(page.getByRole("combobox", { name: "Action" })).toHaveValue("updated");
  await expect(text).toHaveValue("density");
  await expect(list).not.toContainText("Theme");

  const address = await page.getByRole("link", { name: "Export as CSV" }).getAttribute("href");
  const file = await page.request.get(new URL(address ?? "", serverUrl()).href);
  expect(file.status()).toBe(200);
  expect(file.headers()["content-type"]).toContain("text/csv");
  const lines = await file.text();
  expect(lines).toContain("tableDensity");
  expect(lines).not.toContain('"theme"');

  await page.getByRole("link", { name: "Show all" }).click();
  await expectAt(page, "/history");
  await expect(list).toContainText("Theme");
});

test("one change has an address with everything that is known of it", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await stored.patch({ tableDensity: "compact" });
  await visit(page, "/history?path=theme");
  await page.getByRole("listitem").filter({ hasText: "Theme" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/history\?change=/);
  const about = page.getByRole("region", { name: "About this change" });
  await expect(about).toContainText("Hash");
  await expect(about, "to the second").toContainText(/Time\s*\d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC/);
  await expect(about.getByText("Full value after")).toBeVisible();
  await expect(page.getByRole("main").getByRole("list").first()).not.toContainText("Table density");
});

test("a version is chosen in the history of one configuration and brought back", async ({ page, stored }) => {
  await stored.patch({ theme: "dark", rowsPerPage: 50 });
  await stored.patch({ theme: "light" });
  await stored.patch({ tableDensity: "compact" });
  const first = (await stored.history()).find((change) => change.version === 2);
  await visit(page, `/history?change=${first?.id}`);
  await page.getByRole("link", { name: "All changes to this item" }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get("targetId") === first?.targetId);
  const entry = page.locator(`[id="${first?.id}"]`);
  await entry.getByRole("button", { name: "Restore this version…" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore version 2?" });
  // All of it: what a later change set goes as well.
  await expect(dialog.getByRole("listitem").filter({ hasText: /Theme.*Light.*Dark/ })).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: /Table density.*Compact/ })).toContainText("Comfortable (default)");
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await dialog.getByRole("textbox", { name: "Reason" }).fill("It was better");
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Reason: It was better")).toBeVisible();
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark", rowsPerPage: 50 });

  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect.poll(() => stored.value("theme")).toBe("light");
  expect((await stored.preferences()).overrides).toEqual({ theme: "light", rowsPerPage: 50, tableDensity: "compact" });
});

test("everything that the filters find is taken back, after a look at it", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await stored.patch({ tableDensity: "compact" });
  await stored.patch({ tableDensity: "comfortable", rowsPerPage: 50 });
  await visit(page, "/history");
  await expect(page.getByRole("button", { name: "Roll back all matches…" })).toHaveCount(0);
  const text = page.getByRole("textbox", { name: "Reason or setting" });
  await text.fill("density");
  await text.press("Enter");
  await page.getByRole("button", { name: "Roll back all matches…" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll back all matching changes?" });
  await expect(dialog).toContainText("2 changes of 1 target.");
  await expect(dialog.getByRole("listitem").filter({ hasText: /Table density.*Comfortable/ })).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: /Rows per page.*50/ })).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: "Theme" })).toHaveCount(0);
  await dialog.getByRole("textbox", { name: "Reason" }).fill("Back to wide rows");
  await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(dialog).toBeHidden();
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark" });
  expect((await stored.history())[0]).toMatchObject({ action: "rolled_back", reason: "Back to wide rows" });
});

test("everything that one person did in one span of days is taken back", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await stored.patch({ rowsPerPage: 50 });
  const [change] = await stored.history();
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  await visit(page, `/history?actor=${change?.changedBy}&from=${day(-400)}&to=${day(-399)}`);
  await page.getByRole("button", { name: "Roll back all matches…" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll back all matching changes?" });
  await expect(dialog).toContainText("You cannot change anything that the filters match.");
  await expect(dialog.getByRole("button", { name: "Roll back", exact: true })).toBeDisabled();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await visit(page, `/history?actor=${change?.changedBy}&from=${day(-1)}&to=${day(1)}`);
  await page.getByRole("button", { name: "Roll back all matches…" }).click();
  await expect(dialog).toContainText("2 changes of 1 target.");
  await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(dialog).toBeHidden();
  expect((await stored.preferences()).overrides).toEqual({});
});

test("a first value is told, and with its layer what applies where one was removed", async ({ page, stored }) => {
  await stored.patch({ tableDensity: "compact" });
  await stored.patch({ tableDensity: null });
  await visit(page, "/history?path=tableDensity");
  const line = (words: RegExp) => page.getByRole("listitem").filter({ hasText: words }).last();
  await expect(line(/Reset.*Table density/)).toContainText(/Compact\s*to\s*Comfortable \(default\)/);
  // What applied before a first value is not known any more: today's default may be another.
  await expect(line(/Added.*Table density/)).toContainText(/Table density\s*Compact/);
  // Each button says for those who hear only it what it rolls back.
  await expect(page.getByRole("button", { name: "Roll back… Display · Table density" })).toHaveCount(2);

  // An AI configuration: what the organization and the server's environment leave to it.
  const ai = new URL("/api/ai-configuration", serverUrl()).href;
  for (const maxTokens of [1234, null]) {
    const data = { configName: "Mine", updates: { model: { maxTokens, temperature: 0.5 } } };
    const answer = await page.request.patch(ai, { data, headers: { origin: serverUrl() } });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
  await visit(page, "/history?path=configuration.model.maxTokens");
  await expect(line(/Reset.*1,?234/)).toContainText(/to\s*4,096.* \(default\)/);
});
