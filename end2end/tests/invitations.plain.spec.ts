// Without JavaScript an invitation reads and is answered by plain posts, also by who belongs to another organization.
import { invite, join, makeOrganization, signUp } from "./support/accounts";
import { expect, test } from "./support/fixtures";

test("moving to another organization says what ends, and asks", async ({ page, context, account, otherBrowser }) => {
  const [old, wanted] = [await otherBrowser(), await otherBrowser()];
  await signUp(old, undefined, "Old Owner");
  await makeOrganization(old, undefined, "Old team");
  await join(old, context);
  await signUp(wanted, undefined, "New Owner");
  await makeOrganization(wanted, undefined, "New team");
  await invite(wanted, account.email, "admin");

  await page.goto("/invitations");
  const invitation = page.getByRole("region", { name: "New team" });
  await expect(invitation).toContainText("You belong to “Old team” as a member");
  const top = async (verb: string) =>
    (await invitation.getByRole("button", { name: `${verb} the invitation to New team` }).boundingBox())?.y;
  expect(await top("Accept"), "both answers stand in one row").toBe(await top("Decline"));
  await invitation.getByRole("button", { name: "Accept the invitation to New team" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("You belong to an organization already.");
  await invitation.getByRole("checkbox", { name: "Leave “Old team” when I accept" }).check();
  await invitation.getByRole("button", { name: "Accept the invitation to New team" }).click();
  await expect(page.getByRole("heading", { name: "New team", level: 1 })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("You are an admin of “New team” now.");
});
