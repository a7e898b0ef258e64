import type { NamedItems, NotificationRow, NotificationText, NotificationTone } from "@relink/core";
import type { KnownBlock, MrkdwnElement } from "@slack/types";

/** A message as Slack takes it. */
export interface SlackMessage {
  /** What a notification shows, and a program that reads aloud. */
  text: string;
  blocks: KnownBlock[];
}

const MARKS: Readonly<Record<NotificationTone, string>> = {
  bad: ":red_circle:",
  warning: ":large_orange_circle:",
  good: ":large_green_circle:",
  news: ":large_blue_circle:",
};

/**
 * A message to a team in Slack's Block Kit.
 *
 * Times are written so that each reader sees them in their own zone. Whatever stands in a name is text: it is escaped, and
 * Slack is told to make no links of it.
 *
 * @param about.environment - of Plaid.
 * @param about.at - when the message is made or changed.
 * @see https://docs.slack.dev/messaging/formatting-message-text/ (checked 2026-11-22)
 */
export function renderSlackMessage(
  text: NotificationText,
  named: NamedItems | null,
  about: { environment: string | null; at: Date },
): SlackMessage {
  const headline = escapeSlackText(text.headline);
  const rows = text.rows.map(renderRow);
  const footer = ["Relink", about.environment, `as of ${renderMoment(about.at)}`].filter((part) => part !== null);
  return {
    text: headline,
    blocks: [
      section(`${MARKS[text.tone]} *${headline}*`),
      ...(text.explanation === null ? [] : [section(escapeSlackText(text.explanation))]),
      ...(rows.length === 0 ? [] : [section(rows.join("\n"))]),
      ...(named === null ? [] : [section(renderNamed(named))]),
      { type: "context", elements: [mrkdwn(footer.join(" · "))] },
    ],
  };
}

/** Text from outside as Slack shows it: as it is. */
export function escapeSlackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function renderRow({ label, value }: NotificationRow): string {
  return `*${label}:* ${value instanceof Date ? renderMoment(value) : escapeSlackText(value)}`;
}

function renderMoment(at: Date): string {
  const inUtc = `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `<!date^${Math.floor(at.getTime() / 1_000)}^{date_short_pretty}, {time}|${inUtc}>`;
}

/** Slack refuses a message with a longer one. https://docs.slack.dev/reference/block-kit/blocks/section-block (checked 2026-11-22) */
const MAX_SECTION_LENGTH = 3_000;

function renderNamed(named: NamedItems): string {
  const { label, items, more } = named;
  // An id in code is copied with a double click; one that is a link cannot be.
  const shown = items.map(({ id, url }) => `\`${id}\`${url === null ? "" : ` (<${escapeSlackText(url)}|timeline>)`}`);
  const text = `*${label}:* ${shown.join(", ")}${more > 0 ? ` and ${more.toLocaleString("en-US")} more` : ""}`;
  if (text.length <= MAX_SECTION_LENGTH) return text;
  return renderNamed({ ...named, items: items.map((item) => ({ ...item, url: null })) });
}

function section(text: string): KnownBlock {
  return { type: "section", text: mrkdwn(text) };
}

function mrkdwn(text: string): MrkdwnElement {
  return { type: "mrkdwn", text, verbatim: true };
}
