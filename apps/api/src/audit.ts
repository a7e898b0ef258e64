import { type Executor, insertAudit } from "@relink/db";
import { actorOf, type Principal, teamOf } from "./principal.ts";

/** One change that somebody made. */
export interface AuditedChange {
  principal: Principal;
  requestId: string;
  /** Such as `subscription.disabled`. */
  action: string;
  /** The id of what was changed, as the API shows it. */
  resource: string;
  /** Whose it is, so that the team can read of it. Default: the team of the key. */
  teamId?: string | undefined;
}

/** Notes a change in the audit log; with `tx`, exactly if the change is kept. */
export async function audit(tx: Executor, change: AuditedChange): Promise<void> {
  const { principal, requestId, action, resource, teamId = teamOf(principal) } = change;
  await insertAudit(tx, { actor: actorOf(principal), teamId: teamId ?? null, action, resource, requestId });
}
