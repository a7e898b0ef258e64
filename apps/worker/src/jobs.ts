import { assertNever } from "@relink/core";
import { forgetExpiredLinkTokens, settleLostNotices, settleLostTransmissions } from "@relink/db";
import {
  applyWebhooks,
  askIfDue,
  deleteExpired,
  makeUpForUndelivered,
  nothingOwed,
  oweNextReminder,
  type OwedWork,
  recheckTroubles,
  reconcile,
  type RetentionPolicy,
} from "@relink/items";
import type { PlaidClient } from "@relink/plaid";
import { type JobPayload, mergeBatches, type Producer, type QueueName } from "@relink/jobs";
import { describeError, type Logger, showId } from "@relink/service";
import type { Deliveries } from "./deliveries/create-deliveries.ts";
import { handOff } from "./hand-off.ts";
import { sendEmail, type SendEmailDeps } from "./send-email.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

export interface JobDeps extends SendEmailDeps {
  deliveries: Pick<Deliveries, "wake">;
  producer: Producer;
  logger: Logger;
  metrics: WorkerMetrics;
  plaid: Pick<PlaidClient, "getItem" | "getInstitutionHealth" | "listWebhookEvents">;
  /** Whether Plaid is asked which webhooks never arrived: a beta of its. */
  readsUndelivered: boolean;
  retention: RetentionPolicy;
  countryCodes: readonly string[];
  /** Aborted when the worker closes: what is long and can be cut short ends early. */
  closing: AbortSignal;
}

/** What to do for a job of each queue. The same functions serve the sweeper when Redis is away. */
export type Jobs = { [Name in QueueName]: (payload: JobPayload<Name>) => Promise<void> };

/** A transmission that began longer ago has no process any more: a mailer gives up after two minutes. */
const LOST_TRANSMISSION_MS = 5 * 60_000;

export function createJobs(deps: JobDeps): Jobs {
  const { db, logger, metrics } = deps;

  async function start(owed: OwedWork): Promise<void> {
    if (Object.values(owed).every((rows) => rows.length === 0)) return;
    if (owed.subscriptionIds.length > 0) deps.deliveries.wake();
    await handOff(deps.producer, owed).catch((error: unknown) => {
      // The rows are due; the sweeper starts them.
      logger.debug({ event: "worker.hand_off_failed", error: describeError(error) });
    });
  }

  const applyMerged = mergeBatches(async (eventIds) => {
    const startedAt = performance.now();
    const { processed, parked, owed } = await applyWebhooks(deps, eventIds);
    await start(owed);
    for (const { outcome } of processed) metrics.webhooks.inc({ outcome });
    metrics.webhooks.inc({ outcome: "parked" }, parked.length);
    for (const { id, reason, webhookType, webhookCode, plaidItemId } of parked) {
      logger.warn({
        event: "webhook.parked",
        webhook: showId("whe", id),
        reason,
        webhookType,
        webhookCode,
        plaidItemId,
      });
    }
    logger.info({
      event: "webhooks.processed",
      rows: processed.length,
      applied: processed.filter(({ outcome }) => outcome === "applied").length,
      parked: parked.length,
      questions: owed.questions.length,
      durationMs: elapsed(startedAt),
    });
  });

  return {
    webhooks: ({ eventIds }) => applyMerged(eventIds),

    async confirm({ itemId }) {
      const startedAt = performance.now();
      const asked = await askIfDue(deps, itemId);
      if (asked.kind === "not_due") return;
      const outcome = asked.kind === "answered" ? (asked.applied ? "applied" : "outdated") : asked.kind;
      metrics.questions.inc({ outcome });
      if (asked.kind === "answered") {
        await start(asked.owed);
        if (asked.isDifference) metrics.differences.inc();
      }
      logger.info({
        event: "item.asked",
        item: showId("itm", itemId),
        outcome,
        ...(asked.kind === "answered" && { status: asked.status.kind, isDifference: asked.isDifference }),
        ...(asked.kind === "no_answer" && { error: describeError(asked.error) }),
        durationMs: elapsed(startedAt),
      });
    },

    async email({ emailId }) {
      const startedAt = performance.now();
      const outcome = await sendEmail(deps, emailId);
      if (outcome.kind === "not_due") return;
      metrics.emails.inc({ outcome: outcome.kind });
      if ("asked" in outcome && outcome.asked.kind === "answered") await start(outcome.asked.owed);
      if (outcome.kind === "sent" && outcome.reminder !== null) {
        await start({ ...nothingOwed(), mails: [outcome.reminder] });
      }
      const isTrouble = outcome.kind === "failed" || outcome.kind === "unknown";
      logger[isTrouble ? "error" : "info"]({
        event: `email.${outcome.kind}`,
        email: showId("eml", emailId),
        item: showId("itm", outcome.itemId),
        ...("problem" in outcome && { problem: outcome.problem }),
        durationMs: elapsed(startedAt),
      });
    },

    async deliveries() {
      deps.deliveries.wake();
    },

    async maintenance({ task }) {
      switch (task) {
        case "settle_lost_transmissions": {
          const lost = await db.transaction(async (tx) => {
            const mails = await settleLostTransmissions(tx, LOST_TRANSMISSION_MS);
            for (const mail of mails) await oweNextReminder(tx, deps.policy, mail);
            return mails;
          });
          for (const { id } of lost) {
            metrics.emails.inc({ outcome: "unknown" });
            logger.error({ event: "email.unknown", email: showId("eml", id), problem: "its process ended" });
          }
          for (const id of await settleLostNotices(db, LOST_TRANSMISSION_MS)) {
            logger.error({ event: "notice.unknown", notice: showId("ntc", id), problem: "its process ended" });
          }
          break;
        }
        case "reconcile": {
          const itemIds = await reconcile(db);
          metrics.reconciled.inc(itemIds.length);
          if (itemIds.length > 0) logger.info({ event: "items.to_reconcile", items: itemIds.length });
          break;
        }
        case "make_up_for_undelivered": {
          const items = deps.readsUndelivered ? await makeUpForUndelivered(deps) : 0;
          metrics.reconciled.inc(items);
          if (items > 0) logger.warn({ event: "webhooks.undelivered", items });
          break;
        }
        case "recheck_troubles":
          for (const institutionId of await recheckTroubles(deps)) {
            logger.info({ event: "institution.trouble_over", institutionId });
          }
          break;
        case "delete_expired": {
          const deleted = await deleteExpired(db, deps.retention, { signal: deps.closing });
          if (Object.values(deleted).some((rows) => rows > 0)) logger.info({ event: "rows.expired", ...deleted });
          break;
        }
        case "forget_link_tokens": {
          const forgotten = await forgetExpiredLinkTokens(db);
          if (forgotten > 0) logger.info({ event: "link_tokens.forgotten", rows: forgotten });
          break;
        }
        default:
          assertNever(task);
      }
    },
  };
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
