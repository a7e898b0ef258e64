import { createPublicKey, type KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { PlaidApiError } from "../plaid-errors.ts";
import type { ForgedReason, UncheckedReason } from "./reasons.ts";

/** What is known about a key id. */
export type KeyAnswer =
  | { kind: "key"; key: KeyObject }
  | { kind: "forged"; reason: Extract<ForgedReason, "key_unknown" | "key_retired" | "key_unusable"> }
  | { kind: "unchecked"; reason: UncheckedReason };

/** Asks Plaid for a key, as `/webhook_verification_key/get` does. */
export type FetchKey = (keyId: string) => Promise<unknown>;

/** One budget for callers from Plaid's addresses, one for everybody else, so that a stranger cannot spend Plaid's. */
export type FetchBudget = "plaid_address" | "anybody";

export interface KeyStore {
  get(keyId: string, budget: FetchBudget): Promise<KeyAnswer> | KeyAnswer;
}

const MAX_KEYS = 16;
/** A key is asked for again after this time, to learn whether it was retired. */
const RECHECK_MS = 24 * 60 * 60_000;
/** After a re-check that failed, the key is used this much longer while trying again. */
const STALE_MS = 24 * 60 * 60_000;
const UNKNOWN_MS = 60_000;
/** What is no key may be one answer gone wrong; believed for longer, it would turn away all that the key has signed. */
const UNUSABLE_MS = 60_000;
const MAX_UNKNOWN = 1_000;
const FETCHES_PER_MINUTE = 5;
const RETRY_RECHECK_MS = 60_000;

/** `use` and `key_ops` are checked here because importing a key ignores them. */
const JWK = z.object({
  kid: z.string(),
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  alg: z.literal("ES256"),
  use: z.literal("sig"),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes("verify"))
    .optional(),
  x: z.string(),
  y: z.string(),
  expired_at: z.number().nullish(),
});

type Known = { answer: Exclude<KeyAnswer, { kind: "unchecked" }>; recheckAt: number; staleAt: number };

/**
 * Plaid's webhook keys, one store per environment and client.
 *
 * The key id comes from an unauthenticated caller, so asking Plaid is rationed: one request per key id at a time, a
 * memory for ids that Plaid does not know, and a budget per minute. Plaid publishes no rotation schedule: a known key is
 * asked for again once a day, and when a new key turns up, because that is when an old one retires.
 *
 * @param options.now - milliseconds; wall clock or monotonic.
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function createKeyStore(options: {
  fetchKey: FetchKey;
  now?: () => number;
  onRecheckFailed?: (error: unknown) => void;
}): KeyStore {
  const now = options.now ?? Date.now;
  const known = new LRUCache<string, Known>({ max: MAX_KEYS });
  const unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN });
  const underWay = new Map<string, Promise<KeyAnswer>>();
  const budgets = { plaid_address: createBudget(now), anybody: createBudget(now) };

  async function fetchAnswer(keyId: string): Promise<KeyAnswer> {
    let jwk: unknown;
    try {
      jwk = await options.fetchKey(keyId);
    } catch (error) {
      if (error instanceof PlaidApiError && error.errorCode === "INVALID_WEBHOOK_VERIFICATION_KEY_ID") {
        unknown.set(keyId, now() + UNKNOWN_MS);
        return { kind: "forged", reason: "key_unknown" };
      }
      return { kind: "unchecked", reason: "key_service" };
    }
    const answer = importKey(keyId, jwk);
    if (!known.has(keyId)) {
      for (const other of known.values()) other.recheckAt = Math.min(other.recheckAt, now());
    }
    const isUnusable = answer.kind === "forged" && answer.reason === "key_unusable";
    const recheckAt = now() + (isUnusable ? UNUSABLE_MS : RECHECK_MS);
    known.set(keyId, { answer, recheckAt, staleAt: isUnusable ? recheckAt : recheckAt + STALE_MS });
    return answer;
  }

  function fetchOnce(keyId: string, budget: FetchBudget): Promise<KeyAnswer> | KeyAnswer {
    const current = underWay.get(keyId);
    if (current !== undefined) return current;
    if (!budgets[budget].take()) return { kind: "unchecked", reason: "key_budget" };
    const started = fetchAnswer(keyId).finally(() => underWay.delete(keyId));
    underWay.set(keyId, started);
    return started;
  }

  async function recheck(keyId: string, entry: Known, budget: FetchBudget): Promise<void> {
    entry.recheckAt = now() + RETRY_RECHECK_MS;
    const answer = await fetchOnce(keyId, budget);
    if (answer.kind === "unchecked") options.onRecheckFailed?.(answer.reason);
    // Plaid does not know a key any more that it gave us before: it is as good as retired.
    if (answer.kind === "forged" && answer.reason === "key_unknown") known.delete(keyId);
  }

  return {
    get(keyId, budget) {
      const entry = known.get(keyId);
      if (entry !== undefined && now() < entry.staleAt) {
        if (now() >= entry.recheckAt) void recheck(keyId, entry, budget);
        return entry.answer;
      }
      if ((unknown.get(keyId) ?? 0) > now()) return { kind: "forged", reason: "key_unknown" };
      return fetchOnce(keyId, budget);
    },
  };
}

function importKey(keyId: string, jwk: unknown): Known["answer"] {
  const parsed = JWK.safeParse(jwk);
  if (!parsed.success || parsed.data.kid !== keyId) return { kind: "forged", reason: "key_unusable" };
  const { kty, crv, x, y, expired_at } = parsed.data;
  // Plaid's own samples refuse a retired key whatever it signed; so do we.
  if (typeof expired_at === "number") return { kind: "forged", reason: "key_retired" };
  try {
    return { kind: "key", key: createPublicKey({ key: { kty, crv, x, y }, format: "jwk" }) };
  } catch {
    // Not a point on the curve.
    return { kind: "forged", reason: "key_unusable" };
  }
}

/** A bucket that holds a minute's worth of fetches and fills up steadily. */
function createBudget(now: () => number) {
  let tokens = FETCHES_PER_MINUTE;
  let filledAt = now();
  return {
    take(): boolean {
      tokens = Math.min(FETCHES_PER_MINUTE, tokens + ((now() - filledAt) / 60_000) * FETCHES_PER_MINUTE);
      filledAt = now();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
