import { createPublicKey, createSecretKey, verify } from "node:crypto";
import { inspect } from "node:util";
import { Secret } from "@relink/service";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ToSign, signatureHeader } from "./signature-header.ts";
import {
  type SigningKey,
  SigningKeyError,
  createSigningKeyPair,
  createSigningSecret,
  parseSigningSecret,
} from "./signing-key.ts";

const A = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const B = "whsec_cGxhaWQtcmVsaW5rLXJvdGF0aW9uLXZlY3Rvci0wMDE=";
const PRIVATE = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
/** Of 18 bytes: receivers take it, and nobody may make one. */
const SHORT = "whsec_plJ3nmyCDGBKInavdOK15jsl";

const keyOf = (text: string): SigningKey => parseSigningSecret(new Secret(text));

/** An event as Relink sends it. */
const event = {
  id: "evt_01JD7W4Q6ZK8N2M5R9T3V1X0YB",
  timestamp: 1795253402,
  body: `{"type":"item.error","timestamp":"2026-11-21T09:30:00.000Z","data":{"item_id":"wz666MBjYWTp2PDzzggYhM6oWWmBb","sequence":3,"state":"error","error":{"type":"ITEM_ERROR","code":"ITEM_LOGIN_REQUIRED","reason":"OAUTH_INVALID_TOKEN"},"environment":"production"}}`,
};
const BY_A = "v1,F9HWzrdNLm8KGuoRswcWkNRedviGrRe65eGsqVrggiE=";
const BY_B = "v1,hTsMeb+Rn/b93ht5opltJVGpJ5TAsIeb+3+g/qKeCY8=";
const BY_PRIVATE = "v1a,/MQWJvY1sXY+dIs83jHM6GeYVxzSl2OJ/CrELwOUyAUNene9o1FrpwIBe0dQzb+CJiF0CtktRgYl/dpZjefnDQ==";

describe("signatures are those that others publish", () => {
  test.each<[string, Omit<ToSign, "keys">, SigningKey, string]>([
    [
      // https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries (checked 2026-11-22)
      "the reference libraries' example",
      { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330, body: `{"test": 2432232314}` },
      keyOf(A),
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ],
    [
      // https://docs.svix.com/receiving/verifying-payloads/how-manual (checked 2026-11-22)
      "Svix's example, with a secret shorter than allowed",
      {
        id: "msg_loFOjxBNrRLzqYUf",
        timestamp: 1731705121,
        body: `{"event_type":"ping","data":{"success":true}}`,
      },
      { scheme: "v1", key: createSecretKey(SHORT.slice("whsec_".length), "base64") },
      "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ],
    [
      // https://github.com/svix/svix-webhooks/tree/main/server/svix-server/src (checked 2026-11-22)
      "Svix's example for Ed25519",
      { id: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", timestamp: 1674087231, body: "{}" },
      keyOf(PRIVATE),
      "v1a,Hk7XfkbESbLIQ3e37HeXxzgt5yvrbuOkP1dTbxpjIWXkPrEY1MG03WQU8EwXl4qLM/ki/juEoDfo/XKc10Z6Ag==",
    ],
    ["an event, with one secret", event, keyOf(A), BY_A],
    ["an event, with another secret", event, keyOf(B), BY_B],
    ["an event, with a private key", event, keyOf(PRIVATE), BY_PRIVATE],
  ])("%s", (_title, message, key, expected) => {
    expect(signatureHeader({ ...message, keys: [key] })).toBe(expected);
    expect(signatureHeader({ ...message, body: Buffer.from(message.body), keys: [key] })).toBe(expected);
  });
});

test("every key signs, the newest first", () => {
  const keys = [keyOf(B), keyOf(A), keyOf(PRIVATE)];
  expect(signatureHeader({ ...event, keys })).toBe(`${BY_B} ${BY_A} ${BY_PRIVATE}`);
});

test.each<[string, Partial<ToSign>]>([
  ["an id with a full stop", { id: "evt.1" }],
  ["an empty id", { id: "" }],
  ["an id of two lines", { id: "evt_1\nevt_2" }],
  ["half a second", { timestamp: 1795253402.5 }],
  ["a time before 1970", { timestamp: -1 }],
  ["no time", { timestamp: Number.NaN }],
  ["no key", { keys: [] }],
])("%s is not signed", (_title, change) => {
  expect(() => signatureHeader({ ...event, keys: [keyOf(A)], ...change })).toThrow(TypeError);
});

describe("receivers' libraries", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: event.timestamp * 1_000, toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const libraries = [
    { library: "standardwebhooks", verifierOf: (secret: string) => new StandardWebhook(secret) },
    { library: "svix", verifierOf: (secret: string) => new SvixWebhook(secret) },
  ];
  /** What a receiver with `secret` says to the event, or to what became of it on the way. */
  const verdictsOf = (
    secret: string,
    {
      signature,
      body = event.body,
      timestamp = event.timestamp,
    }: { signature: string; body?: string; timestamp?: number },
  ): string[] =>
    libraries.map(({ library, verifierOf }) => {
      try {
        verifierOf(secret).verify(body, {
          "webhook-id": event.id,
          "webhook-timestamp": String(timestamp),
          "webhook-signature": signature,
        });
        return "accepted";
      } catch (error) {
        return error instanceof Error ? error.message : `${library} threw no error`;
      }
    });
  const ACCEPTED = ["accepted", "accepted"];
  const NO_MATCH = ["No matching signature found", "No matching signature found"];

  test.each<[string, string, Parameters<typeof verdictsOf>[1], string[]]>([
    ["the signature of their secret", A, { signature: BY_A }, ACCEPTED],
    ["theirs as the newer one of a rotation", B, { signature: `${BY_B} ${BY_A} ${BY_PRIVATE}` }, ACCEPTED],
    ["theirs as the older one of a rotation", A, { signature: `${BY_B} ${BY_A} ${BY_PRIVATE}` }, ACCEPTED],
    ["theirs after one of a scheme unknown to them", A, { signature: `${BY_PRIVATE} ${BY_A}` }, ACCEPTED],
    ["the signature of another secret", B, { signature: BY_A }, NO_MATCH],
    ["a body with one more space", A, { signature: BY_A, body: `${event.body} ` }, NO_MATCH],
    ["only one of a scheme unknown to them", A, { signature: BY_PRIVATE }, NO_MATCH],
    ["a signature without its scheme", A, { signature: BY_A.slice("v1,".length) }, NO_MATCH],
    ["a signature of a later scheme", A, { signature: BY_A.replace("v1,", "v2,") }, NO_MATCH],
    ["an empty header", A, { signature: "" }, ["Missing required headers", "Missing required headers"]],
  ])("judge %s as expected", (_title, secret, message, expected) => {
    expect(verdictsOf(secret, message)).toEqual(expected);
  });

  test.each<[number, string[]]>([
    [300, ACCEPTED],
    [-300, ACCEPTED],
    [301, ["Message timestamp too new", "Message timestamp too new"]],
    [-301, ["Message timestamp too old", "Message timestamp too old"]],
  ])("judge a timestamp %i seconds away as expected", (seconds, expected) => {
    const timestamp = event.timestamp + seconds;
    const signature = signatureHeader({ ...event, timestamp, keys: [keyOf(A)] });
    expect(verdictsOf(A, { signature, timestamp })).toEqual(expected);
  });

  test("accept what a new secret signs, before, during and after a rotation", () => {
    const [older, newer] = [createSigningSecret(), createSigningSecret()];
    const verdicts = (keys: Secret[], receiver: Secret) =>
      verdictsOf(receiver.reveal(), { signature: signatureHeader({ ...event, keys: keys.map(parseSigningSecret) }) });

    expect(verdicts([older], older)).toEqual(ACCEPTED);
    expect(verdicts([newer, older], older)).toEqual(ACCEPTED);
    expect(verdicts([newer, older], newer)).toEqual(ACCEPTED);
    expect(verdicts([newer], newer)).toEqual(ACCEPTED);
    expect(verdicts([newer], older)).toEqual(NO_MATCH);
  });
});

describe("secrets", () => {
  test("a new secret holds 32 random bytes", () => {
    const [one, another] = [createSigningSecret().reveal(), createSigningSecret().reveal()];
    expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(one).not.toBe(another);
  });

  test("a new pair signs what its public key verifies", () => {
    const { privateKey, publicKey } = createSigningKeyPair();
    const key = parseSigningSecret(privateKey);
    expect(key).toMatchObject({ scheme: "v1a", publicKey });
    const [, signature = ""] = signatureHeader({ ...event, keys: [key] }).split(",");
    const x = Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url");
    const verifier = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
    const content = Buffer.from(`${event.id}.${event.timestamp}.${event.body}`);
    expect(verify(null, content, verifier, Buffer.from(signature, "base64"))).toBe(true);
  });

  test("the public key of a private one can be published", () => {
    expect(keyOf(PRIVATE)).toMatchObject({ publicKey: PUBLIC });
  });

  const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;

  test.each([24, 32, 48, 64])("a secret of %i bytes can be brought along", (bytes) => {
    expect(keyOf(secretOf(bytes)).scheme).toBe("v1");
  });

  test.each<[string, string, RegExp]>([
    ["of 18 bytes", SHORT, /24 to 64 bytes, and this one holds 18/],
    ["of 23 bytes", secretOf(23), /this one holds 23/],
    ["of 65 bytes", secretOf(65), /this one holds 65/],
    ["without a prefix", A.slice("whsec_".length), /starts with whsec_/],
    ["with a public key's prefix", PUBLIC, /starts with whsec_/],
    ["without its padding", B.replace("=", ""), /base64 with its padding/],
    ["with a line end", `${A}\n`, /base64 with its padding/],
    ["in the alphabet for URLs", PRIVATE.replaceAll("/", "_"), /base64 with its padding/],
    ["with half of the private key", `whsk_${Buffer.alloc(32).toString("base64")}`, /64 bytes/],
    ["with another pair's public key", `${PRIVATE.slice(0, 60)}${"A".repeat(31)}==`, /do not belong together/],
  ])("a secret %s is refused, and not repeated", (_title, text, message) => {
    const refused = (): unknown => {
      try {
        return keyOf(text);
      } catch (error) {
        return error;
      }
    };
    const error = refused();
    expect(error).toBeInstanceOf(SigningKeyError);
    expect(inspect(error)).toMatch(message);
    expect(inspect(error, { depth: 5, showHidden: true })).not.toContain(text.slice("whsec_".length).trim());
  });

  test("printing one shows nothing of it", () => {
    for (const printed of [createSigningSecret(), createSigningKeyPair(), keyOf(A), keyOf(PRIVATE)]) {
      const text = `${inspect(printed, { depth: 5, showHidden: true })}${JSON.stringify(printed)}`;
      expect(text).not.toMatch(/whsec_|whsk_/);
      expect(text).not.toContain("MfKQ9r8G");
      expect(text).not.toContain("6Xb/dCcH");
    }
  });
});
