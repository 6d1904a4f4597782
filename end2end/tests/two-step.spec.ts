// Two-step verification: set up with an app, asked for when signing in, turned off.
import { code } from "./support/authenticator-app";
import { expect, expectAt, test, visit } from "./support/fixtures";

test("is set up with an app, asked for at the next sign-in, and turned off with a recovery code", async ({ page, account, guard }) => {
  await visit(page, "/settings/account");
  const card = page.getByRole("region", { name: "Two-step verification" });
  await card.getByRole("button", { name: "Set up…" }).click();
  const setup = page.getByRole("dialog", { name: "Set up two-step verification" });
  await setup.getByRole("textbox", { name: "Password" }).fill(account.password);
  await setup.getByRole("button", { name: "Continue" }).click();
  await expect(setup.getByRole("img", { name: "QR code" })).toBeVisible();
  const secret = await setup.getByRole("textbox", { name: "Or type this key" }).inputValue();
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  await setup.getByRole("textbox", { name: "Code", exact: true }).fill(code(secret, -1));
  await setup.getByRole("button", { name: "Turn on" }).click();
  const kept = page.getByRole("dialog", { name: "Keep your recovery codes" });
  await expect(kept.getByRole("listitem")).toHaveCount(10);
  const recovery = (await kept.getByRole("listitem").first().textContent()) ?? "";
  const download = page.waitForEvent("download");
  await kept.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("train-recovery-codes.txt");
  await kept.getByRole("button", { name: "I have kept them" }).click();
  await expect(kept).toBeHidden();
  await expect(card.getByText("10 recovery codes left")).toBeVisible();
  await page.reload();
  expect(await page.content(), "neither is shown again").not.toContain(secret);
  expect(await page.content()).not.toContain(recovery);

  await page.context().clearCookies();
  await visit(page, "/sign-in?next=/settings/account");
  await page.getByRole("textbox", { name: "E-mail" }).fill(account.email);
  await page.getByRole("textbox", { name: "Password" }).fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/sign-in\/code\?next=/);
  const field = page.getByRole("textbox", { name: "Code", exact: true });
  await expect(field).toBeFocused();
  guard.allowFailedRequest(/api\/fn\/sign-in-code/, /status of 40[0-9]/);
  await field.fill("12345");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await field.fill(code(secret));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectAt(page, "/settings/account");

  await visit(page, "/settings/account");
  await card.getByRole("button", { name: "Turn off…" }).click();
  const off = page.getByRole("dialog", { name: "Turn two-step verification off?" });
  await off.getByRole("textbox", { name: "Password" }).fill(account.password);
  await off.getByRole("textbox", { name: "Code", exact: true }).fill(recovery);
  await off.getByRole("button", { name: "Turn off" }).click();
  await expect(off).toBeHidden();
  await expect(card.getByRole("button", { name: "Set up…" })).toBeVisible();
});

test("a wrong password sets nothing up and is told at its field", async ({ page, account, guard }) => {
  void account;
  guard.allowFailedRequest(/api\/auth\/second-factor/, /status of 40[0-9]/);
  await visit(page, "/settings/account");
  await page.getByRole("button", { name: "Set up…" }).click();
  const setup = page.getByRole("dialog", { name: "Set up two-step verification" });
  const password = setup.getByRole("textbox", { name: "Password" });
  await password.fill("not my password at all");
  await setup.getByRole("button", { name: "Continue" }).click();
  await expect(password).toHaveAttribute("aria-invalid", "true");
  await expect(password).toBeFocused();
  await setup.getByRole("button", { name: "Cancel" }).click();
  await expect(setup).toBeHidden();
});
