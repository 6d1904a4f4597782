// How a page is laid out: whether it fits, and whether a finger can hit what is on it.
import type { Page } from "@playwright/test";

/** How far the page scrolls sideways, in CSS pixels. */
export function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Visible text that is cut off without a way to reach it. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wrong: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("main *, header *, dialog[open] *")) {
      const box = element.getBoundingClientRect();
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      // Tables scroll by themselves, and lines of tabs and filters where they do not fit.
      const line = element.closest(".tab-links, .history-filters");
      const scrolls = element.closest("[role=region]") ?? (line !== null && getComputedStyle(line).overflowX === "auto");
      const hidden = box.width <= 1 || box.height <= 1 || getComputedStyle(element).visibility === "hidden" || scrolls;
      if (own && !hidden && (box.right > width + 1 || box.left < -1)) {
        wrong.push(element.outerHTML.slice(0, 120));
      }
    }
    return wrong;
  });
}

/** Targets that are smaller than 24 px in one direction. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [tabindex='0']";
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>(targets)) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest("[inert]")) {
        continue;
      }
      // What a label adds belongs to the target. Links within a sentence are exempt (WCAG 2.5.8).
      const boxes = [element, ...(element as HTMLInputElement).labels ?? []].map((part) => part.getBoundingClientRect());
      const width = Math.max(...boxes.map((box) => box.width));
      const height = Math.max(...boxes.map((box) => box.height));
      const inSentence = element.matches("a") && getComputedStyle(element).display === "inline";
      const outOfSight = element.getBoundingClientRect().bottom < 0;
      if (!inSentence && !outOfSight && (width < 23.9 || height < 23.9)) {
        found.push(`${Math.round(width)}×${Math.round(height)} ${element.outerHTML.slice(0, 120)}`);
      }
    }
    return found;
  });
}
