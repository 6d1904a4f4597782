// Behaviour 11: axe finds nothing on any page in either theme. On the way a picture of each is put into `pictures/`, to look at.
import { AxeBuilder } from "@axe-core/playwright";
import path from "node:path";
import { expect, test } from "./support/fixtures";
import { allowRefusals, arriveAs, goTo, placesOf } from "./support/pages";

const PICTURES = path.resolve(__dirname, "..", "pictures");

for (const visitor of ["stranger", "newcomer", "member", "administrator"] as const) {
  const places = placesOf(visitor);
  // A few places per test: signing up for each would take longer than looking.
  for (let first = 0; first < places.length; first += 6) {
    const some = places.slice(first, first + 6);
    test(some.map((place) => place.name).join(", "), { tag: "@phone" }, async ({ page, context, guard }, info) => {
      test.setTimeout(90_000);
      allowRefusals(guard);
      await page.emulateMedia({ reducedMotion: "reduce" });
      await arriveAs(visitor, context);
      for (const place of some) {
        await goTo(page, place);
        // Nobody there has chosen a theme, so the page follows the system's.
        for (const theme of ["light", "dark"] as const) {
          await test.step(`${place.name}, ${theme}`, async () => {
            await page.emulateMedia({ colorScheme: theme });
            await page.screenshot({
              path: path.join(PICTURES, `${place.name}-${info.project.name}-${theme}.png`),
              fullPage: place.then === undefined,
            });
            const { violations } = await new AxeBuilder({ page })
              .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
              .analyze();
            const told = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html.slice(0, 200)) }));
            expect.soft(told, `${place.name}, ${theme}`).toEqual([]);
          });
        }
      }
    });
  }
}
