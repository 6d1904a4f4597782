// A server that sends mail, and the mail server that takes it, for the tests of a file or of a block.
import { test } from "./fixtures";
import { MailServer } from "./mail";
import { TrainServer } from "./server";

/** Both are there while the tests run. */
class Mailed {
  mail!: MailServer;
  server!: TrainServer;
}

/** Starts both before the first test, and stops them after the last. */
export function startMailed(): Mailed {
  const started = new Mailed();
  test.beforeAll(async () => {
    test.setTimeout(120_000);
    started.mail = await MailServer.start();
    started.server = await TrainServer.start({ smtp: started.mail.url() });
  });
  test.afterAll(async () => {
    await started.server?.stop();
    await started.mail?.stop();
  });
  return started;
}
