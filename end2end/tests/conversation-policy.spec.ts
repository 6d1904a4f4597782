// What an organization decides about its conversations: looked at before it is saved, told by history, and taken back there.
import { makeOrganization } from "./support/accounts";
import { expect, test, visit } from "./support/fixtures";
import { runSql } from "./support/notifications";
import { choice, numberField, switchOf } from "./support/settings";

test("retention is previewed, saved, told by history and taken back", async ({ page, context, account }) => {
  await makeOrganization(context);
  runSql(
    `INSERT INTO public.conversations (organization_id, title, tier, status, created_by, updated_at)
     SELECT organization_id, 'Old', 'template', 'rejected', user_id, now() - interval '100 days'
     FROM public.organization_members, generate_series(1, 12) WHERE user_id = '${account.id}'`,
  );
  await visit(page, "/organization/conversations");
  await switchOf(page, "Archive old conversations").click();
  const retention = page.locator("#policy-retention");
  await expect(retention).toContainText("No conversation would be archived within a day.");
  await numberField(page, "Archive after").fill("90");
  await expect(retention).toContainText("12 conversations would be archived within a day.");
  await choice(page, "E-mail address", "Mask at export").click();
  await numberField(page, "Token target").fill("4096");
  const bar = page.getByRole("region", { name: "Changes of the conversation policy" });
  await expect(bar).toContainText("4 changes are not saved.");

  await page.getByRole("button", { name: "Review and save…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save this policy?" });
  await expect(dialog).toContainText("12 conversations would be archived within a day.");
  await dialog.getByRole("button", { name: "Save for everyone" }).click();
  await expect(dialog).toBeHidden();
  await expect(bar).toContainText("Saved.");

  await visit(page, "/history?configType=conversation_policy");
  await expect(page.getByText("Changed conversation policy of Annotation team").first()).toBeVisible();
  await page.getByRole("button", { name: "Roll back…" }).click();
  const question = page.getByRole("dialog", { name: "Roll back this change?" });
  await expect(question.getByRole("listitem").filter({ hasText: /Token target.*4,096 tokens/ })).toBeVisible();
  await question.getByRole("textbox", { name: "Reason" }).fill("Too early");
  await question.getByRole("button", { name: "Roll back", exact: true }).click();
  await expect(question).toBeHidden();
  await expect(page.getByText("Reason: Too early")).toBeVisible();

  await visit(page, "/organization/conversations");
  await expect(switchOf(page, "Archive old conversations")).not.toBeChecked();
  await expect(choice(page, "E-mail address", "Mark")).toBeChecked();
  await expect(numberField(page, "Token target")).toHaveValue("");
});
