import { createPlaidSigner, hostileTokens } from "@relink/testkit";
import { describe, expect, test, vi } from "vitest";
import { PlaidApiError } from "../plaid-errors.ts";
import { createKeyStore } from "./key-store.ts";
import { checkBody, deliveryKey, verifyToken } from "./verify-webhook.ts";

const NOW = 1_795_000_000;
const BODY = '{\n  "webhook_type": "ITEM"\n}';
const signer = createPlaidSigner();
const stranger = createPlaidSigner();
const hostile = hostileTokens(signer, BODY, NOW);

const fetchKey = vi.fn(async (keyId: string): Promise<unknown> => {
  if (keyId === signer.keyId) return signer.jwk;
  throw new PlaidApiError({
    method: "/webhook_verification_key/get",
    httpStatus: 400,
    errorType: "INVALID_INPUT",
    errorCode: "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
    errorReason: null,
    requestId: null,
  });
});

/** Verifies with a store that has the key in its cache already. */
async function verify(...values: string[]) {
  const keys = createKeyStore({ fetchKey });
  await keys.get(signer.keyId, "anybody");
  fetchKey.mockClear();
  return verifyToken(values, { keys, arrivedAt: NOW * 1_000, budget: "anybody" });
}

const good = signer.signWebhook(BODY, NOW);

test("the good token is accepted, and asks for no key twice", async () => {
  expect(await verify(good)).toMatchObject({ kind: "verified", token: { issuedAt: NOW, keyId: signer.keyId } });
  expect(fetchKey).not.toHaveBeenCalled();
});

describe("a token that cannot be Plaid's is refused before anybody is asked for a key", () => {
  test.each(hostile.malformed)("%s", async (_title, values, reason) => {
    expect(await verify(...values)).toEqual({ kind: "forged", reason });
    expect(fetchKey).not.toHaveBeenCalled();
  });
});

describe("a token with an untrue signature or of a stranger is refused", () => {
  test.each(hostile.forged)("%s", async (_title, values, reason) => {
    expect(await verify(...values)).toEqual({ kind: "forged", reason });
  });

  test("J16 another client's key id is unknown to ours, and our own keys are not tried on it", async () => {
    const foreign = stranger.signWebhook(BODY, NOW);
    expect(await verify(foreign)).toEqual({ kind: "forged", reason: "key_unknown" });
    expect(fetchKey).toHaveBeenCalledExactlyOnceWith(stranger.keyId);
  });
});

describe("claims are checked though they are signed", () => {
  test.each(hostile.badClaims)("%s", async (_title, values, reason) => {
    expect(await verify(...values)).toEqual({ kind: "forged", reason });
  });

  test.each(hostile.odd)("%s is accepted", async (_title, token) => {
    expect(await verify(token)).toMatchObject({ kind: "verified" });
  });

  test("C2 the age counts in whole seconds from the moment of arrival", async () => {
    const keys = createKeyStore({ fetchKey });
    const at = (arrivedAt: number) => verifyToken([good], { keys, arrivedAt, budget: "anybody" });
    expect(await at((NOW + 300) * 1_000 + 999)).toMatchObject({ kind: "verified" });
    expect(await at((NOW + 301) * 1_000)).toEqual({ kind: "forged", reason: "too_old" });
  });
});

describe("the body", () => {
  async function tokenOf(body: string | Uint8Array) {
    const verdict = await verify(signer.signWebhook(body, NOW));
    if (verdict.kind !== "verified") throw new TypeError(verdict.reason);
    return verdict.token;
  }

  test.each(["{}", "", "\0", "äöü", "x".repeat(300_000)])(
    "C7 that was signed is accepted byte for byte",
    async (body) => {
      expect(checkBody(await tokenOf(body), Buffer.from(body))).toBe(true);
    },
  );

  test("C8 is compared at any length without an exception", async () => {
    const token = await tokenOf(BODY);
    for (const length of [0, 1, 31, 32, 33, 1_000]) expect(checkBody(token, new Uint8Array(length))).toBe(false);
  });

  test("C9 of another delivery is not vouched for", async () => {
    expect(checkBody(await tokenOf(BODY), Buffer.from(BODY.replace("ITEM", "AUTH")))).toBe(false);
  });

  test("the delivery key is that of environment, body and time of signing, and nothing else", async () => {
    const token = await tokenOf(BODY);
    const again = await tokenOf(BODY); // signed again: another signature, the same delivery
    const later = { ...token, issuedAt: NOW + 1 };
    const other = await tokenOf(`${BODY} `);
    const rotated = { ...token, keyId: "another" };
    const key = deliveryKey("sandbox", token).toString("hex");
    expect(deliveryKey("sandbox", again).toString("hex")).toBe(key);
    expect(deliveryKey("sandbox", rotated).toString("hex")).toBe(key);
    expect(deliveryKey("sandbox", later).toString("hex")).not.toBe(key);
    expect(deliveryKey("sandbox", other).toString("hex")).not.toBe(key);
    expect(deliveryKey("production", token).toString("hex")).not.toBe(key);
  });
});
