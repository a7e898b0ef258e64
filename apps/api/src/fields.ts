import { type IdPrefix, readId } from "@relink/service";
import { z } from "zod";
import type {} from "zod-openapi";
import { withCode } from "./read-input.ts";

/** An id as it is shown, such as `itm_01h455vb4pex5vsknk084sn02q`. */
export function shownId(prefix: IdPrefix) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `must be an id that begins with ${prefix}_`);
}

/** An id that a caller sends, read as the UUID that it stands for. */
export function sentId(prefix: IdPrefix) {
  return shownId(prefix).transform((shown, context) => {
    const uuid = readId(prefix, shown);
    if (uuid !== null) return uuid;
    const message = `must be an id that begins with ${prefix}_`;
    context.issues.push({ code: "custom", message, input: shown, ...withCode("format") });
    return z.NEVER;
  });
}

/** ISO 8601 in UTC, with milliseconds. */
export const moment = z.iso.datetime({ precision: 3 });

const MAX_LIMIT = 250;
const DEFAULT_LIMIT = 50;

/** What every list takes. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
    .transform(Number)
    .refine((limit) => limit <= MAX_LIMIT, {
      message: `must be a whole number from 1 to ${MAX_LIMIT}`,
      ...withCode("too_large"),
    })
    .default(DEFAULT_LIMIT)
    .meta({
      description: "How many entries a page has at most.",
      override: ({ jsonSchema }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT });
      },
    }),
  cursor: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: "The `next_cursor` of the page before. Keep the other parameters as they were." }),
};

/** The answer of a list. */
export function pageSchema<Entry extends z.ZodType>(entry: Entry) {
  return z.object({
    data: z.array(entry),
    has_more: z.boolean(),
    next_cursor: z.string().nullable().meta({ description: "Null on the last page." }),
  });
}
