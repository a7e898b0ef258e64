import { createServer, type Server } from "node:net";

/** True if nothing listens on the port, on any address of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const RANGE = 50;

/** Of the range that {@link freePort} gives out, those that it has not. */
const ownPorts: number[] = [];

/**
 * A port that nobody listens on. Nobody else is given the same one as long as this process runs, so that it stays free
 * until it is used, or for good.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ownPorts.shift();
    if (port === undefined) {
      const first = await freePortRange();
      ownPorts.push(...Array.from({ length: RANGE - 1 }, (_, offset) => first + offset));
    } else if (await isPortFree(port)) return port;
  }
}

/**
 * A first port for `RELINK_PORT`, such that it and the 48 after it are free. Below the range that the system itself gives
 * out for outgoing connections, so that none of them is taken before it is used.
 *
 * Nobody else is given the same one as long as this process runs, also while nothing listens there: an app that is killed
 * and started again finds its ports free.
 */
export async function freePortRange(): Promise<number> {
  for (;;) {
    const first = 10_000 + RANGE * Math.floor(Math.random() * 440);
    // No app uses the 50th: who holds it has the range.
    const guard = await hold(first + RANGE - 1);
    if (guard === null) continue;
    const others = Array.from({ length: RANGE - 1 }, (_, offset) => isPortFree(first + offset));
    if ((await Promise.all(others)).every(Boolean)) return first;
    guard.close();
  }
}

async function hold(port: number): Promise<Server | null> {
  const server = createServer().unref();
  return new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}
