import type { Period } from "@relink/db";
import { z } from "zod";

/** A moment that a caller sends. */
export const sentMoment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-11-22T09:30:00Z" })
  .transform((text) => new Date(text));

/** What lists of what happened take, each about the moment that is named. */
export const periodQuery = {
  created_after: sentMoment.optional().meta({ description: "Not older than that." }),
  created_before: sentMoment.optional().meta({ description: "Older than that." }),
};

export function periodOf(query: { created_after?: Date | undefined; created_before?: Date | undefined }): Period {
  return { since: query.created_after, until: query.created_before };
}
