import { randomBytes, randomUUID } from "node:crypto";
import type { KeyRing } from "@relink/service";
import { expect, test } from "vitest";
import { issueDeepLink, readDeepLink } from "./deep-links.ts";

const link = { itemId: randomUUID(), episodeId: randomUUID() };
const now = new Date("2026-11-21T12:00:00Z");
const expiresAt = new Date("2026-12-05T12:00:00Z");
const [old, young] = [randomBytes(32), randomBytes(32)];

const issue = (keys: KeyRing) => issueDeepLink(link, { keys, audience: "production", expiresAt });
const read = (token: string, keys: KeyRing, at = now) => readDeepLink(token, { keys, audience: "production", now: at });

test("through every step of a rotation, links from all apps that run at the time open in all of them", async () => {
  const steps: KeyRing[] = [
    new Map([["old", old]]),
    new Map([
      ["old", old],
      ["new", young],
    ]),
    new Map([
      ["new", young],
      ["old", old],
    ]),
  ];
  for (const [index, ring] of steps.entries()) {
    for (const other of steps.slice(Math.max(0, index - 1), index + 2)) {
      expect(await read(await issue(ring), other)).toEqual(link);
    }
  }
  // A link that was mailed before the rotation opens as long as the old key is kept.
  const mailed = await issue(new Map([["old", old]]));
  const last = steps.at(-1) ?? new Map();
  expect(await read(mailed, last)).toEqual(link);
  await expect(read(mailed, last, expiresAt)).rejects.toMatchObject({ reason: "expired" });
  await expect(read(mailed, new Map([["new", young]]))).rejects.toMatchObject({ reason: "invalid" });
});

test("another key under the same id opens nothing", async () => {
  const token = await issue(new Map([["k", old]]));
  await expect(read(token, new Map([["k", young]]))).rejects.toMatchObject({ reason: "invalid" });
});
