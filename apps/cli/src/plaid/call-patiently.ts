import { RelinkError } from "@relink/core";
import { PlaidApiError, PlaidUnreachableError } from "@relink/plaid";
import type { Pace } from "./pace.ts";

/** Plaid cannot be reached, whatever it is asked. */
export class PlaidAwayError extends RelinkError {
  override readonly name = "PlaidAwayError";
  readonly code = "ERR_PLAID_AWAY";
  readonly retryable = true;

  constructor(cause: PlaidUnreachableError) {
    super(`${cause.message}. Check the network and https://status.plaid.com; the same command goes on from there`);
  }
}

const MAX_ATTEMPTS = 4;

/**
 * Makes a call to Plaid when its turn has come, and again after a rest if Plaid had trouble or asked for a slower pace.
 *
 * @throws {@link PlaidAwayError} if no answer came to any attempt; whatever else the last attempt threw; an AbortError.
 */
export async function callPatiently<T>(
  { pace, signal }: { pace: Pace; signal: AbortSignal },
  item: string,
  call: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await pace.turn(item, signal);
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (attempt === MAX_ATTEMPTS) throw error instanceof PlaidUnreachableError ? new PlaidAwayError(error) : error;
    }
    await pace.rest(attempt, signal);
  }
}

function isPassing(error: unknown): boolean {
  return (error instanceof PlaidApiError || error instanceof PlaidUnreachableError) && error.retryable;
}
