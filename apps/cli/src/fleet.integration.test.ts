import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePortRange, type RunningApp, spawnApp, startRedis, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { fleetEnv } from "./testing/fleet-env.ts";
import { runRelink } from "./testing/run-relink.ts";

const database = useDatabase();

async function control(sandbox: RunningApp, method: string, path: string, body: object): Promise<string> {
  const response = await fetch(`${sandbox.url}/control${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
  return response.text();
}

test("a fleet comes in: imported, its webhooks proven through ingress and worker, asked about within Plaid's limits", async () => {
  const folder = await mkdtemp(join(tmpdir(), "relink-fleet-"));
  const redis = await startRedis({ dir: join(folder, "redis") });
  onTestFinished(async () => {
    await redis.stop();
    await rm(folder, { recursive: true });
  });
  const start = async (name: "sandbox" | "ingress" | "worker", env: Record<string, string>) => {
    const app = await spawnApp(name, env, { port: await freePortRange() });
    onTestFinished(async () => void (await app.stop()));
    return app;
  };
  const sandbox = await start("sandbox", { LOG_LEVEL: "warn" });
  const env = fleetEnv(database.urlFor("relink_api"), sandbox.url);
  const common = { ...env, REDIS_URL: redis.url, LOG_LEVEL: "warn" };
  const ingress = await start("ingress", { ...common, DATABASE_URL: database.urlFor("relink_ingress") });
  await start("worker", {
    ...common,
    DATABASE_URL: database.urlFor("relink_worker"),
    SMTP_URL: "smtp://127.0.0.1:9",
    EMAIL_FROM: "Relink <relink@example.com>",
    LINK_PUBLIC_URL: "http://localhost:4001",
    LINK_TOKEN_KEYS: env["ENCRYPTION_KEYS"] ?? "",
  });
  const old = { count: 30, institution_id: "ins_109508", webhook_url: "http://127.0.0.1:9/old" };
  const made = (await control(sandbox, "POST", "/items", old)).trimEnd().split("\n");
  await control(sandbox, "PUT", "/faults", { rate_limits: "production" });

  const input = made
    .map((line, index) => {
      const { item_id, access_token } = JSON.parse(line) as { item_id: string; access_token: string };
      return JSON.stringify({ item_id, access_token, external_user_id: `u-${index}` });
    })
    .join("\n");
  const minute = { minuteMs: 60_000 };
  const imported = await runRelink(["items", "import", "-", "--json"], env, { input, ...minute });
  expect(imported.json().at(-1)).toMatchObject({ state: "complete", added: 30 });

  const url = `${ingress.url}/webhooks/plaid`;
  const repointed = await runRelink(["webhooks", "repoint", url, "--wait", "20", "--json"], env, minute);
  expect(repointed.json()).toEqual([{ state: "complete", items: 30, repointed: 30, failed: 0, unacknowledged: 0 }]);

  const checked = await runRelink(["items", "check", "--json"], env, minute);
  expect(checked.json().at(-1)).toMatchObject({ state: "complete", answered: 30, statuses: { healthy: 30 } });

  // What is told of it now comes here.
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  onTestFinished(() => owner.end());
  const { item_id: broken } = JSON.parse(made[0] ?? "") as { item_id: string };
  await control(sandbox, "POST", `/items/${broken}/error`, {});
  await waitFor(async () => {
    const { rows } = await owner.query("select from items where plaid_item_id = $1 and status = 'login_required'", [
      broken,
    ]);
    return rows.length === 1;
  });
}, 120_000);
