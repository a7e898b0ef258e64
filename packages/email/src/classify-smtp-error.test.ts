import fc from "fast-check";
import { expect, test } from "vitest";
import { classifySmtpError, maskServerText, type SmtpStage } from "./classify-smtp-error.ts";

function smtpError(code: string, command: string | undefined, response?: string, message = "it failed"): Error {
  const responseCode = response === undefined ? undefined : Number(/^\d+/.exec(response)?.[0]);
  return Object.assign(new Error(message), { code, command, response, responseCode });
}

test.each<[string, Error, SmtpStage, boolean]>([
  ["connection refused", smtpError("ESOCKET", "CONN"), "connection", false],
  ["host unknown", smtpError("EDNS", "CONN"), "connection", false],
  ["no greeting in time", smtpError("ETIMEDOUT", "CONN"), "connection", false],
  ["greeted with 554", smtpError("EPROTOCOL", "CONN", "554 go away"), "connection", false],
  ["greeted with 421", smtpError("EPROTOCOL", "CONN", "421 busy"), "connection", false],
  ["EHLO refused", smtpError("ECONNECTION", "EHLO", "550 no"), "hello", false],
  ["HELO refused", smtpError("EPROTOCOL", "HELO", "550 no"), "hello", false],
  ["no STARTTLS", smtpError("ETLS", "STARTTLS", "500 unknown command"), "starttls", false],
  ["broken handshake", smtpError("ETLS", "CONN"), "starttls", false],
  ["wrong password", smtpError("EAUTH", "AUTH PLAIN", "535 bad credentials"), "auth", false],
  ["login service away", smtpError("EAUTH", "AUTH LOGIN", "454 later"), "auth", false],
  ["sender refused for now", smtpError("EENVELOPE", "MAIL FROM", "451 later"), "mail_from", false],
  ["sender refused", smtpError("EENVELOPE", "MAIL FROM", "550 no"), "mail_from", true],
  ["login wanted first", smtpError("EENVELOPE", "MAIL FROM", "530 5.7.0 login"), "mail_from", false],
  ["session mixed up", smtpError("EENVELOPE", "MAIL FROM", "503 sequence"), "mail_from", false],
  ["greylisted", smtpError("EENVELOPE", "RCPT TO", "450 4.7.1 greylisted"), "rcpt_to", false],
  ["no such mailbox", smtpError("EENVELOPE", "RCPT TO", "550 5.1.1 unknown"), "rcpt_to", true],
  ["DATA refused for now", smtpError("EENVELOPE", "DATA", "451 later"), "data", false],
  ["DATA refused", smtpError("EENVELOPE", "DATA", "554 no"), "data", true],
  ["going away", smtpError("ECONNECTION", "CONN", "421 bye"), "connection", false],
  ["lost in the envelope", smtpError("ECONNECTION", "CONN"), "connection", false],
  ["reset", smtpError("ESOCKET", "CONN"), "connection", false],
  ["too slow as a whole", smtpError("EABORT", undefined), "connection", false],
  ["refused by the client itself", smtpError("EENVELOPE", "API"), "client", false],
  ["file access", smtpError("EFILEACCESS", undefined), "client", false],
  ["an error of another kind", new TypeError("x"), "client", false],
])("before the message began, it was refused: %s", (_case, error, stage, permanent) => {
  expect(classifySmtpError(error, { bodyBegan: false })).toMatchObject({ kind: "refused", stage, permanent });
});

test.each<[string, boolean]>([
  ["451 4.3.0 later", false],
  ["421 4.3.2 shutting down", false],
  ["452 disk full", false],
  ["503 sequence", false],
  ["550 5.7.1 spam", true],
  ["552 too big", true],
  ["554 no", true],
])("an answer to the message is a refusal: %s", (response, permanent) => {
  expect(classifySmtpError(smtpError("EMESSAGE", "DATA", response), { bodyBegan: true })).toEqual({
    kind: "refused",
    stage: "body",
    permanent,
    responseCode: Number(response.slice(0, 3)),
    reason: response,
  });
});

test.each<[string, unknown]>([
  ["connection closed", smtpError("ECONNECTION", "CONN")],
  ["connection closed in the middle of an answer", smtpError("ECONNECTION", "CONN", "554 no")],
  ["reset", smtpError("ESOCKET", "CONN")],
  ["no answer in time", smtpError("ETIMEDOUT", "CONN")],
  ["too slow as a whole", smtpError("EABORT", undefined)],
  ["an answer that means nothing", smtpError("EMESSAGE", "DATA", "354 go on")],
  ["an answer that is none", smtpError("EPROTOCOL", "CONN", "hello")],
  ["the message could not be read to its end", smtpError("ESTREAM", "API")],
  ["nothing known", undefined],
  ["a string", "boom"],
])("once the message began, no answer means that nobody knows: %s", (_case, error) => {
  expect(classifySmtpError(error, { bodyBegan: true })).toMatchObject({ kind: "unknown", stage: "body" });
});

test("whatever the error, unknown is never said before the message began, nor a refusal after it without an answer", () => {
  const anyError = fc.record({
    code: fc.anything(),
    command: fc.anything(),
    response: fc.anything(),
    message: fc.anything(),
  });
  fc.assert(
    fc.property(anyError, (error) => {
      expect(classifySmtpError(error, { bodyBegan: false }).kind).toBe("refused");
      expect(classifySmtpError(error, { bodyBegan: true }).kind).toBe("unknown");
    }),
  );
});

test.each([
  ["550 5.1.1 <alice@example.com>: unknown", "550 5.1.1 <[address]>: unknown"],
  ["550 alice@example.com, bob@example.net unknown", "550 [address], [address] unknown"],
  ["550 5.1.1 alice: User unknown in local table", "550 5.1.1 [address]: User unknown in local table"],
  ["550 ALICE@EXAMPLE.COM unknown", "550 [address] unknown"],
  ["554 blocked, see https://example.net/b?a=alice%40example.com", "554 blocked, see [link]"],
  ["554 spam in link.acme.example/r/k1.secret", "554 spam in [link]"],
  ["550 malice is not alices", "550 malice is not alices"],
  ["550-first\r\n550 second\u0007\u202e", "550-first 550 second"],
  [`550 ${"x".repeat(200)}`, `550 ${"x".repeat(96)}`],
  [`550 ${"x".repeat(90)} alice@example.com`, `550 ${"x".repeat(90)} [addr`],
])("a server's answer is kept without address, link or line break: %j", (response, expected) => {
  expect(maskServerText(response, "alice@example.com")).toBe(expected);
});

test("nothing that a server says about a login is passed on, for it may repeat the password", () => {
  const error = smtpError("EAUTH", "AUTH PLAIN", "535 AGFsaWNlAGh1bnRlcjI= hunter2 is wrong");
  const { reason } = classifySmtpError(error, { bodyBegan: false });
  expect(reason).toBe("the server refused the login (535)");
});
