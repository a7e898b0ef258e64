import { randomBytes, randomUUIDv7 } from "node:crypto";
import { createServer } from "node:http";
import { type App, closeServer, createRegistry, insideRoutes, listen } from "@relink/service";
import { Worker } from "bullmq";
import express from "express";
import pg from "pg";
import { PLAIN_QUEUE } from "../../ingress/variants/queue-whole.ts";

interface Body {
  webhook_type: string;
  webhook_code: string;
  item_id: string;
  error?: { error_type: string; error_code: string };
}

/** As many as it was fastest with. */
const CONCURRENCY = 16;

/**
 * A plain worker: for each job one transaction that locks the Item, sets its status, and logs the webhook. It opens no
 * episode and owes no question, so it has less to do than Relink's.
 */
export function createPlainWorker(config: { databaseUrl: string; redisUrl: string; insidePort: number }): App {
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: CONCURRENCY });

  async function handle(body: Body): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query("begin");
      const { rows } = await client.query<{ id: string }>("select id from items where plaid_item_id = $1 for update", [
        body.item_id,
      ]);
      const itemId = rows[0]?.id;
      if (body.error !== undefined) {
        await client.query(
          `update items set status = 'login_required', error_type = $2, error_code = $3, hint_at = now(), updated_at = now()
           where id = $1`,
          [itemId, body.error.error_type, body.error.error_code],
        );
      }
      await client.query(
        `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, processed_at,
           webhook_type, webhook_code, plaid_item_id, item_id, outcome)
         values ($1, $2, 'sandbox', $3, '', now(), '', now(), $4, $5, $6, $7, 'applied')`,
        [
          randomUUIDv7(),
          randomBytes(32),
          Buffer.from(JSON.stringify(body)),
          body.webhook_type,
          body.webhook_code,
          body.item_id,
          itemId,
        ],
      );
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    } finally {
      client.release();
    }
  }

  const worker = new Worker(PLAIN_QUEUE, (job) => handle(job.data as Body), {
    connection: { url: config.redisUrl, maxRetriesPerRequest: null },
    concurrency: CONCURRENCY,
    autorun: false,
  });
  const registry = createRegistry("plain-worker");
  const inside = express();
  inside.use(insideRoutes({ registry, checks: {} }));
  const insideServer = createServer(inside);
  return {
    async start() {
      worker.on("error", (error) => console.error(error));
      worker.on("failed", (_job, error) => console.error(error));
      void worker.run();
      await listen(insideServer, config.insidePort, "127.0.0.1");
    },
    async close() {
      await worker.close();
      await pool.end();
      await closeServer(insideServer, 0);
    },
  };
}
