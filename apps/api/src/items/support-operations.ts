import { type Db, setMuted } from "@relink/db";
import { readSupportBundle, writeSupportBundle } from "@relink/items";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { sentId } from "../fields.ts";
import { defineOperation, nothing, type Operation, type RequestContext } from "../operation.ts";
import { Problem } from "../problem.ts";
import { itemExample, itemSchema } from "./item.ts";
import { findListing, readItem } from "./read-items.ts";
import {
  showSupportBundle,
  supportBundleExample,
  supportBundleSchema,
  supportBundleTextExample,
} from "./support-bundle.ts";

const params = z.object({ id: sentId("itm") });

/** What support does with one Item. */
export function itemSupportOperations({ db }: { db: Db }): Operation[] {
  const mute = (isMuted: boolean) => async (request: RequestContext & { params: { id: string } }) => {
    const { params, ...caller } = request;
    const { id } = params;
    await findListing(db, id);
    await db.transaction(async (tx) => {
      await setMuted(tx, id, isMuted);
      const action = isMuted ? "item.muted" : "item.unmuted";
      await audit(tx, { ...caller, action, resource: showId("itm", id) });
    });
    return { status: 200, body: await readItem(db, id) };
  };

  return [
    defineOperation({
      id: "getItemSupportBundle",
      method: "get",
      path: "/v1/items/{id}/support-bundle",
      scope: "support:read",
      tag: "Support",
      summary: "Make a support ticket's text",
      description:
        "What Plaid's support asks for, about the newest episode of an Item or the one that is named: the Item, its bank, what happened when, every request_id and link_session_id, the errors, the last webhook. Text, to be pasted; JSON with `accept: application/json`. It holds no token, no name and no address.",
      params,
      query: z.strictObject({
        episode_id: sentId("epi").optional().meta({ description: "Of this Item. Default: the newest." }),
      }),
      body: null,
      answer: {
        schema: supportBundleSchema,
        example: supportBundleExample,
        textExample: supportBundleTextExample,
        statuses: { 200: "The bundle." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, query }) => {
        const bundle = await readSupportBundle(db, id, query.episode_id);
        if (bundle === null) throw new Problem("not-found", "there is no such Item, or it has no such episode");
        return { status: 200, body: showSupportBundle(bundle), text: writeSupportBundle(bundle) };
      },
    }),
    defineOperation({
      id: "muteItem",
      method: "post",
      path: "/v1/items/{id}/mute",
      scope: "support:write",
      tag: "Support",
      summary: "Mute an Item",
      description:
        "Nobody is written to about it from now on, also not by mails that are owed already. All else goes on. Repeated, it changes nothing.",
      params,
      query: nothing,
      body: null,
      answer: { schema: itemSchema, example: itemExample, statuses: { 200: "The Item, muted." } },
      problems: ["not-found"],
      handle: mute(true),
    }),
    defineOperation({
      id: "unmuteItem",
      method: "delete",
      path: "/v1/items/{id}/mute",
      scope: "support:write",
      tag: "Support",
      summary: "Unmute an Item",
      description:
        "Its owner may be written to again. A mail that fell due meanwhile is not made up for. Repeated, it changes nothing.",
      params,
      query: nothing,
      body: null,
      answer: { schema: itemSchema, example: itemExample, statuses: { 200: "The Item, not muted." } },
      problems: ["not-found"],
      handle: mute(false),
    }),
  ];
}
