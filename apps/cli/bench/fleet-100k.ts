// A whole fleet against the sandbox with Plaid's limits on: registered, pointed at the ingress, asked about by the workers'
// sweep; then every Item's end is announced at once:
//   node apps/cli/bench/fleet-100k.ts [--items 100000] [--rate 4800] [--wave]
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { migrate } from "@relink/db";
import { PORT_OFFSET } from "@relink/service";
import { freePortRange, inbox, type RunningApp, spawnApp, startPostgres, startRedis, waitFor } from "@relink/testkit";
import pMap from "p-map";
import pg from "pg";
import { spawnCli } from "../src/testing/spawn-cli.ts";

const { values } = parseArgs({
  options: {
    items: { type: "string", default: "100000" },
    rate: { type: "string", default: "4800" },
    wave: { type: "boolean", default: false },
  },
});
const count = Number(values.items);
/** To one request for new Items. */
const ITEMS_AT_ONCE = 10_000;
const LOOK_EVERY_MS = 5_000;
const number = new Intl.NumberFormat("en-US");
const newKey = (): string => `b1:${randomBytes(32).toString("base64")}`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const folder = await mkdtemp(join(tmpdir(), "relink-fleet-"));
await chmod(folder, 0o711); // Postgres may run as another user
const port = await freePortRange();
const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
const redis = await startRedis({ dir: join(folder, "redis") });
const sandbox = await spawnApp("sandbox", { LOG_LEVEL: "warn" }, { port });
const owner = new pg.Pool({ connectionString: postgres.urlFor("relink_migrate"), max: 2 });
const running: RunningApp[] = [];
try {
  await migrate(postgres.urlFor("relink_migrate"));
  await measure();
} finally {
  for (const app of running) await app.stop();
  await owner.end();
  await sandbox.stop();
  await redis.stop();
  await postgres.stop();
  await rm(folder, { recursive: true });
}

async function measure(): Promise<void> {
  say(`${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`);
  const file = join(folder, "items.csv");
  const plaidItemIds = await writeFleet(file);
  await control("PUT", "/control/faults", { rate_limits: "production" });

  const shared = {
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: sandbox.url,
  };
  const encryptionKeys = newKey();
  const command = {
    ...shared,
    PATH: process.env["PATH"] ?? "",
    DATABASE_URL: postgres.urlFor("relink_api"),
    ENCRYPTION_KEYS: encryptionKeys,
  };
  await run("import", ["items", "import", file], command);
  await run("import again", ["items", "import", file], command);

  const app = { ...shared, REDIS_URL: redis.url, LOG_LEVEL: "warn" };
  const ingress = await spawnApp("ingress", { ...app, DATABASE_URL: postgres.urlFor("relink_ingress") }, { port });
  running.push(ingress);
  const worker = await spawnApp(
    "worker",
    {
      ...app,
      DATABASE_URL: postgres.urlFor("relink_worker"),
      ENCRYPTION_KEYS: encryptionKeys,
      LINK_TOKEN_KEYS: newKey(),
      SMTP_URL: `smtp://localhost:${port + PORT_OFFSET.sandboxSmtp}`,
      EMAIL_FROM: "Acme <no-reply@example.com>",
      LINK_PUBLIC_URL: "https://link.example.com",
      DEFAULT_TIME_ZONE: zoneInTheMorning(),
      REAUTH_HOLD_SECONDS: "5",
    },
    { port },
  );
  running.push(worker);
  await control("DELETE", "/control/rate-limits");

  const sweepBeganAt = performance.now();
  const url = `${ingress.url}/webhooks/plaid`;
  const repointed = run(
    "repoint",
    ["webhooks", "repoint", url, "--rate", `${values.rate}/min`, "--wait", "300"],
    command,
  );
  await watch("swept", "select count(asked_at)::int as done from items", () => worker);
  const took = seconds(sweepBeganAt);
  say(`sweep of the workers: ${took} s, ${number.format(Math.round((count / Number(took)) * 60))} Items a minute`);
  await repointed;
  await sayCalls();
  await sayProcess(ingress);
  await sayProcess(worker);
  if (values.wave) await measureWave(plaidItemIds, worker);
}

/** Every connection of the fleet is to end in a week; meanwhile one of them breaks. */
async function measureWave(plaidItemIds: readonly string[], worker: RunningApp): Promise<void> {
  await control("DELETE", "/control/rate-limits");
  const mails = inbox(sandbox.url);
  const [broken = "", ...ending] = plaidItemIds;
  const beganAt = performance.now();
  await pMap(ending, (id) => control("POST", `/control/items/${id}/pending-disconnect`, {}), { concurrency: 16 });
  say(`${number.format(ending.length)} ends announced in ${seconds(beganAt)} s`);

  const brokeAt = performance.now();
  await control("POST", `/control/items/${broken}/error`, { error_code: "ITEM_LOGIN_REQUIRED" });
  await mails.waitForMail("u0@example.com", { timeoutMs: 600_000 });
  say(`meanwhile one broke: mailed after ${seconds(brokeAt)} s, of which 5 are the hold`);

  await watch("announced", "select count(*)::int + 1 as done from items where status = 'expiring'", () => worker);
  say(`all show it ${seconds(beganAt)} s after the first`);
  await watch("mailed", "select count(*)::int as done from emails where state = 'sent'", () => worker);
  say(`all users were written to ${seconds(beganAt)} s after the first`);
  const { rows } = await owner.query<{ state: string; step: number; mails: number }>(
    "select state, step, count(*)::int as mails from emails group by 1, 2 order by 1, 2",
  );
  for (const { state, step, mails: written } of rows) say(`  step ${step} ${state}: ${number.format(written)}`);
  const { rows: twice } = await owner.query(
    "select from emails where state = 'sent' group by user_id having count(*) > 1",
  );
  say(`users with two mails: ${twice.length}`);
  if (twice.length > 0) process.exitCode = 1;
  await sayCalls();
  await sayProcess(worker);
}

/** Waits until a count reaches the whole fleet, and tells how it goes once a minute. */
async function watch(name: string, query: string, worker: () => RunningApp): Promise<void> {
  let toldAt = performance.now();
  await waitFor(
    async () => {
      const { rows } = await owner.query<{ done: number }>(query);
      const done = rows[0]?.done ?? 0;
      if (performance.now() - toldAt > 60_000) {
        toldAt = performance.now();
        say(`  ${name}: ${number.format(done)}; worker ${await memoryOf(worker().pid)}`);
      }
      return done >= count;
    },
    { timeoutMs: 3 * 60 * 60_000, everyMs: LOOK_EVERY_MS },
  );
}

/** What Plaid was asked; more than its limits is a failure. */
async function sayCalls(): Promise<void> {
  const { paths } = (await control("GET", "/control/rate-limits")) as {
    paths: {
      path: string;
      calls: number;
      refused: number;
      highest_per_minute: number;
      highest_per_minute_of_one_item: number;
    }[];
  };
  for (const one of paths) {
    say(
      `${one.path}: ${number.format(one.calls)} calls, ${one.refused} refused; in any minute at most ${number.format(
        one.highest_per_minute,
      )}, of one Item ${one.highest_per_minute_of_one_item}`,
    );
    if (one.path === "/item/get" && (one.refused > 0 || one.highest_per_minute > 5_000)) process.exitCode = 1;
  }
}

async function sayProcess(app: RunningApp): Promise<void> {
  say(`${app.name}: ${await memoryOf(app.pid)}`);
}

async function memoryOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [now = 0, most = 0] = ["VmRSS", "VmHWM"].map((name) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024),
  );
  return `${now} MB, at most ${most} MB`;
}

/** A zone where it is between nine and ten, so that users are written to for the next eight hours. */
function zoneInTheMorning(): string {
  const offset = 9 - new Date().getUTCHours();
  // The sign of these names is the other way round.
  return offset === 0 ? "Etc/UTC" : `Etc/GMT${offset > 0 ? "-" : "+"}${Math.abs(offset)}`;
}

/** Makes the Items in the sandbox, and the file that a company would have of them. */
async function writeFleet(path: string): Promise<string[]> {
  const plaidItemIds: string[] = [];
  const startedAt = performance.now();
  const file = createWriteStream(path);
  file.write("access_token,external_user_id,email,item_id\n");
  for (let made = 0; made < count; made += ITEMS_AT_ONCE) {
    const wanted = Math.min(ITEMS_AT_ONCE, count - made);
    const response = await fetch(`${sandbox.url}/control/items`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ count: wanted, institution_id: "ins_109508" }),
    });
    const lines = (await response.text()).trimEnd().split("\n");
    for (const [index, line] of lines.entries()) {
      const { item_id: itemId, access_token: token } = JSON.parse(line) as { item_id: string; access_token: string };
      plaidItemIds.push(itemId);
      file.write(`${token},u-${made + index},u${made + index}@example.com,${itemId}\n`);
    }
  }
  file.end();
  await finished(file);
  say(`${number.format(count)} Items made in the sandbox in ${seconds(startedAt)} s`);
  return plaidItemIds;
}

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function run(name: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const startedAt = performance.now();
  const command = spawnCli([...args, "--json"], env);
  let peak = "unknown";
  const watch = setInterval(() => {
    void readFile(`/proc/${command.pid}/status`, "utf8").then(
      (status) => (peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? peak),
      () => undefined, // it has just ended, or there is no /proc here
    );
  }, 500);
  const { code, out, err } = await command.ended;
  clearInterval(watch);
  const took = Number(seconds(startedAt));
  say(
    `${name}: ${took} s, ${number.format(Math.round(count / took))} Items/s, ${number.format(
      Math.round(Number(peak) / 1_024),
    )} MB at most, exit code ${code}: ${out.trimEnd().split("\n").at(-1)}`,
  );
  if (code !== 0) {
    say(err);
    process.exitCode = 1;
  }
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}
