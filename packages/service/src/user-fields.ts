import { isTimeZone } from "@relink/core";
import { z } from "zod";
import { InvalidRecipientError, parseRecipient } from "./parse-recipient.ts";

const NOT_AN_ADDRESS = "must be one plain address that mail can be sent to";

/** What describes a user, each with its check: the same in a request as in a file. */
export const userField = {
  /** The company's own id of a user: what fits an index and a log line. */
  externalId: z.string().regex(/^[!-~]{1,128}$/, "must be 1 to 128 printable ASCII characters without spaces"),
  /** By the rule that the mailer goes by, so that a bad address is refused now and not when a mail is due. */
  email: z
    .string()
    .max(254, "must have at most 254 characters")
    .regex(/^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/, { error: NOT_AN_ADDRESS, abort: true })
    .refine(isRecipient, NOT_AN_ADDRESS),
  name: z
    .string()
    .min(1, "must not be empty")
    .max(200, "must have at most 200 characters")
    .regex(/^\P{Cc}*$/u, "must have no control characters"),
  locale: z
    .string()
    .max(35, "must have at most 35 characters")
    .refine(isLocale, "must be a language tag of BCP 47, such as en or fr-CA"),
  /** Of the IANA database. An offset is none: it would be wrong for half of the year. */
  timeZone: z
    .string()
    .max(64, "must have at most 64 characters")
    .regex(/^[A-Za-z]/, "must be a name, such as America/New_York")
    .refine(isTimeZone, "must be a time zone of the IANA database, such as America/New_York"),
} as const;

function isRecipient(address: string): boolean {
  try {
    parseRecipient(address);
    return true;
  } catch (error) {
    if (error instanceof InvalidRecipientError) return false;
    throw error;
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
