// The database: its health, maintenance from the page, and who may see it. It is real: the tests make tables of their own beside Train's.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { serverUrl, signInAsAdministrator } from "./support/accounts";
import { Api } from "./support/api";
import { Session, query } from "./support/database";
import { expect, expectAt, test, visit } from "./support/fixtures";
import { visitStopped } from "./support/settings";

/** A table of this test alone, with dead rows that autovacuum leaves to us. */
async function tableWithDeadRows(): Promise<string> {
  const name = `e2e_${randomUUID().replaceAll("-", "")}`;
  await query(`create table public.${name} (id int primary key, filler text) with (autovacuum_enabled = off)`);
  await query(`insert into public.${name} select n, repeat('x', 200) from generate_series(1, 10000) n`);
  await query(`delete from public.${name} where id % 10 <> 0`);
  // The collector tells it at the end of the session that made it, at the latest.
  await expect.poll(() => query(`select n_dead_tup >= 9000 from pg_stat_user_tables where relname = '${name}'`)).toBe("t");
  return name;
}

function log(page: Page, what: string): Locator {
  return page.getByRole("region", { name: "Log" }).getByRole("listitem").filter({ hasText: what });
}

/** The row of a list whose header is exactly this: the name of a table or an index, or a statement. */
function rowOf(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
}

test.describe("an administrator", () => {
  test.beforeEach(({ context }) => signInAsAdministrator(context));

  test("sees the database at a glance, and each number says how sure it is", async ({ page }) => {
    await visit(page, "/history");
    await page.getByRole("link", { name: "Database", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Database" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Server" })).toContainText("PostgreSQL");
    const size = page.getByRole("region", { name: "Size", exact: true });
    await expect(size.getByTitle(/^(Exact|Estimate), as of \d/)).toHaveText(/^(≈ )?[\d.,]+ (MiB|GiB)$/);
    await expect(page.getByText(/^Exact unless marked as an estimate; as of/)).toBeVisible();
    const largest = page.getByRole("region", { name: "Largest tables" });
    await expect(largest.getByTitle(/^(Exact|Estimate), as of \d/).first()).toHaveText(/^(≈ )?[\d.,]+ (bytes|KiB|MiB|GiB)$/);
    await expect(page.getByRole("region", { name: "Setup checks" })).toContainText("pg_stat_statements");
    await expect(page.getByText(/^Updated/)).toBeVisible();
    await page.getByRole("button", { name: "Refresh", exact: true }).click();
    await expect(page.getByText("Updated just now")).toBeVisible();
  });

  test("reads the verdict first, and opens what was checked", async ({ page }) => {
    await visit(page, "/database/overview");
    const verdict = page.getByRole("region", { name: "Verdict" });
    await expect(verdict).toContainText(/Healthy|critical|warning/);
    for (const title of ["Size", "Cache hit ratio", "Connections", "Mean query time"]) {
      await expect(page.getByRole("region", { name: title, exact: true })).toBeVisible();
    }
    const checks = page.getByRole("region", { name: "Checks", exact: true });
    const restart = checks.getByText("No pending restart");
    await expect(restart).toBeHidden();
    await checks.getByText(/^\d fine$/).click();
    await expect(restart).toBeVisible();
    // What the alerts say of it stands in the verdict, and above the other tabs.
    await page.route("**/api/fn/database-overview", async (route) => {
      const answer = await route.fetch();
      const text = (await answer.text()).replace(/"openCritical":\d+/, '"openCritical":0').replace(/"openWarning":\d+/, '"openWarning":2');
      await route.fulfill({ response: answer, body: text.replace(/"worstAlert":(null|"[^"]*")/, '"worstAlert":"Something is wrong."') });
    });
    await page.getByRole("button", { name: "Refresh", exact: true }).click();
    await expect(verdict).toContainText("2 warnings");
    await expect(verdict).toContainText("Something is wrong.");
    await expect(verdict.getByRole("link", { name: /^Show all \d+ alerts$/ })).toHaveAttribute("href", "/database/alerts?state=open");
    await expect(page.getByText("Something is wrong.")).toHaveCount(1);
    await page.getByRole("navigation", { name: "Database" }).getByRole("link", { name: "Tables" }).click();
    await expect(page.getByText("Something is wrong.")).toBeVisible();
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("keeps the figures it has when they cannot be read again, and says how old they are", async ({ page, guard }) => {
    guard.allowFailedRequest(/fn\/database-/, /net::ERR_FAILED/);
    await visit(page, "/database/tables");
    const first = page.getByRole("region", { name: "Table list" }).getByRole("rowheader").first();
    await expect(first).toBeVisible();
    await page.route("**/api/fn/database-*", (route) => route.abort());
    await page.getByRole("button", { name: "Refresh", exact: true }).click();
    const stale = page.getByRole("status").filter({ hasText: "could not be read again" });
    await expect(stale).toContainText(/Those shown are from (just now|\d+ \w+ ago)\./);
    await expect(first).toBeVisible();
    await expect(page.getByRole("main").getByRole("alert")).toHaveCount(0);
    await page.unroute("**/api/fn/database-*");
    await stale.getByRole("button", { name: "Retry" }).click();
    await expect(stale).toHaveCount(0);
    await expect(first).toBeVisible();
  });

  test("reaches what can be done with a row by keyboard", async ({ page }) => {
    const name = await tableWithDeadRows();
    try {
      await visit(page, `/database/tables?search=${name}`);
      const button = page.getByRole("button", { name: `Actions of public.${name}` });
      const menu = page.getByRole("menu", { name: `Actions of public.${name}` });
      await button.focus();
      await page.keyboard.press("Enter");
      await expect(menu.getByRole("menuitem", { name: "Vacuum…" })).toBeFocused();
      await page.keyboard.press("ArrowDown");
      await expect(menu.getByRole("menuitem", { name: "Analyze…" })).toBeFocused();
      await page.keyboard.press("End");
      await expect(menu.getByRole("menuitem", { name: "Measure exactly" })).toBeFocused();
      await page.keyboard.press("ArrowDown");
      await expect(menu.getByRole("menuitem", { name: "Vacuum…" })).toBeFocused();
      await page.keyboard.press("Escape");
      await expect(menu).toBeHidden();
      await expect(button).toBeFocused();
      await page.keyboard.press("ArrowUp");
      await expect(menu.getByRole("menuitem", { name: "Measure exactly" })).toBeFocused();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: `Exact bloat of public.${name}` });
      await expect(dialog).toContainText(/% of it is bloat/);
      await page.keyboard.press("Escape");
      await expect(dialog).toBeHidden();
      await expect(button, "where it was opened from").toBeFocused();
    } finally {
      await query(`drop table public.${name}`);
    }
  });

  test("sees Train's own statements only on request, and opens one beneath its line", async ({ page }) => {
    const own = `e2e_own_${randomUUID().replaceAll("-", "")}`;
    // As the owner, as everything that these tests ask of the database.
    await query(`create table public.${own} (id int)`);
    try {
      await visit(page, `/database/queries?search=${own}`);
      await expect(page.getByRole("heading", { name: `No results for “${own}”` })).toBeVisible();
      await page.getByRole("switch", { name: "Include Train’s own" }).click();
      await expect(page).toHaveURL(/own=true/);
      const line = rowOf(page, `create table public.${own} (id int)`);
      await expect(line).toBeVisible();
      const whole = page.getByRole("group", { name: "Code" });
      await expect(whole).toHaveCount(0);
      await line.getByText(own).click();
      await expect(whole).toHaveText(`create table public.${own} (id int)`);
      await page.getByRole("switch", { name: "Include Train’s own" }).click();
      await expect(line).toHaveCount(0);
    } finally {
      await query(`drop table public.${own}`);
    }
  });

  test("reads how old the numbers are, which grows while nothing is read again", async ({ page }) => {
    await visitStopped(page, "/database");
    await page.getByRole("switch", { name: "Refresh every 30 s" }).click();
    await expect(page.getByText("Updated just now")).toBeVisible();
    await page.clock.runFor(75_000);
    await expect(page.getByText("Updated 1 minute ago")).toBeVisible();
  });

  test("is led to what is wrong with a rule, beside its field", async ({ page, guard }) => {
    guard.allowFailedRequest(/alert-rules/, 400);
    await visit(page, "/database/alerts");
    const critical = page.getByRole("spinbutton", { name: "High bloat: critical" });
    await page.getByRole("spinbutton", { name: "High bloat: warning" }).fill("80");
    await page.getByRole("button", { name: "Save rules" }).click();
    await expect(critical).toBeFocused();
    await expect(critical).toHaveAttribute("aria-invalid", "true");
    await expect(critical).toHaveAccessibleDescription(/must be above Warning, 80/);
    await expect(critical).toBeInViewport();
    // Of a rule without any threshold it is the rule that is wrong.
    for (const severity of ["info", "warning", "critical"]) {
      await page.getByRole("spinbutton", { name: `High bloat: ${severity}` }).fill("");
    }
    await page.getByRole("button", { name: "Save rules" }).click();
    const on = page.getByRole("switch", { name: "High bloat: on" });
    await expect(on).toBeFocused();
    await expect(on).toHaveAccessibleDescription(/no threshold/);
  });

  test("finds a table with dead rows, vacuums it, and sees what came of it", async ({ page }) => {
    const name = await tableWithDeadRows();
    try {
      await visit(page, "/database/tables");
      await page.getByRole("searchbox", { name: "Search tables" }).fill(name);
      await expect(page).toHaveURL(new RegExp(`search=${name}`));
      const row = rowOf(page, `public.${name}`);
      await expect(row).toContainText("90.0 %");
      await row.getByRole("button", { name: `Actions of public.${name}` }).click();
      await row.getByRole("menuitem", { name: "Vacuum…" }).click();

      await expect(page).toHaveURL(new RegExp(`operation=vacuum&schema=public&table=${name}`));
      const checks = page.getByRole("status", { name: "Pre-flight" });
      await expect(checks).toContainText(`VACUUM`);
      await expect(checks).toContainText(`"${name}"`);
      await page.getByRole("textbox", { name: "Reason (optional)" }).fill("A test of the page");
      await page.getByRole("button", { name: `Run VACUUM public.${name}`, exact: true }).click();

      const entry = log(page, `Vacuum of public.${name}`);
      await expect(entry).toContainText("Completed", { timeout: 30_000 });
      await expect(entry).toContainText("A test of the page");
      const form = page.getByRole("region", { name: "Run maintenance" });
      await expect(form.getByRole("status").filter({ hasText: `Vacuum of public.${name}: completed.` })).toBeVisible();
      await expect(form.getByText("Vacuum is queued.")).toHaveCount(0);
      await entry.getByText("Before, after and statements").click();
      await expect(entry.getByRole("heading", { name: "Before" })).toBeVisible();
      await expect(entry.getByRole("heading", { name: "After" })).toBeVisible();
      expect(await query(`select n_dead_tup from pg_stat_user_tables where relname = '${name}'`)).toBe("0");
    } finally {
      await query(`drop table public.${name}`);
    }
  });

  test("has to type the name before a table is written anew", async ({ page }) => {
    const name = await tableWithDeadRows();
    try {
      await visit(page, `/database/maintenance?operation=vacuum_full&schema=public&table=${name}`);
      const run = page.getByRole("button", { name: `Run VACUUM FULL public.${name}`, exact: true });
      const typed = page.getByRole("textbox", { name: /^Type .* to confirm$/ });
      await expect(typed).toBeVisible();
      await expect(run).toBeDisabled();
      // Whether it is working time when the tests run, nobody knows.
      const late = page.getByRole("textbox", { name: "Why it cannot wait until after working hours" });
      if (await late.isVisible()) {
        await late.fill("A test");
      }
      await typed.fill("something else");
      await expect(run).toBeDisabled();
      const words = /^Type (.*) to confirm$/.exec((await page.locator("label[for=maintenance-confirm]").textContent()) ?? "")?.[1];
      await typed.fill(words ?? "");
      await run.click();
      await expect(log(page, `Vacuum full of public.${name}`)).toContainText("Completed", { timeout: 30_000 });
    } finally {
      await query(`drop table public.${name}`);
    }
  });

  test("issue 13, 4.1: asks for the plan of a statement and for the exact bloat of a table and an index", async ({ page }) => {
    const name = await tableWithDeadRows();
    try {
      await query(`select filler from public.${name} where id = 10`);
      await visit(page, `/database/queries?own=true&search=${name}%20where`);
      await page.getByRole("button", { name: /^Actions of statement/ }).first().click();
      await page.getByRole("menuitem", { name: "Explain" }).click();
      const plan = page.getByRole("dialog", { name: "Plan, without running the statement" });
      await expect(plan).toContainText(/cost=[\d.]+/);
      for (const [tab, object] of [["tables", name], ["indexes", `${name}_pkey`]] as const) {
        await visit(page, `/database/${tab}?search=${name}`);
        await rowOf(page, `public.${object}`).getByRole("button", { name: `Actions of public.${object}` }).click();
        await page.getByRole("menuitem", { name: "Measure exactly" }).click();
        await expect(page.getByRole("dialog", { name: `Exact bloat of public.${object}` })).toContainText(/% of it is bloat/);
      }
    } finally {
      await query(`drop table public.${name}`);
    }
  });

  test("ends a session that holds others up", async ({ page }) => {
    const session = await Session.idleInTransaction();
    try {
      await visit(page, "/database/connections");
      const idle = page.getByRole("region", { name: "Idle sessions" });
      const row = idle.getByRole("row").filter({ has: page.getByRole("rowheader", { name: String(session.pid), exact: true }) });
      await row.getByRole("button", { name: `Terminate… process ${session.pid}` }).click();
      await page.getByRole("dialog", { name: `Terminate process ${session.pid}?` }).getByRole("button", { name: "Terminate" }).click();
      await expect.poll(() => query(`select count(*) from pg_stat_activity where pid = ${session.pid}`)).toBe("0");
      await expect(row).toBeHidden();
    } finally {
      session.end();
    }
  });

  test("acknowledges an alert", async ({ page, context }) => {
    test.setTimeout(150_000);
    const name = await tableWithDeadRows();
    // An index that a failed build left behind: two rows are equal where they may not be.
    await query(`create unique index concurrently ${name}_broken on public.${name} (filler)`).catch(() => undefined);
    try {
      const list = page.getByRole("region", { name: "Alerts", exact: true });
      const alert = list.getByRole("listitem").filter({ hasText: `Invalid index: public.${name}_broken` });
      // It is looked every 30 seconds whether there is something to tell.
      const api = new Api(context.request, serverUrl());
      await expect
        .poll(async () => (await api.get("/api/database/alerts", { query: { limit: 100 } })).alerts.map((one) => one.object?.name), { timeout: 120_000, intervals: [500] })
        .toContain(`${name}_broken`);
      await visit(page, "/database/alerts");
      await expect(alert).toBeVisible();
      await alert.getByRole("button", { name: /^Acknowledge/ }).click();
      await expect(alert).toContainText("Acknowledged by");
      await expect(alert.getByRole("link", { name: /^Reindex/ })).toHaveAttribute("href", /operation=reindex/);
    } finally {
      await query(`drop table public.${name}`);
    }
  });

  test("is told while typing which threshold cannot be, and which time", async ({ page }) => {
    await visit(page, "/database/alerts");
    const rules = page.getByRole("region", { name: "Rules", exact: true });
    const threshold = (severity: string) => rules.getByRole("spinbutton", { name: `High bloat: ${severity}` });
    const before = await threshold("warning").inputValue();
    await threshold("warning").fill("95");
    await expect(rules.getByText(/: Critical must be above Warning, 95\./)).toBeVisible();
    await expect(threshold("critical")).toHaveAttribute("aria-invalid", "true");
    await threshold("warning").fill(before);
    await expect(threshold("critical")).not.toHaveAttribute("aria-invalid");

    await visit(page, "/database/backups");
    const schedule = page.getByRole("region", { name: "Schedule" });
    await schedule.getByRole("textbox", { name: "When" }).fill("0 25 * * *");
    await expect(schedule.getByRole("status").filter({ hasText: "“25”" })).toBeVisible();
  });

  test("makes a backup and downloads it", async ({ page }) => {
    test.setTimeout(90_000);
    await visit(page, "/database/backups");
    const list = page.getByRole("region", { name: "Backups" });
    await expect(list.getByText(/Created with pg_dump/)).toBeVisible();
    await page.getByRole("button", { name: "Back up now" }).click();
    const newest = list.getByRole("listitem").first();
    await expect(newest).toContainText("Verified", { timeout: 60_000 });
    const download = page.waitForEvent("download");
    await newest.getByRole("link", { name: /^Download/ }).click();
    const file = await (await download).path();
    expect(readFileSync(file).subarray(0, 5).toString(), "PostgreSQL's own format").toBe("PGDMP");
  });

  test("is led by the search and by addresses that are wrong", async ({ page }) => {
    await visit(page, "/database/nonsense");
    await expect(page.getByRole("navigation", { name: "Database" }).getByRole("link", { name: "Overview" })).toHaveAttribute("aria-current", "page");
    await page.getByRole("button", { name: /^Search/ }).click();
    const dialog = page.getByRole("dialog", { name: "Search" });
    await dialog.getByRole("searchbox").fill("database slow");
    await dialog.getByRole("link", { name: /^Queries\s*Database$/ }).click();
    await expectAt(page, "/database/queries");
    await expect(page).toHaveTitle(/Queries – Database/);
  });

  test("switches off that it reads again by itself, and the browser remembers", async ({ page }) => {
    await visit(page, "/database/overview");
    const automatic = page.getByRole("switch", { name: "Refresh every 30 s" });
    await expect(automatic).toBeChecked();
    await automatic.click();
    await page.reload();
    await expect(automatic).not.toBeChecked();
  });
});

test("a member sees no link, no page and no data", async ({ page, account, guard }) => {
  void account;
  await visit(page, "/history");
  await expect(page.getByRole("link", { name: "History" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Database" })).toHaveCount(0);
  await visit(page, "/database/tables");
  await expect(page.getByRole("heading", { name: "Only administrators see the database" })).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
  guard.allowFailedRequest(/database/, 403);
  for (const path of ["health?type=overview", "alerts", "maintenance", "backups", "report"]) {
    const answer = await page.request.get(`${serverUrl()}/api/database/${path}`);
    expect(answer.status(), path).toBe(403);
  }
});
