import { createHash } from "node:crypto";
import {
  claimIdempotencyKey,
  type Db,
  type IdempotencyRow,
  openSealed,
  releaseIdempotencyKey,
  seal,
  storeIdempotentAnswer,
} from "@relink/db";
import { type KeyRing, Secret } from "@relink/service";
import { Problem } from "./problem.ts";
import type { RenderedAnswer } from "./rendered-answer.ts";

/** The form of an `Idempotency-Key`. */
export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** A request that may be repeated. */
export interface RepeatableRequest {
  /** Whose key it is: the same text from somebody else is another key. */
  actor: string;
  /** The header as sent. */
  idempotencyKey: string;
  method: string;
  /** As sent, with its query. */
  path: string;
  /** The bytes of the body. */
  body: Uint8Array;
}

/** Answers a request, or gives again what the first one with its key was answered. */
export type RepeatSafely = (
  request: RepeatableRequest,
  answer: () => Promise<RenderedAnswer>,
) => Promise<RenderedAnswer>;

/**
 * Makes requests with an `Idempotency-Key` safe to repeat for 24 hours. A good answer is kept, and given again in the same
 * bytes. A problem is not: it changed nothing, and what it is about may be mended, so the request may be made anew, with
 * the same key, and with another body too.
 *
 * The key is claimed before anything is done, and the answer stored after it, not in one transaction with it: some requests
 * call out. A process that dies in between leaves the key claimed; a minute later, the same request may take it over and is
 * then made once more.
 *
 * Answers are sealed, because some show a secret once.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07 (checked 2026-11-22)
 */
export function createRepeatSafely(options: {
  db: Db;
  encryptionKeys: KeyRing;
  /** Hears of an answer that could not be stored, or a key that could not be given back: the caller has the answer anyway. */
  onError: (error: Error) => void;
}): RepeatSafely {
  const { db, encryptionKeys, onError } = options;

  return async ({ actor, idempotencyKey, method, path, body }, answer) => {
    if (!IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new Problem("malformed-request", "an Idempotency-Key has 1 to 255 printable ASCII characters");
    }
    const fingerprint = createHash("sha256").update(`${method} ${path}\n`).update(body).digest();
    const claimed = await claimIdempotencyKey(db, { actor, key: idempotencyKey, fingerprint });
    if (claimed.kind === "known") return answerAgain(claimed.row, fingerprint, encryptionKeys);

    const { id } = claimed;
    const given = await answer().catch(async (error: unknown) => {
      await releaseIdempotencyKey(db, id).catch(onError);
      throw error;
    });
    const { status, headers, body: text } = given;
    const sealed = seal(
      new Secret(text),
      { column: "idempotency_keys.body", rowId: id, environment: "any" },
      encryptionKeys,
    );
    await storeIdempotentAnswer(db, id, { status, headers: { ...headers }, body: sealed }).catch(onError);
    return given;
  };
}

/** @throws Problem, SealError if the key is gone that the answer was sealed with. */
function answerAgain(row: IdempotencyRow, fingerprint: Buffer, encryptionKeys: KeyRing): RenderedAnswer {
  if (!row.fingerprint.equals(fingerprint)) {
    throw new Problem(
      "idempotency-conflict",
      "this Idempotency-Key came with another method, path or body before: use a new one for a new request",
    );
  }
  if (row.status === null || row.body === null) {
    throw new Problem("idempotency-in-flight", "the first request with this Idempotency-Key has no answer yet");
  }
  const place = { column: "idempotency_keys.body", rowId: row.id, environment: "any" } as const;
  return {
    status: row.status,
    headers: { ...row.headers, "idempotency-replayed": "true" },
    body: openSealed(row.body, place, encryptionKeys).reveal(),
  };
}
