import type { ItemStatus } from "@relink/core";
import type { KeyRing } from "@relink/service";
import { freePortRange, type RunningApp, spawnApp, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Channels, createChannels } from "../testing/channels.ts";

const broken: ItemStatus = {
  kind: "login_required",
  error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null },
};

const database = useDatabase();
const redis = useRedis();
let channels: Channels;
const workers: RunningApp[] = [];
beforeAll(async () => {
  channels = await createChannels({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await channels?.close();
});

const settingOf = (ring: KeyRing): string =>
  [...ring].map(([id, key]) => `${id}:${Buffer.from(key).toString("base64")}`).join();

/** As it runs in production. */
async function startWorker(): Promise<RunningApp> {
  const worker = await spawnApp(
    "worker",
    {
      DATABASE_URL: database.urlFor("relink_worker"),
      // Nobody else's: processes share the names of their queues.
      REDIS_URL: `${redis.url}/8`,
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: "secret",
      PLAID_ENV: "sandbox",
      SMTP_URL: channels.mailServer.url,
      EMAIL_FROM: "Acme <relink@acme.example>",
      PRODUCT_NAME: "Acme",
      LINK_PUBLIC_URL: "https://link.acme.example",
      API_PUBLIC_URL: "https://api.acme.example/",
      SLACK_BASE_URL: channels.slack.origin,
      DELIVERY_ALLOWED_TARGETS: "127.0.0.1",
      DELIVERY_ALLOWED_PORTS: new URL(channels.slack.origin).port,
      DELIVERY_ALLOW_LOOPBACK: "true",
      DELIVERY_ALLOW_HTTP: "true",
      ENCRYPTION_KEYS: settingOf(channels.encryptionKeys),
      LINK_TOKEN_KEYS: settingOf(channels.linkTokenKeys),
    },
    { port: await freePortRange() },
  );
  workers.push(worker);
  return worker;
}

test("what a worker was telling when it was killed, the next one tells", async () => {
  const [bot, address] = [await channels.addBot(), await channels.addAddress()];
  channels.slack.failure = () => {}; // It takes the request and never answers.
  const first = await startWorker();
  await channels.publish(await channels.addItems(3, { id: "ins_1", name: "First Platypus Bank" }), broken);
  await waitFor(() => channels.slack.requests.length === 1);
  await waitFor(async () => (await channels.states(address))["delivered"] === 3);
  expect(await channels.states(bot)).toEqual({ in_flight: 3 });
  first.kill();
  await first.exited;

  channels.slack.failure = null;
  await channels.elapse(60_000, { isWorkerDead: true });
  await startWorker();
  await waitFor(async () => (await channels.states(bot))["delivered"] === 3);
  expect(channels.slack.posts).toMatchObject([
    { channel: "CALARMS", text: "First Platypus Bank: 3 connections broke (ITEM_LOGIN_REQUIRED)" },
  ]);
  expect(channels.slack.posts[0]?.body).toContain("<https://api.acme.example/v1/items/itm_");
  expect(channels.mails).toHaveLength(1);
  for (const { lines } of workers) {
    for (const secret of channels.secrets) expect(lines.join("\n")).not.toContain(secret);
    expect(lines.join("\n")).not.toContain("team@example.com");
  }
}, 120_000);
