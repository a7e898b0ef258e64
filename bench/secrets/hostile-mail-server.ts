import { once } from "node:events";
import { SMTPServer } from "smtp-server";

export interface HostileMailServer {
  /** Where to send, with the user and password that it asks for. */
  readonly url: string;
  /** What was taken in, as it came. */
  readonly mails: readonly { to: string; raw: string }[];
  /** Attempts that were refused. */
  readonly refused: number;
  /** Whether it refuses what comes, with an answer that repeats the recipient and what the message says. */
  refuse(isRefusing: boolean): void;
  close(): Promise<void>;
}

/** An SMTP server that asks for a password, and that tells in its refusals all that it knows, as some do. */
export async function startHostileMailServer(user: string, password: string): Promise<HostileMailServer> {
  const mails: { to: string; raw: string }[] = [];
  let isRefusing = false;
  let refused = 0;

  async function take(
    stream: AsyncIterable<Buffer>,
    to: string,
    answer: (error?: Error | null) => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = Buffer.concat(chunks).toString("utf8");
    if (!isRefusing) {
      mails.push({ to, raw });
      answer();
      return;
    }
    refused += 1;
    const link = /https?:\/\/\S+/.exec(raw.replaceAll("=\r\n", ""))?.[0] ?? "";
    answer(Object.assign(new Error(`not now, <${to}>; you sent ${link}`), { responseCode: 451 }));
  }

  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth(auth, _session, callback) {
      if (auth.username === user && auth.password === password) callback(null, { user });
      else callback(new Error(`wrong: ${auth.password ?? ""}`));
    },
    onData(stream, session, callback) {
      void take(stream, session.envelope.rcptTo[0]?.address ?? "", callback);
    },
  });
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new TypeError("the mail server does not listen on a port");
  return {
    url: `smtp://${user}:${password}@127.0.0.1:${address.port}`,
    mails,
    get refused() {
      return refused;
    },
    refuse(next) {
      isRefusing = next;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
}
