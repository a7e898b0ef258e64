import { awakeMs, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, test } from "vitest";
import { countRows, lockTable, startIngress } from "../testing/ingress-for-test.ts";

const database = useDatabase();
const redis = useRedis();

test("L1 more than may wait is 429 at once, and all that were taken in are stored when the database is back", async () => {
  const ingress = await startIngress({ database, redis });
  const before = await countRows(database.url);
  // 64 MiB may wait; 256 such bodies fill them, besides those that are on their way already.
  const large = Buffer.alloc(256 * 1024, "x");
  const token = ingress.signer.signWebhook(large);
  const lock = await lockTable(database.url);
  const statuses: number[] = [];
  const send = async () => {
    const response = await ingress.post(large, token);
    statuses.push(response.status);
    return response;
  };
  const overloads = () => ingress.metric("relink_webhook_rejected_total", '"overload"');
  const waiting = Array.from({ length: 270 }, () => send());
  await waitFor(async () => (await overloads()) >= 5 && statuses.length >= 5, { timeoutMs: 25_000 });
  expect(new Set(statuses)).toEqual(new Set([429]));
  // Every five seconds a statement gives up, which makes room for four: of ten there is one that finds none.
  const more = Array.from({ length: 10 }, () => send());
  const refused = Promise.race(more);
  expect(await awakeMs(refused)).toBeLessThan(5_000);
  expect((await refused).status).toBe(429);
  expect((await refused).headers.get("retry-after")).toMatch(/^(?:[2-5]\d|60)$/);
  // Forgeries are told from what cannot be stored, as ever.
  expect((await ingress.post("{}", "x")).status).toBe(401);

  await lock.release();
  const answered = await Promise.all([...waiting, ...more]);
  // On a slow machine the first of them have waited for their eight seconds by now, and are 429 for that.
  expect([...new Set(answered.map(({ status }) => status))].filter((status) => status !== 200)).toEqual([429]);
  expect(ingress.lines("webhook.rejected")).toContainEqual(
    expect.objectContaining({ reason: "overload", status: 429 }),
  );
  expect(await overloads()).toBeGreaterThanOrEqual(6);
  expect(ingress.logText()).not.toContain("xxxxxxxx");
  expect((await ingress.post('{"webhook_type":"ITEM"}')).status).toBe(200);
  expect(await countRows(database.url)).toBe(before + 2);
}, 60_000);
