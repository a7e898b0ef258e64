import { createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort, freePortRange, isPortFree } from "./free-port.ts";

test.each(["127.0.0.1", "0.0.0.0", "::"])("a port that something listens on at %s is not free", async (host) => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  expect(await isPortFree(port)).toBe(false);
});

test("a port is given to one only, though nothing listens there yet, and none that outgoing connections may get", async () => {
  const ports = await Promise.all(Array.from({ length: 60 }, () => freePort()));
  expect(new Set(ports).size).toBe(60);
  expect(Math.max(...ports)).toBeLessThan(32_000);
});

test("a range is given to one only, though nothing listens there yet", async () => {
  const random = vi.spyOn(Math, "random");
  onTestFinished(() => random.mockRestore());
  random.mockReturnValueOnce(0.5).mockReturnValueOnce(0.5);
  const [one, other] = await Promise.all([freePortRange(), freePortRange()]);
  expect(other).not.toBe(one);
  // The middle of its share, so that no rounding leads to the range before.
  random.mockReturnValueOnce(((one - 10_000) / 50 + 0.5) / 440);
  expect(await freePortRange()).not.toBe(one);
  expect(await isPortFree(one)).toBe(true);
});
