import { describePatterns } from "@relink/core";
import type { Db } from "@relink/db";
import { type AskedAddress, confirmAddress, findConfirmation, refuseAddress } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import { type AddressAnswer, type AssetPaths, type Brand, renderAddressPage } from "#pages";
import type { Reply } from "./reply.ts";

/** What the link leads to in the mail that asks an address. Both give `null` for a token that is not one of ours. */
export interface AddressPages {
  /** Asks, and changes nothing. */
  show: (token: string) => Promise<Reply | null>;
  /** Notes the answer. Once there is one, another changes nothing. */
  answer: (token: string, answer: AddressAnswer) => Promise<Reply | null>;
}

export function createAddressPages(deps: {
  db: Db;
  environment: "sandbox" | "production";
  linkTokenKeys: KeyRing;
  now: () => Date;
  brand: Brand;
  assets: AssetPaths;
}): AddressPages {
  const { db, environment, brand, assets } = deps;
  const find = (token: string) => findConfirmation(db, token, { keys: deps.linkTokenKeys, now: deps.now() });

  function page(kind: "open" | "confirmed" | "refused", { subscription, address, team }: AskedAddress): Reply {
    const subscriptionId = showId("sub", subscription.id);
    const subjects = describePatterns(subscription.eventTypes);
    const html = renderAddressPage({ kind, team: team.name, address, subjects, subscriptionId }, { brand, assets });
    return { status: 200, body: { html }, outcome: `address_${kind}`, subject: { subscription: subscriptionId } };
  }

  function dead(kind: "expired" | "changed"): Reply {
    return { status: 410, body: { html: renderAddressPage({ kind }, { brand, assets }) }, outcome: `address_${kind}` };
  }

  async function show(token: string): Promise<Reply | null> {
    const found = await find(token);
    if ("address" in found) return page(found.kind, found);
    return found.kind === "invalid" ? null : dead(found.kind);
  }

  return {
    show,
    async answer(token, answer) {
      const found = await find(token);
      if (found.kind === "open") {
        if (answer === "confirm") await confirmAddress(db, found);
        else await refuseAddress(db, environment, found);
      }
      return show(token);
    },
  };
}
