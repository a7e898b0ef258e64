import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrate } from "@relink/db";
import { PORT_OFFSET } from "@relink/service";
import {
  createPlaidSigner,
  freePortRange,
  type PlaidSigner,
  spawnApp,
  startPostgres,
  startRedis,
  startScriptedPlaid,
} from "@relink/testkit";
import pg from "pg";
import { describeMachine } from "../machine.ts";
import { signWebhook } from "../sign-webhook.ts";
import { fire } from "./fire.ts";
import { processFigures } from "./process-figures.ts";
import { readProfile } from "./read-profile.ts";
import { toRequest } from "./requests.ts";
import { spawnVariant } from "./spawn-variant.ts";

interface Contender {
  name: string;
  port: number;
  insideUrl: string;
}

interface Round {
  perSecond: number;
  cpuMicroseconds: number;
}

/**
 * How many webhooks a second the ingress verifies and commits, beside what the same server does with less to do: answers
 * 200 once it has read the body, or once it has verified it. All in one run and in turns, so that whatever else the
 * machine does falls on all three.
 *
 * `--rounds` (5), `--webhooks` per round and server (10,000), `--connections` (64); `--profile` tells where the time of
 * the ingress goes, and makes it slower.
 */
export async function benchIngress(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      webhooks: { type: "string", default: "10000" },
      connections: { type: "string", default: "64" },
      profile: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  const webhooks = Number(values.webhooks);
  const connections = Number(values.connections);

  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "relink-bench-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711); // Postgres may run as another user
  const profileFolder = join(folder, "profile");
  await mkdir(profileFolder);

  const signer = createPlaidSigner();
  const plaid = await startScriptedPlaid(signer.jwk);
  cleanUp.defer(() => plaid.close());
  const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
  cleanUp.defer(() => postgres.stop());
  const redis = await startRedis({ dir: join(folder, "redis") });
  cleanUp.defer(() => redis.stop());
  await migrate(postgres.urlFor("relink_migrate"));

  const port = await freePortRange();
  const ingress = await spawnApp(
    "ingress",
    {
      DATABASE_URL: postgres.urlFor("relink_ingress"),
      REDIS_URL: redis.url,
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: "secret",
      PLAID_ENV: "sandbox",
      PLAID_BASE_URL: plaid.url,
      ...(values.profile && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` }),
    },
    { port },
  );
  cleanUp.defer(async () => void (await ingress.stop()));
  const read = await spawnVariant("read", signer.jwk);
  cleanUp.defer(() => read.stop());
  const verify = await spawnVariant("verify", signer.jwk);
  cleanUp.defer(() => verify.stop());

  const insideUrl = `http://127.0.0.1:${port + PORT_OFFSET.ingressInside}`;
  const contenders: Contender[] = [
    { name: "answer 200", ...read },
    { name: "verify", ...verify },
    { name: "verify and commit", port, insideUrl },
  ];
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  let acked = 0;

  for (let round = 0; round <= rounds; round += 1) {
    const requests = signRequests(signer, webhooks);
    const shift = round % contenders.length;
    for (const contender of [...contenders.slice(shift), ...contenders.slice(0, shift)]) {
      const before = await processFigures(contender.insideUrl);
      const shots = await fire(contender.port, requests, connections);
      const after = await processFigures(contender.insideUrl);
      if (shots.acked !== webhooks)
        throw new Error(`${contender.name}: ${shots.failed} of ${webhooks} were not answered with 200`);
      if (contender.port === port) acked += shots.acked;
      if (round === 0) continue; // for the compiler and the connections to warm up
      results.get(contender.name)?.push({
        perSecond: webhooks / shots.seconds,
        cpuMicroseconds: ((after.cpuSeconds - before.cpuSeconds) / webhooks) * 1e6,
      });
    }
  }

  const rows = await countRows(postgres.urlFor("relink_migrate"));
  const { residentBytes } = await processFigures(insideUrl);
  if (rows !== acked) throw new Error(`${acked} webhooks were acknowledged, and ${rows} are stored`);

  const speed = (name: string): number => median((results.get(name) ?? []).map(({ perSecond }) => perSecond));
  console.log(`pnpm bench ingress ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  console.log(
    `${rounds} rounds in turns, ${webhooks} webhooks each, ${connections} connections; medians (least to most)\n`,
  );
  for (const { name } of contenders) {
    const all = (results.get(name) ?? []).map(({ perSecond }) => perSecond);
    const cpu = median((results.get(name) ?? []).map(({ cpuMicroseconds }) => cpuMicroseconds));
    console.log(
      `${name.padEnd(18)} ${whole(speed(name)).padStart(7)}/s (${whole(Math.min(...all))} to ${whole(Math.max(...all))})` +
        `   ${cpu.toFixed(0).padStart(4)} µs of its CPU each`,
    );
  }
  const committed = speed("verify and commit");
  console.log(`\nverify and commit / answer 200  ${(committed / speed("answer 200")).toFixed(2)}`);
  console.log(`verify and commit / verify      ${(committed / speed("verify")).toFixed(2)}`);
  console.log(
    `rows committed ${rows} = acknowledged ${acked}; the ingress takes ${whole(residentBytes / 2 ** 20)} MiB`,
  );

  if (values.profile) {
    await ingress.stop();
    console.log("\nwhere the ingress' time goes, by function itself:");
    for (const { where, percent } of await readProfile(profileFolder, 20)) {
      console.log(`${percent.toFixed(1).padStart(5)} %  ${where}`);
    }
  }
}

function signRequests(signer: PlaidSigner, count: number): Buffer[] {
  return Array.from({ length: count }, () =>
    toRequest(
      signWebhook(signer, {
        webhook_type: "TRANSACTIONS",
        webhook_code: "SYNC_UPDATES_AVAILABLE",
        item_id: randomUUID(),
        initial_update_complete: true,
        historical_update_complete: true,
        environment: "sandbox",
      }),
    ),
  );
}

async function countRows(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ rows: number }>("select count(*)::int as rows from webhook_events");
    return rows[0]?.rows ?? 0;
  } finally {
    await client.end();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
