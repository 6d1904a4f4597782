// A forgotten password and another e-mail address, where mail is set up: from the link to ask for one to the link in the mail.
import { signUp } from "./support/accounts";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { startMailed } from "./support/mailed";

const mailed = startMailed();

test("a password is forgotten, set anew, and an address is changed by its link", async ({ browser, contextOptions, guard }) => {
  const context = await browser.newContext({ ...contextOptions, baseURL: mailed.server.url });
  guard.watch(context);
  guard.allowFailedRequest(/api\/(events|auth\/me)/, 401);
  const person = await signUp(context, mailed.server.url, "Forgetful Person");
  await context.clearCookies();
  const page = await context.newPage();
  await visit(page, "/sign-in");
  await page.getByRole("link", { name: "Forgot password?" }).click();
  await expect(page.getByRole("heading", { name: "Forgot password" })).toBeVisible();
  await hydrate(page);
  const email = page.getByRole("textbox", { name: "E-mail" });
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(email).toHaveAccessibleDescription("Enter your e-mail address.");
  await expect(email).toBeFocused();
  await email.fill(person.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByText("a link is on its way to it")).toBeVisible();

  const link = await mailed.mail.link("/reset-password");
  await visit(page, link);
  await expect(page.getByText(person.email)).toBeVisible();
  const password = page.getByRole("textbox", { name: "New password" });
  await password.fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(password).toHaveAccessibleDescription(/too short/);
  await page.getByRole("button", { name: "Show new password" }).click();
  await password.fill("a loud purple mountain");
  await page.getByRole("button", { name: "Change password" }).click();
  await expectAt(page, "/sign-in");
  await expect(page.getByText("Password changed. Sign in with the new one.")).toBeVisible();
  await hydrate(page);
  await email.fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill("a loud purple mountain");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();

  await visit(page, link);
  await expect(page.getByText("This link does not hold")).toBeVisible();
  await expect(page.getByRole("link", { name: "Ask for another link" })).toHaveAttribute("href", "/forgot-password");

  await visit(page, "/settings/account");
  const card = page.getByRole("region", { name: "E-mail address" });
  await card.getByRole("textbox", { name: "New address" }).fill("remembered@example.com");
  await card.getByRole("textbox", { name: "Your password" }).fill("a loud purple mountain");
  await card.getByRole("button", { name: "Change e-mail" }).click();
  await expect(card).toContainText("A link was sent to remembered@example.com");
  await card.getByRole("button", { name: "Cancel the change of your address" }).click();
  await expect(card.getByText("A link was sent to")).toHaveCount(0);
  await expect(card.getByRole("textbox", { name: "New address" })).toBeFocused();
  await card.getByRole("textbox", { name: "New address" }).fill("remembers@example.com");
  await card.getByRole("textbox", { name: "Your password" }).fill("a loud purple mountain");
  await card.getByRole("button", { name: "Change e-mail" }).click();
  await expect(card).toContainText("A link was sent to remembers@example.com");
  await expect.poll(() => mailed.mail.taken).toContain("remembers@example.com");
  await visit(page, await mailed.mail.link("/confirm-email"));
  await expect(page.getByRole("main")).toContainText("gets the address remembers@example.com");
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page.getByText("Sign in with remembers@example.com from now on.")).toBeVisible();
  await page.getByRole("link", { name: "Go home" }).click();
  await page.getByRole("button", { name: "Account of Forgetful Person" }).click();
  await expect(page.getByText("remembers@example.com")).toBeVisible();
  await context.close();
});
