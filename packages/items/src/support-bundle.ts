import { explainStatus, type ItemStatus } from "@relink/core";
import {
  accountsOf,
  countItemEvents,
  type Db,
  type EpisodeRow,
  findEpisodeOf,
  findItem,
  type ItemCounts,
  type ItemRow,
  itemTimeline,
  type LastWebhook,
  lastWebhookOf,
  databaseNow,
  type TimelineRow,
} from "@relink/db";
import { showId } from "@relink/service";
import { toItemStatus } from "./item-rows.ts";

/** An identifier that Plaid's support looks up, with what is needed to find the right one. */
export interface NamedRequest {
  at: Date;
  requestId: string;
  /** A path of Plaid's API, or where in Link it was given. */
  source: string;
  errorCode: string | null;
}

/** All that a support ticket at Plaid asks for, about one episode of one Item. It holds no token and nothing about a person. */
export interface SupportBundle {
  madeAt: Date;
  item: Pick<
    ItemRow,
    | "id"
    | "plaidItemId"
    | "environment"
    | "institutionId"
    | "institutionName"
    | "createdAt"
    | "statusSince"
    | "consentExpiresAt"
    | "lastWebhookAt"
  > & { status: ItemStatus; clientUserId: string };
  /** Null for an Item that never had one; then the bundle is about the last day. */
  episode: EpisodeRow | null;
  since: Date;
  until: Date;
  lastWebhook: LastWebhook | null;
  accounts: { plaidAccountId: string; revokedAt: Date | null }[];
  counts: ItemCounts;
  requests: NamedRequest[];
  linkSessionIds: string[];
  /** The oldest first. */
  entries: TimelineRow[];
  /** True if there is more than fits; then the newest are here, and the timeline has the others. */
  isCut: boolean;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_ENTRIES = 500;

/**
 * Gathers what a support ticket asks for, from an hour before the episode to an hour after it: Plaid's support wants to see
 * the last call that went well, too.
 *
 * @param episodeId - which one; without it the newest.
 * @returns `null` if there is no such Item, or it has no such episode.
 */
export async function readSupportBundle(
  db: Db,
  itemId: string,
  episodeId: string | undefined,
): Promise<SupportBundle | null> {
  const item = await findItem(db, itemId);
  const episode = await findEpisodeOf(db, itemId, episodeId);
  if (item === null || (episodeId !== undefined && episode === null)) return null;
  const madeAt = await databaseNow(db);
  const since = new Date(episode === null ? madeAt.getTime() - DAY_MS : episode.openedAt.getTime() - HOUR_MS);
  const until = new Date(Math.min(madeAt.getTime(), (episode?.closedAt ?? madeAt).getTime() + HOUR_MS));
  const rows = await itemTimeline(db, itemId, { limit: MAX_ENTRIES + 1, since, until });
  const entries = rows.slice(0, MAX_ENTRIES).toReversed();
  const { id, plaidItemId, environment, institutionId, institutionName, createdAt } = item;
  const { statusSince, consentExpiresAt, lastWebhookAt } = item;
  return {
    madeAt,
    item: {
      id,
      plaidItemId,
      environment,
      institutionId,
      institutionName,
      createdAt,
      statusSince,
      consentExpiresAt,
      lastWebhookAt,
      status: toItemStatus(item),
      clientUserId: showId("usr", item.userId),
    },
    episode,
    since,
    until,
    lastWebhook: await lastWebhookOf(db, itemId),
    accounts: await accountsOf(db, [itemId]),
    counts: await countItemEvents(db, itemId, { since, until }),
    // Each once, as it was said last: an exit has the error that the events before it did not have yet.
    requests: [...new Map(entries.flatMap(toNamedRequest).map((named) => [named.requestId, named])).values()],
    linkSessionIds: [...new Set(entries.flatMap((entry) => textIn(entry, "link_session_id") ?? []))],
    entries,
    isCut: rows.length > MAX_ENTRIES,
  };
}

function toNamedRequest(entry: TimelineRow): NamedRequest[] {
  const requestId = textIn(entry, "request_id");
  // The call that began a session is listed as the call that it was.
  if (requestId === null || entry.kind === "link_session_started") return [];
  const source = textIn(entry, "method") ?? `Link ${textIn(entry, "event_name") ?? textIn(entry, "callback") ?? ""}`;
  const errorCode = textIn(entry, "error_code") ?? textIn(entry, "item_error_code");
  return [{ at: entry.at, requestId, source, errorCode }];
}

function textIn(entry: TimelineRow, name: string): string | null {
  const value = entry.details[name];
  return typeof value === "string" ? value : null;
}

/** The bundle as text, to be pasted into a ticket. */
export function writeSupportBundle(bundle: SupportBundle): string {
  const { item, episode, counts, lastWebhook } = bundle;
  const { explanation } = explainStatus(item.status);
  const sections: [string, string[]][] = [
    [
      "Item",
      fields({
        item_id: item.plaidItemId,
        institution_id: item.institutionId,
        institution: item.institutionName,
        environment: item.environment,
        client_user_id: item.clientUserId,
        "known since": at(item.createdAt),
        status: `${item.status.kind} since ${at(item.statusSince)}`,
        error: "error" in item.status ? describeError(item.status.error) : null,
        meaning: explanation,
        "ends at": item.status.kind === "expiring" ? `${at(item.status.at)} (${item.status.reason})` : null,
        "consent ends at": at(item.consentExpiresAt),
        "last webhook sent": at(item.lastWebhookAt),
        "last webhook here": lastWebhook && describeWebhook(lastWebhook),
      }),
    ],
    [
      "What happened",
      episode === null ? ["No break of this Item is known. This is about the last day."] : tell(episode),
    ],
    [
      "How much",
      fields({
        from: at(bundle.since),
        to: at(bundle.until),
        webhooks: String(counts.webhooks),
        "calls to Plaid": `${counts.apiCalls}, ${counts.failedApiCalls} of them without a good answer`,
        "Link sessions": String(counts.linkSessions),
        "mails sent": String(counts.mailsSent),
      }),
    ],
    [
      "request_id",
      bundle.requests.map(
        ({ at: when, requestId, source, errorCode }) =>
          `${at(when)}  ${requestId}  ${source}${errorCode === null ? "" : `  ${errorCode}`}`,
      ),
    ],
    ["link_session_id", bundle.linkSessionIds],
    [
      "account_id",
      bundle.accounts.map(({ plaidAccountId, revokedAt }) =>
        revokedAt === null ? plaidAccountId : `${plaidAccountId}  withdrawn by the user ${at(revokedAt)}`,
      ),
    ],
    [
      bundle.isCut ? `Timeline (the newest ${MAX_ENTRIES} entries)` : "Timeline",
      bundle.entries.map((entry) => `${at(entry.at)}  ${describeEntry(entry)}`),
    ],
  ];
  const head = `Support bundle for Plaid, made by Relink at ${at(bundle.madeAt)}. All times are in UTC.`;
  const body = sections.map(([title, lines]) =>
    [title, ...(lines.length > 0 ? lines : ["none"]).map((line) => `  ${line}`)].join("\n"),
  );
  return `${[head, ...body].join("\n\n")}\n`;
}

function tell(episode: EpisodeRow): string[] {
  const { cause, openedAt, confirmedAt, closedAt, closeReason, errorType, errorCode } = episode;
  return fields({
    episode: showId("epi", episode.id),
    cause: `${cause}${errorCode === null ? "" : `: ${errorType ?? ""} / ${errorCode}`}`,
    "first sign": at(openedAt),
    "confirmed by /item/get": at(confirmedAt) ?? "not yet",
    "over since": closedAt === null ? "still open" : `${at(closedAt)} (${closeReason ?? ""})`,
  });
}

/** One line each, the names in a column; what is not known is left out. */
function fields(named: Readonly<Record<string, string | null>>): string[] {
  const known = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== null);
  const width = Math.max(...known.map(([name]) => name.length)) + 2;
  return known.map(([name, value]) => `${name.padEnd(width)}${oneLine(value)}`);
}

function at(moment: Date): string;
function at(moment: Date | null): string | null;
function at(moment: Date | null): string | null {
  return moment === null ? null : moment.toISOString();
}

function describeError({ type, code, reason }: { type: string; code: string; reason: string | null }): string {
  return `${type} / ${code}${reason === null ? "" : ` (${reason})`}`;
}

function describeWebhook({ webhookType, webhookCode, errorCode, receivedAt }: LastWebhook): string {
  return `${[webhookType, webhookCode, errorCode].filter((part) => part !== null).join(" ")} at ${at(receivedAt)}`;
}

/** Told by the browser or by Plaid, it is the same event. */
const LINK_EVENT = [
  "callback",
  "event_name",
  "view_name",
  "exit_status",
  "error_type",
  "error_code",
  "request_id",
  "link_session_id",
];

/** What of each kind of entry is worth a reader's time, in this order. */
const WORTH_TELLING: Readonly<Record<TimelineRow["kind"], readonly string[]>> = {
  webhook_received: ["webhook_type", "webhook_code", "error_code", "outcome"],
  api_call: ["method", "http_status", "error_type", "error_code", "item_error_code", "request_id", "duration_ms"],
  episode_opened: ["cause", "error_type", "error_code"],
  episode_confirmed: [],
  episode_closed: ["reason", "seconds_open"],
  email: ["template", "step", "state"],
  link_session_started: ["mode", "outcome", "request_id", "link_session_id"],
  link_callback: LINK_EVENT,
  link_event: LINK_EVENT,
  status_corrected: ["found_by", "status_before", "status_after", "missed_webhook_code"],
  account_revoked: ["account_id"],
  event_published: ["type", "sequence", "subscriptions", "delivered", "under_way"],
  muted: [],
  unmuted: [],
};

function describeEntry({ kind, details }: TimelineRow): string {
  const told = WORTH_TELLING[kind].flatMap((name) => {
    const value = details[name];
    return typeof value === "number" || (typeof value === "string" && value !== "")
      ? [`${name}=${oneLine(String(value))}`]
      : [];
  });
  return [kind, ...told].join("  ");
}

/** Names come from banks and browsers: none of them may begin a line of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
