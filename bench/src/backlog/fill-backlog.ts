import { createProducer } from "@relink/jobs";
import { Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { itemError, syncUpdates } from "../stage/payloads.ts";
import type { Stage } from "../stage/set-stage.ts";

/** What the ingress puts into one job when it is busy. */
const ROWS_PER_JOB = 100;
const ROWS_PER_STATEMENT = 50_000;
/** One webhook in so many tells of a broken Item. */
const ONE_BREAK_IN = 20;

/**
 * Puts webhooks into the table and on the queue as the ingress does, only faster.
 *
 * @param breakable - Items that Plaid knows, the first ones of the table. The breaks are theirs.
 * @param items - all of them. News of transactions comes for any.
 */
export async function fillBacklog(
  stage: Stage,
  webhooks: number,
  { breakable, items }: { breakable: number; items: number },
): Promise<void> {
  const producer = createProducer({
    redisUrl: new Secret(stage.redis.url),
    onError() {
      // While it connects; whatever is wrong later, `add` tells.
    },
  });
  const texts = [itemError(0), syncUpdates(0)].map((payload) => JSON.stringify(payload));
  try {
    await waitFor(async () => {
      await producer.ping();
      return true;
    });
    for (let start = 0; start < webhooks; start += ROWS_PER_STATEMENT) {
      const { rows } = await stage.sql.query<{ ids: string[] }>(
        `with chosen as (
           select n, n % $3::int = 0 as breaks, floor(random() * case when n % $3::int = 0 then $4::int else $5::int end)::bigint as item
           from generate_series(1, $1::int) as n),
         stored as (
           insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id)
           select uuidv7(), sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'sandbox',
             convert_to(replace(($2::text[])[case when breaks then 1 else 2 end], '"item-0"', '"item-' || item || '"'), 'UTF8'),
             sha256(''), now(), 'bench'
           from chosen order by n
           returning id),
         numbered as (select id, (row_number() over (order by id) - 1) / $6::int as job from stored)
         select array_agg(id::text) as ids from numbered group by job`,
        [Math.min(ROWS_PER_STATEMENT, webhooks - start), texts, ONE_BREAK_IN, breakable, items, ROWS_PER_JOB],
      );
      await Promise.all(
        rows.map(({ ids }) => producer.add("webhooks", { jobId: `wh-${ids[0] ?? ""}`, payload: { eventIds: ids } })),
      );
    }
  } finally {
    await producer.close();
  }
}
