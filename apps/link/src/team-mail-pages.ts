import type { Db, SubscriptionRow } from "@relink/db";
import { findTeamMail, isTeamMailOn, pauseTeamMail } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import { type AssetPaths, type Brand, renderTeamMailPage } from "#pages";
import type { Reply } from "./reply.ts";

/** What the link at the end of a team's mail leads to. Both give `null` for a token that is not one of ours. */
export interface TeamMailPages {
  /** Asks, and changes nothing. */
  show: (token: string) => Promise<Reply | null>;
  /** Pauses the mails. Done twice, it is done once. */
  pause: (token: string) => Promise<Reply | null>;
}

export function createTeamMailPages(deps: {
  db: Db;
  linkTokenKeys: KeyRing;
  now: () => Date;
  brand: Brand;
  assets: AssetPaths;
}): TeamMailPages {
  const { db, brand, assets } = deps;
  const find = (token: string) => findTeamMail(db, token, { keys: deps.linkTokenKeys, now: deps.now() });

  function page({ id }: SubscriptionRow, isOn: boolean, outcome: string): Reply {
    const subscription = showId("sub", id);
    const html = renderTeamMailPage({ isOn, subscriptionId: subscription }, { brand, assets });
    return { status: 200, body: { html }, outcome, subject: { subscription } };
  }

  return {
    async show(token) {
      const mail = await find(token);
      if (mail === null) return null;
      const isOn = isTeamMailOn(mail);
      return page(mail, isOn, isOn ? "team_mail" : "team_mail_paused");
    },
    async pause(token) {
      const mail = await find(token);
      if (mail === null) return null;
      const wasOn = await pauseTeamMail(db, mail.id);
      return page(mail, false, wasOn ? "team_mail_pause" : "team_mail_paused");
    },
  };
}
