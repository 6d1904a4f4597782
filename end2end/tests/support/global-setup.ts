// Starts the servers that all tests share, and the stand-in for Claude that they ask, and stops them at the end, leaving nothing behind.
import { somebody } from "./accounts";
import { Claude } from "./claude";
import { TrainServer } from "./server";

/** The very first account is another than all others: an administrator with an organization. Tests start after it. */
async function makeFirstAccount(url: string): Promise<void> {
  const { email, password, name } = somebody("First Administrator");
  const answer = await fetch(`${url}/api/auth/sign-up`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password, displayName: name }),
  });
  if (answer.status !== 201) {
    throw new Error(`The first account could not be made: ${await answer.text()}`);
  }
}

export default async function start(): Promise<() => Promise<void>> {
  const claude = await Claude.start();
  process.env.CLAUDE_URL = claude.url;
  let first: TrainServer;
  try {
    first = await TrainServer.start();
  } catch (error) {
    await claude.stop();
    throw error;
  }
  let second: TrainServer;
  try {
    await makeFirstAccount(first.url);
    // Two processes on one database must behave as one.
    second = await TrainServer.start({ databaseUrl: first.databaseUrl() });
  } catch (error) {
    await first.stop();
    await claude.stop();
    throw error;
  }
  // Workers are started after this and inherit both.
  process.env.TRAIN_URL = first.url;
  process.env.TRAIN_SECOND_URL = second.url;
  process.env.TRAIN_TEST_DATABASE = first.databaseUrl();
  return async () => {
    await second.stop();
    await first.stop();
    await claude.stop();
    const complaints = [first, second].flatMap((server) => server.log().split("\n").filter((line) => /\b(ERROR|panicked)\b/.test(line)));
    if (complaints.length > 0) {
      throw new Error(`The servers logged errors:\n${complaints.join("\n")}`);
    }
  };
}
