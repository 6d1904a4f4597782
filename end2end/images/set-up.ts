// Starts an installation of its own, fills it, and says by the environment where it is and who looks at it.
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Claude } from "../tests/support/claude";
import { MailServer } from "../tests/support/mail";
import { KEY, TrainServer, temporaryDirectory } from "../tests/support/server";
import { fill } from "./contents";

export default async function start(): Promise<() => Promise<void>> {
  const kept = temporaryDirectory();
  const [claude, mail] = [await Claude.start(), await MailServer.start()];
  let server: TrainServer | undefined;
  const stop = async () => {
    await server?.stop();
    await mail.stop();
    await claude.stop();
    rmSync(kept, { recursive: true, force: true });
  };
  try {
    server = await TrainServer.start({ claude: claude.url, keyless: true, smtp: mail.url() });
    const session = await fill(server, claude, KEY);
    const file = path.join(kept, "session.json");
    writeFileSync(file, JSON.stringify(session), { mode: 0o600 });
    process.env.TRAIN_URL = server.url;
    process.env.TRAIN_PICTURED_SESSION = file;
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
