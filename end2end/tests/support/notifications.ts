// Tells accounts something, as the server's own statement does: a row, and the word to every process that it is there.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";

export interface Told {
  title: string;
  text?: string;
  category?: "generation_complete" | "approval_required" | "errors" | "system_alerts";
  severity?: "info" | "success" | "warning" | "error";
  link?: string | null;
  /** It was read already. */
  read?: boolean;
  /** As the person would have wanted it. */
  toast?: boolean;
}

/** Runs statements as the system's role on a server's database; answers what the last one gives, cell by cell. */
export function runSql(sql: string, databaseUrl = process.env.TRAIN_DATABASE_URL): string {
  if (databaseUrl === undefined) {
    throw new Error("TRAIN_DATABASE_URL is not set; the global set-up has not run.");
  }
  const options = ["-X", "-q", "-A", "-t", "-1", "-v", "ON_ERROR_STOP=1"];
  const found = execFileSync("psql", [...options, databaseUrl, "-c", "SET ROLE service_role", "-c", sql], { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  return found.trim();
}

/** Tells an account something; its open pages receive it. */
export function tell(userId: string, told: Told, databaseUrl?: string): string {
  const { title, text = "", category = "system_alerts", severity = "warning", link = "/ai/costs", read = false, toast = true } = told;
  const id = randomUUID();
  const word = (value: string | null): string => (value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`);
  const event = { type: "notification-sent", userId, id, category, severity, title, link, toast, inApp: true, mail: false };
  runSql(
    `INSERT INTO public.notifications (id, user_id, category, severity, title, text, link, dedupe_key, in_app, read_at)
       VALUES ('${id}', '${userId}', '${category}', '${severity}', ${word(title)}, ${word(text)}, ${word(link)}, '${id}', true, ${read ? "now()" : "NULL"});
     SELECT pg_notify('train_events', ${word(JSON.stringify(event))})`,
    databaseUrl,
  );
  return id;
}
