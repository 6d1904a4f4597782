// The database beneath the server, asked directly by psql.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Each its own transaction, so that the statement may be one that needs none around it. */
const OWNER = ["-c", "set role train_owner"];

function databaseUrl(): string {
  const url = process.env.TRAIN_DATABASE_URL;
  if (url === undefined) {
    throw new Error("TRAIN_DATABASE_URL is not set; the global set-up has not run.");
  }
  return url;
}

/** Runs one statement as the owner of Train's tables; answers its first value as text. */
export async function query(statement: string, database = databaseUrl()): Promise<string> {
  const { stdout } = await run("psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, ...OWNER, "-c", statement]);
  return stdout.trim();
}

/** A session that stays open until it is ended, by us or from the page. */
export class Session {
  private constructor(
    readonly pid: number,
    private readonly child: ChildProcess,
  ) {}

  /** Begins a transaction and leaves it at that. */
  static async idleInTransaction(database = databaseUrl()): Promise<Session> {
    const child = spawn("psql", ["-X", "-A", "-t", "-q", "-d", database], { stdio: ["pipe", "pipe", "ignore"] });
    // What psql says when its server process is ended is no error of the test.
    child.stdin.on("error", () => undefined);
    const pid = new Promise<number>((resolve, reject) => {
      child.once("exit", () => reject(new Error("psql ended before it told its process id.")));
      child.stdout.on("data", (words: Buffer) => {
        const found = /\d+/.exec(words.toString());
        if (found !== null) {
          resolve(Number(found[0]));
        }
      });
    });
    child.stdin.write("set role train_owner;\nbegin;\nselect pg_backend_pid();\n");
    return new Session(await pid, child);
  }

  end(): void {
    this.child.kill();
  }
}
