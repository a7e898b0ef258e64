import PostalMime, { type Address, type Email, type Mailbox } from "postal-mime";
import type { MailAddress, MailSearch, MailSummary } from "../store/mails.ts";

const SNIPPET_LENGTH = 250;

/** A mail taken apart. */
export async function parseMail(raw: Uint8Array): Promise<Email> {
  return PostalMime.parse(raw);
}

/**
 * What is kept beside the mail itself: the summary for lists, and the texts that a search looks through.
 *
 * @param recipients - the envelope's. Who is in it and in no header is a Bcc, as in Mailpit.
 */
export function summarize(mail: Email, recipients: readonly string[]): { summary: MailSummary; search: MailSearch } {
  const to = addresses(mail.to);
  const cc = addresses(mail.cc);
  const named = new Set([...to, ...cc].map(({ Address }) => Address.toLowerCase()));
  const bcc = recipients
    .filter((address) => !named.has(address.toLowerCase()))
    .map((Address) => ({ Name: "", Address }));
  const text = textOf(mail);
  const summary: MailSummary = {
    MessageID: bareMessageId(mail),
    From: addresses(mail.from === undefined ? [] : [mail.from])[0] ?? { Name: "", Address: "" },
    To: to,
    Cc: cc,
    Bcc: bcc,
    ReplyTo: addresses(mail.replyTo),
    Subject: mail.subject ?? "",
    Attachments: mail.attachments.length,
    Snippet: text.replaceAll(/\s+/g, " ").trim().slice(0, SNIPPET_LENGTH),
  };
  const searchable = (list: readonly MailAddress[]) =>
    list
      .map(({ Name, Address }) => `${Address} ${Name}`)
      .join(", ")
      .toLowerCase();
  const search = {
    from: searchable([summary.From]),
    to: searchable(to),
    cc: searchable(cc),
    bcc: searchable(bcc),
    subject: summary.Subject.toLowerCase(),
    "message-id": summary.MessageID.toLowerCase(),
    text: text.toLowerCase(),
  };
  return { summary, search };
}

/** The message's id without its angle brackets. */
export function bareMessageId(mail: Email): string {
  return (mail.messageId ?? "").replaceAll(/^<|>$/g, "");
}

/** The plain text; for a mail without one, the words of its HTML. */
export function textOf(mail: Email): string {
  if (mail.text !== undefined) return mail.text;
  return (mail.html ?? "").replaceAll(/<(style|script)\b[\s\S]*?<\/\1>/gi, " ").replaceAll(/<[^>]*>/g, " ");
}

/** Groups are shown as their members. */
export function addresses(list: readonly Address[] | undefined): MailAddress[] {
  return (list ?? [])
    .flatMap((entry): readonly Mailbox[] => (entry.group === undefined ? [entry as Mailbox] : entry.group))
    .map(({ name, address }) => ({ Name: name, Address: address }));
}
