// An organization: found, filled, and its defaults, which members follow where they did not choose for themselves.
import { Stored, makeOrganization, signUp } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";
import { choice, rowsPerPage } from "./support/settings";

test("members are given roles and removed", async ({ page, context, account, otherBrowser }) => {
  void account;
  await makeOrganization(context);
  const elsewhere = await otherBrowser();
  const member = await signUp(elsewhere, undefined, "Second Person");
  await visit(page, "/organization/members");
  await page.getByRole("textbox", { name: "E-mail" }).fill(member.email);
  await page.getByRole("button", { name: "Add member" }).click();
  const row = page.getByRole("row", { name: /Second Person/ });
  await row.getByRole("combobox", { name: "Role of Second Person" }).selectOption({ label: "Admin" });
  await expect.poll(async () => (await (await elsewhere.request.get("/api/auth/me")).json()).user.organization.role).toBe("admin");
  await row.getByRole("button", { name: "Remove… Second Person" }).click();
  await page.getByRole("dialog", { name: "Remove Second Person?" }).getByRole("button", { name: "Remove" }).click();
  await expect(row).toBeHidden();
  await expect.poll(async () => (await (await elsewhere.request.get("/api/auth/me")).json()).user.organization).toBeNull();
});

test("somebody without an organization founds one", async ({ page, context }) => {
  await signUp(context);
  await visit(page, "/organization/members");
  await expect(page.getByText("You do not belong to an organization")).toBeVisible();
  await page.getByRole("textbox", { name: "Name" }).fill("Annotation team");
  await page.getByRole("button", { name: "Make organization" }).click();
  await expect(page.getByRole("heading", { name: "Annotation team", level: 1 })).toBeVisible();
});
