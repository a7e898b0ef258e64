import { randomBytes, randomUUIDv7 } from "node:crypto";
import { type EventType, NEW_ENDPOINT_HEALTH } from "@relink/core";
import {
  connect,
  type Database,
  type DeliveryAttemptRow,
  type DeliveryRow,
  seal,
  type SubscriptionRow,
} from "@relink/db";
import {
  createGuardedClient,
  createSigningSecret,
  createTargetPolicy,
  DELIVERY_USER_AGENT,
  EVENT_EXAMPLES,
  renderEvent,
} from "@relink/delivery";
import type { Mail, SendResult } from "@relink/email";
import { createLogger, createRegistry, Secret, showId } from "@relink/service";
import { sql } from "drizzle-orm";
import { createDeliveries, type Deliveries, type DeliveriesDeps } from "../deliveries/create-deliveries.ts";
import { createDeliveryMetrics } from "../deliveries/delivery-metrics.ts";

/** What a subscription has that a test does not name. */
type Columns = Partial<Omit<SubscriptionRow, "id" | "teamId">>;

/**
 * Teams with their subscriptions on a real database, and what sends to them. Receivers are real servers on this machine; time
 * passes when the test says so.
 */
export function createSubscribers(urls: { owner: string; worker: string }) {
  // A machine that stands still for a moment is no reason for an error.
  const patient = { connectTimeoutMs: 20_000, onError() {} };
  const owner = connect({ url: new Secret(urls.owner), app: "test", max: 4, ...patient });
  const database: Database = connect({ url: new Secret(urls.worker), app: "worker", max: 8, ...patient });
  const encryptionKeys = new Map([["k1", randomBytes(32)]]);
  const client = createGuardedClient({
    policy: createTargetPolicy({
      allowed: ["127.0.0.0/8", "localhost"],
      extraPorts: Array.from({ length: 65_535 }, (_, index) => index + 1),
      allowLocal: true,
      allowHttp: true,
    }),
    userAgent: DELIVERY_USER_AGENT,
  });
  const mails: Mail[] = [];
  const outside = { smtp: { kind: "accepted", response: "250 ok" } as SendResult };
  const registry = createRegistry("test");
  const metrics = createDeliveryMetrics(registry);
  const running = new Set<Deliveries>();

  const deps: DeliveriesDeps = {
    db: database.db,
    environment: "sandbox",
    client,
    encryptionKeys,
    mailer: {
      async send(mail) {
        mails.push(mail);
        return outside.smtp;
      },
    },
    senderDomain: "acme.example",
    linkTokenKeys: new Map([["l1", randomBytes(32)]]),
    linkPublicUrl: "https://link.acme.example",
    productName: "Acme",
    logger: createLogger({ app: "worker", level: "silent" }),
    metrics,
    sweepIntervalMs: 50,
  };

  return {
    db: database.db,
    owner: owner.db,
    pool: owner.pool,
    deps,
    registry,
    mails,
    outside,

    async addTeam(): Promise<string> {
      const id = randomUUIDv7();
      await owner.db.execute(sql`insert into teams (id, name) values (${id}, ${id})`);
      return id;
    },

    /** A live subscription with a secret of its own. */
    async subscribe(teamId: string, url: string, columns: Columns = {}): Promise<{ id: string; secret: string }> {
      const id = randomUUIDv7();
      const row = {
        kind: "webhook",
        event_types: ["item.*"],
        signature_schemes: ["v1"],
        api_version: "2026-11-22",
        status: "active",
        health: JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: columns.status ?? "active" }),
        ...Object.fromEntries(
          Object.entries(columns).map(([name, value]) => [
            name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
            value,
          ]),
        ),
      };
      const names = ["id", "team_id", "url", ...Object.keys(row)];
      await owner.pool.query(
        `insert into subscriptions (${names.join()}) values (${names.map((_, index) => `$${index + 1}`).join()})`,
        [id, teamId, url, ...Object.values(row)],
      );
      return { id, secret: await this.addSecret(id) };
    },

    /** A secret that signs from now on. */
    async addSecret(subscriptionId: string, expiresAt: Date | null = null): Promise<string> {
      const id = randomUUIDv7();
      const secret = createSigningSecret();
      const sealed = seal(
        secret,
        { column: "subscription_secrets.secret", rowId: id, environment: "any" },
        encryptionKeys,
      );
      await owner.pool.query(
        "insert into subscription_secrets (id, subscription_id, kind, secret, expires_at) values ($1, $2, 'v1', $3, $4)",
        [id, subscriptionId, sealed, expiresAt],
      );
      return secret.reveal();
    },

    async addItem(): Promise<string> {
      const id = randomUUIDv7();
      await owner.pool.query(
        `with owner as (insert into users (id, external_id) values ($1::uuid, $1::uuid::text) returning id)
         insert into items (id, environment, plaid_item_id, user_id, access_token, status)
         select id, 'sandbox', id::text, id, '', 'healthy' from owner`,
        [id],
      );
      return id;
    },

    /** An event, and a delivery of it that is due now. */
    async owe(
      subscriptionId: string,
      event: {
        type?: EventType;
        state?: DeliveryRow["state"];
        dueAt?: Date;
        body?: string;
        itemId?: string;
        eventId?: string;
      } = {},
    ): Promise<{ deliveryId: string; eventId: string; body: string }> {
      const { type = "item.error", state = "pending", dueAt = new Date(0), itemId = null } = event;
      const { eventId = randomUUIDv7() } = event;
      const deliveryId = randomUUIDv7();
      const body =
        event.body ??
        renderEvent({
          id: showId("evt", eventId),
          type,
          occurredAt: new Date(),
          environment: "sandbox",
          // Of the same type.
          data: EVENT_EXAMPLES[type] as never,
        });
      await owner.pool.query(
        `with item as (update items set event_sequence = event_sequence + 1 where id = $4 returning event_sequence)
         insert into events (id, type, environment, item_id, sequence, occurred_at, body, matched)
         values ($1, $2, 'sandbox', $4, (select event_sequence from item), now(), $3, 1)`,
        [eventId, type, body, itemId],
      );
      await owner.pool.query(
        `insert into deliveries (id, event_id, subscription_id, event_type, state, due_at, item_id)
         values ($1, $2, $3, $4, $5, least($6, now()), $7)`,
        [deliveryId, eventId, subscriptionId, type, state, dueAt, itemId],
      );
      return { deliveryId, eventId, body };
    },

    /** Many events, as {@link owe} does it for one. */
    async oweMany(subscriptionId: string, count: number, state: DeliveryRow["state"] = "pending"): Promise<void> {
      await owner.pool.query(
        `with event as (insert into events (id, type, environment, occurred_at, body, matched)
          select uuidv7(), 'item.error', 'sandbox', now(), '{}', 1 from generate_series(1, $2::int) returning id)
        insert into deliveries (id, event_id, subscription_id, event_type, state, failures)
        select uuidv7(), id, $1, 'item.error', $3, case when $3 = 'held' then 9 else 0 end from event`,
        [subscriptionId, count, state],
      );
    },

    /** How many deliveries of a subscription are in which state. */
    async states(subscriptionId: string): Promise<Record<string, number>> {
      const { rows } = await owner.pool.query<{ state: string; count: number }>(
        "select state, count(*)::int as count from deliveries where subscription_id = $1 group by state",
        [subscriptionId],
      );
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },

    async delivery(id: string): Promise<DeliveryRow> {
      const row = await owner.db.query.deliveries.findFirst({ where: (table, { eq }) => eq(table.id, id) });
      if (row === undefined) throw new TypeError("there is no such delivery");
      return row;
    },

    async attempts(deliveryId: string): Promise<DeliveryAttemptRow[]> {
      return owner.db.query.deliveryAttempts.findMany({
        where: (table, { eq }) => eq(table.deliveryId, deliveryId),
        orderBy: (table, { asc }) => asc(table.number),
      });
    },

    async subscription(id: string): Promise<SubscriptionRow> {
      const row = await owner.db.query.subscriptions.findFirst({ where: (table, { eq }) => eq(table.id, id) });
      if (row === undefined) throw new TypeError("there is no such subscription");
      return row;
    },

    /** Events of these types, in their order. */
    async events(
      ...types: EventType[]
    ): Promise<{ type: string; teamId: string | null; data: Record<string, unknown> }[]> {
      const { rows } = await owner.pool.query<{ type: string; team_id: string | null; body: string }>(
        "select type, team_id, body from events where type = any($1) order by id",
        [types],
      );
      return rows.map(({ type, team_id: teamId, body }) => ({
        type,
        teamId,
        data: (JSON.parse(body) as { data: Record<string, unknown> }).data,
      }));
    },

    /** Lets the time come for which a delivery waits, and for which its endpoint is left alone. */
    async makeDue(deliveryId: string): Promise<void> {
      await owner.pool.query("update deliveries set due_at = now() where id = $1 and state = 'pending'", [deliveryId]);
      await owner.pool.query(
        "update subscriptions set throttled_until = null where id = (select subscription_id from deliveries where id = $1)",
        [deliveryId],
      );
    },

    /** Something that sends, until it is stopped. */
    start(overrides: Partial<DeliveriesDeps> = {}): Deliveries {
      const deliveries = createDeliveries({ ...deps, ...overrides });
      running.add(deliveries);
      deliveries.start();
      return deliveries;
    },

    /**
     * As {@link createDeliveries}, with all of its attempts cut off. The time is for what was cut off, and for the sweep that
     * is under way: whatever comes next finds nobody at work.
     */
    async stopAll(graceMs = 1_500): Promise<void> {
      await Promise.all([...running].map((deliveries) => deliveries.stop(graceMs)));
      running.clear();
    },

    async close(): Promise<void> {
      await this.stopAll();
      await client.close();
      await database.close();
      await owner.close();
    },
  };
}

export type Subscribers = ReturnType<typeof createSubscribers>;
