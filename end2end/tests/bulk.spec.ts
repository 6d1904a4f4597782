// Changes of many conversations, and views that are saved: what the dialog says is what happens, and it can be taken back.
import type { Locator, Page } from "@playwright/test";
import { join, makeOrganization, serverUrl, signUp } from "./support/accounts";
import { Api } from "./support/api";
import { store } from "./support/conversations";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";

function table(page: Page): Locator {
  return page.getByRole("region", { name: "List of conversations" });
}

function titles(page: Page): Locator {
  return table(page).getByRole("rowheader").getByRole("link");
}

function bar(page: Page): Locator {
  return page.getByRole("region", { name: "Selected conversations" });
}

/** Opens what stands behind “More”. */
async function more(page: Page, action: string): Promise<void> {
  await bar(page).getByRole("button", { name: /^More/ }).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

async function statuses(page: Page): Promise<Record<string, number>> {
  const { conversations } = await new Api(page.request, serverUrl()).get("/api/conversations", { query: { limit: 100 } });
  const counts: Record<string, number> = {};
  for (const { status } of conversations) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

test("all that match are approved but for what no trainer takes, and all of it is undone", async ({ page, account, stored }) => {
  await stored.patch({ rowsPerPage: 10 });
  const many = Array.from({ length: 14 }, (_, index) => ({ title: `Waiting ${index}`, status: "pending_review" }));
  const broken = { title: "Not alternating", status: "pending_review", failures: [{ rule: "not_alternating", turn: 2 }] };
  store(account.id, [...many, broken, { title: "Rejected once", status: "rejected" }]);
  const before = await statuses(page);
  await visit(page, "/conversations?status=pending_review");
  await expect(titles(page)).toHaveCount(10);
  await page.getByRole("checkbox", { name: "Select this page" }).check();
  await bar(page).getByRole("button", { name: "Select all 15 that match" }).click();
  await expect(bar(page).getByRole("status")).toHaveText("All 15 that match are selected");
  await bar(page).getByRole("button", { name: "Approve…" }).click();
  const dialog = page.getByRole("dialog", { name: "Approve conversations" });
  await expect(dialog).toContainText("1 is left alone: no trainer takes it.");
  await dialog.getByRole("button", { name: "Approve 14 conversations" }).click();
  const jobs = page.getByRole("region", { name: "Bulk changes" });
  await expect(jobs).toContainText("Approved 14 conversations.");
  expect(await statuses(page)).toEqual({ approved: 14, pending_review: 1, rejected: 1 });
  await page.reload();
  await hydrate(page);
  await jobs.getByRole("button", { name: "Undo" }).click();
  await expect(jobs).toContainText("Undone: 14 conversations are as they were before.");
  expect(await statuses(page)).toEqual(before);
});

test("tags are added, and what is deleted comes back by Undo", async ({ page, account }) => {
  store(account.id, [{ title: "One" }, { title: "Two" }, { title: "Three" }]);
  await visit(page, "/conversations");
  await page.getByRole("checkbox", { name: "Select “One”" }).check();
  await page.getByRole("checkbox", { name: "Select “Two”" }).check();
  await more(page, "Tags…");
  const tags = page.getByRole("dialog", { name: "Change tags" });
  await tags.getByRole("textbox", { name: "Tags to add" }).fill("billing, urgent");
  await tags.getByRole("button", { name: "Continue" }).click();
  await tags.getByRole("button", { name: "Change the tags of 2 conversations" }).click();
  await expect(page.getByRole("region", { name: "Bulk changes" })).toContainText("Changed the tags of 2 conversations.");
  await visit(page, "/conversations?tag=urgent");
  await expect(titles(page)).toHaveCount(2);

  await page.getByRole("checkbox", { name: "Select this page" }).check();
  await more(page, "Delete…");
  const dialog = page.getByRole("dialog", { name: "Delete conversations" });
  await expect(dialog).toContainText("They are kept for 30 days.");
  await dialog.getByRole("button", { name: "Delete 2 conversations" }).click();
  await expect(page.getByText("No matching conversations")).toBeVisible();
  const deleted = page.getByRole("region", { name: "Bulk changes" }).locator(".bulk-job", { hasText: "Deleted 2 conversations." });
  await deleted.getByRole("button", { name: "Undo" }).click();
  await expect(titles(page)).toHaveCount(2);
});

test("the instruction of a revision of many is kept until it is sent", async ({ page, account }) => {
  store(account.id, [{ title: "One" }, { title: "Two" }]);
  await visit(page, "/conversations");
  const open = async () => {
    await page.getByRole("checkbox", { name: "Select “One”" }).check();
    await more(page, "Revise with Claude…");
  };
  const dialog = page.getByRole("dialog", { name: "Revise with Claude" });
  const instruction = dialog.getByRole("textbox", { name: "What should Claude change?" });
  await open();
  await instruction.fill("Shorter answers, and no apologies.");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await more(page, "Revise with Claude…");
  await expect(instruction).toHaveValue("Shorter answers, and no apologies.");
  await page.reload();
  await hydrate(page);
  await open();
  await expect(instruction).toHaveValue("Shorter answers, and no apologies.");
});

test("what has ended is shown until it is dismissed, in all tabs of this browser and nowhere else", async ({ page, context, account, otherBrowser }) => {
  store(account.id, [{ title: "One", status: "pending_review" }]);
  await visit(page, "/conversations");
  await page.getByRole("checkbox", { name: "Select “One”" }).check();
  await more(page, "Reject…");
  await page.getByRole("dialog", { name: "Reject conversations" }).getByRole("button", { name: "Reject 1 conversation" }).click();
  const ended = (shown: Page) => shown.getByRole("region", { name: "Bulk changes" }).getByText("Rejected 1 conversation.");
  await expect(ended(page)).toBeVisible();
  const another = await context.newPage();
  await visit(another, "/conversations");
  await expect(ended(another)).toBeVisible();
  const elsewhere = await (await otherBrowser(account)).newPage();
  await visit(elsewhere, "/conversations");
  await expect(titles(elsewhere)).toHaveText(["One"]);
  await expect(ended(elsewhere)).toHaveCount(0);
  await elsewhere.getByRole("button", { name: "Recent bulk changes" }).click();
  await expect(elsewhere.getByRole("dialog").getByText("Rejected 1 conversation.")).toBeVisible();

  await another.getByRole("region", { name: "Bulk changes" }).getByRole("button", { name: /^Dismiss/ }).click();
  await expect(ended(another)).toHaveCount(0);
  await expect(ended(page), "another tab").toHaveCount(0);
  await page.reload();
  await hydrate(page);
  await expect(titles(page)).toHaveText(["One"]);
  await expect(ended(page)).toHaveCount(0);
});

test("a view is saved, shared, and found by a colleague", async ({ page, account, context, otherBrowser }) => {
  await makeOrganization(context);
  const colleague = await otherBrowser(undefined);
  await signUp(colleague);
  await join(context, colleague, "member");
  store(account.id, [{ title: "Weak", score: 3 }, { title: "Strong", score: 9 }]);
  await visit(page, "/conversations?scoreMax=5");
  await expect(titles(page)).toHaveText(["Weak"]);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: "Save this view…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save this view" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Weak ones");
  await dialog.getByRole("switch", { name: "Share with the organization" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();

  const theirs = await colleague.newPage();
  await visit(theirs, "/conversations");
  await expect(titles(theirs)).toHaveCount(2);
  await theirs.getByRole("button", { name: "Views" }).click();
  await theirs.getByRole("link", { name: "Weak ones" }).click();
  await expectAt(theirs, "/conversations?scoreMax=5");
  await expect(titles(theirs)).toHaveText(["Weak"]);
});
