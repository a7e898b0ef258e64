import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { RelinkError } from "@relink/core";

export type { Logger } from "pino";

const MAX_TEXT = 256;
const MAX_STACK_LINES = 10;

/**
 * What a log line may say about an error: name, code, message, the top of the stack. Nothing else of it, because errors
 * of HTTP clients carry whole requests, headers and secrets with them.
 */
export function describeError(error: unknown): Record<string, unknown> {
  // The logger describes what it is given as an error; a caller may have done so before.
  if (descriptions.has(error as object)) return error as Record<string, unknown>;
  const description = describe(error);
  descriptions.add(description);
  return description;
}

const descriptions = new WeakSet<object>();

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error).slice(0, MAX_TEXT) };
  // A database layer's error repeats the statement with its parameters, which are people's data; what went wrong is in
  // its cause.
  if ("params" in error && error.cause !== undefined) return describe(error.cause);
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    ...(typeof code === "string" && { code }),
    ...(error instanceof RelinkError && { retryable: error.retryable }),
    message: error.message.slice(0, MAX_TEXT),
    // Lines of the message come first, and are none of the stack.
    stack: error.stack
      ?.split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("at "))
      .slice(0, MAX_STACK_LINES),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  };
}

/**
 * A logger that writes one JSON line per unit of work.
 *
 * Errors go through {@link describeError}. The list of redacted names is the second net, for what a caller should not
 * have passed in the first place.
 *
 * @param destination - where the lines go; standard output if left out.
 */
export function createLogger(options: { app: string; level: string }, destination?: DestinationStream): Logger {
  const names = [
    "access_token",
    "accessToken",
    "public_token",
    "link_token",
    "linkToken",
    "secret",
    "password",
    "authorization",
    "cookie",
    "body",
  ];
  return pino(
    {
      level: options.level,
      base: { app: options.app },
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError, req: () => undefined, res: stdSerializers.res },
      redact: { paths: names.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
    },
    ...(destination === undefined ? [] : ([destination] as const)),
  );
}

/**
 * Logs failures that may come in floods, a dead Redis for instance: at most a line a second per event.
 *
 * @returns for an event's name, a handler of its errors.
 */
export function createErrorLog(logger: Logger): (event: string) => (error: unknown) => void {
  const throttle = createLogThrottle();
  return (event) => (error) =>
    throttle(event, (held) => logger.warn({ event, error, ...(held > 0 && { alsoNotLogged: held }) }));
}

/**
 * Lets a line of one kind through at most once a second and counts what it held back, so that a flood of failures
 * cannot fill a disk.
 *
 * @param now - milliseconds, monotonic.
 */
export function createLogThrottle(now: () => number = () => performance.now()) {
  const kinds = new Map<string, { last: number; held: number }>();
  return function throttled(kind: string, write: (held: number) => void): void {
    const seen = kinds.get(kind);
    if (seen !== undefined && now() - seen.last < 1000) {
      seen.held += 1;
      return;
    }
    const held = seen?.held ?? 0;
    kinds.set(kind, { last: now(), held: 0 });
    write(held);
  };
}
