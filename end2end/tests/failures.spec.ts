// Behaviour 4, as far as the server lives: refusals are shown and taken back, lost answers are asked for again.
import { expect, test, visit } from "./support/fixtures";
import { choice, deafen, isSave, numberField, recordSaves, saved, status } from "./support/settings";

test("a refused save goes back, says why, and is never called saved", async ({ page, stored, guard }) => {
  guard.allowFailedRequest(/api\/user-preferences/, 400);
  await deafen(page);
  await visit(page, "/settings/quality");
  await page.evaluate(() => {
    const said: string[] = [];
    const status = document.querySelector("header [role=status]");
    new MutationObserver(() => said.push(status?.textContent ?? "")).observe(status ?? document, {
      subtree: true,
      characterData: true,
      childList: true,
    });
    Object.assign(window, { said });
  });
  // This page does not know that flagging has moved; for it 7.5 is allowed.
  await stored.patch({ qualityThresholds: { flagging: 7.9 } });
  const field = numberField(page, "Auto-approval");
  await field.fill("7.5");
  await page.keyboard.press("Enter");
  await expect(status(page)).toContainText("Not saved");
  await expect(field).toHaveAccessibleDescription(/at least/);
  await page.keyboard.press("Tab");
  await expect(field).toHaveValue("8.0");
  expect(await stored.value("qualityThresholds.autoApproval")).toBe(8);
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect(said).not.toContain("Saved");
});

test("a save that the server cannot store is kept, marked, and stored by Retry", async ({ page, stored, guard }) => {
  guard.allowFailedRequest(/api\/user-preferences/, 503);
  let broken = true;
  await page.route("**/api/user-preferences", (route) =>
    broken && isSave(route.request())
      ? route.fulfill({
          status: 503,
          json: {
            success: false,
            status: 503,
            error: "The database does not answer at the moment.",
            code: "unavailable",
            // Far away, so that only Retry can be what stores it.
            retryAfter: 3_600,
            requestId: "test",
          },
        })
      : route.fallback(),
  );
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await expect(status(page)).toContainText("Not saved: The database does not answer at the moment.");
  await expect(choice(page, "Theme", "Dark"), "what was chosen stays in sight").toBeChecked();
  expect(await stored.value("theme")).toBe("system");
  broken = false;
  await page.getByRole("button", { name: "Retry" }).click();
  await saved(page);
  expect(await stored.value("theme")).toBe("dark");
  expect(await stored.history()).toHaveLength(1);
});

test("an answer lost after the commit is asked for again by the same key: one row of history", async ({ page, stored, guard }) => {
  guard.allowFailedRequest(/api\/user-preferences/, /net::ERR_FAILED/);
  const sent = recordSaves(page);
  let lost = false;
  await page.route("**/api/user-preferences", async (route) => {
    if (isSave(route.request()) && !lost) {
      lost = true;
      const answer = await route.fetch();
      expect(answer.status()).toBe(200);
      return route.abort();
    }
    return route.fallback();
  });
  await visit(page, "/settings/display");
  await choice(page, "Theme", "Dark").click();
  await expect(status(page)).toHaveText("Queued (offline)");
  await saved(page);
  expect(sent.length).toBeGreaterThan(1);
  expect(new Set(sent.map((save) => save.id)).size).toBe(1);
  expect(sent[0]?.id).not.toBeNull();
  expect(await stored.value("theme")).toBe("dark");
  expect(await stored.history()).toHaveLength(1);
});

test("a session that ended is told, and nothing is called saved", async ({ page, account, context, guard }) => {
  void account;
  guard.allowFailedRequest(/api\/(events|user-preferences|auth\/me)/, 401);
  await visit(page, "/settings/display");
  await context.clearCookies();
  await choice(page, "Theme", "Dark").click();
  await expect(page.getByRole("alertdialog", { name: "You are signed out" })).toContainText("not saved yet");
  await expect(page.locator("body"), "nothing of the account is shown").toBeHidden();
});
