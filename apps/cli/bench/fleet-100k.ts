// Registers a fleet and asks Plaid about all of it, against the sandbox with Plaid's limits on:
//   node apps/cli/bench/fleet-100k.ts [--items 100000] [--rate 4800]
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { migrate } from "@relink/db";
import { freePortRange, spawnApp, startPostgres } from "@relink/testkit";
import pg from "pg";
import { spawnCli } from "../src/testing/spawn-cli.ts";

const { values } = parseArgs({
  options: { items: { type: "string", default: "100000" }, rate: { type: "string", default: "4800" } },
});
const count = Number(values.items);
/** To one request for new Items. */
const ITEMS_AT_ONCE = 10_000;
const number = new Intl.NumberFormat("en-US");
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const folder = await mkdtemp(join(tmpdir(), "relink-fleet-"));
await chmod(folder, 0o711); // Postgres may run as another user
const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
const sandbox = await spawnApp("sandbox", { LOG_LEVEL: "warn" }, { port: await freePortRange() });
try {
  await migrate(postgres.urlFor("relink_migrate"));
  await measure();
} finally {
  await sandbox.stop();
  await postgres.stop();
  await rm(folder, { recursive: true });
}

async function measure(): Promise<void> {
  say(`${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`);
  const file = join(folder, "items.csv");
  await writeFleet(file);
  await control("PUT", "/control/faults", { rate_limits: "production" });

  const env = {
    PATH: process.env["PATH"] ?? "",
    DATABASE_URL: postgres.urlFor("relink_api"),
    ENCRYPTION_KEYS: `b1:${randomBytes(32).toString("base64")}`,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: sandbox.url,
  };
  await run("import", ["items", "import", file], env);
  await run("import again", ["items", "import", file], env);
  await control("DELETE", "/control/rate-limits");
  await run(`check at ${values.rate}/min`, ["items", "check", "--rate", `${values.rate}/min`], env);

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
  const owner = new pg.Client({ connectionString: postgres.urlFor("relink_migrate") });
  await owner.connect();
  const { rows } = await owner.query<{ items: number; asked: number; size: string }>(
    `select count(*)::int as items, count(asked_at)::int as asked, pg_size_pretty(pg_total_relation_size('items')) as size
      from items`,
  );
  await owner.end();
  say(
    `${number.format(rows[0]?.items ?? 0)} Items, ${number.format(rows[0]?.asked ?? 0)} asked about; the table has ${rows[0]?.size}`,
  );
  if (rows[0]?.items !== count || rows[0].asked !== count) process.exitCode = 1;
}

/** Makes the Items in the sandbox, and the file that a company would have of them. */
async function writeFleet(path: string): Promise<void> {
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
      file.write(`${token},u-${made + index},u${made + index}@example.com,${itemId}\n`);
    }
  }
  file.end();
  await finished(file);
  say(`${number.format(count)} Items made in the sandbox in ${seconds(startedAt)} s`);
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
