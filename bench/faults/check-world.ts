import { createHash } from "node:crypto";
import { DEFAULT_POLICY } from "@relink/core";
import type { Database } from "@relink/db";
import { applyWebhooks, readDeepLink } from "@relink/items";
import { setting } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { isMailed, neverNeedsItsUser, statusOf } from "./item-stories.ts";
import { fullestHeap, type World } from "./world.ts";

/** What the ledger, the inboxes and the database say, compared. */
export interface Findings {
  processed: number;
  parked: number;
  mails: number;
  /** Acknowledged, and neither processed nor parked. */
  lost: readonly string[];
  /** Messages that came more than once: by their id, and by whom and what they are about. */
  twice: readonly string[];
  /** Everything else that should not be, one line each. */
  problems: readonly string[];
}

/** Waits until every delivery is acknowledged and dealt with, and compares. The load may go on meanwhile. */
export async function checkDeliveries(world: World): Promise<Findings> {
  const { database, ledger } = world;
  const acked = new Set(ledger.acked);
  await nothingOpen(database);
  const { rows } = await database.pool.query<{ key: string; is_open: boolean; is_parked: boolean }>(
    `select encode(delivery_key, 'hex') as key, processed_at is null and parked_at is null as is_open,
        parked_at is not null as is_parked from webhook_events`,
  );
  const dealtWith = new Set(rows.filter(({ is_open }) => !is_open).map(({ key }) => key));
  const neverSent = rows.filter(({ key }) => !ledger.sent.has(key));
  const parked = rows.filter(({ is_parked }) => is_parked).length;
  const { mails, twice } = await countMails(world);
  return {
    processed: dealtWith.size - parked,
    parked,
    mails,
    lost: [...acked].filter((key) => !dealtWith.has(key)),
    twice,
    problems: [
      ...neverSent.map(({ key }) => `invented: ${key} was stored and never sent`),
      ...(await wronglyParked(world)),
      ...(await overlappingEpisodes(database)),
      ...(await rowsThatDisagree(world)),
    ],
  };
}

/** Stops the load, waits until nothing is owed any more, and compares everything with the truth. */
export async function checkEverything(world: World): Promise<Findings> {
  world.load.pause();
  await world.deliverer.settled();
  await quiet(world.database);
  const findings = await checkDeliveries(world);
  const problems = [
    ...findings.problems,
    ...(await statusesThatAreWrong(world)),
    ...(await usersWronglyTold(world)),
    ...(await effectsOfReplay(world)),
    ...(await memoryThatIsNotGivenBack(world)),
  ];
  world.load.resume();
  return { ...findings, problems };
}

async function nothingOpen(database: Database): Promise<void> {
  const now = await waitFor(async () => {
    // A `Date` is cut off to milliseconds, and what came within the last one is waited for too.
    const { rows } = await database.pool.query<{ now: Date }>("select clock_timestamp() + interval '1 ms' as now");
    return rows[0]?.now;
  });
  await waitFor(() => countOpen(database, now).then((open) => open === 0), { timeoutMs: 60_000, everyMs: 100 });
}

/** Webhooks received until then that are neither processed nor parked. */
export async function countOpen(database: Database, until: Date): Promise<number> {
  const { rows } = await database.pool.query<{ open: number }>(
    `select count(*)::int as open from webhook_events
      where processed_at is null and parked_at is null and received_at <= $1`,
    [until],
  );
  return rows[0]?.open ?? Number.NaN;
}

/** What is due later is not waited for: questions about a bank in an outage, reminders. */
export async function quiet(database: Database): Promise<void> {
  await waitFor(
    async () => {
      const { rows } = await database.pool.query<Record<string, number>>(
        `select (select count(*)::int from webhook_events where processed_at is null and parked_at is null) as webhooks,
          (select count(*)::int from items where confirm_due_at < now() + interval '5 min') as questions,
          (select count(*)::int from emails where state = 'owed' and due_at < now() + interval '5 min') as mails,
          (select count(*)::int from emails where state = 'transmitting' and transmitting_at > now() - interval '3 s')
            as transmissions`,
      );
      const owed = Object.entries(rows[0] ?? {}).filter(([, count]) => count > 0);
      if (owed.length > 0) throw new Error(`still owed: ${owed.map(([what, count]) => `${count} ${what}`).join(", ")}`);
      return true;
    },
    { timeoutMs: 90_000, everyMs: 250 },
  );
}

/** What was put aside although it could have been dealt with. */
async function wronglyParked({ database, poison }: World): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string; body: Buffer; parked_reason: string }>(
    `select encode(delivery_key, 'hex') as key, substring(body for 400) as body, parked_reason
      from webhook_events where parked_at is not null`,
  );
  return rows
    .map(({ key, body, parked_reason }) => ({ key, body: body.toString("utf8"), parked_reason }))
    .filter(
      ({ key, body, parked_reason }) =>
        !poison.has(key) &&
        !(parked_reason === "unknown_item" && body.includes("stranger-")) &&
        !(parked_reason === "not_json" && body.startsWith("no JSON")),
    )
    .map(({ body, parked_reason }) => `parked as ${parked_reason}: ${body}`);
}

async function overlappingEpisodes(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `select a.id from episodes a join episodes b on b.item_id = a.item_id and b.id <> a.id and b.opened_at >= a.opened_at
      where a.closed_at is null or a.closed_at > b.opened_at`,
  );
  return rows.map(({ id }) => `episode ${id} overlaps with another of its Item`);
}

/**
 * Mails whose row and whose message do not agree: `sent` without a message, or a message without a row that says it was
 * sent or may have been.
 */
async function rowsThatDisagree({ database, mailSink }: World): Promise<string[]> {
  // Both ways, so that a mail that goes out between the two readings is no finding.
  const before = new Set(mailSink.mails.map(({ messageId }) => messageId));
  const { rows } = await database.pool.query<{ message_id: string | null; state: string }>(
    "select message_id, state from emails",
  );
  const after = new Set(mailSink.mails.map(({ messageId }) => messageId));
  const known = new Map(rows.map((row) => [row.message_id, row.state]));
  return [
    ...rows
      .filter((row) => row.state === "sent" && !after.has(row.message_id ?? ""))
      .map((row) => `mail ${row.message_id} is sent and was never taken`),
    ...[...before]
      .filter((id) => !["sent", "transmitting", "unknown"].includes(known.get(id) ?? "none"))
      .map((id) => `mail ${id} was taken and is ${known.get(id) ?? "in no row"}`),
  ];
}

async function countMails({ mailSink, relink }: World): Promise<{ mails: number; twice: string[] }> {
  const seen = new Set<string>();
  const twice: string[] = [];
  const keys = setting.keyRing.parse(relink.linkTokenKeys);
  for (const { messageId, to, text } of mailSink.mails) {
    const token = /\/r\/([\w.-]+)/.exec(text)?.[1];
    // Good news hold no link, and come once for each time that somebody was written to.
    const episodeId = token && (await readDeepLink(token, { keys, audience: "sandbox", now: new Date() })).episodeId;
    for (const name of [messageId, ...(episodeId === undefined ? [] : [`${to} ${episodeId}`])]) {
      if (seen.has(name)) twice.push(name);
      seen.add(name);
    }
  }
  return { mails: mailSink.mails.length, twice };
}

async function statusesThatAreWrong({ database, stories }: World): Promise<string[]> {
  const { rows } = await database.pool.query<{ plaid_item_id: string; status: string }>(
    "select plaid_item_id, status from items",
  );
  const statuses = new Map(rows.map((row) => [row.plaid_item_id, row.status]));
  return stories
    .map((story) => ({ id: story.plaidItemId, is: statuses.get(story.plaidItemId), truth: statusOf(story.truth) }))
    .filter(({ is, truth }) => is !== truth)
    .map(({ id, is, truth }) => `${id} is ${is} and should be ${truth}`);
}

/** Who was left broken was written to, or nobody can tell because a worker died on it; who never broke was not. */
async function usersWronglyTold({ database, mailSink, stories }: World): Promise<string[]> {
  const mailed = new Set(mailSink.mails.map(({ to }) => to));
  const { rows } = await database.pool.query<{ email: string; state: string | null }>(
    `select users.email, case when emails.problem like 'the user got % mails within a day' then 'enough' else emails.state end
        as state from items join users on users.id = items.user_id
      left join episodes on episodes.item_id = items.id and episodes.closed_at is null
      left join emails on emails.episode_id = episodes.id and emails.step = 0`,
  );
  const stateOf = new Map(rows.map(({ email, state }) => [email, state ?? "no mail"]));
  return stories.flatMap((story) => {
    const state = stateOf.get(story.email) ?? "no user";
    if (neverNeedsItsUser(story) && mailed.has(story.email)) return [`${story.email} was written to without a reason`];
    // Who got as many mails as anybody gets in a day hears of the next break later.
    const isTold = ["sent", "transmitting", "unknown", "enough"].includes(state);
    return isMailed(story.truth) && !isTold ? [`${story.email} should know, and the mail is ${state}`] : [];
  });
}

/**
 * All that a replay could change. Not what workers may do at the same time: they end transmissions, give up those of
 * workers that were killed five minutes ago, and owe the reminders that follow.
 */
const REPLAYABLE = [
  "select * from items order by id",
  "select * from episodes order by id",
  `select id, episode_id, item_id, user_id, step, created_at, case when state in ('owed', 'held') then due_at end as due_at,
      case when state in ('transmitting', 'sent', 'unknown') then 'has gone out' else state end as state
    from emails where step not between 1 and 99 order by id`,
];

/** Every webhook once more: their effects are in the database already, so nothing may change. */
async function effectsOfReplay({ database }: World): Promise<string[]> {
  const snapshot = async (): Promise<string> => {
    const hash = createHash("sha256");
    for (const statement of REPLAYABLE) {
      const { rows } = await database.pool.query(statement);
      hash.update(JSON.stringify(rows));
    }
    return hash.digest("hex");
  };
  const before = await snapshot();
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from webhook_events where processed_at is not null order by received_at desc limit 20000",
  );
  const problems: string[] = [];
  for (let start = 0; start < rows.length; start += 500) {
    const ids = rows.slice(start, start + 500).map(({ id }) => id);
    const { processed, parked } = await applyWebhooks(
      { db: database.db, policy: { ...DEFAULT_POLICY, holdMs: 0 }, environment: "sandbox" },
      ids,
    );
    if (processed.length + parked.length > 0) problems.push(`${processed.length + parked.length} applied twice`);
  }
  if ((await snapshot()) !== before) problems.push("a replay of all webhooks changed an Item, an episode or a mail");
  return problems;
}

/** Some room, because caches fill and code is compiled. A single burst of overload holds more than that. */
const HEAP_ROOM_BYTES = 24 * 2 ** 20;

async function memoryThatIsNotGivenBack({ relink, baseHeapBytes }: World): Promise<string[]> {
  const heapBytes = await fullestHeap(relink);
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  return heapBytes <= baseHeapBytes + HEAP_ROOM_BYTES
    ? []
    : [`an app holds ${mebibytes(heapBytes)} without garbage, and ${mebibytes(baseHeapBytes)} at the start`];
}
