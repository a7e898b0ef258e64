import { randomUUIDv7 } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { EVENT_EXAMPLES, renderEvent } from "@relink/delivery";
import type { Producer } from "@relink/jobs";
import { showId } from "@relink/service";
import type { Stage } from "../stage/set-stage.ts";

/** Events are written in bursts of this distance, as a worker does that processes webhooks in batches. */
const TICK_MS = 10;

/** Writes events down, each for one of the subscriptions in turn. @returns their ids. */
export async function oweInTurn(stage: Stage, subscriptionIds: readonly string[], count: number): Promise<string[]> {
  return owe(
    stage,
    `select id, ($3::uuid[])[1 + (row_number() over ())::int % array_length($3::uuid[], 1)] from event`,
    subscriptionIds,
    count,
  );
}

/** Writes events down, each for all of the subscriptions. @returns their ids. */
export async function oweToAll(stage: Stage, subscriptionIds: readonly string[], count: number): Promise<string[]> {
  return owe(stage, `select id, unnest($3::uuid[]) from event`, subscriptionIds, count);
}

/** @param pairs - reads the ids of the events and those of the subscriptions that they are for. */
async function owe(stage: Stage, pairs: string, subscriptionIds: readonly string[], count: number): Promise<string[]> {
  const body = renderEvent({
    id: showId("evt", randomUUIDv7()),
    type: "item.error",
    occurredAt: new Date(),
    environment: "sandbox",
    data: EVENT_EXAMPLES["item.error"],
  });
  const { rows } = await stage.sql.query<{ id: string }>(
    `with event as (
      insert into events (id, type, environment, occurred_at, body, matched)
      select uuidv7(), 'item.error', 'sandbox', now(), $1, 1 from generate_series(1, $2::int) returning id),
    pair (event_id, subscription_id) as (${pairs}),
    owed as (
      insert into deliveries (id, event_id, subscription_id, event_type, state)
      select uuidv7(), event_id, subscription_id, 'item.error', 'pending' from pair)
    select id from event`,
    [body, count, subscriptionIds],
  );
  return rows.map(({ id }) => id);
}

/**
 * Writes events down at a steady rate and wakes a worker each time, as whoever publishes does.
 *
 * @param pace.rate - events per second.
 * @returns the ids of the events.
 */
export async function oweSteadily(
  producer: Producer,
  subscriptionIds: readonly string[],
  pace: { rate: number; seconds: number },
  write: (count: number) => Promise<string[]>,
): Promise<string[]> {
  const startedAt = performance.now();
  const total = pace.rate * pace.seconds;
  const all: string[] = [];
  while (all.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * pace.rate)) - all.length;
    if (due > 0) {
      const ids = await write(due);
      await producer.add("deliveries", { jobId: `dl-${ids[0]}`, payload: { subscriptionIds: [...subscriptionIds] } });
      all.push(...ids);
    }
    await delay(TICK_MS);
  }
  return all;
}

/** When events were committed, in milliseconds since 1970, by the id that receivers see. */
export async function commitTimes(stage: Stage, eventIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await stage.sql.query<{ id: string; at: number }>(
    `select id, extract(epoch from pg_xact_commit_timestamp(xmin))::float * 1000 as at from events
     where id = any($1)`,
    [eventIds],
  );
  return new Map(rows.map(({ id, at }) => [showId("evt", id), at]));
}
