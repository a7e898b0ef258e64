import { once } from "node:events";
import { createServer, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Which bytes get lost: those to the server, those to its client, or all. */
export type Blackhole = "to_server" | "to_client" | "both";

/** Stands between an app and one of its stores, and is a bad network when told to. */
export interface FaultProxy {
  readonly port: number;
  /** From now on every byte is this much late, each way. */
  setLatency(ms: number): void;
  /** From now on bytes come in pieces of this size; `null` for as they are. */
  setSlice(bytes: number | null): void;
  /**
   * From now on bytes disappear, and so do the ends of connections. What is open then stays so and is dead for ever, as
   * behind a router that has lost its memory; after `null`, new connections work.
   */
  setBlackhole(which: Blackhole | null): void;
  /** Ends every open connection with a TCP reset. */
  reset(): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
  lost: Set<"to_server" | "to_client">;
}

/** @param target - asked for at each connection: stores come back on the port they had. */
export async function startFaultProxy(target: () => number): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let latencyMs = 0;
  let slice: number | null = null;
  let blackhole: Blackhole | null = null;

  function swallow(pair: Pair): void {
    if (blackhole !== "to_client") pair.lost.add("to_server");
    if (blackhole !== "to_server") pair.lost.add("to_client");
  }

  function pump(pair: Pair, direction: "to_server" | "to_client"): void {
    const [from, to] = direction === "to_server" ? [pair.client, pair.server] : [pair.server, pair.client];
    let last: Promise<void> = Promise.resolve();
    const inOrder = (act: () => void): void => {
      const dueAt = performance.now() + latencyMs;
      last = last.then(async () => {
        const wait = dueAt - performance.now();
        if (wait > 0) await delay(wait);
        if (!pair.lost.has(direction)) act();
      });
    };
    from.on("data", (chunk: Buffer) =>
      inOrder(() => {
        const size = slice ?? chunk.length;
        for (let start = 0; start < chunk.length; start += size) to.write(chunk.subarray(start, start + size));
      }),
    );
    from.on("end", () => inOrder(() => to.end()));
    from.on("close", () => inOrder(() => to.destroy()));
    from.on("error", () => {
      // A broken connection comes as an error and a close; the close is what counts.
    });
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const pair: Pair = {
      client,
      server: connect({ port: target(), host: "127.0.0.1", allowHalfOpen: true, noDelay: true }),
      lost: new Set(),
    };
    if (blackhole !== null) swallow(pair);
    pairs.add(pair);
    pump(pair, "to_server");
    pump(pair, "to_client");
    const forget = (): void => {
      if (client.destroyed && pair.server.destroyed) pairs.delete(pair);
    };
    client.on("close", forget);
    pair.server.on("close", forget);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the proxy does not listen on a port");

  const reset = (): void => {
    for (const { client, server: other } of pairs) {
      client.resetAndDestroy();
      other.resetAndDestroy();
    }
  };
  return {
    port: address.port,
    setLatency: (ms) => void (latencyMs = ms),
    setSlice: (bytes) => void (slice = bytes),
    setBlackhole(which) {
      blackhole = which;
      if (which !== null) for (const pair of pairs) swallow(pair);
    },
    reset,
    async close() {
      reset();
      server.close();
      await once(server, "close");
    },
  };
}
