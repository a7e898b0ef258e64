import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { createPlaidSigner } from "@relink/testkit";
import { drains, type FaultCase, type Plan, seconds, strike } from "../case.ts";
import { probe, type World } from "../world.ts";

/** An ingress asks for five keys a minute at most; one that has just started has asked for the one in use only. */
async function freshIngress({ relink, deliverer }: World): Promise<void> {
  await relink.ingress.stop();
  await relink.startIngress();
  // What came while nobody listened comes all at once, and may be put off.
  await deliverer.settled();
}

async function attempt(world: World): Promise<string> {
  return (await world.deliverer.attempt(world.sign(probe()))).detail;
}

/** Signs with a new key from now on. @returns what ends the old one's life. */
function rotate(world: World, plan: Plan): () => void {
  strike(plan, "key, rotated");
  const { jwk } = world.signer;
  world.signer = createPlaidSigner();
  world.plaid.publishKey(world.signer.jwk);
  return () => world.plaid.publishKey({ ...jwk, expired_at: Math.floor(Date.now() / 1_000) });
}

export const keyRotation: FaultCase = {
  name: "keys-rotated",
  title: "Plaid signs with a new key under load, and answers questions about it in 2 s; then it retires the old one",
  async run(world, plan) {
    await freshIngress(world);
    assert.equal(await attempt(world), "200");
    world.plaid.behave({ delayMs: 2_000 });
    const retire = rotate(world, plan);
    assert.equal(await attempt(world), "200");
    world.plaid.behave({ delayMs: 0 });
    await world.deliverer.settled();
    retire();
    await drains(world, plan);
  },
};

export const keyServiceDown: FaultCase = {
  name: "keys-service-down",
  title: "the key service is down: known keys go on, a new one waits; then it is back",
  async run(world, plan) {
    const { plaid } = world;
    await freshIngress(world);
    assert.equal(await attempt(world), "200");
    strike(plan, "key service");
    plaid.behave({ keys: "down" });
    assert.equal(await attempt(world), "200");
    // A new key, and nobody to say whether it is genuine. The load waits, so that not all of it has to come again.
    world.load.pause();
    rotate(world, plan);
    assert.equal(await attempt(world), "429");
    plaid.behave({ keys: "right" });
    world.load.resume();
    await drains(world, plan);
  },
};

export const keyServiceWrong: FaultCase = {
  name: "keys-service-wrong",
  isLongOnly: true,
  title: "the key service gives out a key under another id, which is believed for a minute at most",
  async run(world, plan) {
    const { plaid } = world;
    await freshIngress(world);
    assert.equal(await attempt(world), "200");
    world.load.pause();
    await world.deliverer.settled();
    strike(plan, "key service");
    plaid.behave({ keys: "wrong" });
    rotate(world, plan);
    assert.equal(await attempt(world), "401");
    plaid.behave({ keys: "right" });
    const startedAt = performance.now();
    while ((await attempt(world)) !== "200") {
      assert.ok(performance.now() - startedAt < 90_000, "the wrong answer is still believed");
      await delay(1_000);
    }
    plan.seen.notes.push(`the right key counted after ${seconds(performance.now() - startedAt)}`);
    world.load.resume();
    await drains(world, plan);
  },
};
