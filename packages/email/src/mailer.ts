import { BlockList, isIP } from "node:net";
import { Readable } from "node:stream";
import { RelinkError } from "@relink/core";
import type { Secret } from "@relink/service";
import { createTransport, type SMTPTransportOptions } from "nodemailer";
import { classifySmtpError, maskServerText, type SendRefused, type SendUnknown } from "./classify-smtp-error.ts";
import { parseRecipient } from "@relink/service/parse-recipient";

/** What became of one mail. `accepted` means that the relay took it over, not that it was read or delivered. */
export type SendResult =
  | {
      kind: "accepted";
      /** The server's answer, with its name for the mail. At most 100 characters, addresses and links masked. */
      response: string;
    }
  | SendRefused
  | SendUnknown;

export interface Mail {
  /** One address, without a name. */
  to: string;
  subject: string;
  /** Left out of a mail that is plain text. */
  html?: string;
  text: string;
  /** In angle brackets. Sent as it is, so that a mail can be traced back to what it was sent for. */
  messageId: string;
  /** The mail that this one goes on from, so that mail programs show the two as one conversation. In angle brackets. */
  inReplyTo?: string | undefined;
  /** Where a POST alone puts an end to mails like this one, for the button that mail programs show. Absolute. */
  unsubscribeUrl?: string | undefined;
}

export interface Mailer {
  /**
   * Hands one mail to the relay, over a connection of its own, and never tries twice.
   *
   * @returns What became of it; a failure to send is an answer too, not an exception.
   * @throws {@link InvalidRecipientError} if `to` is not exactly one mailbox. Nothing was sent.
   */
  send(mail: Mail): Promise<SendResult>;
  /**
   * Connects, encrypts and logs in, and sends nothing.
   *
   * @throws {@link MailServerError} if any of that fails.
   */
  verify(): Promise<void>;
  /** Waits until what is being sent is settled. */
  close(): Promise<void>;
}

/** SMTP_URL or EMAIL_FROM cannot be used. Says what is wrong and never repeats the value. */
export class MailerConfigError extends RelinkError {
  override readonly name = "MailerConfigError";
  readonly code = "ERR_MAILER_CONFIG";
  readonly retryable = false;
}

/** The relay does not answer, or not as it should. */
export class MailServerError extends RelinkError {
  override readonly name = "MailServerError";
  readonly code = "ERR_MAIL_SERVER";
  readonly retryable = true;

  constructor(reason: string) {
    super(`the mail server cannot be used: ${reason}. Check SMTP_URL, and that the server offers STARTTLS`);
  }
}

export interface MailerConfig {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…` (TLS from the start); user and password encoded as in a URL. */
  smtpUrl: Secret;
  /** The sender, as `Name <address>` or a bare address. */
  from: string;
}

/** Milliseconds. */
export interface MailerTimeouts {
  /** Until the host is found, connected to, has greeted and is encrypted, all together. Default 10,000. */
  setupMs: number;
  /** Silence of the server at any later point. Default 60,000. */
  silenceMs: number;
  /** For one mail as a whole, however busily the server talks. Default 120,000. */
  sendMs: number;
}

const TIMEOUTS: MailerTimeouts = { setupMs: 10_000, silenceMs: 60_000, sendMs: 120_000 };

/**
 * Sends mail through an SMTP relay.
 *
 * There is no pool of connections, on purpose: nodemailer's pool puts a mail back into its queue when a connection
 * closes under it, and "never twice" would hang on when exactly it does so. A mail here costs one more handshake.
 *
 * Encryption is required, but to a loopback address, where it is not used at all: there is nobody on the way, and local
 * relays rarely have a certificate that can be verified.
 *
 * @param overrides.ca - PEM; trusted instead of the system's certificates.
 * @throws {@link MailerConfigError} if the configuration cannot be used.
 */
export function createMailer(
  config: MailerConfig,
  overrides: { timeouts?: Partial<MailerTimeouts>; ca?: string } = {},
): Mailer {
  const timeouts = { ...TIMEOUTS, ...overrides.timeouts };
  const from = parseSender(config.from);
  const options: SMTPTransportOptions = {
    ...parseSmtpUrl(config.smtpUrl.reveal()),
    connectionTimeout: timeouts.setupMs,
    greetingTimeout: timeouts.setupMs,
    socketTimeout: timeouts.silenceMs,
    tls: { minVersion: "TLSv1.2", ...(overrides.ca !== undefined && { ca: overrides.ca }) },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const underWay = new Set<Promise<SendResult>>();

  const transmit = async (mail: Mail, address: string): Promise<SendResult> => {
    const transport = createTransport(options);
    let bodyBegan = false;
    transport.use("stream", ({ message }, done) => {
      // The transport starts to read the message only once the server has said that it may come.
      message.processFunc((input) =>
        Readable.from(
          (async function* () {
            bodyBegan = true;
            yield* input;
          })(),
          { objectMode: false },
        ),
      );
      done();
    });
    try {
      const { response } = await transport.sendMail({
        from,
        to: { name: "", address },
        subject: mail.subject,
        ...(mail.html !== undefined && { html: mail.html }),
        text: mail.text,
        messageId: mail.messageId,
        ...(mail.inReplyTo !== undefined && { inReplyTo: mail.inReplyTo, references: mail.inReplyTo }),
        ...(mail.unsubscribeUrl !== undefined && { list: { unsubscribe: mail.unsubscribeUrl } }),
        headers: {
          // RFC 3834: out-of-office programs do not answer, so no loop can start.
          "Auto-Submitted": "auto-generated",
          // RFC 8058.
          ...(mail.unsubscribeUrl !== undefined && { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
        },
        signal: AbortSignal.timeout(timeouts.sendMs),
      });
      return { kind: "accepted", response: maskServerText(response, address) };
    } catch (error) {
      return classifySmtpError(error, { bodyBegan, recipient: address });
    }
  };

  return {
    async send(mail) {
      const sending = transmit(mail, parseRecipient(mail.to));
      underWay.add(sending);
      return sending.finally(() => underWay.delete(sending));
    },
    async verify() {
      try {
        await createTransport(options).verify();
      } catch (error) {
        throw new MailServerError(classifySmtpError(error, { bodyBegan: false }).reason);
      }
    },
    async close() {
      await Promise.allSettled(underWay);
    },
  };
}

function parseSender(from: string): { name: string; address: string } {
  const [, name = "", named, bare] = /^(?:([^<>"\p{Cc}]{1,80}) <([^<>]+)>|([^<>]+))$/u.exec(from) ?? [];
  try {
    return { name, address: parseRecipient(named ?? bare ?? "") };
  } catch {
    throw new MailerConfigError("EMAIL_FROM must be one address with a full domain, or Name <address>");
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === "localhost";
  return LOOPBACK.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}

function parseSmtpUrl(smtpUrl: string): SMTPTransportOptions {
  if (!URL.canParse(smtpUrl)) throw new MailerConfigError("SMTP_URL must be smtp://host or smtps://host");
  const url = new URL(smtpUrl);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (!["smtp:", "smtps:"].includes(url.protocol) || host === "") {
    throw new MailerConfigError("SMTP_URL must be smtp://host or smtps://host");
  }
  if (url.search !== "" || url.hash !== "" || !["", "/"].includes(url.pathname)) {
    throw new MailerConfigError("SMTP_URL must end after the port: it takes no path and no options");
  }
  const secure = url.protocol === "smtps:";
  return {
    host,
    ...(url.port !== "" && { port: Number(url.port) }),
    secure,
    // Without STARTTLS nodemailer would log in in clear text; whoever sits between can strip the offer.
    ...(!secure && (isLoopback(host) ? { ignoreTLS: true } : { requireTLS: true })),
    ...(url.username !== "" && { auth: { user: decode(url.username), pass: decode(url.password) } }),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new MailerConfigError("SMTP_URL has a % in its user or password that is not an escape: write it as %25");
  }
}
