// axe, which knows the rules of accessibility, in the page itself. The package that binds it to Playwright would, for each look,
// send axe anew and open a second page to put the results of frames together; that takes longer than looking, and we have no frames.
import type { Page } from "@playwright/test";
import axe, { type RunOnly } from "axe-core";
import { expect } from "./fixtures";

const ALL: RunOnly = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
/** Of these rules, the ones that look at colours: all that another theme can break. */
const COLOURS: RunOnly = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

interface Fault {
  id: string;
  help: string;
  where: string[];
}

/** What axe finds wrong on a page as it is now. */
export function faults(page: Page): Promise<Fault[]> {
  return look(page, ALL);
}

/** What it finds wrong with the colours of a page on which everything else was looked at. */
export function faultsOfColour(page: Page): Promise<Fault[]> {
  return look(page, COLOURS);
}

async function look(page: Page, runOnly: RunOnly): Promise<Fault[]> {
  expect(page.frames(), "axe looks at one frame").toHaveLength(1);
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(axe.source);
  }
  const { seen, violations } = await page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { passes, incomplete, violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
    const told = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html.slice(0, 200)) }));
    return { seen: [...passes, ...incomplete, ...violations].map(({ id }) => id), violations: told };
  }, runOnly);
  // There is text on every page: otherwise axe has not looked.
  expect(seen, "rules that found something to judge").toContain("color-contrast");
  return violations;
}
