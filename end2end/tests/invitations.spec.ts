// Nobody becomes a member without saying yes: inviting, accepting, declining and withdrawing, as both sides see it.
import { makeOrganization, signUp } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";

test("somebody is invited and becomes a member by accepting; another declines; a third is withdrawn", async ({ page, context, account, otherBrowser }) => {
  await makeOrganization(context);
  const [seconds, thirds] = [await otherBrowser(), await otherBrowser()];
  const second = await signUp(seconds, undefined, "Second Person");
  const third = await signUp(thirds, undefined, "Third Person");
  await visit(page, "/organization/members");
  const form = page.getByRole("region", { name: "Invite somebody" });
  const pending = page.getByRole("region", { name: "Pending invitations" });
  for (const email of [second.email, third.email, "nobody-yet@example.com"]) {
    await form.getByRole("textbox", { name: "E-mail" }).fill(email);
    await form.getByRole("button", { name: "Send invitation" }).click();
    await expect(form.getByRole("status")).toContainText(`Invited: ${email}`);
    await expect(pending.getByRole("listitem").filter({ hasText: email })).toBeVisible();
  }
  await expect(page.getByRole("row", { name: /Second Person/ }), "nobody is a member yet").toHaveCount(0);
  await pending.getByRole("button", { name: "Withdraw the invitation of nobody-yet@example.com" }).click();
  await expect(pending.getByRole("listitem").filter({ hasText: "nobody-yet" })).toHaveCount(0);

  const theirs = await seconds.newPage();
  await visit(theirs, "/organization/members");
  await theirs.getByRole("link", { name: "Your invitations" }).click();
  const invitation = theirs.getByRole("region", { name: "Annotation team" });
  await expect(invitation).toContainText(`${account.name} (${account.email}) invites you as a member.`);
  await expect(invitation).toContainText("can read the conversations that you generate as a member");
  await invitation.getByRole("button", { name: "Accept the invitation to Annotation team" }).click();
  await expect(theirs.getByRole("heading", { name: "Annotation team", level: 1 })).toBeVisible();

  const declining = await thirds.newPage();
  await visit(declining, "/invitations");
  await declining.getByRole("button", { name: "Decline the invitation to Annotation team" }).click();
  await expect(declining.getByText("No invitation waits for your answer")).toBeVisible();

  await visit(page, "/organization/members");
  await expect(page.getByRole("row", { name: /Second Person/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Third Person/ })).toHaveCount(0);
  await expect(pending).toContainText("Nobody's answer is waited for.");
  await page.getByRole("button", { name: "Notifications, 2 unread" }).click();
  const bell = page.getByRole("region", { name: "Newest notifications" });
  await expect(bell).toContainText("Second Person joined “Annotation team”");
  await expect(bell).toContainText(`${third.email} declined the invitation`);
});
