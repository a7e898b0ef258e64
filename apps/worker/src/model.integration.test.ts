import {
  DEFAULT_POLICY,
  type EventType,
  isItemStateEvent,
  type ItemError,
  type ItemStatus,
  statusAnsweredBy,
} from "@relink/core";
import { requestConfirmation } from "@relink/db";
import { askAboutItem, recordLinkSuccess } from "@relink/items";
import { useDatabase } from "@relink/testkit/vitest";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSweeper } from "./sweeper.ts";
import { createHarness, type Harness, HOLD_MS } from "./testing/harness.ts";

/** More on demand: `RELINK_MODEL_RUNS=10000`. A failing run is repeated with `RELINK_MODEL_SEED`. */
const RUNS = Number(process.env["RELINK_MODEL_RUNS"] ?? 500);
const SEED = Number(process.env["RELINK_MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const database = useDatabase();
let harness: Harness;
beforeAll(() => {
  harness = createHarness({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => harness.close());

const error = (code: string, type = "ITEM_ERROR"): ItemError => ({ type, code, reason: null });
const OUTAGE = error("INSTITUTION_DOWN", "INSTITUTION_ERROR");
const breaks = fc.constantFrom(
  error("ITEM_LOGIN_REQUIRED"),
  error("ITEM_LOGIN_REQUIRED"),
  error("ITEM_LOGIN_REQUIRED"),
  error("ITEM_LOCKED"),
  error("MFA_NOT_SUPPORTED"),
  error("USER_PERMISSION_REVOKED"),
  error("A_CODE_OF_NEXT_YEAR"),
);

/** What can happen, in the world and to Relink. Webhooks are sent when something happens, and arrive when they arrive. */
type Action =
  | { kind: "break"; error: ItemError; copies: number }
  | { kind: "repair_elsewhere"; copies: number }
  | { kind: "link_success" }
  | { kind: "outage"; begins: boolean }
  | { kind: "stray_webhook"; error: ItemError | null }
  | { kind: "announce"; end: "expiration" | "disconnect"; copies: number }
  | { kind: "tell_of_accounts"; code: "USER_ACCOUNT_REVOKED" | "NEW_ACCOUNTS_AVAILABLE" }
  | { kind: "sweep_all" }
  | { kind: "deliver"; index: number }
  | { kind: "run_job"; index: number; twice: boolean }
  | { kind: "lose_jobs" }
  | { kind: "sweep" }
  /** The next answer of Plaid is overtaken by a break or a repair, and by its webhook. */
  | { kind: "overtake"; by: "break" | "repair_elsewhere" }
  /** As when all goes well: what is on its way arrives, time passes, what is due is done. */
  | { kind: "tick"; seconds: number }
  | { kind: "elapse"; seconds: number }
  | { kind: "plaid"; isDown: boolean }
  | { kind: "redis"; isDown: boolean }
  | { kind: "smtp"; answer: "accepted" | "refused" | "unknown" };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant("break" as const),
      error: breaks,
      copies: fc.integer({ min: 1, max: 3 }),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({ kind: fc.constant("repair_elsewhere" as const), copies: fc.integer({ min: 1, max: 2 }) }),
    weight: 2,
  },
  { arbitrary: fc.constant({ kind: "link_success" as const }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("outage" as const), begins: fc.boolean() }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("stray_webhook" as const), error: fc.option(breaks) }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant("announce" as const),
      end: fc.constantFrom("expiration" as const, "disconnect" as const),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("tell_of_accounts" as const),
      code: fc.constantFrom("USER_ACCOUNT_REVOKED" as const, "NEW_ACCOUNTS_AVAILABLE" as const),
    }),
    weight: 1,
  },
  { arbitrary: fc.constant({ kind: "sweep_all" as const }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("deliver" as const), index: fc.nat(9) }), weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant("run_job" as const), index: fc.nat(9), twice: fc.boolean() }), weight: 8 },
  { arbitrary: fc.constant({ kind: "lose_jobs" as const }), weight: 1 },
  { arbitrary: fc.constant({ kind: "sweep" as const }), weight: 2 },
  {
    arbitrary: fc.record({
      kind: fc.constant("overtake" as const),
      by: fc.constantFrom("break" as const, "repair_elsewhere" as const),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ kind: fc.constant("tick" as const), seconds: fc.constantFrom(2, 60, 100) }),
    weight: 10,
  },
  {
    arbitrary: fc.record({ kind: fc.constant("elapse" as const), seconds: fc.constantFrom(1, 3, 30, 120, 1_200) }),
    weight: 5,
  },
  { arbitrary: fc.record({ kind: fc.constant("plaid" as const), isDown: fc.boolean() }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("redis" as const), isDown: fc.boolean() }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant("smtp" as const),
      answer: fc.constantFrom("accepted" as const, "refused" as const, "unknown" as const),
    }),
    weight: 1,
  },
);

const SMTP_ANSWERS = {
  accepted: { kind: "accepted", response: "250 ok" },
  refused: { kind: "refused", permanent: false, stage: "rcpt_to", reason: "450" },
  unknown: { kind: "unknown", stage: "body", reason: "lost" },
} as const;

const PLAID_ITEM_ID = "model";
const WEEK_MS = 7 * 24 * 60 * 60_000;
const POLICY = { ...DEFAULT_POLICY, holdMs: HOLD_MS };
const MAILED = ["login_required", "bank_action_required", "needs_new_item", "revoked"];

async function play(actions: readonly Action[]): Promise<void> {
  for (const table of [
    "deliveries",
    "events",
    "emails",
    "episodes",
    "webhook_events",
    "accounts",
    "reconciliations",
    "items",
    "users",
  ]) {
    await harness.owner.execute(sql.raw(`delete from ${table}`));
  }
  harness.queued.length = 0;
  harness.handed.length = 0;
  Object.assign(harness.outside, {
    isPlaidDown: false,
    isRedisDown: false,
    smtp: SMTP_ANSWERS.accepted,
    meanwhile: null,
  });
  harness.truth.clear();
  harness.consents.clear();
  harness.pending.clear();
  const itemId = await harness.addItem(PLAID_ITEM_ID);
  const sweeper = createSweeper({ ...harness, intervalMs: 1_000 });

  /** What is wrong with the Item itself; an outage of its bank hides that. */
  let condition: ItemError | null = null;
  let isOutage = false;
  const tell = (): void => void harness.truth.set(PLAID_ITEM_ID, isOutage ? OUTAGE : condition);
  let elapsedMs = 0;
  const elapse = async (ms: number): Promise<void> => {
    elapsedMs += ms;
    await harness.elapse(ms);
  };
  /** Bodies are written when they arrive, because time that passes moves all dates, and theirs with them. */
  const onTheWay: (() => Record<string, unknown>)[] = [];
  const send = (copies: number, code: string, more: () => Record<string, unknown> = () => ({})): void => {
    for (let copy = 0; copy < copies; copy += 1) {
      onTheWay.push(() => ({ webhook_type: "ITEM", webhook_code: code, item_id: PLAID_ITEM_ID, ...more() }));
    }
  };
  const withError = (wrong: ItemError | null) => () =>
    wrong === null ? {} : { error: { error_type: wrong.type, error_code: wrong.code } };
  /** The fields of an announcement made now. */
  const inAWeek = (field: string) => {
    const at = Date.now() + WEEK_MS + elapsedMs;
    return () => ({ [field]: new Date(at - elapsedMs).toISOString(), reason: "INSTITUTION_MIGRATION" });
  };
  const deliver = async (index: number): Promise<void> => {
    const [body] = onTheWay.splice(index % Math.max(1, onTheWay.length), 1);
    if (body === undefined) return;
    const id = await harness.store(body());
    await harness.producer.add("webhooks", { jobId: `wh-${id}`, payload: { eventIds: [id] } }).catch(() => {});
  };

  async function perform(step: Action): Promise<void> {
    switch (step.kind) {
      case "break":
        condition = step.error;
        tell();
        send(step.copies, "ERROR", withError(step.error));
        break;
      case "repair_elsewhere":
        condition = null;
        tell();
        send(step.copies, "LOGIN_REPAIRED");
        break;
      case "link_success": {
        condition = null;
        harness.pending.clear();
        harness.consents.delete(PLAID_ITEM_ID);
        tell();
        // As the Link page does when the browser says that it worked.
        await recordLinkSuccess({ db: harness.db, policy: POLICY }, itemId);
        const asked = await askAboutItem({ ...harness, policy: POLICY }, itemId);
        if (asked.kind === "no_answer") await requestConfirmation(harness.db, itemId);
        break;
      }
      case "outage":
        isOutage = step.begins;
        tell();
        break;
      case "stray_webhook":
        send(1, step.error === null ? "LOGIN_REPAIRED" : "ERROR", withError(step.error));
        break;
      case "announce":
        harness.pending.add(PLAID_ITEM_ID);
        if (step.end === "expiration") {
          harness.consents.set(PLAID_ITEM_ID, new Date(Date.now() + WEEK_MS));
          send(step.copies, "PENDING_EXPIRATION", inAWeek("consent_expiration_time"));
        } else send(step.copies, "PENDING_DISCONNECT", inAWeek("disconnect_time"));
        break;
      case "tell_of_accounts":
        send(1, step.code, () => ({ account_id: "account" }));
        break;
      case "sweep_all":
        await harness.owner.execute(
          sql`update items set asked_at = asked_at - interval '2 d', hint_at = hint_at - interval '2 d'`,
        );
        await harness.jobs.maintenance({ task: "reconcile" });
        break;
      case "deliver":
        await deliver(step.index);
        break;
      case "run_job": {
        const job = harness.queued[step.index % Math.max(1, harness.queued.length)];
        await harness.runJob(step.index);
        if (step.twice && job !== undefined) await harness.jobs[job.queue](job.payload);
        break;
      }
      case "lose_jobs":
        harness.queued.length = 0;
        break;
      case "sweep":
        await sweeper.sweep();
        break;
      case "overtake":
        harness.outside.meanwhile = async () => {
          await perform({ kind: step.by, error: error("ITEM_LOGIN_REQUIRED"), copies: 1 });
          await harness.jobs.webhooks({ eventIds: [await harness.store(onTheWay.pop()?.())] });
        };
        break;
      case "tick":
        while (onTheWay.length > 0) await deliver(0);
        for (let jobs = harness.queued.length; jobs > 0; jobs -= 1) await harness.runJob();
        await elapse(step.seconds * 1_000);
        for (let jobs = harness.queued.length; jobs > 0; jobs -= 1) await harness.runJob();
        break;
      case "elapse":
        await elapse(step.seconds * 1_000);
        break;
      case "plaid":
        harness.outside.isPlaidDown = step.isDown;
        break;
      case "redis":
        harness.outside.isRedisDown = step.isDown;
        break;
      case "smtp":
        harness.outside.smtp = SMTP_ANSWERS[step.answer];
        break;
    }
  }

  for (const step of actions) await perform(step);

  // Then everything works again, what is on its way arrives, and time passes until nothing is left to do.
  await perform({ kind: "outage", begins: false });
  Object.assign(harness.outside, {
    isPlaidDown: false,
    isRedisDown: false,
    smtp: SMTP_ANSWERS.accepted,
    meanwhile: null,
  });
  while (onTheWay.length > 0) await deliver(0);
  for (let round = 0; round < 50; round += 1) {
    while (harness.queued.length > 0) await harness.runJob();
    const { rows } = await harness.owner.execute(sql`select
      (select count(*) from webhook_events where processed_at is null and parked_at is null)
      + (select count(*) from items where confirm_due_at < now() + interval '1 h')
      + (select count(*) from emails where state = 'owed' and due_at < now() + interval '10 min') as due`);
    if (Number(rows[0]?.["due"]) === 0) break;
    await elapse(20 * 60_000);
    await sweeper.sweep();
  }

  const { rows: stored } = await harness.owner.execute(sql`select items.status, items.error_code,
    (select count(*)::int from episodes where item_id = items.id and closed_at is null) as open_episodes,
    (select count(*)::int from webhook_events where processed_at is null) as unprocessed,
    (select count(*)::int from emails where state = 'transmitting') as unsettled
    from items`);
  const isPending = harness.pending.size > 0;
  const isEnding = condition === null && isPending;
  const expected: ItemStatus = isEnding
    ? { kind: "expiring", at: new Date(0), reason: "" }
    : condition === null
      ? { kind: "healthy" }
      : statusAnsweredBy(condition);
  expect(stored).toEqual([
    {
      status: expected.kind,
      error_code: "error" in expected ? expected.error.code : null,
      open_episodes: condition === null && !isPending ? 0 : 1,
      unprocessed: 0,
      unsettled: 0,
    },
  ]);

  const onTheWire = harness.handed.filter(({ result }) => result !== "refused").map(({ messageId }) => messageId);
  expect(new Set(onTheWire).size, "a mail for the same episode and step went out twice").toBe(onTheWire.length);
  for (const mail of harness.handed) {
    const truth = statusAnsweredBy(mail.truth).kind;
    const reasons = mail.subject.includes("connected again")
      ? ["healthy"]
      : [...MAILED, ...(mail.isPending ? ["healthy"] : [])];
    expect(reasons, `a mail without a reason: ${mail.subject}`).toContain(truth);
  }
  mailsHanded += harness.handed.length;
  await checkEvents(expected);
}

/** Teams were told the truth in the end, and nothing twice in a row on the way there. */
async function checkEvents(expected: ItemStatus): Promise<void> {
  const { rows: items } = await harness.owner.execute<{ told: { kind: string } | null; event_sequence: number }>(
    sql`select told, event_sequence from items`,
  );
  expect(items[0]?.told?.kind ?? "healthy").toBe(expected.kind);
  const { rows: events } = await harness.owner.execute<{ type: string; sequence: number; body: string }>(
    sql`select type, sequence, body from events where type <> 'webhook.received' order by sequence`,
  );
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(items[0]?.event_sequence).toBe(events.length);
  const told = events.filter(({ type }) => isItemStateEvent(type as EventType)).map(({ body }) => statusIn(body));
  expect(told.filter((status, index) => status === told[index - 1])).toEqual([]);
}

function statusIn(body: string): string {
  const { data } = JSON.parse(body) as { data: { state: string; error?: unknown; expires_at?: string } };
  return JSON.stringify([data.state, data.error, data.expires_at]);
}

/** A model in which nobody is ever mailed would prove nothing. */
let mailsHanded = 0;

test(
  `any interleaving of webhooks, repairs, outages and failures ends in what /item/get says, with at most one mail per step (seed ${SEED}, ${RUNS} runs)`,
  { timeout: 60_000 + RUNS * 500 },
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 24, size: "max" }), play), {
      numRuns: RUNS,
      seed: SEED,
    });
    expect(mailsHanded).toBeGreaterThan(RUNS / 5);
  },
);
