// The account section: profile, password, other browsers, API tokens, the end of the account.
import { secondServerUrl } from "./support/accounts";
import { holdCode, waitingLine } from "./support/code";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { choice } from "./support/settings";

test("a new name shows in the frame at once and after a reload", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/account");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Renamed Person");
  await page.getByRole("button", { name: "Save profile" }).click();
  await expect(page.getByRole("main").getByRole("status").filter({ hasText: /saved/i })).toBeVisible();
  await expect(page.getByRole("button", { name: "Account of Renamed Person" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Account of Renamed Person" })).toBeVisible();
});

test("a new password signs every other browser out, at once and on every server", async ({ page, account, otherBrowser, guard }) => {
  guard.allowFailedRequest(/api\/(events|user-preferences|auth\/me)/, 401);
  const elsewhere = await otherBrowser(account, secondServerUrl());
  const other = await elsewhere.newPage();
  await visit(other, "/settings/display");
  await visit(page, "/settings/account");
  await page.getByRole("textbox", { name: "Current password" }).fill(account.password);
  await page.getByRole("textbox", { name: "New password" }).fill("a loud purple mountain");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("main").getByRole("status").filter({ hasText: /password|changed/i })).toBeVisible();
  await expect.poll(async () => (await elsewhere.request.get("/api/auth/me")).status()).toBe(401);
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in/);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
});

test("a wrong current password is refused at its field", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/api\/auth\/password/, /status of 40[0-9]/);
  await visit(page, "/settings/account");
  const current = page.getByRole("textbox", { name: "Current password" });
  await current.fill("not my password at all");
  await page.getByRole("textbox", { name: "New password" }).fill("a loud purple mountain");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(current).toHaveAttribute("aria-invalid", "true");
  await expect(current).toBeFocused();
});

test("a password is shown and hidden again by a button that keeps its name", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/account");
  const password = page.getByRole("textbox", { name: "New password" });
  await password.fill("a loud purple mountain");
  const show = page.getByRole("button", { name: "Show new password" });
  await expect(show).toHaveAttribute("aria-pressed", "false");
  await password.press("Tab");
  await expect(show).toBeFocused();
  await page.keyboard.press("Space");
  await expect(show).toHaveAttribute("aria-pressed", "true");
  await expect(password).toHaveAttribute("type", "text");
  await expect(password).toHaveValue("a loud purple mountain");
  await expect(page.getByRole("textbox", { name: "Current password" }), "each has its own").toHaveAttribute("type", "password");
  await page.keyboard.press("Space");
  await expect(password).toHaveAttribute("type", "password");
});

test("without mail another e-mail address counts at once", async ({ page, account, guard }) => {
  guard.allowFailedRequest(/api\/auth\/email/, 400);
  guard.allowFailedRequest(/api\/(events|auth\/me)/, 401);
  await visit(page, "/settings/account");
  const card = page.getByRole("region", { name: "E-mail address" });
  const address = card.getByRole("textbox", { name: "New address" });
  await expect(card).toContainText("counts at once");
  await address.fill(account.email);
  await card.getByRole("button", { name: "Change e-mail" }).click();
  await expect(address).toHaveAccessibleDescription("This is your e-mail address already.");
  await expect(address).toBeFocused();
  await address.fill(`new-${account.email}`);
  await card.getByRole("textbox", { name: "Your password" }).fill("not my password at all");
  await card.getByRole("button", { name: "Change e-mail" }).click();
  await expect(card.getByRole("textbox", { name: "Your password" })).toHaveAccessibleDescription("Incorrect password.");
  await card.getByRole("textbox", { name: "Your password" }).fill(account.password);
  await card.getByRole("button", { name: "Change e-mail" }).click();
  await expect(card.getByRole("status")).toHaveText("E-mail address changed.");
  await expect(card).toContainText(`Your address: new-${account.email}`);
  const known = page.locator("#password-form input[name=username]");
  await expect(known, "for password managers").toHaveValue(`new-${account.email}`);
  await page.reload();
  await expect(card).toContainText(`Your address: new-${account.email}`);
});

test("an API token is shown once, works as its scopes say, and not after it is revoked", async ({ page, account, playwright, baseURL }) => {
  void account;
  await visit(page, "/settings/account");
  await page.getByRole("button", { name: "New token…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Nightly export");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByRole("textbox", { name: "Token" })).toHaveValue(/^trn_/);
  const token = await dialog.getByRole("textbox", { name: "Token" }).inputValue();
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(dialog).toBeHidden();
  const entry = page.getByRole("listitem").filter({ hasText: "Nightly export" });
  await expect(entry).toBeVisible();
  expect(await page.content()).not.toContain(token);

  const script = await playwright.request.newContext({ baseURL, extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  expect((await script.get("/api/user-preferences")).status()).toBe(200);
  expect((await script.patch("/api/user-preferences", { data: { theme: "dark" } })).status()).toBe(403);

  await entry.getByRole("button", { name: "Revoke… Nightly export" }).click();
  await page.getByRole("dialog", { name: "Revoke “Nightly export”?" }).getByRole("button", { name: "Revoke" }).click();
  await expect(entry).toBeHidden();
  await expect.poll(async () => (await script.get("/api/user-preferences")).status()).toBe(401);
  await script.dispose();
});

test("a token that was not copied is asked about before it is gone", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/account");
  await page.getByRole("button", { name: "New token…" }).click();
  const dialog = page.getByRole("dialog", { name: "New API token" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Forgotten");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const shown = page.getByRole("dialog", { name: "Copy your new token" });
  const secret = shown.getByRole("textbox", { name: "Token" });
  await expect(secret).toHaveValue(/^trn_/);
  const token = await secret.inputValue();
  const question = page.getByRole("dialog", { name: "Have you copied the token?" });
  for (const close of [() => page.keyboard.press("Escape"), () => shown.getByRole("button", { name: "Close" }).click()]) {
    await close();
    await expect(question).toBeVisible();
    await expect(shown).toBeHidden();
    await question.getByRole("button", { name: "Show the token again" }).click();
    await expect(question).toBeHidden();
    await expect(secret).toHaveValue(token);
  }
  await page.keyboard.press("Escape");
  await expect(question).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(secret, "nor does Esc answer the question").toHaveValue(token);
  await page.keyboard.press("Escape");
  await question.getByRole("button", { name: "Yes, close" }).click();
  await expect(question).toBeHidden();
  await expect(shown).toBeHidden();
  await page.getByRole("button", { name: "New token…" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name" }), "and the next one begins anew").toHaveValue("");
});

test("the secret of a new token outlives its page", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/display");
  const sections = page.getByRole("navigation", { name: "Sections" });
  await sections.getByRole("link", { name: "Account" }).click();
  await page.getByRole("button", { name: "New token…" }).click();
  const dialog = page.getByRole("dialog", { name: "New API token" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Left behind");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const shown = page.getByRole("dialog", { name: "Copy your new token" });
  const secret = shown.getByRole("textbox", { name: "Token" });
  await expect(secret).toHaveValue(/^trn_/);
  const token = await secret.inputValue();

  await page.goBack();
  await expectAt(page, "/settings/display");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.goForward();
  await expect(secret, "Back and forward").toHaveValue(token);

  await page.goBack();
  const main = page.getByRole("navigation", { name: "Main" });
  await main.getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
  expect(kept, "in memory only").not.toContain(token);
  await main.getByRole("link", { name: "Settings" }).click();
  await sections.getByRole("link", { name: "Account" }).click();
  await expect(secret, "another page between").toHaveValue(token);
  await expect(page.locator("#tokens strong").getByText("Left behind")).toBeAttached();

  await shown.getByRole("button", { name: "I have copied it" }).click();
  await expect(shown).toBeHidden();
  await sections.getByRole("link", { name: "Display" }).click();
  await expectAt(page, "/settings/display");
  await page.goBack();
  await expect(page.getByRole("listitem").filter({ hasText: "Left behind" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(await page.content()).not.toContain(token);
});

test("while the code of a dialog is on its way the page shows it, and then the dialog has the focus", async ({ page, account }) => {
  void account;
  await visit(page, "/settings/account");
  const release = await holdCode(page);
  await page.getByRole("button", { name: "New token…" }).click();
  await expect.poll(() => waitingLine(page)).toBe("visible");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  release();
  await expect(page.getByRole("dialog", { name: "New API token" }).getByRole("textbox", { name: "Name" })).toBeFocused();
  await expect.poll(() => waitingLine(page)).toBe("none");
});

test("an account is deleted with its password only", async ({ page, account, guard }) => {
  guard.allowFailedRequest(/api\/auth\/account/, /status of 40[0-9]/);
  guard.allowFailedRequest(/api\/(events|user-preferences|auth\/me)/, 401);
  await visit(page, "/settings/account");
  await page.getByRole("button", { name: "Delete my account…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  const password = dialog.getByRole("textbox", { name: "Password" });
  await password.fill("not my password at all");
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await expect(password).toHaveAttribute("aria-invalid", "true");
  await password.fill(account.password);
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByRole("textbox", { name: "Password" }).fill(account.password);
  guard.allowFailedRequest(/api\/fn\/sign-in/, /status of 40[0-9]/);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /password/i })).toBeVisible();
});

test("unfinished forms of the account are no settings: nothing saves itself", async ({ page, stored }) => {
  await visit(page, "/settings/account");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Half a na");
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Display" }).click();
  await expect(choice(page, "Theme", "System")).toBeVisible();
  expect(await stored.history()).toEqual([]);
});
