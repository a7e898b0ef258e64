import type { UserRow } from "@relink/db";
import { showId } from "@relink/service";
import { userField } from "@relink/service/user-fields";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";

export const externalId = userField.externalId.meta({ description: "Your own id of the user. It never changes." });

/** A user as a caller describes one. */
export const newUserSchema = z
  .strictObject({
    external_id: externalId,
    email: userField.email.nullable().meta({
      description: "Where the mails go that bring the user back. One plain address; null for nobody to be written to.",
    }),
    name: userField.name.nullish().meta({ description: "For the greeting in mails." }),
    locale: userField.locale.nullish().meta({ description: "A language tag of BCP 47. Default: English." }),
    time_zone: userField.timeZone.nullish().meta({ description: "A time zone of the IANA database." }),
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
