import { expect, test } from "vitest";
import { refuseUncheckedTls } from "./run.ts";

test("a process that believes every certificate does not start, and is told what to do instead", () => {
  expect(() => refuseUncheckedTls({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toThrow(
    "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of every certificate: unset it; for a certificate authority of your own, set NODE_EXTRA_CA_CERTS",
  );
});

test.each([{}, { NODE_TLS_REJECT_UNAUTHORIZED: "1" }, { NODE_TLS_REJECT_UNAUTHORIZED: "" }])("%j starts", (env) => {
  expect(() => refuseUncheckedTls(env)).not.toThrow();
});
