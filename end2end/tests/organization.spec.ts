// An organization: found, filled, and its defaults, which members follow where they did not choose for themselves.
import { Stored, join, makeOrganization, signUp, somebody } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";
import { choice, rowsPerPage } from "./support/settings";

test("a member follows the organization's defaults live, but not over their own choices", async ({ page, context, account, otherBrowser }) => {
  void account;
  await makeOrganization(context);
  const elsewhere = await otherBrowser();
  await signUp(elsewhere, undefined, "Second Person");
  await join(context, elsewhere);
  const theirs = new Stored(elsewhere.request);
  await theirs.patch({ rowsPerPage: 10 });

  await visit(page, "/organization/members");
  await expect(page.getByRole("row", { name: /Second Person/ })).toBeVisible();

  const other = await elsewhere.newPage();
  await visit(other, "/settings/display");
  await page.getByRole("navigation", { name: "Organization" }).getByRole("link", { name: "Defaults" }).click();
  await choice(page, "Table density", "Compact").click();
  await rowsPerPage(page).selectOption("100");
  const bar = page.getByRole("region", { name: "Changes of the defaults" });
  await expect(bar).toContainText("2 changes are not saved.");
  const main = page.getByRole("navigation", { name: "Main" });
  await main.getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();
  await main.getByRole("link", { name: "Organization" }).click();
  await page.getByRole("navigation", { name: "Organization" }).getByRole("link", { name: "Defaults" }).click();
  await expect(bar, "another page loses nothing").toContainText("2 changes are not saved.");
  await page.getByRole("button", { name: "Review and save…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save these defaults?" });
  await expect(dialog).toContainText(/are affected|is affected/);
  await dialog.getByRole("button", { name: "Save for everyone" }).click();
  await expect(dialog).toBeHidden();
  await expect(bar).toContainText("Saved.");
  await expect(bar, "the button that had focus is gone").toBeFocused();
  await expect(page.locator("html")).toHaveAttribute("data-density", "compact");

  await expect(choice(other, "Table density", "Compact")).toBeChecked();
  await expect(other.locator("#table-density")).toContainText("From your organization");
  await expect(rowsPerPage(other), "what they chose themselves stays").toHaveValue("10");
  expect((await theirs.preferences()).overrides).toEqual({ rowsPerPage: 10 });
});

test("members are given roles and removed", async ({ page, context, account, otherBrowser }) => {
  void account;
  await makeOrganization(context);
  const elsewhere = await otherBrowser();
  await signUp(elsewhere, undefined, "Second Person");
  await join(context, elsewhere);
  await visit(page, "/organization/members");
  const row = page.getByRole("row", { name: /Second Person/ });
  await row.getByRole("combobox", { name: "Role of Second Person" }).selectOption({ label: "Admin" });
  await expect.poll(async () => (await (await elsewhere.request.get("/api/auth/me")).json()).user.organization.role).toBe("admin");
  await row.getByRole("button", { name: "Remove… Second Person" }).click();
  await page.getByRole("dialog", { name: "Remove Second Person?" }).getByRole("button", { name: "Remove Second Person", exact: true }).click();
  await expect(row).toBeHidden();
  await expect.poll(async () => (await (await elsewhere.request.get("/api/auth/me")).json()).user.organization).toBeNull();
});

test("the role of an invitation is the one that is shown, also of the next", async ({ page, context, account }) => {
  void account;
  await makeOrganization(context);
  await visit(page, "/organization/members");
  const form = page.locator("#invite");
  const [address, role] = [form.getByRole("textbox", { name: "E-mail" }), form.getByRole("combobox", { name: "Role" })];
  const roles: string[] = [];
  page.on("request", (request) => {
    if (/organizations\/.*\/invitations$/.test(request.url()) && request.method() === "POST") {
      roles.push(request.postDataJSON().role);
    }
  });
  const [admin, member] = [somebody().email, somebody().email];
  await address.fill(admin);
  await role.selectOption({ label: "Admin" });
  await form.getByRole("button", { name: "Send invitation" }).click();
  await expect(form).toContainText(`Invited ${admin} as an admin.`);
  await expect(role).toHaveValue("member");
  await address.fill(member);
  await form.getByRole("button", { name: "Send invitation" }).click();
  await expect(form).toContainText(`Invited ${member} as a member.`);
  expect(roles).toEqual(["admin", "member"]);
});

test("somebody without an organization founds one", async ({ page, context }) => {
  await signUp(context);
  await visit(page, "/organization/members");
  await expect(page.getByText("You are not in an organization")).toBeVisible();
  await page.getByRole("textbox", { name: "Name" }).fill("Annotation team");
  await page.getByRole("button", { name: "Create organization" }).click();
  await expect(page.getByRole("heading", { name: "Annotation team", level: 1 })).toBeVisible();
});
