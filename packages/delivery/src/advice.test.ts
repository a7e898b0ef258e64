import { DELIVERY_ERROR_CODES, type DeliveryErrorCode } from "@relink/core";
import { expect, test } from "vitest";
import { adviceFor } from "./advice.ts";

test.each<[DeliveryErrorCode, Parameters<typeof adviceFor>[1], RegExp]>([
  ["HTTP_STATUS", { kind: "webhook", status: 401 }, /newest secret/],
  ["HTTP_STATUS", { kind: "webhook", status: 403 }, /what guards the endpoint/],
  ["HTTP_STATUS", { kind: "webhook", status: 404 }, /the path/],
  ["HTTP_STATUS", { kind: "webhook", status: 405 }, /takes POST/],
  ["HTTP_STATUS", { kind: "webhook", status: 400 }, /your receiver's log/],
  ["HTTP_STATUS", { kind: "webhook", status: 503 }, /a proxy before it.*logs/],
  ["HTTP_STATUS", { kind: "slack", status: 503 }, /Slack has trouble/],
  ["HTTP_STATUS", { kind: "slack", status: 400 }, /The answer says why/],
  ["DNS_NOT_FOUND", { kind: "webhook", status: null }, /host name in the subscription's URL/],
  ["DNS_NOT_FOUND", { kind: "slack", status: null }, /Slack has trouble/],
  ["GONE", { kind: "webhook", status: 410 }, /correct its URL/],
  ["GONE", { kind: "slack", status: 200 }, /another incoming webhook/],
  ["MESSAGE_REFUSED", { kind: "email", status: null }, /the mail server/],
])("%s of %j", (code, attempt, advice) => {
  expect(adviceFor(code, attempt)).toMatch(advice);
});

test.each(DELIVERY_ERROR_CODES)("%s on Slack names neither a URL to correct nor a receiver to mend", (code) => {
  for (const status of [null, 400, 404, 500]) {
    const advice = adviceFor(code, { kind: "slack", status });
    expect(advice).toMatch(/^[A-Z][^.]*\.$/);
    expect(advice).not.toMatch(/subscription's URL|its URL|your receiver|start the receiver|Raise the receiver/);
  }
});
