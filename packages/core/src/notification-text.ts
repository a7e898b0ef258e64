import { explainStatus } from "./explain-status.ts";
import type { ItemStatus } from "./item-status.ts";
import type { NewsType, NotificationTopic, Trouble, TroubleType } from "./notification-groups.ts";
import type { Actor } from "./status-meaning.ts";

/** What a message to a team tells, in numbers. */
export interface NotificationFacts {
  topic: NotificationTopic;
  /** Made fit to be shown; `null` if it is not known. Of several news, that of the newest, which is not told. */
  institutionName: string | null;
  /** Items in it; of news, how often it happened. */
  count: number;
  recovered: number;
  /** Items that have another trouble by now, or are gone. */
  changed: number;
  since: Date;
  /** When the last of its Items was over; `null` while one is not. */
  until: Date | null;
  /** The first announced end of those still open. */
  endsAt: Date | null;
}

/** How a message looks at first sight. */
export type NotificationTone = "bad" | "warning" | "good" | "news";

/** One line of a message: a label, and what belongs to it. How a moment is written is up to the channel. */
export interface NotificationRow {
  label: string;
  value: string | Date;
}

/** A message to a team, in words, for any channel. */
export interface NotificationText {
  tone: NotificationTone;
  headline: string;
  /** What is the matter; `null` if the headline says it. */
  explanation: string | null;
  rows: readonly NotificationRow[];
}

/** The Items that a message names, the first few of them; or the subscriptions, if it is about these. */
export interface NamedItems {
  /** What they are: "Items". */
  label: string;
  items: readonly {
    /** As it is shown: `itm_…`, `sub_…`. */
    id: string;
    /** Its timeline: where the API tells all that happened to it; `null` if nobody has said where the API is. */
    url: string | null;
  }[];
  /** How many there are beyond these. */
  more: number;
}

/** What is said of so many connections with a trouble. */
interface TroubleWords {
  tone: NotificationTone;
  broke: (n: string, isOne: boolean) => string;
  /** Once all of them are over. */
  over: { one: string; all: (n: string) => string };
  /** The label of those that are over, while others are not. */
  progress: string;
}

const WORKS_AGAIN = { one: "the connection works again", all: (n: string) => `all ${n} connections work again` };

const TROUBLE_WORDS = {
  "item.error": {
    tone: "bad",
    broke: (n) => `${n} broke`,
    over: WORKS_AGAIN,
    progress: "Repaired by now",
  },
  "item.degraded": {
    tone: "warning",
    broke: (n) => `trouble at the bank or Plaid with ${n}`,
    over: WORKS_AGAIN,
    progress: "Working again",
  },
  "item.expiring": {
    tone: "warning",
    broke: (n, isOne) => (isOne ? `${n} ends unless its user renews it` : `${n} end unless their users renew them`),
    over: { one: "the connection was renewed", all: (n) => `all ${n} connections were renewed` },
    progress: "Renewed by now",
  },
  "item.revoked": {
    tone: "bad",
    broke: (n, isOne) => `${isOne ? "a user" : "users"} withdrew permission for ${n}`,
    over: WORKS_AGAIN,
    progress: "Working again",
  },
} as const satisfies Record<TroubleType, TroubleWords>;

interface NewsWords {
  tone: NotificationTone;
  one: string;
  /** Of more than one. */
  many: (n: string) => string;
}

/** What is said of events that are no trouble, or that tell of one by itself. */
const NEWS_WORDS: Readonly<Record<NewsType, NewsWords>> = {
  "item.repaired": { tone: "good", one: "A connection works again", many: (n) => `${n} connections work again` },
  "item.account_revoked": {
    tone: "news",
    one: "A user withdrew permission for one account; the others of the connection go on",
    many: (n) => `Users withdrew permission for ${n} accounts; the others of their connections go on`,
  },
  "item.new_accounts_available": {
    tone: "news",
    one: "A bank has new accounts that its user could share",
    many: (n) => `Users of ${n} connections have new accounts that they could share`,
  },
  "item.removed": {
    tone: "news",
    one: "A connection was removed at Plaid, for good",
    many: (n) => `${n} connections were removed at Plaid, for good`,
  },
  "reauth.email_sent": {
    tone: "news",
    one: "A user was asked by mail to reconnect",
    many: (n) => `${n} mails asked users to reconnect`,
  },
  "reauth.link_opened": {
    tone: "news",
    one: "A user has begun to reconnect",
    many: (n) => `Users have begun to reconnect, ${n} times`,
  },
  "reauth.completed": {
    tone: "news",
    one: "A user has done all to reconnect: Plaid has yet to confirm it",
    many: (n) => `Users have done all to reconnect, ${n} times: Plaid has yet to confirm it`,
  },
  "reauth.abandoned": {
    tone: "news",
    one: "A user began to reconnect, and left before the end",
    many: (n) => `Users began to reconnect, and left before the end, ${n} times`,
  },
  "webhook.received": {
    tone: "news",
    one: "Plaid has sent a webhook",
    many: (n) => `Plaid has sent ${n} webhooks`,
  },
  "webhook.verification": { tone: "news", one: "This channel is verified", many: () => "This channel is verified" },
  "webhook.test": { tone: "news", one: "This channel works", many: () => "This channel works" },
  "endpoint.failing": {
    tone: "warning",
    one: "A subscription fails: what is sent to it does not arrive",
    many: (n) => `${n} subscriptions fail: what is sent to them does not arrive`,
  },
  "endpoint.disabled": {
    tone: "bad",
    one: "A subscription was disabled: what is meant for it is kept, and not sent",
    many: (n) => `${n} subscriptions were disabled: what is meant for them is kept, and not sent`,
  },
  "endpoint.recovered": {
    tone: "good",
    one: "A subscription works again",
    many: (n) => `${n} subscriptions work again`,
  },
  "delivery.exhausted": {
    tone: "warning",
    one: "An event could not be delivered, and is not tried again by itself",
    many: (n) => `${n} events could not be delivered, and are not tried again by themselves`,
  },
  "recovery.completed": {
    tone: "news",
    one: "What a subscription had missed was sent again",
    many: (n) => `What subscriptions had missed was sent again, ${n} times`,
  },
};

/**
 * Says a message to a team in words: what happened, to how many, whose turn it is, since when, and how many are repaired.
 *
 * Pure. In English, as everything that operators and teams read. It holds nothing of a user.
 */
export function writeNotification(facts: NotificationFacts): NotificationText {
  const { topic } = facts;
  const text =
    topic.trouble === null
      ? writeNews(facts, NEWS_WORDS[topic.type])
      : writeTrouble(facts, TROUBLE_WORDS[topic.type], topic.trouble);
  if (!topic.isTest) return text;
  return {
    ...text,
    headline: `Test: ${text.headline}`,
    rows: [...text.rows, { label: "This is a test", value: "Somebody asked for it. Nothing has happened." }],
  };
}

function writeTrouble(facts: NotificationFacts, words: TroubleWords, trouble: Trouble): NotificationText {
  const { count, recovered, changed, since, until, endsAt } = facts;
  const explained = explainStatus(statusOf(trouble));
  const open = count - recovered - changed;
  const where = `${bankOf(facts)}: `;
  const code = trouble.errorCode ?? trouble.reason;
  const codeInBrackets = code === null ? "" : ` (${code})`;
  const started: NotificationRow = { label: "Since", value: since };
  const moved: NotificationRow[] =
    changed === 0 ? [] : [{ label: "Another status by now", value: outOf(changed, count) }];
  if (open === 0) {
    const isAllWell = changed === 0;
    const well = count === 1 ? words.over.one : words.over.all(number(count));
    const gone = count === 1 ? "the connection has another status now" : "no connection has this status any more";
    return {
      tone: isAllWell ? "good" : "news",
      headline: `${where}${isAllWell ? well : gone}${codeInBrackets}`,
      explanation: null,
      rows: [
        started,
        ...(until === null ? [] : [{ label: "Until", value: until }]),
        ...(isAllWell || recovered === 0 ? [] : [{ label: words.progress, value: outOf(recovered, count) }]),
        ...moved,
      ],
    };
  }
  return {
    tone: words.tone,
    headline: `${where}${words.broke(connections(count), count === 1)}${codeInBrackets}`,
    explanation: explained.explanation,
    rows: [
      { label: "Who must act", value: WHO_ACTS[explained.whoActs] },
      { label: "What to do", value: explained.nextStep },
      started,
      ...(endsAt === null ? [] : [{ label: open === 1 ? "Ends" : "The first ends", value: endsAt }]),
      ...(count === 1 ? [] : [{ label: words.progress, value: outOf(recovered, count) }]),
      ...moved,
    ],
  };
}

function writeNews({ count, since, institutionName }: NotificationFacts, words: NewsWords): NotificationText {
  if (count !== 1) {
    const rows = [{ label: "Since", value: since }];
    return { tone: words.tone, headline: words.many(number(count)), explanation: null, rows };
  }
  const bank = institutionName === null ? [] : [{ label: "Bank", value: institutionName }];
  return { tone: words.tone, headline: words.one, explanation: null, rows: [...bank, { label: "When", value: since }] };
}

const WHO_ACTS: Readonly<Record<Actor, string>> = {
  user: "the user",
  operator: "whoever runs the integration",
  nobody: "nobody",
};

function statusOf({ state, errorType, errorCode, reason }: Trouble): ItemStatus {
  switch (state) {
    case "healthy":
    case "removed":
      return { kind: state };
    case "expiring":
      return { kind: state, at: new Date(0), reason: reason ?? "" };
    case "login_required":
    case "bank_action_required":
    case "degraded":
    case "needs_new_item":
    case "needs_developer":
    case "revoked":
      return { kind: state, error: { type: errorType ?? "", code: errorCode ?? "", reason } };
  }
}

function bankOf({ institutionName, topic }: NotificationFacts): string {
  return institutionName ?? topic.institutionId ?? "A bank that is not known";
}

function connections(count: number): string {
  return count === 1 ? "1 connection" : `${number(count)} connections`;
}

function outOf(part: number, count: number): string {
  return `${number(part)} of ${number(count)}`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
