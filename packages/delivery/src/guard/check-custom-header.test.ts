import { expect, test } from "vitest";
import { CustomHeaderError, checkCustomHeader } from "./check-custom-header.ts";

test.each([
  ["authorization", "Bearer abc"],
  ["X-Api-Key", "k"],
  ["x-team", "Zahlungen (DE)"],
])("%s may be sent", (name, value) => {
  expect(() => checkCustomHeader(name, value)).not.toThrow();
});

test.each([
  "Host",
  "content-length",
  "Content-Type",
  "content-encoding",
  "Transfer-Encoding",
  "connection",
  "keep-alive",
  "proxy-authorization",
  "TE",
  "trailer",
  "upgrade",
  "expect",
  "cookie",
  "accept-encoding",
  "user-agent",
  "Webhook-Signature",
  "relink-attempt",
  "",
  "x y",
  "x:y",
  "x\r\ny",
  ":authority",
  "ä",
  "x".repeat(65),
])("%j is not a name for one", (name) => {
  expect(() => checkCustomHeader(name, "value")).toThrow(CustomHeaderError);
});

test.each(["", " hush", "hush ", "hush\r\nhost: x", "hush\nx", "hush\u0000", "hush\u007f", "hüsh", "h".repeat(2_049)])(
  "%j is not a value for one, and is not repeated",
  (value) => {
    const check = () => checkCustomHeader("x-team", value);
    expect(check).toThrow(CustomHeaderError);
    expect(check).not.toThrow(/h[uü]sh/);
  },
);
