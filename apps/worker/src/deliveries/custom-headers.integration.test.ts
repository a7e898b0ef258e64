import { randomUUIDv7 } from "node:crypto";
import { seal } from "@relink/db";
import { secretPlace } from "@relink/items";
import { Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Answer, startReceiver } from "../testing/receiver.ts";
import { createSubscribers, type Subscribers } from "../testing/subscribers.ts";

const database = useDatabase();
let world: Subscribers;
beforeAll(() => {
  world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(async () => {
  await world.stopAll();
  await world.close();
});

async function subscribed(headers: Record<string, string>, answer?: Answer) {
  const endpoint = await startReceiver(answer);
  onTestFinished(() => endpoint.close());
  const { id } = await world.subscribe(await world.addTeam(), endpoint.url);
  const secretId = randomUUIDv7();
  const sealed = seal(new Secret(JSON.stringify(headers)), secretPlace(secretId), world.deps.encryptionKeys);
  await world.pool.query(
    "insert into subscription_secrets (id, subscription_id, kind, secret) values ($1, $2, 'headers', $3)",
    [secretId, id, sealed],
  );
  return { endpoint, id, secretId };
}

test("what a subscriber wants to be sent along is sent with every delivery, and signs nothing", async () => {
  const { endpoint, id } = await subscribed({ authorization: "Bearer gateway", "x-route": "payments" });
  const { deliveryId } = await world.owe(id);
  world.start();
  await waitFor(async () => (await world.delivery(deliveryId)).state === "delivered");
  expect(endpoint.received[0]?.headers).toMatchObject({ authorization: "Bearer gateway", "x-route": "payments" });
  expect(String(endpoint.received[0]?.headers["webhook-signature"]).split(" ")).toHaveLength(1);
  const [attempt] = await world.attempts(deliveryId);
  expect(attempt?.signatureKeyIds).toHaveLength(1);
  expect(JSON.stringify(attempt)).not.toContain("gateway");
});

test("the log does not repeat what a receiver repeats of it", async () => {
  const echo: Answer = (response) => {
    const told = response.req.headers;
    response.writeHead(500, { "x-request-id": String(told["x-route"]) }).end(JSON.stringify(told));
  };
  const { id } = await subscribed({ authorization: "Bearer gateway-token", "x-route": "payments" }, echo);
  const { deliveryId } = await world.owe(id);
  world.start();
  const [attempt] = await waitFor(async () => {
    const attempts = await world.attempts(deliveryId);
    return attempts.length > 0 && attempts;
  });
  expect(attempt).toMatchObject({
    responseStatus: 500,
    responseHeaders: { "x-request-id": "***" },
    responseBody: expect.stringContaining('"authorization":"***"'),
  });
  expect(JSON.stringify(attempt)).not.toMatch(/gateway|payments/);
});
