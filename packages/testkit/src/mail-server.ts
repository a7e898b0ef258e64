import { once } from "node:events";
import { SMTPServer } from "smtp-server";

/** A mail as it came over the wire. */
export interface ReceivedMail {
  /** The recipients of the envelope. */
  readonly to: readonly string[];
  /** Headers and body, undecoded. */
  readonly raw: string;
}

export interface MailServer {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  close(): Promise<void>;
}

/**
 * An SMTP server that keeps mails as they came, for tests that look at headers and recipients.
 *
 * @param options.refuse - what it says to a recipient instead of taking the mail, such as `550 5.1.1 unknown`; `null` for
 * those that it takes. It takes all if left out.
 */
export async function startMailServer(
  options: { refuse?: (recipient: string) => string | null } = {},
): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    onRcptTo({ address }, _session, done) {
      const [, code, text] = /^(\d{3}) (.*)$/.exec(options.refuse?.(address) ?? "") ?? [];
      done(code === undefined ? null : Object.assign(new Error(text), { responseCode: Number(code) }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString("utf8"),
        });
        done();
      });
    },
  });
  server.on("error", () => {
    // A connection that broke; the mail was not taken.
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new TypeError("the mail server does not listen on a port");
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
}
