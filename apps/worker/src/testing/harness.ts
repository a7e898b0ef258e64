import { createHash, randomBytes, randomUUIDv7 } from "node:crypto";
import { DEFAULT_POLICY, type ItemError, type ItemPolicy } from "@relink/core";
import { connect, type Database, insertWebhookEvents } from "@relink/db";
import type { SendResult } from "@relink/email";
import { registerItem, toRetentionPolicy } from "@relink/items";
import type { Producer } from "@relink/jobs";
import {
  createTokenHasher,
  PlaidApiError,
  type PlaidClient,
  PlaidUnreachableError,
  type SentWebhook,
} from "@relink/plaid";
import { createLogger, createRegistry, readSettings, retentionSettings, Secret } from "@relink/service";
import { sql } from "drizzle-orm";
import { createJobs, type Jobs } from "../jobs.ts";
import { createWorkerMetrics } from "../worker-metrics.ts";

export const HOLD_MS = 90_000;

/** A mail as the server was given it. */
export interface HandedMail {
  to: string;
  messageId: string;
  subject: string;
  text: string;
  result: SendResult["kind"];
  /** What was wrong with the Item in truth when it went out. */
  truth: ItemError | null;
  /** Whether its end was announced in truth. */
  isPending: boolean;
}

/**
 * The worker's jobs on a real database, with the outside under the test's control: what Plaid says, what the mail server
 * answers, in which order jobs run, and how much time has passed.
 */
export function createHarness(urls: { owner: string; worker: string }, rules: Partial<ItemPolicy> = {}) {
  const policy: ItemPolicy = { ...DEFAULT_POLICY, holdMs: HOLD_MS, ...rules };
  // A machine that stands still for a moment is no reason for an error.
  const patient = { connectTimeoutMs: 20_000, onError() {} };
  const owner = connect({ url: new Secret(urls.owner), app: "test", max: 4, ...patient });
  const database: Database = connect({ url: new Secret(urls.worker), app: "worker", max: 8, ...patient });
  const encryptionKeys = new Map([["k1", randomBytes(32)]]);
  const linkTokenKeys = new Map([["l1", randomBytes(32)]]);

  const truth = new Map<string, ItemError | null>();
  const consents = new Map<string, Date>();
  /** Items whose end is announced, in truth. */
  const pending = new Set<string>();
  const lastWebhooks = new Map<string, { code: string; sentAt: Date }>();
  const tokens = new Map<string, string>();
  const handed: HandedMail[] = [];
  const queued: { queue: keyof Jobs; jobId: string; payload: never }[] = [];
  const outside = {
    isPlaidDown: false,
    isRateLimited: false,
    isRedisDown: false,
    undelivered: [] as SentWebhook[],
    institutionName: "First Platypus Bank",
    institutionHealth: "unknown" as "healthy" | "degraded" | "down" | "unknown",
    smtp: { kind: "accepted", response: "250 ok" } as SendResult,
    /** Happens once, after Plaid has read the Item's state and before its answer arrives. */
    meanwhile: null as (() => Promise<void>) | null,
  };

  const plaid: Pick<
    PlaidClient,
    "getItem" | "exchangePublicToken" | "updateWebhook" | "getInstitutionHealth" | "listWebhookEvents"
  > = {
    getInstitutionHealth: async () => outside.institutionHealth,
    async listWebhookEvents(_start, statuses) {
      if (statuses?.join() !== "failed") throw new TypeError("only those that failed are asked for");
      return { events: [...outside.undelivered], hasMore: false, cursor: "end" };
    },
    async getItem(accessToken) {
      if (outside.isPlaidDown) throw new PlaidUnreachableError("/item/get", "ECONNREFUSED");
      if (outside.isRateLimited) {
        throw new PlaidApiError({
          method: "/item/get",
          httpStatus: 429,
          errorType: "RATE_LIMIT_EXCEEDED",
          errorCode: "ITEM_GET_LIMIT",
          errorReason: null,
          requestId: "req",
        });
      }
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
        institutionName: outside.institutionName,
        webhookUrl: null,
        error,
        products: ["transactions"],
        consentExpiresAt: consents.get(plaidItemId) ?? null,
        lastWebhook: lastWebhooks.get(plaidItemId) ?? null,
      };
    },
    exchangePublicToken: () => Promise.reject(new TypeError("not used")),
    updateWebhook: () => Promise.resolve(),
  };

  const producer: Producer = {
    async add(queue, { jobId, payload }) {
      if (outside.isRedisDown) throw new Error("Redis is away");
      if (!queued.some((job) => job.jobId === jobId)) queued.push({ queue, jobId, payload: payload as never });
    },
    async addAll(queue, jobs) {
      for (const job of jobs) await producer.add(queue, job);
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
    // What is due is looked at in the database.
    deliveries: { wake() {} },
    plaid,
    producer,
    logger,
    metrics,
    mailer: {
      async send(mail) {
        const { smtp } = outside;
        const [, token = ""] = /\/r\/(\S+)/.exec(mail.text) ?? [];
        const plaidItemId = mail.to.split("@")[0] ?? "";
        const isGoodNews = mail.subject.includes("connected again");
        if ((token === "") !== isGoodNews) throw new TypeError(`${mail.subject}: a link where none belongs, or none`);
        handed.push({
          to: mail.to,
          messageId: mail.messageId,
          subject: mail.subject,
          text: mail.text,
          result: smtp.kind,
          truth: truth.get(plaidItemId) ?? null,
          isPending: pending.has(plaidItemId),
        });
        return smtp;
      },
    },
    encryptionKeys,
    linkTokenKeys,
    linkPublicUrl: "https://link.example",
    brand: { productName: "Acme" },
    // Always day there, unless a test says otherwise.
    defaultTimeZone: zoneWhereItIsNoon(),
    senderDomain: "acme.example",
    environment: "sandbox",
    policy,
    countryCodes: ["US"],
    readsUndelivered: true,
    retention: toRetentionPolicy(readSettings("test", retentionSettings, {})),
    closing: new AbortController().signal,
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
    consents,
    pending,
    lastWebhooks,
    handed,
    queued,

    /** Registers an Item; its Plaid id is also the local part of its user's address. */
    async addItem(
      plaidItemId: string,
      user: { externalId?: string; name?: string; email?: string | null; locale?: string; timeZone?: string } = {},
    ): Promise<string> {
      const token = `access-sandbox-${randomUUIDv7()}`;
      tokens.set(token, plaidItemId);
      const { itemId } = await registerItem(
        {
          db: owner.db,
          plaid,
          encryptionKeys,
          hashToken: createTokenHasher(new Secret("secret")),
          policy,
          environment: "sandbox",
          webhookUrl: "https://in.example",
        },
        {
          token: { kind: "access", token: new Secret(token) },
          user: {
            externalId: user.externalId ?? `user-of-${plaidItemId}`,
            email: user.email === undefined ? `${plaidItemId}@example.com` : user.email,
            name: user.name ?? null,
            locale: user.locale ?? null,
            timeZone: user.timeZone ?? null,
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
      for (const [id, date] of consents) consents.set(id, new Date(date.getTime() - ms));
      await owner.db.execute(sql`update items set asked_at = asked_at - ${ago}, hint_at = hint_at - ${ago},
        confirm_due_at = confirm_due_at - ${ago}, pending_at = pending_at - ${ago}, averted_at = averted_at - ${ago},
        pending_since = pending_since - ${ago}, consent_expires_at = consent_expires_at - ${ago},
        renewed_at = renewed_at - ${ago}`);
      const toldEnd = sql`((told ->> 'endsAt')::timestamptz - ${ago})`;
      await owner.db.execute(sql`update items
        set told = jsonb_set(told, '{endsAt}', to_jsonb(to_char(${toldEnd} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
        where told ->> 'endsAt' is not null`);
      await owner.db.execute(sql`update institution_troubles set began_at = began_at - ${ago},
        recheck_at = recheck_at - ${ago}`);
      await owner.db.execute(sql`update episodes set opened_at = opened_at - ${ago},
        confirmed_at = confirmed_at - ${ago}, closed_at = closed_at - ${ago}`);
      await owner.db.execute(
        sql`update emails set due_at = due_at - ${ago}, transmitting_at = transmitting_at - ${ago}`,
      );
      for (const field of ["disconnect_time", "consent_expiration_time"]) {
        const body = sql`convert_from(body, 'utf8')::jsonb`;
        await owner.db.execute(sql`update webhook_events
          set body = convert_to(jsonb_set(${body}, array[${field}], to_jsonb((${body} ->> ${field})::timestamptz - ${ago}))::text, 'utf8')
          where processed_at is null and position(convert_to(${field}, 'utf8') in body) > 0`);
      }
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

/** A time zone where it is about noon now. */
function zoneWhereItIsNoon(): string {
  const hoursAhead = 12 - new Date().getUTCHours();
  // Etc/GMT+5 is five hours behind Greenwich.
  return `Etc/GMT${hoursAhead > 0 ? "-" : "+"}${Math.abs(hoursAhead)}`;
}
