import { DurabilityError } from "./durability.ts";
import { EncryptionKeyError } from "./encryption-keys.ts";
import { sqlState } from "./database-errors.ts";

/**
 * Classes of SQLSTATE that speak of the server or of the moment: connections (08), conflicts with other transactions
 * (40), missing resources (53), shutdowns and time-outs (57), the system around it (58). And one code: a lock that was not
 * to be had in time.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html (checked 2026-11-21)
 */
const PASSING_CLASSES = new Set(["08", "40", "53", "57", "58"]);
const LOCK_NOT_AVAILABLE = "55P03";

/** What the system says about connections that could not be made or broke. */
const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);

/** What the driver says about the same, which gives these errors no code. pg 8.23. */
const DRIVER_MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/;

/**
 * True if a statement failed because the database is away, full, too busy, or not to be used as it is: the same may
 * succeed later.
 */
export function isUnavailable(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof DurabilityError || inner instanceof EncryptionKeyError) return true;
    const { code } = inner as { code?: unknown };
    if (typeof code === "string" && NETWORK_CODES.has(code)) return true;
    if (DRIVER_MESSAGES.test(inner.message)) return true;
  }
  const state = sqlState(error);
  return state !== null && (PASSING_CLASSES.has(state.slice(0, 2)) || state === LOCK_NOT_AVAILABLE);
}
