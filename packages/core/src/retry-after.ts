const SECONDS = /^\d+$/;
/** The three forms that a recipient has to read: the usual one, that of RFC 850, and that of C's asctime. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC_850_DATE = /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** What a database's integer holds. A longer wait is shown as this. */
const MAX_SECONDS = 2 ** 31 - 1;

/**
 * The wait that a `Retry-After` asks for, in whole seconds, 0 if its date has passed. It is what was asked for, however
 * long: `judgeAttempt` caps it.
 *
 * @param header - as received: whole seconds or an HTTP date.
 * @param now - when it was received.
 * @returns `null` if there is no such header, or it is neither. Then it is to be ignored, and logged if there was one.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 and #section-5.6.7 (checked 2026-11-22)
 */
export function parseRetryAfter(header: string | null, now: Date): number | null {
  const text = header?.trim() ?? "";
  const seconds = SECONDS.test(text) ? Number(text) : (parseHttpDate(text) - now.getTime()) / 1_000;
  return Number.isNaN(seconds) ? null : Math.min(Math.max(Math.ceil(seconds), 0), MAX_SECONDS);
}

function parseHttpDate(text: string): number {
  if (HTTP_DATE.test(text) || RFC_850_DATE.test(text)) return Date.parse(text);
  // It names no zone, and means GMT.
  return ASCTIME_DATE.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
}
