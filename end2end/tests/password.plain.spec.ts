// Without JavaScript a forgotten password is set anew by plain posts, and there is no button that would do nothing.
import { signUp } from "./support/accounts";
import { expect, test } from "./support/fixtures";
import { startMailed } from "./support/mailed";

test("where no mail is set up the page says who can help", async ({ page }) => {
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Show password" })).toHaveCount(0);
  await page.getByRole("link", { name: "Forgot password?" }).click();
  await expect(page.getByRole("heading", { name: "Forgot password" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Ask an administrator to give you a new password.");
  await expect(page.getByRole("button", { name: "Send link" })).toHaveCount(0);
});

test.describe("with mail", () => {
  const mailed = startMailed();

  test("a forgotten password is set anew by plain posts", async ({ browser, contextOptions, guard }) => {
    const context = await browser.newContext({ ...contextOptions, baseURL: mailed.server.url });
    guard.watch(context);
    const person = await signUp(context, mailed.server.url, "Forgetful Person");
    await context.clearCookies();
    const page = await context.newPage();
    await page.goto("/forgot-password");
    await page.getByRole("textbox", { name: "E-mail" }).fill("no-address");
    await page.getByRole("button", { name: "Send link" }).click();
    await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveAccessibleDescription(/has an @/);
    await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue("no-address");
    await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
    await page.getByRole("button", { name: "Send link" }).click();
    await expect(page.getByText("a link is on its way to it")).toBeVisible();
    const link = await mailed.mail.link("/reset-password");
    await page.goto(link);
    await page.getByLabel("New password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByLabel("New password", { exact: true })).toHaveAccessibleDescription(/too short/);
    await page.getByLabel("New password", { exact: true }).fill("a loud purple mountain");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByText("Password changed. Sign in with the new one.")).toBeVisible();
    await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill("a loud purple mountain");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
    await page.goto(link);
    await expect(page.getByText("This link does not hold")).toBeVisible();
    await context.close();
  });
});
