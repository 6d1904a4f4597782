// A mail server that takes every letter.
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export class MailServer {
  /** Whom letters were taken for, in order. */
  readonly taken: string[] = [];

  private constructor(private readonly server: SMTPServer) {}

  static async start(): Promise<MailServer> {
    const server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onData: (letter, session, done) => {
        letter.resume();
        letter.once("end", () => {
          mail.taken.push(...session.envelope.rcptTo.map(({ address }) => address));
          done();
        });
      },
    });
    const mail = new MailServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    return mail;
  }

  /** Its address as `SMTP_URL`. */
  url(): string {
    const { port } = this.server.server.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}?tls=none`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
