import { chmod, mkdtemp, rm } from "node:fs/promises";
import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setInterval, setTimeout as delay } from "node:timers/promises";
import { type Database, connect } from "@relink/db";
import { readDeepLink, registerItem } from "@relink/items";
import { createPlaidClient, createTokenHasher } from "@relink/plaid";
import { Secret, setting } from "@relink/service";
import { createPlaidSigner, type ScriptedPlaid, startScriptedPlaid, waitFor } from "@relink/testkit";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { signWebhook } from "../src/sign-webhook.ts";
import { createDeliverer } from "./deliverer.ts";
import { type Installation, startInstallation } from "./installation.ts";
import { type ItemStory, loginRequired, neverNeedsItsUser, statusOf, tellStories, truthOf } from "./item-stories.ts";
import { openLedger } from "./ledger.ts";
import { type MailSink, startMailSink } from "./mail-sink.ts";

const WEBHOOKS_PER_SECOND = 150;
const HOLD_SECONDS = 1;

test(
  "kill -9 of the ingress, the workers, Redis and Postgres loses no acknowledged webhook and sends no mail twice",
  { timeout: 240_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "relink-faults-"));
    await chmod(folder, 0o711); // Postgres may run as another user
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") console.log(`ledger and logs are kept in ${folder}`);
      else await rm(folder, { recursive: true, force: true });
    });

    const signer = createPlaidSigner();
    const plaid = await startScriptedPlaid(signer.jwk);
    onTestFinished(() => plaid.close());
    const mailSink = await startMailSink(150);
    onTestFinished(() => mailSink.close());
    const relink = await startInstallation(folder, {
      plaidUrl: plaid.url,
      smtpUrl: mailSink.url,
      holdSeconds: HOLD_SECONDS,
    });
    onTestFinished(() => relink.stop());
    const database = connect({
      url: new Secret(relink.postgres.urlFor("relink_migrate")),
      app: "faults",
      onError() {
        // Postgres is killed under it.
      },
    });
    onTestFinished(() => database.close());

    const ledger = openLedger(join(folder, "ledger.txt"));
    onTestFinished(() => ledger.close());
    const deliverer = createDeliverer(relink.webhookUrl, ledger);
    onTestFinished(() => deliverer.close());

    const stories = tellStories();
    await registerAll(stories, { relink, plaid, database });
    const deliver = (payload: Record<string, unknown> | string): Promise<void> => {
      // The test waits for all of them at once, in settled().
      const delivered = deliverer.deliver(signWebhook(signer, payload));
      delivered.catch(() => {});
      return delivered;
    };
    const load = startLoad({ stories, plaid, deliver });
    onTestFinished(() => load.stop());

    const measured: string[] = [];
    const measure = async (fault: string, strike: () => Promise<void>): Promise<void> => {
      const killedAt = performance.now();
      await strike();
      await recovered(database, deliver);
      measured.push(`${fault}: ${((performance.now() - killedAt) / 1_000).toFixed(1)} s`);
    };

    await delay(1_500);
    await measure("Postgres", async () => {
      await relink.postgres.kill();
      await delay(1_000);
      await relink.startPostgres();
    });
    await measure("both workers, a mail on its way", async () => {
      const begun = mailSink.nextMessage();
      load.breakSomeItem();
      await begun;
      for (const worker of relink.workers) worker.kill();
      await Promise.all(relink.workers.map((worker) => worker.exited));
      await Promise.all([relink.startWorker(0), relink.startWorker(1)]);
    });
    await measure("one of two workers", async () => {
      relink.workers[0].kill();
      await relink.workers[0].exited;
      await relink.startWorker(0);
    });
    await measure("Redis", async () => {
      await relink.redis.kill();
      await delay(1_500);
      await relink.startRedis();
    });
    await measure("FLUSHALL", async () => {
      const redis = new Redis(relink.redis.url);
      await redis.flushall();
      redis.disconnect();
    });
    await measure("ingress", async () => {
      relink.ingress.kill();
      await relink.ingress.exited;
      await relink.startIngress();
    });

    await load.finish();
    await deliverer.settled();
    await quiet(database);

    const lost = await missing(database, ledger.acked);
    const { twice, mails } = await mailsTwice(mailSink, relink);
    console.log(
      `acked=${ledger.acked.size} processed=${ledger.acked.size - lost.length} lost=${lost.length} ` +
        `mails=${mails} mails_more_than_one=${twice.length}`,
    );
    console.log(
      `attempts: ${Object.entries(ledger.attempts)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(", ")}; recovered after ${measured.join(", ")}`,
    );

    expect(lost).toEqual([]);
    expect(twice).toEqual([]);
    expect(await neverSent(database, ledger.sent)).toEqual([]);
    expect(await wronglyParked(database)).toEqual([]);
    const statuses = await statusesOf(database);
    expect(statuses).toEqual(new Map(stories.map((story) => [story.plaidItemId, statusOf(truthOf(story))])));

    const mailed = new Set(mailSink.mails.map(({ to }) => to));
    expect(stories.filter((story) => neverNeedsItsUser(story) && mailed.has(story.email))).toEqual([]);
    expect(await rowsThatDisagree(database, mailSink)).toEqual([]);
    // Who was left broken was written to, or their mail is one of those that nobody can tell about, because its worker
    // was killed while it was on its way.
    const untold = await mailsOnTheirWay(database);
    const broken = stories.filter((story) => isMailed(truthOf(story)));
    expect(broken.filter(({ email }) => !mailed.has(email) && !untold.has(email))).toEqual([]);
    expect(ledger.acked.size).toBeGreaterThan(WEBHOOKS_PER_SECOND * 10);
  },
);

async function registerAll(
  stories: readonly ItemStory[],
  { relink, plaid, database }: { relink: Installation; plaid: ScriptedPlaid; database: Database },
): Promise<void> {
  const client = createPlaidClient({
    clientId: "client",
    secret: new Secret("secret"),
    env: "sandbox",
    baseUrl: plaid.url,
    record: async () => {},
    onRecordFailed() {},
  });
  const deps = {
    db: database.db,
    plaid: client,
    encryptionKeys: setting.keyRing.parse(relink.encryptionKeys),
    hashToken: createTokenHasher(new Secret("secret")),
    policy: { holdMs: HOLD_SECONDS * 1_000 },
    environment: "sandbox",
    webhookUrl: relink.webhookUrl,
  } as const;
  for (const { plaidItemId, email } of stories) {
    await registerItem(deps, {
      token: { kind: "access", token: new Secret(plaid.addItem(plaidItemId)) },
      user: { externalId: plaidItemId, email, name: null, locale: null, timeZone: null },
    });
  }
}

interface Load {
  /** Tells the next chapter of a story that leads to a break that is mailed. */
  breakSomeItem(): void;
  /** Tells every story to its end, and sends nothing more. */
  finish(): Promise<void>;
  stop(): Promise<void>;
}

/** Most of it concerns nobody; a few webhooks a second tell stories, or lie, or come again much too late. */
function startLoad(deps: {
  stories: readonly ItemStory[];
  plaid: ScriptedPlaid;
  deliver: (payload: Record<string, unknown> | string) => Promise<void>;
}): Load {
  const { stories, plaid, deliver } = deps;
  const abort = new AbortController();
  let count = 0;

  const body = (type: string, code: string, itemId: string, rest: Record<string, unknown> = {}) => {
    count += 1;
    return { webhook_type: type, webhook_code: code, item_id: itemId, environment: "sandbox", count, ...rest };
  };
  const reportError = (itemId: string, error: { type: string; code: string }): void => {
    const reported = { error_type: error.type, error_code: error.code, error_message: "", display_message: null };
    void deliver(body("ITEM", "ERROR", itemId, { error: reported }));
  };
  const report = (story: ItemStory): void => {
    const error = truthOf(story);
    if (error === null) void deliver(body("ITEM", "LOGIN_REPAIRED", story.plaidItemId));
    else reportError(story.plaidItemId, error);
  };
  const tellNext = (story: ItemStory): boolean => {
    if (story.chapter + 1 === story.chapters.length) return false;
    story.chapter += 1;
    plaid.setError(story.plaidItemId, truthOf(story));
    report(story);
    return true;
  };

  function sendItemWebhook(): void {
    const story = one(stories);
    const dice = randomInt(100);
    if (dice < 40) tellNext(story);
    else if (dice < 70) report(story);
    // A lie, or the truth of long ago: only /item/get decides.
    else if (dice < 85) reportError(story.plaidItemId, loginRequired);
    else void deliver(body("ITEM", "LOGIN_REPAIRED", story.plaidItemId));
  }

  function sendOther(): void {
    const dice = randomInt(1_000);
    if (dice < 20) void deliver(body("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", `stranger-${randomInt(1_000)}`));
    else if (dice < 25) void deliver(`no JSON ${(count += 1)}`);
    else void deliver(body("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", one(stories).plaidItemId));
  }

  const running = (async () => {
    const startedAt = performance.now();
    let sent = 0;
    let nextItemAt = 0;
    try {
      for await (const _tick of setInterval(20, undefined, { signal: abort.signal })) {
        const elapsed = performance.now() - startedAt;
        for (; sent < (elapsed / 1_000) * WEBHOOKS_PER_SECOND; sent += 1) sendOther();
        if (elapsed < nextItemAt) continue;
        sendItemWebhook();
        nextItemAt = elapsed + 250;
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  })();
  const stop = (): Promise<void> => {
    abort.abort();
    return running;
  };

  return {
    breakSomeItem() {
      const story = stories.find(
        ({ chapter, chapters }) => statusOf(chapters[chapter] ?? null) === "healthy" && isMailed(chapters[chapter + 1]),
      );
      if (story === undefined) throw new TypeError("every story is told: make the run shorter, or tell more of them");
      tellNext(story);
    },
    async finish() {
      for (const story of stories) {
        while (tellNext(story)) await delay(50);
      }
      await stop();
    },
    stop,
  };
}

function isMailed(error: ItemStory["chapters"][number] | undefined): boolean {
  return error !== undefined && ["login_required", "bank_action_required"].includes(statusOf(error));
}

function one<Value>(values: readonly Value[]): Value {
  const value = values[randomInt(values.length)];
  if (value === undefined) throw new TypeError("there is none to choose");
  return value;
}

/** Waits until a webhook that is sent now, and all that were stored before, are dealt with. */
async function recovered(database: Database, deliver: (payload: Record<string, unknown>) => Promise<void>) {
  await deliver({ webhook_type: "TRANSACTIONS", webhook_code: "SYNC_UPDATES_AVAILABLE", probe: randomInt(2 ** 40) });
  const now = await waitFor(async () => {
    const { rows } = await database.pool.query<{ now: Date }>("select clock_timestamp() as now");
    return rows[0]?.now;
  });
  await waitFor(
    async () => {
      const { rows } = await database.pool.query<{ open: number }>(
        `select count(*)::int as open from webhook_events
          where processed_at is null and parked_at is null and received_at <= $1`,
        [now],
      );
      return rows[0]?.open === 0;
    },
    { timeoutMs: 40_000, everyMs: 100 },
  );
}

/**
 * Waits until nothing is owed any more. A question whose worker was killed is asked again after 30 s, which is waited
 * for; a mail whose worker was killed before it was on its way, after three minutes, which are skipped.
 */
async function quiet(database: Database): Promise<void> {
  await waitFor(
    async () => {
      await database.pool.query(
        "update emails set due_at = now() where state = 'owed' and due_at > now() + interval '60 s'",
      );
      const { rows } = await database.pool.query<Record<string, number>>(
        `select (select count(*)::int from webhook_events where processed_at is null and parked_at is null) as webhooks,
          (select count(*)::int from items where confirm_due_at < now() + interval '5 min') as questions,
          (select count(*)::int from emails where state = 'owed') as mails,
          (select count(*)::int from emails where state = 'transmitting' and transmitting_at > now() - interval '3 s')
            as transmissions`,
      );
      expect(rows[0]).toEqual({ webhooks: 0, questions: 0, mails: 0, transmissions: 0 });
      return true;
    },
    { timeoutMs: 60_000, everyMs: 250 },
  );
}

/** Keys that were acknowledged, and are not in a row that was dealt with. */
async function missing(database: Database, acked: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    `select encode(delivery_key, 'hex') as key from webhook_events
      where processed_at is not null or parked_at is not null`,
  );
  const dealtWith = new Set(rows.map(({ key }) => key));
  return [...acked].filter((key) => !dealtWith.has(key));
}

async function neverSent(database: Database, sent: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    "select encode(delivery_key, 'hex') as key from webhook_events",
  );
  return rows.map(({ key }) => key).filter((key) => !sent.has(key));
}

/** What was put aside although it could have been dealt with. */
async function wronglyParked(database: Database): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ body: Buffer; parked_reason: string }>(
    "select body, parked_reason from webhook_events where parked_at is not null",
  );
  return rows
    .map(({ body, parked_reason }) => ({ body: body.toString("utf8"), parked_reason }))
    .filter(
      ({ body, parked_reason }) =>
        !(parked_reason === "unknown_item" && body.includes("stranger-")) &&
        !(parked_reason === "not_json" && body.startsWith("no JSON")),
    );
}

async function statusesOf(database: Database): Promise<Map<string, string>> {
  const { rows } = await database.pool.query<{ plaid_item_id: string; status: string }>(
    "select plaid_item_id, status from items order by created_at",
  );
  return new Map(rows.map((row) => [row.plaid_item_id, row.status]));
}

/** Messages that came more than once: by their id, and by whom and what they are about. */
async function mailsTwice(sink: MailSink, relink: Installation): Promise<{ mails: number; twice: string[] }> {
  const seen = new Set<string>();
  const twice: string[] = [];
  const keys = setting.keyRing.parse(relink.linkTokenKeys);
  for (const { messageId, to, text } of sink.mails) {
    const token = /\/r\/([\w.-]+)/.exec(text)?.[1] ?? "";
    const { episodeId } = await readDeepLink(token, { keys, audience: "sandbox", now: new Date() });
    for (const name of [messageId, `${to} ${episodeId}`]) {
      if (seen.has(name)) twice.push(name);
      seen.add(name);
    }
  }
  return { mails: sink.mails.length, twice };
}

/** Addresses of mails that went out when their worker died. */
async function mailsOnTheirWay(database: Database): Promise<Set<string>> {
  const { rows } = await database.pool.query<{ email: string }>(
    `select users.email from emails join users on users.id = emails.user_id
      where emails.state in ('transmitting', 'unknown')`,
  );
  return new Set(rows.map(({ email }) => email));
}

/**
 * Mails whose row and whose message do not agree: `sent` without a message, or a message without a row that says it was
 * sent or may have been.
 */
async function rowsThatDisagree(database: Database, sink: MailSink): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ message_id: string | null; state: string }>(
    "select message_id, state from emails",
  );
  const taken = new Set(sink.mails.map(({ messageId }) => messageId));
  const known = new Map(rows.map((row) => [row.message_id, row.state]));
  return [
    ...rows.filter((row) => row.state === "sent" && !taken.has(row.message_id ?? "")),
    ...[...taken].filter((id) => !["sent", "transmitting", "unknown"].includes(known.get(id) ?? "none")),
  ];
}
