import type { NewItem } from "@relink/items";
import { Secret } from "@relink/service";
import { z } from "zod";
import { newUserSchema } from "../users/user.ts";

const token = z.string().regex(/^[!-~]{1,256}$/, "must be 1 to 256 printable ASCII characters without spaces");

/** What `POST /v1/items` takes. */
export const newItemSchema = z
  .strictObject({
    public_token: token.optional().meta({ description: "From Link, at most 30 minutes old. It is used up by this." }),
    access_token: token.optional().meta({ description: "Of an Item that you have already." }),
    user: newUserSchema,
  })
  .refine((item) => (item.public_token === undefined) !== (item.access_token === undefined), {
    message: "must have exactly one of public_token and access_token",
    // Also beside other mistakes, so that a caller sees all of them at once.
    when: ({ value }) => typeof value === "object" && value !== null,
  })
  .meta({
    id: "NewItem",
    description: "An Item to be cared for: exactly one of the two tokens, and whose it is.",
    oneOf: [{ required: ["public_token"] }, { required: ["access_token"] }],
  });

export function toNewItem({ public_token, access_token, user }: z.output<typeof newItemSchema>): NewItem {
  return {
    token:
      access_token === undefined
        ? { kind: "public", token: new Secret(public_token ?? "") }
        : { kind: "access", token: new Secret(access_token) },
    user: {
      externalId: user.external_id,
      email: user.email,
      name: user.name ?? null,
      locale: user.locale ?? null,
      timeZone: user.time_zone ?? null,
    },
  };
}
