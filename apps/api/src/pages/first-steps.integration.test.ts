import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort, waitFor } from "@relink/testkit";
import { expect, onTestFinished, test } from "vitest";
import { type CallOptions, setUpApi } from "../testing/api-for-test.ts";

const world = setUpApi();
const guide = readFileSync(new URL("first-steps.md", import.meta.url), "utf8");

/** The body of the guide's request to this path. */
function requestOf(path: string): CallOptions {
  const [request] = new RegExp(`curl -s "\\$RELINK_URL${path}"[^]*?(?=\\n\\n|\\n\`\`\`)`).exec(guide) ?? [];
  const [, body] = / -d '([^']+)'/.exec(request ?? "") ?? [];
  return body === undefined ? {} : { body: JSON.parse(body) as Record<string, unknown> };
}

/** Runs the guide's receiver. */
async function startReceiver(secret: string, port: number): Promise<string[]> {
  const [, code = ""] = /```js\n([^]+?)```/.exec(guide) ?? [];
  const child = spawn(process.execPath, ["--input-type=module", "-"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)), // where the library is found
    env: { WEBHOOK_SECRET: secret },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "exit");
  });
  const printed: string[] = [];
  child.stdout.on("data", (text: Buffer) => printed.push(text.toString()));
  child.stdin.end(code.replace("listen(3000)", `listen(${port})`));
  await waitFor(
    async () => (await fetch(`http://127.0.0.1:${port}/relink`, { method: "POST", body: "{}" })).status === 401,
  );
  return printed;
}

test("whoever follows the first steps has a receiver that is verified, and a test event on its way", async () => {
  const team = await world.api.call<{ id: string }>("post", "/v1/teams", requestOf("/v1/teams"));
  const keysPath = `/v1/teams/${team.body.id}/api-keys`;
  const made = await world.api.call<{ key: string }>("post", keysPath, requestOf("/v1/teams/\\$TEAM_ID/api-keys"));
  const { key } = made.body;
  expect((await world.api.call("get", "/v1/me", { key })).body).toMatchObject({ team: { name: "Payments" } });

  const port = await freePort();
  const { body } = requestOf("/v1/subscriptions");
  const { url, ...wanted } = body as { url: string };
  const { body: subscription } = await world.api.call<{ id: string; secret: string }>("post", "/v1/subscriptions", {
    key,
    body: { ...wanted, url: url.replace("localhost:3000", `127.0.0.1:${port}`) },
  });
  expect(subscription).toMatchObject({ status: "pending_verification" });

  const printed = await startReceiver(subscription.secret, port);
  const path = `/v1/subscriptions/${subscription.id}`;
  const { body: verified } = await world.api.call("post", `${path}/verify`, { key });
  expect(verified).toMatchObject({ status: "active", verification: { ok: true } });
  expect(printed).toEqual([]);

  const testing = requestOf("/v1/subscriptions/\\$SUBSCRIPTION_ID/test");
  const { status, body: sent } = await world.api.call<{ delivery_id: string }>("post", `${path}/test`, {
    key,
    ...testing,
  });
  expect([status, sent]).toEqual([202, expect.objectContaining({ type: "item.error" })]);
  const delivery = await world.api.call("get", `/v1/deliveries/${sent.delivery_id}`, { key });
  expect(delivery.body).toMatchObject({ event_type: "item.error" });
});
