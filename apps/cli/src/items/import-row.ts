import { isProviderId } from "@relink/core";
import { Secret } from "@relink/service";
import { userField } from "@relink/service/user-fields";
import { z } from "zod";

/** One Item as a file describes it. Null where the file says nothing. */
export interface ImportRow {
  accessToken: Secret;
  user: {
    externalId: string;
    email: string | null;
    name: string | null;
    locale: string | null;
    timeZone: string | null;
  };
  institutionId: string | null;
  /** Plaid's id of the Item. Without it Plaid is asked. */
  plaidItemId: string | null;
}

/** The columns of a file, and the fields of an object. */
export const IMPORT_COLUMNS = [
  "access_token",
  "external_user_id",
  "email",
  "name",
  "locale",
  "time_zone",
  "institution_id",
  "item_id",
] as const;

/** Those that may not be left out. */
export const REQUIRED_COLUMNS = ["access_token", "external_user_id"] as const;

const providerId = z.string().refine(isProviderId, "must be 1 to 128 printable ASCII characters without spaces");

const fields = z.strictObject({
  access_token: z
    .string()
    .regex(/^access-(?:sandbox|production)-[0-9A-Za-z-]{8,200}$/, "is no access token of Plaid's"),
  external_user_id: userField.externalId,
  email: userField.email.optional(),
  name: userField.name.optional(),
  locale: userField.locale.optional(),
  time_zone: userField.timeZone.optional(),
  institution_id: providerId.optional(),
  item_id: providerId.optional(),
});

/**
 * Reads one row. Texts are trimmed, and one that is empty, or null, counts as left out.
 *
 * @param environment - that the token has to be of.
 * @returns the row, or what is wrong with it: names of fields, never their contents.
 */
export function readImportRow(
  raw: Readonly<Record<string, unknown>>,
  environment: "sandbox" | "production",
): ImportRow | { reason: string } {
  const given = Object.entries(raw)
    .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value] as const)
    .filter(([, value]) => value !== "" && value !== null);
  const parsed = fields.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const names = new Set(given.map(([name]) => name));
    return { reason: parsed.error.issues.map((issue) => describeIssue(issue, names)).join("; ") };
  }
  const row = parsed.data;
  if (!row.access_token.startsWith(`access-${environment}-`)) {
    return { reason: `access_token: is not one of ${environment}, which PLAID_ENV says` };
  }
  return {
    accessToken: new Secret(row.access_token),
    user: {
      externalId: row.external_user_id,
      email: row.email ?? null,
      name: row.name ?? null,
      locale: row.locale ?? null,
      timeZone: row.time_zone ?? null,
    },
    institutionId: row.institution_id ?? null,
    plaidItemId: row.item_id ?? null,
  };
}

function describeIssue(issue: z.core.$ZodIssue, given: ReadonlySet<string>): string {
  // The name of a field that nobody expects may be anything, also what should have been its content.
  if (issue.code === "unrecognized_keys") return `${issue.keys.length} field(s) of unknown name`;
  const name = String(issue.path[0]);
  if (!given.has(name)) return `${name}: missing`;
  return issue.code === "invalid_type" ? `${name}: must be a text` : `${name}: ${issue.message}`;
}
