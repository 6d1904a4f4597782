// A stand-in for Claude: the workspace's own program, told over HTTP how to answer.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const binary = path.resolve(__dirname, "../../../target/debug/claude-stand-in");
const START_MS = 20_000;

/** How one request is answered, as in stand-in/src/behaviour.rs. */
export type Behaviour = { kind: string } & Record<string, unknown>;

/** A running stand-in. The one that all tests share is left alone; a test that scripts it starts its own. */
export class Claude {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Claude> {
    if (!existsSync(binary)) {
      throw new Error(`There is no stand-in for Claude at ${binary}. Run \`cargo build --release --package claude-stand-in\` first.`);
    }
    // A process group of its own: Ctrl+C in a terminal goes to Playwright, which then stops it.
    const child = spawn(binary, ["--listen", "127.0.0.1:0"], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    const stopWithUs = () => child.kill("SIGTERM");
    process.once("exit", stopWithUs);
    child.once("exit", () => process.removeListener("exit", stopWithUs));
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("The stand-in for Claude did not start.")), START_MS);
      let words = "";
      child.once("error", reject);
      child.stdout?.on("data", (chunk: Buffer) => {
        words += chunk.toString();
        const found = /listening on (http:\S+)/.exec(words)?.[1];
        if (found !== undefined) {
          clearTimeout(late);
          resolve(found);
        }
      });
    });
    return new Claude(url, child);
  }

  /** The next requests are answered like this, one after the other; `always` comes after them. */
  async script(behaviours: Behaviour[], always?: Behaviour): Promise<void> {
    await this.tell("POST", "behaviours", { behaviours, always });
  }

  /** Lets so many gated pieces of text pass. */
  async open(pieces: number): Promise<void> {
    await this.tell("POST", "gate", { open: pieces });
  }

  /** Refuses every key but these; `null` takes any. */
  async accept(valid: string[] | null): Promise<void> {
    await this.tell("POST", "keys", { valid });
  }

  /** What was asked for messages, oldest first. */
  async requests(): Promise<{ path: string; key: string | null; body: any }[]> {
    const answer = await fetch(`${this.url}/_control/requests`);
    const all = (await answer.json()) as { path: string; key: string | null; body: any }[];
    return all.filter((request) => request.path === "/v1/messages");
  }

  /** Forgets scripts, keys and requests. */
  async clear(): Promise<void> {
    await this.tell("DELETE", "");
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const gone = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
    this.child.kill("SIGTERM");
    await gone;
  }

  private async tell(method: string, what: string, body?: unknown): Promise<void> {
    const answer = await fetch(`${this.url}/_control${what === "" ? "" : `/${what}`}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`The stand-in for Claude refused ${what}: ${await answer.text()}`);
    }
  }
}
