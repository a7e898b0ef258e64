import { DeepLinkError } from "@relink/items";
import { PlaidApiError, PlaidUnreachableError } from "@relink/plaid";
import { expect, test } from "vitest";
import { problemFor } from "./reply.ts";

const plaidSaid = (httpStatus: number) =>
  new PlaidApiError({
    method: "/link/token/create",
    httpStatus,
    errorType: "INVALID_REQUEST",
    errorCode: "INVALID_FIELD",
    errorReason: null,
    requestId: "req",
  });

test.each<[string, Error, number, boolean]>([
  ["a link that is not ours", new DeepLinkError("invalid"), 404, false],
  ["a link that is too old", new DeepLinkError("expired"), 410, false],
  ["Plaid away", new PlaidUnreachableError("/item/get", "ECONNREFUSED"), 503, true],
  ["Plaid in trouble", plaidSaid(500), 503, true],
  ["Plaid refusing what we ask", plaidSaid(400), 502, false],
  [
    "the database away",
    new Error("Failed query", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) }),
    503,
    true,
  ],
  ["a mistake of ours", new TypeError("marker"), 500, true],
])("%s is answered in its own way", (_what, error, status, retryable) => {
  const reply = problemFor(error);
  expect(reply.status).toBe(status);
  expect(reply.body).toMatchObject({ json: { retryable } });
  expect(JSON.stringify(reply)).not.toContain("marker");
});
