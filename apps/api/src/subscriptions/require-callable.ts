import type { SubscriptionRow } from "@relink/db";
import { Problem } from "../problem.ts";

export function requireNotDisabled({ status, disabledReason }: SubscriptionRow): void {
  if (status === "disabled") {
    throw new Problem("subscription-disabled", `it is disabled (${disabledReason ?? ""}): enable it first`);
  }
}

export function requireVerified({ kind, verifiedAt }: SubscriptionRow): void {
  if (verifiedAt !== null) return;
  const asks = kind === "email" ? "mails its address a button to press" : "sends it a challenge";
  throw new Problem("verification-required", `it has not been verified: POST …/verify ${asks}`);
}

/**
 * Lets pass what can be sent something now, because somebody waits for it.
 *
 * @throws Problem that says what has to be done first.
 */
export function requireCallable(row: SubscriptionRow): void {
  requireNotDisabled(row);
  requireVerified(row);
  if (row.status === "paused") throw new Problem("subscription-paused", "it is paused: resume it first");
}
