// Behaviour 8: without JavaScript pages render, and signing up, in and out works by plain posts.
import { somebody } from "./support/accounts";
import { expect, expectAt, test } from "./support/fixtures";

test("signing up, out and in again", async ({ page }) => {
  const person = somebody("Plain Person");
  await page.goto("/sign-up");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(person.name);
  await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await expect(page.getByRole("region", { name: "First steps" }).getByRole("listitem")).toHaveCount(3);

  await page.getByRole("button", { name: `Account of ${person.name}` }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto("/settings/display");
  await expect(page, "nobody is signed in any more").toHaveURL(/\/sign-in/);

  await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectAt(page, "/settings/display", "back where they wanted to go");
  await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
});

test("a wrong password says so and keeps the e-mail address", async ({ page, account, context }) => {
  await context.clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.getByRole("alert").filter({ hasText: /password/i })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue(account.email);
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: /password/i }), "the sentence is shown once").toHaveCount(0);
});

test("a sign-up that is refused says why at each field and keeps what was typed", async ({ page }) => {
  await page.goto("/sign-up");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Short Password");
  await page.getByRole("textbox", { name: "E-mail" }).fill("no-address");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/\/sign-up/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/too short/);
  await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue("no-address");
  await expect(page.getByRole("textbox", { name: "Name", exact: true })).toHaveValue("Short Password");
});

test("every page renders with its own content", async ({ page, stored }) => {
  await stored.patch({ theme: "dark", tableDensity: "compact" });
  for (const { address, title, heading } of [
    { address: "/", title: "Home – Train", heading: "Home" },
    { address: "/settings/display", title: "Display – Settings – Train", heading: "Settings" },
    { address: "/settings/shortcuts", title: "Keyboard shortcuts – Settings – Train", heading: "Settings" },
    { address: "/settings/account", title: "Account – Settings – Train", heading: "Settings" },
    { address: "/ai/limits", title: "Rate limits & retries – AI configuration – Train", heading: "AI configuration" },
    { address: "/ai/costs", title: "Costs – AI configuration – Train", heading: "AI configuration" },
    { address: "/generate", title: "Generate – Train", heading: "Generate" },
    { address: "/history", title: "History – Train", heading: "History" },
  ]) {
    await page.goto(address);
    await expect(page).toHaveTitle(title);
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
  }
  await page.goto("/settings/display");
  await expect(page.getByRole("radiogroup", { name: "Theme" }).getByRole("radio", { name: "Dark" })).toBeChecked();
  // Playwright looks for nothing inside of <noscript>, but people see its text.
  await expect(page.getByRole("main")).toContainText("Changing settings requires JavaScript", { useInnerText: true });
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Export" }).click();
  await expectAt(page, "/settings/export");
  await page.goto("/history");
  await expect(page.getByRole("main")).toContainText("Theme");
});

test("the menu on a narrow screen opens without a script", async ({ page, account }) => {
  void account;
  await page.setViewportSize({ width: 360, height: 700 });
  await page.goto("/settings/display");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expectAt(page, "/history");
});

test("a page that does not exist says so with status 404", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/no\/such\/page/, 404);
  const answer = await page.goto("/no/such/page");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
});
