// Fails a test when a page of it says something is wrong, unless the test expects exactly that.
import { type BrowserContext, expect } from "@playwright/test";

export class Guard {
  private readonly complaints: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Watches every page of a context, those that it opens later too. */
  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.complaints.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on("weberror", (error) => this.complaints.push(`page error: ${error.error().stack ?? error.error()}`));
  }

  /** The browser logs every failed request; a test that makes one fail says so by its address and, if any, status. */
  allowFailedRequest(address: RegExp, why: number | RegExp): void {
    const reason = typeof why === "number" ? `status of ${why}` : why.source;
    this.allowed.push(new RegExp(`Failed to load resource: .*${reason}.*\\(.*${address.source}`));
  }

  /** Something else that the browser is meant to complain about. */
  allow(complaint: RegExp): void {
    this.allowed.push(complaint);
  }

  check(): void {
    const unexpected = this.complaints.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
    expect(unexpected, "what the pages complained about").toEqual([]);
  }
}
