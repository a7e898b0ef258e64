/** Whether the time of day there can be told. Names of the IANA database, such as `Europe/Paris`, and offsets. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The time zone to write to a user by: theirs, or `fallback` where none is known, or one that this machine does not know.
 *
 * Zones are checked when they are stored, but the database of their names changes, and so does the machine.
 */
export function knownTimeZone(timeZone: string | null, fallback: string): string {
  return timeZone !== null && isTimeZone(timeZone) ? timeZone : fallback;
}
