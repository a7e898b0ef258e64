import type pg from "pg";

/** A verified webhook, ready to be stored. */
export interface NewWebhookEvent {
  id: string;
  deliveryKey: Buffer;
  environment: "sandbox" | "production";
  body: Buffer;
  bodySha256: Buffer;
  signedAt: Date;
  keyId: string;
}

/**
 * Stores webhooks in one statement that commits by itself. When it returns, they are flushed to disk.
 *
 * A delivery that is stored already, or that another transaction is storing at this moment, is left out silently: the
 * statement waits for the other's commit. The rows go in sorted by key, so that two batches that share deliveries wait
 * for each other instead of deadlocking. Written by hand as a named statement, because it is the one on the way to every
 * 200, and needs no more than the right to insert.
 *
 * @returns how many were new.
 */
export async function insertWebhookEvents(pool: pg.Pool, events: readonly NewWebhookEvent[]): Promise<number> {
  const sorted = events.toSorted((a, b) => Buffer.compare(a.deliveryKey, b.deliveryKey));
  const result = await pool.query({
    name: "insert_webhook_events",
    text: `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id)
      select * from unnest($1::uuid[], $2::bytea[], $3::text[], $4::bytea[], $5::bytea[], $6::timestamptz[], $7::text[])
      on conflict do nothing`,
    values: [
      sorted.map((event) => event.id),
      sorted.map((event) => event.deliveryKey),
      sorted.map((event) => event.environment),
      sorted.map((event) => event.body),
      sorted.map((event) => event.bodySha256),
      sorted.map((event) => event.signedAt),
      sorted.map((event) => event.keyId),
    ],
  });
  return result.rowCount ?? 0;
}
