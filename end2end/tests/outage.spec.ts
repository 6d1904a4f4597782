// Behaviour 4 with a real outage: a server whose database is gone. One server owns the database; the one under test uses it
// from outside, so that stopping the first takes the database away from the second.
import { rmSync } from "node:fs";
import { Stored, signUp } from "./support/accounts";
import { expect, hydrate, test, visit } from "./support/fixtures";
import { TrainServer, temporaryDirectory } from "./support/server";
import { choice, noticed, recordSaves, rowsPerPage, saved, status, switchOf } from "./support/settings";

test.describe.configure({ mode: "serial" });

let directory: string;
let owner: TrainServer;
let server: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  directory = temporaryDirectory();
  owner = await TrainServer.start({ dataDir: directory });
  server = await TrainServer.start({ databaseUrl: owner.databaseUrl() });
});

test.afterAll(async () => {
  await server?.stop();
  await owner?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("a first load without the database: read-only, Retry, and not one write", async ({ page, context, guard }) => {
  guard.allowFailedRequest(/api\/user-preferences|api\/events|api\/auth\/me|settings\/display/, 503);
  await signUp(context, server.url);
  const stored = new Stored(context.request, server.url);
  await stored.patch({ theme: "dark" });
  const sent = recordSaves(page);
  await owner.stop();

  await visit(page, `${server.url}/settings/display`);
  await expect(page.getByRole("alert").filter({ hasText: "could not be loaded" })).toBeVisible();
  const main = page.getByRole("main");
  for (const setting of [choice(page, "Theme", "Light"), choice(page, "Table density", "Compact"), rowsPerPage(page), switchOf(page, "Animations")]) {
    await expect(setting).toBeDisabled();
  }
  await expect(main).toContainText("Your preferences are not loaded yet.");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "could not be loaded" })).toBeVisible();

  owner = await TrainServer.start({ dataDir: directory });
  await expect
    .poll(async () => (await context.request.get(`${server.url}/readyz`)).status(), { timeout: 15_000 })
    .toBe(200);
  await page.getByRole("button", { name: "Retry" }).click();
  await hydrate(page);
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  await expect(choice(page, "Theme", "Dark")).toBeEnabled();
  await noticed(page);
  expect(sent).toEqual([]);
  expect((await stored.preferences()).overrides).toEqual({ theme: "dark" });
  expect(await stored.history()).toHaveLength(1);

  await choice(page, "Theme", "Light").click();
  await saved(page);
  expect(await stored.value("theme")).toBe("light");
});

test("an edit while the database is away is kept and saved when it is back", async ({ page, context, guard }) => {
  guard.allowFailedRequest(/api\/user-preferences|api\/events|api\/auth\/me/, 503);
  await signUp(context, server.url);
  const stored = new Stored(context.request, server.url);
  await visit(page, `${server.url}/settings/display`);
  await owner.stop();
  await choice(page, "Theme", "Dark").click();
  await expect(status(page)).toContainText("Not saved");
  await expect(choice(page, "Theme", "Dark")).toBeChecked();
  owner = await TrainServer.start({ dataDir: directory });
  await expect(status(page)).toHaveText("Saved", { timeout: 20_000 });
  expect(await stored.value("theme")).toBe("dark");
  expect(await stored.history()).toHaveLength(1);
});
