// A mail server that takes every letter.
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export class MailServer {
  /** Whom letters were taken for, in order. */
  readonly taken: string[] = [];
  /** What they said, in the same order. */
  private readonly letters: string[] = [];

  private constructor(private readonly server: SMTPServer) {}

  static async start(): Promise<MailServer> {
    const server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onData: (letter, session, done) => {
        const chunks: Buffer[] = [];
        letter.on("data", (chunk: Buffer) => chunks.push(chunk));
        letter.once("end", () => {
          mail.letters.push(Buffer.concat(chunks).toString());
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

  /** Where the newest letter leads with a link to this page; waits for one. */
  async link(page: string): Promise<string> {
    for (;;) {
      // Quoted-printable: long lines are broken, and the sign that it writes with is written with itself.
      const texts = this.letters.map((letter) => letter.replace(/=\r?\n/g, "").replace(/=3D/g, "="));
      const found = texts.reverse().map((text) => new RegExp(`${page}\\?token=\\w+`).exec(text)?.[0]).find(Boolean);
      if (found !== undefined) {
        return found;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
