import { type SubscriptionRow, type Tx, unsuppressForTeam } from "@relink/db";
import { oweAddressConfirmation } from "@relink/items";
import type { Principal } from "../principal.ts";
import { Problem } from "../problem.ts";

/**
 * Owes the address of a subscription a mail that asks whether it wants these mails.
 *
 * @throws Problem `address-refused` if nothing may be mailed there, `asked-recently` if it was asked too often.
 */
export async function askAddress(tx: Tx, row: SubscriptionRow): Promise<void> {
  const outcome = await oweAddressConfirmation(tx, row);
  switch (outcome.kind) {
    case "owed":
      return;
    case "refused":
      throw new Problem(
        "address-refused",
        "its reader has said that they did not ask for this team's mails: the admin key can enable it, once they agree",
      );
    case "suppressed":
      throw new Problem("address-refused", "nothing is mailed there: the mails came back, or its owner complained");
    case "too_often": {
      const seconds = Math.ceil(outcome.waitMs / 1_000);
      throw new Problem(
        "asked-recently",
        `the address was mailed already, where a button waits to be pressed, or your team has asked many addresses today: try again after ${outcome.until.toISOString()}`,
        { headers: { "retry-after": String(seconds) } },
      );
    }
  }
}

/** Whoever runs Relink vouches for the address, also if its reader has refused the team's mails before. */
export async function vouchForAddress(
  tx: Tx,
  { kind, teamId, address }: SubscriptionRow,
  principal: Principal,
): Promise<void> {
  if (kind === "email" && address !== null && principal.kind === "admin") await unsuppressForTeam(tx, teamId, address);
}
