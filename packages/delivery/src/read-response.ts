import type { Dispatcher } from "undici";

/** Read of a body at most; then the connection is closed under it. In bytes. */
const MAX_READ_BYTES = 65_536;
/** Kept of a body at most, in bytes. */
const MAX_KEPT_BYTES = 16_384;
const MAX_HEADER_CHARACTERS = 1_024;

/** Kept of an answer's headers: what helps to find a request in a receiver's log, and what asks something of the sender. */
const KEPT_HEADERS = [
  "content-length",
  "content-type",
  "date",
  "location",
  "retry-after",
  "server",
  "webhook-delivery",
  "x-request-id",
] as const;

/** The first value of each header that is kept. */
export function keepHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const [value] = [headers[name]].flat();
      return value === undefined ? [] : [[name, value.slice(0, MAX_HEADER_CHARACTERS)]];
    }),
  );
}

export interface KeptBody {
  /** The first 16 KiB as UTF-8; what is not UTF-8, or cannot be stored as text, is `�`. */
  text: string;
  /** There was more, or the rest never came. */
  isTruncated: boolean;
  /** The body was read to its end, so the connection can be used again. */
  isComplete: boolean;
}

/**
 * Reads the start of a body, as it is on the wire: nothing is unpacked, so a small answer cannot become a large one.
 *
 * A body that breaks off is no error: the answer was in the status line.
 */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<KeptBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isComplete = false;
  try {
    for await (const chunk of body) {
      if (size < MAX_KEPT_BYTES) chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_READ_BYTES) break;
    }
    isComplete = size <= MAX_READ_BYTES;
  } catch {
    // Too slow, or broken off.
  }
  const kept = Buffer.concat(chunks).subarray(0, MAX_KEPT_BYTES);
  // As a part of a stream, so that a character that is cut in two is left out.
  const text = new TextDecoder().decode(kept, { stream: true }).replaceAll("\0", "\uFFFD");
  return { text, isTruncated: !isComplete || size > MAX_KEPT_BYTES, isComplete };
}
