import { createHash, createHmac, createPublicKey, createSign, generateKeyPairSync, sign } from "node:crypto";
import { createPlaidSigner, type PlaidSigner } from "./plaid-signer.ts";

/** What to call a token in a test, the values of its header, and for what reason it is to be refused. */
export type HostileToken = readonly [title: string, values: readonly string[], reason: string];

export interface HostileTokens {
  /** Refused by their form, before anybody is asked for a key. */
  malformed: readonly HostileToken[];
  /** With a signature that is not the signer's. */
  forged: readonly HostileToken[];
  /** Signed by the signer, and still refused. */
  badClaims: readonly HostileToken[];
  /** Odd, and accepted. */
  odd: readonly (readonly [title: string, token: string])[];
}

/**
 * Tokens that a stranger, or a library that is too lenient, would make for a webhook.
 *
 * The ids are those of docs/security.md.
 *
 * @param signer - whose key the receiver knows.
 * @param issuedAt - now, in seconds since 1970.
 * @see https://www.rfc-editor.org/rfc/rfc8725 (checked 2026-11-21)
 */
export function hostileTokens(signer: PlaidSigner, body: string, issuedAt: number): HostileTokens {
  const HASH = createHash("sha256").update(body).digest("hex");
  const stranger = createPlaidSigner();
  const json = (value: unknown) => JSON.stringify(value);
  const HEADER = { alg: "ES256", kid: signer.keyId, typ: "JWT" };
  const CLAIMS = { iat: issuedAt, request_body_sha256: HASH };
  const good = signer.signWebhook(body, issuedAt);
  const [header = "", payload = "", signature = ""] = good.split(".");

  /** A token whose signature is good, with these parameters besides the usual. */
  const withHeader = (more: object) => signer.signToken(json({ ...HEADER, ...more }), json(CLAIMS));
  const withClaims = (more: object) => signer.signToken(json(HEADER), json({ ...CLAIMS, ...more }));
  const withHeaderText = (text: string | Uint8Array) => signer.signToken(text, json(CLAIMS));
  const withPayloadText = (text: string | Uint8Array) => signer.signToken(json(HEADER), text);
  const encode = (value: string | Uint8Array) => Buffer.from(value).toString("base64url");

  /** Signed by HMAC, which a library that believes `alg` would check with the public key as the secret. */
  function hs256(key: string | Uint8Array): string {
    const signed = `${encode(json({ ...HEADER, alg: "HS256" }))}.${encode(json(CLAIMS))}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  }
  /** As long as an ES256 signature, so that the length alone does not give it away. */
  const hs256Padded = (key: string | Uint8Array): string => `${hs256(key)}${"A".repeat(43)}`;

  function signedBy(alg: string, hash: string, key: Parameters<typeof sign>[2]): string {
    const signed = `${encode(json({ ...HEADER, alg }))}.${encode(json(CLAIMS))}`;
    return `${signed}.${sign(hash === "" ? null : hash, Buffer.from(signed), key).toString("base64url")}`;
  }
  const publicKey = createPublicKey(signer.privateKey);
  const publicPem = publicKey.export({ type: "spki", format: "pem" });
  const publicDer = publicKey.export({ type: "spki", format: "der" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
  const es384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  const es256k = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
  const ed25519 = generateKeyPairSync("ed25519").privateKey;

  function derSignature(): string {
    return createSign("sha256").update(`${header}.${payload}`).sign(signer.privateKey).toString("base64url");
  }

  const forged: HostileToken[] = [
    ["J7 a stranger's signature under Plaid's key id", [stranger.signToken(json(HEADER), json(CLAIMS))], "signature"],
    ["J11 sixty-four zero bytes as the signature", [`${header}.${payload}.${"A".repeat(86)}`], "signature"],
    [
      "C9 a header and a payload from two good tokens",
      [`${header}.${signer.signWebhook("another body", issuedAt).split(".")[1]}.${signature}`],
      "signature",
    ],
  ];
  const badClaims: [title: string, token: string, reason: string][] = [
    ["C1 no iat", withPayloadText(json({ request_body_sha256: HASH })), "claims"],
    ["C1 iat as text", withClaims({ iat: String(issuedAt) }), "claims"],
    ["C1 iat with a fraction", withClaims({ iat: issuedAt + 0.5 }), "claims"],
    ["C1 iat negative", withClaims({ iat: -1 }), "claims"],
    ["C1 iat infinite", withPayloadText(json(CLAIMS).replace(String(issuedAt), "1e400")), "claims"],
    ["C1 iat NaN", withPayloadText(json(CLAIMS).replace(String(issuedAt), "NaN")), "claims"],
    ["C1 iat null", withClaims({ iat: null }), "claims"],
    ["C1 iat a list", withClaims({ iat: [issuedAt] }), "claims"],
    [
      "C1 iat beyond what a number holds",
      withPayloadText(json(CLAIMS).replace(String(issuedAt), "9007199254740993")),
      "claims",
    ],
    ["C1 iat in milliseconds", withClaims({ iat: issuedAt * 1_000 }), "too_new"],
    ["C2 301 s old", withClaims({ iat: issuedAt - 301 }), "too_old"],
    ["C2 from 1970", withClaims({ iat: 0 }), "too_old"],
    ["C3 301 s in the future", withClaims({ iat: issuedAt + 301 }), "too_new"],
    ["C4 no hash", withPayloadText(json({ iat: issuedAt, jti: "long enough to pass" })), "claims"],
    ["C4 hash in capitals", withClaims({ request_body_sha256: HASH.toUpperCase() }), "claims"],
    ["C4 hash of 63 characters", withClaims({ request_body_sha256: HASH.slice(1) }), "claims"],
    ["C4 hash of 65 characters", withClaims({ request_body_sha256: `${HASH}a` }), "claims"],
    ["C4 hash with a line end", withClaims({ request_body_sha256: `${HASH}\n` }), "claims"],
    ["C4 hash that is not hexadecimal", withClaims({ request_body_sha256: "z".repeat(64) }), "claims"],
    ["C4 hash a list", withClaims({ request_body_sha256: [HASH] }), "claims"],
    ["C6 an array", withPayloadText(json([CLAIMS])), "claims"],
    ["C6 __proto__", withPayloadText(json(CLAIMS).replace("{", '{"__proto__":{"iat":1},')), "claims"],
    ["C6 not JSON", withPayloadText("these are no claims at all"), "claims"],
    ["C6 null", withPayloadText("null                 "), "claims"],
    ["C6 not UTF-8", withPayloadText(Buffer.concat([Buffer.from(json(CLAIMS)), Buffer.of(0xff)])), "claims"],
  ];

  return {
    malformed: [
      ["J1 no header", [], "header_missing"],
      ["J1 empty header", [""], "header_missing"],
      ["J2 two headers", [good, good], "header_repeated"],
      ["J2 a good and a bad header", [good, "x"], "header_repeated"],
      ["J2 two tokens in one header", [`${good}, ${good}`], "header_malformed"],
      ["J4 alg none", [withHeader({ alg: "none" })], "alg"],
      ["J4 alg None", [withHeader({ alg: "None" })], "alg"],
      ["J4 alg nOnE", [withHeader({ alg: "nOnE" })], "alg"],
      ["J4 no alg", [withHeaderText(json({ kid: signer.keyId, typ: "JWT" }))], "alg"],
      ["J4 alg in small letters", [withHeader({ alg: "es256" })], "alg"],
      ["J4 alg as a list", [withHeader({ alg: ["ES256"] })], "alg"],
      [
        "J4 alg none without a signature",
        [`${encode(json({ ...HEADER, alg: "none" }))}.${payload}.`],
        "header_malformed",
      ],
      ["J5 HS256 by the PEM", [hs256Padded(publicPem)], "alg"],
      ["J5 HS256 by the JWK's text", [hs256Padded(json(signer.jwk))], "alg"],
      ["J5 HS256 by the DER", [hs256Padded(publicDer)], "alg"],
      ["J5 HS256 by x and y", [hs256Padded(Buffer.from(signer.jwk.x + signer.jwk.y, "base64url"))], "alg"],
      ["J5 HS256 in its own length", [hs256(publicPem)], "header_malformed"],
      ["J6 ES384", [signedBy("ES384", "sha384", { key: es384, dsaEncoding: "ieee-p1363" })], "header_malformed"],
      ["J6 RS256", [signedBy("RS256", "sha256", rsa)], "header_malformed"],
      ["J6 PS256", [signedBy("PS256", "sha256", rsa)], "header_malformed"],
      ["J6 ES256K", [signedBy("ES256K", "sha256", { key: es256k, dsaEncoding: "ieee-p1363" })], "alg"],
      ["J6 EdDSA", [signedBy("EdDSA", "", ed25519)], "alg"],
      ["J7 its own jwk", [withHeader({ jwk: stranger.jwk })], "header_param"],
      ["J8 jku", [withHeader({ jku: "http://127.0.0.1:1/keys" })], "header_param"],
      ["J8 x5u", [withHeader({ x5u: "http://127.0.0.1:1/cert" })], "header_param"],
      ["J8 x5c", [withHeader({ x5c: ["MII"] })], "header_param"],
      ["J8 x5t", [withHeader({ x5t: "AAAA" })], "header_param"],
      ["J9 crit", [withHeader({ crit: ["b64"], b64: true })], "header_param"],
      ["J9 crit, empty", [withHeader({ crit: [] })], "header_param"],
      ["J9 b64", [withHeader({ b64: false })], "header_param"],
      ["J9 zip", [withHeader({ zip: "DEF" })], "header_param"],
      ["J9 cty", [withHeader({ cty: "JWT" })], "header_param"],
      ["J9 another typ", [withHeader({ typ: "at+jwt" })], "header_param"],
      ["J9 no typ", [withHeaderText(json({ alg: "ES256", kid: signer.keyId }))], "header_param"],
      ["J10 two parts", [`${header}.${payload}`], "header_malformed"],
      ["J10 four parts", [`${good}.${signature}`], "header_malformed"],
      ["J10 five parts, as a JWE", [`${header}.${payload}.${payload}.${payload}.${signature}`], "header_malformed"],
      ["J10 an empty payload", [`${header}..${signature}`], "header_malformed"],
      ["J10 JSON serialisation", [json({ protected: header, payload, signature })], "header_malformed"],
      ["J10 a bearer token", [`Bearer ${good}`], "header_malformed"],
      ["J10 2,049 characters", [`${header}.${"A".repeat(1_900)}.${signature}`], "header_malformed"],
      ["J10 one character", ["x"], "header_malformed"],
      ["J12 a DER signature", [`${header}.${payload}.${derSignature()}`], "header_malformed"],
      ["J12 63 bytes", [`${header}.${payload}.${encode(new Uint8Array(63))}`], "header_malformed"],
      ["J12 65 bytes", [`${header}.${payload}.${encode(new Uint8Array(65))}`], "header_malformed"],
      ["J12 128 bytes", [`${header}.${payload}.${encode(new Uint8Array(128))}`], "header_malformed"],
      ["J13 padding", [`${good}==`], "header_malformed"],
      ["J13 a line end", [`${good}\n`], "header_malformed"],
      ["J13 white space around it", [` ${good} `], "header_malformed"],
      ["J13 white space inside", [`${good.slice(0, -20)} ${good.slice(-20)}`], "header_malformed"],
      ["J14 the standard alphabet", [`${header}.${payload}.${"+/".repeat(43)}`], "header_malformed"],
      [
        "J15 the same parameter twice",
        [withHeaderText(json(HEADER).replace("{", '{"alg":"none",'))],
        "header_malformed",
      ],
      ["J15 kid twice", [withHeaderText(json(HEADER).replace("{", '{"kid":"another",'))], "header_malformed"],
      ["J15 a byte order mark", [withHeaderText(`\uFEFF${json(HEADER)}`)], "header_malformed"],
      [
        "J15 bytes that are not UTF-8",
        [withHeaderText(Buffer.from(json(HEADER).replace("JWT", "\xff"), "latin1"))],
        "header_malformed",
      ],
      ["J15 not JSON", [withHeaderText("{alg:ES256,typ:JWT,kid:1}")], "header_malformed"],
      ["J15 an array", [withHeaderText(json([HEADER]))], "header_malformed"],
      ["J15 __proto__", [withHeaderText(json(HEADER).replace("{", '{"__proto__":{"alg":"ES256"},'))], "header_param"],
      ["K1 kid with a path", [withHeader({ kid: "../../etc/passwd" })], "kid_malformed"],
      ["K1 kid with a quote", [withHeader({ kid: "a' or '1'='1" })], "kid_malformed"],
      ["K1 kid with a line end", [withHeader({ kid: "a\nb" })], "kid_malformed"],
      ["K1 kid with a line end after it", [withHeader({ kid: `${signer.keyId}\n` })], "kid_malformed"],
      ["K1 kid __proto__", [withHeader({ kid: "__proto__" })], "kid_malformed"],
      ["K1 kid of 65 characters", [withHeader({ kid: "a".repeat(65) })], "kid_malformed"],
      ["K1 kid of 10 kB", [withHeader({ kid: "a".repeat(10_000) })], "header_malformed"],
      ["K1 kid empty", [withHeader({ kid: "" })], "kid_malformed"],
      ["K1 kid a number", [withHeader({ kid: 7 })], "kid_malformed"],
      ["K1 no kid", [withHeaderText(json({ alg: "ES256", typ: "JWT", x: undefined }))], "kid_malformed"],
    ],
    forged,
    badClaims: badClaims.map(([title, token, reason]) => [title, [token], reason]),
    odd: [
      ["C2 300 s old", withClaims({ iat: issuedAt - 300 })],
      ["C3 300 s in the future", withClaims({ iat: issuedAt + 300 })],
      ["C5 claims that Plaid may add one day", withClaims({ exp: 1, aud: "somebody", iss: "plaid" })],
      ["C6 a claim twice: the last one counts", withPayloadText(json(CLAIMS).replace("{", '{"iat":1,'))],
    ],
  };
}
