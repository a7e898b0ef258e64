import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "@relink/testkit";
import { countOpen } from "./check-world.ts";
import { statusOf } from "./item-stories.ts";
import type { Random } from "./random.ts";
import { probe, type World } from "./world.ts";

/** One kind of misfortune. Whatever it breaks, it has mended when it returns. */
export interface FaultCase {
  readonly name: string;
  /** What it does and what it expects, for the table. */
  readonly title: string;
  /** Too slow for the short form. */
  readonly isLongOnly?: true;
  /** Why it cannot be run here; `undefined` if it can. */
  missing?(): string | undefined;
  /** @throws if Relink does not do what it should while the fault lasts, or does not recover in time. */
  run(world: World, plan: Plan): Promise<void>;
}

/** How much of it, and where to write down what was seen. */
export interface Plan {
  readonly random: Random;
  readonly isShort: boolean;
  /** For cases that repeat themselves: until this time is over, and once at least. */
  readonly durationMs: number;
  readonly seen: Sightings;
}

export interface Sightings {
  /** Faults by what they struck. */
  readonly strikes: Map<string, number>;
  /** From a store's return, or an app's, to the end of the backlog, in milliseconds. */
  readonly drainsMs: number[];
  /** From the kill of a worker until what it had begun was done by somebody, in milliseconds. */
  readonly reRunsMs: number[];
  /** Anything else worth a line. */
  readonly notes: string[];
}

export function newSightings(): Sightings {
  return { strikes: new Map(), drainsMs: [], reRunsMs: [], notes: [] };
}

export function strike(plan: Plan, component: string): void {
  plan.seen.strikes.set(component, (plan.seen.strikes.get(component) ?? 0) + 1);
}

/** Does something again and again for as long as the plan says, once at least. */
export async function repeatedly(plan: Plan, act: () => Promise<void>): Promise<void> {
  const until = performance.now() + plan.durationMs;
  do {
    await delay(300 + plan.random.int(1_200));
    await act();
  } while (performance.now() < until);
}

/**
 * What Relink promises, in milliseconds: the end of the backlog after the return of a store or an app, and the second run
 * of what a killed worker had begun. A run that takes longer is noted; one that takes six times as long has failed,
 * because a machine that is busy with other things as well is no fault of Relink's.
 */
const DRAIN_LIMIT_MS = 10_000;
const RE_RUN_LIMIT_MS = 15_000;
const PATIENCE = 6;

export function within(plan: Plan, what: string, tookMs: number, limitMs: number): void {
  const line = `${what} after ${seconds(tookMs)}, not within ${seconds(limitMs)}`;
  assert.ok(tookMs <= limitMs * PATIENCE, line);
  if (tookMs > limitMs) plan.seen.notes.push(`LATE: ${line}`);
}

/**
 * Measures how long it takes from now until a webhook that is sent now, and all that were stored before, are dealt with.
 *
 * @throws if it takes far longer than `limitMs`; by default what Relink promises for the return of a store.
 */
export async function drains(world: World, plan: Plan, limitMs = DRAIN_LIMIT_MS): Promise<void> {
  const startedAt = performance.now();
  await world.deliver(probe());
  const now = await databaseNow(world);
  await waitFor(() => countOpen(world.database, now).then((open) => open === 0), { timeoutMs: 90_000 });
  const tookMs = performance.now() - startedAt;
  plan.seen.drainsMs.push(tookMs);
  within(plan, "the backlog was drained", tookMs, limitMs);
}

/**
 * Kills, and measures how long the webhooks, questions and mails that were under way or due at that moment take.
 *
 * @throws if one takes far longer than Relink promises.
 */
export async function reRuns(world: World, plan: Plan, kill: () => Promise<void>): Promise<void> {
  const { pool } = world.database;
  const { rows } = await pool.query<{ now: Date; events: string[]; items: string[]; mails: string[] }>(
    `select clock_timestamp() as now,
      array(select id from webhook_events where processed_at is null and parked_at is null) as events,
      array(select id from items where confirm_due_at < now() + interval '5 min') as items,
      array(select id from emails where state = 'owed' and due_at < now() + interval '5 min') as mails`,
  );
  const before = rows[0] ?? { now: new Date(), events: [], items: [], mails: [] };
  await kill();
  const left = await waitFor(
    async () => {
      const { rows: done } = await pool.query<{ open: number; latest: number | null }>(
        `with done as (
            select greatest(processed_at, parked_at) as at from webhook_events where id = any($2)
            union all select case when asked_at > $1 then asked_at end from items where id = any($3)
            -- Who has got as many mails as anybody gets in a day gets the next one later.
            union all select case when state <> 'owed' or due_at > now() + interval '5 min'
                then coalesce(transmitting_at, settled_at, $1) end
              from emails where id = any($4))
          select count(*) filter (where at is null)::int as open,
            extract(epoch from max(at) - $1)::float * 1000 as latest from done`,
        [before.now, before.events, before.items, before.mails],
      );
      return done[0]?.open === 0 ? done[0] : undefined;
    },
    { timeoutMs: 90_000, everyMs: 100 },
  );
  const latestMs = left.latest ?? 0;
  plan.seen.reRunsMs.push(latestMs);
  within(plan, "what a killed worker had begun was done", latestMs, RE_RUN_LIMIT_MS);
}

/** @throws if a webhook is not answered with 200 at the first attempt. */
export async function answers200(world: World): Promise<void> {
  const { detail, tookMs } = await world.deliverer.attempt(world.sign(probe()));
  assert.equal(detail, "200", `a webhook was answered with ${detail} after ${seconds(tookMs)}`);
}

/** Breaks an Item, and waits until its status says so. @throws if that takes longer than `limitMs`. */
export async function statusesChange(world: World, plan: Plan, limitMs = 60_000): Promise<void> {
  const story = world.load.breakSomeItem();
  const startedAt = performance.now();
  await waitFor(
    async () => {
      const { rows } = await world.database.pool.query<{ status: string }>(
        "select status from items where plaid_item_id = $1",
        [story.plaidItemId],
      );
      // The load may have told the next thing about it meanwhile.
      return rows[0]?.status === statusOf(story.truth);
    },
    { timeoutMs: limitMs },
  );
  plan.seen.notes.push(`a status changed after ${seconds(performance.now() - startedAt)}`);
}

async function databaseNow(world: World): Promise<Date> {
  return waitFor(async () => {
    const { rows } = await world.database.pool.query<{ now: Date }>("select clock_timestamp() as now");
    return rows[0]?.now;
  });
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
