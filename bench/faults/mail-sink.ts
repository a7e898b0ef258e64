import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import PostalMime from "postal-mime";
import { SMTPServer, type SMTPServerSession } from "smtp-server";

/** A message that the server answered with 250, or was about to when one of the two died: somebody has it in the inbox. */
export interface TakenMail {
  messageId: string;
  to: string;
  text: string;
  takenAt: Date;
}

/** Where a connection is, in order. From `answer` on, the message is taken. */
export const MAIL_STAGES = ["connect", "greeting", "sender", "recipient", "body", "answer"] as const;
export type MailStage = (typeof MAIL_STAGES)[number];

/** What happens to one connection: it breaks, it stands still, or its recipient is refused for now (whatever the stage). */
export interface MailFault {
  stage: MailStage;
  how: "cut" | "hold" | "refuse";
}

export interface MailSink {
  readonly url: string;
  readonly mails: readonly TakenMail[];
  /** Faults that are still to happen: each new connection takes the next one, and after the last all is well. */
  readonly faults: MailFault[];
  /** Connections that stand still. */
  readonly held: number;
  /** Resolves when the next message has arrived whole; its answer is still to come. */
  nextMessage(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * A real SMTP server that takes everything, unless it was told to fail.
 *
 * @param answerDelayMs - from the end of a message to the answer. The longer, the likelier a sender is killed in between,
 * which is when it cannot know whether the message was taken.
 */
export async function startMailSink(answerDelayMs: number): Promise<MailSink> {
  const mails: TakenMail[] = [];
  const faults: MailFault[] = [];
  const arrivals = new EventTarget();
  const sockets = new Map<number, Socket>();
  const faultOf = new Map<string, MailFault>();
  const held = new Set<Socket>();

  type Answer = (error?: Error | null) => void;

  /** Goes on with a stage, unless this connection was to fail there. */
  function reach(stage: MailStage, session: SMTPServerSession, goOn: () => void, answer: Answer): void {
    const fault = faultOf.get(session.id);
    if (fault?.stage !== stage) return goOn();
    const socket = sockets.get(session.remotePort);
    if (fault.how === "cut") socket?.destroy();
    else if (fault.how === "refuse") answer(Object.assign(new Error("come back later"), { responseCode: 451 }));
    else if (socket !== undefined) {
      held.add(socket);
      socket.on("close", () => held.delete(socket));
    }
  }

  async function take(stream: AsyncIterable<Buffer>, session: SMTPServerSession, answer: Answer): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of stream) chunks.push(chunk);
    } catch (error) {
      // Its sender was killed before the end of the message: half a mail is none.
      answer(error as Error);
      return;
    }
    const mail = await PostalMime.parse(Buffer.concat(chunks));
    mails.push({
      messageId: mail.messageId ?? "",
      to: mail.to?.[0]?.address ?? "",
      text: mail.text ?? "",
      takenAt: new Date(),
    });
    arrivals.dispatchEvent(new Event("message"));
    await delay(answerDelayMs);
    reach("answer", session, () => answer(), answer);
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    onConnect(session, callback) {
      const fault = faults.shift();
      if (fault !== undefined) faultOf.set(session.id, fault);
      reach("connect", session, () => callback(), callback);
      // The greeting is on its way then, and what the sender says next finds nobody.
      reach("greeting", session, () => {}, callback);
    },
    onMailFrom: (_address, session, callback) => reach("sender", session, () => callback(), callback),
    onRcptTo: (_address, session, callback) => reach("recipient", session, () => callback(), callback),
    onData(stream, session, callback) {
      reach("body", session, () => void take(stream, session, callback), callback);
    },
  });
  // Senders are killed in the middle of a message.
  server.on("error", () => {});
  server.server.on("connection", (socket: Socket) => {
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.on("close", () => sockets.delete(remotePort));
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new TypeError("the mail sink does not listen on a port");

  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    faults,
    get held() {
      return held.size;
    },
    nextMessage: () => once(arrivals, "message"),
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets.values()) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
