import { Secret } from "@relink/service";
import { expect, test } from "vitest";
import { type AttemptResult, NOTHING_SENT } from "./client.ts";
import { maskAnswer } from "./mask-answer.ts";
import { parseSigningSecret } from "./signing/signing-key.ts";

const SIGNING = "whsec_cGxhaWQtcmVsaW5rLXJvdGF0aW9uLXZlY3Rvci0wMDE=";

const entrusted = {
  url: "https://hooks.example.com/in?token=que%2Fry-value&n=1",
  keys: [parseSigningSecret(new Secret(SIGNING))],
  custom: {
    authorization: "Bearer gate/way-token",
    "x-route": "pay",
    "x-two": 'sa"id so',
    "x-long": "gate/way-token-2",
  },
};

function masked(responseBody: string): string | null {
  return maskAnswer({ ...NOTHING_SENT, status: 500, responseBody }, entrusted).responseBody;
}

test.each<[string, string, string]>([
  ["a header", "got Bearer gate/way-token!", "got ***!"],
  ["a header, everywhere", "Bearer gate/way-token,Bearer gate/way-token", "***,***"],
  ["its credentials without their scheme", "token=gate/way-token", "token=***"],
  ["in JSON", String.raw`{"x-two":"sa\"id so"}`, `{"x-two":"***"}`],
  ["in JSON that escapes slashes", String.raw`{"a":"Bearer gate\/way-token"}`, `{"a":"***"}`],
  ["one that begins like another", "x=gate/way-token-2", "x=***"],
  ["a value of the query, as it was written", "/in?token=que%2Fry-value&n=1", "/in?token=***&n=1"],
  ["a value of the query, as it was read", "token: que/ry-value", "token: ***"],
  ["a signing secret", `secret ${SIGNING}`, "secret whsec_***"],
  ["a secret that was cut off", "authorization: Bearer gate/wa", "authorization: ***"],
  ["no scheme alone", "Bearer token missing", "Bearer token missing"],
  ["nothing short", "pay 1", "pay 1"],
])("of an answer that repeats what it was sent, %s is masked", (_what, body, expected) => {
  expect(masked(body)).toBe(expected);
});

test("headers are masked too, and what is judged stays as it is", () => {
  const result: AttemptResult = {
    ...NOTHING_SENT,
    status: 308,
    errorCode: "REDIRECT",
    responseHeaders: { location: "https://www.example.com/in?token=que%2Fry-value&n=1", server: "x" },
    retryAfter: "120",
    control: "disable",
  };
  expect(maskAnswer(result, entrusted)).toEqual({
    ...result,
    responseHeaders: { location: "https://www.example.com/in?token=***&n=1", server: "x" },
  });
});

test("where there is no URL to call, there is nothing to mask", () => {
  expect(maskAnswer(NOTHING_SENT, { url: "", keys: [], custom: {} })).toEqual(NOTHING_SENT);
});
