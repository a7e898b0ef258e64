import { randomBytes, randomUUIDv7, timingSafeEqual } from "node:crypto";
import { DELIVERY_ERROR_CODES } from "@relink/core";
import { noteVerification, secretsOf } from "@relink/db";
import { adviceFor, type AttemptResult, deliveryHeaders, renderEvent } from "@relink/delivery";
import { openCustomHeaders, openSigningKeys } from "@relink/items";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment } from "../fields.ts";
import { Problem } from "../problem.ts";
import type { SubscriptionDeps } from "./deps.ts";

/** What came of asking a receiver whether it wants to be called. */
export const verificationSchema = z
  .object({
    ok: z.boolean(),
    status: z.int().nullable().meta({ description: "Of the answer; null if none came." }),
    error_code: z.enum([...DELIVERY_ERROR_CODES, "CHALLENGE_MISMATCH"]).nullable(),
    detail: z.string().nullable().meta({ description: "What went wrong, for people." }),
    advice: z.string().nullable().meta({ description: "What to do about it." }),
  })
  .meta({ id: "Verification" });

export type Verification = z.input<typeof verificationSchema>;

export const verificationExample: Verification = {
  ok: true,
  status: 200,
  error_code: null,
  detail: null,
  advice: null,
};

const step = z.int().min(0).nullable();

/** The same, as it is kept. */
export const lastVerificationSchema = verificationSchema
  .extend({
    at: moment.meta({ description: "When it was asked." }),
    url: z.string().meta({ description: "Where." }),
    dns_ms: step,
    connect_ms: step,
    tls_ms: step,
    first_byte_ms: step.meta({ description: "From the request to the headers of the answer." }),
    total_ms: z.int().min(0),
  })
  .meta({ id: "LastVerification" });

export const lastVerificationExample: z.input<typeof lastVerificationSchema> = {
  ...verificationExample,
  at: "2026-11-22T09:00:00.112Z",
  url: "https://hooks.example.com/relink",
  dns_ms: 4,
  connect_ms: 18,
  tls_ms: 22,
  first_byte_ms: 240,
  total_ms: 300,
};

interface Asked {
  subscriptionId: string;
  url: string;
  /** Whether 2xx is not enough: anybody's server may answer so. It has to repeat the challenge. */
  mustEcho: boolean;
  /** To be sent along, instead of those that are stored. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** What there is to know of a receiver that answered like anybody's. */
export const CHALLENGE_MISMATCH = {
  error_code: "CHALLENGE_MISMATCH",
  detail: "the answer was 2xx, and did not hold the challenge",
  advice: 'Answer a webhook.verification with its data.challenge: as text, or as JSON {"challenge": "…"}.',
} as const;

/**
 * Sends a receiver a signed `webhook.verification`, which is no delivery: it is made once, and its answer counts now. How
 * it went is noted with the subscription.
 *
 * The challenge is random and lives as long as the request, so it is bound to this subscription at this URL. Of the
 * answer's body nothing is told: it may come from a server that should not have been asked.
 */
export async function askEndpoint(deps: SubscriptionDeps, asked: Asked): Promise<Verification> {
  const { subscriptionId, url, mustEcho } = asked;
  const secrets = await secretsOf(deps.db, subscriptionId);
  const stored = secrets.find(({ kind }) => kind === "headers");
  const signing = secrets.filter(({ kind }) => kind === "v1" || kind === "v1a");
  const keys = openSigningKeys(signing, deps.encryptionKeys);
  const custom = asked.headers ?? openCustomHeaders(stored, deps.encryptionKeys);
  const eventId = showId("evt", randomUUIDv7());
  const challenge = randomBytes(24).toString("base64url");
  const at = new Date();
  const body = renderEvent({
    id: eventId,
    type: "webhook.verification",
    occurredAt: at,
    environment: deps.environment,
    data: { subscription_id: showId("sub", subscriptionId), challenge },
  });
  const headers = deliveryHeaders({ eventId, deliveryId: null, attempt: 1, at, body, keys, custom });
  const result = await deps.client.send({ url, method: "POST", headers, body });
  const { dnsMs, connectMs, tlsMs, ttfbMs, totalMs } = result.timings;
  const verification = judge(result, mustEcho ? challenge : null);
  await noteVerification(deps.db, subscriptionId, {
    ...verification,
    at: at.toISOString(),
    url,
    dns_ms: wholeMs(dnsMs),
    connect_ms: wholeMs(connectMs),
    tls_ms: wholeMs(tlsMs),
    first_byte_ms: wholeMs(ttfbMs),
    total_ms: Math.round(totalMs),
  });
  return verification;
}

function wholeMs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

/** @param challenge - that has to be repeated; null if any 2xx is enough. */
function judge(
  { status, errorCode, errorDetail, responseBody }: AttemptResult,
  challenge: string | null,
): Verification {
  if (errorCode !== null) {
    const advice = adviceFor(errorCode, { kind: "webhook", status });
    return { ok: false, status, error_code: errorCode, detail: errorDetail, advice };
  }
  if (challenge !== null && !repeats(responseBody ?? "", challenge)) {
    return { ok: false, status, ...CHALLENGE_MISMATCH };
  }
  return { ok: true, status, error_code: null, detail: null, advice: null };
}

function repeats(answer: string, challenge: string): boolean {
  const said = Buffer.from(readJson(answer) ?? answer.trim());
  const wanted = Buffer.from(challenge);
  return said.length === wanted.length && timingSafeEqual(said, wanted);
}

function readJson(answer: string): string | undefined {
  try {
    return z.object({ challenge: z.string() }).parse(JSON.parse(answer)).challenge;
  } catch {
    return undefined;
  }
}

/** @throws Problem `verification-required` if the receiver has not answered as it should. */
export function requireOk({ ok, error_code, detail, advice }: Verification): void {
  if (ok) return;
  throw new Problem("verification-required", [`${error_code ?? ""}: ${detail ?? ""}`, advice ?? ""].join(". "));
}
