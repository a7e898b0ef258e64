import { generateKeyPairSync } from "node:crypto";
import { createPlaidSigner } from "@relink/testkit";
import { describe, expect, test, vi } from "vitest";
import { PlaidApiError, PlaidUnreachableError } from "../plaid-errors.ts";
import { createKeyStore, type FetchBudget, type KeyAnswer } from "./key-store.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const unknownKeyId = () =>
  new PlaidApiError({
    method: "/webhook_verification_key/get",
    httpStatus: 400,
    errorType: "INVALID_INPUT",
    errorCode: "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
    errorReason: null,
    requestId: "abc",
  });
const unreachable = () => new PlaidUnreachableError("/webhook_verification_key/get", "ECONNREFUSED");

/** A store with a clock that stands still and a Plaid that answers what `keys` holds; an error in it is thrown. */
function setUp(keys: Record<string, unknown> = {}) {
  const clock = { now: 1_000_000 };
  const plaid = new Map<string, unknown>(Object.entries(keys));
  const fetchKey = vi.fn(async (keyId: string): Promise<unknown> => {
    const answer = plaid.has(keyId) ? plaid.get(keyId) : unknownKeyId();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const onRecheckFailed = vi.fn();
  const store = createKeyStore({ fetchKey, now: () => clock.now, onRecheckFailed });
  const get = async (keyId: string, budget: FetchBudget = "anybody"): Promise<KeyAnswer> => store.get(keyId, budget);
  return { clock, plaid, fetchKey, onRecheckFailed, store, get };
}

const forged = (reason: string) => ({ kind: "forged", reason });
const unchecked = (reason: string) => ({ kind: "unchecked", reason });
/** Lets everything that is under way without I/O come to its end. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a key", () => {
  test("is fetched once, and is then there without a promise", async () => {
    const signer = createPlaidSigner("one");
    const { store, get, fetchKey } = setUp({ one: signer.jwk });
    expect(await get("one")).toMatchObject({ kind: "key" });
    expect(store.get("one", "anybody")).not.toBeInstanceOf(Promise);
    expect(fetchKey).toHaveBeenCalledTimes(1);
  });

  test("is asked for once by any number of callers at the same time", async () => {
    const { get, fetchKey } = setUp({ one: createPlaidSigner("one").jwk });
    const answers = await Promise.all(Array.from({ length: 500 }, () => get("one")));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["key"]));
    expect(fetchKey).toHaveBeenCalledTimes(1);
  });

  test("with Plaid's two extra members and a null retirement is taken as it is", async () => {
    const { get } = setUp({ one: { ...createPlaidSigner("one").jwk, something_new: [1] } });
    expect(await get("one")).toMatchObject({ kind: "key" });
  });

  test("K7 that is retired is refused", async () => {
    const { get, fetchKey } = setUp({ one: { ...createPlaidSigner("one").jwk, expired_at: 1_600_000_000 } });
    expect(await get("one")).toEqual(forged("key_retired"));
    expect(await get("one")).toEqual(forged("key_retired"));
    expect(fetchKey).toHaveBeenCalledTimes(1);
  });

  const jwk = createPlaidSigner("one").jwk;
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
  test.each<[string, unknown]>([
    ["K5 of another id", { ...jwk, kid: "two" }],
    ["K5 without an id", { ...jwk, kid: undefined }],
    ["K5 of another type", { ...jwk, kty: "RSA", n: "AQAB", e: "AQAB" }],
    ["K5 that is symmetric", { kty: "oct", k: "AAAA", kid: "one", alg: "HS256", use: "sig" }],
    ["K5 on another curve", { ...jwk, ...p384 }],
    ["K5 on P-384 said to be P-256", { ...jwk, ...p384, crv: "P-256" }],
    ["K5 for another algorithm", { ...jwk, alg: "ES384" }],
    ["K5 without an algorithm", { ...jwk, alg: undefined }],
    ["K5 for encryption", { ...jwk, use: "enc" }],
    ["K5 without a use", { ...jwk, use: undefined }],
    ["K5 for other operations", { ...jwk, key_ops: ["sign"] }],
    ["K6 that is no point of the curve", { ...jwk, y: jwk.x }],
    ["K6 at zero", { ...jwk, x: zeros(), y: zeros() }],
    ["K6 beyond the field", { ...jwk, x: Buffer.alloc(32, 0xff).toString("base64url") }],
    ["K6 with a short coordinate", { ...jwk, x: jwk.x.slice(0, 20) }],
    ["K6 without coordinates", { ...jwk, x: undefined, y: undefined }],
    ["with a retirement that is no number", { ...jwk, expired_at: "tomorrow" }],
    ["that is null", null],
    ["that is text", "key"],
    ["that is a list", [jwk]],
    ["that is missing", undefined],
  ])("%s is not used", async (_title, answer) => {
    const { get } = setUp({ one: answer });
    expect(await get("one")).toEqual(forged("key_unusable"));
  });

  test("that came unusable is asked for again after a minute, for it may have been one bad answer", async () => {
    const { get, plaid, clock, fetchKey } = setUp({ one: { ...jwk, use: "enc" } });
    expect(await get("one")).toEqual(forged("key_unusable"));
    plaid.set("one", jwk);
    clock.now += MINUTE - 1;
    expect(await get("one")).toEqual(forged("key_unusable"));
    expect(fetchKey).toHaveBeenCalledTimes(1);
    clock.now += 1;
    expect(await get("one")).toMatchObject({ kind: "key" });
  });
});

describe("an id that Plaid does not know", () => {
  test("K2 is refused, and not asked for again within a minute", async () => {
    const { get, clock, fetchKey } = setUp();
    expect(await get("x")).toEqual(forged("key_unknown"));
    clock.now += MINUTE - 1;
    expect(await get("x")).toEqual(forged("key_unknown"));
    expect(fetchKey).toHaveBeenCalledTimes(1);
    clock.now += 1;
    expect(await get("x")).toEqual(forged("key_unknown"));
    expect(fetchKey).toHaveBeenCalledTimes(2);
  });
});

describe("a flood of made-up ids", () => {
  test("K3 asks Plaid five times, and is told to come again, for a new key may be among them", async () => {
    const { get, fetchKey } = setUp();
    const answers: unknown[] = [];
    for (let index = 0; index < 10_000; index += 1) answers.push(await get(`flood-${index}`));
    expect(fetchKey).toHaveBeenCalledTimes(5);
    expect(answers.slice(5).every((answer) => (answer as { reason: string }).reason === "key_budget")).toBe(true);
    expect(answers[9_999]).toEqual(unchecked("key_budget"));
  });

  test("K3 gets one more question every twelve seconds, and never more than five at once", async () => {
    const { get, clock, fetchKey } = setUp();
    for (let index = 0; index < 10; index += 1) await get(`a-${index}`);
    clock.now += 11_999;
    expect(await get("b")).toEqual(unchecked("key_budget"));
    clock.now += 1;
    expect(await get("c")).toEqual(forged("key_unknown"));
    expect(await get("d")).toEqual(unchecked("key_budget"));
    clock.now += DAY;
    for (let index = 0; index < 10; index += 1) await get(`e-${index}`);
    expect(fetchKey).toHaveBeenCalledTimes(5 + 1 + 5);
  });

  test("K3 leaves the budget of Plaid's own addresses alone", async () => {
    const { get } = setUp({ fresh: createPlaidSigner("fresh").jwk });
    for (let index = 0; index < 100; index += 1) await get(`flood-${index}`);
    expect(await get("fresh", "anybody")).toEqual(unchecked("key_budget"));
    expect(await get("fresh", "plaid_address")).toMatchObject({ kind: "key" });
    expect(await get("fresh", "anybody")).toMatchObject({ kind: "key" });
  });

  test("K3 does not touch known keys", async () => {
    const { get, plaid } = setUp({ one: createPlaidSigner("one").jwk });
    await get("one");
    plaid.set("one", unreachable());
    for (let index = 0; index < 2_000; index += 1) await get(`flood-${index}`, "plaid_address");
    for (let index = 0; index < 2_000; index += 1) await get(`flood-${index}`);
    expect(await get("one")).toMatchObject({ kind: "key" });
  });
});

describe("Plaid's key service away", () => {
  test.each([
    ["no connection", unreachable()],
    ["500", apiError(500, "INTERNAL_SERVER_ERROR")],
    ["429", apiError(429, "RATE_LIMIT")],
    ["our own keys refused", apiError(400, "INVALID_API_KEYS")],
    ["anything else", new TypeError("odd")],
  ])("K4 (%s) is no reason to call a token forged", async (_how, error) => {
    const { get } = setUp({ one: error });
    expect(await get("one")).toEqual(unchecked("key_service"));
  });

  test("K4 is noticed as over with the next question", async () => {
    const { get, plaid } = setUp({ one: unreachable() });
    await get("one");
    plaid.set("one", createPlaidSigner("one").jwk);
    expect(await get("one")).toMatchObject({ kind: "key" });
  });

  test("K4 leaves a known key in use for a day after its check was due, trying again once a minute", async () => {
    const { get, plaid, clock, fetchKey, onRecheckFailed } = setUp({ one: createPlaidSigner("one").jwk });
    await get("one");
    plaid.set("one", unreachable());
    clock.now += DAY;
    for (let minute = 0; minute < 10; minute += 1) {
      expect(await get("one")).toMatchObject({ kind: "key" });
      expect(await get("one")).toMatchObject({ kind: "key" });
      await settle();
      clock.now += MINUTE;
    }
    expect(fetchKey).toHaveBeenCalledTimes(1 + 10);
    expect(onRecheckFailed).toHaveBeenCalledTimes(10);
    expect(onRecheckFailed).toHaveBeenCalledWith("key_service");

    clock.now += DAY;
    expect(await get("one")).toEqual(unchecked("key_service"));
  });
});

describe("a key that is known", () => {
  test("K9 is asked for again after a day, without making anybody wait", async () => {
    const { store, get, clock, fetchKey } = setUp({ one: createPlaidSigner("one").jwk });
    await get("one");
    clock.now += DAY - 1;
    await get("one");
    expect(fetchKey).toHaveBeenCalledTimes(1);
    clock.now += 1;
    expect(store.get("one", "anybody")).toMatchObject({ kind: "key" });
    expect(store.get("one", "anybody")).toMatchObject({ kind: "key" });
    await settle();
    expect(fetchKey).toHaveBeenCalledTimes(2);
    clock.now += DAY - 1;
    await get("one");
    expect(fetchKey).toHaveBeenCalledTimes(2);
  });

  test("K7 is refused once the daily question shows that it was retired", async () => {
    const { jwk } = createPlaidSigner("one");
    const { get, plaid, clock } = setUp({ one: jwk });
    await get("one");
    plaid.set("one", { ...jwk, expired_at: 1_795_000_000 });
    clock.now += DAY;
    await get("one");
    await settle();
    expect(await get("one")).toEqual(forged("key_retired"));
  });

  test("K9 is refused once Plaid does not know it any more", async () => {
    const { get, plaid, clock } = setUp({ one: createPlaidSigner("one").jwk });
    await get("one");
    plaid.delete("one");
    clock.now += DAY;
    await get("one");
    await settle();
    expect(await get("one")).toEqual(forged("key_unknown"));
  });

  test("is asked for again when a new key turns up, because that is when old ones retire", async () => {
    const { jwk } = createPlaidSigner("one");
    const { get, plaid, fetchKey } = setUp({ one: jwk, two: createPlaidSigner("two").jwk });
    await get("one");
    plaid.set("one", { ...jwk, expired_at: 1_795_000_000 });
    expect(await get("two")).toMatchObject({ kind: "key" });
    await get("one");
    await settle();
    expect(fetchKey.mock.calls.flat()).toEqual(["one", "two", "one"]);
    expect(await get("one")).toEqual(forged("key_retired"));
  });

  test("is not asked for again because of an id that Plaid does not know", async () => {
    const { get, fetchKey } = setUp({ one: createPlaidSigner("one").jwk });
    await get("one");
    await get("made-up");
    await get("one");
    await settle();
    expect(fetchKey.mock.calls.flat()).toEqual(["one", "made-up"]);
  });

  test("K8 makes room after sixteen", async () => {
    const ids = Array.from({ length: 17 }, (_, index) => `key-${index}`);
    const { get, clock, fetchKey } = setUp(Object.fromEntries(ids.map((id) => [id, createPlaidSigner(id).jwk])));
    for (const id of ids) {
      clock.now += 12_000;
      expect(await get(id)).toMatchObject({ kind: "key" });
    }
    fetchKey.mockClear();
    clock.now += 12_000;
    await get("key-0");
    expect(fetchKey).toHaveBeenCalledWith("key-0");
  });
});

function zeros(): string {
  return Buffer.alloc(32).toString("base64url");
}

function apiError(httpStatus: number, errorCode: string): PlaidApiError {
  const fields = {
    method: "/webhook_verification_key/get",
    errorType: "API_ERROR",
    errorReason: null,
    requestId: null,
  };
  return new PlaidApiError({ ...fields, httpStatus, errorCode });
}
