import { createHash } from "node:crypto";
import { Problem } from "./problem.ts";

/**
 * The entity tag of an answer: the version of the resource, and a digest of the body, which may also show what changes
 * without a new version, such as figures.
 */
export function entityTag(version: number, body: string): string {
  return `"${version}-${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
}

/**
 * Lets a change pass if the resource still has the version that the caller has seen, or if none was named. Of an entity
 * tag only the version counts: that a figure has moved is no reason against a change.
 *
 * Belongs into the transaction that holds the lock on the row.
 *
 * @param ifMatch - the header: tags of {@link entityTag}'s, with commas between, or `*`.
 * @throws Problem `precondition-failed`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1 (checked 2026-11-22)
 */
export function requireVersion(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === "*") return;
  const versions = ifMatch.split(",").map((tag) => /^"(\d+)(?:-[\w-]*)?"$/.exec(tag.trim())?.[1]);
  if (!versions.includes(String(version))) {
    throw new Problem("precondition-failed", "If-Match names another version than the current one: read it again");
  }
}

/** Whether a caller has seen this very answer, so that it need not be sent again. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}
