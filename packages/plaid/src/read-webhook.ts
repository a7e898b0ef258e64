import { type ItemError, isProviderId } from "@relink/core";
import { z } from "zod";

/** Names for the timeline; null where the body has none. */
export interface WebhookNames {
  webhookType: string;
  webhookCode: string;
  plaidItemId: string | null;
  errorCode: string | null;
}

/** What a webhook's body says. */
export type ReadWebhook =
  /** Something happened to an Item that the rules know. */
  | { kind: "item"; names: WebhookNames & { plaidItemId: string }; event: ItemWebhookEvent }
  /** Nothing for the rules: kept for the timeline and for those who subscribe. */
  | { kind: "other"; names: WebhookNames }
  /** Signed by Plaid, and yet of no use. */
  | { kind: "unreadable"; reason: UnreadableReason };

export type ItemWebhookEvent = { kind: "error_reported"; error: ItemError | null } | { kind: "repair_reported" };

export type UnreadableReason = "not_utf8" | "not_json" | "not_object" | "bad_fields" | "environment";

const providerId = z.string().refine(isProviderId);

/** What all webhooks share. Plaid's set of types is open, and several carry neither an Item nor an environment. */
const Body = z.object({
  webhook_type: providerId,
  webhook_code: providerId,
  item_id: providerId.nullish(),
  environment: z.string().nullish(),
  error: z
    .object({ error_type: providerId, error_code: providerId, error_code_reason: providerId.nullish() })
    .nullish()
    .catch(null),
});

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the body of a verified webhook. Never throws, however odd the body is: a signature proves who sent it, not that
 * it is tame.
 *
 * @param environment - ours; a body that names another one is not to be acted on.
 * @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-21)
 */
export function readWebhook(body: Uint8Array, environment: string): ReadWebhook {
  const text = attempt(() => utf8.decode(body));
  if (text === undefined) return { kind: "unreadable", reason: "not_utf8" };
  const value = attempt((): unknown => JSON.parse(text));
  if (value === undefined) return { kind: "unreadable", reason: "not_json" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "unreadable", reason: "not_object" };
  }
  const parsed = Body.safeParse(value);
  if (!parsed.success) return { kind: "unreadable", reason: "bad_fields" };
  const { webhook_type, webhook_code, item_id, error } = parsed.data;
  if (typeof parsed.data.environment === "string" && parsed.data.environment !== environment) {
    return { kind: "unreadable", reason: "environment" };
  }

  const names = {
    webhookType: webhook_type,
    webhookCode: webhook_code,
    plaidItemId: item_id ?? null,
    errorCode: error?.error_code ?? null,
  };
  const event = itemEvent(webhook_type, webhook_code, error ?? null);
  if (event === null) return { kind: "other", names };
  const { plaidItemId } = names;
  return plaidItemId === null
    ? { kind: "unreadable", reason: "bad_fields" }
    : { kind: "item", names: { ...names, plaidItemId }, event };
}

/** By the pair: `ERROR` alone is also a code of reports. */
function itemEvent(
  type: string,
  code: string,
  error: { error_type: string; error_code: string; error_code_reason?: string | null | undefined } | null,
): ItemWebhookEvent | null {
  switch (`${type}/${code}`) {
    case "ITEM/ERROR":
      return {
        kind: "error_reported",
        error: error && { type: error.error_type, code: error.error_code, reason: error.error_code_reason ?? null },
      };
    case "ITEM/LOGIN_REPAIRED":
      return { kind: "repair_reported" };
    default:
      return null;
  }
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
