// Without JavaScript the page of notifications reads, and marks by plain posts.
import { expect, test } from "./support/fixtures";
import { tell } from "./support/notifications";

test("reading and marking", async ({ page, account }) => {
  tell(account.id, { title: "First" });
  tell(account.id, { title: "Second" });
  tell(account.id, { title: "Third" });
  await page.goto("/settings/display");
  await page.getByRole("button", { name: "Notifications, 3 unread" }).click();
  await page.getByRole("link", { name: "All notifications" }).click();
  await page.getByRole("button", { name: /^Mark as read ?: Second$/ }).click();
  await expect(page.getByRole("button", { name: "Notifications, 2 unread" })).toBeVisible();
  await page.getByRole("link", { name: "Unread", exact: true }).click();
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(2);
  await page.getByRole("main").getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
});
