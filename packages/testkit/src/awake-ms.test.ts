import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { awakeMs } from "./awake-ms.ts";

test("a wait is counted, and time in which the process was halted is not", async () => {
  expect(await awakeMs(delay(450))).toBeGreaterThan(0);
  const halted = awakeMs(delay(450));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  expect(await halted).toBeLessThan(1_000);
});

test("what fails, fails", async () => {
  await expect(awakeMs(Promise.reject(new TypeError("no")))).rejects.toThrow("no");
});
