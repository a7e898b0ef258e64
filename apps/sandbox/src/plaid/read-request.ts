import type { z } from "zod";
import { plaidError } from "./errors.ts";

/**
 * Checks a request's body as Plaid does: unknown, missing and wrong fields are three errors, told in this order.
 *
 * @throws {@link PlaidApiError} UNKNOWN_FIELDS, MISSING_FIELDS or INVALID_FIELD, with every field of the kind named.
 */
export function readRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const unknown: string[] = [];
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const issue of parsed.error.issues) {
    const field = issue.path.join(".");
    if (issue.code === "unrecognized_keys") unknown.push(...issue.keys.map((key) => [...issue.path, key].join(".")));
    else if (isMissing(body, issue.path)) missing.push(field);
    else wrong.push(`${field}: ${issue.message}`);
  }
  if (unknown.length > 0)
    throw plaidError(
      "UNKNOWN_FIELDS",
      `the following fields are not recognized by this endpoint: ${unknown.join(", ")}`,
    );
  if (missing.length > 0)
    throw plaidError("MISSING_FIELDS", `the following required fields are missing: ${missing.join(", ")}`);
  throw plaidError("INVALID_FIELD", wrong.join("; "));
}

function isMissing(body: unknown, path: readonly PropertyKey[]): boolean {
  let value = body;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value === undefined;
}
