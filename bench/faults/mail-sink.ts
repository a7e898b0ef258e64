import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A message that the server answered with 250, or was about to when the sender died: somebody has it in the inbox. */
export interface TakenMail {
  messageId: string;
  to: string;
  text: string;
  takenAt: Date;
}

export interface MailSink {
  readonly url: string;
  readonly mails: readonly TakenMail[];
  /** Resolves when the next message has arrived whole; its answer is still to come. */
  nextMessage(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * A real SMTP server that takes everything.
 *
 * @param answerDelayMs - from the end of a message to the answer. The longer, the likelier a sender is killed in between,
 * which is when it cannot know whether the message was taken.
 */
export async function startMailSink(answerDelayMs: number): Promise<MailSink> {
  const mails: TakenMail[] = [];
  const arrivals = new EventTarget();

  async function take(stream: AsyncIterable<Buffer>, answer: (error?: Error | null) => void): Promise<void> {
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
    answer();
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    onData(stream, _session, callback) {
      void take(stream, callback);
    },
  });
  // Senders are killed in the middle of a message.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new TypeError("the mail sink does not listen on a port");

  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    nextMessage: () => once(arrivals, "message"),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
}
