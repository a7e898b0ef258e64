import { chown, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { childrenOf, signal } from "@relink/testkit";
import pg from "pg";
import { drains, type FaultCase, repeatedly, strike } from "../case.ts";
import type { World } from "../world.ts";

export const killPostgres: FaultCase = {
  name: "postgres-killed",
  title: "`kill -9` of every process of Postgres at once; it recovers from its log",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      strike(plan, "Postgres");
      await world.relink.postgres.kill();
      await delay(plan.random.int(1_500));
      await world.relink.startPostgres();
      await drains(world, plan);
    }),
};

export const stopPostgres: FaultCase = {
  name: "postgres-stopped",
  title: "Postgres is shut down and started again",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      strike(plan, "Postgres, stopped");
      await world.relink.postgres.stop();
      await delay(plan.random.int(1_500));
      await world.relink.startPostgres();
      await drains(world, plan);
    }),
};

export const terminateConnections: FaultCase = {
  name: "postgres-connections-terminated",
  title: "`pg_terminate_backend` for every connection of the apps",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      strike(plan, "connections to Postgres");
      await asSuperuser(
        world,
        "select pg_terminate_backend(pid) from pg_stat_activity where usename like 'relink\\_%'",
      );
      await drains(world, plan);
    }),
};

export const postgresInRecovery: FaultCase = {
  name: "postgres-in-recovery",
  title: "Postgres comes back as a standby, which answers and takes nothing, and is promoted later",
  async run(world, plan) {
    const { relink } = world;
    strike(plan, "Postgres, stopped");
    await relink.postgres.stop();
    const dataDir = join(relink.folder, "postgres");
    const standbyFile = join(dataDir, "standby.signal");
    await writeFile(standbyFile, "");
    const owner = await stat(dataDir);
    await chown(standbyFile, owner.uid, owner.gid);
    await relink.startPostgres();
    await delay(3_000);
    await asSuperuser(world, "select pg_promote()");
    await drains(world, plan);
  },
};

export const hangPostgres: FaultCase = {
  name: "postgres-hung",
  title: "Postgres stands still (SIGSTOP of every process) and goes on",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      const { pid } = world.relink.postgres;
      const pids = [pid, ...(await childrenOf(pid))];
      strike(plan, "Postgres, hung");
      for (const each of pids) signal(each, "SIGSTOP");
      await delay(plan.isShort ? 3_000 : 12_000);
      for (const each of pids) signal(each, "SIGCONT");
      await drains(world, plan);
    }),
};

export const halfOpenPostgres: FaultCase = {
  name: "postgres-half-open",
  isLongOnly: true,
  title: "every connection to Postgres goes dead without a word, one way or both; new ones work 3 s later",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      const { postgresProxy } = world.relink;
      strike(plan, "network to Postgres");
      postgresProxy.setBlackhole(plan.random.one(["to_server", "to_client", "both"]));
      await delay(3_000);
      postgresProxy.setBlackhole(null);
      await drains(world, plan, 30_000);
    }),
};

export const badNetworkToPostgres: FaultCase = {
  name: "postgres-bad-network",
  isLongOnly: true,
  title: "connections to Postgres are reset under load, then bytes come in small pieces and late",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      const { postgresProxy } = world.relink;
      strike(plan, "network to Postgres");
      postgresProxy.reset();
      postgresProxy.setSlice(7);
      postgresProxy.setLatency(20);
      await delay(1_000);
      postgresProxy.reset();
      postgresProxy.setSlice(null);
      postgresProxy.setLatency(0);
      await drains(world, plan);
    }),
};

async function asSuperuser(world: World, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: world.relink.postgres.url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
