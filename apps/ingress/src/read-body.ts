import type { IncomingMessage } from "node:http";

export type ReadBody = Buffer | "length_over_limit" | "body_incomplete";

/**
 * Reads a body byte for byte, and stops as soon as it is too long. Nothing is parsed, decoded or decompressed: what
 * Plaid signed are the bytes.
 *
 * Not `express.raw`: over the limit, that one answers only after the sender has sent everything.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<ReadBody> {
  // Its sender went away while its token was checked: no event will tell of that any more.
  if (request.destroyed) return Promise.resolve("body_incomplete");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (result: ReadBody): void => {
      request.off("data", onData);
      request.off("end", onEnd);
      request.off("close", onClose);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limitBytes) {
        request.pause();
        finish("length_over_limit");
      } else chunks.push(chunk);
    };
    const onEnd = (): void => {
      const [only] = chunks;
      finish(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length));
    };
    const onClose = (): void => finish("body_incomplete");
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("close", onClose);
    // A broken connection comes as an error and a close; the close is what counts.
    request.on("error", () => {});
  });
}
