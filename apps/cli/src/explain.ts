import { RelinkError } from "@relink/core";
import { isUnavailable, sqlState } from "@relink/db";

/** What to do about an error that a person can correct; undefined for any other. */
export function explain(error: unknown): string | undefined {
  if (error instanceof RelinkError) return error.message;
  const state = sqlState(error);
  if (state === "42501") return "the role of DATABASE_URL may not do this: `relink --help` says which one it needs";
  if (state === "42P01" || state === "42703") return "the database is not up to date: migrate it first";
  if (state?.startsWith("28")) return "Postgres does not know this user and password: check DATABASE_URL";
  if (isUnavailable(error)) {
    return "Postgres does not answer, or not any more: check DATABASE_URL; the same command goes on from where it stopped";
  }
  return undefined;
}
