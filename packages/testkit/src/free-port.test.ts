import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort, isPortFree } from "./free-port.ts";

test.each(["127.0.0.1", "0.0.0.0", "::"])("a port that something listens on at %s is not free", async (host) => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  expect(await isPortFree(port)).toBe(false);
});
