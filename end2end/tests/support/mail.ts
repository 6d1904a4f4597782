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
      const found = this.texts().reverse().map((text) => new RegExp(`${page}\\?token=\\w+`).exec(text)?.[0]).find(Boolean);
      if (found !== undefined) {
        return found;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** How many letters for an address say this. */
  count(address: string, words: string): number {
    return this.texts().filter((text) => text.includes(address) && text.includes(words)).length;
  }

  /** Quoted-printable: long lines are broken, and the sign that it writes with is written with itself. */
  private texts(): string[] {
    return this.letters.map((letter) => letter.replace(/=\r?\n/g, "").replace(/=3D/g, "="));
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
