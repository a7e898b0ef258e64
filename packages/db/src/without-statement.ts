import { DrizzleQueryError } from "drizzle-orm/errors";

/** What an error may say in a log. A failed statement's own message holds its text and its values; its cause does not. */
export function withoutStatement(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error("a statement failed")) : error;
}
