import type { Period } from "@relink/db";
import { z } from "zod";
import { Problem } from "./problem.ts";
import { withCode } from "./read-input.ts";

const NOT_A_MOMENT = "must be a time such as 2026-11-22T09:30:00Z";

/** A moment that a caller sends. */
export const sentMoment = z.iso
  .datetime({ offset: true, error: NOT_A_MOMENT })
  .transform((text) => new Date(text))
  // Postgres knows no year 0, and its ISO 8601 no fifth digit; by its offset a moment may lie in such a year.
  .refine((at) => at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9_999, {
    message: NOT_A_MOMENT,
    ...withCode("format"),
  });

/** What lists of what happened take beside a page. */
export const orderQuery = {
  order: z.enum(["asc", "desc"]).default("desc").meta({ description: "Of time. Default: the newest first." }),
};

/** The same for lists out of which a time can be cut. */
export const periodQuery = {
  ...orderQuery,
  created_after: sentMoment.optional().meta({ description: "Not older than that." }),
  created_before: sentMoment.optional().meta({ description: "Older than that." }),
};

/** @throws Problem `validation-failed` if its end is not after its beginning. */
export function periodOf(query: { created_after?: Date | undefined; created_before?: Date | undefined }): Period {
  const { created_after: since, created_before: until } = query;
  if (since !== undefined && until !== undefined && since >= until) {
    const detail = "must be before created_before";
    throw new Problem("validation-failed", "1 mistake(s) in the query; errors names them", {
      errors: [{ parameter: "created_after", code: "invalid", detail }],
    });
  }
  return { since, until };
}
