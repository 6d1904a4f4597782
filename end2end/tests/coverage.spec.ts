// Coverage: which combinations have conversations, and how many are longer than a model takes.
import { Stored, signUp, serverUrl } from "./support/accounts";
import { expect, expectAt, hydrate, test, visit } from "./support/fixtures";
import { runSql } from "./support/notifications";

interface Kind {
  persona: string;
  emotion: string;
  status?: string;
  score?: number;
  tokens?: number;
}

/** Stores conversations of these kinds for a person. */
function store(userId: string, kinds: Kind[]): void {
  const rows = kinds.map(
    ({ persona, emotion, status = "generated", score = 7, tokens = 900 }) =>
      `('${persona}', '${emotion}', '${status}', ${score}, ${tokens})`,
  );
  runSql(
    `INSERT INTO public.conversations (title, persona, emotion, topic, tier, status, quality_score, turn_count, training_tokens,
       gate_failures, is_decided, created_by, turns)
     SELECT 'About a loan', persona, emotion, 'Loans', 'template', status, score, 2, tokens, '[]'::jsonb, true, '${userId}'::uuid,
       '[{"role": "user", "content": "May I ask?"}, {"role": "assistant", "content": "Of course."}]'::jsonb
     FROM (VALUES ${rows.join(", ")}) AS given (persona, emotion, status, score, tokens)`,
  );
}

const KINDS: Kind[] = [
  { persona: "Student", emotion: "calm", status: "approved", score: 9, tokens: 300 },
  { persona: "Student", emotion: "calm", score: 7, tokens: 5_000 },
  { persona: "Student", emotion: "angry", tokens: 9_000 },
  { persona: "Retired teacher", emotion: "calm" },
];

test("a cell leads to its conversations, and an empty one to one more", async ({ page, context }) => {
  const { id } = await signUp(context, serverUrl());
  store(id, KINDS);
  await visit(page, "/coverage");
  const matrix = page.getByRole("region", { name: "Persona by emotion" });
  await expect(page.getByText("1 of 4 combinations has no conversation.")).toBeVisible();
  await expect(matrix.getByRole("columnheader")).toHaveText([/Persona/, /^calm/, /^angry/]);
  const student = matrix.getByRole("row", { name: /^Student/ });
  await student.getByRole("link", { name: "2 conversations, 50 % approved, mean score 8.0" }).click();
  await expectAt(page, "/conversations?persona=Student&emotion=calm");
  await expect(page.getByText("2 conversations", { exact: true })).toBeVisible();
  await page.goBack();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  expect((await download).suggestedFilename()).toBe("missing-combinations.csv");

  // By the keyboard, with a draft that keeps what the cell does not name.
  const gap = matrix.getByRole("row", { name: /^Retired teacher/ }).getByRole("link", { name: /Generate/ });
  await gap.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Persona" })).toHaveValue("Retired teacher");
  await expect(page.getByRole("textbox", { name: "Emotion" })).toHaveValue("angry");
  await expectAt(page, "/generate");
  await page.goBack();
  await expectAt(page, "/coverage");
  await page.goForward();
  await page.getByRole("textbox", { name: "Emotion" }).fill("furious");
  await page.reload();
  await hydrate(page);
  await expect(page.getByRole("textbox", { name: "Emotion" }), "a reload keeps what was changed").toHaveValue("furious");
});

test("rows, columns and the target stand in the address, outlive a reload, and go back", async ({ page, context }) => {
  const { id } = await signUp(context, serverUrl());
  store(id, KINDS);
  await visit(page, "/coverage");
  const length = page.getByRole("region", { name: "Length" });
  await expect(length.getByRole("link", { name: "2 of 4 are longer than 4,096 tokens" })).toBeVisible();
  await length.getByRole("link", { name: "8,192", exact: true }).click();
  await expectAt(page, "/coverage?tokensOver=8192");
  await expect(length.getByRole("link", { name: "1 of 4 is longer than 8,192 tokens" })).toBeVisible();

  await page.getByRole("combobox", { name: "Columns" }).selectOption("tier");
  await expectAt(page, "/coverage?rows=persona&columns=tier&tokensOver=8192");
  await expect(page.getByRole("columnheader", { name: /^Edge case/ })).toBeVisible();
  await page.reload();
  await hydrate(page);
  await expect(page.getByRole("combobox", { name: "Columns" })).toHaveValue("tier");
  await expect(length.getByRole("link", { name: "8,192", exact: true })).toHaveAttribute("aria-current", "true");

  const own = length.getByRole("textbox", { name: "Other number of tokens" });
  await own.fill("many");
  await own.press("Enter");
  await expect(length.getByText("Enter a whole number above 0.")).toBeVisible();
  await own.fill("1000");
  await own.press("Enter");
  await expectAt(page, "/coverage?rows=persona&columns=tier&tokensOver=1000");
  await length.getByRole("link", { name: "2 of 4 are longer than 1,000 tokens" }).click();
  await expectAt(page, "/conversations?tokensOver=1000");
  await page.goBack();
  await page.goBack();
  await expectAt(page, "/coverage?rows=persona&columns=tier&tokensOver=8192");
  await page.goBack();
  await expect(page.getByRole("combobox", { name: "Columns" })).toHaveValue("emotion");
});

test("on a phone the table scrolls and the page does not; density acts at once", async ({ page, context }) => {
  const { id } = await signUp(context, serverUrl());
  store(id, ["calm", "angry", "hopeful", "tired", "curious"].map((emotion) => ({ persona: "Student", emotion })));
  await page.setViewportSize({ width: 320, height: 640 });
  await visit(page, "/coverage");
  const matrix = page.getByRole("region", { name: "Persona by emotion" });
  await expect(matrix.getByRole("columnheader")).toHaveCount(6);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide).toBe(0);
  await matrix.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => matrix.evaluate((box) => box.scrollLeft)).toBeGreaterThan(0);
  const head = matrix.getByRole("rowheader", { name: /^Student/ });
  await expect(head, "the row's name stays in sight").toBeInViewport();
  const height = async (): Promise<number> => (await head.boundingBox())!.height;
  const before = await height();
  await new Stored(context.request).patch({ tableDensity: "spacious" });
  await expect.poll(height).toBeGreaterThan(before);
});
