// Administration: who has an account, keeping somebody out and letting them in again, a one-time password, and closing sign-up.
import type { BrowserContext, Page } from "@playwright/test";
import { type Account, invite, signUp } from "./support/accounts";
import { expect, hydrate, test, visit } from "./support/fixtures";
import { TrainServer } from "./support/server";

let server: TrainServer;
/** Made by the first test that needs one: the first account of the server is its administrator. */
let administrator: BrowserContext;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  server = await TrainServer.start({});
  administrator = await browser.newContext({ baseURL: server.url });
  await signUp(administrator, server.url, "Root");
});

test.afterAll(async () => {
  await administrator?.close();
  await server?.stop();
});

/** Opens the menu of somebody's row, presses an item, and confirms. */
async function act(page: Page, person: string, item: string, dialog: string, confirm: RegExp): Promise<void> {
  await page.getByRole("button", { name: `Actions of ${person}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
  const question = page.getByRole("dialog", { name: dialog });
  await question.getByRole("button", { name: confirm }).click();
  await expect(question).toBeHidden();
}

async function signIn(page: Page, account: Account): Promise<void> {
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("somebody is disabled, cannot sign in, and is enabled again", async ({ otherBrowser, guard }) => {
  guard.watch(administrator);
  guard.allowFailedRequest(/sign-in/, 401);
  const theirs = await otherBrowser(undefined, server.url);
  const ben = await signUp(theirs, server.url, "Ben Disabled");
  const page = await administrator.newPage();
  await visit(page, "/admin");
  await expect(page).toHaveURL(`${server.url}/admin/overview`);
  await expect(page.getByRole("region", { name: "Servers", exact: true })).toContainText("This one");
  await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "People" }).click();
  await page.getByRole("searchbox", { name: "Search people" }).fill("ben dis");
  await expect(page).toHaveURL(/search=ben/);
  const row = page.getByRole("row").filter({ hasText: ben.email });
  await expect(page.getByRole("row")).toHaveCount(2);

  await act(page, "Ben Disabled", "Disable…", "Disable Ben Disabled?", /^Disable/);
  await expect(row).toContainText("Disabled");
  const their = await theirs.newPage();
  await signIn(their, ben);
  await expect(their.getByText("Incorrect e-mail or password.")).toBeVisible();

  await act(page, "Ben Disabled", "Enable…", "Enable Ben Disabled?", /^Enable/);
  await signIn(their, ben);
  await expect(their.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await visit(their, `${server.url}/notifications`);
  await expect(their.getByRole("main")).toContainText("Your account was disabled");
  await visit(page, "/admin/log");
  await expect(page.getByRole("row").filter({ hasText: "Account disabled" })).toContainText(ben.email);
  await page.close();
});

test("a one-time password is chosen anew at the first sign-in", async ({ otherBrowser, guard }) => {
  guard.watch(administrator);
  guard.allowFailedRequest(/sign-in/, 400);
  const theirs = await otherBrowser(undefined, server.url);
  const eve = await signUp(theirs, server.url, "Eve Forgetful");
  const page = await administrator.newPage();
  await visit(page, "/admin/people?search=eve");
  await act(page, "Eve Forgetful", "Reset password…", "Reset the password of Eve Forgetful?", /^Reset password/);
  const shown = page.getByRole("dialog", { name: "One-time password of Eve Forgetful" });
  const password = await shown.getByLabel("Password").inputValue();
  await shown.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByRole("row").filter({ hasText: eve.email })).toContainText("One-time password");
  await page.close();

  const their = await theirs.newPage();
  await signIn(their, { ...eve, password });
  const choose = their.getByLabel("New password", { exact: true });
  await expect(choose).toHaveAttribute("aria-invalid", "true");
  await choose.fill("seven small lighthouses");
  await their.getByRole("button", { name: "Sign in" }).click();
  await expect(their.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
});

test("sign-up is closed but for who was invited", async ({ otherBrowser, guard }) => {
  guard.watch(administrator);
  const page = await administrator.newPage();
  await visit(page, "/admin/people");
  const card = page.getByRole("region", { name: "Sign-up" });
  await card.getByRole("button", { name: "Close sign-up…" }).click();
  await page.getByRole("dialog", { name: "Close sign-up?" }).getByRole("button", { name: "Close sign-up" }).click();
  await expect(card).toContainText("only invited e-mail addresses");

  const theirs = await otherBrowser(undefined, server.url);
  const their = await theirs.newPage();
  await their.goto(`${server.url}/sign-up`);
  await expect(their.getByText("Sign-up is closed: only people who were invited get an account.")).toBeVisible();
  await expect(their.getByRole("button", { name: "Create account" })).toHaveCount(0);
  await invite(administrator, "fay@example.com", "member", server.url);
  await their.getByRole("link", { name: "I was invited" }).click();
  await hydrate(their);
  await their.getByRole("textbox", { name: "Name", exact: true }).fill("Fay");
  await their.getByRole("textbox", { name: "E-mail" }).fill("fay@example.com");
  await their.getByLabel("Password", { exact: true }).fill("a quiet green meadow");
  await their.getByRole("button", { name: "Create account" }).click();
  await expect(their.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();

  await card.getByRole("button", { name: "Open sign-up…" }).click();
  await page.getByRole("dialog", { name: "Open sign-up?" }).getByRole("button", { name: "Open sign-up" }).click();
  await expect(card).toContainText("anybody who reaches this site");
  await page.close();
});
