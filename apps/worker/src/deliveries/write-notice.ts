import { assertNever, type DisabledReason } from "@relink/core";
import type { ClaimedNotice, NoticeRow } from "@relink/db";
import { showId } from "@relink/service";

/** What the owner of an endpoint is told. */
export type OwnerNotice = Exclude<NoticeRow["kind"], "confirm_address">;

/** The words of a notice to the owner of an endpoint: developers, so plain and in English. */
export function writeNotice(
  kind: OwnerNotice,
  { notice, subscription }: Pick<ClaimedNotice, "notice" | "subscription">,
): { subject: string; text: string } {
  const id = showId("sub", subscription.id);
  const endpoint = nameEndpoint(subscription);
  const { subject, lines } = wordsFor(kind, notice.details, endpoint, id);
  const about = [
    endpoint.line,
    `Subscription: ${id}`,
    ...(subscription.description === null ? [] : [`Description: ${subscription.description}`]),
  ];
  return { subject: `Relink: ${subject}`, text: `${[...lines, about.join("\n")].join("\n\n")}\n` };
}

function wordsFor(
  kind: OwnerNotice,
  details: NoticeRow["details"],
  { name, noun, whyGone, whyByRequest }: NamedEndpoint,
  id: string,
): { subject: string; lines: string[] } {
  const attempts = `Each attempt, with what was answered: GET /v1/subscriptions/${id}/attempts`;
  const reason = details.disabledReason ?? "manual";
  const end = details.disableAt === null ? null : showTime(details.disableAt);
  const warning =
    end === null
      ? "Relink keeps trying. If it goes on failing for days, it will be disabled, and you will be told before."
      : `Relink keeps trying. Without a success, it will be disabled on ${end}; events for it are held from then on.`;
  switch (kind) {
    case "failing":
      return {
        subject: `${name} is failing`,
        lines: [`The last attempts to deliver events to your ${noun} have all failed.`, warning, attempts],
      };
    case "warning_60h":
    case "warning_96h":
      return {
        subject: `${name} still fails${end === null ? "" : `, and will be disabled on ${end}`}`,
        lines: [`Your ${noun} has not taken any event for days.`, warning, attempts],
      };
    case "disabled":
      return {
        subject: `${name} is disabled`,
        lines: [
          `Nothing is sent to your ${noun} any more: ${WHY_DISABLED[reason] ?? (reason === "gone" ? whyGone : whyByRequest)}. Events for it are held.`,
          `Once it works: POST /v1/subscriptions/${id}/enable`,
          `To get what is held then: POST /v1/subscriptions/${id}/recoveries`,
          attempts,
        ],
      };
    case "recovered":
      return {
        subject: `${name} works again`,
        lines: [`Your ${noun} takes events again. What waits for its next attempt is delivered in its turn.`],
      };
    case "exhausted":
      return {
        subject: `events for ${name} could not be delivered`,
        lines: [
          `The last attempt of at least one delivery to your ${noun} has failed. It is kept, and not tried again by itself.`,
          `Which ones: GET /v1/subscriptions/${id}/deliveries`,
          `To get them all again: POST /v1/subscriptions/${id}/recoveries`,
          "You are told of this once a day at most.",
        ],
      };
    case "secret_rotated":
      return {
        subject: `${name} has a new signing secret`,
        lines: [
          "Somebody has replaced what events for your endpoint are signed with. Give it the new secret before the old one ends.",
          `Until when the old one is good: GET /v1/subscriptions/${id}`,
          `If nobody of yours has done that, replace it at once: POST /v1/subscriptions/${id}/secret/rotate with overlap_s 0`,
        ],
      };
    default:
      return assertNever(kind);
  }
}

/** Where it does not depend on what is disabled. */
const WHY_DISABLED: Readonly<Partial<Record<DisabledReason, string>>> = {
  consecutive_failures: "it has failed for five days",
  target_forbidden: "its address must not be called",
  manual: "somebody has disabled it",
};

const BY_HEADER = "it answered with webhook-delivery: disable";

/** How an endpoint is spoken of. */
interface NamedEndpoint {
  /** Begins a subject. */
  name: string;
  /** What it is: "your endpoint". */
  noun: string;
  whyGone: string;
  whyByRequest: string;
  /** What it is, and where. */
  line: string;
}

function nameEndpoint({ kind, url, slackChannel, address }: ClaimedNotice["subscription"]): NamedEndpoint {
  switch (kind) {
    case "webhook": {
      const { target, host } = readTarget(url);
      return {
        name: `the endpoint at ${host}`,
        noun: "endpoint",
        whyGone: "it answered 410 Gone",
        whyByRequest: BY_HEADER,
        line: `Endpoint: ${target}`,
      };
    }
    case "slack": {
      const whyGone = "Slack says that Relink cannot post there any more";
      const channel = slackChannel ?? "the channel of its incoming webhook";
      return {
        name: `Slack (${channel})`,
        noun: "Slack channel",
        whyGone,
        whyByRequest: BY_HEADER,
        line: `Slack: ${channel}`,
      };
    }
    case "email": {
      const whyGone = "the mail server says that it does not exist";
      const whyByRequest = "its reader has said that they did not ask for these mails";
      return { name: `mail to ${address}`, noun: "address", whyGone, whyByRequest, line: `Address: ${address}` };
    }
  }
}

/** Without the query: receivers put secrets there. */
function readTarget(text: string | null): { target: string; host: string } {
  const url = text === null ? null : URL.parse(text);
  if (url === null) return { target: "unknown", host: "an unknown host" };
  return { target: `${url.origin}${url.pathname}`, host: url.host };
}

function showTime(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
