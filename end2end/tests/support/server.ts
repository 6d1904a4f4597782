// The server under test: the binary that the tests are built with, with a database of its own in a temporary directory.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(__dirname, "../../..");
const binary = process.env.TRAIN_BINARY ?? path.join(root, "target", "debug", "train");
/** The key of the server's environment; the stand-in for Claude takes any. */
export const KEY = "sk-ant-api03-stand-in-for-tests-0001";
/** Starting includes making a database, which takes seconds on a busy machine. */
const START_MS = 60_000;
/** Longer than the server's own patience with PostgreSQL. */
const STOP_MS = 45_000;

export interface Options {
  /** The directory of an embedded database. Without it and without `databaseUrl` a temporary one is made and removed. */
  dataDir?: string;
  /** An existing database instead. */
  databaseUrl?: string;
  /** Another start of the same server. */
  port?: number;
  /** Where its Claude is, if not at the stand-in that all tests share. `null`: it has no key either. */
  claude?: string | null;
  /** Its Claude is there, but it has no key of its own. */
  keyless?: boolean;
  /** The host by which browsers reach it, which passkeys belong to. */
  publicHost?: string;
  /** Where it hands its mail in, as `SMTP_URL`. Without it, it sends none. */
  smtp?: string;
}

/** A running server process. */
export class TrainServer {
  private constructor(
    readonly url: string,
    readonly port: number,
    readonly dataDir: string | undefined,
    private readonly child: ChildProcess,
    private readonly temporary: boolean,
    private readonly words: string[],
  ) {}

  static async start({ dataDir, databaseUrl, port, claude = process.env.CLAUDE_URL, keyless = claude == null, smtp, publicHost }: Options = {}): Promise<TrainServer> {
    if (!existsSync(binary)) {
      throw new Error(`There is no server to test at ${binary}. Run \`make tests\` first.`);
    }
    const temporary = dataDir === undefined && databaseUrl === undefined;
    const directory = temporary ? temporaryDirectory() : dataDir;
    port ??= await freePort();
    const address = `127.0.0.1:${port}`;
    const { DATABASE_URL: _, ANTHROPIC_API_KEY: __, ...inherited } = process.env;
    const child = spawn(binary, [], {
      cwd: root,
      // A process group of its own: Ctrl+C in a terminal goes to Playwright, which then stops the servers in order.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...inherited,
        LEPTOS_SITE_ADDR: address,
        TRAIN_ADDR: address,
        TRAIN_LOG: process.env.TRAIN_LOG ?? "warn",
        // Each test signs up from an address of its own, so that the limit per address is not in the way.
        TRAIN_TRUSTED_PROXIES: "127.0.0.1",
        // Never the real one: nothing listens on that port.
        ANTHROPIC_API_BASE_URL: claude ?? "http://127.0.0.1:9",
        ...(keyless ? {} : { ANTHROPIC_API_KEY: KEY }),
        ...(smtp === undefined ? {} : { SMTP_URL: smtp, TRAIN_MAIL_FROM: "Train <train@example.com>" }),
        ...(publicHost === undefined ? {} : { TRAIN_PUBLIC_URL: `http://${publicHost}:${port}` }),
        ...(directory === undefined ? {} : { TRAIN_DATA_DIR: directory }),
        ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      },
    });
    // Whatever happens to the test run, the server gets the word to stop; it stops its database by itself.
    const stopWithUs = () => child.kill("SIGTERM");
    process.once("exit", stopWithUs);
    child.once("exit", () => process.removeListener("exit", stopWithUs));
    const words: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => words.push(chunk.toString()));
    }
    const server = new TrainServer(`http://${address}`, port, directory, child, temporary, words);
    try {
      await server.answers();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** What the process wrote to its log so far. */
  log(): string {
    return this.words.join("");
  }

  /** The address of the embedded database, for a second server beside this one. */
  databaseUrl(): string {
    if (this.dataDir === undefined) {
      throw new Error("This server has no database of its own.");
    }
    // The fifth line names the directory of the socket, which may lie elsewhere when the path is long.
    const lines = readFileSync(path.join(this.dataDir, "postgres", "postmaster.pid"), "utf8").split("\n");
    return `postgres://train@localhost/train?host=${encodeURIComponent(lines[4] ?? "")}`;
  }

  /** Stops the server, its database with it, and removes the temporary directory. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
      this.child.kill("SIGTERM");
      const late = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(late);
    }
    if (this.temporary && this.dataDir !== undefined) {
      rmSync(this.dataDir, { recursive: true, force: true });
    }
  }

  /** Returns when the server is ready: its database reachable and migrated. */
  private async answers(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      if (this.child.exitCode !== null) {
        throw new Error(`The server ended with code ${this.child.exitCode}:\n${this.log()}`);
      }
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The server was not ready within ${START_MS / 1000} s:\n${this.log()}`);
  }
}

/** A directory that the caller removes. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "train-end2end-"));
  // As root the database runs as another user, who has to get in; its own directory inside is private.
  chmodSync(directory, 0o755);
  return directory;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
