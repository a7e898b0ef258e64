import { createHash, randomBytes, randomUUIDv7 } from "node:crypto";
import { DEFAULT_POLICY } from "@relink/core";
import type { ItemError } from "@relink/core";
import { connect, type Database, insertWebhookEvents } from "@relink/db";
import type { SendResult } from "@relink/email";
import { registerItem } from "@relink/items";
import type { Producer } from "@relink/jobs";
import { createTokenHasher, PlaidApiError, type PlaidClient, PlaidUnreachableError } from "@relink/plaid";
import { createLogger, createRegistry, Secret } from "@relink/service";
import { sql } from "drizzle-orm";
import { createJobs, type Jobs } from "../jobs.ts";
import { createWorkerMetrics } from "../worker-metrics.ts";

export const HOLD_MS = 90_000;

/** A mail as the server was given it. */
export interface HandedMail {
  to: string;
  messageId: string;
  text: string;
  result: SendResult["kind"];
  /** What was wrong with the Item in truth when it went out. */
  truth: ItemError | null;
}

/**
 * The worker's jobs on a real database, with the outside under the test's control: what Plaid says, what the mail server
 * answers, in which order jobs run, and how much time has passed.
 */
export function createHarness(urls: { owner: string; worker: string }) {
  const onError = (): void => {};
  const owner = connect({ url: new Secret(urls.owner), app: "test", max: 4, onError });
  const database: Database = connect({ url: new Secret(urls.worker), app: "worker", max: 8, onError });
  const encryptionKeys = new Map([["k1", randomBytes(32)]]);
  const linkTokenKeys = new Map([["l1", randomBytes(32)]]);

  const truth = new Map<string, ItemError | null>();
  const tokens = new Map<string, string>();
  const handed: HandedMail[] = [];
  const queued: { queue: keyof Jobs; jobId: string; payload: never }[] = [];
  const outside = {
    isPlaidDown: false,
    isRedisDown: false,
    smtp: { kind: "accepted", response: "250 ok" } as SendResult,
    /** Happens once, after Plaid has read the Item's state and before its answer arrives. */
    meanwhile: null as (() => Promise<void>) | null,
  };

  const plaid: Pick<PlaidClient, "getItem" | "exchangePublicToken" | "updateWebhook"> = {
    async getItem(accessToken) {
      if (outside.isPlaidDown) throw new PlaidUnreachableError("/item/get", "ECONNREFUSED");
      const plaidItemId = tokens.get(accessToken.reveal());
      if (plaidItemId === undefined) throw new TypeError("an access token that was never given");
      const error = truth.get(plaidItemId) ?? null;
      const { meanwhile } = outside;
      outside.meanwhile = null;
      await meanwhile?.();
      if (error?.code === "ITEM_NOT_FOUND") {
        throw new PlaidApiError({
          method: "/item/get",
          httpStatus: 400,
          errorType: error.type,
          errorCode: error.code,
          errorReason: null,
          requestId: "req",
        });
      }
      return {
        plaidItemId,
        institutionId: "ins_109508",
        institutionName: "First Platypus Bank",
        webhookUrl: null,
        error,
      };
    },
    exchangePublicToken: () => Promise.reject(new TypeError("not used")),
    updateWebhook: () => Promise.resolve(),
  };

  const producer: Producer = {
    async add(queue, jobId, payload) {
      if (outside.isRedisDown) throw new Error("Redis is away");
      if (!queued.some((job) => job.jobId === jobId)) queued.push({ queue, jobId, payload: payload as never });
    },
    async addAll(queue, jobs) {
      for (const { jobId, payload } of jobs) await producer.add(queue, jobId, payload);
    },
    schedule: () => (outside.isRedisDown ? Promise.reject(new Error("Redis is away")) : Promise.resolve()),
    waiting: async () => 0,
    ping: () => (outside.isRedisDown ? Promise.reject(new Error("Redis is away")) : Promise.resolve()),
    close: () => Promise.resolve(),
  };

  const metrics = createWorkerMetrics(createRegistry("test"));
  const logger = createLogger({ app: "worker", level: "silent" });
  const jobs = createJobs({
    db: database.db,
    plaid,
    producer,
    logger,
    metrics,
    mailer: {
      async send(mail) {
        const { smtp } = outside;
        const [, token = ""] = /\/r\/(\S+)/.exec(mail.text) ?? [];
        const plaidItemId = mail.to.split("@")[0] ?? "";
        if (token === "") throw new TypeError("a mail without its link");
        handed.push({
          to: mail.to,
          messageId: mail.messageId,
          text: mail.text,
          result: smtp.kind,
          truth: truth.get(plaidItemId) ?? null,
        });
        return smtp;
      },
    },
    encryptionKeys,
    linkTokenKeys,
    linkPublicUrl: "https://link.example",
    productName: "Acme",
    senderDomain: "acme.example",
    environment: "sandbox",
    policy: { ...DEFAULT_POLICY, holdMs: HOLD_MS },
  });

  return {
    db: database.db,
    owner: owner.db,
    pool: owner.pool,
    jobs,
    producer,
    metrics,
    logger,
    plaid,
    encryptionKeys,
    outside,
    truth,
    handed,
    queued,

    /** Registers an Item; its Plaid id is also the local part of its user's address. */
    async addItem(plaidItemId: string, user: { name?: string; email?: string } = {}): Promise<string> {
      const token = `access-sandbox-${randomUUIDv7()}`;
      tokens.set(token, plaidItemId);
      const { itemId } = await registerItem(
        {
          db: owner.db,
          plaid,
          encryptionKeys,
          hashToken: createTokenHasher(new Secret("secret")),
          policy: { ...DEFAULT_POLICY, holdMs: HOLD_MS },
          environment: "sandbox",
          webhookUrl: "https://in.example",
        },
        {
          token: { kind: "access", token: new Secret(token) },
          user: {
            externalId: `user-of-${plaidItemId}`,
            email: user.email ?? `${plaidItemId}@example.com`,
            name: user.name ?? null,
            locale: null,
            timeZone: null,
          },
        },
      );
      return itemId;
    },

    /** Stores a webhook as the ingress does, and returns its id. */
    async store(body: unknown): Promise<string> {
      const id = randomUUIDv7();
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body, null, 2));
      await insertWebhookEvents(owner.pool, [
        {
          id,
          deliveryKey: randomBytes(32),
          environment: "sandbox",
          body: bytes,
          bodySha256: createHash("sha256").update(bytes).digest(),
          signedAt: new Date(),
          keyId: "k",
        },
      ]);
      return id;
    },

    /** Lets time pass, by moving everything that has happened, and everything that is due, into the past. */
    async elapse(ms: number): Promise<void> {
      const ago = sql`${ms} * interval '1 millisecond'`;
      await owner.db.execute(sql`update items set asked_at = asked_at - ${ago}, hint_at = hint_at - ${ago},
        confirm_due_at = confirm_due_at - ${ago}`);
      await owner.db.execute(sql`update episodes set opened_at = opened_at - ${ago},
        confirmed_at = confirmed_at - ${ago}, closed_at = closed_at - ${ago}`);
      await owner.db.execute(
        sql`update emails set due_at = due_at - ${ago}, transmitting_at = transmitting_at - ${ago}`,
      );
      await owner.db.execute(sql`update webhook_events set received_at = received_at - ${ago},
        handed_off_at = handed_off_at - ${ago}`);
    },

    /** Runs one of the queued jobs; out of order if the test wants. */
    async runJob(index = 0): Promise<void> {
      const [job] = queued.splice(index % Math.max(1, queued.length), 1);
      if (job !== undefined) await jobs[job.queue](job.payload);
    },

    async close(): Promise<void> {
      await database.close();
      await owner.close();
    },
  };
}

export type Harness = ReturnType<typeof createHarness>;
