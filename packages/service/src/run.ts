import { RelinkError } from "@relink/core";
import { createLogger, describeError } from "./logger.ts";

/** Something that runs until it is closed. Both functions may be called once. */
export interface App {
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The process runs with a protection switched off that everything else relies on. */
export class UnsafeProcessError extends RelinkError {
  override readonly name = "UnsafeProcessError";
  readonly code = "ERR_UNSAFE_PROCESS";
  readonly retryable = false;
}

/**
 * Node then believes every certificate: whoever is on the way reads the tokens that go to Plaid, and answers in its
 * place.
 *
 * @throws {@link UnsafeProcessError}
 */
export function refuseUncheckedTls(env: Readonly<Record<string, string | undefined>>): void {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new UnsafeProcessError(
    "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of every certificate: unset it; for a certificate authority of your own, set NODE_EXTRA_CA_CERTS",
  );
}

/** Longest time from SIGTERM to exit. Whoever stops processes (systemd, Kubernetes) usually kills after 30 s. */
const SHUTDOWN_LIMIT_MS = 20_000;

/**
 * Runs an app as this process: start it, close it on SIGTERM or SIGINT, exit. For `main.ts` only.
 *
 * A mistake that a person can correct (a setting, a port, a store that does not answer) is told in one message without
 * a stack, with exit code 1. Anything unexpected is logged, the app is closed in good order, and the exit code is 70.
 *
 * @param create - parses settings and builds the app; may throw.
 */
export async function run(app: string, create: () => App | Promise<App>): Promise<void> {
  const logger = createLogger({ app, level: "info" });
  let running: App | undefined;
  let closing = false;

  const stop = async (exitCode: number): Promise<void> => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(exitCode || 75), SHUTDOWN_LIMIT_MS).unref();
    await running?.close().catch((error: unknown) => logger.error({ event: "app.close_failed", error }));
    process.exit(exitCode);
  };

  process.once("SIGTERM", () => void stop(0));
  process.once("SIGINT", () => void stop(0));
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (error: unknown) => {
      logger.fatal({ event: "app.unexpected_error", kind, error: describeError(error) });
      void stop(70);
    });
  }

  try {
    refuseUncheckedTls(process.env);
    running = await create();
    await running.start();
  } catch (error) {
    if (!(error instanceof RelinkError)) throw error;
    process.stderr.write(`${error.message}\n`);
    await stop(1);
  }
}
