import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram, signal, waitFor } from "@relink/testkit";
import { Redis } from "ioredis";
import { answers200, drains, type FaultCase, type Plan, repeatedly, statusesChange, strike } from "../case.ts";
import type { World } from "../world.ts";

/** What Relink promises of any time without Redis. */
async function goesOnWithoutRedis(world: World, plan: Plan): Promise<void> {
  await answers200(world);
  await statusesChange(world, plan);
}

async function withRedis<Result>(world: World, act: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(world.relink.redis.url);
  try {
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}

export const killRedis: FaultCase = {
  name: "redis-killed-aof",
  title: "`kill -9` of Redis, which appends to its file",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      strike(plan, "Redis");
      await world.relink.redis.kill();
      await answers200(world);
      await delay(plan.random.int(1_500));
      await world.relink.startRedis();
      await drains(world, plan);
    }),
};

export const killRedisWithoutFile: FaultCase = {
  name: "redis-killed-no-aof",
  title: "`kill -9` of a Redis that keeps nothing on disk",
  async run(world, plan) {
    const { relink } = world;
    await withRedis(world, (redis) => redis.config("SET", "appendonly", "no"));
    await repeatedly(plan, async () => {
      strike(plan, "Redis");
      await relink.redis.kill();
      await relink.startRedis({ appendonly: false });
      await drains(world, plan);
    });
    await withRedis(world, (redis) => redis.config("SET", "appendonly", "yes"));
  },
};

const STRACE = findProgram(["strace"]);

export const killRedisOnSlowDisk: FaultCase = {
  name: "redis-slow-disk",
  title: "every `fdatasync` of Redis takes 1.9 s, then `kill -9`",
  missing: () => (STRACE === undefined ? "there is no strace on this machine" : undefined),
  async run(world, plan) {
    const { relink } = world;
    await withRedis(world, (redis) => redis.config("SET", "auto-aof-rewrite-percentage", "0"));
    const tracer: ChildProcess = spawn(
      STRACE ?? "strace",
      [
        "-f",
        "-qq",
        "-p",
        String(relink.redis.pid),
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:delay_exit=1900000",
      ],
      { stdio: "ignore" },
    );
    const traced = once(tracer, "exit");
    await once(tracer, "spawn");
    await delay(Math.max(3_000, plan.durationMs / 2));
    if (tracer.exitCode !== null) {
      plan.seen.notes.push("not run: strace may not attach here");
      return;
    }
    await answers200(world);
    strike(plan, "Redis");
    await relink.redis.kill();
    await traced;
    await relink.startRedis();
    await drains(world, plan);
  },
};

export const wipeRedis: FaultCase = {
  name: "redis-wiped",
  title: "`FLUSHALL`, time and again",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      strike(plan, "Redis, wiped");
      await withRedis(world, (redis) => redis.flushall());
      await drains(world, plan);
    }),
};

export const redisAbsentAtBoot: FaultCase = {
  name: "redis-absent-at-boot",
  title: "everything starts while there is no Redis; it comes later",
  async run(world, plan) {
    const { relink } = world;
    await relink.redis.stop();
    await Promise.all([relink.ingress, ...relink.workers].map((app) => app.stop()));
    await Promise.all([relink.startIngress(), relink.startWorker(0), relink.startWorker(1)]);
    strike(plan, "Redis, stopped");
    // What came while nobody listened comes all at once, and may be put off.
    await world.deliverer.settled();
    await goesOnWithoutRedis(world, plan);
    await relink.startRedis();
    await drains(world, plan);
    await usesQueues(world);
  },
};

export const hangRedis: FaultCase = {
  name: "redis-hung",
  title: "Redis stands still (SIGSTOP) and goes on",
  async run(world, plan) {
    await repeatedly(plan, async () => {
      strike(plan, "Redis, hung");
      signal(world.relink.redis.pid, "SIGSTOP");
      await goesOnWithoutRedis(world, plan);
      signal(world.relink.redis.pid, "SIGCONT");
      await drains(world, plan);
    });
    await usesQueues(world);
  },
};

export const halfOpenRedis: FaultCase = {
  name: "redis-half-open",
  title: "every connection to Redis goes dead without a word, one way or both; new ones work later",
  async run(world, plan) {
    const { redisProxy } = world.relink;
    await repeatedly(plan, async () => {
      strike(plan, "network to Redis");
      redisProxy.setBlackhole(plan.random.one(["to_server", "to_client", "both"]));
      await goesOnWithoutRedis(world, plan);
      redisProxy.setBlackhole(null);
      await drains(world, plan);
    });
    await usesQueues(world);
  },
};

export const resetRedis: FaultCase = {
  name: "redis-bad-network",
  isLongOnly: true,
  title: "connections to Redis are reset under load, then bytes come one by one and late",
  async run(world, plan) {
    const { redisProxy } = world.relink;
    await repeatedly(plan, async () => {
      strike(plan, "network to Redis");
      redisProxy.reset();
      redisProxy.setSlice(1);
      redisProxy.setLatency(20);
      await answers200(world);
      await delay(1_000);
      redisProxy.setSlice(null);
      redisProxy.setLatency(0);
      await drains(world, plan);
    });
  },
};

export const fullRedis: FaultCase = {
  name: "redis-out-of-memory",
  title: "Redis has reached `maxmemory` and refuses everything that writes",
  async run(world, plan) {
    strike(plan, "Redis, full");
    await withRedis(world, (redis) => redis.config("SET", "maxmemory", "1mb"));
    await goesOnWithoutRedis(world, plan);
    await withRedis(world, (redis) => redis.config("SET", "maxmemory", "0"));
    await drains(world, plan);
    await usesQueues(world);
  },
};

/** After an outage the queues have to do the work again, not only the sweepers. */
async function usesQueues(world: World): Promise<void> {
  const before = await world.relink.queuedJobs();
  await waitFor(async () => (await world.relink.queuedJobs()) > before, { timeoutMs: 60_000, everyMs: 250 });
}
