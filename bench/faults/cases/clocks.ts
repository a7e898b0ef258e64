import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { answers200, drains, type FaultCase, statusesChange, strike } from "../case.ts";
import type { ExtraEnv } from "../installation.ts";

const [LIBFAKETIME] = globSync("/usr/lib/{*/,}faketime/libfaketimeMT.so.1");

/** @param offset - as libfaketime writes it: +3h, -90s. */
function clock(offset: string): ExtraEnv {
  // Timers go on as they are: a clock that is wrong does not run faster.
  return { LD_PRELOAD: LIBFAKETIME ?? "", FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

export const wrongClocks: FaultCase = {
  name: "clocks",
  title: "one worker is hours ahead, the other behind, the ingress off by 20 s; one off by 3 minutes is never ready",
  missing: () =>
    LIBFAKETIME === undefined ? "there is no libfaketime on this machine (Debian: libfaketime)" : undefined,
  async run(world, plan) {
    const { relink } = world;
    strike(plan, "clock");
    await Promise.all([relink.ingress, ...relink.workers].map((app) => app.stop()));
    await Promise.all([
      relink.startIngress({ env: clock("+20s") }),
      relink.startWorker(0, clock("+3h")),
      relink.startWorker(1, clock("-3h")),
    ]);
    // What came while nobody listened comes all at once, and may be put off.
    await world.deliverer.settled();
    await answers200(world);
    await statusesChange(world, plan);
    await drains(world, plan);

    await relink.ingress.stop();
    await assert.rejects(relink.startIngress({ env: clock("-3m"), readyTimeoutMs: 20_000 }), /unready.*clock/s);
    await Promise.all(relink.workers.map((app) => app.stop()));
    await Promise.all([relink.startIngress(), relink.startWorker(0), relink.startWorker(1)]);
    await drains(world, plan);
  },
};
