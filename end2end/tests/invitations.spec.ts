// Nobody becomes a member without saying yes: inviting, accepting, declining and withdrawing, as both sides see it. Pages
// that are open say what the messages on them say.
import { invite, join, makeOrganization, serverUrl, signUp, somebody } from "./support/accounts";
import { Api } from "./support/api";
import { expect, test, visit } from "./support/fixtures";

test("somebody is invited and becomes a member by accepting; another declines; a third is withdrawn", async ({ page, context, account, otherBrowser }) => {
  await makeOrganization(context);
  const [seconds, thirds] = [await otherBrowser(), await otherBrowser()];
  const second = await signUp(seconds, undefined, "Second Person");
  const third = await signUp(thirds, undefined, "Third Person");
  await visit(page, "/organization/members");
  const form = page.getByRole("region", { name: "Invite a member" });
  const pending = page.getByRole("region", { name: "Pending invitations" });
  for (const email of [second.email, third.email, "nobody-yet@example.com"]) {
    await form.getByRole("textbox", { name: "E-mail" }).fill(email);
    await form.getByRole("button", { name: "Send invitation" }).click();
    await expect(form.getByRole("status")).toContainText(`Invited ${email}`);
    await expect(pending.getByRole("listitem").filter({ hasText: email })).toBeVisible();
  }
  await expect(page.getByRole("row", { name: /Second Person/ }), "nobody is a member yet").toHaveCount(0);
  await pending.getByRole("button", { name: "Withdraw the invitation of nobody-yet@example.com" }).click();
  await expect(pending.getByRole("listitem").filter({ hasText: "nobody-yet" })).toHaveCount(0);
  await expect(form.getByRole("status"), "nobody can accept any more").toBeEmpty();

  const theirs = await seconds.newPage();
  await visit(theirs, "/organization/members");
  await expect(theirs.getByRole("main")).toContainText(`1 invitation is waiting for your answer: ${account.name} invites you to “Annotation team”.`);
  await theirs.getByRole("link", { name: "Read and answer" }).click();
  const invitation = theirs.getByRole("region", { name: "Annotation team" });
  await expect(invitation).toContainText(`${account.name} (${account.email}) invites you as a member.`);
  await expect(invitation).toContainText("can read, edit and review the conversations that you generate as a member");
  await invitation.getByRole("button", { name: "Accept the invitation to Annotation team" }).click();
  await expect(theirs.getByRole("heading", { name: "Annotation team", level: 1 })).toBeVisible();
  await expect(theirs.getByRole("main")).toContainText("You are a member of “Annotation team” now.");
  const deciding = theirs.getByRole("region", { name: "Managed by" });
  await expect(deciding.getByRole("listitem").filter({ hasText: account.name })).toContainText("Owner");

  const declining = await thirds.newPage();
  await visit(declining, "/invitations");
  await declining.getByRole("button", { name: "Decline the invitation to Annotation team" }).click();
  await expect(declining.getByText("No pending invitations")).toBeVisible();
  await expect(declining.getByRole("main")).toContainText("You declined the invitation.");

  // All of this on the page that was open from the beginning.
  await expect(page.getByRole("row", { name: /Second Person/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Third Person/ })).toHaveCount(0);
  await expect(pending).toContainText("No pending invitations.");
  await page.getByRole("button", { name: "Notifications, 2 unread" }).click();
  const bell = page.getByRole("region", { name: "Newest notifications" });
  await expect(bell).toContainText("Second Person joined “Annotation team”");
  await expect(bell).toContainText(`${third.email} declined the invitation`);
});

test("an open page of invitations follows what comes and goes, and keeps what was ticked", async ({ page, context, account, otherBrowser }) => {
  await makeOrganization(context, undefined, "Old team");
  const [firsts, seconds] = [await otherBrowser(), await otherBrowser()];
  await signUp(firsts, undefined, "First Owner");
  await makeOrganization(firsts, undefined, "First team");
  await signUp(seconds, undefined, "Second Owner");
  await makeOrganization(seconds, undefined, "Second team");
  await visit(page, "/invitations");
  await expect(page.getByText("No pending invitations")).toBeVisible();

  await invite(firsts, account.email);
  const first = page.getByRole("region", { name: "First team" });
  await expect(first).toContainText("First Owner");
  await expect(page.getByText("No pending invitations")).toBeHidden();
  const closing = first.getByRole("checkbox", { name: "Leave and close “Old team” when I accept" });
  await closing.check();

  await invite(seconds, account.email);
  const second = page.getByRole("region", { name: "Second team" });
  await expect(second).toBeVisible();
  await expect(closing).toBeChecked();

  const owner = await seconds.newPage();
  await visit(owner, "/organization/members");
  await owner.getByRole("button", { name: `Withdraw the invitation of ${account.email}` }).click();
  await expect(page.getByRole("region", { name: "Messages" })).toContainText("The invitation to “Second team” was withdrawn");
  await expect(second).toBeHidden();

  // The last member of an organization is not kept in it.
  await first.getByRole("button", { name: "Accept the invitation to First team" }).click();
  await expect(page.getByRole("heading", { name: "First team", level: 1 })).toBeVisible();
});

test("who was invited before they signed up is told", async ({ page, context, otherBrowser }) => {
  const owners = await otherBrowser();
  const owner = await signUp(owners, undefined, "Some Owner");
  await makeOrganization(owners);
  const person = somebody("Invited Person");
  await invite(owners, person.email);
  await signUp(context, undefined, undefined, person);
  await visit(page, "/organization/members");
  await page.getByRole("button", { name: "Notifications, 1 unread" }).click();
  const bell = page.getByRole("region", { name: "Newest notifications" });
  await expect(bell.getByRole("link", { name: "You are invited to “Annotation team”" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText(`1 invitation is waiting for your answer: ${owner.name} invites you to “Annotation team”.`);
});

test("another role and a removal are told at once, and the open page is what the person may see then", async ({ page, context, account, otherBrowser }) => {
  const owners = await otherBrowser();
  await signUp(owners, undefined, "Some Owner");
  await makeOrganization(owners);
  await join(owners, context);
  const owning = await owners.newPage();
  await visit(owning, "/organization/members");
  const api = new Api(owners.request, serverUrl());
  const { organizations } = await api.get("/api/organizations", {});
  const id = organizations[0]?.id ?? "";
  await visit(page, "/organization/members");
  await expect(page.getByRole("main")).toContainText("You are a member here.");
  const messages = page.getByRole("region", { name: "Messages" });

  await api.patch("/api/organizations/{id}/members/{user}", { path: { id, user: account.id }, body: { role: "admin" } });
  await expect(messages).toContainText("You are an admin of “Annotation team” now");
  await expect(page.getByRole("main")).toContainText("You are an admin here.");
  await expect(page.getByRole("region", { name: "Invite a member" })).toBeVisible();

  await owning.getByRole("button", { name: `Remove… ${account.name}` }).click();
  await owning.getByRole("dialog").getByRole("button", { name: `Remove ${account.name}`, exact: true }).click();
  await expect(messages).toContainText("You were removed from “Annotation team”");
  await expect(page.getByText("You are not in an organization")).toBeVisible();

  // The owner is the last member now, and is told what that means before they leave.
  await owning.getByRole("button", { name: "Leave…" }).click();
  const leaving = owning.getByRole("dialog", { name: "Leave and close Annotation team?" });
  await expect(leaving).toContainText("You are the last member, so the organization is closed.");
  await leaving.getByRole("button", { name: "Leave and close Annotation team", exact: true }).click();
  await expect(owning.getByText("You are not in an organization")).toBeVisible();
});
