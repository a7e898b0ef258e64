import type { UserRow } from "@relink/db";
import { InvalidRecipientError, parseRecipient } from "@relink/email/parse-recipient";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";

/** The company's own id of a user: what fits an index and a log line. */
export const externalId = z
  .string()
  .regex(/^[!-~]{1,128}$/, "must be 1 to 128 printable ASCII characters without spaces")
  .meta({ description: "Your own id of the user. It never changes." });

/** An address that mail can be sent to. */
export const email = z
  .string()
  .max(254)
  .regex(/^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/, "must be one plain address")
  .refine(isRecipient, { message: "must be an address that mail can be sent to", abort: true });

/** By the rule that the mailer goes by, so that a bad address is refused now and not when a mail is due. */
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
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** A user as a caller describes one. */
export const newUserSchema = z
  .strictObject({
    external_id: externalId,
    email: email.nullable().meta({
      description: "Where the mails go that bring the user back. One plain address; null for nobody to be written to.",
    }),
    name: z
      .string()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, "must have no control characters")
      .nullish()
      .meta({ description: "For the greeting in mails." }),
    locale: z
      .string()
      .max(35)
      .refine(isLocale, "must be a language tag of BCP 47, such as en or fr-CA")
      .nullish()
      .meta({ description: "A language tag of BCP 47. Default: English." }),
    time_zone: z
      .string()
      .max(64)
      .regex(/^[A-Za-z]/, "must be a name, not an offset")
      .refine(isTimeZone, "must be a time zone of the IANA database, such as America/New_York")
      .nullish()
      .meta({ description: "A time zone of the IANA database." }),
  })
  .meta({ id: "NewUser", description: "Whose Item it is. A user that is known is brought up to date." });

export const userSchema = z
  .object({
    id: shownId("usr"),
    external_id: z.string(),
    email: z.string().nullable(),
    name: z.string().nullable(),
    locale: z.string().nullable(),
    time_zone: z.string().nullable(),
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: "User" });

export const userExample: z.input<typeof userSchema> = {
  id: "usr_01kazv0c8meygs6x2m70v1rr2f",
  external_id: "u-1001",
  email: "ada@example.com",
  name: "Ada Example",
  locale: "en",
  time_zone: "America/New_York",
  created_at: "2026-11-21T09:00:00.000Z",
  updated_at: "2026-11-21T09:00:00.000Z",
};

export function showUser(user: UserRow): z.input<typeof userSchema> {
  return {
    id: showId("usr", user.id),
    external_id: user.externalId,
    email: user.email,
    name: user.name,
    locale: user.locale,
    time_zone: user.timeZone,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}
