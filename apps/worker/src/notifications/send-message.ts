import { type DeliveryErrorCode, errorCodeOfStatus } from "@relink/core";
import { beginTeamMail, type Db, openSealed } from "@relink/db";
import {
  type AttemptResult,
  NOTHING_SENT,
  renderSlackMessage,
  type SlackChannel,
  type SlackMessageId,
  type SlackTarget,
} from "@relink/delivery";
import { isAddressRefused, type Mailer, renderTeamMail, type SendResult } from "@relink/email";
import { issueTeamMailToken, secretPlace } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import { InvalidRecipientError } from "@relink/service/parse-recipient";
import type { AttemptEnd } from "../deliveries/attempt-delivery.ts";
import type { ClaimedMessage } from "./claim-message.ts";
import { canEdit } from "./place-deliveries.ts";
import { writeMessage } from "./write-message.ts";

export interface SendMessageDeps {
  db: Db;
  slack: SlackChannel;
  mailer: Pick<Mailer, "send">;
  encryptionKeys: KeyRing;
  linkTokenKeys: KeyRing;
  linkPublicUrl: string;
  /** The API as teams reach it, for links to timelines; without it there are none. */
  apiPublicUrl: string | undefined;
  /** The product that the Items belong to. */
  productName: string;
  /** The part after the @ in our message ids. */
  senderDomain: string;
}

/** What became of one message. */
export interface MessageEnd {
  /** As the rules judge it. */
  end: AttemptEnd;
  /** As it was answered: a status of HTTP or of SMTP. */
  status: number | null;
  /** What was called, without what is secret about it; `null` for mail. */
  url: string | null;
  /** By which Slack knows the message, if it said so. */
  slack: SlackMessageId | null;
  /** True if it must not be sent again: it may have arrived, or is refused for what is in it. */
  isFinal: boolean;
}

/** Longer than a mailer takes for one mail at most: two minutes. */
const MAIL_LEASE_MS = 150_000;

/**
 * Sends one message, or changes it.
 *
 * @param signal - cuts a request to Slack off. A mail that is on its way is waited for.
 * @returns `null` if somebody else has taken the message over.
 * @throws what cannot be helped by sending it again: a secret that does not open, a setting that is wrong.
 */
export async function sendMessage(
  deps: SendMessageDeps,
  message: ClaimedMessage,
  signal: AbortSignal,
): Promise<MessageEnd | null> {
  return message.subscription.kind === "slack" ? postToSlack(deps, message, signal) : sendMail(deps, message);
}

async function postToSlack(deps: SendMessageDeps, message: ClaimedMessage, signal: AbortSignal): Promise<MessageEnd> {
  const { notification } = message;
  const { text, named } = writeMessage(message, deps.apiPublicUrl);
  const blocks = renderSlackMessage(text, named, { environment: notification.topic.environment, at: message.now() });
  const target = targetOf(deps, message);
  if (target === null) return notSent("the subscription has no secret to reach Slack with");
  const { slackChannelId: channel, slackTs: ts } = notification;
  const previous = canEdit(message.subscription) && channel !== null && ts !== null ? { channel, ts } : null;
  try {
    const { url, message: slack, ...result } = await deps.slack.send(target, blocks, previous, signal);
    return { end: { kind: "answered", result: judged(result) }, status: result.status, url, slack, isFinal: false };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { ...notSent(""), end: { kind: "unknown", detail: "the request was cut off: this worker closes" } };
  }
}

function targetOf({ encryptionKeys }: SendMessageDeps, { secret, subscription }: ClaimedMessage): SlackTarget | null {
  if (secret === null) return null;
  const opened = openSealed(secret.secret, secretPlace(secret.id), encryptionKeys);
  const { slackChannel } = subscription;
  return slackChannel === null
    ? { kind: "incoming_webhook", url: opened }
    : { kind: "bot", token: opened, channel: slackChannel };
}

/** Slack refuses some messages in an answer with status 200. The rules look at the status first. */
function judged(result: AttemptResult): AttemptResult {
  const isByStatus = result.status !== null && errorCodeOfStatus(result.status) === result.errorCode;
  return { ...result, status: isByStatus ? result.status : null, control: null };
}

async function sendMail(deps: SendMessageDeps, message: ClaimedMessage): Promise<MessageEnd | null> {
  const { notification, subscription } = message;
  const { text, named } = writeMessage(message, deps.apiPublicUrl);
  const token = await issueTeamMailToken(subscription, deps.linkTokenKeys);
  const unsubscribeUrl = `${deps.linkPublicUrl}/team-mail/${token}`;
  const mail = await renderTeamMail({
    text,
    named,
    productName: deps.productName,
    environment: notification.topic.environment,
    subscriptionId: showId("sub", subscription.id),
    unsubscribeUrl,
  });
  const messageId = `<${showId("ntf", notification.id)}-${notification.messages + 1}@${deps.senderDomain}>`;
  const inReplyTo = notification.messageId ?? undefined;
  if (!(await beginTeamMail(deps.db, notification.id, { messageId, leaseMs: MAIL_LEASE_MS }))) return null;
  const start = performance.now();
  const sent = await hand(deps.mailer, {
    to: subscription.address ?? "",
    messageId,
    inReplyTo,
    unsubscribeUrl,
    ...mail,
  });
  return ended(sent, performance.now() - start, Buffer.byteLength(mail.html) + Buffer.byteLength(mail.text));
}

type Handed = SendResult | { kind: "no_mailbox" };

async function hand(mailer: Pick<Mailer, "send">, mail: Parameters<Mailer["send"]>[0]): Promise<Handed> {
  try {
    return await mailer.send(mail);
  } catch (error) {
    if (error instanceof InvalidRecipientError) return { kind: "no_mailbox" };
    // Whatever it is, the mail may have gone out.
    return { kind: "unknown", stage: "body", reason: "the mailer failed" };
  }
}

function ended(sent: Handed, totalMs: number, requestBytes: number): MessageEnd {
  const mailed = (status: number | null, errorCode: DeliveryErrorCode | null, said: string): AttemptResult => ({
    ...NOTHING_SENT,
    // The rules know statuses of HTTP. One of SMTP that is no success has its code.
    status: errorCode === null ? status : null,
    errorCode,
    responseBody: said,
    errorDetail: said,
    operatorDetail: said,
    timings: { ...NOTHING_SENT.timings, totalMs },
    requestBytes,
  });
  const answered = (result: AttemptResult, status: number | null, isFinal = false): MessageEnd => ({
    end: { kind: "answered", result },
    status,
    url: null,
    slack: null,
    isFinal,
  });
  switch (sent.kind) {
    case "accepted":
      return answered({ ...mailed(ACCEPTED, null, sent.response), errorDetail: null, operatorDetail: null }, ACCEPTED);
    case "no_mailbox":
      return answered(mailed(null, "GONE", "the address is not one mailbox"), null);
    case "unknown":
      return { ...notSent(""), end: { kind: "unknown", detail: sent.reason }, isFinal: true };
    case "refused": {
      const { stage, reason, permanent, responseCode = null } = sent;
      const said = `${stage}: ${reason}`;
      if (isAddressRefused(sent)) return answered(mailed(null, "GONE", said), responseCode);
      // What the relay says before it has heard of the message is about ourselves.
      const code = ABOUT_THE_MESSAGE.has(stage) ? "MESSAGE_REFUSED" : "EGRESS_UNAVAILABLE";
      return answered(mailed(null, code, said), responseCode, permanent);
    }
  }
}

const ACCEPTED = 250;
const ABOUT_THE_MESSAGE: ReadonlySet<string> = new Set(["mail_from", "rcpt_to", "data", "body"]);

function notSent(detail: string): MessageEnd {
  return { end: { kind: "not_sent", detail }, status: null, url: null, slack: null, isFinal: false };
}
