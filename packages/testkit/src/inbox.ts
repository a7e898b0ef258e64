import { RelinkError } from "@relink/core";
import { waitFor } from "./wait-for.ts";

/** Who a mail is from or to. */
export interface MailAddress {
  Name: string;
  Address: string;
}

/** A line of the inbox. */
export interface MailSummary {
  ID: string;
  MessageID: string;
  From: MailAddress;
  To: MailAddress[];
  Subject: string;
  /** ISO 8601. */
  Created: string;
}

/** A mail with what is in it. */
export interface Mail {
  ID: string;
  MessageID: string;
  From: MailAddress;
  To: MailAddress[];
  Subject: string;
  Text: string;
  HTML: string;
}

/** The inbox answered with something else than a mail. */
export class InboxError extends RelinkError {
  override readonly name = "InboxError";
  readonly code = "ERR_INBOX";
  readonly retryable = true;
}

/**
 * Reads the mails of a sandbox, or of a Mailpit.
 *
 * @param url - where its HTTP API answers, as `http://localhost:4003`.
 * @see https://mailpit.axllent.org/docs/api-v1/ (checked 2026-11-21)
 */
export function inbox(url: string) {
  async function get(path: string): Promise<unknown> {
    const response = await fetch(new URL(path, url));
    if (!response.ok) throw new InboxError(`the inbox answers ${response.status} to ${path}`);
    return response.json();
  }
  /** Newest first. */
  async function messages(): Promise<MailSummary[]> {
    return ((await get("/api/v1/messages?limit=1000")) as { messages: MailSummary[] }).messages;
  }
  async function message(id: string): Promise<Mail> {
    return (await get(`/api/v1/message/${encodeURIComponent(id)}`)) as Mail;
  }
  /** The newest mail to this address; waits for it, 10 s by default. */
  async function waitForMail(to: string, options: { timeoutMs?: number } = {}): Promise<Mail> {
    const found = await waitFor(
      async () => (await messages()).find((mail) => mail.To.some((address) => address.Address === to)),
      options,
    );
    return message(found.ID);
  }
  return { messages, message, waitForMail };
}
