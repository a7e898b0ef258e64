import { isProviderId, type ItemError } from "@relink/core";
import { z } from "zod";

/** An id of Plaid's, or one of its codes. */
export const id = z.string().refine(isProviderId);

/**
 * A moment as Plaid writes it: ISO 8601 with its zone, up to nanoseconds, of which milliseconds are kept. A text without
 * a zone would mean another moment on another machine, so it is none.
 */
export const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/**
 * What is safe for decisions of an error that Plaid tells of, in answers and in webhooks alike.
 *
 * @see https://plaid.com/docs/errors/ (checked 2026-11-22)
 */
export const itemError = z
  .object({ error_type: id, error_code: id, error_code_reason: id.nullish() })
  .transform((error): ItemError => ({
    type: error.error_type,
    code: error.error_code,
    reason: error.error_code_reason ?? null,
  }));
