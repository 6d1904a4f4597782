// The catalog of models: administrators of the installation correct it and add to it, and everybody follows.
import { signUp } from "./support/accounts";
import { Claude } from "./support/claude";
import { expect, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";

let claude: Claude;
let server: TrainServer;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  claude = await Claude.start();
  server = await TrainServer.start({ claude: claude.url });
});

test.afterAll(async () => {
  await server?.stop();
  await claude?.stop();
});

test("an administrator corrects a model and takes it back; nobody else sees the catalog", async ({ page, context, otherBrowser }) => {
  await signUp(context, server.url);
  await visit(page, `${server.url}/ai/model`);
  const card = page.locator("#ai-catalog");
  const row = card.getByRole("row").filter({ hasText: "claude-haiku-4-5" });
  await expect(row).toContainText("$1.00 / $5.00");
  await row.getByRole("button", { name: /Correct/ }).click();
  const dialog = page.locator("#correct-model");
  await dialog.getByRole("spinbutton", { name: "Input (USD per million tokens)" }).fill("a lot");
  await dialog.getByRole("textbox", { name: "Replacement" }).fill("claude-nothing");
  await dialog.getByRole("button", { name: "Review" }).click();
  await expect(dialog.getByText("Enter the number alone.")).toBeVisible();
  await dialog.getByRole("spinbutton", { name: "Input (USD per million tokens)" }).fill("1,5");
  await dialog.getByRole("button", { name: "Review" }).click();
  await expect(dialog.getByText("The replacement must be another model of the catalog.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Replacement" }).fill("claude-sonnet-4-6");
  await dialog.getByRole("button", { name: "Review" }).click();
  await expect(dialog.getByRole("listitem").filter({ hasText: /Input.*1.*1\.5/ })).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(row).toContainText("$1.50 / $5.00");
  await expect(row).toContainText("Corrected");

  await row.getByRole("button", { name: /Correct/ }).click();
  await expect(dialog.getByRole("textbox", { name: "Replacement" })).toHaveValue("claude-sonnet-4-6");
  await dialog.getByRole("spinbutton", { name: "Input (USD per million tokens)" }).fill("1");
  await dialog.getByRole("textbox", { name: "Replacement" }).fill("");
  await dialog.getByRole("button", { name: "Review" }).click();
  await expect(dialog).toContainText("The correction is removed; the built-in entry applies again.");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).not.toContainText("Corrected");

  await card.getByRole("button", { name: "Compare with Claude" }).click();
  await expect(card.locator(".card-status")).toContainText(/Claude lists the same models|is new at Claude|no longer listed by Claude/);

  const other = await otherBrowser(undefined, server.url);
  await signUp(other, server.url);
  const theirs = await other.newPage();
  await visit(theirs, `${server.url}/ai/model`);
  await expect(theirs.getByRole("combobox", { name: "Model", exact: true })).toBeVisible();
  await expect(theirs.locator("#ai-catalog")).toHaveCount(0);
});
