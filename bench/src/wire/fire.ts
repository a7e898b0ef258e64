import { connect, type Socket } from "node:net";

export interface Shots {
  seconds: number;
  /** Answers with 200. */
  acked: number;
  /** Answers with anything else, and connections that broke. */
  failed: number;
}

/**
 * Sends requests over some connections, each of which sends its next one when the last is answered, and takes the time.
 *
 * On bare sockets, because a client of more comfort would need as much time as the server that is measured.
 *
 * @param ports - of one server or several; each connection stays with one.
 * @param requests - complete, as they go over the wire.
 */
export async function fire(ports: readonly number[], requests: readonly Buffer[], connections: number): Promise<Shots> {
  const shots = { acked: 0, failed: 0 };
  let next = 0;

  /** Works through requests until none is left or the server ends the connection, as it does now and then. */
  function useConnection(port: number): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.setNoDelay(true);
      let isWaiting = false;
      let head = "";
      const send = (): void => {
        const request = requests[next];
        if (request === undefined) {
          socket.end();
          return;
        }
        next += 1;
        isWaiting = true;
        socket.write(request);
      };
      socket.on("connect", send);
      socket.on("data", (chunk) => {
        head += chunk.toString("latin1");
        // Every answer here has an empty body, so it ends with its head.
        if (!head.endsWith("\r\n\r\n")) return;
        isWaiting = false;
        if (head.startsWith("HTTP/1.1 200")) shots.acked += 1;
        else shots.failed += 1;
        const isLast = /^connection: close\r$/im.test(head);
        head = "";
        if (isLast) socket.end();
        else send();
      });
      onceClosed(socket, () => {
        if (isWaiting) shots.failed += 1;
        resolve();
      });
    });
  }

  async function work(connection: number): Promise<void> {
    const port = ports[connection % ports.length];
    if (port === undefined) throw new TypeError("there is no server to fire at");
    while (next < requests.length) await useConnection(port);
  }

  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, (_, connection) => work(connection)));
  return { seconds: (performance.now() - startedAt) / 1_000, ...shots };
}

function onceClosed(socket: Socket, then: () => void): void {
  // A broken connection comes as an error and a close; the close is what counts.
  socket.on("error", () => {});
  socket.on("close", then);
}
