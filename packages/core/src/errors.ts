/**
 * The base of every error that Relink raises on purpose.
 *
 * Callers, tests and alerts match on `code`, never on the message. One place per app turns `retryable` into what its
 * caller understands: an HTTP status, a later job, an exit code.
 */
export abstract class RelinkError extends Error {
  /** Stable, in the form `ERR_WHAT_HAPPENED`. */
  abstract readonly code: `ERR_${string}`;
  /** True if the same input may succeed later. */
  abstract readonly retryable: boolean;
}

/** Fails to compile where a union has a case that nobody handles; throws if data from outside gets there anyway. */
export function assertNever(value: never): never {
  throw new TypeError(`a case nobody handles: ${JSON.stringify(value)}`);
}
