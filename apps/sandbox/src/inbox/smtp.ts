import { once } from "node:events";
import { Counter, type Logger, PortInUseError, type Registry } from "@relink/service";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import type { FaultState } from "../control/faults.ts";
import type { Mails } from "../store/mails.ts";
import { parseMail, summarize } from "./read-mail.ts";

const MAX_MAIL_BYTES = 10 * 1024 * 1024;

function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

/**
 * An SMTP server that keeps every mail and passes none on. Any user name and password is accepted, none is needed.
 *
 * There is no STARTTLS: its certificate could only be self-signed, and clients that see the offer would refuse it.
 */
export function createInboxServer(deps: {
  mails: Mails;
  faults: FaultState;
  now: () => number;
  logger: Logger;
  registry: Registry;
}) {
  const { mails, faults, now, logger } = deps;
  const mailsTotal = new Counter({ name: "sandbox_mails_total", help: "Mails taken in", registers: [deps.registry] });
  const fault = () => faults.current.smtp ?? {};

  const server = new SMTPServer({
    banner: "relink sandbox inbox",
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    onConnect(_session, callback) {
      callback(fault().refuse === "connect" ? refusal(421, "the inbox takes no connections now") : null);
    },
    onAuth(auth, _session, callback) {
      callback(null, { user: auth.username ?? "anybody" });
    },
    onRcptTo(_address, _session, callback) {
      callback(fault().refuse === "rcpt" ? refusal(550, "no such mailbox") : null);
    },
    onData(stream, session, callback) {
      void answerMail(stream, session, callback);
    },
  });
  server.on("error", (error) => logger.debug({ event: "smtp.connection_error", error }));

  type Answer = [error: Error | null, message?: string];

  async function answerMail(
    stream: AsyncIterable<Buffer>,
    session: SMTPServerSession,
    callback: (...answer: Answer) => void,
  ): Promise<void> {
    try {
      const answer = await takeMail(stream, session);
      if (answer !== undefined) callback(...answer);
    } catch (error) {
      logger.error({ event: "smtp.mail_lost", error });
      callback(refusal(451, "the mail could not be stored"));
    }
  }

  async function takeMail(stream: AsyncIterable<Buffer>, session: SMTPServerSession): Promise<Answer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    if (raw.byteLength > MAX_MAIL_BYTES) return [refusal(552, "the mail is too large")];
    if (fault().refuse === "data") return [refusal(554, "the mail is refused")];
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    const id = mails.create({ ...summarize(await parseMail(raw), recipients), raw }, now());
    mailsTotal.inc();
    logger.debug({ event: "smtp.mail", id, bytes: raw.byteLength });
    if (fault().drop_after_data === true) {
      for (const connection of server.connections) if (connection.id === session.id) connection._socket.destroy();
      return undefined;
    }
    return [null, `stored as ${id}`];
  }

  return {
    /** @returns the port it listens on. @throws {@link PortInUseError} */
    async start(port: number): Promise<number> {
      const listening = once(server.server, "listening");
      const failed = once(server.server, "error").then(([error]) => {
        throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PortInUseError(port) : error;
      });
      server.listen(port);
      await Promise.race([listening, failed]);
      const address = server.server.address();
      if (address === null || typeof address === "string") throw new TypeError("the inbox does not listen on a port");
      return address.port;
    },

    async close(): Promise<void> {
      if (!server.server.listening) return;
      for (const connection of server.connections) connection._socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
