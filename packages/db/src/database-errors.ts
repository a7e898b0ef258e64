/** The SQLSTATE of a database error, also of one that drizzle has wrapped; `null` if the error has none. */
export function sqlState(error: unknown): string | null {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    const { code } = inner as { code?: unknown };
    // Every class of SQLSTATE has a digit in its codes; system errors such as EPIPE have none.
    if (typeof code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
  }
  return null;
}

/**
 * True if the statement failed because of the data in it, so that the same data will fail again: a bad value (class 22),
 * a broken constraint (23), a program limit (54).
 *
 * Everything else (no connection, a restart, a deadlock, a time-out) says nothing about the data.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html (checked 2026-11-21)
 */
export function isDataError(error: unknown): boolean {
  return ["22", "23", "54"].includes(sqlState(error)?.slice(0, 2) ?? "");
}

/** True for a deadlock or a serialisation failure: the same transaction may succeed at once. */
export function isConflict(error: unknown): boolean {
  return ["40P01", "40001"].includes(sqlState(error) ?? "");
}
