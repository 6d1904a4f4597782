// Presses every button of a page, those of its dialogs too, and tells what did not go well.
import { type Locator, type Page, type Request, expect } from "@playwright/test";
import { hydrate } from "./fixtures";

export interface Place {
  address: string;
  /** Makes an edit that can be saved or thrown away, before each press. */
  edit?: (page: Page) => Promise<void>;
  /** Where a label stands on many rows, the row to press it in. */
  row?: Record<string, (page: Page) => Locator>;
  /** Labels of a list to choose from, of which one is pressed. */
  alike?: RegExp;
}

/** What is typed where something has to be typed, by the field's label. */
const WORDS: [label: RegExp, word: string | ((label: string) => string)][] = [
  [/e-mail/i, "newcomer@example.com"],
  [/API key/, "sk-ant-api03-another-of-the-buttons-0002"],
  [/^Type (.*) to confirm/, (label) => /^Type (.*) to confirm/.exec(label)?.[1] ?? ""],
  [/^Id\b|\bid$/i, "claude-of-the-buttons-1"],
];
/** What a page does in its own way, whatever others with the same button do. */
const OWN = /^(Save|Review)/;
const CLOSES = /^(Close|Cancel)$/;
const USUAL_WORD = "A test of the buttons";
const USUAL_NUMBER = "1";

/** Presses on one page: what was pressed, and what went wrong, in sentences. */
export class Presser {
  readonly complaints: string[] = [];
  /** Labels that were seen, and those of them that were pressed here. */
  private readonly seen = new Set<string>();
  private readonly pressed = new Set<string>();
  private readonly inDialogs = new Set<string>();
  private readonly inFlight = new Set<Request>();
  private sent = 0;
  private last = "opening";

  constructor(
    private readonly page: Page,
    private readonly place: Place,
    /** What was pressed on pages that have some of their buttons in common; saving is each one's own. */
    private readonly known: Set<string>,
  ) {
    page.on("request", (request) => {
      // The stream of events stays open.
      if (!request.url().includes("/api/events")) {
        this.inFlight.add(request);
        this.sent += 1;
      }
    });
    const over = (request: Request) => this.inFlight.delete(request);
    page.on("requestfinished", over);
    page.on("requestfailed", over);
    page.on("response", (answer) => {
      if (answer.status() >= 400) {
        const request = answer.request();
        this.complain(`${request.method()} ${new URL(request.url()).pathname} answered ${answer.status()}`);
      }
    });
    page.on("download", () => (this.sent += 1));
  }

  /** Presses everything there is, one of each label, until nothing new appears. */
  async all(): Promise<void> {
    await this.open();
    for (;;) {
      await this.place.edit?.(this.page);
      const label = await this.next(this.main(), this.pressed);
      if (label === undefined) {
        break;
      }
      await this.press(this.main(), label);
      if (await this.dialog().isVisible()) {
        await this.dialogOf(label);
      }
      if (this.elsewhere()) {
        await this.open();
      }
    }
    this.pressed.forEach((label) => OWN.test(label) || this.known.add(label));
    for (const label of this.seen) {
      const done = this.pressed.has(label) || this.inDialogs.has(label);
      if (!done && this.place.alike?.test(label) !== true) {
        this.complaints.push(`${this.place.address}: "${label}" could never be pressed`);
      }
    }
  }

  /** Everything in the dialog that a button opens, which is opened again whenever it has closed. */
  private async dialogOf(opener: string): Promise<void> {
    const inside = new Set<string>();
    for (;;) {
      if (!(await this.dialog().isVisible()) && !(await this.again(opener))) {
        return;
      }
      await fill(this.dialog(), USUAL_NUMBER);
      const label = await this.next(this.dialog(), inside, `${opener} → `);
      if (label === undefined) {
        return this.leave();
      }
      inside.add(label);
      await this.press(this.dialog(), label, `${opener} → `);
    }
  }

  /** Opens a dialog once more: on the page as it was left, or, where that does not lead there, on a new one. */
  private async again(opener: string): Promise<boolean> {
    for (const anew of [this.elsewhere(), true]) {
      if (anew) {
        await this.open();
        await this.place.edit?.(this.page);
      }
      if ((await this.button(this.main(), opener)) !== undefined) {
        await this.press(this.main(), opener);
        if (await this.dialog().isVisible()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Closes the dialog by the key for that. One that asks about what is in it is left with its page. */
  private async leave(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.settled();
    if (await this.dialog().isVisible()) {
      await this.open();
    }
  }

  private elsewhere(): boolean {
    return new URL(this.page.url()).pathname !== this.place.address.split("?")[0];
  }

  private async open(): Promise<void> {
    await this.page.goto(this.place.address);
    await hydrate(this.page);
    await this.settled();
  }

  private main(): Locator {
    return this.page.getByRole("main");
  }

  private dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  /** The first label in a place that can be pressed and was not. */
  private async next(scope: Locator, done: Set<string>, path = ""): Promise<string | undefined> {
    const chosen = [...this.pressed].some((label) => this.place.alike?.test(label));
    const all = await buttons(scope);
    const labels = all.filter(({ label }) => !(chosen && this.place.alike?.test(label)) && !this.known.has(path + label));
    labels.forEach(({ label }) => this.seen.add(label));
    return labels.find(({ label, ready }) => ready && !done.has(label))?.label;
  }

  /** The first button of a label that can be pressed. */
  private async button(scope: Locator, label: string): Promise<Locator | undefined> {
    const within = this.place.row?.[label]?.(this.page) ?? scope;
    const place = (await buttons(within)).findIndex((one) => one.label === label && one.ready);
    return place < 0 ? undefined : within.getByRole("button").nth(place);
  }

  private async press(scope: Locator, label: string, path = ""): Promise<void> {
    this.last = `${path}${label}`;
    (path === "" ? this.pressed : this.inDialogs).add(label);
    if (CLOSES.test(label)) {
      this.known.add(path + label);
    }
    const button = await this.button(scope, label);
    if (button === undefined) {
      return this.complain("is not there any more");
    }
    const form = button.locator("xpath=ancestor::form");
    if ((await button.getAttribute("type")) === "submit" && (await form.count()) > 0) {
      await fill(form);
    }
    const before = await this.state();
    await button.click();
    if ((await this.state()) === before) {
      this.complain("did nothing");
    }
    for (const said of await this.page.locator("[role=alert]:visible").allInnerTexts()) {
      if (said.trim() !== "") {
        this.complain(`said: ${said.trim()}`);
      }
    }
  }

  /** Changes when anything does. Read when the page has settled, and of the next one if it is left while it is read. */
  private async state(): Promise<string> {
    let seen = "";
    await expect(async () => {
      await this.settled();
      seen = await this.page.evaluate(() => {
        const open = [...document.querySelectorAll("dialog[open]")].map((dialog) => dialog.id);
        return [location.href, ...open, document.querySelector("main")?.innerText, document.activeElement?.id].join("\n");
      });
    }).toPass({ timeout: 30_000, intervals: [20, 50] });
    return `${this.sent}\n${seen}`;
  }

  /** Returns when nothing is being asked of the server any more and the page has drawn the answers. */
  private async settled(): Promise<void> {
    await expect(async () => {
      const sent = this.sent;
      const awaited = await this.page.evaluate(async () => {
        await new Promise<void>((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())));
        return [...document.querySelectorAll(".skeleton")].filter((one) => one.checkVisibility({ visibilityProperty: true })).length;
      });
      expect([this.sent, this.inFlight.size, awaited]).toEqual([sent, 0, 0]);
    }).toPass({ timeout: 20_000, intervals: [20, 50] });
  }

  private complain(what: string): void {
    this.complaints.push(`${this.place.address}, ${this.last}: ${what}`);
  }
}

/** The visible buttons by what stands on them, without what is only read out: one label for all rows. */
function buttons(scope: Locator): Promise<{ label: string; ready: boolean }[]> {
  return scope.getByRole("button").evaluateAll((all) =>
    all.map((button) => {
      const shown = button.cloneNode(true) as HTMLElement;
      shown.querySelectorAll(".visually-hidden").forEach((hidden) => hidden.remove());
      const label = shown.textContent?.trim() || button.getAttribute("aria-label") || "";
      return { label, ready: !button.matches(":disabled, [aria-disabled=true]") };
    }),
  );
}

/** Fills in what is empty; numbers only when there is one for them, because on a page an empty one means something. */
async function fill(form: Locator, number = ""): Promise<void> {
  const kinds = ["input:not([type])", "input[type=text]", "input[type=email]", "input[type=password]", "textarea"];
  for (const field of await form.locator(kinds.map((kind) => `${kind}:visible`).join()).all()) {
    if ((await field.inputValue()) !== "" || !(await field.isEditable())) {
      continue;
    }
    const { label, numeric } = await field.evaluate((input: HTMLInputElement) => ({
      label: input.labels?.[0]?.innerText ?? input.ariaLabel ?? "",
      numeric: ["numeric", "decimal"].includes(input.inputMode),
    }));
    const word = WORDS.find(([pattern]) => pattern.test(label))?.[1] ?? (numeric ? number : USUAL_WORD);
    await field.fill(typeof word === "string" ? word : word(label));
  }
}
