// Seals a million tokens anew with the service up: node apps/cli/bench/rotate-million.ts [--rows 1000000]
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { migrate } from "@relink/db";
import { setting } from "@relink/service";
import { freePortRange, type RunningApp, spawnApp, startPostgres } from "@relink/testkit";
import pg from "pg";
import { startApiLoad } from "../src/testing/api-load.ts";
import { startPlaidStandIn, WEBHOOK_URL } from "../src/testing/plaid-stand-in.ts";
import { seedItems } from "../src/testing/seed-sealed-rows.ts";
import { spawnCli } from "../src/testing/spawn-cli.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" } } });
const rows = Number(values.rows);
const number = new Intl.NumberFormat("en-US");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const secondsSince = (start: number): string => ((performance.now() - start) / 1_000).toFixed(1);

const newKey = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [OLD, NEW] = [newKey("old"), newKey("new")];
const API_KEY = randomBytes(24).toString("hex");

const folder = await mkdtemp(join(tmpdir(), "relink-rotate-"));
await chmod(folder, 0o711); // Postgres may run as another user
const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
const plaid = await startPlaidStandIn();
const apps: RunningApp[] = [];
try {
  await migrate(postgres.urlFor("relink_migrate"));
  await measure();
} finally {
  for (const app of apps) await app.stop();
  await plaid.close();
  await postgres.stop();
  await rm(folder, { recursive: true });
}

async function startApi(encryptionKeys: string): Promise<string> {
  const app = await spawnApp(
    "api",
    {
      DATABASE_URL: postgres.urlFor("relink_api"),
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: "secret",
      PLAID_ENV: "sandbox",
      PLAID_BASE_URL: plaid.url,
      PLAID_WEBHOOK_URL: WEBHOOK_URL,
      LINK_PUBLIC_URL: "http://127.0.0.1:9",
      ENCRYPTION_KEYS: encryptionKeys,
      LINK_TOKEN_KEYS: newKey("l1"),
      RELINK_ADMIN_API_KEY: API_KEY,
      LOG_LEVEL: "warn",
    },
    { port: await freePortRange() },
  );
  apps.push(app);
  return app.url;
}

async function measure(): Promise<void> {
  const owner = new pg.Client({ connectionString: postgres.urlFor("relink_migrate") });
  await owner.connect();
  const size = async () =>
    (await owner.query<{ size: string }>("select pg_size_pretty(pg_total_relation_size('items')) as size")).rows[0]
      ?.size;
  say(`${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`);

  const seeding = performance.now();
  const itemIds = await seedItems(owner, setting.keyRing.parse(OLD), rows);
  await owner.query("vacuum analyze items");
  say(
    `${number.format(rows)} tokens sealed with the old key in ${secondsSince(seeding)} s; the table has ${await size()}`,
  );

  const load = startApiLoad({ urls: [await startApi(`${OLD},${NEW}`)], apiKey: API_KEY, itemIds, pauseMs: 1_000 });
  load.urls = [await startApi(`${NEW},${OLD}`), await startApi(`${NEW},${OLD}`)];
  await apps.shift()?.stop();

  const env = {
    PATH: process.env["PATH"] ?? "",
    DATABASE_URL: postgres.urlFor("relink_operator"),
    ENCRYPTION_KEYS: `${NEW},${OLD}`,
  };
  const rotate = () => spawnCli(["keys", "rotate", "--json"], env);
  let rotating = performance.now();
  const first = rotate();
  await delay(15_000);
  first.interrupt();
  say(`interrupted after ${secondsSince(rotating)} s: ${(await first.ended).out.trim()}`);

  rotating = performance.now();
  const { code, out } = await rotate().ended;
  const seconds = Number(secondsSince(rotating));
  const { resealed } = JSON.parse(out) as { resealed: number };
  say(`went on, and ended with exit code ${code} after ${seconds} s: ${out.trim()}`);
  say(`${number.format(Math.round(resealed / seconds))} tokens a second; the table has ${await size()}`);

  const { registered, read, failures } = await load.stop();
  say(`meanwhile: ${registered} registrations, ${read} tokens opened by the apps, ${failures.length} failures`);
  for (const failure of failures.slice(0, 5)) say(`  ${failure}`);
  await owner.end();
  if (code !== 0 || failures.length > 0) process.exitCode = 1;
}
