import { attemptStatsOf, countOpenDeliveries, type Db } from "@relink/db";
import { z } from "zod";
import { moment } from "../fields.ts";
import { attemptStatsExample, attemptStatsShape, showAttemptStats } from "./attempt-stats.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Beyond that nobody counts, and no page has to wait for it. */
const MAX_COUNTED = 10_000;

const counted = z.int().min(0).max(MAX_COUNTED);

export const summarySchema = z
  .object({
    since: moment,
    ...attemptStatsShape,
    pending: counted.meta({
      description: `Deliveries that wait for an attempt; ${MAX_COUNTED} means as many or more.`,
    }),
    held: counted.meta({ description: `Deliveries that were held; ${MAX_COUNTED} means as many or more.` }),
  })
  .meta({ id: "SubscriptionStats", description: "How the last 24 hours went, and what waits now." });

type Summary = z.input<typeof summarySchema>;

export const summaryExample: Summary = {
  since: "2026-11-21T09:30:00.000Z",
  ...attemptStatsExample,
  pending: 2,
  held: 0,
};

/** How the last 24 hours of a subscription went, and what waits for it. */
export async function readSummary(db: Db, id: string): Promise<Summary> {
  const since = new Date(Date.now() - DAY_MS);
  const stats = await attemptStatsOf(db, id, since);
  return {
    since: since.toISOString(),
    ...showAttemptStats(stats),
    ...(await countOpenDeliveries(db, id, MAX_COUNTED)),
  };
}
