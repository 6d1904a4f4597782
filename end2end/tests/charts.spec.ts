// Charts: the value under the pointer and by keyboard, words that keep their size, and the part of the history that is shown.
import type { Locator } from "@playwright/test";
import { signInAsAdministrator } from "./support/accounts";
import { query } from "./support/database";
import { expect, test, visit } from "./support/fixtures";
import { numberField, slider } from "./support/settings";

/** Something was measured an hour ago and three hours ago, and nothing in between. */
async function history(): Promise<void> {
  const known = "select count(*) > 0 from public.database_snapshots where kind = 'overview'";
  await expect.poll(() => query(known), { timeout: 90_000 }).toBe("t");
  await query(
    `insert into public.database_snapshots (kind, tier, taken_at, payload)
     select 'overview', 'raw', now() - age, payload
       from (select payload from public.database_snapshots where kind = 'overview' order by taken_at desc limit 1) as newest,
         unnest(array[interval '3 hours', interval '1 hour']) as age`,
  );
}

function readout(chart: Locator): Locator {
  return chart.locator(".chart-readout");
}

test.describe("an administrator", () => {
  test.beforeEach(async ({ context }) => {
    await history();
    await signInAsAdministrator(context);
  });

  test("reads a value under the pointer and by keyboard", async ({ page }) => {
    await visit(page, "/database/overview");
    const chart = page.getByRole("region", { name: "Size over time" });
    await expect(readout(chart)).toContainText(/: \d+(\.\d+)? (KiB|MiB|GiB)$/);
    const last = await readout(chart).textContent();

    const plot = chart.locator(".chart-plot");
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    // Three of the last 24 hours ago.
    await page.mouse.move(box!.x + (box!.width * 21) / 24, box!.y + 40);
    await expect(readout(chart)).not.toHaveText(last!);
    await expect(chart.locator(".chart-cursor circle")).toHaveCount(1);
    await page.mouse.move(0, 0);
    await expect(chart.locator(".chart-cursor circle")).toHaveCount(0);

    const slider = chart.getByRole("slider", { name: "Size over time: value at" });
    await slider.focus();
    await page.keyboard.press("Home");
    const first = await slider.getAttribute("aria-valuetext");
    await page.keyboard.press("ArrowRight");
    await expect(slider).not.toHaveAttribute("aria-valuetext", first!);
    await expect(readout(chart)).not.toHaveText(first!);
  });

  test("chooses which part of the history is shown, and the address keeps it", async ({ page }) => {
    await visit(page, "/database/overview");
    await page.getByRole("radio", { name: "7 days" }).check();
    await expect(page).toHaveURL(/range=7d/);
    await page.reload();
    await expect(page.getByRole("radio", { name: "7 days" })).toBeChecked();

    await page.getByRole("radio", { name: "Custom" }).check();
    await page.getByLabel("From").fill("2026-01-02");
    await page.getByLabel("to", { exact: true }).fill("2026-01-01");
    await expect(page.getByText("The first day must not be after the last.")).toBeVisible();
    await page.getByLabel("to", { exact: true }).fill("2026-01-03");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page).toHaveURL(/range=own.*from=2026-01-02.*to=2026-01-03/);
    await expect(page.getByRole("region", { name: "Size over time" })).toContainText("nothing was recorded");
  });

  test("reads what one statement did over time", async ({ page }) => {
    await visit(page, "/database/queries?own=true");
    await page.getByRole("button", { name: /^Actions of statement/ }).first().click();
    await page.getByRole("menuitem", { name: "History" }).click();
    await expect(page).toHaveURL(/^[^?]*\/database\/queries\?statement=-?\d+$/);
    await expect(page.getByRole("region", { name: "Calls over time" })).toContainText(/an hour on average|nothing was recorded/);
    await expect(page.getByRole("region", { name: "Mean time over time" })).toContainText(/on average|did not run/);
    await page.getByRole("radio", { name: "7 days" }).check();
    await expect(page).toHaveURL(/statement=-?\d+&range=7d/);
    await page.getByRole("link", { name: "All statements" }).click();
    await expect(page.getByRole("region", { name: "Query list" })).toBeVisible();
  });

  test("sees when alerts were open, and keeps the range with a filter", async ({ page }) => {
    const subject = `public.t${Date.now()}`;
    await query(
      `insert into public.database_alerts (kind, subject, severity, state, payload, value, first_seen, resolved_at)
         values ('high_bloat', '${subject}', 'warning', 'resolved', '{"cause": "c", "effect": "e", "remedy": "r"}', 1,
           now() - interval '5 days', now() - interval '4 days')`,
    );
    try {
      await visit(page, "/database/alerts");
      const card = page.getByRole("region", { name: "Timeline", exact: true });
      await expect(card.getByRole("radio", { name: "24 hours" })).toBeChecked();
      await card.getByRole("radio", { name: "7 days" }).check();
      const row = card.getByRole("listitem").filter({ hasText: subject });
      await expect(row).toContainText(/From .* to .*, 1 d 0 h/);
      await expect(row.locator("rect")).toHaveCount(1);
      await page.getByRole("combobox", { name: "Kind" }).selectOption("deadlocks");
      await expect(page).toHaveURL(/range=7d.*kind=deadlocks|kind=deadlocks.*range=7d/);
      await expect(row).toHaveCount(0);
    } finally {
      await query(`delete from public.database_alerts where subject = '${subject}'`);
    }
  });

  test("reads words that are as large on a phone as on a desktop", async ({ page }) => {
    await visit(page, "/database/overview");
    const words = page.getByRole("region", { name: "Size over time" }).locator(".chart-x text").first();
    const height = async () => (await words.boundingBox())!.height;
    const desktop = await height();
    await page.setViewportSize({ width: 375, height: 812 });
    expect(Math.abs((await height()) - desktop)).toBeLessThan(1);
    expect(desktop).toBeGreaterThan(11);
  });
});

test("spending has a window, and earlier ones", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/costs");
  const card = page.getByRole("region", { name: "Spending", exact: true });
  await expect(card).toContainText("Nothing was spent.");
  await card.getByRole("radio", { name: "Week" }).check();
  await expect(page).toHaveURL(/window=week/);
  await expect(card.getByRole("button", { name: "Later" })).toBeDisabled();
  await card.getByRole("button", { name: "Earlier" }).click();
  await expect(page).toHaveURL(/window=week.*back=1/);
  await card.getByRole("button", { name: "Later" }).click();
  await expect(page).not.toHaveURL(/back=/);
});

test("the thresholds say what they would make of one's own conversations", async ({ page, account }) => {
  await query(
    `insert into public.conversations (tier, status, created_by, quality_score, gate_failures)
       select 'template', 'generated', '${account.id}', score, '[]' from unnest(array[9.0, 7.0, 5.0, 4.5, 2.0]) as score`,
  );
  await visit(page, "/settings/quality");
  const card = page.getByRole("region", { name: "Effect on your conversations" });
  await expect(card).toContainText("Would flag 2 of your 5 conversations, approve 1, send 1 to review and reject 1.");
  await slider(page, "Minimum acceptable").focus();
  await page.keyboard.press("Home");
  await expect(card).toContainText("Would flag 3 of your 5 conversations, approve 1, send 1 to review and reject 0.");
  await expect(card.locator(".quality-bars [data-zone=needs_revision]")).toHaveCount(3);
  await expect(card.locator(".quality-picture .chart-y span"), "from the highest bar to none").toHaveText(["1", "0"]);
  await expect(card.getByRole("row").filter({ hasText: "Approved" })).toContainText("8.0 and above");
});

test("pace and timeouts are drawn as they are being set", async ({ page, account }) => {
  void account;
  await visit(page, "/ai/timeouts");
  const compared = page.getByRole("region", { name: "Timeouts compared" });
  const list = compared.getByRole("region", { name: "Timeout list" });
  await expect(list.getByRole("row").filter({ hasText: "One attempt" })).toContainText("60 s");
  await expect(compared).toContainText("2 of 4 attempts can begin");
  await visit(page, "/ai/limits");
  const pace = page.getByRole("region", { name: "Pace", exact: true });
  await expect(pace).toContainText("11 at once, then one every 1.2 s");
  await numberField(page, "Burst allowance").fill("0");
  await expect(pace).toContainText("1 at once, then one every 1.2 s: 51 within the first minute");
});
