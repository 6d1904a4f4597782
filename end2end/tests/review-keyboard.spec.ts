// A review of twenty-five by the keyboard alone, and by what a screen reader is told. No test here touches the mouse after it arrived.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { serverUrl } from "./support/accounts";
import { Api } from "./support/api";
import { store } from "./support/conversations";
import { expect, expectAt, test, visit } from "./support/fixtures";

const COUNT = 25;

/** Stores as many that wait, in the order of the queue: the lowest score first. */
function waiting(accountId: string, count = COUNT): string[] {
  const titles = Array.from({ length: count }, (_, index) => `Question ${index + 1}`);
  store(accountId, titles.map((title, index) => ({ title, status: "pending_review", score: index / 5 })));
  return titles;
}

function heading(page: Page): Locator {
  return page.getByRole("main").getByRole("heading", { level: 2 }).first();
}

/** Goes on with Tab until something has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stop = 0; stop < 60; stop += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not lead there.");
}

/** How many stand with each status. */
async function statuses(context: BrowserContext): Promise<Record<string, number>> {
  const { conversations } = await new Api(context.request, serverUrl()).get("/api/conversations", { query: { limit: 100 } });
  const counts: Record<string, number> = {};
  for (const { status } of conversations) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

test("twenty-five are reviewed by keyboard alone", async ({ page, context, account }) => {
  test.setTimeout(120_000);
  const titles = waiting(account.id);
  await visit(page, "/conversations");
  const link = page.getByRole("link", { name: "Review", exact: true });
  await tabTo(page, link);
  await page.keyboard.press("Enter");
  await expectAt(page, "/review");
  await expect(heading(page)).toHaveText(titles[0]!);

  const button = (name: RegExp) => page.getByRole("button", { name });
  const comment = page.getByRole("textbox", { name: "Comment" });
  const expected: Record<string, number> = { approved: 0, rejected: 0, needs_revision: 0 };
  const skipped: string[] = [];
  for (const [index, title] of titles.entries()) {
    await expect(heading(page)).toHaveText(title);
    if (index > 0) {
      await expect(heading(page), "the keyboard goes on where the next one begins").toBeFocused();
    }
    switch (index % 5) {
      case 0:
        await page.keyboard.press("a");
        expected.approved! += 1;
        break;
      case 1:
        await page.keyboard.press("c");
        await expect(comment).toBeFocused();
        // None of its letters decides anything.
        await page.keyboard.type("a rather vague answer");
        await expect(heading(page)).toHaveText(title);
        await page.keyboard.press("Escape");
        await page.keyboard.press("r");
        expected.rejected! += 1;
        break;
      case 2:
        await tabTo(page, button(/^Needs revision/));
        await page.keyboard.press("Enter");
        expected.needs_revision! += 1;
        break;
      case 3:
        await page.keyboard.press("ArrowRight");
        skipped.push(title);
        break;
      default:
        await page.keyboard.press("r");
        await tabTo(page, button(/^Undo/));
        await expect(button(/^Undo/)).toHaveAccessibleName(`Undo Rejected: ${title}`);
        await page.keyboard.press("Enter");
        await expect(heading(page)).toHaveText(title);
        await expect(heading(page)).toBeFocused();
        await page.keyboard.press("a");
        expected.approved! += 1;
    }
  }
  await expect(heading(page)).toHaveText("Only what you skipped is left");
  await tabTo(page, button(/^Review what I skipped/));
  await page.keyboard.press("Enter");
  // The queue passes over what somebody is about to write, so that they may come in another order.
  const left = new Set(skipped);
  while (left.size > 0) {
    await expect(heading(page)).toHaveText(new RegExp(`^(${[...left].join("|")})$`));
    left.delete(await heading(page).innerText());
    await page.keyboard.press("a");
    expected.approved! += 1;
  }
  await expect(heading(page)).toHaveText("Nothing waits for review");
  await expect.poll(() => statuses(context)).toEqual(expected);
});

test("a screen reader is told all that there is to decide by, and what became of each", async ({ page, context, account }) => {
  store(account.id, [
    { title: "Broken off", status: "pending_review", score: 2, failures: [{ rule: "ends_with_user" }] },
    { title: "A double charge", status: "pending_review", score: 7 },
  ]);
  await visit(page, "/review");
  const main = page.getByRole("main");
  await expect(main).toMatchAriaSnapshot(`
    - heading "Review" [level=1]
    - radiogroup "Queue"
    - region "Broken off":
      - heading "Broken off" [level=2]
      - text: Pending review
      - status:
        - strong: Not trainable.
        - list:
          - listitem: Does not end with the assistant
      - list:
        - listitem:
          - paragraph: /User/
          - paragraph: My card was charged twice for the same ticket.
        - listitem:
          - paragraph: /Assistant/
        - listitem:
          - paragraph: /User/
        - listitem:
          - paragraph: /Assistant/
    - group "Decision":
      - button /^Approve/
      - button /^Reject/
      - button "Needs revision"
    - button /^Skip/
    - button "Second opinion…"
    - textbox "Comment"
    - region "About it":
      - term: Score
      - definition: "2.0"
      - term: Trainable
      - definition: "No"
      - meter "Structure"
  `);

  // What is asked takes the focus, says what it is about, and gives the focus back.
  const approve = page.getByRole("button", { name: /^Approve/ });
  await tabTo(page, approve);
  await page.keyboard.press("Enter");
  const question = page.getByRole("dialog", { name: "Approve although it is not trainable?" });
  await expect(question).toMatchAriaSnapshot(`
    - heading "Approve although it is not trainable?"
    - list:
      - listitem: Does not end with the assistant
    - button "Cancel"
    - button /^Approve anyway/
  `);
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
  await expect(approve).toBeFocused();

  const told = (sentence: string) => expect(main.getByRole("status").filter({ hasText: sentence })).toHaveCount(1);
  await page.keyboard.press("r");
  await told("Rejected. 1 left.");
  await expect(heading(page)).toHaveText("A double charge");
  await expect(heading(page)).toBeFocused();
  await expect(main.getByRole("region", { name: "A double charge" }), "nothing is left of the one before").not.toContainText("Not trainable");
  await page.keyboard.press("a");
  await told("Approved. 0 left.");
  await expect(heading(page)).toHaveText("Nothing waits for review");
  await tabTo(page, page.getByRole("button", { name: "Undo Approved: A double charge" }));
  await page.keyboard.press("Enter");
  await told("Undone: Approved.");
  await expect(heading(page)).toHaveText("A double charge");
  await expect.poll(() => statuses(context)).toEqual({ rejected: 1, pending_review: 1 });
});
