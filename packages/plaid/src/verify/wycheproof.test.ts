import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verifyEs256 } from "./es256.ts";
import { createKeyStore } from "./key-store.ts";
import { readClaims, readToken } from "./token.ts";

/** Test vectors of https://github.com/C2SP/wycheproof, beside this project. They are not part of it. */
const FOLDER = join(import.meta.dirname, "../../../../../shared/wycheproof");
const isMissing = !existsSync(FOLDER);
const note = isMissing ? " (skipped: no ../shared/wycheproof beside the project)" : "";

interface Vectors<Group> {
  numberOfTests: number;
  testGroups: Group[];
}
interface SignatureGroup {
  publicKeyPem: string;
  tests: { tcId: number; msg: string; sig: string; result: "valid" | "invalid" }[];
}
interface JwsGroup {
  public?: Record<string, unknown>;
  private?: Record<string, unknown>;
  tests: { tcId: number; jws: string; result: "valid" | "invalid" }[];
}

function read<Group>(file: string): Vectors<Group> {
  return JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Vectors<Group>;
}

describe.skipIf(isMissing)(`Project Wycheproof's vectors${note}`, () => {
  test("all 262 ES256 signatures get the verdict that is published for them", async () => {
    const { testGroups } = read<SignatureGroup>("ecdsa_secp256r1_sha256_p1363_test.json");
    const counts = { valid: 0, invalid: 0 };
    for (const { publicKeyPem, tests } of testGroups) {
      const key = createPublicKey(publicKeyPem);
      for (const { tcId, msg, sig, result } of tests) {
        const verdict = (await verifyEs256(key, Buffer.from(msg, "hex"), Buffer.from(sig, "hex")))
          ? "valid"
          : "invalid";
        expect({ tcId, verdict }).toEqual({ tcId, verdict: result });
        counts[result] += 1;
      }
    }
    expect(counts).toEqual({ valid: 173, invalid: 89 });
  });

  test("all 484 signatures in DER are refused, by the token for their form and by the primitive for their length", async () => {
    const { testGroups } = read<SignatureGroup>("ecdsa_secp256r1_sha256_test.json");
    const signed = `${"A".repeat(100)}.${"A".repeat(100)}`;
    let tried = 0;
    for (const { publicKeyPem, tests } of testGroups) {
      const key = createPublicKey(publicKeyPem);
      for (const { tcId, msg, sig } of tests) {
        const signature = Buffer.from(sig, "hex");
        expect({ tcId, accepted: await verifyEs256(key, Buffer.from(msg, "hex"), signature) }).toEqual({
          tcId,
          accepted: false,
        });
        expect({ tcId, read: readToken([`${signed}.${signature.toString("base64url")}`]) }).toEqual({
          tcId,
          read: "header_malformed",
        });
        tried += 1;
      }
    }
    expect(tried).toBe(484);
  });

  describe("of the 41 JWS that go with a P-256 key", () => {
    const cases = (isMissing ? [] : read<JwsGroup>("json_web_signature_test.json").testGroups).flatMap((group) => {
      const jwk = group.public ?? group.private;
      return jwk?.["kty"] === "EC" && jwk["crv"] === "P-256" ? group.tests.map((vector) => ({ ...vector, jwk })) : [];
    });

    test("2 pass the key's and the signature's check and reach that of the claims, 39 do not", async () => {
      const passed: number[] = [];
      for (const { tcId, jws, jwk, result } of cases) {
        const keys = createKeyStore({ fetchKey: async () => jwk });
        const answer = await keys.get("kid-ec-sign", "anybody");
        const [header = "", payload = "", signature = ""] = jws.split(".");
        const isSigned =
          answer.kind === "key" &&
          (await verifyEs256(answer.key, Buffer.from(`${header}.${payload}`), Buffer.from(signature, "base64url")));
        expect({ tcId, isSigned }).toEqual({ tcId, isSigned: result === "valid" });
        if (!isSigned) continue;
        passed.push(tcId);
        expect(readClaims(payload)).toBeNull();
      }
      expect(passed).toEqual([18, 378]);
      expect(cases).toHaveLength(41);
    });

    test("none has the form of a webhook of Plaid's, so all are refused before a key is asked for", () => {
      for (const { tcId, jws } of cases)
        expect({ tcId, read: typeof readToken([jws]) }).toEqual({ tcId, read: "string" });
      expect(cases).toHaveLength(41);
    });
  });

  test("of the 26 sets of JWK, none gives a key to verify with but the one ES256 key that stands in a set of two", async () => {
    interface Jwk {
      kid?: string;
    }
    const { testGroups } = read<{ private: Jwk & { keys?: Jwk[] }; tests: { tcId: number }[] }>(
      "json_web_key_test.json",
    );
    const usable: number[] = [];
    const refused = new Set<string>();
    for (const { private: set, tests } of testGroups) {
      for (const jwk of set.keys ?? [set]) {
        const keyId = jwk.kid ?? "no-id";
        const answer = await createKeyStore({ fetchKey: async () => jwk }).get(keyId, "anybody");
        if (answer.kind === "key") usable.push(...tests.map(({ tcId }) => tcId));
        else refused.add(answer.reason);
      }
    }
    expect(testGroups.flatMap(({ tests }) => tests)).toHaveLength(26);
    expect(usable).toEqual([1]);
    expect([...refused]).toEqual(["key_unusable"]);
  });
});
