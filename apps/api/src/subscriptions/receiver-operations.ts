import { type Db, listPublicKeys } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { pageOf, readCursor } from "../cursor.ts";
import { pageQuery, pageSchema, shownId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { teamOf } from "../principal.ts";
import { isSigning, showSigningKey, signingKeySchema, subscriptionExample } from "./subscription.ts";

/** Where a page of keys ended. */
const place = z.tuple([z.literal("signing-keys"), z.uuid()]);

const publishedKey = signingKeySchema
  .extend({ subscription_id: shownId("sub"), public_key: z.string().nullable() })
  .meta({ id: "PublishedKey" });

const keyExample: z.input<typeof publishedKey> = {
  id: "sec_01kazv2z3ye7q8r9s0t1v2w3x4",
  subscription_id: subscriptionExample.id,
  scheme: "v1a",
  public_key: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
  created_at: "2026-11-22T09:00:00.000Z",
  expires_at: null,
};

export interface ReceiverDeps {
  db: Db;
  /** Addresses and networks that requests to receivers come from. */
  egressAddresses: readonly string[];
}

/** What receivers need to know to tell our requests from others. */
export function receiverOperations({ db, egressAddresses }: ReceiverDeps): Operation[] {
  return [
    defineOperation({
      id: "listSigningKeys",
      method: "get",
      path: "/v1/signing-keys",
      scope: "subscriptions:read",
      tag: "Subscriptions",
      summary: "List the public keys",
      description:
        "The keys of `v1a` that are good now, for the receivers' trust lists; oldest first. A receiver never takes a key from a request. A team's key sees those of its own subscriptions.",
      params: nothing,
      query: z.strictObject(pageQuery),
      body: null,
      answer: {
        schema: pageSchema(publishedKey),
        example: { data: [keyExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of keys." },
      },
      problems: [],
      handle: async ({ query, principal }) => {
        const [, after] = readCursor(place, query.cursor) ?? [];
        const rows = await listPublicKeys(db, teamOf(principal), { limit: query.limit + 1, after });
        const { data, ...more } = pageOf(rows, query.limit, (row) => ["signing-keys", row.id]);
        const keys = data.filter(isSigning).map((row) => ({
          ...showSigningKey(row),
          subscription_id: showId("sub", row.subscriptionId),
        }));
        return { status: 200, body: { data: keys, ...more } };
      },
    }),
    defineOperation({
      id: "listEgressAddresses",
      method: "get",
      path: "/v1/egress-addresses",
      scope: "any-key",
      tag: "Subscriptions",
      summary: "List where requests come from",
      description:
        "Addresses and networks for the receivers' firewalls, as whoever runs Relink has set them; empty if they are not fixed. An address proves nothing: check the signature.",
      params: nothing,
      query: nothing,
      body: null,
      answer: {
        schema: z.object({ data: z.array(z.string()) }).meta({ id: "EgressAddresses" }),
        example: { data: ["198.51.100.7", "2001:db8:40::/48"] },
        statuses: { 200: "The addresses." },
      },
      problems: [],
      handle: () => Promise.resolve({ status: 200, body: { data: [...egressAddresses] } }),
    }),
  ];
}
