// From the key that decides to the next conversation on the screen, over a network that takes 150 ms there and back.
import type { Page } from "@playwright/test";
import { expect, test, visit } from "../tests/support/fixtures";
import { store } from "../tests/support/conversations";

const DECISIONS = 100;

interface Watched {
  waits: number[];
  pressed: number | undefined;
}

declare global {
  interface Window {
    watched: Watched;
  }
}

/** Notes for each key how long it takes until another conversation was painted. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched: Watched = { waits: [], pressed: undefined };
    window.watched = watched;
    addEventListener("keydown", (event) => (watched.pressed ??= event.timeStamp), true);
    let shown: Element | null = null;
    const look = () => {
      const heading = document.querySelector("#review-heading");
      if (heading === null || heading === shown) {
        return;
      }
      shown = heading;
      const pressed = watched.pressed;
      watched.pressed = undefined;
      if (pressed === undefined) {
        return;
      }
      // A task that begins in a frame runs when that frame was painted.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => watched.waits.push(performance.now() - pressed);
        port2.postMessage(undefined);
      });
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
}

test("the next conversation after a decision", async ({ page, account }) => {
  const titles = Array.from({ length: DECISIONS + 5 }, (_, index) => ({ title: `Waiting ${index}`, status: "pending_review" }));
  store(account.id, titles);
  await watch(page);
  await visit(page, "/review");
  await expect(page.locator("#review-heading")).toBeVisible();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: -1, uploadThroughput: -1 });
  for (let done = 0; done < DECISIONS; done += 1) {
    await page.keyboard.press(done % 3 === 0 ? "r" : "a");
    await expect.poll(() => page.evaluate(() => window.watched.waits.length)).toBe(done + 1);
    // A person reads for a moment.
    await page.waitForTimeout(400);
  }
  const waits = (await page.evaluate(() => window.watched.waits)).sort((one, other) => one - other);
  const at = (share: number) => Math.round(waits[Math.ceil(share * waits.length) - 1] ?? 0);
  console.log(`key → next conversation painted, 150 ms network, ${DECISIONS} decisions: median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`);
});
