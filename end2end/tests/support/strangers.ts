// What other people's software does to a page: translators, password managers, extensions.
import type { Page } from "@playwright/test";

/** The browser has no code of the page yet, so that there is a time before it. */
export async function withoutCode(page: Page): Promise<void> {
  await page.addInitScript(() => localStorage.removeItem("train.code"));
}

/** Puts elements in the place of every text, as Google Translate does: now, and whenever a text comes or changes. */
export async function translate(page: Page): Promise<void> {
  await page.evaluate(() => {
    const KEPT = "[translate=no], script, style, noscript, textarea, option, title, font, svg";
    const put = (text: Text) => {
      if (!text.isConnected || text.data.trim() === "" || text.parentElement?.closest(KEPT)) {
        return;
      }
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      inner.textContent = `«${text.data}»`;
      outer.append(inner);
      text.replaceWith(outer);
    };
    const all = (node: Node) => {
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      const texts = node instanceof Text ? [node] : [];
      while (walker.nextNode()) {
        texts.push(walker.currentNode as Text);
      }
      texts.forEach(put);
    };
    all(document.body);
    new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records) {
        [...(type === "characterData" ? [target] : addedNodes)].forEach(all);
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
}

/** What a page says, without the marks of the translator. */
export function untranslated(text: string): string {
  return text.replace(/[«»]/g, "");
}

/** Puts a sign behind every password and e-mail field, as password managers do. */
export async function managePasswords(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const field of document.querySelectorAll("input[type=password], input[type=email], main input")) {
      const sign = document.createElement("com-manager-icon");
      field.after(sign);
      field.setAttribute("data-manager", "found");
    }
  });
}

/** Adds elements at the start and end of the body and of everything in it that holds parts, changes attributes, and takes comments away. */
export async function extend(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.body.prepend(document.createElement("div"));
    document.body.append(document.createElement("extension-panel"));
    document.head.append(document.createElement("meta"));
    document.documentElement.setAttribute("data-extension", "");
    for (const element of document.querySelectorAll("#app, main, main h1, main h2, main form, main ul, main section, nav")) {
      element.prepend(document.createElement("div"));
      element.append(document.createElement("span"));
      element.setAttribute("data-extension", "");
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
    const comments: Comment[] = [];
    while (walker.nextNode()) {
      comments.push(walker.currentNode as Comment);
    }
    comments.forEach((comment) => comment.remove());
  });
}

/** Changes the page where nobody can see it: taken out, changed there, put back. */
export async function damageUnseen(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const main = document.querySelector("main")!;
    const parent = main.parentNode!;
    main.remove();
    await new Promise((resolve) => setTimeout(resolve));
    main.querySelectorAll("h1, h2").forEach((element) => element.replaceChildren());
    parent.append(main);
  });
}
