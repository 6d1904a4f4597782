// History as a person works with it: finding a change, taking it back, taking several back, and taking it all away as a file.
import { serverUrl } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";
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
  const bar = page.getByRole("region", { name: "Chosen changes" });
  await expect(bar.getByRole("status")).toHaveText("2 changes are chosen.");
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
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
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
  await expect(page).toHaveURL(/\/history$/);
  await expect(list).toContainText("Theme");
});

test("one change has an address with everything that is known of it", async ({ page, stored }) => {
  await stored.patch({ theme: "dark" });
  await stored.patch({ tableDensity: "compact" });
  await visit(page, "/history?path=theme");
  await page.getByRole("listitem").filter({ hasText: "Theme" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/history\?change=/);
  const about = page.getByRole("region", { name: "About this change" });
  await expect(about).toContainText("Seal");
  await expect(about.getByText("Whole value after")).toBeVisible();
  await expect(page.getByRole("main").getByRole("list").first()).not.toContainText("Table density");
});
