import type { Db, SubscriptionRow } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import type { Reply } from "../operation.ts";
import { verificationSchema } from "./ask-endpoint.ts";
import { viewSubscription } from "./read-subscription.ts";
import type { SubscriptionView } from "./subscription.ts";

export const shownSecret = z.string().nullable().meta({
  description: "`whsec_…`: what signatures of `v1` are made with. Shown this once. Null if there is none to be known.",
});

export const exampleSecret = "whsec_cGxhaWQtcmVsaW5rLXJvdGF0aW9uLXZlY3Rvci0wMDE=";

export const shownVerification = verificationSchema
  .nullable()
  .meta({ description: "What came of asking the receiver; null if it was not asked. An address is asked by mail." });

/** A subscription as it is now, with its version, and with what only this answer tells. */
export async function replyWith<More extends object>(
  db: Db,
  row: SubscriptionRow,
  more: More,
  status = 200,
): Promise<Reply<SubscriptionView & More>> {
  return {
    status,
    body: { ...(await viewSubscription(db, row)), ...more },
    version: row.version,
    resource: showId("sub", row.id),
  };
}
