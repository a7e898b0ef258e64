import { createPlaidSigner } from "@relink/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createKeyStore } from "./key-store.ts";
import { checkBody, deliveryKey, verifyToken } from "./verify-webhook.ts";

const NOW = 1_795_000_000;
const BODY = Buffer.from('{\n  "item_id": "x",\n  "webhook_code": "ERROR",\n  "webhook_type": "ITEM"\n}');
const signer = createPlaidSigner();
const stranger = createPlaidSigner(signer.keyId);
const keys = createKeyStore({ fetchKey: async () => signer.jwk });
const good = signer.signWebhook(BODY, NOW);
const other = signer.signWebhook("another body", NOW - 5);
const forged = stranger.signWebhook(BODY, NOW);

/** What the receiver does with a request: the key of the delivery it stores, or null if it refuses. */
async function accept(values: readonly string[], body: Uint8Array): Promise<string | null> {
  const verdict = await verifyToken(values, { keys, arrivedAt: NOW * 1_000, budget: "anybody" });
  if (verdict.kind !== "verified" || !checkBody(verdict.token, body)) return null;
  return deliveryKey("sandbox", verdict.token).toString("hex");
}

type Edit = (text: string) => string;
const splice = fc
  .tuple(fc.nat(), fc.nat({ max: 4 }), fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("=", ".", "-", "_", "\n")))
  .map(([at, removed, added]): Edit => (text) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + added + text.slice(start + removed);
  });
const flip = fc.tuple(fc.nat(), fc.nat({ max: 6 })).map(([at, bit]): Edit => (text) => {
  const index = at % Math.max(text.length, 1);
  return (
    text.slice(0, index) + String.fromCodePoint((text.codePointAt(index) ?? 65) ^ (1 << bit)) + text.slice(index + 1)
  );
});
/** Parts of tokens that are each signed by somebody. */
const mixed = fc
  .tuple(
    fc.constantFrom(good, other, forged),
    fc.constantFrom(good, other, forged),
    fc.constantFrom(good, other, forged),
  )
  .map(
    ([a, b, c]): Edit =>
      () =>
        [a.split(".")[0], b.split(".")[1], c.split(".")[2]].join("."),
  );
const respelled = fc.nat({ max: 15 }).map((spare): Edit => (text) => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + alphabet.charAt((alphabet.indexOf(text.slice(-1)) & ~15) | spare);
});
const edit = fc.oneof(splice, flip, mixed, respelled);
const apply = (edits: readonly Edit[], text: string) => edits.reduce((result, change) => change(result), text);

describe("whatever is done to a genuine request", () => {
  test("if it is accepted, it is the same delivery with the same body", async () => {
    const genuine = await accept([good], BODY);
    expect(genuine).not.toBeNull();
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { maxLength: 3 }),
        fc.array(fc.oneof(splice, flip), { maxLength: 2 }),
        async (tokenEdits, bodyEdits) => {
          const body = Buffer.from(apply(bodyEdits, BODY.toString("latin1")), "latin1");
          const key = await accept([apply(tokenEdits, good)], body);
          if (key === null) return;
          accepted += 1;
          expect({ key, body: body.toString("latin1") }).toEqual({ key: genuine, body: BODY.toString("latin1") });
        },
      ),
      { numRuns: 3_000, examples: [[[], []]] },
    );
    // Otherwise the property would hold for a receiver that refuses everything.
    expect(accepted).toBeGreaterThan(10);
  });
});
