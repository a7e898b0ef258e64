import { randomBytes, randomUUIDv7 } from "node:crypto";
import { type ItemStatus, NEW_ENDPOINT_HEALTH } from "@relink/core";
import {
  connect,
  type Database,
  type DeliveryAttemptRow,
  type DeliveryRow,
  type NotificationRow,
  seal,
  type SubscriptionRow,
} from "@relink/db";
import { createGuardedClient, createSlackChannel, createTargetPolicy, DELIVERY_USER_AGENT } from "@relink/delivery";
import { createMailer } from "@relink/email";
import { type Fact, itemFact, publishEvents, secretPlace } from "@relink/items";
import { createLogger, createRegistry, Secret } from "@relink/service";
import { type MailServer, startMailServer, waitFor } from "@relink/testkit";
import { sql } from "drizzle-orm";
import {
  createNotifications,
  type Notifications,
  type NotificationsDeps,
} from "../notifications/create-notifications.ts";
import { createNotificationMetrics } from "../notifications/notification-metrics.ts";
import { type Slack, startSlack } from "./slack.ts";

const SLACK_PATH = "/services/T000/B000/s3cr3tPartOfTheUrl";
const SLACK_TOKEN = "xoxb-1234567890-s3cr3tToken";

/** A team's channel that a test does not say all about. */
type Columns = Partial<Pick<SubscriptionRow, "status" | "supersede" | "ownerContact" | "eventTypes" | "retrySchedule">>;

/** Teams that hear of events through Slack and by mail, on a real database, with Slack and a mail server on this machine. */
export async function createChannels(urls: { owner: string; worker: string }) {
  // A machine that stands still for a moment is no reason for an error.
  const patient = { connectTimeoutMs: 20_000, onError() {} };
  const owner = connect({ url: new Secret(urls.owner), app: "test", max: 4, ...patient });
  const database: Database = connect({ url: new Secret(urls.worker), app: "worker", max: 8, ...patient });
  const encryptionKeys = new Map([["k1", randomBytes(32)]]);
  const linkTokenKeys = new Map([["l1", randomBytes(32)]]);
  const slack: Slack = await startSlack();
  const outside = { refuse: (_recipient: string): string | null => null };
  const mailServer: MailServer = await startMailServer({ refuse: (recipient) => outside.refuse(recipient) });
  const mailer = createMailer({ smtpUrl: new Secret(mailServer.url), from: "Acme <relink@acme.example>" });
  const client = createGuardedClient({
    policy: createTargetPolicy({
      allowed: ["127.0.0.1"],
      extraPorts: [Number(new URL(slack.origin).port)],
      allowLocal: true,
      allowHttp: true,
    }),
    userAgent: DELIVERY_USER_AGENT,
  });
  const lines: string[] = [];
  const registry = createRegistry("test");
  const running = new Set<Notifications>();

  const deps: NotificationsDeps = {
    db: database.db,
    environment: "sandbox",
    slack: createSlackChannel({ client, origin: slack.origin }),
    mailer,
    encryptionKeys,
    linkTokenKeys,
    linkPublicUrl: "https://link.acme.example",
    apiPublicUrl: "https://api.acme.example",
    productName: "Acme",
    senderDomain: "acme.example",
    logger: createLogger({ app: "worker", level: "debug" }, { write: (line) => void lines.push(line) }),
    metrics: createNotificationMetrics(registry),
    pollMs: 20,
  };

  async function subscribe(kind: SubscriptionRow["kind"], columns: Record<string, unknown>): Promise<string> {
    const [teamId, id] = [randomUUIDv7(), randomUUIDv7()];
    await owner.db.execute(sql`insert into teams (id, name) values (${teamId}, ${teamId})`);
    const row: Record<string, unknown> = {
      event_types: ["item.*"],
      signature_schemes: [],
      api_version: "2026-11-22",
      status: "active",
      ...columns,
    };
    const health = JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: row["status"] });
    const values = [id, teamId, kind, health, ...Object.values(row)];
    await owner.pool.query(
      `insert into subscriptions (id, team_id, kind, health, ${Object.keys(row).join()})
       values (${values.map((_, index) => `$${index + 1}`).join()})`,
      values,
    );
    return id;
  }

  async function addSecret(subscriptionId: string, kind: "slack_url" | "slack_token", secret: string): Promise<void> {
    const id = randomUUIDv7();
    await owner.pool.query(
      "insert into subscription_secrets (id, subscription_id, kind, secret) values ($1, $2, $3, $4)",
      [id, subscriptionId, kind, seal(new Secret(secret), secretPlace(id), encryptionKeys)],
    );
  }

  const snake = (columns: Columns) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, value]) => [name.replace(/[A-Z]/g, (a) => `_${a.toLowerCase()}`), value]),
    );

  const channels = {
    db: database.db,
    owner: owner.db,
    pool: owner.pool,
    deps,
    slack,
    mailServer,
    mails: mailServer.mails,
    outside,
    registry,
    lines,
    encryptionKeys,
    linkTokenKeys,
    secrets: ["s3cr3tPartOfTheUrl", "s3cr3tToken"],

    /** A bot of Slack's in a channel. */
    async addBot(columns: Columns = {}): Promise<string> {
      const id = await subscribe("slack", { slack_channel: "#alarms", ...snake(columns) });
      await addSecret(id, "slack_token", SLACK_TOKEN);
      return id;
    },

    /** An incoming webhook of Slack's. */
    async addSlackWebhook(columns: Columns = {}): Promise<string> {
      const id = await subscribe("slack", snake(columns));
      await addSecret(id, "slack_url", `https://hooks.slack.com${SLACK_PATH}`);
      return id;
    },

    async addAddress(columns: Columns & { address?: string } = {}): Promise<string> {
      return subscribe("email", { address: "team@example.com", ...snake(columns) });
    },

    /** Items of one bank. */
    async addItems(count: number, institution: { id: string; name: string | null }): Promise<string[]> {
      const ids = Array.from({ length: count }, () => randomUUIDv7());
      const userId = randomUUIDv7();
      await owner.pool.query("insert into users (id, external_id) values ($1, $2)", [userId, userId]);
      await owner.pool.query(
        `insert into items (id, environment, plaid_item_id, user_id, institution_id, institution_name, access_token, status)
         select id, 'sandbox', id::text, $2, $3, $4, ''::bytea, 'healthy' from unnest($1::uuid[]) as item (id)`,
        [ids, userId, institution.id, institution.name],
      );
      return ids;
    },

    /** Tells of these Items, as the change that it tells of would. */
    async publish(
      itemIds: readonly string[],
      change: ItemStatus | "repaired" | "removed" | "completed",
    ): Promise<void> {
      const at = new Date();
      // In one question: of thousands, some would wait for a connection for longer than the pool lets them.
      const items = await owner.db.query.items.findMany({
        where: (table, { inArray }) => inArray(table.id, [...itemIds]),
      });
      const itemOf = new Map(items.map((item) => [item.id, item]));
      const facts = itemIds.map((id): Fact => {
        const item = itemOf.get(id);
        if (item === undefined) throw new TypeError("there is no such Item");
        return factOf({ item, at, episodeId: null }, change);
      });
      await owner.db.transaction((tx) => publishEvents(tx, facts));
    },

    async deliveries(subscriptionId: string): Promise<DeliveryRow[]> {
      return owner.db.query.deliveries.findMany({
        where: (table, { eq }) => eq(table.subscriptionId, subscriptionId),
        orderBy: (table, { asc }) => asc(table.id),
      });
    },

    /** How many deliveries are in each state. */
    async states(subscriptionId: string): Promise<Record<string, number>> {
      const rows = await channels.deliveries(subscriptionId);
      return Object.fromEntries(
        [...Map.groupBy(rows, ({ state }) => state)].map(([state, own]) => [state, own.length]),
      );
    },

    async notifications(subscriptionId: string): Promise<NotificationRow[]> {
      return owner.db.query.notifications.findMany({
        where: (table, { eq }) => eq(table.subscriptionId, subscriptionId),
        orderBy: (table, { asc }) => asc(table.id),
      });
    },

    async attempts(subscriptionId: string): Promise<DeliveryAttemptRow[]> {
      return owner.db.query.deliveryAttempts.findMany({
        where: (table, { eq }) => eq(table.subscriptionId, subscriptionId),
        orderBy: (table, { asc }) => [asc(table.startedAt), asc(table.id)],
      });
    },

    async subscription(id: string): Promise<SubscriptionRow> {
      const row = await owner.db.query.subscriptions.findFirst({ where: (table, { eq }) => eq(table.id, id) });
      if (row === undefined) throw new TypeError("there is no such subscription");
      return row;
    },

    /**
     * Lets time pass, by moving all that waits, and all that was, into the past. Not while a message is on its way, unless
     * its worker is dead.
     */
    async elapse(ms: number, { isWorkerDead = false } = {}): Promise<void> {
      const ago = sql`${ms} * interval '1 millisecond'`;
      await waitFor(() =>
        owner.db.transaction(async (tx) => {
          // Whoever takes or settles a message holds the lock of its subscription.
          await tx.execute(sql`select from subscriptions for update`);
          const { rowCount } = await tx.execute(sql`select from notifications where state <> 'idle'`);
          if (rowCount !== 0 && !isWorkerDead) return false;
          await tx.execute(sql`update notifications set due_at = due_at - ${ago}, lease_until = lease_until - ${ago},
            attempted_at = attempted_at - ${ago}, transmitting_at = transmitting_at - ${ago},
            first_at = first_at - ${ago}, sent_at = sent_at - ${ago}`);
          await tx.execute(sql`update deliveries set due_at = due_at - ${ago} where state = 'pending'`);
          await tx.execute(sql`update subscriptions set throttled_until = throttled_until - ${ago}`);
          return true;
        }),
      );
    },

    /** Something that sends, until it is stopped. */
    start(overrides: Partial<NotificationsDeps> = {}): Notifications {
      const notifications = createNotifications({ ...deps, ...overrides });
      running.add(notifications);
      notifications.start();
      return notifications;
    },

    async stopAll(graceMs = 5_000): Promise<void> {
      await Promise.all([...running].map((notifications) => notifications.stop(graceMs)));
      running.clear();
    },

    async close(): Promise<void> {
      await channels.stopAll();
      await slack.close();
      await client.close();
      await mailer.close();
      await mailServer.close();
      await database.close();
      await owner.close();
    },
  };
  return channels;
}

export type Channels = Awaited<ReturnType<typeof createChannels>>;

type About = Omit<Parameters<typeof itemFact>[1], "data">;

function factOf(about: About, change: ItemStatus | "repaired" | "removed" | "completed"): Fact {
  if (change === "repaired") {
    const data = { repair_path: "own_link", previous_state: "login_required" } as const;
    return itemFact("item.repaired", { ...about, status: { kind: "healthy" }, data });
  }
  if (change === "removed") return itemFact("item.removed", { ...about, status: { kind: "removed" }, data: {} });
  if (change === "completed") return itemFact("reauth.completed", { ...about, data: {} });
  if (change.kind === "expiring") {
    const data = { expires_at: change.at.toISOString(), reason: change.reason };
    return itemFact("item.expiring", { ...about, status: change, data });
  }
  if (!("error" in change)) throw new TypeError("a status without an error is told in another way");
  const { error } = change;
  if (change.kind === "degraded") return itemFact("item.degraded", { ...about, status: change, data: { error } });
  if (change.kind === "revoked") return itemFact("item.revoked", { ...about, status: change, data: { error } });
  return itemFact("item.error", { ...about, status: change, data: { error } });
}
