import { z } from "zod";

const webhookFaults = z.strictObject({
  /** Whole number: the next n are not sent. Below 1: each one with this probability. */
  drop: z.union([z.number().min(0).lt(1), z.int().min(1)]).optional(),
  /** Every webhook is sent this many times more. */
  duplicate: z.int().min(0).max(100).optional(),
  /** Webhooks leave in pairs, the second before the first; one that stays alone leaves after two seconds. */
  reorder: z.boolean().optional(),
  /** Wait before the first attempt. */
  delay_ms: z.number().min(0).max(3_600_000).optional(),
  /** Retries carry the first attempt's `iat`. Otherwise each is signed anew. */
  keep_iat: z.boolean().optional(),
  /** No retries to a URL that refused more than 90 % of its last 24 hours (and at least ten). */
  circuit_breaker: z.boolean().optional(),
});

/** What the sandbox can be told to do wrong. Everything is off at the start, and after a restart. */
export const faultsSchema = z.strictObject({
  /** `/webhook_verification_key/get`: answers 500, answers after 15 s, or gives a key that fits no signature. */
  key_service: z.enum(["down", "slow", "wrong"]).nullable().optional(),
  /** Plaid's own paths: later answers, 503 without a Plaid body, or 500 with this probability. */
  api: z
    .strictObject({
      latency_ms: z.number().min(0).max(120_000).optional(),
      down: z.boolean().optional(),
      error_rate: z.number().min(0).max(1).optional(),
    })
    .nullable()
    .optional(),
  webhooks: webhookFaults.nullable().optional(),
  /** Plaid's limits per minute: those for Sandbox (also by `true`) or those for Production. */
  rate_limits: z
    .union([z.boolean(), z.enum(["sandbox", "production"])])
    .nullable()
    .optional(),
  /** `single_use`: a Link token ends with its first success, as in Production. */
  link_tokens: z.enum(["reusable", "single_use"]).nullable().optional(),
  /** `all`: LINK webhooks come from every session, which Plaid does on request; otherwise from Hosted Link alone. */
  link_webhooks: z.enum(["hosted", "all"]).nullable().optional(),
  /** `refused`: `/link/token/create` does not take an Item whose permission was revoked. */
  revoked_items: z.enum(["repairable", "refused"]).nullable().optional(),
  smtp: z
    .strictObject({
      /** At the greeting (421), at the recipient (550), or after the message (554). */
      refuse: z.enum(["connect", "rcpt", "data"]).nullable().optional(),
      /** The message is stored, and the connection ends without an answer: the sender cannot know. */
      drop_after_data: z.boolean().optional(),
    })
    .nullable()
    .optional(),
});

export type Faults = z.infer<typeof faultsSchema>;

export type FaultState = ReturnType<typeof createFaultState>;

/** The faults in force. In memory: a restart is a way out of all of them. */
export function createFaultState() {
  let faults: Faults = {};
  return {
    get current(): Faults {
      return faults;
    },

    /** Sets the faults that are named; the others stay. `null` ends one. */
    set(changes: Faults): void {
      faults = { ...faults, ...changes };
    },

    clear(): void {
      faults = {};
    },

    /** Whether the webhook that is about to be sent is to be lost. Counts down where a number of them was asked for. */
    takeDrop(): boolean {
      const drop = faults.webhooks?.drop ?? 0;
      if (drop < 1) return Math.random() < drop;
      faults = { ...faults, webhooks: { ...faults.webhooks, drop: drop - 1 } };
      return true;
    },
  };
}
