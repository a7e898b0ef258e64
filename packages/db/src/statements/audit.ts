import { and, eq } from "drizzle-orm";
import type { Db, Executor } from "../connect.ts";
import { auditLog } from "../schema/index.ts";
import { isMadeWithin, isOnPage, type OrderedPage, ORDERS, type Period } from "./delivery-log.ts";

export type AuditRow = typeof auditLog.$inferSelect;

/** Notes who changed what. Belongs into the transaction of the change. */
export async function insertAudit(
  db: Executor,
  entry: Pick<AuditRow, "actor" | "teamId" | "action" | "resource" | "requestId">,
): Promise<void> {
  await db.insert(auditLog).values(entry);
}

/** Which entries are wanted; an absent field lets all through. */
export interface AuditFilter extends Period {
  teamId?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  resource?: string | undefined;
}

/** A page of the audit log. */
export async function listAudit(db: Db, filter: AuditFilter, page: OrderedPage): Promise<AuditRow[]> {
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        filter.teamId === undefined ? undefined : eq(auditLog.teamId, filter.teamId),
        filter.actor === undefined ? undefined : eq(auditLog.actor, filter.actor),
        filter.action === undefined ? undefined : eq(auditLog.action, filter.action),
        filter.resource === undefined ? undefined : eq(auditLog.resource, filter.resource),
        isMadeWithin(auditLog.id, auditLog.at, filter),
        isOnPage(auditLog.id, page),
      ),
    )
    .orderBy(ORDERS[page.order].sort(auditLog.id))
    .limit(page.limit);
}
