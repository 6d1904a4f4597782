// Behaviours 10 and 11, on every page and for all that opens there, of which each is visited once on the desktop and once on a phone:
// axe finds nothing in either theme, targets are large enough, and narrow windows, high zoom and large text hide nothing.
// With PICTURES=1 a picture of each is put into `pictures/`, to look at.
import type { Page } from "@playwright/test";
import { faults, faultsOfColour } from "./support/axe";
import { expect, test } from "./support/fixtures";
import { cutOff, sideways, smallTargets } from "./support/layout";
import { type Place, allowRefusals, arriveAs, goTo, placesOf } from "./support/pages";
import { picture } from "./support/pictures";

const DESKTOP = { width: 1280, height: 720 };
const NARROW = [
  // What is left of 1280 × 1024 at 400 %. First, because what is opened on a page is harder to reach there.
  { name: "400 % zoom", width: 320, height: 256 },
  { name: "320 px wide", width: 320, height: 640 },
];

async function fits(page: Page, what: string): Promise<void> {
  expect.soft(await sideways(page), `${what} scrolls sideways`).toBe(0);
  expect.soft(await cutOff(page), `${what} cuts off`).toEqual([]);
}

/** What lies above the page, by its kind. */
function opened(page: Page): Promise<string[]> {
  return page.locator("dialog[open], [popover]:popover-open").evaluateAll((all) => all.map((one) => `${one.tagName} ${one.id}`));
}

/** Nobody there has chosen a theme, so the page follows the system's. Another theme only has other colours. */
async function inBothThemes(page: Page, place: Place, project: string): Promise<void> {
  for (const [theme, look] of [["light", faults], ["dark", faultsOfColour]] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await picture(page, `${place.name}-${project}-${theme}`, place.then === undefined);
    expect.soft(await look(page), `${place.name}, ${theme}`).toEqual([]);
  }
}

for (const visitor of ["stranger", "newcomer", "member", "administrator"] as const) {
  const places = placesOf(visitor);
  // A few places per test: both workers have something to do until the end.
  for (let first = 0; first < places.length; first += 8) {
    const some = places.slice(first, first + 8);
    test(some.map((place) => place.name).join(", "), { tag: "@phone" }, async ({ page, context, guard, isMobile }, info) => {
      test.setTimeout(180_000);
      allowRefusals(guard);
      await page.emulateMedia({ reducedMotion: "reduce" });
      await arriveAs(visitor, context);
      for (const place of some) {
        await test.step(place.name, async () => {
          if (isMobile) {
            await goTo(page, place);
            expect.soft(await smallTargets(page), `${place.name}: targets`).toEqual([]);
            return inBothThemes(page, place, info.project.name);
          }
          await page.setViewportSize(NARROW[0]!);
          await goTo(page, place);
          const open = await opened(page);
          for (const { name, ...size } of NARROW) {
            await page.setViewportSize(size);
            await fits(page, `${place.name}, ${name}`);
          }
          await page.setViewportSize(DESKTOP);
          expect.soft(await smallTargets(page), `${place.name}: targets`).toEqual([]);
          await inBothThemes(page, place, info.project.name);
          // The person's own font size in the browser's settings; sizes in rem follow it.
          await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
          expect.soft(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe("32px");
          await fits(page, `${place.name}, 200 % text`);
          expect(await opened(page), "what was opened stays open in every window").toEqual(open);
        });
      }
    });
  }
}
