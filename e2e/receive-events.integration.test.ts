import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DEFAULT_RETRY_WAITS } from "@relink/core";
import { EVENT_EXAMPLES, renderEvent } from "@relink/delivery";
import { exitOf, findProgram, freePort, freePortRange, spawnApp, startRedis, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ADMIN_KEY = "an-admin-key-of-a-test-0123456789";

const database = useDatabase();
const cleanUp = new AsyncDisposableStack();
let guide: string;
let apiUrl: string;

beforeAll(async () => {
  guide = await readFile(join(ROOT, "docs/guides/receive-events.md"), "utf8");
  const folder = await mkdtemp(join(tmpdir(), "relink-guide-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = await startRedis({ dir: folder });
  cleanUp.defer(() => redis.stop());
  const keys = `k1:${randomBytes(32).toString("base64")}`;
  const shared = {
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    LINK_PUBLIC_URL: "http://localhost:4001",
    ENCRYPTION_KEYS: keys,
    LINK_TOKEN_KEYS: keys,
    DELIVERY_ALLOWED_TARGETS: "localhost",
    DELIVERY_ALLOWED_PORTS: "1-65535",
    DELIVERY_ALLOW_LOOPBACK: "true",
    DELIVERY_ALLOW_HTTP: "true",
  };
  const api = await spawnApp(
    "api",
    {
      ...shared,
      DATABASE_URL: database.urlFor("relink_api"),
      PLAID_WEBHOOK_URL: "https://relink.example.com/webhooks/plaid",
      RELINK_ADMIN_API_KEY: ADMIN_KEY,
    },
    { port: await freePortRange(), readyTimeoutMs: 60_000 },
  );
  cleanUp.defer(async () => void (await api.stop()));
  const worker = await spawnApp(
    "worker",
    {
      ...shared,
      DATABASE_URL: database.urlFor("relink_worker"),
      REDIS_URL: redis.url,
      SMTP_URL: "smtp://127.0.0.1:9",
      EMAIL_FROM: "relink@example.com",
    },
    { port: await freePortRange(), readyTimeoutMs: 60_000 },
  );
  cleanUp.defer(async () => void (await worker.stop()));
  apiUrl = api.url;
}, 120_000);
afterAll(() => cleanUp.disposeAsync(), 120_000);

/** Several processes have their part in what is waited for. */
const PATIENCE = { timeoutMs: 60_000 };

/** Who follows the guide: what they have set so far, and a port of their own instead of 3000. */
function startReader(port: number) {
  const set: Record<string, string> = { RELINK_URL: apiUrl, RELINK_ADMIN_API_KEY: ADMIN_KEY };
  const commands = [...guide.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, text = ""]) =>
    text
      .split("\n")
      // What is to be filled in has been.
      .filter((line) => !/^export .*…$/.test(line))
      .join("\n")
      .replaceAll("localhost:3000", `localhost:${port}`)
      .trim(),
  );
  const remaining = commands.filter((command) => command !== "");
  const shell = (command: string): [string, string[], { cwd: string; env: NodeJS.ProcessEnv }] => [
    "bash",
    ["-euo", "pipefail", "-c", command],
    { cwd: ROOT, env: { PATH: process.env["PATH"], PORT: String(port), ...set } },
  ];
  return {
    set,
    remaining,
    /** The next command, which must be about this. */
    next(wanted: string): string {
      const command = remaining.shift() ?? "";
      expect(command).toContain(wanted);
      return command;
    },
    /** Runs a command and reads what it shows. */
    async run<Answer>(command: string): Promise<Answer> {
      const { stdout } = await promisify(execFile)(...shell(command));
      return JSON.parse(stdout) as Answer; // each step says what it expects of it
    },
    /** Starts a command that goes on. */
    start(command: string) {
      const [program, args, options] = shell(`exec ${command}`);
      return spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    },
  };
}

test("whoever follows the guide has a verified event at the end, and every command works", async ({ skip }) => {
  if (findProgram(["curl"]) === undefined || findProgram(["bash"]) === undefined) {
    process.stderr.write("docs/guides/receive-events.md is NOT TESTED on this machine: curl or bash is missing\n");
    skip("curl or bash is missing");
  }
  const port = await freePort();
  const reader = startReader(port);

  const team = await reader.run<{ id: string }>(reader.next("/v1/teams"));
  reader.set["TEAM_ID"] = team.id;
  const { key } = await reader.run<{ key: string }>(reader.next("/api-keys"));
  reader.set["RELINK_API_KEY"] = key;
  const subscription = await reader.run<{ id: string; secret: string }>(reader.next("/v1/subscriptions"));
  expect(subscription).toMatchObject({ status: "pending_verification" });
  reader.set["SUBSCRIPTION_ID"] = subscription.id;
  reader.set["WEBHOOK_SECRET"] = subscription.secret;

  const receiver = reader.start(reader.next("receiver.js"));
  const lines: string[] = [];
  createInterface({ input: receiver.stdout }).on("line", (line) => void lines.push(line));
  onTestFinished(async () => {
    const ended = exitOf(receiver);
    receiver.kill();
    await ended;
  });
  await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0, PATIENCE);

  const verified = await reader.run(reader.next("/verify"));
  expect(verified).toMatchObject({ status: "active", verification: { ok: true } });
  const { event_id } = await reader.run<{ event_id: string }>(reader.next("/test"));
  await waitFor(() => lines.includes(`item.error ${EVENT_EXAMPLES["item.error"].item_id} 3 login_required`), PATIENCE);

  const attempts = reader.next("/attempts");
  // It has arrived there before it is written down here.
  const { data } = await waitFor(async () => {
    const answer = await reader.run<{ data: object[] }>(attempts);
    return answer.data.length > 0 && answer;
  }, PATIENCE);
  expect(data).toMatchObject([{ event_id, ok: true, response: { status: 204 } }]);

  expect(await reader.run(reader.next("status=pending"))).toMatchObject({ data: [] });
  expect(await reader.run(reader.next("/recoveries"))).toMatchObject({ dry_run: true, total: 0 });
  expect(await reader.run(reader.next("/v1/events"))).toMatchObject({ data: [{ id: event_id, test: true }] });
  const rotated = await reader.run<{ secret: string }>(reader.next("/secret/rotate"));
  expect(rotated.secret).toMatch(/^whsec_/);
  expect(rotated.secret).not.toBe(subscription.secret);
  expect(reader.remaining).toEqual([]);
}, 180_000);

test("the event that it shows is one", () => {
  const shown = JSON.parse(/```json\n(.*?)```/s.exec(guide)?.[1] ?? "") as { id: string; timestamp: string };
  const { id, timestamp } = shown;
  const event = { id, occurredAt: new Date(timestamp), environment: "production" } as const;
  const data = EVENT_EXAMPLES["item.error"];
  expect(JSON.parse(renderEvent({ ...event, type: "item.error", data }))).toMatchObject(shown);
});

test("the waits that it names are those of the schedule", () => {
  const named = DEFAULT_RETRY_WAITS.map((seconds) =>
    seconds < 60 ? `${seconds} s` : seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`,
  );
  expect(guide.replaceAll(/\s+/g, " ")).toContain(`after ${named.slice(0, -1).join(", ")} and ${named.at(-1)}`);
});
